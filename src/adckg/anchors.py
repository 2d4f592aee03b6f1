"""Which patterns are worth trying on a sentence: those of which it holds a word that they can't do without.

Each pattern's words are read off its syntax tree: "approv(?:ed|es)" needs `approv`, "(?:sold|marketed) by" needs `sold` or
`marketed`. One pass of an automaton over the sentence finds which of all these words it holds.
"""

from __future__ import annotations

import re._constants as op
import re._parser as parser
from collections.abc import Iterable
from typing import Any

import ahocorasick_rs

SHORTEST = 3
"""characters of a word that is worth looking for"""
MOST = 80
"""alternatives of one pattern that are worth looking for"""


def words_of(pattern: str) -> frozenset[str]:
    """Return words of which a text that the pattern fits holds at least one, in lower case; none where it needs none.

    >>> sorted(words_of(r"(?:sold|marketed) (?:in .{0,9})?by"))
    ['marketed', 'sold']
    >>> words_of(r"[a-z]+ of")
    frozenset()
    """
    return frozenset(_needed(parser.parse(pattern, 0)) or ())


def _needed(tree: Iterable[tuple[Any, Any]]) -> set[str] | None:
    """Return the best set of alternatives that one part of a sequence needs."""
    best: set[str] | None = None
    run = ""
    for code, value in [*tree, (op.ANY, None)]:
        if code is op.LITERAL and value < 0xE000:
            run += chr(value).lower()
            continue
        found: set[str] | None = None
        if code is op.SUBPATTERN:
            found = _needed(value[3])
        elif code is op.BRANCH:
            parts = [_needed(part) for part in value[1]]
            found = set().union(*(p for p in parts if p)) if all(parts) else None
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT) and value[0] >= 1:
            found = _needed(value[2])
        for candidate in ({run} if len(run.strip()) >= SHORTEST else None, found):
            if candidate and len(candidate) <= MOST and _worth(candidate) > _worth(best):
                best = candidate
        run = ""
    return best


def _worth(words: set[str] | None) -> float:
    """How much a set of alternatives narrows down: long and few words do."""
    return min(map(len, words)) - len(words) / 10 if words else -100


class Anchors:
    """The words that any of some patterns needs."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = sorted(set(words))
        self._automaton: ahocorasick_rs.AhoCorasick | None = None

    def __getstate__(self) -> list[str]:
        return self.words

    def __setstate__(self, words: list[str]) -> None:
        self.words, self._automaton = words, None

    def held_by(self, text: str) -> frozenset[str]:
        """Return those of the words that a text holds."""
        if self._automaton is None:
            self._automaton = ahocorasick_rs.AhoCorasick(self.words, matchkind=ahocorasick_rs.MatchKind.Standard)
        found = self._automaton.find_matches_as_indexes(text.lower(), overlapping=True)
        return frozenset(self.words[n] for n in {number for number, _, _ in found})
