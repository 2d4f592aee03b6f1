"""Figures with what belongs to them: a rate with its count, interval, p-value, the group and the dose that it was seen in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from adckg.endpoints import ENDPOINT_TYPES, FIGURES, OTHER, landmark
from adckg.model import Entity, Kind, Mention, Value
from adckg.names import slug
from adckg.values import unit
from adckg.wordings import Wording

_GLUE = Wording("figures.beside", inside=r"[\s,;:()\[\]=%/-]*(?:(?:<>)\b[\s,;:()\[\]=%/-]*){0,6}")
_THRESHOLD = Wording("figures.threshold")
_BY = Wording("figures.difference")
_LONGER = Wording("figures.longer")
_NO_RESULT = Wording("figures.no_result", re.IGNORECASE)
_RANGE = re.compile(r"(?:\d|per ?cent|%) ?(?:-|to) ?$|\bbetween \d[\d.]* ?%? and $")
_SPAN = re.compile(r"\d ?(?:-|to) ?$")
_UNIT_AFTER = re.compile(r"[)\]]* ?(?P<u>months?\b|mos?\b|weeks?\b|wks?\b|years?\b|%|per ?cent\b)")
_WITH_LIMITS = re.compile(
    r" [(\[](?:range:?,? )?(?P<low>\d+(?:\.\d+)?)\+? ?(?:-|to|,) ?(?P<high>\d+(?:\.\d+)?|NR|NE|NC|NA|not (?:evaluable|estimable|reached)(?: \[NE\])?)\+?[)\]]"
    r" ?(?P<u>months?\b|mos?\b|weeks?\b|wks?\b|years?\b|%|per ?cent\b)"
)
_BARE = re.compile(r" ?[(\[](?P<low>\d+(?:\.\d+)?) ?%?(?: ?- ?| to |, )(?P<high>\d+(?:\.\d+)?) ?(?:%|months?)?[)\]]")
"""an interval after a figure, without a word"""
_LISTED = re.compile(r" ?(?:,|/) ?| (?:and|or) |, (?:and|or) ")
_OTHER_UNIT = re.compile(r"(?:grades?|days?|weeks?|cycles?|phase|n ?=|p ?[=<]|stage|HR) ?$", re.IGNORECASE)
_RATES = re.compile(r"(?: \([^()]{1,20}\))? ?rates\b")
_AT = re.compile(r",? (?:at|after) (?:the )?")
_ARMS = re.compile(r",? (?:and|versus|vs\.?|compared with|against) ")
_COUNTED = Wording("trials.patients")
_OF = re.compile(r"\b(?:of|among)(?: (?:the|those|these|all|a total of)){0,2}(?: first)? $", re.IGNORECASE)
CONTROL_BEFORE = Wording("figures.control_before", re.IGNORECASE)
_IN_CONTROL = re.compile(
    r" (?:in|for|on|among|with) (?:the )?(?:controls?|comparator|placebo|chemotherapy)\b", re.IGNORECASE
)
_AGAINST = Wording("figures.versus", re.IGNORECASE)
_THUS = Wording("figures.thus")
_SIZE = re.compile(r"\b[Nn] ?= ?(\d{1,4})(?= ?[),;])")
AT = re.compile(
    r",? (?:(?:of|in|among|for|at|with|on|the|those|all|patients|pts|women|subjects|participants|who"
    r"|treated|dosed|given|received|receiving|starting"
    r"|started|dose|doses|level|cohort|group|arm|a|to|evaluable) ){1,8}"
)
_AMONG = re.compile(r" (?:of (?:patients|those|women) )?(?:in|among|for|of|with)(?: [\w/+-]+){0,5} ")


def share_units(text: str, items: list[Mention]) -> list[Mention]:
    """Give a number the unit of the figure that it is listed with: "in 57, 39 and 20%", "36.6 months, as against 13.4"."""
    out = list(items)
    for i in range(len(out) - 1, 0, -1):
        a, b = out[i - 1], out[i]
        if (
            a.type in ("number", "decimal")
            and b.type in ("percent", "duration")
            and _LISTED.fullmatch(text, a.end, b.start)
            and not _OTHER_UNIT.search(text, max(0, a.start - 14), a.start)
        ):
            out[i - 1] = replace(a, type=b.type, values=(Decimal(str(a.values[0])), *b.values[1:]))
    for i, b in enumerate(out):
        if b.type not in ("number", "decimal") or not i or _COUNTED.match(text, b.end):
            continue
        last = next((m for m in reversed(out[max(0, i - 3) : i]) if m.type in FIGURES), None)
        near = (
            last
            and last.type in ("percent", "duration")
            and b.start - last.end < 50
            and (out[i - 1] is last or out[i - 1].type in (Kind.ADC, Kind.DRUG, "it", "survival", "response"))
        )
        other = "=" in text[b.start - 2 : b.start] or _OTHER_UNIT.search(text, max(0, b.start - 14), b.start)
        if (
            last
            and near
            and not other
            and (
                _AGAINST.search(text, last.end, b.start)
                or CONTROL_BEFORE.search(text, last.end, b.start)
                or _IN_CONTROL.match(text, b.end)
            )
        ):
            out[i] = replace(b, type=last.type, values=(Decimal(str(b.values[0])), *last.values[1:]))
    return out


def add_sizes(text: str, items: list[Mention], sizes: Sequence[int]) -> list[Mention]:
    """Give a rate the number of patients that stands before it, where that is so much of a group that was told of."""
    out = list(items)
    for i, m in enumerate(out):
        known = {slot for group in m.more for slot, _ in group}
        rate = m.values[0]
        if m.type != "percent" or "denominator" in known or not isinstance(rate, Decimal) or rate == 0:
            continue
        part, near = dict(m.more[0]).get("numerator") if m.more else None, None
        if part is None:
            before = out[i - 1] if i else None
            near = before and (
                before
                if before.type == "number"
                else out[i - 2]
                if i > 1 and before.type in ENDPOINT_TYPES and out[i - 2].type == "number"
                else None
            )
            if (
                not near
                or near.type != "number"
                or m.start - near.end > 75
                or ";" in text[near.end : m.start]
                or "." in text[near.end : m.start]
            ):
                continue
            part = near.values[0]
        here = [
            int(str(x.values[0]))
            for x in out[:i]
            if x.type == "number" and (_COUNTED.match(text, x.end) or _OF.search(text, max(0, x.start - 30), x.start))
        ]
        near_enough = Decimal("0.06") if rate % 1 else Decimal("0.51")
        whole = next(
            (
                n
                for n in (*reversed(here), *reversed(sizes))
                if isinstance(part, int) and part <= n and n > 1 and abs(100 * Decimal(part) / n - rate) <= near_enough
            ),
            None,
        )
        if whole is not None and isinstance(part, int):
            if "numerator" not in known:
                m = _beside(m, "numerator", part)
                out = [replace(x, type=OTHER) if x is near else x for x in out]
            out[i] = _beside(m, "denominator", whole)
    return out


def join_figures(text: str, items: list[Mention]) -> list[Mention]:
    """Join each figure with its count, interval and p-value; disown thresholds and ranges."""
    out: list[Mention] = []
    i = 0
    while i < len(items):
        m = items[i]
        i += 1
        if m.type in ("duration", "percent") and (
            (_BY.search(text, max(0, m.start - 24), m.start) and not text.startswith(" of ", m.end))
            or _LONGER.match(text, m.end)
        ):
            out.append(replace(m, type=OTHER))  # a difference
            continue
        if m.type == "duration" and (
            _THRESHOLD.search(text, max(0, m.start - 16), m.start) or _SPAN.search(text, max(0, m.start - 12), m.start)
        ):
            out.append(replace(m, type=OTHER))
            continue
        if m.type == "percent" and (
            _THRESHOLD.search(text, max(0, m.start - 16), m.start)
            or _NO_RESULT.match(text, m.end)
            or _RANGE.search(text, max(0, m.start - 20), m.start)
        ):
            out.append(replace(m, type=OTHER))
            continue
        if m.type not in FIGURES:
            out.append(m)
            continue
        start, end, values, kind = m.start, m.end, m.values, m.type
        more: dict[str, Value] = dict(m.more[0]) if m.more else {}
        if kind == "count":
            # "16 of 48 patients with breast cancer (33%)"
            far = next((x for x in range(i, min(i + 4, len(items))) if items[x].type in FIGURES), None)
            if (
                far is not None
                and far > i
                and items[far].type == "percent"
                and text[items[far].start - 1] == "("
                and items[far].start - end < 70
                and _fits(m, items[far].values[0])
            ):
                counted = (("numerator", values[0]), ("denominator", values[1]))
                items[far] = replace(items[far], more=(counted,))
                continue
        if (
            kind in ("count", "number")
            and i < len(items)
            and items[i].type == "percent"
            and _GLUE.fullmatch(text, end, items[i].start)
        ):
            rate = items[i].values[0]
            if kind == "count" and _fits(m, rate):
                more |= {"numerator": values[0], "denominator": values[1]}
                values, kind, end = items[i].values, "percent", items[i].end
                i += 1
            elif kind == "number" and "(" in text[end : items[i].start]:
                more["numerator"] = values[0]
                values, kind, end = items[i].values, "percent", items[i].end
                whole = _whole(text, out, more["numerator"], values[0])
                i += 1
                of_all = re.compile(r"\)? of (?:the )?").match(text, end)
                if (
                    of_all
                    and i < len(items)
                    and items[i].type == "number"
                    and items[i].start == of_all.end()
                    and _fits(Mention(0, 0, "count", (more["numerator"], items[i].values[0])), values[0])
                ):
                    whole, end = items[i].values[0], items[i].end
                    i += 1
                if whole is not None:
                    more["denominator"] = whole
        if kind in ("decimal", "number") and (said := _UNIT_AFTER.match(text, end)):
            values, kind, end = *_with_unit(values[0], said["u"]), said.end()
        if kind in ("decimal", "number") and (said := _WITH_LIMITS.match(text, end)):
            # "9.5 (7.5-16.2) months"
            values, kind, end = *_with_unit(values[0], said["u"]), said.end()
            if re.search(r"\b9[059] ?% ?CI\b", text[max(0, start - 120) : start]):
                more |= {"ciLow": Decimal(said["low"])} | (
                    {"ciHigh": Decimal(said["high"])} if said["high"][0].isdigit() else {}
                )
            while i < len(items) and items[i].start < end:
                i += 1
        while i < len(items) and items[i].start - end < 70 and _GLUE.fullmatch(text, end, items[i].start):
            n = items[i]
            if n.type == "count" and kind == "percent" and "denominator" not in more and _fits(n, values[0]):
                more |= {"numerator": n.values[0], "denominator": n.values[1]}
            elif n.type == "ci" and "ciLow" not in more and _within(values[0], n):
                more |= {s: v for s, v in zip(("ciLow", "ciHigh"), n.values, strict=True) if isinstance(v, Decimal)}
            elif n.type == "pvalue" and "pValue" not in more:
                more["pValue"] = n.values[0]
            elif n.type == "number" and re.match(r" events?\b", text[n.end : n.end + 8]):
                pass  # "(95% CI, 4.3-6.3; 166 events)"
            else:
                break
            end = n.end
            i += 1
            if kind in ("decimal", "number") and (said := _UNIT_AFTER.match(text, end)):
                values, kind, end = *_with_unit(values[0], said["u"]), said.end()
        if kind in ("percent", "duration", "decimal") and "ciLow" not in more and (said := _BARE.match(text, end)):
            low, high, value = Decimal(said["low"]), Decimal(said["high"]), values[0]
            # a range of times is wider than an interval
            if (
                isinstance(value, Decimal)
                and low <= value <= high
                and (kind == "percent" or high <= low * Decimal("1.9"))
            ):
                more |= {"ciLow": low, "ciHigh": high}
                end = said.end()
                while i < len(items) and items[i].start < end:
                    i += 1
        inside = text[start:end]
        if end > m.end and (inside.count("(") > inside.count(")") or inside.count("[") > inside.count("]")):
            closing = re.match(r"[^()\[\]]{0,40}[)\]]", text[end : end + 60])
            if closing and not any(x.start < end + closing.end() for x in items[i:]):
                end += closing.end()
        out.append(Mention(start, end, kind, values, (tuple(more.items()),) if more else ()))
    return out


def join_series(text: str, items: list[Mention]) -> list[Mention]:
    """Make one of a rate, the other arm's and the time that they are of, where a sentence gives them for several times:
    "OS rates with it and chemotherapy were 61% and 47% at 12 months, 39% and 32% at 18 months".
    """
    out: list[Mention] = []
    endpoint: Entity | None = None
    for i, m in enumerate(items):
        if m.type == "survival":
            endpoint = m.entity if _RATES.match(text, m.end) or _RATES.search(text, m.start, m.end) else None
        elif m.type == "duration" and endpoint and out and out[-1].type == "percent" and i and items[i - 1] is out[-1]:
            label = landmark(m, endpoint)
            if label and _AT.fullmatch(text, out[-1].end, m.start):
                first = out.pop()
                more = dict(first.more[0]) if first.more else {}
                if out and out[-1].type == "percent" and _ARMS.fullmatch(text, out[-1].end, first.start):
                    other, first = first, out.pop()
                    more = (dict(first.more[0]) if first.more else {}) | {"comparatorValue": other.values[0]}
                more["endpoint"] = Entity(Kind.ENDPOINT, slug(label), label)
                out.append(Mention(first.start, m.end, "landmark", first.values, (tuple(more.items()),)))
                continue
        out.append(m)
    return out


def join_strays(text: str, items: list[Mention]) -> list[Mention]:
    """Give an interval or a p-value to the last figure before it: "a 24% response rate (ORR) [95% CI, 16-33]"."""
    out: list[Mention] = []
    last = -1
    for m in items:
        if (
            m.type in ("ci", "pvalue")
            and last >= 0
            and m.start - out[last].end < 110
            and ";" not in text[out[last].end : m.start]
        ):
            figure = out[last]
            known = {slot for group in figure.more for slot, _ in group}
            if m.type == "ci" and "ciLow" not in known and _within(figure.values[0], m):
                for slot, value in zip(("ciLow", "ciHigh"), m.values, strict=True):
                    if isinstance(value, Decimal):
                        figure = _beside(figure, slot, value)
                out[last] = figure
                continue
            if m.type == "pvalue" and "pValue" not in known:
                out[last] = _beside(figure, "pValue", m.values[0])
                continue
        out.append(m)
        if m.type in ("percent", "duration", "decimal"):
            last = len(out) - 1
        elif m.type in ("count", "number", "ratio", OTHER):
            last = -1
    return out


def join_counts(text: str, items: list[Mention]) -> list[Mention]:
    """Give a rate the count that it sums up ("8 of 11 responded, resulting in a rate of 73%"), or the number of those
    whom it is of ("52.3% in lung cancer (N = 65)").
    """
    out = list(items)
    for i, m in enumerate(out):
        if m.type != "percent" or any(s == "denominator" for group in m.more for s, _ in group):
            continue
        rate = m.values[0]
        count = next((x for x in reversed(out[:i]) if x.type in ("count", "percent", OTHER)), None)
        if count and count.type == "count" and _fits(count, rate) and _THUS.search(text, count.end, m.start):
            out[i] = _beside(_beside(m, "numerator", count.values[0]), "denominator", count.values[1])
            continue
        following = next((x.start for x in out[i + 1 :] if x.type in ("percent", "duration")), len(text))
        size = _SIZE.search(text, m.end, min(following, m.end + 90))
        if size and isinstance(rate, Decimal) and rate % 1 and int(size[1]) < 400:
            whole = int(size[1])
            part = (rate * whole / 100).to_integral_value()
            if abs(100 * part / whole - rate) <= Decimal("0.051"):
                out[i] = _beside(m, "denominator", whole)
    return out


def _whole(text: str, before: Sequence[Mention], part: Value, rate: Value) -> Value | None:
    """Return the number of patients, said earlier in the sentence, of whom `part` are `rate` percent."""
    for m in reversed(before):
        if m.type == "number" and isinstance(m.values[0], int) and m.values[0] > 0 and isinstance(rate, Decimal):
            counted = re.compile(r" (?:[\w/-]+ ){0,3}(?:patients|pts|women|men|subjects|participants)\b").match(
                text, m.end
            )
            if counted and abs(100 * Decimal(str(part)) / m.values[0] - rate) <= Decimal("0.6"):
                return m.values[0]
    return None


def _fits(count: Mention, rate: Value) -> bool:
    top, bottom = (Decimal(str(v)) for v in count.values)
    return isinstance(rate, Decimal) and abs(100 * top / bottom - rate) <= 1


def _within(value: Value, interval: Mention) -> bool:
    low, high = interval.values
    if not isinstance(value, Decimal | int) or not isinstance(low, Decimal):
        return False
    return low <= value and (not isinstance(high, Decimal) or value <= high)


def _with_unit(value: Value, said: str) -> tuple[tuple[Value, ...], str]:
    number = Decimal(str(value))
    if said[0] in "%p":
        return (number,), "percent"
    return (number, unit({"m": "months", "w": "weeks", "y": "years"}[said[0].lower()])), "duration"


def join_groups(text: str, items: list[Mention]) -> list[Mention]:
    """Put beside a figure the dose that it was seen at, and, where a sentence tells of several groups, the group."""
    out = list(items)
    grouped: list[tuple[int, Value]] = []
    for i, m in enumerate(items[:-1]):
        if m.type not in ("percent", "duration", "unreached"):
            continue
        n = items[i + 1]
        following = items[i + 2] if i + 2 < len(items) else None
        # "40%, at 2.4 mg/kg 25%": the dose is the next figure's
        next_ones = following and following.type == m.type and following.start - n.end < 4 and text[m.end] == ","
        if n.type == "dosage" and len(n.values) == 1 and not next_ones and AT.fullmatch(text, m.end, n.start):
            out[i] = _beside(m, "dose", n.values[0])
        elif n.type == Kind.CONDITION and _AMONG.fullmatch(text, m.end, n.start):
            grouped.append((i, n.entity.label))
    if len(grouped) > 1:
        for i, group in grouped:
            out[i] = _beside(out[i], "population", group)
    return out


def _beside(mention: Mention, slot: str, value: Value) -> Mention:
    first = mention.more[0] if mention.more else ()
    return replace(mention, more=((*first, (slot, value)), *mention.more[1:]))
