"""A company every secret of which has a name: each cell holds a marker of its own, and `may_see` says who may.

Hidden and masked columns, by Resource and by role; rows out of sight, by Resource, by role, by `me`; a change
applied, changes that wait, a row deleted; letters that point at all of them.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from urllib.parse import unquote

_WORDS = "NAME|EMAIL|HOST|PHONE|CODE|DIAGNOSIS|NOTE|APITOKEN|SALARY|REMARK|SUBJECT|FILLER|TRIGGER"
MARKER = re.compile(rf"MK({_WORDS})(\d{{1,3}})([AB])", re.IGNORECASE)
_PLACE = re.compile(r"(?:after|before)=([A-Za-z0-9_%=-]{8,})")
_BYTES = re.compile(r"\\x((?:[0-9a-f]{2})+)")
HIDDEN = ("note", "api_token")  # the Resource's, and what looks like a secret
MASKED = ("email", "phone", "code", "diagnosis")
BY_ROLE = ("salary", "remark")
TEXTS = ("name", *HIDDEN, *MASKED, *BY_ROLE)
FILLERS = 793  # retired rows, so that a count of the whole table would tell

RESOURCES = '''
"""How the company shapes its tables."""
from ops.catalog import Resource, Rule

class Clients(Resource):
    table = "client"
    title = "{name}"
    columns = ("id", "name", "email", "phone", "code", "diagnosis", "salary", "remark", "region_id")
    search = ("name", "email", "remark")
    hidden = ("note",)
    masked = {"email": ("full", "email"), "phone": ("manager", "last4"), "code": ("full", "hash"),
              "diagnosis": ("full", "full")}
    rows = {"*": "retired = false", "manager": "region_id <> 9"}
    order = "remark"
    rules = (Rule("Health", kinds=("update",), columns=("diagnosis",)), Rule("New", kinds=("create",)),
             Rule("Going", kinds=("delete",), condition="old.region_id = 1"))

class Letters(Resource):
    table = "letter"
    title = "{subject} · {client}"
    search = ("subject", "client.name")
    sensitive = True
'''

WORLD = """
CREATE TABLE public.region (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO public.region VALUES (1, 'North'), (9, 'Far');
CREATE TABLE public.client (
    id int PRIMARY KEY, name text NOT NULL UNIQUE CONSTRAINT name_is_good CHECK (name <> 'bad'),
    email text UNIQUE, phone text, code text, diagnosis text, note text, api_token text, salary text, remark text,
    region_id int REFERENCES public.region, owner_mail text, retired boolean NOT NULL DEFAULT false);
CREATE TABLE public.letter (id int PRIMARY KEY, client_id int REFERENCES public.client ON DELETE CASCADE,
    subject text NOT NULL);
CREATE FUNCTION public.judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF new.subject = 'boom' THEN
        RAISE 'No such subject.' USING DETAIL = 'MKTRIGGER1A', HINT = 'MKTRIGGER2A';
    END IF;
    IF new.subject = 'late' AND TG_OP = 'UPDATE' THEN
        PERFORM 1 / (SELECT length(note) - length(note) FROM public.client WHERE id = 1);
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER judge BEFORE INSERT OR UPDATE ON public.letter FOR EACH ROW EXECUTE FUNCTION public.judge();
CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON public.letter DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (new.subject = 'late') EXECUTE FUNCTION public.judge();
INSERT INTO public.client SELECT n, 'MKNAME' || n || 'A', 'xMKEMAIL' || n || 'A@MKHOST' || n || 'A.org',
    'MKPHONE' || n || 'A-9990', 'MKCODE' || n || 'A', 'MKDIAGNOSIS' || n || 'A', 'MKNOTE' || n || 'A',
    'MKAPITOKEN' || n || 'A', 'MKSALARY' || n || 'A', (n % 3) || 'MKREMARK' || n || 'A',
    CASE WHEN n = 3 THEN 9 ELSE 1 END, CASE WHEN n IN (1, 3) THEN 'ann@example.com' ELSE 'other@example.com' END,
    n = 4 FROM unnest(ARRAY[1, 2, 3, 4, 6]) AS n;
INSERT INTO public.client (id, name, region_id, owner_mail, retired)
    SELECT 50 + n, 'MKFILLER' || n || 'A', 1, 'ann@example.com', true FROM generate_series(1, 793) AS n;
INSERT INTO public.letter SELECT n, n, 'MKSUBJECT' || n || 'A' FROM unnest(ARRAY[1, 2, 3, 4]) AS n;
INSERT INTO ops.role (name, label, permissions) VALUES ('desk', 'Desk', '{}'), ('full', 'Full', '{exports.unmasked}');
INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows, hidden, masked) VALUES
    ('full', '*', '*', '{see,create,edit,delete,export,act,approve}', '', '{}', '{}'),
    ('desk', '*', '*', '{see}', '', '{}', '{}'),
    ('desk', 'public', 'client', '{see,create,edit,delete,export}', 'owner_mail = me', '{salary}',
     '{"remark": "full"}'),
    ('desk', 'public', 'letter', '{see,create,edit,delete,export}', '', '{}', '{}'),
    ('auditor', 'public', 'client', '{see}', '', '{salary}', '{"remark": "hash"}');
"""

# Who sees which clients, and which of the columns in full; "zed" holds the role "full" and never visits a page.
ROWS = {"ann": {1, 3}, "bo": {1, 2}, "cy": {1, 2, 3}, "dee": set[int](), "oz": {1, 2, 3}}
PLAIN = {
    "ann": {"name"},
    "bo": {"name", "phone", "salary", "remark"},
    "cy": {"name"},
    "dee": set[str](),
    "oz": {"name", "salary", "remark"},
}


def may_see(sub: str, marker: str) -> bool:
    """Whether the person may see the marker anywhere at all."""
    found = MARKER.fullmatch(marker)
    assert found is not None
    column, row = found[1].lower(), int(found[2])
    if column == "subject":
        return sub not in ("dee", "nobody")
    return column in PLAIN.get(sub, ()) and row in ROWS.get(sub, ())


def markers_in(text: str) -> set[str]:
    """Every marker in a text, however it is written: escaped, percent-encoded, in a list's place, as bytes."""
    places = " ".join(_decoded(unquote(one)) for one in _PLACE.findall(text))
    digits = " ".join(bytes.fromhex(one).decode("latin-1") for one in _BYTES.findall(text))
    whole = " ".join((text, html.unescape(text), unquote(html.unescape(text)), places, digits))
    return {found.group().upper() for found in MARKER.finditer(whole)}


def _decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text
