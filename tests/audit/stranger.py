"""A verifier of events, written from docs/audit-format.md alone: nothing of ours, and no JSON writer."""

from __future__ import annotations

import hashlib
import json

LINE = (
    "action at change oid on_behalf_of outcome payload person request roles schema session source table uid v"
)
BODY = "after before facts ip key key_before name reason"
SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def write(value: object) -> str:
    """Rules 1 to 4 of the canonical form."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return '"' + "".join(SHORT.get(c, f"\\u{ord(c):04x}" if c < " " else c) for c in value) + '"'
    assert isinstance(value, dict), value
    names = sorted(value, key=lambda name: list(memoryview(name.encode("utf-16-le")).cast("H")))
    return "{" + ",".join(write(name) + ":" + write(value[name]) for name in names) + "}"


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    assert len({name for name, _ in pairs}) == len(pairs), "a name appears twice"
    return dict(pairs)


def verify(line: str, salt: bytes | None, body: str | None) -> dict[str, object]:
    """The line's members, or AssertionError: "Verifying one event", steps 1 to 3."""
    members = json.loads(line, object_pairs_hook=_pairs)
    assert sorted(members) == LINE.split(), "not the sixteen members"
    assert all(value is None or isinstance(value, str) for value in members.values())
    assert members["v"] == "1"
    assert write(members).encode() == line.encode(), "not canonical"
    if salt is not None and body is not None:
        assert len(salt) == 16
        assert hashlib.sha256(salt + body.encode()).hexdigest() == members["payload"], "not this payload"
        parts = json.loads(body, object_pairs_hook=_pairs)
        assert sorted(parts) == BODY.split(), "not the eight members"
        assert write(parts).encode() == body.encode(), "the body is not canonical"
    return members
