"""Templates as pages need them: what a template always says is put in when it is compiled, not when it is shown.

A page says some eighty words and imports a dozen templates of components. Looking all of that up for each page was a
tenth of its time.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer

from ops.words import t


class _Components(Template):
    """A template whose macros are made once: none of ours is given globals of its own."""

    def _get_default_module(self, ctx: Context | None = None):  # type: ignore[no-untyped-def]  # jinja2's own class
        return super()._get_default_module()


class _Words(NodeTransformer):
    """A `t` of a key alone becomes the text itself; one that is not in the catalogue stops here."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs) and len(node.args) == 1
        if plain and isinstance(node.node, nodes.Name) and node.node.name == "t":
            key = node.args[0]
            if isinstance(key, nodes.Const):
                return nodes.Const(t(key.value), lineno=node.lineno)
        return node


class Templates(Environment):
    """Flask's environment with both."""

    template_class = _Components

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._found: dict[str, Template] = {}

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - jinja2's own name for it
    ) -> Template:
        """The template of that name; where files never change, one that was asked for before needs no search."""
        if self.auto_reload or globals is not None or not isinstance(name, str):
            return super().get_template(name, parent, globals)
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = super().get_template(name, parent)
        return found

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        return super()._generate(_Words().visit(source), name, filename, defer_init)
