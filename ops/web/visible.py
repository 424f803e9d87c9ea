"""What the eye would miss in a value: invisible and bidirectional characters, written out as marks (P34).

Used wherever people judge what others typed: the difference they decide on, reasons, titles, the trail.
Lines stay lines; a value in which nothing hides is passed on as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup, escape

# Letters and marks that show nothing, though Unicode does not count them among its format characters
# (Default_Ignorable_Code_Point of DerivedCoreProperties.txt, and the blank Braille pattern).
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
_NAMES = {"\t": "TAB", "\r": "CARRIAGE RETURN", "\x00": "NULL", "\x1b": "ESCAPE", "\x7f": "DELETE"}
# Everything that is surely plain: most values never reach the loop below.
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?\Z")
_BLANK_SIGN = re.compile(f"[{_BLANK}]")
_REFERENCE = re.compile(r"(?<![\w/.-])CH-[1-9][0-9]{0,17}(?![\w-])", re.ASCII)
_KEPT = r'<span class="nowrap">\g<0></span>'
_EDGES = re.compile(r"\A +| +\Z| +(?=\n)|(?<=\n) +")


def visible(text: str) -> str:
    """The text with every sign that hides written as ⟨U+202E⟩; for places that hold no markup."""
    return "".join(_mark(sign) if _hides(sign) else sign for sign in text)


def marked(text: str | None) -> Markup | str | None:
    """The text for a page: what hides stands as a mark of its own, with the character's name on hover.

    Blanks at the edges of lines and line ends are marked too, for they may be all that differs. Text that
    runs from right to left is isolated, so that it cannot reorder its neighbours. None and '' stay.
    """
    if not text or _PLAIN.match(text):
        return text
    (inside,) = marked_pieces(text, [])
    return inside if inside != escape(text) else text


def linked(text: str | None) -> Markup | str | None:
    """The text as `marked` shows it, with every reference such as CH-1042 leading to its change.

    For what people write on the platform: reasons, comments, titles, what is said about a change; and never within a
    link. Whoever may not see the change finds none there.
    """
    if not text or "CH-" not in text:
        return marked(text)
    cuts: list[int] = []
    for found in _REFERENCE.finditer(text):
        cuts += found.span()
    if not cuts:
        return marked(text)
    pieces = marked_pieces(text, cuts)
    # Every other piece is a reference: nothing but "CH-" and digits, which need no escape.
    return Markup("").join(_to_change(one) if place % 2 else one for place, one in enumerate(pieces))


def unbroken(text: str) -> Markup | str:
    """The text as `marked` shows it, every reference such as CH-1042 on one line; for the words of a link."""
    return Markup(_REFERENCE.sub(_KEPT, str(escape(marked(text)))))  # noqa: S704 - the text is escaped


def _to_change(piece: Markup) -> Markup:
    reference = piece.striptags()
    return Markup('<a href="/changes/{}">{}</a>').format(reference, piece)


def marked_pieces(text: str, cuts: Sequence[int]) -> list[Markup]:
    """The text cut at these places, in rising order; each piece as `marked` shows it inside the whole."""
    spaces = {n for found in _EDGES.finditer(text) for n in range(*found.span())}
    isolate = any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in text)
    ends = [0, *cuts, len(text)]
    return [_piece(text, a, b, spaces, isolate) for a, b in pairwise(ends)]


def _piece(text: str, start: int, end: int, spaces: set[int], isolate: bool) -> Markup:
    parts: list[str] = []
    plain = start
    for place in range(start, end):
        sign = text[place]
        if sign == "\n" or place in spaces or _hides(sign):
            parts += [str(escape(text[plain:place])), _sign(sign)]
            plain = place + 1
    parts.append(str(escape(text[plain:end])))
    inside = Markup("".join(parts))  # noqa: S704 - every part is escaped above or written here
    return Markup("<bdi>{}</bdi>").format(inside) if isolate else inside


def _hides(sign: str) -> bool:
    if " " <= sign <= "~" or sign == "\n":
        return False
    kind = unicodedata.category(sign)
    return kind in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs") or _BLANK_SIGN.match(sign) is not None


def _mark(sign: str) -> str:
    return f"⟨U+{ord(sign):04X}⟩"


def _sign(sign: str) -> str:
    if sign == "\n":
        return '<span class="sign faint" title="U+000A LINE FEED">↵</span>\n'
    if sign == " ":
        return '<span class="sign faint" title="U+0020 SPACE">␣</span>'
    name = _NAMES.get(sign) or unicodedata.name(sign, "NOT A CHARACTER")
    return f'<span class="sign" title="U+{ord(sign):04X} {name}">{_mark(sign)}</span>'
