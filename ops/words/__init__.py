"""The one catalogue of visible words, English first: a module per room, each with a dict `WORDS`.

Owns: finding the text of a key and filling its gaps. Refuses to own: markup (the templates escape what comes
from here) and the choice of language beyond the one catalogue.
"""

import importlib
import pkgutil
from types import MappingProxyType


def _gather() -> dict[str, str]:
    """Merge the rooms' dicts. Raises RuntimeError where two rooms claim one key or a key names no room."""
    merged: dict[str, str] = {}
    for module in pkgutil.iter_modules(__path__):
        words: dict[str, str] = importlib.import_module(f"{__name__}.{module.name}").WORDS
        for key, text in words.items():
            if key in merged:
                raise RuntimeError(f"the words of {key!r} are written twice; keep one of them")
            if "." not in key:
                raise RuntimeError(f"the key {key!r} in ops/words/{module.name}.py needs the form room.thing")
            merged[key] = text
    return merged


WORDS = MappingProxyType(_gather())


def t(key: str, /, **values: object) -> str:
    """Return the text of `key` with its `{gaps}` filled from `values`.

    Where `count` is 1 and the catalogue has `<key>.one`, that text is taken. Raises KeyError for an
    unknown key and for a gap without a value: a page with a typo must fail in a test, not show a code.
    """
    if values.get("count") == 1 and f"{key}.one" in WORDS:
        key += ".one"
    text = WORDS[key]
    return text.format_map(values) if values else text
