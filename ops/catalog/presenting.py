"""Start-up checks of how a Resource shows its rows: groups, formats, links, filters, defaults (E118 to E122, E125)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from ops import conditions
from ops.catalog import titles
from ops.catalog.checks import Check, suggestion
from ops.catalog.model import Column
from ops.catalog.options import Filters, Format, Link, Section
from ops.catalog.resource import FORMATS, TONES
from ops.catalog.texts import NoText, text_for
from ops.conditions import ARITY, Filter, filter_problem

_NUMBERS = frozenset({"integer", "number", "money"})
_FITS: Mapping[str, frozenset[str]] = {
    "money": _NUMBERS,
    "percent": _NUMBERS,
    "bytes": _NUMBERS,
    "duration": _NUMBERS | {"interval"},
    "phone": frozenset({"text"}),
    "email": frozenset({"text"}),
    "url": frozenset({"text"}),
    "relative": frozenset({"timestamp", "date"}),
    "badge": frozenset({"text", "enum", "boolean", "integer"}),
}
# Where a link may lead: a page, a letter, a call, or a page of our own.
SCHEMES = ("https", "http", "mailto", "tel")


def sections(check: Check) -> tuple[Section, ...]:
    """The field groups (E103, E110, E118): a column stands in one of them at most."""
    value = check.resource.groups
    if not isinstance(value, Mapping) or not all(
        isinstance(label, str) and label.strip() and _names(names) for label, names in value.items()
    ):
        check.say("E110", "groups", f"expected a dict from heading to columns, not {value!r}")
        return ()
    seen: dict[str, str] = {}
    found = []
    for label, names in value.items():
        for name in names:
            if name in seen:
                check.say("E118", "groups", f"'{name}' stands in '{seen[name]}' and in '{label}'; choose one")
            seen[name] = label
        kept = tuple(name for name in names if check.known("groups", name, computed=True))
        found.append(Section(label, kept))
    return tuple(found)


def formats(check: Check, columns: Mapping[str, Column]) -> dict[str, Format]:
    """How values are shown (E103, E110, E119). `columns` are the table's and the computed ones."""
    value = check.resource.formats
    if not isinstance(value, Mapping):
        check.say("E110", "formats", f"expected a dict from column to format, not {value!r}")
        return {}
    found = {}
    for name, said in value.items():
        if check.known("formats", name, computed=True) and (one := _format(check, columns, name, said)):
            found[name] = one
    return found


def _format(check: Check, columns: Mapping[str, Column], name: str, said: object) -> Format | None:
    kind, more = said if isinstance(said, tuple) and len(said) == 2 else (said, None)
    if not isinstance(kind, str) or kind not in FORMATS:
        check.say(
            "E119", "formats", f"'{name}': no format {kind!r}{suggestion(str(kind), FORMATS, 'there are')}"
        )
        return None
    fits = _FITS.get(kind)
    column = columns.get(name)
    if column is None:
        return None  # a computed column that was refused, and told
    if fits is not None and column.category not in fits:
        check.say("E119", "formats", f"'{name}' is {column.type}, which '{kind}' cannot show")
        return None
    if kind == "money" and isinstance(more, str):
        return Format(kind, of=more) if check.known("formats", more) else None
    if kind == "badge" and isinstance(more, Mapping):
        wrong = next((tone for tone in more.values() if tone not in TONES), None)
        if wrong is not None:
            check.say(
                "E119", "formats", f"'{name}': no tone {wrong!r}{suggestion(str(wrong), TONES, 'there are')}"
            )
            return None
        return Format(kind, tones={str(value): str(tone) for value, tone in more.items()})
    if more is not None:
        check.say("E119", "formats", f"'{name}': '{kind}' takes nothing more, but there is {more!r}")
        return None
    return Format(kind)


def links(check: Check) -> tuple[Link, ...]:
    """Links to other systems (E103, E105, E110, E120)."""
    value = check.resource.links
    if not isinstance(value, Mapping) or not all(
        isinstance(k, str) and k.strip() and isinstance(v, str) for k, v in value.items()
    ):
        check.say("E110", "links", f"expected a dict from label to address, not {value!r}")
        return ()
    return tuple(one for label, text in value.items() if (one := _link(check, label, text)))


def _link(check: Check, label: str, template: str) -> Link | None:
    try:
        pieces = titles.parse(template)
    except titles.BadTemplate as error:
        check.say("E105", "links", f"'{label}': {error}")
        return None
    # Where it leads must not depend on what stands in a row: scheme and host come before the first column.
    first = pieces[0][1] if pieces[0][0] == "text" else ""
    parts = urlsplit(first)
    own = first.startswith("/") and not first.startswith("//")
    web = parts.scheme in ("https", "http") and bool(parts.netloc) and "/" in first.split("://", 1)[1]
    if not (own or web or parts.scheme in ("mailto", "tel")):
        check.say(
            "E120",
            "links",
            f"'{label}': begin with https://host/, http://host/, mailto:, tel: or /, before any column; "
            f"not '{template[:60]}'",
        )
        return None
    if not all(kind == "text" or check.known("links", piece, computed=True) for kind, piece in pieces):
        return None
    return Link(label, tuple(("text" if kind == "text" else "column", piece) for kind, piece in pieces))


def filters(check: Check, option: str, given: object) -> Filters:
    """Filters as they stand in a list's address, without the `f.` (E103, E104, E110, E122)."""
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, Sequence) or not all(isinstance(one, str) for one in texts):
        check.say("E110", option, f'expected filters such as "status.is=open", not {given!r}')
        return ()
    return tuple(one for text in texts if text.strip() and (one := _filter(check, option, text)))


def _filter(check: Check, option: str, text: str) -> tuple[str, str] | None:
    path, _, value = text.partition("=")
    name, dot, op = path.strip().rpartition(".")
    if not dot or op not in ARITY:
        check.say("E122", option, f"'{text}': write COLUMN.HOW=VALUE{suggestion(op, ARITY, 'how is one of')}")
        return None
    column = _column(check, option, name)
    if column is None:
        return None
    if problem := filter_problem(Filter(column.name, op, value), column):
        check.say("E122", option, f"'{text}': {problem}")
        return None
    return f"f.{name}.{op}", value


def _column(check: Check, option: str, name: str) -> Column | None:
    relation = check.relation
    if name not in relation.columns and "." in name:
        role, _, name = name.partition(".")
        foreign = titles.find_reference(relation, role)
        if foreign is None:
            roles = [one.role for one in relation.foreign_keys]
            check.say(
                "E104", option, f"no foreign key '{role}' in {relation.full_name}{suggestion(role, roles)}"
            )
            return None
        relation = check.relations[foreign.target_schema, foreign.target_table]
    return relation.columns[name] if check.known(option, name, relation) else None


def named_filters(check: Check) -> dict[str, Filters]:
    """Label -> filters (E110, E122)."""
    value = check.resource.named_filters
    if not isinstance(value, Mapping) or not all(isinstance(k, str) and k.strip() for k in value):
        check.say("E110", "named_filters", f"expected a dict from label to filters, not {value!r}")
        return {}
    return {label: filters(check, "named_filters", given) for label, given in value.items()}


def defaults(check: Check) -> dict[str, str]:
    """Column -> the text that stands in the form of a new row (E103, E110, E125)."""
    value = check.resource.defaults
    if not isinstance(value, Mapping):
        check.say("E110", "defaults", f"expected a dict from column to value, not {value!r}")
        return {}
    found = {}
    for name, given in value.items():
        if not check.known("defaults", name):
            continue
        column = check.relation.columns[name]
        try:
            text = text_for(column, given)
        except NoText as error:
            check.say("E125", "defaults", f"'{name}': {error}")
            continue
        if text is None or column.computed:
            check.say(
                "E125", "defaults", f"'{name}': " + ("it cannot be set" if column.computed else "no value")
            )
        elif conditions.well_formed(column.base, text, column.enum_values) is False:
            check.say("E125", "defaults", f"'{name}' is {column.type}, which cannot be '{text}'")
        else:
            found[name] = text
    return found


def _names(names: object) -> bool:
    return isinstance(names, (list, tuple)) and all(isinstance(name, str) for name in names)
