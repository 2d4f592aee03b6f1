"""Which trial a sentence speaks of: its phase, its name and its number, whichever stand side by side, and what it tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from adckg.mentions import Read
from adckg.model import Entity, Kind, Mention, Value
from adckg.rules import SYMBOL, Masked, mask
from adckg.vocabulary import Vocabulary
from adckg.wordings import Wording

Slots = tuple[tuple[str, Value], ...]
"""Slots of a fact with what fills them."""

_TRIAL, _PHASE, _NUMBER = SYMBOL["trial"], SYMBOL["phase"], SYMBOL["registration"]

_SIDE_BY_SIDE = re.compile(
    rf"(?P<trial>{_TRIAL})[^{_TRIAL}{_PHASE}.]{{0,80}}?(?P<phase>{_PHASE})|(?P<phase2>{_PHASE})[^{_TRIAL}{_PHASE}.;]{{0,45}}?(?P<trial2>{_TRIAL})"
)

_NUMBERED = re.compile(rf"(?P<test>[{_TRIAL}{_PHASE}])[^{_NUMBER}{_PHASE}{_TRIAL}.;]{{0,90}}(?P<number>{_NUMBER})")

_TESTED = re.compile(
    rf"[{_TRIAL}{_PHASE}](?:, [{_TRIAL}],)?(?: \([^()]{{0,40}}\))? ?(?:[\w-]+ ){{0,4}}?(?:(?:trials?|stud(?:y|ies)|testing|development|program(?:me)?|portion|evaluation|results|data|cohort)(?: \([^()]{{0,40}}\))?(?:,? |: ))?"
    rf"(?:(?:of|for|with|evaluating|testing|investigating|involving|assessing|studying|comparing) (?:the |its |single-agent |[^\W\d]+-targeting )?|(?<=: ))(?P<adc>{SYMBOL['adc']})"
)
"""A trial with the words for what it tests: "the Phase 2 study of ADC"."""

FOOTER = Wording("trials.footer", re.IGNORECASE)
"""The line at the end of an abstract that gives the number of the trial that it tells of."""

ANOTHER = Wording("trials.another", re.IGNORECASE)
"""A sentence that tells of a trial of its own, without its phase."""


def slots_of(mention: Mention, masked: Masked, value: Value | None = None) -> Slots:
    """Return the slots that a phase or a trial's name fills, with what stands beside it."""
    beside = tuple(pair for pair in _beside(mention, masked) if pair[0] != mention.type)
    return ((str(mention.type), value or mention.values[0]), *beside)


def own_adc(mention: Mention, masked: Masked) -> Entity | None:
    """Return the ADC that is named right after a phase or a trial as what it tests."""
    place = next((i for i, m in masked.mentions.items() if m is mention), -1)
    match = _TESTED.match(masked.text, place) if place >= 0 else None
    return masked.mentions[match.start("adc")].entity if match else None


def is_of_dose(mention: Mention, masked: Masked) -> bool:
    """Whether a phase names a dose, not a trial."""
    place = next((i for i, m in masked.mentions.items() if m is mention), -1)
    return (
        re.match(
            r" (?:dos(?:e|es|ing)|regimen)\b(?![- ](?:expan|escal|find|optim|ranging|cohort))",
            masked.text[place + 1 : place + 30],
        )
        is not None
    )


def _beside(mention: Mention, masked: Masked) -> Slots:
    """Return what stands beside a phase or a trial's name and belongs to it: "LOTIS-2 (NCT03589469), a Phase 2 trial"."""
    found: dict[str, Value] = {}
    for match in _SIDE_BY_SIDE.finditer(masked.text):
        places = [match.start(name) for name in ("trial", "phase", "phase2", "trial2") if match[name]]
        if _ANOTHER_PHASE.search(match.group()):
            continue  # "TRIAL was consistent with previous phase 1 trials"
        if any(masked.mentions[place] is mention for place in places):
            found.update({masked.mentions[place].type: masked.mentions[place].values[0] for place in places})
    for match in _NUMBERED.finditer(masked.text):
        test = masked.mentions[match.start("test")]
        if test is mention or test.values[0] in found.values():
            found["registration"] = masked.mentions[match.start("number")].values[0]
    return tuple(found.items())


@dataclass(slots=True)
class Links:
    """What a document tells of its trials in one sentence and means in others."""

    phases: dict[str, Entity] = field(default_factory=dict)
    """the phase of each named trial, by its slug"""
    names: dict[tuple[int, int], Entity] = field(default_factory=dict)
    """the trial that a phase is of which stands in another sentence than its name, by the starts of sentence and mention"""
    owners: dict[str, Entity] = field(default_factory=dict)
    """the ADC that each named trial tests"""

    @classmethod
    def of(cls, reads: Sequence[Read], vocabulary: Vocabulary) -> Links:
        """Return what a document's sentences tell of the trials that they name."""
        links = cls()
        told = [(found, _tests(found)) for found in reads]
        beside: dict[str, Entity] = {}
        near: dict[str, tuple[int, Entity]] = {}
        for place, (found, tests) in enumerate(told):
            named = [m for m in tests if m.type == Kind.TRIAL]
            if not named:
                continue
            phases = [m for m in tests if m.type == "phase"]
            masked = mask(found.words.text, found.mentions)
            for trial in named:
                slots = dict(_beside(trial, masked))
                if isinstance(phase := slots.get("phase"), Entity):
                    beside.setdefault(trial.entity.slug, phase)
                elif phases:
                    closest = min(phases, key=lambda m, at=trial: abs(m.start - at.start))  # type: ignore[misc]
                    low, high = sorted((trial.start, closest.start))
                    between = [m for m in named if low < m.start < high]
                    apart = _ANOTHER_PHASE.search(found.words.text, low, high)
                    if (
                        high - low < _FAR
                        and not between
                        and not apart
                        and "trial" not in dict(_beside(closest, masked))
                    ):
                        links._take(trial, closest.entity, high - low, near, vocabulary)
                else:
                    links._around(trial, place, told, near, vocabulary)
        links.phases = {slug: phase for slug, (_, phase) in near.items()} | beside
        links._own(reads, vocabulary)
        return links

    def _around(
        self,
        trial: Mention,
        place: int,
        told: Sequence[tuple[Read, list[Mention]]],
        near: dict[str, tuple[int, Entity]],
        vocabulary: Vocabulary,
    ) -> None:
        """Take the phase of a trial from the sentence before its own ("Two phase 3 trials followed."), else after it."""
        here = told[place][0].sentence
        for step in (-1, 1):
            if not 0 <= place + step < len(told):
                continue
            found, tests = told[place + step]
            phases = [m for m in tests if m.type == "phase"]
            if step < 0 and trial.start > _AT_ONCE and not _SEVERAL.search(found.words.text):
                continue
            together = found.sentence.paragraph == here.paragraph or (step < 0 and found.sentence.role == "heading")
            if together and phases and len(tests) == len(phases) and (step < 0 or len(phases) == 1):
                phase = phases[-1] if step < 0 else phases[0]
                self._take(trial, phase.entity, _FAR - step, near, vocabulary)
                if step > 0 and _may_be(trial.entity.slug, phase.entity, vocabulary):
                    self.names[found.sentence.start, phase.start] = trial.entity
                return

    def _take(
        self, trial: Mention, phase: Entity, far: int, near: dict[str, tuple[int, Entity]], vocabulary: Vocabulary
    ) -> None:
        """Take a phase for a trial's unless one was told nearer to it or the vocabulary knows it by another."""
        slug = trial.entity.slug
        if _may_be(slug, phase, vocabulary) and (slug not in near or far < near[slug][0]):
            near[slug] = far, phase

    def _own(self, reads: Sequence[Read], vocabulary: Vocabulary) -> None:
        """Find out whose the trials are: as the vocabulary knows them, else of the ADC named with them most."""
        adcs = {m.entity.slug: m.entity for found in reads for m in found.mentions if m.type == Kind.ADC}
        counts: dict[str, Counter[Entity]] = {}
        for found in reads:
            those = {m.entity for m in found.mentions if m.type == Kind.ADC}
            for trial in {m.entity for m in found.mentions if m.type == Kind.TRIAL}:
                counts.setdefault(trial.slug, Counter()).update(those if len(those) == 1 else ())
        for slug, count in counts.items():
            row = vocabulary.rows.get((Kind.TRIAL, slug))
            known = [adcs[adc] for adc in row.more.get("adc", ()) if adc in adcs] if row else []
            if len(known) == 1:
                self.owners[slug] = known[0]
            elif not (row and row.more.get("adc")) and count:
                self.owners[slug] = count.most_common(1)[0][0]


_ANOTHER_PHASE = re.compile(
    r"\b(?:previous\w*|earlier|prior|others?|another|consistent|than|later|next|subsequent\w*|further|confirmatory)\b",
    re.IGNORECASE,
)
"""Between a trial's name and the phase of another."""
_SEVERAL = re.compile(r"\b(?:trials|studies|tests)\b", re.IGNORECASE)
_AT_ONCE = 25
"""characters within which a sentence goes on with the trial of the one before it"""
_FAR = 200
"""characters from which on a phase is no longer taken for that of a trial named in its sentence"""


def _may_be(slug: str, phase: Entity, vocabulary: Vocabulary) -> bool:
    """Whether the vocabulary knows a trial by no other phase."""
    row = vocabulary.rows.get((Kind.TRIAL, slug))
    known = row.more.get("phase", ()) if row else ()
    return not known or bool(set(re.findall(r"\d", known[0])) & set(re.findall(r"\d", phase.slug)))


def _tests(found: Read) -> list[Mention]:
    tests = [m for m in found.mentions if m.type in ("phase", Kind.TRIAL)]
    if any(m.type == "phase" for m in tests):
        masked = mask(found.words.text, found.mentions)
        tests = [m for m in tests if m.type != "phase" or not is_of_dose(m, masked)]
    return tests
