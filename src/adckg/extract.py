"""`extract(document, knowledge) -> facts`: pure, picklable, the unit of distribution.

Sentence by sentence the rules that fit are collected, what a sentence leaves out is filled from those before it, and
facts that say the same are made one with all their evidence.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import product

import yaml

from adckg import __version__, measures, mentions, neighbours, resources, rules, subjects
from adckg.context import Cues, parse_cues
from adckg.deals import Deals, DealWords, parse_deal_words, royalty_terms
from adckg.errors import KnowledgeError
from adckg.mentions import Discourse, Forms, Read
from adckg.merge import Merger, order, takes_many
from adckg.model import Basis, Document, Entity, Evidence, Fact, FactKind, Kind, Mention, PartialDate, Value
from adckg.names import slug
from adckg.rules import Index, Masked, Match, Rule
from adckg.values import unit
from adckg.vocabulary import Vocabulary, fold, load_vocabulary

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
WITHOUT_ADC = frozenset({str(Kind.ADC), "it"})
"""Types of mention that a document without an ADC doesn't hold."""
NEAREST = frozenset({"grade", "percent", "numerator", "denominator", "dose", "population"})
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
}
"""Slots that can be filled from what was said just before, and the type of mention that fills them."""


AROUND: Mapping[str, frozenset[str]] = {
    "indication": frozenset({Kind.CONDITION}),
    "date": frozenset({"date", "year"}),
    "asset": frozenset({Kind.ADC, Kind.TECHNOLOGY, Kind.TARGET}),
}
"""Slots that can be filled from what stands around the words that say a fact, and the types of mention that fill them."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that extraction goes by."""

    vocabulary: Vocabulary
    rules: tuple[Rule, ...]
    cues: Cues
    forms: Forms
    deals: DealWords
    index: Index
    """which rules are worth trying on a sentence"""
    index_without_adc: Index
    """which are in a document that names no ADC"""
    digest: str
    """of vocabulary, rules and cues"""

    def tells_without_adc(self, text: str, role: str, section: str) -> bool:
        """Whether a sentence can tell anything in a document that names no ADC."""
        return self.index_without_adc.may_tell(text, role, section, WITHOUT_ADC)


@cache
def load_knowledge() -> Knowledge:
    """Return the project's vocabulary, rules and cues.

    Raises:
        KnowledgeError: a file of seeds/ is missing or malformed.
    """
    vocabulary = load_vocabulary()
    hashed = hashlib.sha256(f"{__version__} {vocabulary.digest}".encode())
    found: list[Rule] = []
    cues = forms = deals = None
    phrases: Mapping[str, str] = {}
    # the phrases of context.yaml come before the rules that are written with them
    for path in sorted(resources.files("seeds", "rules/*.yaml"), key=lambda p: (p.stem != "context", p.stem)):
        data = path.read_bytes()
        hashed.update(data)
        try:
            parsed = yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError as error:
            raise KnowledgeError(f"seeds/rules/{path.name}: {' '.join(str(error).split())}") from error
        if path.stem == "context":
            cues = parse_cues(parsed, path.name)
            forms = mentions.parse_forms(parsed, vocabulary, path.name)
            deals = parse_deal_words(parsed, path.name)
            phrases = parsed.get("phrases", {})
        else:
            found += rules.parse_rules(parsed, f"seeds/rules/{path.name}", phrases)
    if cues is None or forms is None or deals is None:
        raise KnowledgeError("seeds/rules/context.yaml is missing")
    ids = [rule.id for rule in found]
    if len(set(ids)) < len(ids):
        raise KnowledgeError(f"seeds/rules: two rules are called {next(i for i in ids if ids.count(i) > 1)!r}")
    return Knowledge(
        vocabulary,
        tuple(found),
        cues,
        forms,
        deals,
        Index(found),
        Index([rule for rule in found if _tells_without_adc(rule)]),
        hashed.hexdigest()[:16],
    )


def _tells_without_adc(rule: Rule) -> bool:
    """Whether a rule gives facts that are about no ADC."""
    return any("about" not in REQUIRED[template.kind] for template in rule.say)


def find_publisher(document: Document, knowledge: Knowledge) -> Entity | None:
    """Return the organisation that speaks in a document, or None."""
    reads = mentions.read(document, knowledge.vocabulary, knowledge.forms, knowledge.tells_without_adc)
    return mentions.publisher(document, reads, knowledge.vocabulary)


def extract(document: Document, knowledge: Knowledge) -> list[Fact]:
    """Return the facts that a document states, each with the words that say it, in a canonical order."""
    reads = mentions.read(document, knowledge.vocabulary, knowledge.forms, knowledge.tells_without_adc)
    reader = _Reader(document, knowledge, reads)
    merger = Merger(document, knowledge.vocabulary)
    defaults = {rule.id for rule in knowledge.rules if rule.default}
    assumed: list[Fact] = []
    said: set[tuple[FactKind, Value | None, Value | None]] = set()
    for found in reads:
        for fact in reader.facts(found):
            if fact.evidence[0].rule in defaults:
                assumed.append(fact)
            else:
                said |= {(fact.kind, fact.get("about"), fact.get(slot)) for slot in ("organisation", "kind")}
                merger.add(fact)
    for fact in assumed:
        # what is taken for granted yields where the document tells who does it, and what this one does besides
        if not all((fact.kind, fact.get("about"), fact.get(slot)) in said for slot in ("organisation", "kind")):
            merger.add(fact)
    for fact in _namings(document, reads):
        merger.add(fact)
    facts = merger.facts()
    for indication in [indication for fact in facts for indication in _indications(fact)]:
        merger.add(indication)
    return _with_only_condition(_without_vague(merger.facts()))


@dataclass(slots=True)
class _Memory:
    """The last thing of a type that was mentioned, and where."""

    values: tuple[Value, ...]
    read: Read


@dataclass(slots=True)
class _Reader:
    """Reads a document's sentences in order."""

    document: Document
    knowledge: Knowledge
    reads: Sequence[Read]
    discourse: Discourse = field(init=False)
    index: Index = field(init=False)
    subject: subjects.Subject = field(init=False)
    at: Read = field(init=False)
    """the sentence that is being read"""
    memory: dict[str, _Memory] = field(default_factory=dict)
    test: tuple[tuple[tuple[str, Value], ...], Read, Entity | None] | None = None
    """the trial last spoken of: the slots that tell it, where, and its ADC"""
    title_test: tuple[tuple[tuple[str, Value], ...], Read, Entity | None] | None = None
    """the trial that the title tells of, or the only one of the document"""
    meeting: _Memory | None = None
    """the congress that the head of the document names"""
    mentioned: Mapping[str, Entity] = field(default_factory=dict)
    """the document's ADCs by slug"""
    begun: bool = False
    """whether an ADC has been spoken of yet"""
    text: str = ""
    role: str = ""
    deals: Deals = field(default_factory=Deals)
    cores: dict[FactKind, list[tuple[int, int]]] = field(default_factory=dict)
    """where the words stand that say facts of each kind in this sentence"""
    paragraph: int = -1
    section: str = ""
    heading: str | None = None
    """the heading above the sentence, and what it says of the section"""
    skipped: bool = False
    of_safety: bool = False

    def __post_init__(self) -> None:
        self.subject = subjects.Subject.follow(self.reads)
        main = mentions.main_adc(self.reads)
        speaker = mentions.publisher(self.document, self.reads, self.knowledge.vocabulary)
        self.discourse = Discourse(self.knowledge.forms, speaker or mentions.main_organisation(self.reads), main)
        self.discourse.speaks = speaker is not None
        title = next((found for found in self.reads if found.sentence.role == "title"), None)
        if title:
            self.deals.headline([m.entity for m in title.mentions if m.type == Kind.ORGANISATION and m.entity])
        self.mentioned = {m.entity.slug: m.entity for found in self.reads for m in found.mentions if m.type == Kind.ADC}
        self.index = self.knowledge.index if self.mentioned else self.knowledge.index_without_adc
        self.title_test = self._title_test(main)
        for found in self.reads if len(self.reads) < 40 else self.reads[:8]:
            for mention in found.mentions:
                if mention.type == Kind.MEETING and self.meeting is None and not self._is_journal(mention):
                    self.meeting = _Memory(mention.values, found)

    def _title_test(self, main: Entity | None) -> tuple[tuple[tuple[str, Value], ...], Read, Entity | None] | None:
        """The trial that stands for one that a sentence leaves out: the title's, else the only one of the document."""
        told = [(found, [m for m in found.mentions if m.type in ("phase", "trial")]) for found in self.reads]
        told = [(found, tests) for found, tests in told if tests]
        for found, tests in told:
            if found.sentence.role == "title" or found is self.reads[0]:
                masked = rules.mask(found.words.text, found.mentions)
                adcs = [m.entity for m in found.mentions if m.type == Kind.ADC]
                return _test(tests[0], masked), found, adcs[0] if adcs else main
        phases = {m.values for _, tests in told for m in tests if m.type == "phase"}
        if len(phases) != 1:
            return None
        found, test = next((found, m) for found, tests in told for m in tests if m.type == "phase")
        return _test(test, rules.mask(found.words.text, found.mentions)), found, main

    def _is_journal(self, mention: Mention) -> bool:
        row = self.knowledge.vocabulary.rows.get((Kind.MEETING, mention.entity.slug))
        return row is not None and row.more.get("type") == ("journal",)

    def facts(self, found: Read) -> Iterator[Fact]:
        """Yield what one sentence says."""
        knowledge, text = self.knowledge, found.words.text
        if found.section != self.heading:
            self.heading = found.section
            self.skipped = knowledge.cues.skip_section.fullmatch(found.section) is not None
            self.of_safety = knowledge.cues.safety_section.fullmatch(found.section) is not None
        if self.skipped or knowledge.cues.skip_sentence.search(text):
            return
        self._forget(found)
        if found.idle:
            self.discourse.pass_over(found)
            return
        resolved = self.discourse.resolve(found)
        resolved = [
            replace(m, type="journal") if m.type == Kind.MEETING and self._is_journal(m) else m for m in resolved
        ]
        last = self.memory.get("survival")
        about = last.values[0] if last and isinstance(last.values[0], Entity) else None
        resolved = _with_sizes(text, resolved, measures.bind(text, resolved, knowledge.vocabulary, about))
        if (resolved or self.deals.pairs or self.discourse.focus) and len(text) < 3000:
            masked = rules.mask(text, resolved)
            self.text, self.role, self.at = text, found.sentence.role, found
            if self.mentioned:
                self.subject.read(found, masked, self.discourse.focus)
            spent: set[tuple[FactKind, int]] = set()
            matches = [
                match
                for rule, patterns in self.index.worth(masked)
                if rule.reads(found.sentence.role, found.section)
                and not (self.of_safety and any(template.kind != FactKind.SAFETY for template in rule.say))
                for match in rules.find(rule, masked, patterns)
            ]
            scopes = tuple(knowledge.cues.scopes(masked.text)) if matches else ()
            self.cores = {}
            for match in matches:
                for template in match.rule.say:
                    self.cores.setdefault(template.kind, []).append(match.core)
            for match in matches:
                rule, (start, end) = match.rule, match.core
                flags = {s.flag for s in scopes if s.start < end and start < s.end}
                if (flags - rule.allow - rule.only) or (rule.only - flags):
                    continue
                used = [m.start for group in match.found.values() for m in group if m.type not in (Kind.ADC, "it")]
                for template in rule.say:
                    if rule.fallback and any((template.kind, place) in spent for place in used):
                        continue
                    for fact in self._fill(template, match, masked, found):
                        spent.update((template.kind, place) for place in used)
                        self._note(fact)
                        yield fact
            for mention in resolved:
                if mention.type in ("phase", "trial") and not _is_of_dose(mention, masked):
                    adcs = [m for m in resolved if m.type == Kind.ADC]
                    nearest = [m for m in adcs if m.start < mention.start][-1:] or adcs[:1]
                    whose = _own_adc(mention, masked) or (nearest[0].entity if nearest else self.discourse.focus)
                    self.test = None if self.subject.foreign and not adcs else (_test(mention, masked), found, whose)
        self.begun = self.begun or any(m.type == Kind.ADC for m in resolved)
        for mention in resolved:
            self.memory[mention.type] = _Memory(mention.values, found)
        self.discourse.advance(found)

    def _note(self, fact: Fact) -> None:
        """Remember a deal, whose terms may follow."""
        if fact.kind == FactKind.PARTNERSHIP:
            parties = [v for s, v in fact.arguments if s == "party" and isinstance(v, Entity)]
            self.deals.add(parties)
            self.discourse.pair = (parties[0], parties[1])

    def _forget(self, found: Read) -> None:
        """Drop what was said too far back to be meant still."""
        if found.section != self.section:
            self.memory.clear()
            self.test = None
            self.section = found.section
        elif found.sentence.paragraph != self.paragraph and found.sentence.role == "text":
            for gone in ("dosage", "schedule", "condition"):
                self.memory.pop(gone, None)
        if found.sentence.paragraph != self.paragraph:
            self.discourse.turn(found)
        self.paragraph = found.sentence.paragraph

    def _fill(self, template: rules.Template, match: Match, masked: Masked, found: Read) -> Iterator[Fact]:
        """Yield the facts of a template: one for each combination of what its lists hold."""
        kind = template.kind
        if self.subject.is_of_no_patient(kind):
            return
        wanted = dict(template.slots)
        borrowed: list[Read] = []
        columns: list[list[tuple[tuple[str, Value], ...]]] = []
        if "about" in REQUIRED[kind] and "about" not in wanted:
            wanted["about"] = "$adc" if "adc" in match.found else "$focus"
        choices: dict[str, list[tuple[tuple[str, Value], ...]]] = {}
        for slot, expression in wanted.items():
            options = list(self._options(kind, slot, expression, match, masked))
            if takes_many(kind, slot):
                options = [tuple(pair for option in options for pair in option)] if options else []
            if options:
                choices[slot] = options
        for slot in match.rule.inherit:
            if slot == "test":
                pairs, source, tested = self._inherit_test(match, masked, found)
                same = tested is None or any(
                    v in (tested, None) for option in choices.get("about", ()) for _, v in option
                )
                if pairs and same:
                    choices[slot] = [pairs]
                    if source is not found:
                        borrowed.append(source)
            elif slot == "place":
                choices.update(self._place(kind, match, masked))
            elif slot == "today":
                told = neighbours.told_today(self.text, "", self.document.date)
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

    def _options(
        self, kind: FactKind, slot: str, expression: str, match: Match, masked: Masked
    ) -> Iterator[tuple[tuple[str, Value], ...]]:
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
                self.subject.foreign
                and kind in subjects.TESTED
                and not any(m.type == Kind.ADC for m in masked.mentions.values())
            ):
                return  # another product's trial
            about = self._about(match, masked, clinical=kind in subjects.CLINICAL)
            if about:
                yield ((slot, about),)
            return
        if expression == "$subjects":
            yield from (((slot, about),) for about in self._subjects(match, masked))
            return
        if expression == "$deal":
            named = [
                v
                for m in masked.mentions.values()
                if m.type == Kind.ORGANISATION
                for v in m.values
                if isinstance(v, Entity)
            ]
            if pair := self.deals.of(named, self.discourse.publisher):
                yield (("party", pair[0]), ("party", pair[1]))
            return
        if expression == "$self":
            places = [i for i, m in masked.mentions.items() if m.type == Kind.ORGANISATION and i < match.core[0]]
            theirs = {v for group in match.found.values() for m in group for v in m.values}
            # "under our collaboration with": who speaks, whomever the sentence has named; "with A and with B": A is no party of B's
            places = [i for i in places if not _AS_OBJECT.search(masked.text[max(0, i - 30) : i])]
            ours = _OURS.search(masked.text[max(0, match.core[0] - 60) : match.core[1]]) and self.discourse.publisher
            own = ours or next(
                (e for i in reversed(places) if (e := masked.mentions[i].entity) and e not in theirs),
                self.discourse.publisher,
            )
            if own:
                yield ((("party" if slot == "counterparty" else slot), own),)
            return
        if expression == "$today":
            told = neighbours.told_today(self.text, self.role, self.document.date)
            if told:
                yield ((slot, told),)
            return
        if expression == "$document":
            if self.document.date:
                date = self.document.date
                yield ((slot, PartialDate(date.year) if slot == "year" else date),)
            return
        if expression == "$publisher":
            if self.discourse.publisher:
                yield (("party" if slot == "counterparty" else slot, self.discourse.publisher),)
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
    ) -> Iterator[tuple[tuple[str, Value], ...]]:
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
            known = self.knowledge.vocabulary.find(f"{drug.label} payload", Kind.PAYLOAD)
            yield (("component", known or Entity(Kind.PAYLOAD, drug.slug, drug.label)),)
        elif slot == "agency":
            yield tuple((v.kind.value, v) for v in values if isinstance(v, Entity))
        elif slot in ("test", "phase") and _is_of_dose(mention, masked):
            return  # "the recommended Phase 2 dose"
        elif slot in ("test", "phase"):
            # a trial is told of by its phase, by its name, or by both side by side
            yield from (_test(mention, masked, v) for v in values)
        elif slot == "former" and isinstance(now := values[0], Entity):
            # the vocabulary has one row for a company under both its names
            said = re.sub(r",? (?:Inc|Ltd|LLC|Corp|AG|SA|plc)\b.*| ?\(.*", "", self.text[mention.start : mention.end])
            same = fold(said)[0] != fold(now.label)[0] and self.knowledge.vocabulary.find(said) == now
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
        found = [self.knowledge.vocabulary.find(name, kind) for name in names for kind in (Kind.DRUG, Kind.ANTIBODY)]
        parts = [part for part in found if part]
        return parts if len(names) > 1 and len(parts) == len(names) else []

    def _agreed(self, slot: str, text: str) -> Iterator[tuple[tuple[str, Value], ...]]:
        """Fill a slot of a deal from the words that tell it."""
        if slot == "kind":
            for found in self.knowledge.deals.kinds_of(text):
                yield ((slot, self._constant(FactKind.PARTNERSHIP, slot, found)),)
        elif slot == "royalties" and (terms := royalty_terms(self.text)):
            yield ((slot, terms),)

    def _subjects(self, match: Match, masked: Masked) -> list[Entity]:
        """The ADCs that an event befell: those its sentence says, else the one that the text has been about."""
        places = neighbours.subjects(masked, match.core)
        if places is None or (not places and self.subject.foreign):
            return []
        found = [e for i in places if (e := masked.mentions[i].entity)]
        return list(dict.fromkeys(found)) or ([self.discourse.focus] if self.discourse.focus else [])

    def _around(
        self, slot: str, kind: FactKind, match: Match, masked: Masked
    ) -> dict[str, list[tuple[tuple[str, Value], ...]]]:
        """Fill a slot from what stands around the words that say the fact."""
        if slot == "asset":
            places = self._asset(match, masked)
        else:
            places, _ = neighbours.choose(masked, AROUND[slot], match.core, self.cores.get(kind, []))
        values = [v for i in places for v in masked.mentions[i].values]
        if not values and (wanted := neighbours.same(slot, self.text)):
            last = next((self.memory[w] for w in wanted if w in self.memory), None)
            values = list(last.values) if last and last.read.sentence.paragraph == self.paragraph else []
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

    def _place(self, kind: FactKind, match: Match, masked: Masked) -> dict[str, list[tuple[tuple[str, Value], ...]]]:
        """Fill agency and region from what stands around: of an agency and a region, the nearer tells the other."""
        cores = self.cores.get(kind, [])
        agencies, far = neighbours.choose(masked, frozenset({Kind.AGENCY}), match.core, cores)
        regions, further = neighbours.choose(masked, frozenset({Kind.REGION}), match.core, cores)
        if far > 2 and (acting := neighbours.acting_again(masked, match.core, cores)):
            # "the agency approved it in a region, and accepted …"
            agencies, far = acting, further
        if agencies and (not regions or far <= further):
            found: list[tuple[tuple[str, Value], ...]] = []
            for place in agencies:
                entities = [v for v in masked.mentions[place].values if isinstance(v, Entity)]
                found.append(tuple((v.kind.value, v) for v in entities))
            return {"place": found}
        if regions:
            return {"place": [(("region", v),) for i in regions for v in masked.mentions[i].values]}
        start = min(match.start, match.core[0])
        lead = masked.text[max(0, start - 40) : start]
        named = neighbours.adjective_region(masked.text[start : match.core[1]]) or neighbours.adjective_region(
            lead, last=True
        )
        region = self.knowledge.vocabulary.find(named, Kind.REGION) if named else None
        if region:
            return {"place": [(("region", region),)]}
        for wanted in neighbours.recalled(masked.text[: match.core[1]], self.role):
            if (last := self.memory.get(wanted)) and last.read.sentence.paragraph == self.paragraph:
                return {"place": [tuple((v.kind.value, v) for v in last.values if isinstance(v, Entity))]}
        return {}

    def _described(self, slot: str, text: str) -> Iterator[tuple[tuple[str, Value], ...]]:
        """Fill a slot with words as they stand."""
        if slot == "reaction":
            label = " ".join(text.lower().split())
            yield (
                (
                    slot,
                    self.knowledge.vocabulary.find(label, Kind.REACTION) or Entity(Kind.REACTION, slug(label), label),
                ),
            )
        elif slot in ("technology", "linker"):
            # a part that is described and not named
            label = " ".join(text.split())
            yield (
                (
                    "component",
                    self.knowledge.vocabulary.find(label, Kind(slot)) or Entity(Kind(slot), slug(label), label),
                ),
            )
        else:
            yield ((slot, " ".join(text.split())),)

    def _constant(self, kind: FactKind, slot: str, text: str) -> Value:
        if (kind, slot) in CONCEPTS:
            return Entity(CONCEPTS[kind, slot], slug(text.replace("/", "-")), text)
        if slot in NAMED:
            entity = self.knowledge.vocabulary.find(text, NAMED[slot])
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
        if "test" in match.found and (own := _own_adc(match.found["test"][0], masked)):
            return own
        places = [i for i, m in masked.mentions.items() if m.type == Kind.ADC]
        inside = [i for i in places if match.start <= i < match.end]
        before = [i for i in places if i < match.start]
        after = [i for i in places if i >= match.end]
        for chosen in (inside[:1], before[-1:], after[:1]):
            if chosen:
                return masked.mentions[chosen[0]].entity
        if _OTHER_SUBJECT.match(masked.text):
            return None
        if self.discourse.focus is None and not self.begun and self.role in ("title", "heading", "text"):
            return self.discourse.main if match.rule.head else None
        if clinical and self.subject.is_silent(self.at, masked, match.end, self.discourse.focus):
            return None
        return self.discourse.focus

    def _inherit(self, wanted: str, match: Match, masked: Masked, found: Read) -> tuple[tuple[Value, ...], Read]:
        """What a match leaves out: the nearest before it in its sentence, else the nearest after, else the last said."""
        places = [i for i, m in masked.mentions.items() if m.type == wanted]
        before = [i for i in places if i < match.end]
        after = [i for i in places if i >= match.end]
        for chosen in (before[-1:], after[:1]):
            if chosen:
                return masked.mentions[chosen[0]].values, found
        if wanted == "population" or (
            wanted == "dosage" and (found.sentence.role == "row" or not self._one_dose(found))
        ):
            return (), found
        if wanted in self.memory:
            return self.memory[wanted].values, self.memory[wanted].read
        if wanted == Kind.MEETING and self.meeting:
            return self.meeting.values, self.meeting.read
        return (), found

    def _one_dose(self, found: Read) -> bool:
        """Whether one dose was spoken of just before, and no choice or range of doses."""
        last = self.memory.get("dosage")
        near = last is not None and 0 <= found.sentence.start - last.read.sentence.end < 160
        return bool(
            last
            and near
            and len(last.values) == 1
            and isinstance(dose := last.values[0], Entity)
            and dict(dose.attributes).get("value")
        )

    def _inherit_test(
        self, match: Match, masked: Masked, found: Read
    ) -> tuple[tuple[tuple[str, Value], ...], Read, Entity | None]:
        """The trial that a match leaves out: the nearest before it in its sentence, else after, else the last said, else
        the title's; where it was said, and, where that was elsewhere, its ADC.
        """
        if _FOOTER.search(masked.text) and self.title_test:
            return self.title_test
        places = [i for i, m in masked.mentions.items() if m.type in ("phase", "trial") and not _is_of_dose(m, masked)]
        before = [i for i in places if i < match.end]
        after = [i for i in places if i >= match.end]
        for chosen in (before[-1:], after[:1]):
            if chosen:
                return _test(masked.mentions[chosen[0]], masked), found, None
        if _ANOTHER_TEST.search(masked.text):
            return (), found, None
        return self.test or self.title_test or ((), found, None)

    def _is_of_another_phase(self, values: Mapping[str, Value]) -> bool:
        """Whether the vocabulary knows a named trial by another phase than the one that stands beside it."""
        trial, phase = values.get("trial"), values.get("phase")
        row = self.knowledge.vocabulary.rows.get((Kind.TRIAL, trial.slug)) if isinstance(trial, Entity) else None
        known = row.more.get("phase", ()) if row else ()
        if not known or not isinstance(phase, Entity):
            return False
        return not set(re.findall(r"\d", known[0])) & set(re.findall(r"\d", phase.slug))

    def _whose(self, trial: Value | None, about: Value) -> Value | None:
        """The ADC of a trial statement: the one that the vocabulary knows the named trial by, where the document speaks
        of it; None where it knows it as that of ADCs that the document doesn't name.
        """
        row = self.knowledge.vocabulary.rows.get((Kind.TRIAL, trial.slug)) if isinstance(trial, Entity) else None
        adcs = row.more.get("adc", ()) if row else ()
        if not adcs or (isinstance(about, Entity) and about.slug in adcs):
            return about
        return next((self.mentioned[adc] for adc in adcs if adc in self.mentioned), None)

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
            row = self.knowledge.vocabulary.rows.get((agency.kind, agency.slug))
            named = row.more.get("region", ()) if row else ()
            arguments = arguments | {("region", self.knowledge.vocabulary.get(Kind.REGION, name)) for name in named[:1]}
        if kind == FactKind.CORPORATE and values["child"] == values["parent"]:
            return None
        evidence = tuple(
            sorted(
                {
                    Evidence(
                        r.sentence.start, r.sentence.end, self.document.text[r.sentence.start : r.sentence.end], rule
                    )
                    for r in reads
                }
            )
        )
        return Fact(kind, tuple(sorted(arguments, key=order)), Basis.STATED, evidence)


def _without_vague(facts: Sequence[Fact]) -> list[Fact]:
    """Drop "improved" where the same document gives the figure of that endpoint."""
    known = {
        (f.get("about"), _endpoint(f).removeprefix("HR-"))
        for f in facts
        if f.kind == FactKind.RESULT and f.get("value") is not None
    }
    return [f for f in facts if f.get("valueText") != "improved" or (f.get("about"), _endpoint(f)) not in known]


def _endpoint(fact: Fact) -> str:
    """Return the name of a result's endpoint."""
    endpoint = fact.get("endpoint")
    return endpoint.label if isinstance(endpoint, Entity) else ""


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


_PATIENTS = re.compile(r" (?:[\w/-]+ ){0,3}(?:patients|pts|subjects|women|men|participants|people)\b")


_OURS = re.compile(r"\b(?:our|ours|we)\b", re.IGNORECASE)
_AS_OBJECT = re.compile(
    r"\b(?:with|by|of|from|to|for|and|or|via|than|against)(?: the| its)? $|\b(?:acquisition|purchase|takeover) of [^,;]{0,20}$",
    re.IGNORECASE,
)
"""Before a company that a sentence only mentions: it is no party of what is told next."""


def _parties(values: Sequence[Value]) -> Iterator[tuple[tuple[str, Value], ...]]:
    """Yield the pairs of those who are named together in a deal: the first with each of the others."""
    named = list(dict.fromkeys(values))
    for other in named[1:]:
        yield (("party", named[0]), ("party", other))


_TRIAL, _PHASE, _NUMBER = rules.SYMBOL["trial"], rules.SYMBOL["phase"], rules.SYMBOL["registration"]
_SIDE_BY_SIDE = re.compile(
    rf"(?P<trial>{_TRIAL})[^{_TRIAL}{_PHASE}.]{{0,80}}?(?P<phase>{_PHASE})|(?P<phase2>{_PHASE})[^{_TRIAL}{_PHASE}.;]{{0,45}}?(?P<trial2>{_TRIAL})"
)
_NUMBERED = re.compile(rf"(?P<test>[{_TRIAL}{_PHASE}])[^{_NUMBER}{_PHASE}{_TRIAL}.;]{{0,90}}(?P<number>{_NUMBER})")
_OTHER_SUBJECT = re.compile(
    rf"\W{{0,9}}(?:(?!(?:with|plus|of|to|versus|than|and|for|by|on|in|receiving|received|given|adding|combining)\b)[\w'-]+,? |{rules.SYMBOL['organisation']}(?:'s)? ){{0,6}}[{rules.SYMBOL['drug']}{rules.SYMBOL['antibody']}]"
    r"(?: ?\([^()]*\))?,? (?:an?|is|are|was|were|has|have|had|which|will|also|in|carries|showed|met|binds|entered|received|demonstrated|it)\b"
)
"""A sentence about something else than an ADC: "Cetuximab is …"."""


def _test(mention: Mention, masked: Masked, value: Value | None = None) -> tuple[tuple[str, Value], ...]:
    """Return the slots that a phase or a trial's name fills, with what stands beside it."""
    beside = tuple(pair for pair in _beside(mention, masked) if pair[0] != mention.type)
    return ((str(mention.type), value or mention.values[0]), *beside)


_TESTED = re.compile(
    rf"[{_TRIAL}{_PHASE}](?:, [{_TRIAL}],)?(?: \([^()]{{0,40}}\))? ?(?:[\w-]+ ){{0,4}}?(?:(?:trials?|stud(?:y|ies)|testing|development|program(?:me)?|portion|evaluation|results|data|cohort)(?: \([^()]{{0,40}}\))?(?:,? |: ))?"
    rf"(?:(?:of|for|with|evaluating|testing|investigating|involving|assessing|studying|comparing) (?:the |its |single-agent |[^\W\d]+-targeting )?|(?<=: ))(?P<adc>{rules.SYMBOL['adc']})"
)
"""A trial with the words for what it tests: "the Phase 2 study of ADC"."""


def _is_of_dose(mention: Mention, masked: Masked) -> bool:
    """Whether a phase names a dose, not a trial."""
    place = next((i for i, m in masked.mentions.items() if m is mention), -1)
    return (
        re.match(
            r" (?:dos(?:e|es|ing)|regimen)\b(?![- ](?:expan|escal|find|optim|ranging|cohort))",
            masked.text[place + 1 : place + 30],
        )
        is not None
    )


def _own_adc(mention: Mention, masked: Masked) -> Entity | None:
    """Return the ADC that is named right after a phase or a trial as what it tests."""
    place = next((i for i, m in masked.mentions.items() if m is mention), -1)
    match = _TESTED.match(masked.text, place) if place >= 0 else None
    return masked.mentions[match.start("adc")].entity if match else None


def _beside(mention: Mention, masked: Masked) -> tuple[tuple[str, Value], ...]:
    """Return what stands beside a phase or a trial's name and belongs to it: "LOTIS-2 (NCT03589469), a Phase 2 trial"."""
    found: dict[str, Value] = {}
    for match in _SIDE_BY_SIDE.finditer(masked.text):
        places = [match.start(name) for name in ("trial", "phase", "phase2", "trial2") if match[name]]
        if any(masked.mentions[place] is mention for place in places):
            found.update({masked.mentions[place].type: masked.mentions[place].values[0] for place in places})
    for match in _NUMBERED.finditer(masked.text):
        test = masked.mentions[match.start("test")]
        if test is mention or test.values[0] in found.values():
            found["registration"] = masked.mentions[match.start("number")].values[0]
    return tuple(found.items())


_FOOTER = re.compile(
    r"^\W*(?:clinical )?trials? (?:information|registration|registry|identifier|number)\b|\bclinical trial information: ",
    re.IGNORECASE,
)
"""The line at the end of an abstract that gives the number of the trial that it tells of."""
_ANOTHER_TEST = re.compile(
    r"\b(?:initiation of|another|additional|further|future|subsequent|separate|confirmatory|post-?marketing|other|new) (?:[\w-]+ ){0,3}(?:trials?|stud(?:y|ies))\b",
    re.IGNORECASE,
)
"""A sentence that tells of a trial of its own, without its phase."""
_PEOPLE = re.compile(
    r"(?: [\w/+-]+,?){0,6}? (?:patients|pts|women|men|adults|people|subjects|participants|individuals)\b(?! (?:in|on|with|who))| (?:patients|women|adults|people|participants) (?:with|who)\b",
    re.IGNORECASE,
)


def _with_sizes(text: str, before: Sequence[Mention], bound: list[Mention]) -> list[Mention]:
    """Return a sentence's mentions with the numbers of people that aren't a figure of the ADC's own among them (`size`)."""
    lost = [
        Mention(m.start, m.end, "size", m.values)
        for m in before
        if m.type == "number"
        and not any(b.start < m.end and m.start < b.end for b in bound)
        and _PEOPLE.match(text, m.end)
    ]
    return sorted([*bound, *lost]) if lost else bound


_ADC_OR_IT = rules.SYMBOL["adc"] + rules.SYMBOL["it"]
_CONTROL = re.compile(
    r"\b(?:versus|vs\.?|compared (?:to|with)|comparing|against|over|than|as opposed to|rather than|control|comparator|or to|placebo)\b",
    re.IGNORECASE,
)
_PRIOR = re.compile(
    r"\b(?:prior|previous(?:ly)?|pretreated|pre-treated|refractory|progress\w+ (?:on|after|following|during)|after|following|intolerant|resistant|"
    r"ineligible|eligible for|failed|failure of|exposure|exposed|unlike|received|candidates for|such as)\b[^;.]{0,60}$",
    re.IGNORECASE,
)


def _is_class_of_next(mention: Mention, masked: Masked) -> bool:
    """Whether a drug's class stands before the drug itself: "the PD-1 inhibitor NAME"."""
    place = next(i for i, m in masked.mentions.items() if m is mention)
    classed = isinstance(mention.values[0], Entity) and re.search(
        r"(?:inhibitor|antibod\w+|blocker|agonist|degrader)$", mention.values[0].label
    )
    return (
        bool(classed)
        and re.match(rf" [{rules.SYMBOL['drug']}{rules.SYMBOL['antibody']}]", masked.text[place + 1 : place + 3])
        is not None
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


def _indications(fact: Fact) -> Iterator[Fact]:
    """Yield what a trial or a regulator's word says besides: a disease that the ADC is tested in is one it is for."""
    slot = {FactKind.TRIAL: "condition", FactKind.REGULATORY: "indication"}.get(fact.kind)
    about = fact.get("about")
    if slot and about:
        for condition in fact.all(slot):
            yield Fact(FactKind.INDICATION, (("about", about), ("condition", condition)), fact.basis, fact.evidence)


def _with_only_condition(facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts with the disease of each trial that none is told of, where its ADC is said to be for one alone."""
    known: dict[Value, dict[Value, Fact]] = {}
    for fact in facts:
        about, condition = fact.get("about"), fact.get("condition")
        if fact.kind == FactKind.INDICATION and about and condition:
            known.setdefault(about, {})[condition] = fact
    told = []
    for fact in facts:
        only = known.get(fact.get("about") or "", {})
        phase = fact.get("phase")
        if (
            fact.kind == FactKind.TRIAL
            and len(only) == 1
            and fact.get("condition") is None
            and getattr(phase, "slug", "") != "preclinical"
        ):
            condition, shown = next(iter(only.items()))
            arguments = tuple(sorted((*fact.arguments, ("condition", condition)), key=order))
            fact = replace(fact, arguments=arguments, evidence=tuple(sorted({*fact.evidence, *shown.evidence[:1]})))
        told.append(fact)
    return told


def _namings(document: Document, reads: Sequence[Read]) -> Iterator[Fact]:
    """Yield the names of each ADC that bears two or more in the document."""
    spellings: dict[Entity, dict[str, tuple[str, Read]]] = {}
    for found in reads:
        for mention in found.mentions:
            said = found.words.text[mention.start : mention.end]
            if mention.type == Kind.ADC and not mentions.is_description(said):
                spellings.setdefault(mention.entity, {}).setdefault(slug(said).replace("-", ""), (said, found))
    for adc, names in spellings.items():
        if len(names) < 2:
            continue
        for said, found in names.values():
            s = found.sentence
            evidence = Evidence(s.start, s.end, document.text[s.start : s.end], "naming")
            yield Fact(FactKind.NAMING, (("about", adc), ("name", said)), Basis.STATED, (evidence,))
