"""What every application makes of the same templates and addresses, made once for all that a test run builds.

A test of the web builds an application of its own; compiling templates and the builders of addresses was half of it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class Compiled(FileSystemBytecodeCache):
    """Templates' code: in files for all processes of the run, in memory for the applications of one."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """The code of a template whose source is the same, if anybody compiled it."""
        known = (bucket.key, bucket.checksum)
        bucket.code = self._codes.get(known)
        if bucket.code is None:
            super().load_bytecode(bucket)
        if bucket.code is not None:
            self._codes[known] = bucket.code


def builders() -> None:
    """Compile the function that builds an address once for each rule: the code depends on nothing but its parts."""
    compiled: Callable[[Rule, bool], Any] = Rule._compile_builder
    kept: dict[tuple[object, ...], Any] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:  # they are written into the code
            return compiled(rule, append_unknown)
        parts = (rule.rule, *rule._trace, append_unknown)
        if parts not in kept:
            kept[parts] = compiled(rule, append_unknown)
        return kept[parts]

    if compiled.__name__ != once.__name__:
        Rule._compile_builder = once  # type: ignore[method-assign]  # because it is kept
