"""What is particular to deals: the kinds of an agreement by its words, royalties in the document's own terms, whose deal a
sentence on money speaks of, and deals told in any order of words: a word of the trade, the companies around it or spoken
of before, and what was paid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adckg.anchors import Guarded
from adckg.errors import KnowledgeError
from adckg.firms import is_aside
from adckg.model import Entity, Kind, Value
from adckg.rules import SYMBOL, Masked

Pair = tuple[Entity, Entity]


@dataclass(frozen=True, slots=True)
class Trigger:
    """Words that tell of a deal."""

    words: Guarded
    kind: str | None
    taker: str | None
    """the side of the words on which stands who gets something: `before` or `after` them; None where either may"""
    again: bool
    """whether they tell of one more deal of those of whom one was told"""
    talk: bool
    """whether they speak of a deal as such, without saying what about"""
    sure: bool
    """whether they tell of a deal wherever two companies stand around them"""


@dataclass(frozen=True, slots=True)
class Told:
    """A deal that a sentence tells of: where its words stand, its parties, and who of them gets something."""

    core: tuple[int, int]
    kind: str | None
    pair: Pair
    taker: Entity | None
    giver: Entity | None
    named: bool
    """whether the sentence names both parties"""


@dataclass(frozen=True, slots=True)
class DealWords:
    """The words by which the kinds of deals are known (context.yaml)."""

    kinds: Mapping[str, re.Pattern[str]]
    triggers: tuple[Trigger, ...] = ()
    money: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    """what an amount is paid for, by words beside it"""

    def kinds_of(self, text: str) -> list[str]:
        """Return the kinds that the words of an agreement name.

        >>> words = parse_deal_words({"deal_kinds": {"licence": "licen[cs]e", "option": "options?"}}, "context.yaml")
        >>> words.kinds_of("an option to an exclusive license")
        ['licence', 'option']
        """
        found = [kind for kind, pattern in self.kinds.items() if pattern.search(text)]
        # who acquires rights acquires no company
        return [kind for kind in found if kind != "acquisition" or not {"licence", "option"} & set(found)]

    def paid_for(self, masked: Masked, place: int) -> str | None:
        """Return what the amount at a place is paid for by the words nearest to it: `upfront`, `milestones`, `other`; None
        where nothing says.
        """
        text = masked.text
        low, high = max(0, place - 90), min(len(text), place + 91)
        for i, m in masked.mentions.items():
            # another amount has words of its own
            if m.type in ("money", "sum") and i != place:
                low, high = (max(low, i + 1), high) if i < place else (low, min(high, i))
        low = max(low, *(text.rfind(stop, low, place) + 1 for stop in (";", ". ")))
        high = min([high, *(i for stop in (";", ". ") if (i := text.find(stop, place, high)) >= 0)])
        more = _MORE.search(text, max(0, place - 30), place)
        best: tuple[float, str] | None = None
        for kind, pattern in self.money.items():
            for match in pattern.finditer(text, low, high):
                gap = text[match.end() : place] if match.end() <= place else text[place + 1 : match.start()]
                if kind == "upfront" and match.end() <= place and more:
                    continue
                # "X upfront and Y in milestones": what stands beyond "and" or a comma is rather another's
                far = len(gap) + 25 * len(_APART_MONEY.findall(gap)) + (0 if match.start() > place else 6)
                if kind == "total" and not _TOTAL_OF.match(text, match.start()):
                    far += 45  # "milestones worth X"
                if best is None or far < best[0]:
                    best = (far, kind)
        return best[1] if best and best[0] < 80 else None


def parse_deal_words(data: Mapping[str, Any], source: str) -> DealWords:
    """Return the words of a parsed context.yaml.

    Raises:
        KnowledgeError: they are missing or malformed.
    """
    try:
        return DealWords(
            {k: re.compile(rf"\b(?:{v})\b", re.IGNORECASE) for k, v in data["deal_kinds"].items()},
            tuple(
                Trigger(
                    Guarded(rf"(?<!\w)(?:{_spell(entry['words'])})(?!\w)", re.IGNORECASE),
                    entry.get("kind"),
                    entry.get("taker"),
                    again=bool(entry.get("again", False)),
                    talk=bool(entry.get("talk", False)),
                    sure=bool(entry.get("sure", False)),
                )
                for entry in data.get("deal_frames", ())
            ),
            {
                k: re.compile(rf"(?<!\w)(?:{v.strip()})(?!\w)", re.IGNORECASE)
                for k, v in data.get("deal_money", {}).items()
            },
        )
    except (KeyError, TypeError, AttributeError, re.error) as error:
        raise KnowledgeError(f"{source}: {error!r}") from error


def _spell(words: str) -> str:
    """Return an expression with its `{types}` as the characters that stand for such mentions."""
    words = words.strip().replace("its|their", "its|{it}|their")
    return re.sub(r"\{([a-z]+)\}", lambda m: SYMBOL[m[1]], words)


_FIRM = SYMBOL["organisation"]
_THINGS = frozenset({Kind.ADC, Kind.TECHNOLOGY, "it"})
_APART_MONEY = re.compile(r",? and\b|,|\bplus\b|\bwith\b")
_TOTAL_OF = re.compile(
    r"total (?:potential |deal |aggregate |possible )*(?:considerations?|value|price|package|payout|sum) (?:of|at|to|is)\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:further|another|additional|extra|plus|then|up to|as much as) (?:[\w-]+ ){0,2}$", re.IGNORECASE
)
"""before an amount that comes on top of another"""
PAID = ("upfront", "milestones")
_BETWEEN = re.compile(r"(?: [\w,-]+){0,4} (?:between|of|by|among) (?:the )?|\s*[:|]\s*", re.IGNORECASE)
_LINK = re.compile(r"\b(?:from|to|with|at|by|of|on|in)(?: (?:the|its))?(?: [\w-]+){0,2} $", re.IGNORECASE)
_WHICH = re.compile(r", (?:which|who|whose)\b", re.IGNORECASE)
_PRONOUN = re.compile(rf"\W{{0,4}}(?:it|they|{SYMBOL['it']})\b", re.IGNORECASE)
_OWN = re.compile(rf"(?<!\w)(?:its|their|{SYMBOL['it']}) own\b", re.IGNORECASE)
_OTHER_EVENT = re.compile(
    r"\b(?:approv\w+|designation|grant|data|results?|trials?|stud(?:y|ies)|patients|survival|responses?|versus|priority|review)\b",
    re.IGNORECASE,
)
_MONEY_NEXT = re.compile(
    rf"(?: {_FIRM})?(?: (?!for\b|at\b|from\b|in\b)[a-z]+){{0,4}} ?{SYMBOL['money']}", re.IGNORECASE
)
_MONEY_GOES = re.compile(rf"{SYMBOL['money']}(?: that| which)? $")
_GETS = re.compile(
    r"g[eo]t|receiv|bag|land|secur|obtain|gain|won|nab|snag|collect|pocket|bank|earn|t[ao][ko]", re.IGNORECASE
)
"""words after which an amount is what their subject gets, for something else"""
_IS_GIVEN = re.compile(r"\b(?:be|is|was|were|been|being|are)(?: [a-z]+)? $|^(?:was|were|is) ", re.IGNORECASE)
_AND_WITH = re.compile(r",? and(?: also| then| later)? (?:with|from|to) (?:the )?$", re.IGNORECASE)
_ITEM = re.compile(rf"\W{{0,4}}(?:[A-Za-z]{{1,20}}(?: [a-z]{{1,20}})? ?[:|] )?{SYMBOL['adc']}", re.IGNORECASE)
"""what a line of a list begins with that tells what a deal is about"""
_TO_WHOM = re.compile(
    r"\b(?:g[ia]ve[ns]?|giving|grant(?:s|ed|ing)?|hand(?:s|ed|ing)?|award(?:s|ed|ing)?|offer(?:s|ed)?|let|sold|from|with|to|by|of|for) (?:the )?$",
    re.IGNORECASE,
)
_HEAD = re.compile(rf"\W{{0,4}}{SYMBOL['organisation']}", re.IGNORECASE)
_AS_OBJECT = re.compile(r"\b(?:with|by|from|to|for|via|than|against|at|of)(?: the| its)? $", re.IGNORECASE)
_NO_DEAL = re.compile(
    r"\b(?:loan|credit facility|underwrit\w+|public offering|private placement|lawsuits?|sued|suing|infring\w+|litigation|antitrust"
    r"|inducement|no longer a party|hedge|bondholders?|convertible)\b",
    re.IGNORECASE,
)


_PARENT = re.compile(
    rf"'s? (?:[\w-]+ ){{0,3}}?{_FIRM},? (?:\w+ )?(?:unit|subsidiary|division|arm|affiliate|business|daughter)\b",
    re.IGNORECASE,
)
"""after a company that is only named as another's owner"""
_NEXT = re.compile(rf" ?(?:the )?{_FIRM}(?!'s)", re.IGNORECASE)


def _firms(masked: Masked) -> list[int]:
    """Return the places of the companies that a sentence names for themselves."""
    found: list[int] = []
    for i, m in masked.mentions.items():
        if m.type != Kind.ORGANISATION or len(m.values) != 1:
            continue
        if not is_aside(masked.text, i, i + 1) and not _PARENT.match(masked.text, i + 1):
            found.append(i)
    return found


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

    sides: dict[frozenset[Entity], Pair] = field(default_factory=dict)
    """of a deal's parties who takes and who gives"""
    assets: dict[Entity, frozenset[Entity]] = field(default_factory=dict)
    """whose deal each asset was of first"""
    merged: set[frozenset[Entity]] = field(default_factory=set)
    """those of whom one acquired the other"""
    title: Pair | None = None
    """the two that the title names"""
    host: Entity | None = None
    """the company that the document is about"""
    titled: Entity | None = None
    """the only one that the title names, where it is that"""
    topic: Entity | None = None
    """the company that a bullet begins with, or that a section is headed by"""
    topic_role: str = ""
    paragraph: int = -1
    here: Pair | None = None
    """the deal last told of in this paragraph"""
    subject: Entity | None = None
    """the company that the sentence before in this paragraph began with"""
    giver: Entity | None = None
    """who gave something in the deal last told of"""
    seller: Entity | None = None
    """the same, in the document so far"""
    pending: Told | None = None
    """two companies that words of many meanings stand between, until something is told to go between them"""
    told: list[Told] = field(default_factory=list)
    """the deals that the sentence being read tells of by its words at large"""
    pending_date: Value | None = None
    firms: list[int] = field(default_factory=list)
    """where the sentence being read names companies for themselves"""
    here_read: list[Pair] = field(default_factory=list)
    """the parties of deals that rules have read in this sentence"""

    def headline(self, named: Sequence[Entity]) -> None:
        """Take note of whom the title names: where they are two, a deal told of later is most likely theirs."""
        pair = list(dict.fromkeys(named))
        if len(pair) == 2:
            self.title = (pair[0], pair[1])
        elif len(pair) == 1 and (self.host is None or pair[0] == self.host):
            self.titled = pair[0]

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

    def turn(self, masked: Masked, paragraph: int, role: str) -> None:
        """Begin to read a sentence."""
        self.told = []
        self.here_read = []
        self.firms = _firms(masked) if _FIRM in masked.text else []
        if paragraph != self.paragraph:
            if role not in ("text", "row") or self.topic_role == "bullet":
                self.here = self.giver = self.pending = None
            self.paragraph, self.subject = paragraph, None
            if role == "bullet" or self.topic_role == "bullet":
                self.topic, self.topic_role = None, ""
            if role in ("bullet", "heading", "title"):
                first = _HEAD.match(masked.text)
                firms = self.firms
                if role == "bullet" and first and first.end() - 1 in masked.mentions:
                    self.topic, self.topic_role = masked.mentions[first.end() - 1].entity, role
                elif role == "heading":
                    only = list(dict.fromkeys(masked.mentions[i].entity for i in firms))
                    self.topic, self.topic_role = (only[0], role) if len(only) == 1 else (None, "")

    def told_at(self, place: int) -> Pair | None:
        """Return the parties of the deal that the sentence tells of before a place, or else first; none where a rule has
        read one.
        """
        if self.here_read:
            return None
        near = [t for t in self.told if t.core[0] < place][-1:] or self.told[:1]
        return near[0].pair if near else None

    def end(self, masked: Masked) -> None:
        """Take note of what a sentence has told."""
        firms = self.firms
        if firms:
            acting = [i for i in firms if not _AS_OBJECT.search(masked.text[max(0, i - 24) : i])]
            if acting or self.subject is None:
                self.subject = masked.mentions[(acting or firms)[0]].entity
        if self.told:
            self.here, self.pending = self.told[-1].pair, None
            self.seller = next((t.giver for t in reversed(self.told) if t.giver), self.seller)

    def read(self, masked: Masked, words: DealWords, role: str) -> list[Told]:
        """Return the deals that a sentence tells of by words of the trade, in any order."""
        firms = self.firms
        spoken = self.topic if self.topic_role == "bullet" else self.here or self.pending
        if not firms and spoken and self.topic_role != "bullet":
            spoken = spoken if SYMBOL["money"] in masked.text or SYMBOL["adc"] in masked.text else None
        if not firms and not spoken:
            return []
        if _NO_DEAL.search(masked.text):
            return []
        found: list[tuple[int, int, Trigger]] = []
        for trigger in words.triggers:
            for match in trigger.words.finditer(masked.text):
                if not any(a < match.end() and match.start() < b for a, b, _ in found):
                    found.append((match.start(), match.end(), trigger))
        thing = any(m.type in _THINGS for m in masked.mentions.values())
        places = [i for i, m in masked.mentions.items() if m.type == "money" and words.paid_for(masked, i) in PAID]
        for start, end, trigger in sorted(found, key=lambda f: f[0]):
            told = self._parties(masked, firms, start, end, trigger, paid=bool(places))
            if told is None or (
                any(set(t.pair) == set(told.pair) and not trigger.again for t in self.told) and not told.kind
            ):
                continue
            if trigger.sure or thing or places or (trigger.talk and self.topic_role == "bullet"):
                self.told.append(told)
                self.told += self._others(masked, told)
            elif told.named:
                self.pending = told
                self.pending_date = next((m.values[0] for m in masked.mentions.values() if m.type == "date"), None)
        if not self.told and places and not firms:
            # "November: XYZ-1, $20m upfront", after "A went to B"
            pair = self.pending.pair if self.pending else self.here
            if pair:
                self.told.append(Told((places[0], places[0] + 1), None, pair, None, None, False))
        elif (
            not self.told
            and (here := self.here or (self.pending.pair if self.pending else None))
            and (self.topic_role == "bullet" or role == "row")
            and (item := _ITEM.match(masked.text))
            and all(masked.mentions[i].entity in here for i in firms)
        ):
            self.told.append(Told((item.end() - 1, item.end()), None, here, None, None, False))
        return self.told

    def _parties(
        self, masked: Masked, firms: Sequence[int], start: int, end: int, trigger: Trigger, *, paid: bool
    ) -> Told | None:
        """Return the deal that such words tell of: who stands around them, else who has been spoken of."""
        # what stands beyond a semicolon is another deal
        low, high = masked.text.rfind(";", 0, start), masked.text.find(";", end)
        beside = _NEXT.match(masked.text, end)
        if beside and beside.end() - 1 not in firms and len(masked.mentions[beside.end() - 1].values) == 1:
            firms = sorted((*firms, beside.end() - 1))  # "became part of A"
        entities = {i: masked.mentions[i].entity for i in firms if i > low and (high < 0 or i < high)}
        firms = list(entities)
        before = [i for i in firms if i < start]
        after = [i for i in firms if i >= start]
        left = next(
            (
                i
                for i in reversed(before)
                if not _AS_OBJECT.search(masked.text[max(0, i - 24) : i]) or _WHICH.match(masked.text, i + 1)
            ),
            before[-1] if before else None,
        )
        if start - 1 in entities:
            left = start - 1  # "with A, which B bought"
        right = next((i for i in after if entities[i] != (entities[left] if left is not None else None)), None)
        distinct = list(dict.fromkeys(entities.values()))
        one = entities[left] if left is not None else None
        other = entities[right] if right is not None else None
        named = True
        if one is None or other is None:
            only = one or other
            rest = [e for e in reversed(list(dict.fromkeys(entities[i] for i in before))) if e != only]
            lead = masked.text[end : after[0]] if after else ""
            if only and rest and len(distinct) == 2:
                # "A …, for which B was paid"
                mate: Entity | None = rest[0]
            elif other and len(after) > 1 and len(distinct) == 2 and _BETWEEN.fullmatch(lead):
                mate = next(e for e in distinct if e != only)
            else:
                named = False
                mate = self._mate(masked, only, start, end, trigger, paid=paid)
            if only is None:
                if self.topic_role == "bullet" and self.topic and self.host and self.topic != self.host:
                    only, mate = self.topic, self.host
                elif self.here and (trigger.sure or paid) and not self.firms:
                    only, mate = self.here
                else:
                    return None
            if mate is None or only == mate:
                return None
            one, other = (mate, only) if one is None and other is not None else (only, mate)
        elif not trigger.sure and right is not None and not self._linked(masked, end, right, paid=paid):
            return None
        if one is None or other is None or one == other:
            return None
        side = trigger.taker
        if trigger.kind is None and not trigger.again and side and _MONEY_NEXT.match(masked.text, end):
            # who gives money takes something else
            gets = _GETS.match(masked.text, start) or _IS_GIVEN.search(masked.text, max(0, start - 24), start)
            side = "after" if gets or _IS_GIVEN.match(masked.text[start:end]) else "before"
        if _MONEY_GOES.search(masked.text, max(0, start - 12), start):
            side = None  # "of the $20 million that went to A"
        taker, giver = (one, other) if side == "before" else (other, one) if side == "after" else (None, None)
        return Told((start, end), trigger.kind, (one, other), taker, giver, named)

    def _others(self, masked: Masked, told: Told) -> list[Told]:
        """Return the deals of those who are named besides: "works with A, which …, and with B"."""
        if told.core[0] == told.core[1] or not told.named:
            return []
        after = [i for i in masked.mentions if i > told.core[1]]
        return [
            Told((i, i + 1), told.kind, (told.pair[0], masked.mentions[i].entity), None, None, True)
            for i in after
            if masked.mentions[i].type == Kind.ORGANISATION
            and len(masked.mentions[i].values) == 1
            and masked.mentions[i].entity not in told.pair
            and _AND_WITH.search(masked.text[told.core[1] : i])
        ]

    @staticmethod
    def _linked(masked: Masked, end: int, right: int, *, paid: bool) -> bool:
        """Whether words of many meanings at which a sentence's first company acts reach the second."""
        between = masked.text[end:right]
        if (
            len(between) > 140
            or _OTHER_EVENT.search(between)
            or re.search(r"[;:]|, (?:and|but|while|whereas) ", between)
        ):
            return False
        return (
            len(between) < 5
            or _LINK.search(between) is not None
            or masked.text[right + 1 : right + 3] in ("'s", "'")
            or paid
        )

    def _mate(
        self, masked: Masked, only: Entity | None, start: int, end: int, trigger: Trigger, *, paid: bool
    ) -> Entity | None:
        """Return the other party of a deal of which a sentence names one, or none."""
        if only is None:
            return None
        beside = [
            m.entity
            for i, m in masked.mentions.items()
            if m.type == Kind.ORGANISATION
            and len(m.values) == 1
            and m.entity != only
            and masked.text[i + 1 : i + 3] == "'s"
            and not _PARENT.match(masked.text, i + 1)
        ]
        if beside:
            return beside[0]
        if self.topic_role == "bullet" and self.topic:
            return self.topic if self.topic != only else self.host
        if self.pending and only in self.pending.pair:
            return next(e for e in self.pending.pair if e != only)
        if self.here and only in self.here and (trigger.sure or paid or trigger.again):
            return next(e for e in self.here if e != only)
        for told in self.told:
            if only in told.pair and trigger.again:
                return next(e for e in told.pair if e != only)
        acts = any(
            m.type == Kind.ORGANISATION and i < start and not _TO_WHOM.search(masked.text[max(0, i - 24) : i])
            for i, m in masked.mentions.items()
        )
        sure = trigger.sure or (paid and _PRONOUN.match(masked.text) is not None)
        if self.subject and self.subject != only and sure and (not acts or _OWN.search(masked.text[start:end])):
            return self.subject
        about = self.topic if self.topic_role == "heading" and self.topic else self.host
        return about if (paid or (about != self.host and trigger.sure)) and about != only else None
