"""What a rule says of a sentence -> facts: each key of its template filled with what the pattern found, with what stands
around it, or with what the document has told so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from operator import itemgetter

from adckg import neighbours, subjects, trials
from adckg.context import Scope
from adckg.deals import Deals, DealWords, royalty_terms
from adckg.deals import Told as Deal
from adckg.discourse import Discourse
from adckg.errors import KnowledgeError
from adckg.mentions import Read
from adckg.merge import order, takes_many
from adckg.model import Basis, Document, Entity, Evidence, Fact, FactKind, Kind, Mention, PartialDate, Value
from adckg.names import slug
from adckg.rules import SYMBOL, Masked, Match, Template
from adckg.trials import Slots
from adckg.values import PRECLINICAL, unit
from adckg.vocabulary import Vocabulary, fold
from adckg.wordings import Wording

REQUIRED: Mapping[FactKind, tuple[str, ...]] = {
    FactKind.NAMING: ("about", "name"),
    FactKind.COMPOSITION: ("about", "component"),
    FactKind.CONJUGATION: ("about",),
    FactKind.TRIAL: ("about",),
    FactKind.RESULT: ("about", "endpoint"),
    FactKind.DOSING: ("about", "dose"),
    FactKind.SAFETY: ("about", "reaction"),
    FactKind.ROLE: ("about", "organisation", "kind"),
    FactKind.PARTNERSHIP: ("party",),
    FactKind.REGULATORY: ("about", "kind"),
    FactKind.CORPORATE: ("child", "parent"),
    FactKind.PRESENTATION: ("about", "meeting"),
    FactKind.INDICATION: ("about", "condition"),
}
NEAREST = frozenset({"grade", "percent", "numerator", "denominator", "dose", "population", "schedule"})
"""Slots of which what stands beside the mention counts more than what is said of the whole list."""
CONCEPTS: Mapping[tuple[FactKind, str], Kind] = {
    (FactKind.TRIAL, "status"): Kind.TRIAL_STATUS,
    (FactKind.TRIAL, "phase"): Kind.PHASE,
    (FactKind.DOSING, "kind"): Kind.DOSE_ROLE,
    (FactKind.SAFETY, "kind"): Kind.SAFETY_KIND,
    (FactKind.ROLE, "kind"): Kind.ROLE_KIND,
    (FactKind.PARTNERSHIP, "kind"): Kind.PARTNERSHIP_KIND,
    (FactKind.REGULATORY, "kind"): Kind.REGULATORY_KIND,
    (FactKind.CORPORATE, "kind"): Kind.CORPORATE_KIND,
    (FactKind.CONJUGATION, "conjugation"): Kind.CONJUGATION,
}
"""Which closed set a constant of a rule belongs to."""
NAMED: Mapping[str, Kind] = {
    "endpoint": Kind.ENDPOINT,
    "reaction": Kind.REACTION,
    "agency": Kind.AGENCY,
    "region": Kind.REGION,
    "meeting": Kind.MEETING,
    "component": Kind.PAYLOAD,
    "comparator": Kind.DRUG,
    "combination": Kind.DRUG,
}
"""Which file of the vocabulary a constant of a rule is looked up in."""
INHERITED: Mapping[str, str] = {
    "component": "target",
    "phase": "phase",
    "dose": "dosage",
    "population": "population",
    "schedule": "schedule",
    "trial": "trial",
    "condition": "condition",
    "meeting": "meeting",
    "reaction": "reaction",
}
"""Slots that can be filled from what was said just before, and the type of mention that fills them."""
AROUND: Mapping[str, frozenset[str]] = {
    "indication": frozenset({Kind.CONDITION}),
    "date": frozenset({"date", "year"}),
    "asset": frozenset({Kind.ADC, Kind.TECHNOLOGY, Kind.TARGET}),
}
"""Slots that can be filled from what stands around the words that say a fact, and the types of mention that fill them."""
_SLOT = itemgetter(0)
_DONE = re.compile(
    r"\b(?!offer|bid)(?:\w+ed|bought|took|paid|spent|swept|became|laid out|shelled|was|were|is|becomes|sold|fell|went)\b",
    re.IGNORECASE,
)
"""words by which a company has changed hands"""
_CLOSED = re.compile(
    r"\b(?:takeover|acquisition|deal|purchase|buy-?out|transaction)s? (?:\w+ )?(?:was|were|has been|is) (?:\w+ )?(?:wrapped up|completed?|closed|done|finali[sz]ed|sealed|through)\b",
    re.IGNORECASE,
)
_STATE = re.compile(r"(?:co-?developer|partner|ally|collaborator|licensee|licensor|co-?marketer)s?", re.IGNORECASE)
"""words for who is in a deal, which say nothing of when it was made"""
_ITS = re.compile(rf"(?: back| up| on| to| for| of| over){{0,2}} {SYMBOL['it']}")
_PATIENTS = Wording("trials.patients")
_SOON = 300
"""characters after which "followed" or "did likewise" means an event no longer"""
_OPENED = re.compile(
    r"\b(?:outlin|plan|initiat|start|beg[aiu]n|launch|first patient|dos(?:es|ed) first|enrol|recruit|open(?:s|ed|ing)? |design)",
    re.IGNORECASE,
)
"""A sentence that tells of a trial as one that begins."""
_OURS = re.compile(r"\b(?:our|ours|we)\b", re.IGNORECASE)
_AS_OBJECT = Wording("trials.as_object", re.IGNORECASE)
"""Before a company that a sentence only mentions: it is no party of what is told next."""
_OTHER_SUBJECT = re.compile(
    rf"\W{{0,9}}(?:(?!(?:with|plus|of|to|versus|than|and|for|by|on|in|receiving|received|given|adding|combining)\b)[\w'-]+,? |{SYMBOL['organisation']}(?:'s)? ){{0,6}}[{SYMBOL['drug']}{SYMBOL['antibody']}]"
    r"(?: ?\([^()]*\))?,? (?:an?|is|are|was|were|has|have|had|which|will|also|in|carries|showed|met|binds|entered|received|demonstrated|it)\b"
)
"""A sentence about something else than an ADC: "Cetuximab is …"."""
_PART = Wording("deals.part", re.IGNORECASE)
_OWN_PART = re.compile(r"\b(?:its|the|this) (?:[\w-]+ )?(?:antibody|conjugate|drug|payload|linker)\b", re.IGNORECASE)
_SHARED = Wording("deals.shared", re.IGNORECASE)
_OF_FIRM = Wording("deals.of_firm", re.IGNORECASE)
_AGREEMENT = Wording("deals.agreement", re.IGNORECASE)
_TO = re.compile(r"\bto (?:the )?$", re.IGNORECASE)
_FROM = re.compile(r"\b(?:from|off) (?:the )?$", re.IGNORECASE)
_OPPOSITE = {"licensee": "licensor", "licensor": "licensee"}
_ADC_OR_IT = SYMBOL["adc"] + SYMBOL["it"]
_CONTROL = Wording("trials.control", re.IGNORECASE)
_FOUND_DOSE = Wording("filling.found_dose", re.IGNORECASE)
_PRIOR = Wording("trials.prior", re.IGNORECASE)


@dataclass(slots=True)
class Memory:
    """The last thing of a type that was mentioned, and where."""

    values: tuple[Value, ...]
    read: Read


@dataclass(slots=True)
class Told:
    """What a document has told as far as it has been read."""

    discourse: Discourse
    subject: subjects.Subject
    at: Read = field(init=False)
    """the sentence that is being read"""
    text: str = ""
    role: str = ""
    memory: dict[str, Memory] = field(default_factory=dict)
    test: tuple[Slots, Read, Entity | None] | None = None
    """the trial last spoken of: the slots that tell it, where, and its ADC"""
    title_test: tuple[Slots, Read, Entity | None] | None = None
    """the trial that the title tells of, or the only one of the document"""
    meeting: Memory | None = None
    """the congress that the head of the document names"""
    mentioned: Mapping[str, Entity] = field(default_factory=dict)
    """the document's ADCs by slug"""
    begun: bool = False
    """whether an ADC has been spoken of yet"""
    deals: Deals = field(default_factory=Deals)
    cores: dict[FactKind, list[tuple[int, int]]] = field(default_factory=dict)
    """where the words stand that say facts of each kind in this sentence"""
    paragraph: int = -1
    roles: set[tuple[Value | None, Value | None, str]] = field(default_factory=set)
    """who has been said to have which role for an ADC"""
    links: trials.Links = field(default_factory=trials.Links)
    """what the document tells of its trials"""
    event: Memory | None = None
    """what a regulator did last"""
    within: int = -1
    """the paragraph that deals are being read in, and the ADCs it has spoken of"""
    adcs: set[Entity] = field(default_factory=set)
    news: tuple[int, Value] | None = None
    """the date with which a short sentence has begun to tell of something, and its paragraph"""


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills templates from a document."""

    document: Document
    vocabulary: Vocabulary
    words: DealWords
    told: Told

    def fill(self, template: Template, match: Match, masked: Masked, found: Read) -> Iterator[Fact]:
        """Yield the facts of a template: one for each combination of what its lists hold."""
        kind = template.kind
        if self.told.subject.is_of_no_patient(kind):
            return
        wanted = dict(template.slots)
        borrowed: list[Read] = []
        columns: list[list[Slots]] = []
        if "about" in REQUIRED[kind] and "about" not in wanted:
            wanted["about"] = "$adc" if "adc" in match.found else "$focus"
        choices: dict[str, list[Slots]] = {}
        for slot, expression in wanted.items():
            options = list(self._options(kind, slot, expression, match, masked))
            if takes_many(kind, slot):
                options = [tuple(pair for option in options for pair in option)] if options else []
            if options:
                choices[slot] = options
        for slot in match.rule.inherit:
            if slot in ("test", "frame"):
                inherit = self._inherit_test if slot == "test" else self._frame
                pairs, source, tested = inherit(match, masked, found)
                same = tested is None or any(
                    v in (tested, None) for option in choices.get("about", ()) for _, v in option
                )
                if pairs and same:
                    choices["test"] = [pairs]
                    if source is not found:
                        borrowed.append(source)
            elif slot == "place":
                choices.update(self._place(kind, match, masked))
            elif slot == "today":
                told = neighbours.told_today(self.told.text, "", self.document.date)
                if told and "date" not in choices:
                    choices["date"] = [(("date", told),)]
            elif slot in AROUND:
                choices.update(self._around(slot, kind, match, masked) if slot not in choices else {})
            elif slot not in choices:
                values, source = self._inherit(INHERITED[slot], match, masked, found)
                if values:
                    choices[slot] = (
                        [tuple((slot, v) for v in values)] if takes_many(kind, slot) else [((slot, v),) for v in values]
                    )
                    if source is not found:
                        borrowed.append(source)
        if any(slot == "date" for option in choices.get("place", ()) for slot, _ in option):
            choices.pop("date", None)  # each place has its own
        paired = [slot for slot, expression in template.slots if expression[1:] in match.rule.pair and slot in choices]
        if paired:
            lists = [choices.pop(slot) for slot in paired]
            if len({len(options) for options in lists}) != 1:
                return
            choices["respectively"] = [
                tuple(pair for option in options for pair in option) for options in zip(*lists, strict=True)
            ]
        columns = list(choices.values())
        for combination in product(*columns):
            arguments: set[tuple[str, Value]] = set()
            for option in combination:
                taken = {slot for slot, _ in arguments} & NEAREST
                arguments |= {pair for pair in option if pair[0] not in taken}
            fact = self._finish(kind, arguments, match.rule.id, [found, *borrowed])
            if fact:
                yield fact

    def deals(
        self, masked: Masked, found: Read, scopes: Sequence[Scope], spent: set[tuple[FactKind, int]]
    ) -> Iterator[Fact]:
        """Yield the deals that a sentence tells of in words of the trade, and whom the money goes between; what rules have
        read of it is left out.
        """
        deals, kind = self.told.deals, FactKind.PARTNERSHIP
        denied = [s for s in scopes if s.flag == "negated"]
        told = [
            t
            for t in deals.told
            if not any(
                s.start < t.core[1] and t.core[0] < s.end and "," not in masked.text[s.start : t.core[0]]
                for s in denied
            )
        ]
        cores = [t.core for t in told]
        for deal in told:
            known = any(set(deal.pair) == set(pair) for pair in deals.here_read)
            if deals.here_read and not known and not deal.named:
                continue
            both = frozenset(deal.pair)
            base: set[tuple[str, Value]] = {("party", deal.pair[0]), ("party", deal.pair[1])}
            if deal.kind and not known:
                base.add(("kind", self._constant(kind, "kind", deal.kind)))
            dates, _ = neighbours.choose(masked, AROUND["date"], deal.core, cores)
            date = masked.mentions[dates[0]].values[0] if dates else self._news()
            if date is None and deals.pending and set(deals.pending.pair) == set(deal.pair):
                date = deals.pending_date
            if date is None and self.told.news and self.told.news[0] == self.told.paragraph:
                date = self.told.news[1]
            if date and not _STATE.fullmatch(masked.text[slice(*deal.core)]):
                base.add(("date", date))
            assets: list[Entity | None] = [*self._assets(masked, deal.core, cores, deal.kind)]
            if not assets and deal.kind != "acquisition" and self.told.within == self.told.paragraph:
                assets = (
                    [a for a in self.told.adcs if deals.assets.get(a, both) == both] if len(self.told.adcs) == 1 else []
                )
            for asset in assets or [None]:
                if asset:
                    deals.assets.setdefault(asset, both)
                fact = self._finish(kind, base | ({("asset", asset)} if asset else set()), "partnerships/told", [found])
                if fact:
                    yield fact
            yield from self._sides(deal, assets, masked, found)
            if (
                deal.kind == "acquisition"
                and deal.taker
                and deal.giver
                and (_DONE.search(masked.text[slice(*deal.core)]) or _CLOSED.search(masked.text, deal.core[1]))
            ):
                relation = {
                    ("child", deal.giver),
                    ("parent", deal.taker),
                    ("kind", self._constant(FactKind.CORPORATE, "kind", "acquired by")),
                }
                if not any(s.flag != "negated" and s.start <= deal.core[0] < s.end for s in scopes) and (
                    fact := self._finish(FactKind.CORPORATE, relation, "corporate/told", [found])
                ):
                    yield fact
        for place, mention in masked.mentions.items():
            if mention.type != "money" or (kind, mention.start) in spent:
                continue
            purpose = self.words.paid_for(masked, place)
            if purpose not in ("upfront", "milestones"):
                continue
            near = [t for t in told if t.core[0] < place][-1:] or told[:1]
            pair = near[0].pair if near else deals.here
            if not near and any(
                m.type == Kind.ORGANISATION and m.values[0] not in (pair or ()) for m in masked.mentions.values()
            ):
                continue
            if pair and not any(s.start <= place < s.end for s in denied):
                base = {
                    ("party", pair[0]),
                    ("party", pair[1]),
                    (purpose, mention.values[0]),
                    ("currency", mention.values[1]),
                }
                fact = self._finish(kind, base, "partnerships/paid", [found])
                if fact:
                    yield fact

    def _sides(self, deal: Deal, assets: Sequence[Entity | None], masked: Masked, found: Read) -> Iterator[Fact]:
        """Yield what a deal makes of its parties: who takes an ADC is its licensee, who gives it its licensor."""
        adcs = [asset for asset in assets if asset and asset.kind == Kind.ADC]
        memory, both = self.told.deals, frozenset(deal.pair)
        if deal.kind == "acquisition" or any(t.kind == "acquisition" and set(t.pair) == both for t in memory.told):
            memory.merged.add(both)
        text = masked.text
        near = text[max(0, deal.core[0] - 60) : deal.core[1] + 40]
        if both in memory.merged or _PART.search(near) or self._is_aside(deal, masked):
            return
        if deal.kind in (None, "licence") and deal.named and (sides := self._direction(deal, masked)):
            memory.sides.setdefault(both, sides)
        roles: list[tuple[Entity, str]] = []
        if deal.kind == "co-development" or _SHARED.search(text):
            roles = [(party, "developer") for party in deal.pair]
        elif deal.kind in (None, "licence") and not any(
            t.kind == "option" and set(t.pair) == both for t in memory.told
        ):
            known = memory.sides.get(both) or self._direction(deal, masked) or ()
            roles = list(zip(known, ("licensee", "licensor"), strict=False))
        for adc in adcs:
            if any((adc, party, _OPPOSITE.get(role)) in self.told.roles for party, role in roles):
                continue  # said otherwise
            for party, role in roles:
                slots = {("about", adc), ("organisation", party), ("kind", self._constant(FactKind.ROLE, "kind", role))}
                fact = self._finish(FactKind.ROLE, slots, "roles/told-by-deal", [found])
                if fact:
                    yield fact

    @staticmethod
    def _is_aside(deal: Deal, masked: Masked) -> bool:
        """Whether a party of a deal is only named beside another ("a venture of A and B")."""
        return any(
            m.type == Kind.ORGANISATION
            and m.values[0] in deal.pair
            and _OF_FIRM.search(masked.text[max(0, i - 60) : i])
            for i, m in masked.mentions.items()
        )

    @staticmethod
    def _direction(deal: Deal, masked: Masked) -> tuple[Entity, Entity] | None:
        """Return who takes and who gives: whom "to" or "from" stands before, else as the words of the trade have it."""
        one, other = deal.pair
        for i, m in masked.mentions.items():
            if m.type == Kind.ORGANISATION and m.values[0] in deal.pair and i > deal.core[0]:
                mate = other if m.values[0] == one else one
                if not deal.kind and deal.taker:
                    continue
                if _TO.search(masked.text[max(0, i - 12) : i]):
                    return m.entity, mate
                if _FROM.search(masked.text[max(0, i - 12) : i]):
                    return mate, m.entity
        if not deal.taker or not deal.giver or _AGREEMENT.match(masked.text, deal.core[1]):
            return None
        paid = any(m.type == "money" for m in masked.mentions.values())
        named = deal.named and not any(m.type in (Kind.AGENCY, Kind.TRIAL) for m in masked.mentions.values())
        return (deal.taker, deal.giver) if deal.kind == "licence" or paid or named else None

    def _news(self) -> Value | None:
        """Return the day of a document where a sentence tells of something as its news."""
        return neighbours.told_today(self.told.text, "", self.document.date)

    def _assets(
        self, masked: Masked, core: tuple[int, int], cores: Sequence[tuple[int, int]], kind: str | None
    ) -> list[Entity]:
        """Return what a deal is about: the ADCs of its stretch of the sentence, else the technologies, targets, payloads."""
        own = [c for c in cores if abs(c[0] - core[0]) > 25 or c == core]
        its = _ITS.match(masked.text, core[1])
        if its:
            return [masked.mentions[its.end() - 1].entity]
        wanted: tuple[str, ...] = (Kind.ADC, Kind.TECHNOLOGY)
        if kind in ("licence", "option", "co-development", "collaboration"):
            wanted += (Kind.TARGET, Kind.PAYLOAD)
        for one in wanted:
            places, far = neighbours.choose(masked, frozenset({one}), core, own)
            if not places or neighbours.is_of_another(masked, core, places[0]):
                continue
            away = min(abs(i - core[0]) for i in places)
            if any(
                m.type in (Kind.DRUG, Kind.ANTIBODY) and abs(i - core[0]) < away for i, m in masked.mentions.items()
            ):
                continue
            between = masked.text[min(core[1], places[0]) : max(core[0], places[0])]
            if len(between) > 150 or (far > 2 and len(own) > 1) or ";" in between:
                continue
            if kind == "acquisition" and one != Kind.ADC:
                continue
            return [v for i in places for v in masked.mentions[i].values if isinstance(v, Entity)]
        return []

    def _options(self, kind: FactKind, slot: str, expression: str, match: Match, masked: Masked) -> Iterator[Slots]:
        """Yield the ways to fill a template's key: each the (slot, value) pairs that it gives.

        Of alternatives (`$date|$document`) the first that gives anything counts.
        """
        if "|" in expression:
            for alternative in expression.split("|"):
                found = list(self._options(kind, slot, alternative, match, masked))
                if found:
                    yield from found
                    return
            return
        if expression == "$focus":
            if (
                self.told.subject.foreign
                and (kind in subjects.TESTED or (kind == FactKind.COMPOSITION and match.rule.fallback))
                and not any(m.type == Kind.ADC for m in masked.mentions.values())
            ):
                return  # another product's trial
            if kind == FactKind.COMPOSITION and match.rule.fallback and self._is_of_another(masked):
                return
            about = self._about(match, masked, clinical=kind in subjects.CLINICAL)
            if about:
                group = next(
                    (m.values for m in masked.mentions.values() if m.type == Kind.ADC and len(m.values) > 1), ()
                )
                several = about in group and "respectively" not in masked.text
                yield from (((slot, one),) for one in (group if several else (about,)))
            return
        if expression == "$subjects":
            yield from (((slot, about),) for about in self._subjects(match, masked))
            return
        if expression == "$again":
            last = self.told.event
            near = last and 0 <= self.told.at.sentence.start - last.read.sentence.end < _SOON
            if last and (near or last.read is self.told.at):
                yield ((slot, last.values[0]),)
            return
        if expression == "$deal":
            named = [
                v
                for m in masked.mentions.values()
                if m.type == Kind.ORGANISATION
                for v in m.values
                if isinstance(v, Entity)
            ]
            if pair := self.told.deals.told_at(match.core[0]) or self.told.deals.of(
                named, self.told.discourse.publisher
            ):
                yield (("party", pair[0]), ("party", pair[1]))
            return
        if expression == "$self":
            places = [i for i, m in masked.mentions.items() if m.type == Kind.ORGANISATION and i < match.core[0]]
            theirs = {v for group in match.found.values() for m in group for v in m.values}
            # "under our collaboration with": who speaks, whomever the sentence has named; "with A and with B": A is no party of B's
            places = [i for i in places if not _AS_OBJECT.search(masked.text[max(0, i - 30) : i])]
            ours = (
                _OURS.search(masked.text[max(0, match.core[0] - 60) : match.core[1]]) and self.told.discourse.publisher
            )
            own = ours or next(
                (e for i in reversed(places) if (e := masked.mentions[i].entity) and e not in theirs),
                self.told.discourse.publisher,
            )
            if own:
                yield ((("party" if slot == "counterparty" else slot), own),)
            return
        if expression == "$counter":
            # the other party of the deal last told of one that the rule has found
            ones = {v for m in match.found.get("organisation", ()) for v in m.values}
            pair = next((p for p in reversed(self.told.deals.pairs) if len(ones & set(p)) == 1), None)
            yield from (((slot, party),) for party in pair or () if party not in ones)
            return
        if expression == "$firms":
            # whose "its" or "their" it is: of the companies that the sentence, or the one before it, spoke of first
            before = [m for i, m in masked.mentions.items() if m.type == Kind.ORGANISATION and i < match.start]
            if before:
                yield from (((slot, v),) for v in before[0].values)
            elif self.told.discourse.firms:
                yield from (((slot, firm),) for firm in self.told.discourse.firms.before)
            return
        if expression == "$today":
            told = neighbours.told_today(self.told.text, self.told.role, self.document.date)
            if told:
                yield ((slot, told),)
            return
        if expression == "$document":
            if self.document.date:
                date = self.document.date
                yield ((slot, PartialDate(date.year) if slot == "year" else date),)
            return
        if expression == "$titled":
            if self.told.deals.titled:
                yield ((slot, self.told.deals.titled),)
            return
        if expression == "$publisher":
            if self.told.discourse.publisher:
                yield (("party" if slot == "counterparty" else slot, self.told.discourse.publisher),)
            return
        if slot in ("technology", "linker") and not expression.startswith("$"):
            yield from self._described(slot, expression)
            return
        if not expression.startswith("$"):
            yield ((slot, self._constant(kind, slot, expression)),)
            return
        name, _, index = expression[1:].partition(".")
        if slot == "parties":
            yield from _parties([v for m in match.found.get(name, ()) for v in m.values])
            return
        if name in match.texts:
            if kind == FactKind.PARTNERSHIP:
                yield from self._agreed(slot, match.texts[name])
            else:
                yield from self._described(slot, match.texts[name])
        for mention in match.found.get(name, ()):
            values = mention.values[int(index) : int(index) + 1] if index else mention.values
            yield from self._spread(slot, mention, values, match, masked)

    def _spread(
        self, slot: str, mention: Mention, values: tuple[Value, ...], match: Match, masked: Masked
    ) -> Iterator[Slots]:
        beside = tuple(pair for group in mention.more[:1] for pair in group)
        if slot in ("combination", "comparator") and _given_elsewhere(slot, mention, masked):
            return
        if slot in ("combination", "comparator") and _is_class_of_next(mention, masked):
            return
        if (
            slot == "comparator"
            and isinstance(values[0], Entity)
            and values[0].label.endswith("choice of chemotherapy")
        ):
            # it is chemotherapy, whoever chooses
            yield ((slot, self._constant(FactKind.TRIAL, slot, "chemotherapy")),)
        if slot in ("combination", "comparator") and isinstance(values[0], Entity):
            parts = self._parts(values[0])
            if parts:
                yield from (((slot, part),) for part in parts)
                return
        if slot == "rate":
            if mention.type == "count":
                rate = _rate(values[0], values[1])
                yield (("value", rate), ("unit", unit("%")), ("numerator", values[0]), ("denominator", values[1]))
            else:
                yield (("value", values[0]), ("unit", unit("%")), *beside)
        elif slot == "ratio":
            yield (("value", values[0]), *beside)
        elif slot == "reaction":
            for group in mention.more or ((),):
                yield ((slot, values[0]), *group)
        elif slot == "frequency":
            if mention.type == "count":
                yield (("numerator", values[0]), ("denominator", values[1]))
            else:
                yield (("percent", values[0]), *(pair for pair in beside if pair[0] in NEAREST))
        elif slot == "dose":
            yield from (((slot, value), *(pair for pair in beside if pair[0] == "schedule")) for value in values)
        elif slot in ("part", "whole"):
            yield (({"part": "numerator", "whole": "denominator"}[slot], values[0]),)
        elif slot == "share":
            # "5 complete responses": of those that the sentence has counted last
            whole = _denominator(mention, masked)
            if whole and isinstance(values[0], int) and values[0] <= whole:
                yield (
                    ("value", _rate(values[0], whole)),
                    ("unit", unit("%")),
                    ("numerator", values[0]),
                    ("denominator", whole),
                )
        elif slot == "count":
            yield (("numerator", values[0]), ("denominator", values[1]))
        elif slot == "interval":
            yield tuple((s, v) for s, v in zip(("ciLow", "ciHigh"), values, strict=True) if isinstance(v, Decimal))
        elif slot == "time":
            # "not reached" is no number
            yield (
                (("value", values[0]), ("unit", values[1]), *beside)
                if len(values) > 1
                else (("valueText", values[0]), *beside)
            )
        elif slot in ("upfront", "milestones"):
            yield ((slot, values[0]), ("currency", values[1]))
        elif slot == "antibody_to":
            about = self._about(match, masked)
            if about and isinstance(values[0], Entity):
                label = f"anti-{values[0].label} antibody"
                yield (("component", Entity(Kind.ANTIBODY, f"{about.slug}.{slug(label)}", label)),)
        elif slot == "payload" and isinstance(drug := values[0], Entity):
            # a drug of its own elsewhere
            known = self.vocabulary.find(f"{drug.label} payload", Kind.PAYLOAD)
            yield (("component", known or Entity(Kind.PAYLOAD, drug.slug, drug.label)),)
        elif slot == "agency":
            yield tuple((v.kind.value, v) for v in values if isinstance(v, Entity))
        elif slot in ("test", "phase") and trials.is_of_dose(mention, masked):
            return  # "the recommended Phase 2 dose"
        elif slot in ("test", "phase"):
            # a trial is told of by its phase, by its name, or by both side by side
            yield from (self.slots_of(mention, masked, v) for v in values)
        elif slot == "former" and isinstance(now := values[0], Entity):
            # the vocabulary has one row for a company under both its names
            said = re.sub(
                r",? (?:Inc|Ltd|LLC|Corp|AG|SA|plc)\b.*| ?\(.*", "", self.told.text[mention.start : mention.end]
            )
            same = fold(said)[0] != fold(now.label)[0] and self.vocabulary.find(said) == now
            yield (("child", Entity(Kind.ORGANISATION, slug(said), said) if same else now),)
        elif slot == "counterparty":
            yield (("party", values[0]),)
        elif slot == "year":
            yield from (((slot, PartialDate(v.year)),) for v in values if isinstance(v, PartialDate))
        else:
            for value in values:
                yield ((slot, value),)

    def _parts(self, regimen: Entity) -> list[Entity]:
        """The drugs of a regimen that is called by them ("rituximab and lenalidomide"); none for "R-CHP"."""
        names = re.split(r", and | and | plus | \+ |, ", regimen.label)
        found = [self.vocabulary.find(name, kind) for name in names for kind in (Kind.DRUG, Kind.ANTIBODY)]
        parts = [part for part in found if part]
        return parts if len(names) > 1 and len(parts) == len(names) else []

    def _agreed(self, slot: str, text: str) -> Iterator[Slots]:
        """Fill a slot of a deal from the words that tell it."""
        if slot == "kind":
            for found in self.words.kinds_of(text):
                yield ((slot, self._constant(FactKind.PARTNERSHIP, slot, found)),)
        elif slot == "royalties" and (terms := royalty_terms(self.told.text)):
            yield ((slot, terms),)

    def _subjects(self, match: Match, masked: Masked) -> list[Entity]:
        """The ADCs that an event befell: those its sentence says, else the one that the text has been about."""
        places = neighbours.subjects(masked, match.core)
        if places is None or (not places and self.told.subject.foreign):
            return []
        found = [e for i in places if (e := masked.mentions[i].entity)]
        return list(dict.fromkeys(found)) or ([self.told.discourse.focus] if self.told.discourse.focus else [])

    def _around(self, slot: str, kind: FactKind, match: Match, masked: Masked) -> dict[str, list[Slots]]:
        """Fill a slot from what stands around the words that say the fact."""
        if slot == "asset":
            places = self._asset(match, masked)
        else:
            places, _ = neighbours.choose(masked, AROUND[slot], match.core, self.told.cores.get(kind, []))
        values = [v for i in places for v in masked.mentions[i].values]
        if not values and (wanted := neighbours.same(slot, self.told.text)):
            last = next((self.told.memory[w] for w in wanted if w in self.told.memory), None)
            values = list(last.values) if last and last.read.sentence.paragraph == self.told.paragraph else []
        if not values:
            return {}
        return {slot: [tuple((slot, v) for v in values)] if takes_many(kind, slot) else [((slot, v),) for v in values]}

    def _asset(self, match: Match, masked: Masked) -> list[int]:
        """What a deal is about: the ADCs of its sentence, else the technologies, else the targets."""
        for wanted in (Kind.ADC, Kind.TECHNOLOGY, Kind.TARGET):
            places, _ = neighbours.choose(masked, frozenset({wanted}), match.core, [match.core])
            if places and not neighbours.is_of_another(masked, match.core, places[0]):
                return places
        return []

    def _place(self, kind: FactKind, match: Match, masked: Masked) -> dict[str, list[Slots]]:
        """Fill agency and region from what stands around: of an agency and a region, the nearer tells the other."""
        cores = self.told.cores.get(kind, [])
        agencies, far = neighbours.choose(masked, frozenset({Kind.AGENCY}), match.core, cores)
        regions, further = neighbours.choose(masked, frozenset({Kind.REGION}), match.core, cores)
        if far > 2 and (acting := neighbours.acting_again(masked, match.core, cores)):
            # "the agency approved it in a region, and accepted …"
            agencies, far = acting, further
        if agencies and (not regions or far <= further):
            found: list[Slots] = []
            dates = neighbours.dates_of(masked, agencies)
            for place in agencies:
                entities = [v for v in masked.mentions[place].values if isinstance(v, Entity)]
                found.append((*((v.kind.value, v) for v in entities), *_dated(dates.get(place), masked)))
            return {"place": found}
        if regions:
            dates = neighbours.dates_of(masked, regions)
            return {
                "place": [
                    (("region", v), *_dated(dates.get(i), masked)) for i in regions for v in masked.mentions[i].values
                ]
            }
        start = min(match.start, match.core[0])
        lead = masked.text[max(0, start - 40) : start]
        named = neighbours.adjective_region(masked.text[start : match.core[1]]) or neighbours.adjective_region(
            lead, last=True
        )
        region = self.vocabulary.find(named, Kind.REGION) if named else None
        if region:
            return {"place": [(("region", region),)]}
        recalled = neighbours.recalled(masked.text[: match.core[1]], self.told.role)
        here = [m for i, m in masked.mentions.items() if m.type in recalled and i < match.core[0]]
        if here:
            return {"place": [tuple((v.kind.value, v) for v in here[-1].values if isinstance(v, Entity))]}
        for wanted in recalled:
            if (last := self.told.memory.get(wanted)) and last.read.sentence.paragraph == self.told.paragraph:
                return {"place": [tuple((v.kind.value, v) for v in last.values if isinstance(v, Entity))]}
        return {}

    def _described(self, slot: str, text: str) -> Iterator[Slots]:
        """Fill a slot with words as they stand."""
        if slot == "reaction":
            label = " ".join(text.lower().split())
            yield (
                (
                    slot,
                    self.vocabulary.find(label, Kind.REACTION) or Entity(Kind.REACTION, slug(label), label),
                ),
            )
        elif slot in ("technology", "linker"):
            # a part that is described and not named
            label = " ".join(text.split())
            yield (
                (
                    "component",
                    self.vocabulary.find(label, Kind(slot)) or Entity(Kind(slot), slug(label), label),
                ),
            )
        else:
            yield ((slot, " ".join(text.split())),)

    def _constant(self, kind: FactKind, slot: str, text: str) -> Value:
        if slot == "phase" and text == PRECLINICAL.label:
            return PRECLINICAL
        if (kind, slot) in CONCEPTS:
            return Entity(CONCEPTS[kind, slot], slug(text.replace("/", "-")), text)
        if slot in NAMED:
            entity = self.vocabulary.find(text, NAMED[slot])
            if entity is None:
                raise KnowledgeError(f"seeds/rules: the vocabulary has no {NAMED[slot]} called {text!r}")
            return entity
        if slot == "unit":
            return unit(text)
        return text

    def _about(self, match: Match, masked: Masked, *, clinical: bool = False) -> Entity | None:
        """The ADC that a match is about: named in it, else the nearest before it in the sentence, else the one after,
        else the one that the text has been about.
        """
        tests = [m for name, group in match.found.items() for m in group if name == "test" or m.type == "phase"]
        if tests and (own := trials.own_adc(tests[0], masked)):
            return own
        places = [i for i, m in masked.mentions.items() if m.type == Kind.ADC]
        inside = [i for i in places if match.start <= i < match.end]
        before = [i for i in places if i < match.start]
        # "XYZ-102 was XYZ-101's sibling: phase 1, terminated" goes on with XYZ-102
        before = [i for i in before if masked.text[i + 1 : i + 3] != "'s"] or before
        after = [i for i in places if i >= match.end]
        for chosen in (inside[:1], before[-1:], after[:1]):
            if chosen:
                return masked.mentions[chosen[0]].entity
        if not places and (owner := self.owner(masked)):
            return owner
        if _OTHER_SUBJECT.match(masked.text) and not self._is_of_focus(masked):
            return None
        if self.told.discourse.focus is None and not self.told.begun and self.told.role in ("title", "heading", "text"):
            return self.told.discourse.main if match.rule.head else None
        if clinical and self.told.subject.is_silent(self.told.at, masked, match.end, self.told.discourse.focus):
            return None
        return self.told.discourse.focus

    def _is_of_another(self, masked: Masked) -> bool:
        """Whether a sentence that names no ADC and speaks of none tells of another drug."""
        focus = self.told.discourse.focus
        found = masked.mentions.values()
        if focus is None or any(m.type in (Kind.ADC, "it") for m in found) or _OWN_PART.search(masked.text):
            return False
        return any(
            m.type in (Kind.DRUG, Kind.ANTIBODY) and m.entity.label.lower() not in focus.label.lower() for m in found
        )

    def _is_of_focus(self, masked: Masked) -> bool:
        """Whether a sentence begins with the antibody of the ADC that the text has been about."""
        first = next(iter(masked.mentions.values()))
        focus = self.told.discourse.focus
        return first.type == Kind.ANTIBODY and focus is not None and first.entity.label.lower() in focus.label.lower()

    def _inherit(self, wanted: str, match: Match, masked: Masked, found: Read) -> tuple[tuple[Value, ...], Read]:
        """What a match leaves out: the nearest before it in its sentence, else the nearest after, else the last said."""
        places = [i for i, m in masked.mentions.items() if m.type == wanted]
        before = [i for i in places if i < match.end]
        after = [i for i in places if i >= match.end]
        if wanted == "schedule":
            # one that is another dose's own
            beside = {v for m in masked.mentions.values() for group in m.more for s, v in group if s == wanted}
            before = [i for i in before if masked.mentions[i].values[0] not in beside]
        for chosen in (before[-1:], after[:1]):
            if chosen:
                values = masked.mentions[chosen[0]].values
                # a figure is none of each dose of a list
                return (values if wanted != "dosage" or len(values) == 1 else ()), found
        if wanted == "population" or (
            wanted == "dosage" and (found.sentence.role == "row" or not self._one_dose(found))
        ):
            return (), found
        if wanted in self.told.memory:
            return self.told.memory[wanted].values, self.told.memory[wanted].read
        if wanted == Kind.MEETING and self.told.meeting:
            return self.told.meeting.values, self.told.meeting.read
        return (), found

    def _one_dose(self, found: Read) -> bool:
        """Whether one dose was given in what was said just before, and no choice or range of doses."""
        last = self.told.memory.get("dosage")
        near = last is not None and 0 <= found.sentence.start - last.read.sentence.end < 160
        return bool(
            last
            and near
            and not _FOUND_DOSE.search(last.read.words.text)
            and len(last.values) == 1
            and isinstance(dose := last.values[0], Entity)
            and dict(dose.attributes).get("value")
        )

    def _inherit_test(self, match: Match, masked: Masked, found: Read) -> tuple[Slots, Read, Entity | None]:
        """The trial that a match leaves out: the nearest before it in its sentence, else after, else the last said, else
        the title's; where it was said, and, where that was elsewhere, its ADC.
        """
        if trials.FOOTER.search(masked.text) and self.told.title_test:
            return self.told.title_test
        places = [
            i for i, m in masked.mentions.items() if m.type in ("phase", "trial") and not trials.is_of_dose(m, masked)
        ]
        before = [i for i in places if i < match.end]
        after = [i for i in places if i >= match.end]
        for chosen in (before[-1:], after[:1]):
            if chosen:
                return self.slots_of(masked.mentions[chosen[0]], masked), found, None
        if trials.ANOTHER.search(masked.text):
            return (), found, None
        return self.told.test or self.told.title_test or ((), found, None)

    def slots_of(self, mention: Mention, masked: Masked, value: Value | None = None) -> Slots:
        """Return the slots that a phase or a trial's name fills, its name too where another sentence tells it."""
        slots = trials.slots_of(mention, masked, value)
        name = self.told.links.names.get((self.told.at.sentence.start, mention.start))
        return (*slots, ("trial", name)) if name and not any(s == "trial" for s, _ in slots) else slots

    def reported(self, matches: Mapping[Value | None, Match], masked: Masked, found: Read) -> Iterator[Fact]:
        """Yield that a trial is reported on of which a sentence gives figures, by the ADCs whose figures they are."""
        for about, match in matches.items():
            pairs, source, tested = self._inherit_test(match, masked, found)
            if not pairs or tested not in (None, about) or about is None:
                continue
            if source is not found and _OPENED.search(source.words.text):
                continue
            status = self._constant(FactKind.TRIAL, "status", "reported")
            reads = [found] if source is found else [found, source]
            fact = self._finish(
                FactKind.TRIAL, {*pairs, ("about", about), ("status", status)}, "trials/status-reported-figures", reads
            )
            if fact and fact.get("about") == about:
                yield fact

    def owner(self, masked: Masked) -> Entity | None:
        """Return the ADC whose trials a sentence names, where it is one."""
        owners = {self.told.links.owners.get(m.entity.slug) for m in masked.mentions.values() if m.type == Kind.TRIAL}
        return owners.pop() if len(owners) == 1 else None

    def _frame(self, match: Match, masked: Masked, found: Read) -> tuple[Slots, Read, Entity | None]:
        """The trial that a sentence speaks of: the nearest in it, else the one told of just before."""
        slots, source, tested = self._inherit_test(match, masked, found)
        near = source.sentence.paragraph == found.sentence.paragraph or (
            found.sentence.role in ("bullet", "row")
            and source.section == found.section
            and source.sentence.role != "title"
        )
        return (slots, source, tested) if near else ((), found, None)

    def _is_of_another_phase(self, values: Mapping[str, Value]) -> bool:
        """Whether the vocabulary knows a named trial by another phase than the one that stands beside it."""
        trial, phase = values.get("trial"), values.get("phase")
        row = self.vocabulary.rows.get((Kind.TRIAL, trial.slug)) if isinstance(trial, Entity) else None
        known = row.more.get("phase", ()) if row else ()
        if not known or not isinstance(phase, Entity):
            return False
        return not set(re.findall(r"\d", known[0])) & set(re.findall(r"\d", phase.slug))

    def _whose(self, trial: Value | None, about: Value) -> Value | None:
        """The ADC of a trial statement: the one that the vocabulary knows the named trial by, where the document speaks
        of it; None where it knows it as that of ADCs that the document doesn't name.
        """
        row = self.vocabulary.rows.get((Kind.TRIAL, trial.slug)) if isinstance(trial, Entity) else None
        adcs = row.more.get("adc", ()) if row else ()
        if not adcs or (isinstance(about, Entity) and about.slug in adcs):
            return about
        return next((self.told.mentioned[adc] for adc in adcs if adc in self.told.mentioned), None)

    def _finish(
        self, kind: FactKind, arguments: set[tuple[str, Value]], rule: str, reads: Sequence[Read]
    ) -> Fact | None:
        """Return the fact, or None where a slot that it can't be without is empty or two slots hold the same."""
        slots = {slot for slot, _ in arguments}
        if not set(REQUIRED[kind]) <= slots:
            return None
        values = dict(arguments)
        if kind == FactKind.COMPOSITION and isinstance(about := values["about"], Entity):
            # a linker that is described and not named is local to its ADC
            arguments = {
                (s, Entity(v.kind, f"{about.slug}.{v.slug}", v.label))
                if isinstance(v, Entity) and v.kind == Kind.LINKER and v.label.endswith(" linker")
                else (s, v)
                for s, v in arguments
            }
        if kind == FactKind.TRIAL and not {"phase", "trial", "registration"} & slots:
            return None
        if kind == FactKind.TRIAL and "phase" not in slots and isinstance(trial := values.get("trial"), Entity):
            phase = self.told.links.phases.get(trial.slug)
            arguments = arguments | {("phase", phase)} if phase else arguments
            values = dict(arguments)
        if kind == FactKind.TRIAL and self._is_of_another_phase(values):
            return None
        if kind == FactKind.TRIAL:
            whose = self._whose(values.get("trial"), values["about"])
            if whose is None:
                return None
            arguments = {(s, v) for s, v in arguments if s != "about"} | {("about", whose)}
        if kind == FactKind.TRIAL and isinstance(trial := values.get("trial"), Entity):
            arguments = arguments | {("registration" if trial.label.startswith("NCT") else "acronym", trial.label)}
        if kind == FactKind.RESULT and not ({"value", "valueText"} & slots):
            if not {"numerator", "denominator"} <= slots:
                return None
            arguments = arguments | {("value", _rate(values["numerator"], values["denominator"])), ("unit", unit("%"))}
        if kind == FactKind.PARTNERSHIP and sum(slot == "party" for slot, _ in arguments) != 2:
            return None
        if kind == FactKind.REGULATORY and "region" not in slots and isinstance(agency := values.get("agency"), Entity):
            row = self.vocabulary.rows.get((agency.kind, agency.slug))
            named = row.more.get("region", ()) if row else ()
            arguments = arguments | {("region", self.vocabulary.get(Kind.REGION, name)) for name in named[:1]}
        if kind == FactKind.CORPORATE and values["child"] == values["parent"]:
            return None
        sentences = {(r.sentence.start, r.sentence.end) for r in reads}
        evidence = tuple(Evidence(start, end, self.document.text[start:end], rule) for start, end in sorted(sentences))
        # values need comparing only where two stand in one slot
        alone = len({slot for slot, _ in arguments}) == len(arguments)
        return Fact(kind, tuple(sorted(arguments, key=_SLOT if alone else order)), Basis.STATED, evidence)


def _dated(place: int | None, masked: Masked) -> Slots:
    """Return the date that stands at a place of a sentence, if any."""
    return (("date", masked.mentions[place].values[0]),) if place is not None else ()


def _rate(part: Value, whole: Value) -> Decimal:
    """Return a count as a percentage, to the nearest whole number."""
    return (100 * Decimal(str(part)) / Decimal(str(whole))).quantize(Decimal(1), ROUND_HALF_UP)


def _denominator(part: Mention, masked: Masked) -> int | None:
    """Return how many patients a sentence speaks of, said last before a part of them."""
    for place in sorted((i for i, m in masked.mentions.items() if m.start < part.start), reverse=True):
        mention = masked.mentions[place]
        if mention.type == "count":
            return int(str(mention.values[1]))
        for slot, value in (pair for group in mention.more for pair in group):
            if slot == "denominator":
                return int(str(value))
        if mention.type == "number" and _PATIENTS.match(masked.text, place + 1):
            return int(str(mention.values[0]))
    return None


def _parties(values: Sequence[Value]) -> Iterator[Slots]:
    """Yield the pairs of those who are named together in a deal: the first with each of the others."""
    named = list(dict.fromkeys(values))
    for other in named[1:]:
        yield (("party", named[0]), ("party", other))


def _is_class_of_next(mention: Mention, masked: Masked) -> bool:
    """Whether a drug's class stands before the drug itself: "the PD-1 inhibitor NAME"."""
    place = next(i for i, m in masked.mentions.items() if m is mention)
    classed = isinstance(mention.values[0], Entity) and re.search(
        r"(?:inhibitor|antibod\w+|blocker|agonist|degrader)$", mention.values[0].label
    )
    return (
        bool(classed)
        and re.match(rf" [{SYMBOL['drug']}{SYMBOL['antibody']}]", masked.text[place + 1 : place + 3]) is not None
    )


def _given_elsewhere(slot: str, mention: Mention, masked: Masked) -> bool:
    """Whether a drug was given to those patients before, or (where a partner is looked for) is part of the control arm."""
    place = next(i for i, m in masked.mentions.items() if m is mention)
    since = masked.text[max(0, place - 160) : place]
    since = since[max(since.rfind(c) for c in _ADC_OR_IT) + 1 :]
    if _PRIOR.search(since):
        return True
    if slot == "combination" and " or " in since and re.search(r"randomi[sz]|assigned|\beither ", masked.text[:place]):
        return True  # the other arm
    return slot == "combination" and _CONTROL.search(since) is not None
