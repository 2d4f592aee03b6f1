"""Which patterns are worth trying on a sentence: those of which it holds a word that they can't do without.

Each pattern's words are read off its syntax tree: "approv(?:ed|al)" needs `approv`, "(?:sold|marketed) by" needs `sold`
or `marketed`. One pass of an automaton over the sentence finds which of all these words it holds.
"""

from __future__ import annotations

import re._constants as op  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable, Sequence
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
    """Which of some rules are worth trying on a text, by the words that each of their patterns needs."""

    def __init__(self, rules: Sequence[Sequence[frozenset[str]]]) -> None:
        """Take for each rule the words of each of its patterns, as `words_of` gives them."""
        self.rules = rules
        self.words = sorted({word for patterns in rules for words in patterns for word in words})
        self.always = frozenset(n for n, patterns in enumerate(rules) if not all(patterns))
        self._of: dict[str, set[int]] = {}
        for number, patterns in enumerate(rules):
            for words in patterns:
                for word in words:
                    self._of.setdefault(word, set()).add(number)
        self._automaton: ahocorasick_rs.AhoCorasick | None = None

    def __reduce__(self) -> tuple[type[Anchors], tuple[Sequence[Sequence[frozenset[str]]]]]:
        return Anchors, (self.rules,)

    def held_by(self, text: str) -> tuple[frozenset[str], list[int]]:
        """Return those of the words that a text holds, and the numbers of the rules worth trying on it, in order."""
        if self._automaton is None:
            self._automaton = ahocorasick_rs.AhoCorasick(self.words, matchkind=ahocorasick_rs.MatchKind.Standard)
        found = self._automaton.find_matches_as_indexes(text.lower(), overlapping=True)
        held = frozenset(self.words[n] for n in {number for number, _, _ in found})
        return held, sorted(self.always.union(*(self._of[word] for word in held)))
