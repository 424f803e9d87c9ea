"""Two texts word by word: what was taken out of the one and what was put into the other, marked in place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup

from ops.web.visible import marked_pieces
from ops.words import t

LONGEST = 50_000  # characters; longer texts are shown as they are, without marks
MOST = 90_000  # words of the one times words of the other, without what is equal at both ends
_LIKE = 0.25  # less in common, and the marks would be confetti
# Words, runs of blanks, and each other sign by itself: a comma that moved, a character that hides.
_WORD = re.compile(r"\w+|[ \t]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Apart:
    """Both texts with their marks, and how many words went and came."""

    was: Markup
    will_be: Markup
    out: int
    into: int


class Patience:
    """How much of one page's time may still go into finding what two texts share."""

    def __init__(self, most: int = 3 * MOST) -> None:
        self.left = most

    def takes(self, work: int) -> bool:
        """Whether that much may be done; if so it is counted."""
        if work > min(self.left, MOST):
            return False
        self.left -= work
        return True


def apart(was: str, will_be: str, patience: Patience) -> Apart | None:
    """The texts with `del` and `ins` around the words that differ.

    None where marks say no more than the whole does: too little in common, a single word, or too long to compare.
    """
    if len(was) > LONGEST or len(will_be) > LONGEST:
        return None
    before, after = _WORD.findall(was), _WORD.findall(will_be)
    same = _same(before, after, patience)
    if same is None:
        return None
    shared = sum(len(before[n].strip()) for start, _, size in same for n in range(start, start + size))
    if shared < _LIKE * max(len(was), len(will_be)):
        return None
    old = _other(before, [(start, start + size) for start, _, size in same])
    new = _other(after, [(start, start + size) for _, start, size in same])
    return Apart(
        _marked(was, before, old, "del", t("differing.out")),
        _marked(will_be, after, new, "ins", t("differing.into")),
        _counted(before, old),
        _counted(after, new),
    )


def _same(
    before: Sequence[str], after: Sequence[str], patience: Patience
) -> list[tuple[int, int, int]] | None:
    """The stretches both have: where in the one, where in the other, how many words."""
    most = min(len(before), len(after))
    head = next((n for n in range(most) if before[n] != after[n]), most)
    tail = next((n for n in range(most - head) if before[-1 - n] != after[-1 - n]), most - head)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if not patience.takes(len(old) * len(new)):
        return None
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks() if old and new else []
    found = [(0, 0, head)]
    # Blanks alone between two changes are no common ground: the marks would end and begin for nothing.
    found += [
        (a + head, b + head, size) for a, b, size in blocks if any(one.strip() for one in old[a : a + size])
    ]
    return [*found, (len(before) - tail, len(after) - tail, tail)]


def _other(words: Sequence[str], same: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What lies between the stretches."""
    ends = [0, *(end for _, end in same)]
    starts = [*(start for start, _ in same), len(words)]
    return [(a, b) for a, b in zip(ends, starts, strict=True) if a < b]


def _counted(words: Sequence[str], stretches: Sequence[tuple[int, int]]) -> int:
    return sum(bool(words[n].strip()) for start, end in stretches for n in range(start, end))


def _marked(
    text: str, words: Sequence[str], stretches: Sequence[tuple[int, int]], tag: str, said: str
) -> Markup:
    places = [0]
    for word in words:
        places.append(places[-1] + len(word))
    cuts = [places[end] for stretch in stretches for end in stretch]
    pieces = marked_pieces(text, cuts)
    around = Markup('<{tag}><span class="sr">{said} </span>{piece}</{tag}>')
    return Markup("").join(
        around.format(tag=tag, said=said, piece=piece) if n % 2 else piece for n, piece in enumerate(pieces)
    )
