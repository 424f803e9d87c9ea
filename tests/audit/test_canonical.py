"""Canonical form v1 against its vectors, another RFC 8785 and a stranger's verifier (P38, P40)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ops.audit import LINE_MEMBERS, canonical, line, payload_digest
from tests.audit import stranger

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="ascii"))
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | texts, lambda inner: st.dictionaries(texts, inner, max_size=6), max_leaves=12
)


@pytest.mark.parametrize("vector", VECTORS["canonical"], ids=lambda v: str(v["value"])[:30])
def test_the_vectors_of_the_canonical_form_hold(vector: dict) -> None:
    assert canonical(vector["value"]).hex() == vector["bytes"]
    assert stranger.write(vector["value"]).encode().hex() == vector["bytes"]


@pytest.mark.parametrize("vector", VECTORS["events"], ids=lambda v: v["name"])
def test_p40_a_stranger_verifies_the_vectors_from_the_page_alone(vector: dict) -> None:
    members = stranger.verify(vector["line"], bytes.fromhex(vector["salt"]), vector["body"])
    assert members["payload"] == vector["payload"]
    assert line(members) == vector["line"]
    assert payload_digest(bytes.fromhex(vector["salt"]), vector["body"]) == vector["payload"]


@pytest.mark.parametrize("vector", VECTORS["events"], ids=lambda v: v["name"])
def test_p41_an_erased_payload_leaves_the_line_provable(vector: dict) -> None:
    stranger.verify(vector["line"], None, None)


@given(values)
def test_it_writes_what_rfc_8785_asks(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value) == stranger.write(value).encode()


@given(st.binary(min_size=16, max_size=16), texts, st.integers(0, 10_000))
def test_p39_one_changed_sign_is_found(salt: bytes, name: str, place: int) -> None:
    body = canonical(dict.fromkeys(stranger.BODY.split()) | {"name": name, "facts": {}}).decode()
    members = dict.fromkeys(LINE_MEMBERS) | {"v": "1", "payload": payload_digest(salt, body)}
    place %= len(body)
    other = body[:place] + ("x" if body[place] != "x" else "y") + body[place + 1 :]
    stranger.verify(line(members), salt, body)
    with pytest.raises(AssertionError, match="not this payload"):
        stranger.verify(line(members), salt, other)


@pytest.mark.parametrize("value", [1, 1.5, True, ["a"], {"a": 1}, {1: "a"}, b"x"])
def test_anything_but_objects_strings_and_null_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical("\ud800")


def test_a_line_has_exactly_its_members() -> None:
    with pytest.raises(ValueError, match="exactly"):
        line({"action": "row.updated"})
