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

from adckg.model import Entity, Kind, Mention, Value
from adckg.names import slug
from adckg.values import unit
from adckg.vocabulary import Vocabulary

ENDPOINT_TYPES = ("response", "survival", "ratio")
"""Endpoints by what measures them: a percentage, a time, a ratio. `{endpoint}` is any of them."""
GENERAL = {"adverse-event": "ae", "serious-adverse-event": "sae", "dose-limiting-toxicity": "dlt", "death": "death"}
"""Reactions that say which kind of event it is, not what happened, and the type that they are mentioned as."""
OTHER = "other"
"""The type of a value that isn't the ADC's: no rule reads it. (A reaction with how often it was seen is `seen`.)"""
GROUPS = (Kind.ADC, "it")
FIGURES = ("percent", "duration", "unreached", "decimal", "count", "number")
More = tuple[tuple[tuple[str, Value], ...], ...]

_WORDS = (
    r"patients?|pts|women|men|subjects|participants|evaluable|treated|efficacy|response|of|the|all"
    r"|these|those|who|were|95|n|N|CI|IC|exact|"
    r"confidence|intervals?|or|and|with|an?|two|sided|one|stratified|nominal|log|rank|i\.e|range|in"
    r"|total|statistically|significant|p|value|(?:\d+ )?events?"
)
_GLUE = re.compile(rf"[\s,;:()\[\]=%/-]*(?:(?:{_WORDS})\b[\s,;:()\[\]=%/-]*){{0,6}}")
_VERSUS = re.compile(
    r"\b(?:versus|vs\.?|v\.?|compared (?:with|to|against)|against|as opposed to|than|relative to|over|from) ",
    re.IGNORECASE,
)
_ALSO = re.compile(r"\b(?:and|while|whereas|but|with)\b|,", re.IGNORECASE)
_CONTROL = re.compile(
    r"\b(?:controls?|placebo|comparator|standard[- ](?:of[- ]care|therapy|treatment|chemotherapy|regimen)|SOC"
    r"|chemotherapy (?:arm|group|alone)|(?:with|on|for|receiving|to|given"
    r"|in) (?:the )?(?:(?!(?:failed|failing|prior|previous\w*|after|refractory|progress\w*|earlier|eligible|naive)\b)[\w-]+ ){0,3}?(?:chemotherapy|chemo|TPC)\b"
    r"|(?:investigator|physician)s?'?s?'? choice|treatment of (?:the )?(?:physician|investigator)"
    r"|alone|not|historical"
    r"|usually reported|conventional (?:treatment|therapy|chemotherapy))\b",
    re.IGNORECASE,
)
_CONTROL_BEFORE = re.compile(
    r"\b(?:(?:control|placebo|comparator|chemotherapy|chemo|standard[\w -]{0,20}) (?:arm|group|cohort|patients)"
    r"|(?:on|given|receiving|with|for) (?:placebo|(?:the )?(?:[\w-]+ )?chemotherapy(?: alone)?"
    r"|standard[\w -]{0,20}|(?:investigator|physician)'?s'? choice)|the controls)\b",
    re.IGNORECASE,
)
_END = re.compile(r"[;)]|,(?= )|\.(?=\s|$)")
_THRESHOLD = re.compile(
    r"(?:[≥>≤<]=? ?|\b(?:up to|(?:more|less|fewer|higher|greater|lower|longer|better) than|over|under|below|above"
    r"|at least|exceed(?:s|ed|ing)?|beyond|a minimum of) )$"
)
_BY = re.compile(r"\bby (?:a median of |about |approximately |nearly |over |more than |some |roughly )?$")
_LONGER = re.compile(
    r" (?:longer|more than|improvement|gain|increase|extension|lower (?:risk|hazard)|higher than|fewer)\b"
)
_NO_RESULT = re.compile(
    r" ?(?:to|-) ?\d[\d.]* ?(?:%|per ?cent)|,? (?:of (?:the |these |those )?respon\w+ )?(?:(?:had )?maintained|remain(?:ed|s)? in"
    r"|sustained) (?:(?:their|a|the|an) )?(?:[\w-]+ )?(?:response|remission)s?\b"
    r"| ?(?:\(.{0,20}\) )?(?:of (?:the )?)?(?:tumou?r |cancer |malignant |viable )*(?:cells?"
    r"|expression|staining|positiv\w+|intensity|confidence|power|(?:or )?(?:more|higher|greater) of)\b"
    r"| (?:reduction|decrease|decline|increase) in\b|(?: of)? (?:net |annual )?(?:sales|shares|revenue|equity)\b",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(?:\d|per ?cent|%) ?(?:-|to) ?$|\bbetween \d[\d.]* ?%? and $")
_SPAN = re.compile(r"\d ?(?:-|to) ?$")
_UNIT_AFTER = re.compile(r"[)\]]* ?(?P<u>months?\b|mos?\b|weeks?\b|wks?\b|years?\b|%|per ?cent\b)")
_WITH_LIMITS = re.compile(
    r" [(\[](?:range:?,? )?(?P<low>\d+(?:\.\d+)?)\+? ?(?:-|to|,) ?(?P<high>\d+(?:\.\d+)?|NR|NE|NC|NA|not (?:evaluable|estimable|reached)(?: \[NE\])?)\+?[)\]]"
    r" ?(?P<u>months?\b|mos?\b|weeks?\b|wks?\b|years?\b|%|per ?cent\b)"
)
_SHARED = re.compile(
    r" ?(?:\([^()]{0,60}\) ?)?(?:versus|vs\.?|v\.?|compared (?:with|to)|and|or|,|/|against)(?: with| to)? ?",
    re.IGNORECASE,
)
_HR = re.compile(
    r"(?<![\w+-])HR(?:(?:disease |invasive disease )?(?:progression )?(?:or )?death)?(?![\w+/-])"
    r"(?= ?[\[(:=,]| (?:of|was|is|for|0)|\d)"
)
_NO_RISK = ("follow-up", "dor", "ttr")
"""Times that no hazard ratio is of."""
_UNREACHED = re.compile(
    r"\b(?:not|never) (?:yet )?(?:been )?(?:reached|attained|estimable|evaluable)(?: yet)?\b"
    r"|(?<=n't )(?:yet )?(?:been )?reached\b"
    r"|\byet to be reached\b|\bNR\b|\bcould not be (?:estimated|calculated)\b|\bunreached\b"
)
_ALIVE = re.compile(
    r"\b(?:(?:alive|survived|surviving|living)(?P<free>(?:,? and)? (?:progression[- ]free"
    r"|without (?:disease )?progression))?"
    r"|(?P<invasive>(?:free of|without) invasive disease)|(?P<free2>free (?:of"
    r"|from) (?:disease )?progression|progression[- ]free)) (?:at|after|for at least|beyond|for) (?:the )?$",
    re.IGNORECASE,
)
_ITS_RATE = re.compile(r"(?: \([^()]{1,8}\))? rates? (?:was|were|of|is|at)?\b")
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
_DRUGS = (Kind.DRUG, Kind.ANTIBODY, Kind.PAYLOAD)
_OF_DRUG_BEFORE = re.compile(
    r"(?: \([^()]{0,40}\))?,? ?\(?(?:(?:given|dosed|administered) )?(?:at )?(?:an? )?(?:(?:fixed |flat )?doses? of )?"
)
_OF_DRUG_AFTER = re.compile(r" ?(?:IV |intravenous |oral )?(?:of )?(?:IV |intravenous |oral )?")
_TREATED = re.compile(
    r"\b(?:patients|those|pts|women|participants|subjects|people) (?:who |that )?(?:were |had )?"
    r"(?:receiv\w+|treated|given|assigned|randomi[sz]ed|on|taking|in the)\b"
    r"|\b(?:in|for|with|on|of) (?:the )?(?:[\w+/'-]+ ){1,6}(?:arm|group)\b",
    re.IGNORECASE,
)
"""Words for those who were given a treatment."""
_WERE_GIVEN = re.compile(r"\b(?:receiv\w+|treated|given|assigned|taking)\b", re.IGNORECASE)
_EARLIER = re.compile(r"\b(?:prior|previous\w*|earlier|lines?|doses?|cycles?|at least|pretreated|mg)\b", re.IGNORECASE)
_GIVEN = re.compile(
    r"\b(?:with|on|for|to|given|receiv\w+|in the|treated with) (?:the )?(?:[\w-]+ ){0,2}$", re.IGNORECASE
)
_THUS = re.compile(
    r"\b(?:resulting in|for an?|corresponding to|representing|yielding|giving|translat\w+ (?:in)?to|equat\w+ to|equivalent to)\b"
)
_SIZE = re.compile(r"\b[Nn] ?= ?(\d{1,4})(?= ?[),;])")
_OF_WHOM = re.compile(r"\)? (?:of|in|among) (?:the |all )?(?:patients|those|pts|women|participants|subjects|people)\b")
_VERSUS_LAST = re.compile(
    r",? (?:versus|vs\.?|compared (?:with|to|against)|as against) (?:only |just |about |approximately )?$"
)
_BOTH_ARMS = re.compile(r",? (?:in|for) the (?:respective|two) (?:treatment )?(?:arms|groups)\b")
_CAP = re.compile(
    r"\b(?:up to|maximum(?: dose)? of|not to exceed|capped at|max\.?) (?:a )?(?:maximum |total )?(?:dose )?(?:of )?$"
)
_EXAMINED = re.compile(
    r"\b(?:assess\w*|scan\w*|imag\w+|measured|monitor\w*|visits?|biops\w+|sampl\w+|examin\w+|follow\w*|tested|MRIs?|CTs?)\b"
    r"(?! dos)[^.;()]{0,30}$",
    re.IGNORECASE,
)
_PACK = re.compile(
    r"[ -](?:single-dose |lyophili[sz]ed )?(?:vials?|tablets?|capsules?|powder|per m[lL])\b"
    r"|/ ?m[lL]\b"
)
_AT = re.compile(
    r",? (?:(?:of|in|among|for|at|with|on|the|those|all|patients|pts|women|subjects|participants|who"
    r"|treated|dosed|given|received|receiving|starting"
    r"|started|dose|doses|level|cohort|group|arm|a|to|evaluable) ){1,8}"
)
_AMONG = re.compile(r" (?:of (?:patients|those|women) )?(?:in|among|for|of|with)(?: [\w/+-]+){0,5} ")
_DESCRIBED = re.compile(
    r"(?:\b(?:transient|reversible|mild|moderate|severe|low-grade|high-grade|asymptomatic|manageable"
    r"|transitory|treatment-related|drug-related|related"
    r"|new|isolated|uncomplicated|laboratory|immune-related|temporary|self-limiting|mostly|mainly"
    r"|generally)[ -]){1,4}$"
)
_OF_GRADE = re.compile(
    r" (?:(?!(?:toxicit(?:y|ies)|events?|reactions?|effects?|cases?|episodes?|in|with|and|or|of|to|at|for|by|from"
    r"|were|was|are|is|includ\w+|such|mainly|mostly|patients?)\b)[\w-]+ ){0,2}(?:(?:event|case|episode)s? of )?"
)
_TWO_GRADES = re.compile(r"\b(?:all|any)[- ]?grades?(?: events)?[;,/ ]{1,3}(?:and |or |vs\.? )?$", re.IGNORECASE)
"""what stands before a grade where frequencies come in pairs: "(any grade/grade 3 or higher)"."""
_WORD = (
    r"(?!(?:was|were|is|are|had|has|have|led|leading|occurr\w+|of|in|with|to|by|from|at|for|who|which|that|patients?"
    r"|including|resulting|due|and|or|treatment|grade|events?|reactions?|toxicit\w+|effects?|followed|respectively"
    r"|as|the|all|most|some|mainly|any|other|but|also|both|each)\b)[a-z][a-z'-]{2,25}"
)
_ITEM = re.compile(rf", (?P<name>{_WORD}(?: {_WORD}){{0,3}})(?= ?\([^()]*\),|,)")
_LIST_SO_FAR = re.compile(r"(?: ?\([^()]*\))?(?:, [a-z' -]{3,45}(?: ?\([^()]*\))?){0,3}, ")
_OF_ALL = re.compile(r" of (?:the |all |treated )?(?:patients|pts|women|subjects|participants|cases) ?(?=[(\[])")
_IN = re.compile(
    r"(?:,? | in | in up to | at | occurred in | affecting | \(| (?:was|were|has been|have been) (?:reported|observed|seen|noted|recorded) in )"
)


def bind(
    text: str, mentions: Sequence[Mention], vocabulary: Vocabulary, survival: Entity | None = None
) -> list[Mention]:
    """Return a sentence's mentions (in order, not overlapping) with each figure and what belongs to it as one.

    `survival` is the endpoint that a hazard ratio is of where the sentence names none.
    """
    items = [_typed(m, vocabulary) for m in mentions]
    if not any(m.type in (*FIGURES, "dosage", "schedule", "reaction", *ENDPOINT_TYPES) for m in items):
        return items
    items = _doses(text, items)
    items = _responses(text, items, vocabulary)
    items = _unreached(text, items)
    items = _landmarks(text, items)
    items = _hazards(text, items, vocabulary, survival)
    items = _counted(text, _strays(text, _figures(text, items)))
    items = _arms(text, items)
    items = _cohorts(text, items)
    return _reactions(text, _unlisted(text, items))


def _typed(mention: Mention, vocabulary: Vocabulary) -> Mention:
    if mention.type == Kind.ENDPOINT:
        return replace(mention, type=endpoint_type(mention.entity, vocabulary))
    if mention.type == Kind.REACTION:
        return replace(mention, type=GENERAL.get(mention.entity.slug, mention.type))
    return mention


def endpoint_type(endpoint: Entity, vocabulary: Vocabulary) -> str:
    """Return what measures an endpoint: `response` (a percentage), `survival` (a time), `ratio`; else `endpoint`."""
    if endpoint.slug.startswith("hr") or endpoint.slug.endswith("ratio"):
        return "ratio"
    row = vocabulary.rows.get((Kind.ENDPOINT, endpoint.slug))
    units = row.more.get("unit", ()) if row else ("%",)
    return {"%": "response", "months": "survival"}.get(units[0] if units else "", "endpoint")


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
        others = (last and last.type in _DRUGS and _OF_DRUG_BEFORE.fullmatch(text, last.end, m.start)) or (
            following and following.type in _DRUGS and _OF_DRUG_AFTER.fullmatch(text, m.end, following.start)
        )
        # "1.8 mg/kg up to 180 mg": the cap is no dose
        flat = isinstance(m.values[0], Entity) and m.values[0].label.endswith(" mg")
        cap = flat and last and _CAP.search(text, max(0, m.start - 30), m.start)
        if others or cap or _PACK.match(text, m.end):
            out[i] = replace(m, type=OTHER)
    return out


def _responses(text: str, items: list[Mention], vocabulary: Vocabulary) -> list[Mention]:
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


def _unreached(text: str, items: list[Mention]) -> list[Mention]:
    """Read "not reached" as the figure of a time."""
    if not any(m.type == "survival" for m in items):
        return items
    for match in _UNREACHED.finditer(text):
        if not any(m.start < match.end() and match.start() < m.end for m in items):
            items = [*items, Mention(match.start(), match.end(), "unreached", ("not reached",))]
    return sorted(items)


def _landmarks(text: str, items: list[Mention]) -> list[Mention]:
    """Make "12-month OS rate" and "OS at 12 months" one endpoint, where the sentence has a percentage for it."""
    if not any(m.type == "percent" for m in items):
        return items
    out: list[Mention] = []
    shared: Mention | None = None
    for m in items:
        last = out[-1] if out else None
        if shared and last and m.type == "survival" and re.fullmatch(r",? and ", text[last.end : m.start]):
            # "six-month PFS and OS rates"
            both = _landmark(shared, m.entity) or m.entity.label
            out.append(Mention(m.start, m.end, "response", (Entity(Kind.ENDPOINT, slug(both), both),)))
            continue
        if (
            shared
            and m.type == "survival"
            and (_ITS_RATE.match(text, m.end) or re.search(r"rates?$", text[m.start : m.end]))
        ):
            # "the 2-year EFS rate was 80% and the PFS rate 84%"
            also = _landmark(shared, m.entity) or m.entity.label
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
                _landmark(replace(m, values=(Decimal(str(n)), m.values[1])), out[-2].entity)
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
            label = _landmark(
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
            label = _landmark(time, endpoint.entity)
            if label and "edian" not in text[endpoint.start : endpoint.end] and re.fullmatch(wanted, between):
                entity = Entity(Kind.ENDPOINT, slug(label), label)
                rate = re.match(r" (?:mark|landmark|rates?)\b", text[m.end :])
                out[-1] = Mention(last.start, m.end + (rate.end() if rate else 0), "response", (entity,))
                shared = time if time is last else None
                continue
        out.append(m)
    return out


def _landmark(time: Mention, endpoint: Entity) -> str | None:
    amount, measure = time.values[0], time.values[1]
    if not isinstance(amount, Decimal) or not isinstance(measure, Entity) or amount != amount.to_integral_value():
        return None
    if measure.label == "weeks":
        return f"{endpoint.label}-{amount:f}wk"
    months = amount * 12 if measure.label == "years" else amount
    return f"{endpoint.label}-{int(months)}mo" if measure.label in ("months", "years") else None


def _hazards(text: str, items: list[Mention], vocabulary: Vocabulary, survival: Entity | None) -> list[Mention]:
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
                or (x.type == "response" and re.search(r"-\d+mo$", x.entity.label))
            ]
            after = [x for x in items[i + 1 :] if x.type == "survival" and x.entity.slug not in _NO_RISK]
            about = about or (before[-1].entity if before else after[0].entity if after else survival)
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


def _figures(text: str, items: list[Mention]) -> list[Mention]:
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
        inside = text[start:end]
        if end > m.end and (inside.count("(") > inside.count(")") or inside.count("[") > inside.count("]")):
            closing = re.match(r"[^()\[\]]{0,40}[)\]]", text[end : end + 60])
            if closing and not any(x.start < end + closing.end() for x in items[i:]):
                end += closing.end()
        out.append(Mention(start, end, kind, values, (tuple(more.items()),) if more else ()))
    return out


def _strays(text: str, items: list[Mention]) -> list[Mention]:
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


def _counted(text: str, items: list[Mention]) -> list[Mention]:
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


def _arms(text: str, items: list[Mention]) -> list[Mention]:
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
            or ";" in between
            or (
                any(m.type in (*ENDPOINT_TYPES, "endpoint", "reaction", "ae") for m in out[i + 1 : k])
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
        drug_after = any(x.type in _DRUGS and x.start < limit for x in out[k + 1 :])
        versus = _VERSUS.search(between)
        if not versus and _two_listed(text, out, i):
            continue  # "ORR and DCR were 41% and 90%"
        first_arm = between[: versus.start()] if versus else between
        adc_between = any(x.type in GROUPS for x in out[i + 1 : k])
        dosed = next(
            (x for x in out[k + 1 : k + 2] if x.type == "dosage" and _AT.fullmatch(text, b.end, x.start)), None
        )
        if dosed and not _CONTROL.search(after):
            continue  # "40%, compared with 29% at 36 mg/m2" are two results of one drug
        begin = max(out[figures[place - 1]].end if place else 0, *(m.end() for m in _END.finditer(text, 0, a.start)), 0)
        lead = [x for x in out[:i] if x.start >= begin]
        # "9.2 months with trastuzumab and 14.2 months with the ADC", "on placebo it was 3 months versus 7 on the ADC"
        drug_first = any(
            x.type in _DRUGS and _GIVEN.search(text, max(0, x.start - 40), x.start) for x in (*out[i + 1 : k], *lead)
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
            _CONTROL_BEFORE.search(text, begin, a.start) and not own_before and not own_after
        )
        if other_arm:
            out[i] = replace(a, type=OTHER)
            dropped.add(i)
    return [m for i, m in enumerate(out) if i not in dropped]


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


def _cohorts(text: str, items: list[Mention]) -> list[Mention]:
    """Put beside a figure the dose that it was seen at, and, where a sentence tells of several groups, the group."""
    out = list(items)
    grouped: list[tuple[int, Value]] = []
    for i, m in enumerate(items[:-1]):
        if m.type not in ("percent", "duration", "unreached"):
            continue
        n = items[i + 1]
        if n.type == "dosage" and len(n.values) == 1 and _AT.fullmatch(text, m.end, n.start):
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


def _compared(one: Mention, other: Mention) -> Mention:
    more: dict[str, Value] = dict(one.more[0]) if one.more else {}
    if other.type != "unreached":
        more["comparatorValue"] = Decimal(str(other.values[0]))
    for group in other.more:
        more |= {s: v for s, v in group if s == "pValue" and "pValue" not in more}
    return replace(one, more=(tuple(more.items()),))


def _unlisted(text: str, items: list[Mention]) -> list[Mention]:
    """Take what stands in a list of reactions between two known ones for a reaction too."""
    if sum(m.type == "reaction" for m in items) < 3 or not any(m.type in ("ae", "sae", "dlt", "death") for m in items):
        return items
    out: list[Mention] = []
    last: Mention | None = None
    for m in items:
        if m.type == "reaction":
            if last and m.start - last.end < 160:
                for said in _ITEM.finditer(text, last.end, m.start):
                    if _LIST_SO_FAR.fullmatch(text, last.end, said.start("name")):
                        label = said["name"].lower()
                        entity = Entity(Kind.REACTION, slug(label), label)
                        out.append(Mention(said.start("name"), said.end("name"), "reaction", (entity,)))
            last = m
        out.append(m)
    return sorted(m for m in out)


def _reactions(text: str, items: list[Mention]) -> list[Mention]:
    """Join a reaction with its grade ("Grade 3 neutropenia") and with how often it was seen ("neutropenia (32%)")."""
    out: list[Mention] = []
    i = 0
    paired = next(
        (m.values[0] for m in items if m.type == "grade" and _TWO_GRADES.search(text, max(0, m.start - 30), m.start)),
        None,
    )
    while i < len(items):
        m = items[i]
        i += 1
        if m.type != "reaction":
            out.append(m)
            continue
        start, end = m.start, m.end
        grade: Value | None = None
        if described := _DESCRIBED.search(text, max(out[-1].end if out else 0, start - 60), start):
            start = described.start()
        if out and out[-1].type == "grade" and _OF_GRADE.fullmatch(text, out[-1].end, start):
            grade = out[-1].values[0]
            start = out.pop().start
        groups: list[dict[str, Value]] = []
        if i < len(items) and (close := _bracket(text, end, items[i].start)):
            inside = []
            while i < len(items) and items[i].start < close:
                inside.append(items[i])
                i += 1
            groups = _frequencies(text, inside)
            if groups or all(x.type == "reaction" for x in inside):
                end = max(close, inside[-1].end if inside else close)
            else:
                i -= len(inside)  # "febrile neutropenia (the only DLT)"
            if len(groups) == 2 and "grade" in groups[1] and re.search(r"\b(?:all|any)[- ]?grade", text[m.end : end]):
                paired = groups[1]["grade"]  # "(any grade, 55%; grade 3 or higher, 7%)", and so for those that follow
            if paired is not None and len(groups) == 2 and not any("grade" in group for group in groups):
                groups[1]["grade"] = paired
        elif i < len(items) and items[i].type == "percent" and _IN.fullmatch(text, end, items[i].start):
            n = items[i + 1] if i + 1 < len(items) else None
            in_turn = "in" in text[end : items[i].start] and re.match(r" and \d", text[items[i].end : items[i].end + 6])
            if not in_turn and not (
                n and n.type == "reaction" and re.fullmatch(r" (?:[\w-]+ )?", text[items[i].end : n.start])
            ):
                groups = _frequencies(text, [items[i]])
                verb = re.search(r"occurred|(?:was|were|been) ", text[end : items[i].start])
                end = items[i].end
                i += 1
                if (
                    verb
                    and out
                    and out[-1].type == "reaction"
                    and text[out[-1].end : start] in (" and ", "/", " or ")
                    and not (i < len(items) and items[i].type == "percent" and items[i].start - end < 8)
                ):
                    out[-1] = replace(out[-1], type="seen", more=tuple(tuple(g.items()) for g in groups))
            following = items[i] if i < len(items) else None
            if (
                groups
                and following
                and (opening := _OF_ALL.match(text, end))
                and opening.end() - 1 < following.start
                and (close := _bracket(text, opening.end() - 1, following.start))
            ):
                # "in 13.6% of the patients (grade 1 or 2, 10.9%; grade 5, 2.2%)"
                inside = [x for x in items[i:] if x.start < close]
                i += len(inside)
                groups += [group for group in _frequencies(text, inside) if "grade" in group]
                end = max(close, inside[-1].end if inside else close)
        elif (
            i < len(items)
            and items[i].type in ("number", "count")
            and text[end : items[i].start] == " in "
            and (
                said := re.compile(r" (?:other )?(?:patients?|pts?|subjects?|women|participants?|cases?)\b").match(
                    text, items[i].end
                )
            )
        ):
            top = items[i].values
            groups = (
                [{"numerator": top[0], "denominator": top[1]}] if items[i].type == "count" else [{"numerator": top[0]}]
            )
            end = said.end()
            i += 1
        for group in groups:
            if grade is not None:
                group.setdefault("grade", grade)
        if grade is not None and not groups:
            groups = [{"grade": grade}]
        if groups and (shared := re.search(r"\b(?:each|both)\b", text[m.end : end])):
            for at in range(len(out) - 1, -1 if shared.group() == "each" else max(-1, len(out) - 2), -1):
                if out[at].type != "reaction" or not re.fullmatch(
                    r",? ?(?:and |or )?", text[out[at].end : (out[at + 1].start if at + 1 < len(out) else start)]
                ):
                    break
                out[at] = replace(out[at], type="seen", more=tuple(tuple(g.items()) for g in groups))
        seen = any(slot != "grade" for group in groups for slot in group)
        out.append(Mention(start, end, "seen" if seen else m.type, m.values, tuple(tuple(g.items()) for g in groups)))
    return out


def _bracket(text: str, end: int, following: int) -> int | None:
    """Return where a bracket that opens right after `end` and holds something closes."""
    opening = re.match(r" ?[(\[]", text[end : end + 2])
    if not opening or following > end + 60:
        return None
    close = re.compile(r"[)\]]").search(text, end + opening.end(), end + 140)
    return close.end() if close and following < close.start() else None


def _frequencies(text: str, inside: Sequence[Mention]) -> list[dict[str, Value]]:
    """Return the groups of grade and frequency in a bracket after a reaction: "(32%; grade 3 or higher, 12%)"."""
    groups: list[dict[str, Value]] = []
    pending: Value | None = None
    for m in inside:
        if m.type == "grade":
            last = groups[-1] if groups else None
            if (
                last is not None
                and "grade" not in last
                and re.search(r"(?:%|\d) ?(?:were |was |of |at |\()?$", text[: m.start])
            ):
                last["grade"] = m.values[0]
            else:
                pending = m.values[0]
            continue
        found: dict[str, Value] = {}
        if m.type == "percent":
            found["percent"] = m.values[0]
            found |= {s: v for group in m.more for s, v in group if s in ("numerator", "denominator")}
        elif m.type == "count":
            found |= {"numerator": m.values[0], "denominator": m.values[1]}
        elif m.type == "number" and (
            re.search(r"\bn ?= ?$", text[: m.start], re.IGNORECASE)
            or re.match(r" (?:patients?|pts|cases?|subjects?|events?)\b", text[m.end :])
        ):
            found["numerator"] = m.values[0]
        if found:
            if pending is not None:
                found["grade"] = pending
                pending = None
            groups.append(found)
    if pending is not None and not groups:
        groups = [{"grade": pending}]
    return groups
