"""From an action to a change: run on the row as it is now, its answer made into operations. Nothing is written."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import Action, Refuse, Table, key_text
from ops.catalog.texts import NoText, text_for, values_of
from ops.changes import acts, sentences, writing
from ops.changes.acts import Act
from ops.changes.errors import Invalid
from ops.changes.operation import Operation, fold
from ops.changes.values import sendable
from ops.policy import NotVisible, View
from ops.records.single import key_condition
from ops.words import t

log = logging.getLogger(__name__)
MOST_NEW = 100  # rows that one use of an action makes


class Broken(Exception):
    """The company's own code failed or answered with what no row can hold. Nothing was done."""


def read(action: Action, typed: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of an action from what was typed. Raises Invalid with a sentence by parameter."""
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for one in action.parameters:
        text = typed.get(one.name, "")
        if not sendable(text):
            wrong[one.name] = t("door.nul")
            continue
        if one.kind == "boolean":
            text = text or "false"
        if not text.strip():
            if one.required:
                wrong[one.name] = t("door.needed")
            else:
                found[one.name] = None
            continue
        try:
            found[one.name] = one.read(text)
        except (ValueError, OverflowError):
            options = ", ".join(words for _, words in one.options)
            kind = "integer" if one.kind == "reference" else one.kind
            wrong[one.name] = t("door.choose", values=options) if options else t(f"door.kind.{kind}")
    if wrong:
        raise Invalid(wrong)
    return found


def refer(tx: Session, seen: View, action: Action, typed: Mapping[str, str]) -> None:
    """Ask whether the rows that parameters name are there for the person of `seen`, a view that knows the catalog.

    Raises Invalid: a row out of sight and none at all are the same (P14).
    """
    wrong: dict[str, str] = {}
    for one in action.parameters:
        text = typed.get(one.name, "").strip()
        if one.target is not None and text and not _is_there(tx, seen.of(one.target), text):
            wrong[one.name] = t("actions.no_such_row")
    if wrong:
        raise Invalid(wrong)


def _is_there(tx: Session, target: View | None, text: str) -> bool:
    if target is None:
        return False
    key = key_text((text,)) if len(target.table.key) == 1 else text
    try:
        found = target.select(sa.literal_column("1")).where(key_condition(tx, target, key))
    except NotVisible:
        return False
    return tx.execute(found).first() is not None


def prepare(
    tx: Session,
    seen: View,
    action: Action,
    key: str | None,
    arguments: dict[str, Any],
    typed: Mapping[str, str],
) -> list[Operation]:
    """What using the action would do to the row now, as operations of one change.

    `seen` is `policy.acting_view`: a row out of it is not there. Raises NotVisible, Refuse, Invalid (a value that
    cannot be stored), Broken.
    """
    table = seen.table
    row = None if key is None else _row(tx, seen, key)
    answer, messages = run(action, table, row, arguments)
    said = {one.name: typed.get(one.name) or None for one in action.parameters}
    act = Act(action.name, action.label, said, messages, action.asks)
    if row is None:
        rows = answer if isinstance(answer, list) else [answer]
        return [_operation(tx, table, None, {}, values, act, n) for n, values in enumerate(rows)]
    return [_operation(tx, table, writing.key_of(table, row), row, answer, act, 0)]


def run(
    action: Action, table: Table, row: Mapping[str, str | None] | None, arguments: dict[str, Any]
) -> tuple[Any, tuple[Any, ...]]:
    """The action's answer as texts by column (or a list of such), and its messages. Raises Refuse, Broken."""
    try:
        ran = action.run(None if row is None else values_of(table, row), arguments)
        return _texts(action, table, ran.answer), ran.messages
    except (Refuse, Broken):
        raise
    except Exception as error:  # code that is not ours
        # Its words may hold values of the company (P42): where and what kind is enough to look further.
        log.exception("the action %s of %s broke: %s", action.name, table.full_name, type(error).__name__)
        raise Broken(t("door.action_broke", action=action.label)) from None


def _texts(action: Action, table: Table, answer: Any) -> Any:
    if action.scope == "none" and isinstance(answer, list):
        if not 1 <= len(answer) <= MOST_NEW:
            raise Broken(t("door.action_many", action=action.label, most=MOST_NEW))
        return [_texts(action, table, one) for one in answer]
    if answer is None and action.scope == "row":
        return {}
    if not isinstance(answer, Mapping):
        raise TypeError(f"an action answers with a dict of new values, not {type(answer).__name__}")
    allowed = acts.settable(table, "create" if action.scope == "none" else "update")
    found = {}
    for name, value in answer.items():
        if name not in allowed:
            log.error(
                "the action %s of %s sets '%s', which cannot be set", action.name, table.full_name, name
            )
            raise Broken(t("door.action_broke", action=action.label))
        try:
            found[name] = text_for(table.columns[name], value)
        except NoText as error:
            raise TypeError(str(error)) from None
    return found


def _operation(
    tx: Session, table: Table, key: str | None, row: Mapping[str, str | None], after: Mapping[str, str | None],
    act: Act, position: int,
) -> Operation:  # fmt: skip
    written = sentences.as_written(tx, table, after)
    if written is None:
        wrong = sentences.misread(tx, table, after)
        raise Invalid(wrong, position=position)
    if key is None:
        return Operation("create", table, after=written, act=act)
    touched = {name: text for name, text in written.items() if fold(text) != fold(row[name])}
    base = {name: fold(row[name]) for name in touched}
    return Operation("update", table, key, base, touched, act=act)


def _row(tx: Session, seen: View, key: str) -> dict[str, str | None]:
    key_condition(tx, seen, key)  # NotVisible for what is no key
    table = seen.table
    one = Operation("update", table, key)
    found = writing.read(tx, table, one.parts, full=None, locked=False, sight=seen.rows("act"))
    if found is None or not found.in_sight:
        raise NotVisible(key)
    return found.row
