"""Who a request names as members of a group: all of them, or one by one as they are put in and taken out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scim2_models import InvalidValueException, PatchOp, PatchOperation, TooManyException
from scim2_models.path import AttrPath, CompareOperator, Comparison, ValuePath

from ops.provisioning.models import MAX_MEMBERS, Group
from ops.provisioning.resources import checked_id


def steps_of(operations: PatchOp[Any]) -> list[tuple[bool, list[str]]] | None:
    """The operations as (put in, users), where all of them put members in or take named ones out; else None.

    Raises InvalidValueException, TooManyException.
    """
    steps: list[tuple[bool, list[str]]] = []
    for one in operations.operations or ():
        users = _named(one)
        if users is None:
            return None
        steps.append((one.op == PatchOperation.Op.add, _checked(users)))
    return steps


def _named(one: PatchOperation[Any]) -> list[str] | None:
    """The users an operation puts in or takes out; None where it does anything else."""
    path = one.path.ast if one.path is not None else None
    if one.op == PatchOperation.Op.replace_:
        return None
    if isinstance(path, AttrPath) and path.attr.lower() == "members" and path.sub_attr is None:
        values = one.value if isinstance(one.value, list) else [one.value]
        users = [value.get("value") if isinstance(value, dict) else None for value in values]
        return [user for user in users if isinstance(user, str)] if all(users) else None
    selecting = isinstance(path, ValuePath) and path.attr_path.attr.lower() == "members" and path.val_filter
    if (
        isinstance(selecting, Comparison)
        and one.op == PatchOperation.Op.remove
        and selecting.op == CompareOperator.eq
        and str(selecting.attr_path).lower() == "value"
        and isinstance(selecting.value, str)
        and getattr(path, "sub_attr", None) is None
    ):
        return [selecting.value]
    return None


def members_of(group: Group) -> list[str]:
    """The ids of its users. Raises InvalidValueException, TooManyException."""
    return _checked([one.value or "" for one in group.members or ()])


def _checked(users: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(users))
    if len(found) > MAX_MEMBERS:
        raise TooManyException(detail=f"One request names at most {MAX_MEMBERS} members")
    return [checked_id(user) if user else _no_value() for user in found]


def _no_value() -> str:
    raise InvalidValueException(detail="members: each has a value, the id of a user")
