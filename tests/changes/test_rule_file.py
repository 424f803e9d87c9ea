"""Rules as YAML: whatever a rule holds comes back exactly; what is no rule is said, never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.approvals import ApprovalRule, Ask, Place
from ops.approvals.rules import KINDS
from ops.catalog import SOURCES
from ops.changes.rule_file import BadFile, from_yaml, to_yaml
from ops.changes.rule_rows import KeptRule, kept_of, texts_of

# Texts as PostgreSQL can hold them: no NUL, no lone surrogates; YAML escapes what it has no sign for.
words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=20)
names = words.filter(str.strip)
hours = st.none() | st.integers(1, 8760)
asks = st.builds(
    lambda role, people, needed, due, remind, to: Ask("" if people else role, needed, people, due, remind, to),
    names, st.frozensets(st.integers(1, 2**40).map(str), max_size=3), st.integers(1, 20), hours, hours,
    st.none() | names,
)  # fmt: skip
kept = st.builds(
    KeptRule,
    st.builds(
        ApprovalRule,
        name=names,
        places=st.lists(st.builds(Place, names, names), min_size=1, max_size=3).map(tuple),
        kinds=st.frozensets(st.sampled_from(KINDS), min_size=1),
        columns=st.frozensets(names, max_size=3),
        condition=st.just("") | words,
        min_rows=st.integers(1, 10**6),
        sources=st.frozensets(st.sampled_from(SOURCES), max_size=3),
        proposer_roles=st.frozensets(names, max_size=2),
        asks=st.lists(asks, min_size=1, max_size=3).map(tuple),
        expires=hours,
    ),
    st.booleans(),
)


@settings(deadline=None)
@given(st.lists(kept, max_size=4, unique_by=lambda one: one.rule.name))
def test_a_file_comes_back_as_it_was(rules: list[KeptRule]) -> None:
    assert from_yaml(to_yaml(rules, {})) == sorted(rules, key=lambda one: one.rule.name)


@settings(deadline=None)
@given(kept)
def test_a_row_comes_back_as_it_was(one: KeptRule) -> None:
    assert kept_of(texts_of(one)) == one


def test_words_that_yaml_could_take_for_others_stay_words() -> None:
    for name in (
        "no",
        "on",
        "~",
        "null",
        "1e3",
        "0x1F",
        "2026-11-21",
        "- a",
        "a: b",
        "#",
        "'",
        "é\u2028",
        "\t",
        "1_000",
    ):
        if name.strip():
            rule = KeptRule(ApprovalRule(name, (Place("shop", name),), condition=name))
            assert from_yaml(to_yaml([rule], {})) == [rule], name


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "version: 1", "version: '1'\nrules: []", "version: 1\nrules: {}", "version: 1\nrules: [1]",
        "\x00", "a: b: c",
        "version: 1\nrules: &a [*a]", "version: 1\nversion: 1\nrules: []",
        "%YAML 9.9\n---\nversion: 1", "!!python/name:os 1",
        "version: 1\nrules:\n- name: n\n  tables: ['*']\n  stages: []",
        "version: 1\nrules:\n- name: n\n  tables: '*'\n  stages: [{role: a}]",
        "version: 1\nrules:\n- name: n\n  tables: ['*']\n  stages: [{role: a, people: [1]}]",
        "version: 1\nrules:\n- name: n\n  tables: ['*']\n  stages: [{people: [ann]}]",
        "version: 1\nrules:\n- name: n\n  tables: ['*']\n  kinds: null\n  stages: [{role: a}]",
        "version: 1\nrules:\n- name: n\n  tables: ['*']\n  enabled: maybe\n  stages: [{role: a, needed: true}]",
    ],
)  # fmt: skip
def test_what_is_no_file_of_rules_is_refused(text: str) -> None:
    with pytest.raises(BadFile):
        from_yaml(text)
