"""Which company "the Swiss group", "the smaller firm", "its partner" or "the Californians" stand for, by where companies come
from (the vocabulary knows it, or the document says it) and by who has been spoken of; and which one a bullet that it
heads goes on about without naming it.
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
_ASIDE = Wording("firms.aside", re.IGNORECASE)
_ASIDE_AFTER = Wording("firms.aside_after", re.IGNORECASE)
_PARTNER = Wording("firms.partner", re.IGNORECASE)
_AS_OBJECT = re.compile(r"\b(?:for|to|with|from|of|at|by) $")
_CLAUSE = re.compile(r"[,;:]|\b(?:and|but|that|which|where|while|when|whether|if|as|because|since|who|whom)\b")
_KEPT = 14
"""companies that a text still speaks of"""


@cache
def _called() -> Guarded:
    """The expressions that stand for a company."""
    return Guarded(Wording("firms.called").regex.pattern, 0)


@cache
def countries() -> Mapping[str, str]:
    """Countries' codes by the words for what comes from there, in lower case."""
    try:
        return {
            str(word): str(code) for code, words in load_context()["countries"].items() for word in words.split("|")
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise KnowledgeError(f"{CONTEXT}: no countries") from error


@cache
def _place() -> str:
    return "|".join(re.escape(word) for word in sorted(countries(), key=lambda w: (-len(w), w)))


@cache
def _told_before() -> re.Pattern[str]:
    """Before a company: where it comes from ("the Danish drugmaker A")."""
    return re.compile(rf"(?<!\w)(?P<place>{_place()})(?:-based)? (?:[\w-]+ ){{0,3}}$", re.IGNORECASE)


@cache
def _told_after() -> re.Pattern[str]:
    """After it ("A, of Lund", "A, an Italian start-up")."""
    return re.compile(
        r"(?:'s)?,? (?:of|in|from|based in|an?|the) (?:(?!and |or |with |for )[\w-]+ ){0,2}?"
        rf"(?P<place>{_place()})(?!\w)",
        re.IGNORECASE,
    )


@cache
def _in_words() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?P<place>{_place()})(?!\w)", re.IGNORECASE)


def is_aside(text: str, start: int, end: int) -> bool:
    """Whether a company is named only to describe another: "part of A", "A's rival"."""
    return bool(_ASIDE.search(text[max(0, start - 60) : start]) or _ASIDE_AFTER.match(text, end))


def is_headed(text: str, first: Mention) -> bool:
    """Whether a bullet begins with a company and goes on with what it does: "- Acme. Holds …"."""
    return (
        first.type == Kind.ORGANISATION
        and first.start < 4
        and text[first.end : first.end + 2] in (". ", ": ")
        and _VERB.match(text, first.end + 2) is not None
    )


@dataclass(slots=True)
class Firms:
    """The companies that a text has spoken of."""

    vocabulary: Vocabulary
    seen: list[Entity] = field(default_factory=list)
    """the last one last; of one sentence the first"""
    homes: dict[Entity, set[str]] = field(default_factory=dict)
    """the countries and places that each comes from"""
    topic: Entity | None = None
    """the company that the paragraph began with"""
    subject: Entity | None = None
    """the company that the last sentence with one was about"""
    two: tuple[Entity, Entity] | None = None
    """those that a sentence named together last"""
    pair: tuple[Entity, Entity] | None = None
    """the parties of the deal last told of"""
    seller: Entity | None = None
    """who gave something in the deal last told of"""
    paragraph: int = -1
    before: tuple[Entity, ...] = ()
    """those that the sentence before began with, side by side"""
    _now: tuple[Entity, ...] = ()

    def resolve(self, text: str, sentence: Sentence, mentions: Sequence[Mention]) -> Iterator[Mention]:
        """Yield the expressions of a sentence that stand for a company, each with the one it stands for."""
        if sentence.paragraph != self.paragraph:
            self.paragraph, self.topic = sentence.paragraph, None
        named = [m for m in mentions if m.type == Kind.ORGANISATION and len(m.values) == 1]
        if self.topic is None and named and sentence.role == "bullet" and not re.search(r"\w", text[: named[0].start]):
            self.topic = named[0].entity
        if self.topic and sentence.role in ("bullet", "row", "text") and _VERB.match(text):
            yield Mention(0, 0, Kind.ORGANISATION, (self.topic,))
        if pair := self.pair:
            for match in _PARTNER.finditer(text):
                before = [m.entity for m in named if m.end <= match.start()]
                one = before[-1] if before else self.subject
                if match.group().lower().startswith("the same"):
                    other = self.seller
                else:
                    other = next(e for e in pair if e != one) if one in pair else None
                if other:
                    yield Mention(*match.span(), Kind.ORGANISATION, (other,))
        for match in _called().finditer(text):
            before = [m.entity for m in named if m.end <= match.start()]
            last = max((m.end for m in named if m.end <= match.start()), default=0)
            as_object = bool(
                _AS_OBJECT.search(text, max(0, match.start() - 12), match.start())
                or (last and not _CLAUSE.search(text, last, match.start()))
            )
            if entity := self._meant(match.group(), before, as_object=as_object):
                yield Mention(*match.span(), Kind.ORGANISATION, (entity,))

    def advance(self, text: str, mentions: Sequence[Mention]) -> None:
        """Take note of the companies of a sentence, and of where it says they come from."""
        named = [m for m in mentions if m.type == Kind.ORGANISATION and m.entity and m.end > m.start]
        beside = [
            n for n, (one, other) in enumerate(pairwise(named)) if not _AND.fullmatch(text[one.end : other.start])
        ]
        leading = named[: (beside[0] + 1 if beside else len(named))]
        self.before, self._now = self._now, tuple(dict.fromkeys(m.entity for m in leading))
        if not named:
            return
        if self.topic is None and not re.search(r"\w", text[: named[0].start]):
            self.topic = named[0].entity
        for mention in named:
            if len(self.home(mention.entity)) > 1:
                continue  # said before
            for told in (
                _told_before().search(text, max(0, mention.start - 50), mention.start),
                _told_after().match(text, mention.end),
            ):
                if told:
                    self.home(mention.entity).update((told["place"].lower(), countries()[told["place"].lower()]))
        # who is named only to describe another is meant last
        main = [m for m in named if not is_aside(text, m.start, m.end)]
        self.subject = (main or named)[0].entity
        firms = list(dict.fromkeys(m.entity for m in (*main, *named)))
        if len(firms) == 2:
            self.two = (firms[0], firms[1])
        for firm in reversed(firms):
            if firm in self.seen:
                self.seen.remove(firm)
            self.seen.append(firm)
        del self.seen[:-_KEPT]

    def home(self, firm: Entity) -> set[str]:
        """Return the countries and places that a company comes from, as far as they are known."""
        if firm not in self.homes:
            row = self.vocabulary.rows.get((Kind.ORGANISATION, firm.slug))
            if row and not row.more.get("country") and row.more.get("parent"):
                row = self.vocabulary.rows.get((Kind.ORGANISATION, row.more["parent"][0]))
            self.homes[firm] = set(row.more.get("country", ()) if row else ())
        return self.homes[firm]

    def _meant(self, words: str, before: Sequence[Entity], *, as_object: bool) -> Entity | None:
        """Return the company last spoken of that comes from where the words say, if they say it.

        Args:
            as_object: the words are no subject: none that stands before them in their sentence is meant.
        """
        spoken = list(dict.fromkeys((*reversed(before), *reversed(self.seen))))
        said = _in_words().search(words.replace("-", " ")) or _in_words().search(words)
        if said is None:
            return before[0] if before else self.topic or (spoken[0] if spoken else None)
        place = said["place"].lower()
        code = countries()[place]
        if as_object:
            spoken = [firm for firm in spoken if firm not in before]
        if exact := next((firm for firm in spoken if place in self.home(firm)), None):
            return exact
        if self.topic and (code in self.home(self.topic) or not self.home(self.topic)):
            return self.topic
        spoken = [*(firm for firm in spoken[:4] if self.pair and firm in self.pair), *spoken]
        there = [firm for firm in spoken if code in self.home(firm)]
        unknown = [firm for firm in spoken if not self.home(firm)]
        return next(iter((*there, *unknown)), None)
