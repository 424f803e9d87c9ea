"""The last approval applies the change, in its own transaction: locked, compared, judged and written anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals, identity
from ops.actor import Actor
from ops.catalog import Catalog, digests_from, digests_now
from ops.changes import acts, apply, overtaken, sentences, validating, weighing
from ops.changes.asking import declared
from ops.changes.authorise import authorise, sees
from ops.changes.deciding import Matter
from ops.changes.errors import Conflict, Invalid, Rejected
from ops.direct import savepoint
from ops.policy import Forbidden, NotVisible
from ops.words import t

# Deferred constraints speak while there is a savepoint to go back to.
_NOW = "SET CONSTRAINTS ALL IMMEDIATE"


@dataclass(frozen=True, slots=True)
class Landing:
    """What became of an approved change. `further`: stages that only the row as it is now asks for."""

    state: str
    failure: str | None = None
    done: Sequence[apply.Done] = ()
    further: Sequence[approvals.Stage] = ()


class _Further(Exception):
    def __init__(self, stages: list[approvals.Stage]) -> None:
        self.stages = stages


class _NotTheirs(Exception):
    def __init__(self, name: str) -> None:
        self.name = name


class _OtherShape(Exception):
    def __init__(self, label: str) -> None:
        self.label = label


def land(
    tx: Session, catalog: Catalog, actor: Actor, matter: Matter, rules: Sequence[approvals.ApprovalRule]
) -> Landing:
    """Apply what was approved, within a savepoint: what stops it leaves the decision and no write.

    A lock that cannot be had, a deadlock or a lost connection passes through: then the decision is undone as
    well and may simply be sent again.
    """
    try:
        with savepoint(tx, then=_NOW):
            done = _write(tx, catalog, actor, matter, rules)
    except _Further as error:
        return Landing("in_review", further=error.stages)
    except Conflict as error:
        return Landing("conflicted", _conflict(matter, error))
    except _OtherShape as error:
        return Landing("failed", t("door.failure.shape", table=error.label))
    except _NotTheirs as error:
        return Landing("failed", t("door.failure.proposer", name=error.name))
    except (Forbidden, NotVisible, identity.Disabled):
        return Landing("failed", t("door.failure.proposer", name=matter.change.proposer))
    except Invalid as error:
        return Landing("failed", str(error))
    except (Rejected, sa.exc.DBAPIError) as error:
        return Landing("failed", _words(tx, catalog, actor, matter, error))
    return Landing("applied", done=done)


def _write(
    tx: Session, catalog: Catalog, actor: Actor, matter: Matter, rules: Sequence[approvals.ApprovalRule]
) -> list[apply.Done]:
    change, operations = matter.change, matter.operations
    proposer = _standing(tx, actor, matter, change.stands_for, change.proposer)
    roles = proposer.roles
    if change.editor_id is not None and change.editor_id != change.stands_for:
        # Whoever made the revision as it stands must be allowed to, and so must the one whose change it is (P16).
        roles |= _standing(tx, actor, matter, change.editor_id, change.editor or "").roles
    tables = {one.table.ref: one.table for one in operations}.values()
    now = digests_now(tx, tables) if matter.shapes is None else digests_from(matter.shapes, tables)
    for one in operations:
        if now.get(one.table.ref) != one.digest_of_table:
            raise _OtherShape(one.table.label)
    # All of it is undone where a rule asks for more: a single edit is compared and written in one statement.
    alone = len(operations) == 1 and not matter.house
    both = apply.at_once(tx, catalog, proposer, operations[0]) if alone else None
    if both is not None:
        held = [both[0]]
    else:
        held = weighing.in_full(tx, apply.hold(tx, proposer, operations), rules)
    if matter.house and matter.standing is not None:
        # What it writes makes another standing, so it is compared once its rows are there, and not afterwards.
        overtaken.still_standing(tx, change.id, actor.person_id, matter.standing)
    validating.judge(held)
    about = weighing.about(change, len(operations), roles)
    asked = approvals.matching(tx, [one.proposed for one in held], rules, about)
    wanted = approvals.merged([*asked, *declared(operations)])
    there = [one.stage for one in matter.stages]
    if further := approvals.missing(wanted, there):
        raise _Further(further)
    done = apply.write(tx, catalog, proposer, held) if both is None else [both[1]]
    validating.judge_made(done)
    if further := approvals.missing(apply.asked_now(tx, held, done, rules, about), there):
        raise _Further(further)
    if operations[0].act is not None:
        acts.tell(tx, change.id, operations[0].act)
    return done


def _standing(tx: Session, actor: Actor, matter: Matter, person_id: int, name: str) -> Actor:
    """The maker with today's rights, which must be enough for all of it. Raises _NotTheirs."""
    known = matter.people.get(person_id)
    try:
        if known is None:
            maker = identity.actor_for(tx, person_id, source=actor.source, request_id=actor.request_id)
        else:
            plain = Actor(person_id, "", source=actor.source, request_id=actor.request_id)
            maker = identity.actor_now(tx, known, plain)
        authorise(maker, matter.operations, form=False)
    except (Forbidden, NotVisible, identity.Disabled) as error:
        raise _NotTheirs(name) from error
    return maker


def _conflict(matter: Matter, error: Conflict) -> str:
    if error.row_gone:
        return t("door.failure.gone")
    columns = matter.operations[error.position].table.columns
    labels = ", ".join(columns[one.column].label or one.column for one in error.fields)
    return t("door.failure.conflict", columns=labels)


def _words(tx: Session, catalog: Catalog, actor: Actor, matter: Matter, error: Exception) -> str:
    position = error.position if isinstance(error, Rejected) else 0
    cause = error.cause if isinstance(error, Rejected) else error
    if not sentences.about(cause):
        raise error
    one = matter.operations[position]
    invalid = sentences.explain(
        tx, catalog, cause, one.table, one.kind, one.after, lambda table: sees(actor, table), one.links
    )
    labels = {name: column.label or name for name, column in one.table.columns.items()}
    return invalid.general or " ".join(f"{labels[name]}: {text}" for name, text in invalid.fields.items())
