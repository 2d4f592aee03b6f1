"""What a stretch of a sentence is about to say: denied, planned, or only possible. Cues are data (seeds/rules/context.yaml).

A cue opens a scope that runs forward to the end of its clause (or, for a few cues, back to its beginning), after
Chapman's NegEx and ConText (doi:10.1006/jbin.2001.1029, doi:10.1016/j.jbi.2009.05.002).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adckg.anchors import Guarded
from adckg.errors import KnowledgeError

FLAGS = ("negated", "planned", "hypothetical")


@dataclass(frozen=True, slots=True)
class Scope:
    """A stretch of a sentence under a cue."""

    start: int
    end: int
    flag: str


@dataclass(frozen=True, slots=True)
class Cues:
    """The compiled cues."""

    forward: Mapping[str, Guarded]
    back: Mapping[str, Guarded]
    none: re.Pattern[str]
    """expressions that look like a cue and are none ("not only")"""
    ends: re.Pattern[str]
    reach: int
    """characters that a scope spans at most"""
    skip_section: re.Pattern[str]
    """headings of sections that say nothing of a product (safe harbour, contacts)"""
    safety_section: re.Pattern[str]
    """headings of sections that tell of adverse reactions and nothing else"""
    skip_sentence: Guarded

    def scopes(self, text: str) -> Iterator[Scope]:
        """Yield the scopes in a sentence."""
        blocked: list[tuple[int, int]] | None = None
        for flag in FLAGS:
            for match in self.forward[flag].finditer(text):
                if blocked is None:
                    blocked = [m.span() for m in self.none.finditer(text)]
                if any(s < match.end() and match.start() < e for s, e in blocked):
                    continue
                stop = self.ends.search(text, match.end(), match.end() + self.reach)
                yield Scope(match.start(), stop.start() if stop else min(len(text), match.end() + self.reach), flag)
            for match in self.back[flag].finditer(text):
                starts = [
                    m.end()
                    for m in self.ends.finditer(text, max(0, match.start() - self.reach), match.start())
                    if m[0] not in "()"
                ]
                yield Scope(starts[-1] if starts else max(0, match.start() - self.reach), match.end(), flag)


def parse_cues(data: Mapping[str, Any], source: str) -> Cues:
    """Return the cues of a parsed context.yaml.

    Raises:
        KnowledgeError: a list is missing or an expression is malformed.
    """
    try:
        return Cues(
            forward={flag: _guarded(data[flag].get("forward", ())) for flag in FLAGS},
            back={flag: _guarded(data[flag].get("back", ())) for flag in FLAGS},
            none=_any(data["none"]),
            ends=re.compile("|".join(data["ends"]), re.IGNORECASE),
            reach=int(data["reach"]),
            skip_section=_any(data["skip_section"]),
            safety_section=_any(data["safety_section"]),
            skip_sentence=_guarded(data["skip_sentence"]),
        )
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise KnowledgeError(f"{source}: {error!r}") from error


def _any(expressions: Sequence[str]) -> re.Pattern[str]:
    body = "|".join(expressions) or "(?!)"
    return re.compile(rf"(?<!\w)(?:{body})(?!\w)", re.IGNORECASE)


def _guarded(expressions: Sequence[str]) -> Guarded:
    return Guarded(_any(expressions).pattern, re.IGNORECASE)
