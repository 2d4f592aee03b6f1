"""Numbers with what belongs to them: a rate with its count, interval, p-value and the other arm's figure is one
mention, so is a reaction with how often it was seen; a figure of the control arm or of another drug is nobody's.

Rules then read "ORR was 45.5% (66 of 145; 95% CI 37-54)" and "ORR, 45.5 versus 20 percent" alike, as
`{response} .. {percent}`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from adckg.arms import DRUGS, compare_arms
from adckg.endpoints import (
    ENDPOINT_TYPES,
    FIGURES,
    GENERAL,
    OTHER,
    add_median,
    add_responses,
    add_told,
    add_unreached,
    endpoint_type,
    join_alive,
    join_landmarks,
    name_hazards,
)
from adckg.figures import add_sizes, join_counts, join_figures, join_groups, join_series, join_strays, share_units
from adckg.model import Entity, Kind, Mention
from adckg.reactions import add_topic, add_unlisted, give_units, join_reactions
from adckg.values import dose
from adckg.vocabulary import Vocabulary
from adckg.wordings import Wording

_OF_DRUG_BEFORE = Wording("figures.before_other_dose")
_OF_DRUG_AFTER = Wording("figures.after_other_dose")
_CAP = Wording("figures.cap")
_RANGE = Wording("figures.dose_range", re.IGNORECASE)
_RANGE_BEFORE = Wording("figures.dose_range_before", re.IGNORECASE)
_ITS_SCHEDULE = Wording("figures.its_schedule", re.IGNORECASE)
_EXAMINED = Wording("figures.examined", re.IGNORECASE)
_PACK = Wording("figures.pack")


def bind(
    text: str,
    mentions: Sequence[Mention],
    vocabulary: Vocabulary,
    survival: Entity | None = None,
    sizes: Sequence[int] = (),
    last: Entity | None = None,
    topic: str = "",
) -> list[Mention]:
    """Return a sentence's mentions (in order, not overlapping) with each figure and what belongs to it as one.

    `topic` is what the words that its line began with say of its reactions, `last` is the endpoint that the sentence before it told of, `survival` the endpoint that a hazard ratio is of where the sentence names none, `sizes` the numbers of patients told of so far.
    """
    items = add_topic([_typed(m, vocabulary) for m in mentions], topic)
    if not any(m.type in (*FIGURES, "dosage", "schedule", "reaction", *ENDPOINT_TYPES) for m in items):
        return items
    items = give_units(text, _schedules(text, _ranges(text, _doses(text, items))))
    items = add_told(text, add_responses(text, items, vocabulary), vocabulary)
    items = join_alive(text, join_landmarks(text, add_unreached(text, items)))
    items = add_median(text, name_hazards(text, items, vocabulary, survival), last)
    items = join_series(text, join_figures(text, share_units(text, items)))
    items = add_sizes(text, join_counts(text, join_strays(text, items)), sizes)
    items = compare_arms(text, items)
    items = join_groups(text, items)
    return join_reactions(text, add_unlisted(text, items))


def _typed(mention: Mention, vocabulary: Vocabulary) -> Mention:
    if mention.type == Kind.ENDPOINT:
        return replace(mention, type=endpoint_type(mention.entity, vocabulary))
    if mention.type == Kind.REACTION:
        return replace(mention, type=GENERAL.get(mention.entity.slug, mention.type))
    return mention


def _ranges(text: str, items: list[Mention]) -> list[Mention]:
    """Make one of the ends of a range of doses that are told apart: "starting at 0.15 mg/kg and ending at 7.5 mg/kg"."""
    out: list[Mention] = []
    for m in items:
        last = out[-1] if out else None
        if last and last.type == m.type == "dosage" and len(last.values) == len(m.values) == 1:
            low, high = _amount(last), _amount(m)
            if (
                low
                and high
                and low[1] == high[1]
                and low[0] < high[0]
                and _RANGE.fullmatch(text, last.end, m.start)
                and _RANGE_BEFORE.search(text, max(0, last.start - 80), last.start)
            ):
                unit = high[1].label
                out[-1] = replace(last, end=m.end, values=(dose(low[0], high[0], unit),))
                continue
        out.append(m)
    return out


def _amount(mention: Mention) -> tuple[Decimal, Entity] | None:
    """Return the number and the unit of a dose that is no range."""
    told = dict(mention.values[0].attributes) if isinstance(mention.values[0], Entity) else {}
    value, measure = told.get("value"), told.get("unit")
    return (value, measure) if isinstance(value, Decimal) and isinstance(measure, Entity) else None


def _schedules(text: str, items: list[Mention]) -> list[Mention]:
    """Put beside each dose the schedule that follows it, where a sentence tells of several."""
    if sum(m.type == "schedule" for m in items) < 2 or sum(m.type == "dosage" for m in items) < 2:
        return items
    out = list(items)
    for i, (m, n) in enumerate(pairwise(items)):
        if m.type == "dosage" and n.type == "schedule" and _ITS_SCHEDULE.fullmatch(text, m.end, n.start):
            out[i] = replace(m, more=((("schedule", n.values[0]),),))
    return out


def _doses(text: str, items: list[Mention]) -> list[Mention]:
    """Disown the doses of other drugs ("docetaxel 75 mg/m2", "200 mg of pembrolizumab", "a 100 mg vial"), and the times
    at which something else was done ("scans every 6 weeks").
    """
    out = list(items)
    for i, m in enumerate(items):
        if m.type == "schedule" and _EXAMINED.search(text, max(0, m.start - 60), m.start):
            out[i] = replace(m, type=OTHER)
        if m.type != "dosage":
            continue
        last, following = items[i - 1] if i else None, items[i + 1] if i + 1 < len(items) else None
        others = (last and last.type in DRUGS and _OF_DRUG_BEFORE.fullmatch(text, last.end, m.start)) or (
            following and following.type in DRUGS and _OF_DRUG_AFTER.fullmatch(text, m.end, following.start)
        )
        # "1.8 mg/kg up to 180 mg": the cap is no dose
        flat = isinstance(m.values[0], Entity) and m.values[0].label.endswith(" mg")
        cap = flat and last and _CAP.search(text, max(0, m.start - 30), m.start)
        if others or cap or _PACK.match(text, m.end):
            out[i] = replace(m, type=OTHER)
    return out
