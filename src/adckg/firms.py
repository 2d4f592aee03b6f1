"""Which company "the Swiss group", "the smaller firm" or "the Californians" stand for, and which one a bullet that it heads
goes on about without naming it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from adckg.anchors import Guarded
from adckg.errors import KnowledgeError
from adckg.model import Entity, Kind, Mention, Sentence
from adckg.vocabulary import Vocabulary
from adckg.wordings import CONTEXT, Wording, load_context

_VERB = Wording("firms.verb")
_AND = re.compile(r" and | & |, |, and ")
_KEPT = 12
"""companies that a text still speaks of"""


@cache
def _called() -> Guarded:
    """The expressions that stand for a company."""
    return Guarded(Wording("firms.called").regex.pattern, 0)


@cache
def _countries() -> Mapping[str, str]:
    """Countries' codes by the words for what comes from there, in lower case."""
    try:
        return {
            str(word): str(code) for code, words in load_context()["countries"].items() for word in words.split("|")
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise KnowledgeError(f"{CONTEXT}: no countries") from error


@dataclass(slots=True)
class Firms:
    """The companies that a text has spoken of."""

    vocabulary: Vocabulary
    seen: list[Entity] = field(default_factory=list)
    """the last one last; of one sentence the first"""
    topic: Entity | None = None
    """the company that the paragraph began with"""
    two: tuple[Entity, Entity] | None = None
    """those that a sentence named together last"""
    paragraph: int = -1
    before: tuple[Entity, ...] = ()
    """those that the sentence before began with, side by side"""
    _now: tuple[Entity, ...] = ()

    def resolve(self, text: str, sentence: Sentence, mentions: Sequence[Mention]) -> Iterator[Mention]:
        """Yield the expressions of a sentence that stand for a company, each with the one it stands for."""
        if sentence.paragraph != self.paragraph:
            self.paragraph, self.topic = sentence.paragraph, None
        named = [m for m in mentions if m.type == Kind.ORGANISATION]
        if self.topic and sentence.role in ("bullet", "row", "text") and _VERB.match(text):
            yield Mention(0, 0, Kind.ORGANISATION, (self.topic,))
        for match in _called().finditer(text):
            before = [m.entity for m in named if m.end <= match.start()]
            if entity := self._meant(match.group(), before):
                yield Mention(*match.span(), Kind.ORGANISATION, (entity,))

    def advance(self, text: str, mentions: Sequence[Mention]) -> None:
        """Take note of the companies of a sentence."""
        named = [m for m in mentions if m.type == Kind.ORGANISATION and m.entity]
        if named and self.topic is None and not re.search(r"\w", text[: named[0].start]):
            self.topic = named[0].entity
        firms = list(dict.fromkeys(m.entity for m in named))
        beside = [
            n for n, (one, other) in enumerate(pairwise(named)) if not _AND.fullmatch(text[one.end : other.start])
        ]
        leading = named[: (beside[0] + 1 if beside else len(named))]
        self.before, self._now = self._now, tuple(dict.fromkeys(m.entity for m in leading))
        if len(firms) == 2:
            self.two = (firms[0], firms[1])
        for firm in reversed(firms):
            if firm in self.seen:
                self.seen.remove(firm)
            self.seen.append(firm)
        del self.seen[:-_KEPT]

    def _country(self, firm: Entity) -> str | None:
        row = self.vocabulary.rows.get((Kind.ORGANISATION, firm.slug))
        return next(iter(row.more.get("country", ())), None) if row else None

    def _meant(self, words: str, before: Sequence[Entity]) -> Entity | None:
        """Return the company last spoken of that comes from where the words say, if they say it."""
        spoken = [*reversed(before), *reversed(self.seen)]
        said = words.lower().replace("-", " ")
        code = next((code for word, code in _countries().items() if re.search(rf"\b{word}\b", said)), None)
        if code is None:
            return before[0] if before else self.topic or (spoken[0] if spoken else None)
        if self.topic and not before and self._country(self.topic) in (code, None):
            return self.topic
        there = [firm for firm in spoken if self._country(firm) == code]
        unknown = [firm for firm in spoken if self._country(firm) is None]
        return next(iter((*there, *unknown)), None)
