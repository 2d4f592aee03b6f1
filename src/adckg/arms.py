"""The two arms of a trial: the other arm's figure stands beside the ADC's; one of the control arm alone is nobody's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from adckg.endpoints import ENDPOINT_TYPES, FIGURES, OTHER
from adckg.figures import AT, CONTROL_BEFORE
from adckg.model import Kind, Mention, Value
from adckg.wordings import Wording

GROUPS = (Kind.ADC, "it")
_VERSUS = Wording("figures.versus", re.IGNORECASE)
_ALSO = re.compile(r"\b(?:and|while|whereas|but|with)\b|,", re.IGNORECASE)
_CONTROL = Wording("figures.control", re.IGNORECASE)
_END = re.compile(r"[;)]|,(?= )|\.(?=\s|$)")
_SHARED = re.compile(
    r" ?(?:\([^()]{0,60}\) ?)?(?:versus|vs\.?|v\.?|compared (?:with|to)|and|or|,|/|against)(?: with| to)? ?",
    re.IGNORECASE,
)
DRUGS = (Kind.DRUG, Kind.ANTIBODY, Kind.PAYLOAD)
_TREATED = Wording("figures.treated", re.IGNORECASE)
"""Words for those who were given a treatment."""
_WERE_GIVEN = Wording("figures.given", re.IGNORECASE)
_EARLIER = Wording("figures.earlier", re.IGNORECASE)
_GIVEN = Wording("figures.given_drug", re.IGNORECASE)
_OF_WHOM = Wording("figures.of_whom")
_VERSUS_LAST = re.compile(
    r",? (?:versus|vs\.?|(?:as )?compared (?:with|to|against)|(?:as )?against|as opposed to|rather than) (?:only |just |about |approximately )?$"
)
_PAIR = re.compile(r",? and ")
_GROUPED = re.compile(r" ?(?:\([^()]*\))?,? (?:by|per|according|in|for|at|among|with|when|on|of)\b")
_MEASURED = Wording("figures.measured", re.IGNORECASE)
"""Words that set one arm against the other."""
_BOTH_ARMS = Wording("figures.both_arms")


def compare_arms(text: str, items: list[Mention]) -> list[Mention]:
    """Put the other arm's figure beside the ADC's; disown a figure that is the other arm's alone."""
    out = list(items)
    dropped: set[int] = set()
    figures = [i for i, m in enumerate(out) if m.type in ("percent", "duration", "unreached", "decimal", "number")]
    for place, i in enumerate(figures):
        a = out[i]
        if i in dropped or a.type == OTHER:
            continue
        k = figures[place + 1] if place + 1 < len(figures) else None
        if k is None or (a.type == "number" and out[k].type == "number"):
            continue
        b = out[k]
        between = text[a.end : b.start]
        if (
            len(between) > 140
            or (";" in between and not CONTROL_BEFORE.search(between, between.rindex(";")))
            or (
                any(m.type in (*ENDPOINT_TYPES, "endpoint", "reaction", "ae") for m in _after_own(a, out[i + 1 : k]))
                # "94% of those on it were alive at a year, compared with 86%"
                and not (_OF_WHOM.match(between) and _VERSUS_LAST.search(between))
            )
        ):
            continue
        if a.type in ("decimal", "number") and b.type in ("duration", "percent") and _SHARED.fullmatch(between):
            a = out[i] = replace(a, type=b.type, values=(Decimal(str(a.values[0])), *b.values[1:]))
        if a.type != b.type and {a.type, b.type} != {"duration", "unreached"}:
            continue
        stop = _END.search(text, b.end)
        limit = min(
            stop.start() if stop else len(text), b.end + 90, *(out[f].start for f in figures[place + 2 : place + 3])
        )
        after = text[b.end : limit]
        adc_after = [x for x in range(k + 1, len(out)) if out[x].start < limit and out[x].type == Kind.ADC]
        drug_after = any(x.type in DRUGS and x.start < limit for x in out[k + 1 :])
        versus = _VERSUS.search(between)
        if not versus and (said := CONTROL_BEFORE.search(between)):
            # "17.3 months; in the arm without it, 9.5", "5.7 months, the rest 2.3"
            rest = a.end + said.start()
            versus = None if any(x.type in GROUPS and x.start > a.end + said.end() for x in out[i + 1 : k]) else said
            if versus and any(m.type in FIGURES for m in out[i + 1 : k] if m.start > rest):
                versus = None
        if not versus and _two_listed(text, out, i):
            continue  # "ORR and DCR were 41% and 90%"
        if not versus and _PAIR.fullmatch(between) and _of_two_arms(text, out, i, k):
            # "compared with placebo, the medians were 4.3 and 4.5 months"
            out[i] = _compared(a, b)
            out[k] = replace(b, type=OTHER)
            dropped.add(k)
            continue
        first_arm = between[: versus.start()] if versus else between
        adc_between = any(x.type in GROUPS for x in out[i + 1 : k])
        dosed = next((x for x in out[k + 1 : k + 2] if x.type == "dosage" and AT.fullmatch(text, b.end, x.start)), None)
        if dosed and not _CONTROL.search(after):
            continue  # "40%, compared with 29% at 36 mg/m2" are two results of one drug
        begin = max(out[figures[place - 1]].end if place else 0, *(m.end() for m in _END.finditer(text, 0, a.start)), 0)
        lead = [x for x in out[:i] if x.start >= begin]
        # "9.2 months with trastuzumab and 14.2 months with the ADC", "on placebo it was 3 months versus 7 on the ADC"
        drug_first = any(
            x.type in DRUGS and _GIVEN.search(text, max(0, x.start - 40), x.start) for x in (*out[i + 1 : k], *lead)
        ) and not any(x.type in GROUPS for x in lead)
        if adc_after and not adc_between and ((versus and _CONTROL.search(first_arm)) or drug_first):
            out[k] = _compared(b, a)
            dropped.add(i)
        elif (
            versus
            or _BOTH_ARMS.match(text, b.end)
            or (
                _ALSO.search(between)
                and not adc_after
                and (
                    _CONTROL.search(after)
                    or (drug_after and adc_between and "espectively" not in after)
                    # "59% of those who received it and 41% of those who received another"
                    or (
                        _TREATED.search(between)
                        and _TREATED.search(after)
                        and (adc_between or _WERE_GIVEN.search(after))
                        and not _EARLIER.search(between + after)
                    )
                )
            )
        ):
            end = b.end
            extra = b.more
            tail = next(
                (x for x in range(k + 1, len(out)) if out[x].type == "pvalue" and out[x].start - b.end < 90), None
            )
            if tail is not None and not any(
                out[x].type in FIGURES or out[x].type in ENDPOINT_TYPES for x in range(k + 1, tail)
            ):
                extra = (*extra, (("pValue", out[tail].values[0]),))
            alone = versus is not None and k == i + 1 and len(between) < 40
            out[i] = _compared(replace(a, end=b.end if alone else a.end), replace(b, more=extra))
            out[k] = replace(b, type=OTHER, end=end)
            # "16.5 versus 12.7 months for it and chemotherapy" names both arms; "versus 7.2 months for T-DM1" the other
            both = re.search(r"\b(?:and|versus|vs\.?) ", text[out[adc_after[0]].end : limit]) if adc_after else None
            for x in adc_after:
                if not both:
                    out[x] = replace(out[x], type=Kind.DRUG)
            dropped.add(k)
    for place, i in enumerate(figures):
        a = out[i]
        if (
            i in dropped
            or a.type in (OTHER, "decimal")
            or (
                place
                and text[out[figures[place - 1]].end : a.start] == " and "
                and _two_listed(text, out, figures[place - 1])
            )
            or any(s == "comparatorValue" for group in a.more for s, _ in group)
        ):
            continue
        stop = _END.search(text, a.end)
        limit = min(
            stop.start() if stop else len(text), a.end + 80, *(out[f].start for f in figures[place + 1 : place + 2])
        )
        after = text[a.end : limit]
        begin = max(
            [
                0,
                out[figures[place - 1]].end if place else 0,
                *(m.end() for m in _END.finditer(text, max(0, a.start - 120), a.start)),
            ]
        )
        own_after = any(x.type in GROUPS and a.end <= x.start < limit for x in out)
        own_before = any(x.type in GROUPS and begin <= x.start < a.start for x in out)
        other_arm = (_CONTROL.search(after) and not _VERSUS.search(after) and not own_after and not own_before) or (
            CONTROL_BEFORE.search(text, begin, a.start) and not own_before and not own_after
        )
        if other_arm:
            out[i] = replace(a, type=OTHER)
            dropped.add(i)
    return [m for i, m in enumerate(out) if i not in dropped]


def _after_own(figure: Mention, following: Sequence[Mention]) -> Sequence[Mention]:
    """Return what follows a figure without the endpoint that it is of: "5.6 months without progression"."""
    own = following and following[0].type == "survival" and following[0].start - figure.end < 14
    return following[1:] if own and figure.type == "duration" else following


def _two_listed(text: str, items: Sequence[Mention], figure: int) -> bool:
    """Whether two endpoints joined by "and" stand before a figure, so that the next figure is the second's."""
    before = [m for m in items[:figure] if m.type in (*ENDPOINT_TYPES, "endpoint")][-2:]
    if len(before) < 2 or any(m.type in FIGURES and m.start > before[1].start for m in items[:figure]):
        return False
    return (
        re.fullmatch(
            r"(?: rates?)?(?: \([^()]{1,12}\))?,? and (?:the )?(?:median )?", text[before[0].end : before[1].start]
        )
        is not None
    )


def _of_two_arms(text: str, items: Sequence[Mention], first: int, second: int) -> bool:
    """Whether a sentence that names two arms gives the figures of both: "A" and "B"."""
    before = items[:first]
    if len([m for m in before if m.type in ENDPOINT_TYPES]) > 2 or any(
        m.type in FIGURES for m in before if m.type != "number"
    ):
        return False
    if any(m.type in ("response", "survival", Kind.CONDITION, "dosage") for m in items[second + 1 : second + 2]):
        return False
    if _GROUPED.match(text, items[second].end) or any(
        m.type == "survival" and m.entity.slug == "follow-up" for m in before
    ):
        return False  # "41% and 36% in two groups"
    if (
        sum(m.type in (Kind.CONDITION, "dosage") for m in items) < 2
        and sum(m.type in ENDPOINT_TYPES for m in before) == 1
    ):
        return True
    lead = text[: items[first].start]
    named = [m for m in before if m.type in (Kind.ADC, "it", *DRUGS)]
    if len([m for m in before if m.type == "dosage"]) > 1:
        return False
    return bool(named) and _MEASURED.search(lead) is not None


def _compared(one: Mention, other: Mention) -> Mention:
    more: dict[str, Value] = dict(one.more[0]) if one.more else {}
    if other.type != "unreached":
        more["comparatorValue"] = Decimal(str(other.values[0]))
    for group in other.more:
        more |= {s: v for s, v in group if s == "pValue" and "pValue" not in more}
    return replace(one, more=(tuple(more.items()),))
