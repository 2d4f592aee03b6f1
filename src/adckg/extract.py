"""`extract(document, knowledge) -> facts`: pure, picklable, the unit of distribution.

Sentence by sentence the rules that fit are collected, what a sentence leaves out is filled from those before it, and
facts that say the same are made one with all their evidence.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import yaml

from adckg import (
    __version__,
    discourse,
    firms,
    introductions,
    measures,
    mentions,
    reactions,
    resources,
    rules,
    subjects,
    trials,
    wordings,
)
from adckg.context import Cues, parse_cues
from adckg.deals import DealWords, parse_deal_words
from adckg.discourse import Discourse
from adckg.errors import KnowledgeError
from adckg.filling import REQUIRED, Filler, Memory, Told
from adckg.introductions import Forms
from adckg.mentions import Read
from adckg.merge import Merger, order
from adckg.model import Basis, Document, Entity, Evidence, Fact, FactKind, Kind, Mention, Value
from adckg.names import slug
from adckg.rules import Index, Match, Rule
from adckg.trials import Slots
from adckg.vocabulary import Vocabulary, load_vocabulary
from adckg.wordings import Wording

WITHOUT_ADC = frozenset({str(Kind.ADC), "it"})
"""Types of mention that a document without an ADC doesn't hold."""


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
        if path.stem == "context":
            parsed = wordings.load_context()
            wordings.check_all()
            cues = parse_cues(parsed, path.name)
            forms = introductions.parse_forms(parsed, vocabulary, path.name)
            deals = parse_deal_words(parsed, path.name)
            phrases = parsed.get("phrases", {})
            continue
        try:
            parsed = yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError as error:
            raise KnowledgeError(f"seeds/rules/{path.name}: {' '.join(str(error).split())}") from error
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
    return discourse.publisher(document, reads, knowledge.vocabulary)


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
    return _with_only_condition(_without_bought(_without_vague(_without_early(merger.facts()))))


def _without_bought(facts: list[Fact]) -> list[Fact]:
    """Leave out who licensed an ADC from whom where the one only bought the other: "what A paid B's owners for is the ADC"."""
    deals: dict[frozenset[Value], set[str]] = {}
    for fact in facts:
        if fact.kind == FactKind.PARTNERSHIP:
            parties = frozenset(v for slot, v in fact.arguments if slot == "party")
            deals.setdefault(parties, set()).update(
                str(getattr(v, "label", v)) for s, v in fact.arguments if s == "kind"
            )
    bought = [pair for pair, kinds in deals.items() if kinds == {"acquisition"}]
    if not bought:
        return facts
    sides: dict[Value | None, dict[str, set[Value | None]]] = {}
    for fact in facts:
        if fact.kind == FactKind.ROLE:
            role = str(getattr(fact.get("kind"), "label", fact.get("kind")))
            sides.setdefault(fact.get("about"), {}).setdefault(role, set()).add(fact.get("organisation"))

    def is_bought(fact: Fact) -> bool:
        role = str(getattr(fact.get("kind"), "label", fact.get("kind")))
        other = {"licensee": "licensor", "licensor": "licensee"}.get(role) if fact.kind == FactKind.ROLE else None
        others = sides[fact.get("about")].get(other, set()) if other else set()
        return bool(others) and all({fact.get("organisation"), mate} in bought for mate in others)

    return [fact for fact in facts if not is_bought(fact)]


@dataclass(slots=True)
class _Reader:
    """Reads a document's sentences in order."""

    document: Document
    knowledge: Knowledge
    reads: Sequence[Read]
    index: Index = field(init=False)
    told: Told = field(init=False)
    filler: Filler = field(init=False)
    section: str = ""
    heading: str | None = None
    """the heading above the sentence, and what it says of the section"""
    skipped: bool = False
    of_safety: bool = False
    counted: set[tuple[Value | None, Value | None, Value | None]] = field(default_factory=set)
    """the trials of which it is told how many took part, by ADC, phase and name"""
    topic: str = ""
    """what the first words of the paragraph (the `line`) say of the reactions in it"""
    line: int = -1
    sizes: list[int] = field(default_factory=list)
    """how many patients each group had that was told of"""

    def __post_init__(self) -> None:
        main = mentions.main_adc(self.reads)
        speaker = discourse.publisher(self.document, self.reads, self.knowledge.vocabulary)
        course = Discourse(self.knowledge.forms, speaker or discourse.main_organisation(self.reads), main)
        course.speaks = speaker is not None
        course.firms = firms.Firms(self.knowledge.vocabulary)
        self.told = told = Told(course, subjects.Subject.follow(self.reads, main))
        self.filler = Filler(self.document, self.knowledge.vocabulary, self.knowledge.deals, told)
        told.deals.host = speaker or _host(self.reads)
        title = next((found for found in self.reads if found.sentence.role == "title"), None)
        if title:
            told.deals.headline([m.entity for m in title.mentions if m.type == Kind.ORGANISATION and m.entity])
        told.mentioned = {m.entity.slug: m.entity for found in self.reads for m in found.mentions if m.type == Kind.ADC}
        self.index = self.knowledge.index if told.mentioned else self.knowledge.index_without_adc
        told.links = trials.Links.of(self.reads, self.knowledge.vocabulary)
        told.title_test = self._title_test(main)
        for found in self.reads if len(self.reads) < 40 else self.reads[:8]:
            for mention in found.mentions:
                if mention.type == Kind.MEETING and told.meeting is None and not self._is_journal(mention):
                    told.meeting = Memory(mention.values, found)

    def _title_test(self, main: Entity | None) -> tuple[Slots, Read, Entity | None] | None:
        """The trial that stands for one that a sentence leaves out: the title's, else the only one of the document."""
        told = [(found, [m for m in found.mentions if m.type in ("phase", "trial")]) for found in self.reads]
        told = [(found, tests) for found, tests in told if tests]
        for found, tests in told:
            if found.sentence.role == "title" or found is self.reads[0]:
                masked = rules.mask(found.words.text, found.mentions)
                adcs = [m.entity for m in found.mentions if m.type == Kind.ADC]
                return trials.slots_of(tests[0], masked), found, adcs[0] if adcs else main
        phases = {m.values for _, tests in told for m in tests if m.type == "phase"}
        if len(phases) != 1:
            return self._lead_test(main)
        found, test = next((found, m) for found, tests in told for m in tests if m.type == "phase")
        return trials.slots_of(test, rules.mask(found.words.text, found.mentions)), found, main

    def _lead_test(self, main: Entity | None) -> tuple[Slots, Read, Entity | None] | None:
        """The only trial that the opening tells of, unless it is one to come."""
        tests = [(found, m) for found in self.reads[:_LEAD] for m in found.mentions if m.type in ("phase", "trial")]
        phases = {m.values for _, m in tests if m.type == "phase"}
        names = {m.values for _, m in tests if m.type == "trial"}
        if len(phases) > 1 or len(names) > 1 or not tests:
            return None
        found, test = tests[0]
        if any(scope.flag != "negated" for scope in self.knowledge.cues.scopes(found.words.text)):
            return None
        adcs = {m.entity for m in found.mentions if m.type == Kind.ADC}
        slots = trials.slots_of(test, rules.mask(found.words.text, found.mentions))
        if names and not phases and (phase := self.told.links.phases.get(test.entity.slug)):
            slots = (*slots, ("phase", phase))
        return slots, found, main if main in adcs or not adcs else adcs.pop() if len(adcs) == 1 else None

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
        elif (
            self.of_safety
            and found.sentence.paragraph != self.told.paragraph
            and (headed := _RUN_IN.match(text))
            and not knowledge.cues.safety_section.fullmatch(headed[1])
        ):
            self.of_safety = False
        if self.skipped or knowledge.cues.skip_sentence.search(text):
            return
        self._forget(found)
        if found.idle:
            self.told.discourse.pass_over(found)
            return
        resolved = self._with_sums(self.told.discourse.resolve(found))
        resolved = [
            replace(m, type="journal") if m.type == Kind.MEETING and self._is_journal(m) else m for m in resolved
        ]
        last = self.told.memory.get("survival")
        about = last.values[0] if last and isinstance(last.values[0], Entity) else None
        if found.sentence.paragraph != self.line:
            self.line, self.topic = found.sentence.paragraph, ""
        self.topic = reactions.topic_of(text, self.topic)
        near = about if last and last.read.sentence.paragraph == found.sentence.paragraph else None
        resolved = _with_sizes(
            text, resolved, measures.bind(text, resolved, knowledge.vocabulary, about, self.sizes, near, self.topic)
        )
        if (resolved or self.told.deals.pairs or self.told.discourse.focus) and len(text) < 3000:
            masked = rules.mask(text, resolved)
            self.told.text, self.told.role, self.told.at = text, found.sentence.role, found
            if not any(m.type == Kind.ADC for m in resolved) and (owner := self.filler.owner(masked)):
                self.told.discourse.focus = owner
            if self.told.mentioned:
                self.told.subject.read(found, masked, self.told.discourse.focus)
            framed = any(m.type in ("phase", "trial") for m in resolved) or self._goes_on(found)
            spent: set[tuple[FactKind, int]] = set()
            reported: dict[Value | None, Match] = {}
            stated: set[tuple[Value | None, Value | None, str]] = set()
            matches = self.index.find(
                masked, found.sentence.role, found.section, framed=framed, of_safety=self.of_safety
            )
            scopes = tuple(knowledge.cues.scopes(masked.text)) if matches else ()
            self.told.cores = {}
            if self.told.mentioned:
                self.told.deals.turn(masked, found.sentence.paragraph, found.sentence.role)
                self.told.deals.read(masked, knowledge.deals, found.sentence.role)
                if self.told.deals.told and not scopes:
                    scopes = tuple(knowledge.cues.scopes(masked.text))
            for match in matches:
                for template in match.rule.say:
                    self.told.cores.setdefault(template.kind, []).append(match.core)
            for match in matches:
                rule, (start, end) = match.rule, match.core
                flags = {s.flag for s in scopes if s.start < end and start < s.end}
                if (flags - rule.allow - rule.only) or (rule.only - flags):
                    continue
                used = [m.start for group in match.found.values() for m in group if m.type not in (Kind.ADC, "it")]
                # what a sentence says of its trial is told of it slot by slot
                once = rule.fallback and "frame" not in rule.inherit
                left = [t for t in rule.say if not (once and any((t.kind, place) in spent for place in used))]
                for template in left:
                    for fact in self.filler.fill(template, match, masked, found):
                        if template.kind == FactKind.TRIAL:
                            if rule.fallback and (_is_told(fact, stated) or self._is_of_a_part(fact)):
                                continue
                            if fact.get("enrollment") is not None:
                                self.counted.add((fact.get("about"), fact.get("phase"), fact.get("acronym")))
                            stated |= _said_of_trial(fact)
                        spent.update((template.kind, place) for place in used)
                        self._note(fact)
                        if fact.kind == FactKind.RESULT and fact.get("value") is not None:
                            reported.setdefault(fact.get("about"), match)
                        yield fact
            if reported:
                yield from self.filler.reported(reported, masked, found)
            if self.told.mentioned:
                for fact in self.filler.deals(masked, found, scopes, spent):
                    self._note(fact)
                    yield fact
                self.told.deals.end(masked)
                if found.sentence.paragraph != self.told.within:
                    self.told.within, self.told.adcs = found.sentence.paragraph, set()
                self.told.adcs |= {m.entity for m in resolved if m.type == Kind.ADC}
                dates = [m for m in resolved if m.type == "date"]
                self.told.news = (
                    (found.sentence.paragraph, dates[0].values[0])
                    if len(dates) == 1 and len(text) < 70 and not self.told.deals.told
                    else None
                )
            for mention in resolved:
                if mention.type in ("phase", "trial") and not trials.is_of_dose(mention, masked):
                    adcs = [m for m in resolved if m.type == Kind.ADC]
                    nearest = [m for m in adcs if m.start < mention.start][-1:] or adcs[:1]
                    whose = trials.own_adc(mention, masked) or (
                        nearest[0].entity if nearest else self.told.discourse.focus
                    )
                    self.told.test = (
                        None
                        if self.told.subject.foreign and not adcs
                        else (self.filler.slots_of(mention, masked), found, whose)
                    )
        self.sizes += [
            int(str(m.values[0])) for m in found.mentions if m.type == "number" and _PEOPLE.match(text, m.end)
        ]
        self.told.begun = self.told.begun or any(m.type == Kind.ADC for m in resolved)
        for mention in resolved:
            self.told.memory["reaction" if mention.type == "seen" else mention.type] = Memory(mention.values, found)
        self.told.discourse.advance(found)
        if firms := self.told.discourse.firms:
            self.told.discourse.firm = firms.subject or self.told.discourse.firm
            firms.pair, firms.seller = self.told.deals.here or self.told.discourse.pair, self.told.deals.seller

    def _with_sums(self, resolved: list[Mention]) -> list[Mention]:
        """Return a sentence's mentions with sums of money that name no currency in the one last told of."""
        if not any(m.type == "sum" for m in resolved):
            return resolved
        last = self.told.memory.get("money")
        currency = next((m.values[1] for m in resolved if m.type == "money"), last.values[1] if last else None)
        return [
            replace(m, type="money", values=(*m.values, currency)) if m.type == "sum" and currency else m
            for m in resolved
            if m.type != "sum" or currency
        ]

    def _goes_on(self, found: Read) -> bool:
        """Whether a sentence that names no trial may go on with one."""
        if self.told.test is None:
            return False
        last = self.told.test[1]
        return last.sentence.paragraph == found.sentence.paragraph or found.sentence.role in ("bullet", "row")

    def _is_of_a_part(self, fact: Fact) -> bool:
        """Whether a number is rather that of a part of a trial's patients: it is small, or the trial's has been told."""
        size = fact.get("enrollment")
        if size is None:
            return False
        return int(str(size)) < _FEW or (fact.get("about"), fact.get("phase"), fact.get("acronym")) in self.counted

    def _note(self, fact: Fact) -> None:
        """Remember a deal, whose terms may follow, and what a regulator did, which others may do too."""
        if fact.kind == FactKind.REGULATORY and (said := fact.get("kind")):
            self.told.event = Memory((said,), self.told.at)
        if fact.kind == FactKind.PARTNERSHIP:
            parties = [v for s, v in fact.arguments if s == "party" and isinstance(v, Entity)]
            self.told.deals.add(parties)
            if isinstance(kind := fact.get("kind"), Entity) and kind.label == "acquisition":
                self.told.deals.merged.add(frozenset(parties))
            if fact.get("kind"):
                self.told.deals.here_read.append((parties[0], parties[1]))
            self.told.deals.here = self.told.discourse.pair = (parties[0], parties[1])

    def _forget(self, found: Read) -> None:
        """Drop what was said too far back to be meant still."""
        if found.section != self.section:
            self.told.memory.clear()
            self.told.test = None
            self.section = found.section
        elif found.sentence.paragraph != self.told.paragraph and found.sentence.role == "text":
            for gone in ("dosage", "schedule", "condition"):
                self.told.memory.pop(gone, None)
        if found.sentence.paragraph != self.told.paragraph:
            self.told.discourse.turn(found)
        self.told.paragraph = found.sentence.paragraph


def _said_of_trial(fact: Fact) -> set[tuple[Value | None, Value | None, str]]:
    """Return what a statement says of its trial: its ADC and phase, with each slot that it fills."""
    return {(fact.get("about"), fact.get("phase"), slot) for slot, _ in fact.arguments if slot not in _TEST}


_FEW = 20
"""patients than which few trials have less"""
_LEAD = 8
"""sentences of which the opening of a text is made"""
_TEST = frozenset({"about", "phase", "trial", "acronym", "registration"})
"""Slots that tell which trial it is."""


def _is_told(fact: Fact, stated: set[tuple[Value | None, Value | None, str]]) -> bool:
    """Whether the sentence has told all that already, in words of which one can be surer."""
    said = _said_of_trial(fact)
    return bool(said) and said <= stated


def _host(reads: Sequence[Read]) -> Entity | None:
    """Return the company that a text is about: named in more of its sentences than any other, and in two at least."""
    counts = Counter(e for r in reads for e in {m.entity for m in r.mentions if m.type == Kind.ORGANISATION})
    most = counts.most_common(2)
    if not most or most[0][1] < 2 or (len(most) > 1 and most[1][1] == most[0][1]):
        return None
    return most[0][0]


_RUN_IN = re.compile(r"([A-Z][A-Z ,/&-]{5,60})[.:](?: |$)")
"""A heading in capitals with which a paragraph begins: under it begins another section."""
_PEOPLE = Wording("trials.people", re.IGNORECASE)


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


def _without_early(facts: Sequence[Fact]) -> list[Fact]:
    """Drop preclinical work on an ADC that is told of in passing where the same document tells of its trials in patients."""
    tested = {f.get("about") for f in facts if f.kind == FactKind.TRIAL and not _is_early(f)}
    return [f for f in facts if not (_is_early(f) and f.get("about") in tested and _in_passing(f))]


def _is_early(fact: Fact) -> bool:
    phase = fact.get("phase")
    return fact.kind == FactKind.TRIAL and isinstance(phase, Entity) and phase.slug == "preclinical"


def _in_passing(fact: Fact) -> bool:
    return {e.rule for e in fact.evidence} <= {"trials/preclinical-in-passing", "trials/mentioned"}


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
