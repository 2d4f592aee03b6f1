"""What is particular to deals: the kinds of an agreement by its words, royalties in the document's own terms, and whose
deal a sentence on money speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adckg.errors import KnowledgeError
from adckg.model import Entity

Pair = tuple[Entity, Entity]


@dataclass(frozen=True, slots=True)
class DealWords:
    """The words by which the kinds of deals are known (context.yaml)."""

    kinds: Mapping[str, re.Pattern[str]]

    def kinds_of(self, text: str) -> list[str]:
        """Return the kinds that the words of an agreement name.

        >>> words = parse_deal_words({"deal_kinds": {"licence": "licen[cs]e", "option": "options?"}}, "context.yaml")
        >>> words.kinds_of("an option to an exclusive license")
        ['licence', 'option']
        """
        found = [kind for kind, pattern in self.kinds.items() if pattern.search(text)]
        # who acquires rights acquires no company
        return [kind for kind in found if kind != "acquisition" or not {"licence", "option"} & set(found)]


def parse_deal_words(data: Mapping[str, Any], source: str) -> DealWords:
    """Return the words of a parsed context.yaml.

    Raises:
        KnowledgeError: they are missing or malformed.
    """
    try:
        return DealWords({k: re.compile(rf"\b(?:{v})\b", re.IGNORECASE) for k, v in data["deal_kinds"].items()})
    except (KeyError, TypeError, AttributeError, re.error) as error:
        raise KnowledgeError(f"{source}: {error!r}") from error


_DIGITS = r"single|double|digits?|teens?|twent(?:y|ies)|thirt(?:y|ies)"
_RATE = (
    rf"(?:(?:very )?(?:low|mid|high|mid-to-high|low-to-mid|mid-to-low|{_DIGITS})"
    rf"(?:[- ](?:to[- ])?(?:low|mid|high|{_DIGITS}))*)"
)
_PERCENT = r"\d{1,2}(?:\.\d+)?(?: ?(?:%|percent|per cent))?"
_JOIN = r"(?: ?- ?| to | up to | and | through | into the | to the | percent to | percentages? to )(?:the )?"
_APART = re.compile(
    r"(?<=[a-z\d%])(?-i:[.;] (?=[A-Z]))"
    r"|\b(?:plus|milestones?|payments|split|million|billion|in addition|profits?|upfront)\b",
    re.IGNORECASE,
)
"""What stands between royalties and something else that is paid."""
_ROYALTY = re.compile(
    rf"\b(?:(?P<low>{_RATE})(?:{_JOIN}(?P<high>{_RATE}))?"
    rf"|(?P<from>{_PERCENT})(?:(?: ?- ?| to | and )(?P<to>{_PERCENT}))?)(?!\w)",
    re.IGNORECASE,
)


def royalty_terms(text: str) -> str | None:
    """Return the terms of royalties in the words that tell them: whether tiered, and the rates.

    >>> royalty_terms("tiered royalties from the high single digits to the mid-teens on net sales")
    'tiered, high single-digit to mid-teens'
    >>> royalty_terms("royalties of 12% to 15% of sales")
    '12-15%'
    >>> royalty_terms("royalties on sales")
    """
    place = re.search(r"\broyalt(?:y|ies)\b", text, re.IGNORECASE)
    before = _APART.split(text[max(0, place.start() - 70) : place.start()])[-1] if place else ""
    after = _APART.split(text[place.end() : place.end() + 140])[0] if place else text
    terms = ["tiered"] if re.search(r"\btiered\b", f"{before} {after}", re.IGNORECASE) else []
    if found := _rates(after) or _rates(before):
        terms.append(found)
    return ", ".join(terms) or None


def _rates(text: str) -> str | None:
    """Return the rates that a text tells, as it tells them."""
    for match in _ROYALTY.finditer(text):
        if match["low"] and re.search(r"digit|teen|twent|thirt", match["low"] + (match["high"] or ""), re.IGNORECASE):
            return " to ".join(_rate(r) for r in (match["low"], match["high"]) if r)
        if match["from"] and re.search(r"%|percent|per cent", match.group(), re.IGNORECASE):
            return "-".join(re.sub(r"[^\d.]", "", r) for r in (match["from"], match["to"]) if r) + "%"
    return None


def _rate(text: str) -> str:
    text = " ".join(text.lower().split())
    return re.sub(r"\b(single|double)[ -]digits?", r"\1-digit", text)


@dataclass(slots=True)
class Deals:
    """The deals that a document has told of so far, in order."""

    pairs: list[Pair] = field(default_factory=list)

    title: Pair | None = None
    """the two that the title names"""

    def headline(self, named: Sequence[Entity]) -> None:
        """Take note of whom the title names: where they are two, a deal told of later is most likely theirs."""
        pair = list(dict.fromkeys(named))
        if len(pair) == 2:
            self.title = (pair[0], pair[1])

    def add(self, parties: Iterable[Entity]) -> None:
        """Take note of a deal."""
        pair = tuple(parties)
        if len(pair) == 2 and (not self.pairs or set(self.pairs[-1]) != set(pair)):
            self.pairs.append((pair[0], pair[1]))

    def of(self, named: Sequence[Entity], publisher: Entity | None) -> Pair | None:
        """Return the parties of the deal that a sentence naming these organisations speaks of.

        The last deal of all that it names; a sentence that names two that have no deal yet speaks of theirs.
        """
        named = list(dict.fromkeys(named))
        best: tuple[int, int] = (0, -1)
        for number, pair in enumerate(self.pairs):
            shared = len(set(pair) & set(named))
            best = max(best, (shared, number))
        if best[0]:
            return self.pairs[best[1]]
        if self.title and (not named or set(named) & set(self.title)) and not (self.pairs and not named):
            return self.title
        if not named:
            return self.pairs[-1] if self.pairs else None
        if len(named) == 2:
            return named[0], named[1]
        if publisher and publisher not in named and len(named) == 1:
            return publisher, named[0]
        return None
