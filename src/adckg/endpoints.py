"""The endpoints of a sentence: what each is measured by, at which time, and what a hazard ratio is of."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from adckg.model import Entity, Kind, Mention
from adckg.names import slug
from adckg.vocabulary import Vocabulary
from adckg.wordings import RareWording, Wording

ENDPOINT_TYPES = ("response", "survival", "ratio")
"""Endpoints by what measures them: a percentage, a time, a ratio. `{endpoint}` is any of them."""
GENERAL = {"adverse-event": "ae", "serious-adverse-event": "sae", "dose-limiting-toxicity": "dlt", "death": "death"}
"""Reactions that say which kind of event it is, not what happened, and the type that they are mentioned as."""
OTHER = "other"
"""The type of a value that isn't the ADC's: no rule reads it. (A reaction with how often it was seen is `seen`.)"""
FIGURES = ("percent", "duration", "unreached", "decimal", "count", "number")
_HR = re.compile(
    r"(?<![\w+-])HR(?:(?:disease |invasive disease )?(?:progression )?(?:or )?death)?(?![\w+/-])"
    r"(?= ?[\[(:=,]| (?:of|was|is|for|\d)|\d)"
)
_NO_RISK = ("follow-up", "dor", "ttr")
"""Times that no hazard ratio is of."""
_UNREACHED = Wording("figures.unreached")
_ALIVE = Wording("figures.alive", re.IGNORECASE)
_TOLD = {
    name: RareWording(f"told.{name}", re.IGNORECASE) for name in ("PSA50", "DOR", "PFS", "DCR", "SD", "CR", "ORR", "OS")
}
"""Endpoints and the words that tell them; of two that fit at one place the first counts."""
_STILL_ALIVE = re.compile(r"\b(?:still )?(?:alive|living)\b(?! (?:with|without|in|at))", re.IGNORECASE)
_AT_TIME = re.compile(r"\b(?:at|after|by) (?:the )?$", re.IGNORECASE)
_ITS_RATE = re.compile(r"(?: \([^()]{1,8}\))? rates? (?:was|were|of|is|at)?\b")
_MEDIAN = re.compile(
    r"\b(?:the (?:respective |corresponding )?)?medians?\b(?= (?:was|were|being|of|came|reached|stood|rose|not|had|has|yet|in the|for the|with)\b|,? \d|[:,] )",
    re.IGNORECASE,
)
_NOT_OF_TUMOUR = re.compile(
    r"\b(?:treat(?:ed|ment)|therapy|follow\w*|expos\w+|received|on (?:study|treatment)|observ\w+|aged?|intervals?|cycles?"
    r"|lines?|onset|resol\w+|responses?|responded|remissions?|after|before|since|previous|diagnos\w+)\b",
    re.IGNORECASE,
)
"""beside a median of something else"""
_AT_LEAST = re.compile(r"\b(?:than|at least|over|beyond|up to|by|[≥>]) ?$")
_UNTIL = re.compile(r"(?:without|before|until|till|with no|free) ")
_EITHER = re.compile(
    r"\b(?P<one>complete|partial) (?:(?:response|remission)s? |\((?:CR|PR)\) )?or (?:a )?(?!(?P=one))(?:partial"
    r"|complete) (?:response|remission)s?(?! rate)",
    re.IGNORECASE,
)
_ELLIPTIC = re.compile(
    r"\b(?P<w>complete|partial)\b(?! (?:response|remission|metabolic|molecular))"
    r"(?= ones?\b|(?: \((?:CR|PR)\))?,? (?:and|or|plus|/) (?:an? )?(?:\w+ )?(?:complete"
    r"|partial) (?:response|remission))",
    re.IGNORECASE,
)


def endpoint_type(endpoint: Entity, vocabulary: Vocabulary) -> str:
    """Return what measures an endpoint: `response` (a percentage), `survival` (a time), `ratio`; else `endpoint`."""
    if endpoint.slug.startswith("hr") or endpoint.slug.endswith("ratio"):
        return "ratio"
    row = vocabulary.rows.get((Kind.ENDPOINT, endpoint.slug))
    units = row.more.get("unit", ()) if row else ("%",)
    return {"%": "response", "months": "survival"}.get(units[0] if units else "", "endpoint")


def add_responses(text: str, items: list[Mention], vocabulary: Vocabulary) -> list[Mention]:
    """Read "complete or partial response" as a response, and "complete and partial responses" as two endpoints."""
    if "omplete" not in text and "artial" not in text and "OMPLETE" not in text:
        return items
    orr = vocabulary.find("ORR", Kind.ENDPOINT)
    for match in _EITHER.finditer(text):
        if orr:
            items = [m for m in items if m.end <= match.start() or match.end() <= m.start]
            items.append(Mention(match.start(), match.end(), "response", (orr,)))
    for match in _ELLIPTIC.finditer(text):
        entity = vocabulary.find("CR" if match["w"].lower() == "complete" else "PR", Kind.ENDPOINT)
        if entity and not any(m.start < match.end() and match.start() < m.end for m in items):
            items.append(Mention(match.start(), match.end(), "response", (entity,)))
    return sorted(items)


def add_told(text: str, items: list[Mention], vocabulary: Vocabulary) -> list[Mention]:
    """Read endpoints that are told in words ("their tumours shrank", "until the disease progressed") as endpoints, where a
    sentence has a figure for them.
    """
    if (
        not any(m.type in ("percent", "duration", "count") for m in items)
        and sum(m.type == "number" for m in items) < 2
    ):
        return items
    found: list[Mention] = []
    for name, wording in _TOLD.items():
        entity = vocabulary.find(name, Kind.ENDPOINT)
        if entity is None:
            continue
        match = wording.search(text)
        while match:
            start, end = match.span()
            # "5.6 months without progression": the words begin with the figure's own
            figure = next((m for m in items if m.type == "duration" and m.start < start < m.end < end), None)
            start = figure.end + 1 if figure else start
            if figure and _AT_LEAST.search(text, max(0, figure.start - 14), figure.start):
                match = wording.search(text, end)
                continue
            # what a wording spells out holds words that are mentions of their own
            again = any(m.start - end in (1, 2, 3) and m.values[0] == entity for m in items)
            if any(m.start < end and start < m.end for m in (*items, *found)):
                end = start + 1
            elif not again:
                found.append(Mention(start, end, endpoint_type(entity, vocabulary), (entity,)))
            match = wording.search(text, end)
    return sorted([*items, *found]) if found else items


def add_median(text: str, items: list[Mention], last: Entity | None) -> list[Mention]:
    """Read "the median" as the endpoint told of before it in the sentence, or `last`, where it has a time of its own."""
    if "edian" not in text or not any(m.type in ("duration", "unreached") for m in items):
        return items
    found: list[Mention] = []
    for match in _MEDIAN.finditer(text):
        start, end = match.span()
        following = next((m for m in items if m.start >= end), None)
        if (
            any(m.start < end and start < m.end for m in items)
            or _NOT_OF_TUMOUR.search(text, max(0, start - 40), start)
            or following is None
            or following.type not in ("duration", "unreached", "number", "decimal")
            or following.start - end > 30
            or _NOT_OF_TUMOUR.search(text, following.end, following.end + 30)
        ):
            continue
        before = [m for m in items if m.end <= start and m.type in (*FIGURES, "survival", "ratio")]
        if before and before[-1].type == "survival":
            continue  # its figure is yet to come
        named = [m for m in before if m.type in ("survival", "ratio") and m.entity.slug not in _NO_RISK]
        about = named[-1].entity if named else last if not before else None
        if about and about.label.startswith("HR-"):
            about = Entity(Kind.ENDPOINT, slug(about.label[3:]), about.label[3:])
        if about and about.slug not in ("hr", *_NO_RISK):
            found.append(Mention(start, end, "survival", (about,)))
    return sorted([*items, *found]) if found else items


def add_unreached(text: str, items: list[Mention]) -> list[Mention]:
    """Read "not reached" as the figure of a time."""
    if not any(m.type in ("survival", "ratio", "endpoint") for m in items):
        return items
    for match in _UNREACHED.finditer(text):
        if not any(m.start < match.end() and match.start() < m.end for m in items):
            items = [*items, Mention(match.start(), match.end(), "unreached", ("not reached",))]
    return sorted(items)


def join_landmarks(text: str, items: list[Mention]) -> list[Mention]:
    """Make "12-month OS rate" and "OS at 12 months" one endpoint, where the sentence has a percentage for it."""
    if not any(m.type == "percent" for m in items):
        return items
    out: list[Mention] = []
    shared: Mention | None = None
    for m in items:
        last = out[-1] if out else None
        if shared and last and m.type == "survival" and re.fullmatch(r",? and ", text[last.end : m.start]):
            # "six-month PFS and OS rates"
            both = landmark(shared, m.entity) or m.entity.label
            out.append(Mention(m.start, m.end, "response", (Entity(Kind.ENDPOINT, slug(both), both),)))
            continue
        if (
            shared
            and m.type == "survival"
            and (_ITS_RATE.match(text, m.end) or re.search(r"rates?$", text[m.start : m.end]))
        ):
            # "the 2-year EFS rate was 80% and the PFS rate 84%"
            also = landmark(shared, m.entity) or m.entity.label
            out.append(Mention(m.start, m.end, "response", (Entity(Kind.ENDPOINT, slug(also), also),)))
            continue
        if (
            last
            and m.type == "duration"
            and last.type == "number"
            and len(out) > 1
            and out[-2].type == "survival"
            and re.fullmatch(r"(?: rates?)? at (?:the )?", text[out[-2].end : last.start])
            and re.fullmatch(r",? and ", text[last.end : m.start])
        ):
            # "PFS at 6 and 12 months"
            each = [
                landmark(replace(m, values=(Decimal(str(n)), m.values[1])), out[-2].entity)
                for n in (last.values[0], m.values[0])
            ]
            if all(each):
                first, second = (Entity(Kind.ENDPOINT, slug(label), label) for label in each if label)
                out[-2:] = [
                    Mention(out[-2].start, last.end, "response", (first,)),
                    Mention(m.start, m.end, "response", (second,)),
                ]
                continue
        if (
            m.type == "duration"
            and (alive := _ALIVE.search(text, max(0, m.start - 70), m.start))
            and not (last and last.end > alive.start())
        ):
            label = landmark(
                m,
                Entity(
                    Kind.ENDPOINT,
                    "os",
                    "iDFS" if alive["invasive"] else "PFS" if alive["free"] or alive["free2"] else "OS",
                ),
            )
            if label:
                out.append(Mention(alive.start(), m.end, "response", (Entity(Kind.ENDPOINT, slug(label), label),)))
                continue
        if last and {last.type, m.type} == {"duration", "survival"}:
            between = text[last.end : m.start]
            time, endpoint = (last, m) if last.type == "duration" else (m, last)
            wanted = (
                r"[ -]?(?:\(?(?:estimated|landmark|Kaplan-Meier|modified|confirmed|radiographic|overall"
                r"|rates? (?:of|for)|probability of)\)? ?){0,3}"
                if time is last
                else r"(?: rates?)?(?: \([^()]{1,12}\))?(?: rates?)? (?:at|of at least|beyond) (?:the )?"
            )
            label = landmark(time, endpoint.entity)
            if _UNTIL.match(text, endpoint.start):
                label = None  # "six weeks without progression"
            if label and "edian" not in text[endpoint.start : endpoint.end] and re.fullmatch(wanted, between):
                entity = Entity(Kind.ENDPOINT, slug(label), label)
                rate = re.match(r" (?:mark|landmark|rates?)\b", text[m.end :])
                out[-1] = Mention(last.start, m.end + (rate.end() if rate else 0), "response", (entity,))
                shared = time if time is last else None
                continue
        out.append(m)
    return out


def join_alive(text: str, items: list[Mention]) -> list[Mention]:
    """Make one of "at twelve months" and "alive" where they stand apart: "at twelve months 61% were still alive"."""
    alive = _STILL_ALIVE.search(text) if any(m.type == "percent" for m in items) else None
    if not alive or any(m.start < alive.end() and alive.start() < m.end for m in items):
        return items
    times = [m for m in items if m.type == "duration" and _AT_TIME.search(text, max(0, m.start - 12), m.start)]
    label = landmark(times[0], Entity(Kind.ENDPOINT, "os", "OS")) if len(times) == 1 else None
    if not label:
        return items
    endpoint = Mention(*alive.span(), "response", (Entity(Kind.ENDPOINT, slug(label), label),))
    return sorted([*(m for m in items if m is not times[0]), endpoint])


def landmark(time: Mention, endpoint: Entity) -> str | None:
    """Return the name of an endpoint at a time ("OS-12mo"), or None where that is no number of months or weeks."""
    amount, measure = time.values[0], time.values[1]
    if not isinstance(amount, Decimal) or not isinstance(measure, Entity) or amount != amount.to_integral_value():
        return None
    if measure.label == "weeks":
        return f"{endpoint.label}-{amount:f}wk"
    months = amount * 12 if measure.label == "years" else amount
    return f"{endpoint.label}-{int(months)}mo" if measure.label in ("months", "years") else None


def name_hazards(text: str, items: list[Mention], vocabulary: Vocabulary, survival: Entity | None) -> list[Mention]:
    """Give a bare "hazard ratio" its endpoint: what it is said to be for, else the last named, else the next."""
    bare = vocabulary.find("hazard ratio", Kind.ENDPOINT)
    for match in _HR.finditer(text):
        said = match.group()
        if len(said) > 2:  # "HRdeath": what the risk is of, once set lower
            bare = vocabulary.find("HR-PFS" if "progression" in said else "HR-OS", Kind.ENDPOINT)
            items = [m for m in items if m.end <= match.start() or match.end() <= m.start]
        if bare and not any(m.start < match.end() and match.start() < m.end for m in items):
            items = sorted([*items, Mention(match.start(), match.end(), "ratio", (bare,))])
    out: list[Mention] = []
    for i, m in enumerate(items):
        if m.type == "ratio" and m.entity.slug == "hr":
            following = items[i + 1] if i + 1 < len(items) else None
            about: Entity | None = None
            end = m.end
            if (
                following
                and following.type == "survival"
                and re.fullmatch(r" (?:\(HR\) )?(?:for|of|in) (?:the )?(?:median )?", text[m.end : following.start])
            ):
                about = following.entity
            before = [
                x
                for x in out
                if (x.type in ("survival", "ratio") and x.entity.slug not in _NO_RISK)
                or (x.type == "response" and (re.search(r"-\d+mo$", x.entity.label) or x.entity.slug == "mortality"))
            ]
            after = [x for x in items[i + 1 :] if x.type == "survival" and x.entity.slug not in _NO_RISK]
            about = about or (before[-1].entity if before else after[0].entity if after else survival)
            if about and about.slug == "mortality":
                about = vocabulary.find("OS", Kind.ENDPOINT)
            if about:
                name = (
                    about.label
                    if about.label.startswith("HR-")
                    else "HR-" + about.label.split("-")[0].removeprefix("i")
                )
                entity = vocabulary.find(name, Kind.ENDPOINT) or Entity(Kind.ENDPOINT, slug(name), name)
                if (
                    out
                    and out[-1].type == "ratio"
                    and out[-1].values[0] == entity
                    and re.fullmatch(r"[ (\[,]*", text[out[-1].end : m.start])
                ):
                    continue  # "hazard ratio (HR)"
                m = Mention(m.start, end, "ratio", (entity,))
        out.append(m)
    return out
