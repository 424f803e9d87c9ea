"""ops.keys: values at rest open only for their purpose and place, and keys can be changed under them."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.keys import KeyFile, Ring, Unsealable, key_id, ring, with_keys
from ops.settings import load

OLD, NEW = "0123456789abcdef" * 4, "fedcba9876543210" * 4


@given(plain=st.binary(max_size=200), bound=st.text(max_size=20))
def test_what_was_sealed_comes_back_p53(plain: bytes, bound: str) -> None:
    """P53."""
    sealed = Ring(OLD).seal("test", plain, bound_to=bound)
    assert Ring(OLD).unseal("test", sealed, bound_to=bound) == plain
    assert sealed.isascii()
    assert sealed != Ring(OLD).seal("test", plain, bound_to=bound)


def test_it_opens_nowhere_else_p53() -> None:
    """P53: not for another purpose, row or key, not altered, not cut."""
    sealed = Ring(OLD).seal("identity.refresh", b"a token", bound_to="7")
    assert b"a token" not in sealed.encode()
    for purpose, bound in (("partners.secret", "7"), ("identity.refresh", "8"), ("identity.refresh", "")):
        with pytest.raises(Unsealable):
            Ring(OLD).unseal(purpose, sealed, bound_to=bound)
    head, _, body = sealed.rpartition(".")
    altered = f"{head}.{body[:-3]}{'AAA' if body[-3:] != 'AAA' else 'BBB'}"
    for other in (altered, sealed[:-4], "v1", "", f"v1.{key_id(OLD)}.{'A' * 39}", sealed.replace("v1", "v2")):
        with pytest.raises(Unsealable):
            Ring(OLD).unseal("identity.refresh", other, bound_to="7")
    with pytest.raises(Unsealable, match=key_id(OLD)):
        Ring(NEW).unseal("identity.refresh", sealed, bound_to="7")


def test_an_earlier_key_still_opens_p53() -> None:
    """P53: rotatable."""
    sealed = Ring(OLD).seal("test", b"x")
    both = Ring(NEW, (OLD,))
    assert both.unseal("test", sealed) == b"x"
    assert not both.is_current(sealed)
    assert both.is_current(both.seal("test", b"x"))
    assert both.ids == (key_id(NEW), key_id(OLD))


def test_a_ring_shows_no_key_p42() -> None:
    """P42."""
    assert OLD not in repr(Ring(OLD)) + repr(Ring(NEW, (OLD,)))


def test_key_files_are_made_once_whole_and_private_p53(tmp_path: Path) -> None:
    """P53: also by eight that start at once."""
    file = KeyFile(tmp_path / "deep" / "key")
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(file.read_or_make())) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 8 and len({tuple(one) for one in found}) == 1 and len(found[0][0]) == 64
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [one.name for one in file.path.parent.iterdir()] == ["key"]


def test_a_key_file_renewed_keeps_the_earlier_ones(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "key")
    first = file.read_or_make()
    file.renew()
    second = file.read_or_make()
    assert len(second) == 2 and second[1:] == first
    for _ in range(5):
        file.renew()
    assert len(file.read_or_make()) == 4
    assert file.forget() == 3
    assert len(file.read_or_make()) == 1
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_settings_get_the_keys_that_are_missing(tmp_path: Path) -> None:
    found = with_keys(load({"OPS_HOME": str(tmp_path), "OPS_SECRET_KEY": OLD}))
    assert found.secret_key == OLD and found.encryption_key not in (None, OLD)
    assert with_keys(load({"OPS_HOME": str(tmp_path)})).encryption_key == found.encryption_key
    given_all = load({"OPS_ENCRYPTION_KEY": NEW, "OPS_ENCRYPTION_KEY_PREVIOUS": f"{OLD}, {OLD[::-1]}"})
    assert ring(given_all).ids == (key_id(NEW), key_id(OLD), key_id(OLD[::-1]))


def test_an_unusable_key_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("short")
    with pytest.raises(ValueError, match="holds no usable key"):
        with_keys(load({"OPS_HOME": str(tmp_path)}))
