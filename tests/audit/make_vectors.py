"""Writes vectors.json once; kept to show where the vectors come from. They never change while v is 1."""

from __future__ import annotations

import json
from pathlib import Path

from ops.audit import canonical, line, payload_digest

TEXTS = [
    {},
    {"b": "2", "a": None},
    {"": "empty name", "A": "", "a": "\u00e9", "é": "e\u0301"},
    {"controls": "".join(map(chr, range(32))) + "\x7f", "signs": '"\\/<>&\u2028\u2029'},
    # RFC 8785, 3.2.3: by UTF-16 code units, so U+1F600 (D83D DE00) comes before U+FB33.
    {
        "\ufb33": "Hebrew",
        "\U0001f600": "smiley",
        "€": "euro",
        "\r": "return",
        "1": "one",
        "\x80": "control",
        "ö": "o",
    },
    {"nested": {"z": None, "y": {"x": "deep"}}},
]

UPDATED = {
    "action": "row.updated",
    "at": "2026-11-21T04:27:15.000123Z",
    "change": "1042",
    "oid": "16413",
    "on_behalf_of": None,
    "outcome": "done",
    "person": "2",
    "request": "0f6c2f64d1c14b9d",
    "roles": "manager,operator",
    "schema": "shop",
    "session": "9f86d081884c7d659a2feaa0c55ad015",
    "source": "web",
    "table": "Kunden, groß",
    "uid": "019aa4c1-6c53-7f2e-9a41-3f3b9c0d1e2f",
    "v": "1",
}
UPDATED_BODY = {
    "after": {"credit_limit": "12000.00", "note": None},
    "before": {"credit_limit": "8000.00", "note": 'said "yes"\n\tthen \\ no \U0001f44d'},
    "facts": {},
    "ip": "2001:db8::7",
    "key": "~48213",
    "key_before": None,
    "name": "Ann Ødegård",
    "reason": "Agreed by phone",
}
REFUSED = dict.fromkeys(UPDATED) | {
    "action": "session.started",
    "at": "2026-01-01T00:00:00.000000Z",
    "outcome": "refused",
    "roles": "",
    "source": "web",
    "uid": "019b76da-a800-7000-8000-000000000000",
    "v": "1",
}
REFUSED_BODY = dict.fromkeys(UPDATED_BODY) | {"facts": {"why": "wrong nonce"}, "name": ""}


def event(name: str, members: dict, body: dict, salt: bytes) -> dict:
    text = canonical(body).decode()
    digest = payload_digest(salt, text)
    return {
        "name": name,
        "salt": salt.hex(),
        "body": text,
        "payload": digest,
        "line": line({**members, "payload": digest}),
    }


if __name__ == "__main__":
    vectors = {
        "canonical": [{"value": value, "bytes": canonical(value).hex()} for value in TEXTS],
        "events": [
            event("an update with signs of every kind", UPDATED, UPDATED_BODY, bytes(range(16))),
            event("a refusal without a person", REFUSED, REFUSED_BODY, b"\xff" * 16),
        ],
    }
    Path(__file__).with_name("vectors.json").write_text(
        json.dumps(vectors, indent=1) + "\n", encoding="ascii"
    )
