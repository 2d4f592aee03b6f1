"""Which trial a sentence speaks of: its phase, its name and its number, whichever stand side by side, and what it tests."""

from __future__ import annotations

import re

from adckg.model import Entity, Mention, Value
from adckg.rules import SYMBOL, Masked
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
        if any(masked.mentions[place] is mention for place in places):
            found.update({masked.mentions[place].type: masked.mentions[place].values[0] for place in places})
    for match in _NUMBERED.finditer(masked.text):
        test = masked.mentions[match.start("test")]
        if test is mention or test.values[0] in found.values():
            found["registration"] = masked.mentions[match.start("number")].values[0]
    return tuple(found.items())
