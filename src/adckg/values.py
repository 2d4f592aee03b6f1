"""Quantities, dates, money, phases and the like in a cleaned text: found by their form, read into typed values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from adckg.anchors import Needs, Words, met, needs
from adckg.documents import DATE, parse_date
from adckg.model import Entity, Kind, PartialDate, Value
from adckg.names import slug


@dataclass(frozen=True, slots=True)
class Found:
    """A value found: where, of what type, and what it says (two values for a pair: a count, an interval, money)."""

    start: int
    end: int
    type: str
    values: tuple[Value, ...]


_UNITS = {
    "mg/kg": "mg/kg", "mg/m2": "mg/m2", "mg": "mg", "ug/kg": "ug/kg", "%": "%", "months": "mo", "weeks": "wk", "days": "d", "years": "a",
}  # fmt: skip
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = {
    word: 10 * n
    for n, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
_WORDS = {**{word: n for n, word in enumerate(_ONES)}, **_TENS}
_WORDS |= {f"{ten}{join}{_ONES[n]}": value + n for ten, value in _TENS.items() for n in range(1, 10) for join in "- "}
_WORD = r"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_INT = r"\d{1,3}(?:,\d{3})+|\d+"
_DEC = r"\d+(?:\.\d+)?"
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5}
_FRACTION = rf"(?:(?P<f>half|(?:a|one|two)[- ](?:thirds?|quarters?|fifths?)|three[- ]quarters)|(?P<of>{_WORD}) in (?:every )?(?P<every>{_WORD}))"
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_DOSE_UNIT = r"(?:milligrams? (?:per|a|for (?:each|every)) kilo(?:gram)?s?(?: of body ?weight)?|mg ?/ ?kilo|mg ?/ ?kg|mg ?/ ?m ?(?:\^?2|\(2\))|mg ?/ ?sqm|mpk|mcg ?/ ?kg|[uμ]g ?/ ?kg|milligrams? (?:per|/) kilograms?(?: of body ?weight)?|mg per kilogram(?: of body ?weight)?|mg per square met(?:er|re)|mg per kg|mg kg ?(?:<sup>)?-1(?:</sup>)?|micrograms? per kilogram|mg)(?![\w/])"


def unit(label: str) -> Entity:
    """Return the unit of that label, with its UCUM code.

    >>> unit("months").attributes
    (('ucum', 'mo'),)
    """
    return Entity(
        Kind.UNIT, slug(label.replace("/", " per ").replace("%", "percent")), label, (("ucum", _UNITS[label]),)
    )


def dose(low: Decimal, high: Decimal | None, label: str) -> Entity:
    """Return a dose, or a range of doses, in that unit.

    >>> dose(Decimal("0.15"), Decimal("7.0"), "mg/kg").label
    '0.15-7 mg/kg'
    """
    text = f"{_plain(low)}-{_plain(high)} {label}" if high is not None else f"{_plain(low)} {label}"
    amount = (("value", low),) if high is None else (("minimum", low), ("maximum", high))
    return Entity(Kind.DOSE, slug(text.replace("/", " per ")), text, (*amount, ("unit", unit(label))))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def number(text: str) -> int:
    """Return the whole number that a text writes in digits or in words."""
    folded = text.strip().lower()
    return _WORDS[folded] if folded in _WORDS else int(folded.replace(",", ""))


def phase(text: str) -> Entity:
    """Return the phase concept of a text like `I/IIa`, `1b/2` or `2`, with the rank that orders phases.

    >>> phase("Ib/II").label, dict(phase("Ib/II").attributes)["rank"]
    ('Phase 1b/2', Decimal('1.7'))
    >>> phase("1a/b").label
    'Phase 1a/1b'
    """
    parts: list[str] = []
    for part in re.split(r"[/-]", text.lower().replace(" ", "")):
        match = re.fullmatch(
            r"(iv|i{1,3}|[0-4])([a-c]?)", parts[-1][0] + part if part in ("b", "c") and parts else part
        )
        if match:
            parts.append(_ROMAN.get(match[1], match[1]) + match[2])
    label = "Phase " + "/".join(parts)
    first, last = parts[0], parts[-1]
    return Entity(Kind.PHASE, slug(label.replace("/", "-")), label, (("rank", _rank(first, last)),))


def _rank(first: str, last: str) -> Decimal:
    """A phase between two stands half a step above the first; each letter puts it a little higher."""
    if first == "0":
        return Decimal("0.5")  # it comes after preclinical work
    if first == last:
        return Decimal(first[0]) + Decimal("abc".find(first[1:]) + 1 if first[1:] else 0) / 10
    return Decimal(first[0]) + Decimal("0.5") + Decimal("0.2") * (first[1:] == "b") + Decimal("0.1") * bool(last[1:])


def _dose_unit(text: str) -> str:
    folded = re.sub(r"mg kg ?(?:<sup>)?-1(?:</sup>)?", "mg/kg", text.lower().replace("μ", "u"))
    folded = re.sub(r"\s+|[\^()]", "", folded).replace("mpk", "mg/kg").replace("sqm", "m2")
    folded = re.sub(r"ofbodyweight|ofbody-weight", "", folded).replace("per", "/")
    folded = re.sub(
        r"milligrams?",
        "mg",
        re.sub(
            r"micrograms?|mcg",
            "ug",
            re.sub(
                r"kilo(?:gram)?s?", "kg", re.sub(r"milligrams?(?:a|foreach|forevery)kilo", "milligram/kilo", folded)
            ),
        ),
    )
    return re.sub(r"squaremet(?:er|re)", "m2", folded)


def _read_dose(match: re.Match[str]) -> tuple[Value, ...]:
    label = _dose_unit(match["unit"])
    label = label if label in _UNITS else "mg"
    low, high = Decimal(match["low"]), match["high"]
    if match["list"]:
        each = (
            [Decimal(n) for n in re.findall(_DEC, re.sub(r"m\(?\^?2", "", match["list"]))]
            + [low]
            + ([Decimal(high)] if high else [])
        )
        return tuple(dose(n, None, label) for n in each)
    if high is None:
        return (dose(low, None, label),)
    if match["join"].strip() in ("or", "and", "and then") or Decimal(high) <= low:
        return (dose(low, None, label), dose(Decimal(high), None, label))
    return (dose(low, Decimal(high), label),)


_SCALE = {
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mio": 10**6,
    "million": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
}
_CURRENCY = {
    "$": "USD", "us$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP",
    "¥": "JPY", "jpy": "JPY", "yen": "JPY", "rmb": "CNY", "cny": "CNY", "chf": "CHF", "hk$": "HKD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD",
    "s$": "SGD", "dollars": "USD", "us dollars": "USD", "american dollars": "USD", "krw": "KRW", "won": "KRW", "pounds": "GBP", "pounds sterling": "GBP",
    "yuan": "CNY", "renminbi": "CNY", "swiss francs": "CHF", "francs": "CHF", "dkk": "DKK", "sek": "SEK", "kronor": "SEK", "kroner": "DKK",
}  # fmt: skip


def _read_money(match: re.Match[str]) -> tuple[Value, ...]:
    currency = _CURRENCY[(match["before"] or match["after"]).strip().lower().replace(".", "")]
    amount = Decimal(match["amount"].replace(",", "")) * _SCALE.get((match["scale"] or "").lower(), 1)
    return (amount.quantize(Decimal(1)), currency)


def _read_sum(match: re.Match[str]) -> tuple[Value, ...]:
    """Return an amount in words, with its currency where one is told."""
    said = match["count"].lower()
    first, hundred = said.removesuffix("hundred").strip(" -"), said.endswith("hundred")
    if first[:1].isdigit():
        amount = Decimal(first.replace(",", ""))
    elif first.startswith("half"):
        amount = Decimal("0.5")
    elif "quarter" in first:
        amount = Decimal("0.75" if first.startswith("three") else "0.25")
    else:
        amount = Decimal({"a": 1, "an": 1}.get(first) or _WORDS[first])
    amount *= (100 if hundred else 1) * _SCALE[match["scale"].lower()]
    unit = " ".join((match["unit"] or "").lower().replace(".", "").split())
    return (amount.quantize(Decimal(1)), _CURRENCY[unit]) if unit else (amount.quantize(Decimal(1)),)


def _read_schedule(match: re.Match[str]) -> tuple[Value, ...]:
    text = match.group().lower()
    short = re.fullmatch(r"q ?(\d) ?w(?:ks?|eeks?)?", text)
    if short:
        return ("weekly" if short[1] == "1" else f"every {short[1]} weeks",)
    days = re.search(r"days? 1.*?(?:every|of (?:a|each|every)|each) (\w+)[- ](day|week)", text)
    if days:
        listed = re.findall(r"\b\d+\b", text[: text.find("of") if " of " in text else len(text)])
        length = days[1] if days[1].isdigit() else str(_WORDS.get(days[1], days[1]))
        if len(listed) == 1 and length.isdigit():
            weeks = int(length) // 7 if days[2] == "day" else int(length)
            return (f"every {weeks} weeks" if weeks > 1 else "weekly",)
        return (f"days {', '.join(listed[:-1])} and {listed[-1]} of a {days[1]}-{days[2]} cycle",)
    if nth := re.search(r"every (second|third|fourth|sixth) week", text):
        return (f"every {({'second': 2, 'third': 3, 'fourth': 4, 'sixth': 6})[nth[1]]} weeks",)
    if re.search(r"every other week|biweekly|every two[- ]week|every 2[- ]week", text):
        return ("every 2 weeks",)
    every = re.search(r"(?:every|each|per)[- ](\w+)[- ](day|week|month)", text)
    if every:
        count = every[1] if every[1].isdigit() else str(_WORDS.get(every[1], every[1]))
        if every[2] == "day" and count in ("7", "14", "21", "28"):
            weeks = int(count) // 7
            return ("weekly" if weeks == 1 else f"every {weeks} weeks",)
        return ("weekly" if (count, every[2]) == ("1", "week") else f"every {count} {every[2]}s",)
    three = re.search(r"(three|3)[- ]weekly", text)
    if three:
        return ("every 3 weeks",)
    if re.search(r"daily|every day|once a day", text):
        return ("daily",)
    if re.search(r"monthly|every month|once a month", text):
        return ("monthly",)
    return ("weekly",)


def _read_grade(match: re.Match[str]) -> tuple[Value, ...]:
    text = match.group().lower().replace(" ", "")
    numbers = re.findall(
        r"(?<![a-z])(?:[1-5]|iv|i{1,3}|v)(?![a-z])",
        re.sub(r"grades?|ctc|gr?\.?(?= ?[≥>=]*[ ]?[1-5])", " ", match.group().lower()),
    )
    digits = sorted({{"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}.get(n, n) for n in numbers})
    if re.search(r"≥|>|\+|higher|greater|above|worse|more|atleast|minimum|up|over|beyond|severer", text):
        return (f">={digits[0]}",)
    if re.search(r"≤|<|lower|below|less", text):
        return (f"<={digits[0]}",)
    return ("-".join((digits[0], digits[-1])) if len(digits) > 1 else digits[0],)


def _read_p(match: re.Match[str]) -> tuple[Value, ...]:
    sign = (match["sign"] or "=").replace(" ", "").replace("≤", "<=").replace("≥", ">=")
    value = match["value"] if not match["value"].startswith(".") else "0" + match["value"]
    return (value if sign == "=" else sign + value,)


def _read_count(match: re.Match[str]) -> tuple[Value, ...]:
    return (number(match["num"]), number(match["den"]))


def _read_date(match: re.Match[str]) -> tuple[Value, ...]:
    found = parse_date(match)
    return (found,) if found else ()


def _read_phase(match: re.Match[str]) -> tuple[Value, ...]:
    first = re.sub(r"phases?|[_ ]", "", match["first"], flags=re.IGNORECASE).replace("|", "/").replace(",", "/")
    found = [phase(first)]
    for more in re.findall(
        r"(?:iv|i{1,3}|[0-4])[a-c]?(?:/(?:iv|i{1,3}|[0-4])[a-c]?)?", match["more"] or "", re.IGNORECASE
    ):
        found.append(phase(more))
    return tuple(found)


def _alone(match: re.Match[str], said: str) -> tuple[Value, ...]:
    """Return the phase that a word like "late-stage" means, unless the sentence tells one by its number."""
    return () if re.search(r"\bphases?\b", match.string, re.IGNORECASE) else (phase(said),)


def _duration(match: re.Match[str]) -> tuple[Value, ...]:
    text = match["n"].lower()
    amount = Decimal(text) if text[0].isdigit() else Decimal(_WORDS[text])
    return (amount, unit({"m": "months", "w": "weeks", "d": "days", "y": "years"}[match["u"][0].lower()]))


PRECLINICAL = Entity(Kind.PHASE, "preclinical", "Preclinical", (("rank", Decimal(0)),))
"""the stage before the first phase"""
_ABSTRACT = r"(?:LBA ?-?#?\d{1,5}|[A-Z]{0,4}\d{0,2}-?\d{1,5}(?:-\d{1,4}){0,2}(?-i:MO|O|P|TiP|PD|TPS)?)(?![\w.]*\w)"
"""A number of a meeting's programme: 1028, LBA6, GS1-10, P2-13-04, 291O, S145."""
_PH = r"(?:iv|i{1,3}|[0-4])[a-c]?"
_GRADE = r"(?:≥ ?)?(?<!\w)(?-i:G)(?:(?-i:r)\.? ?)?(?:[≥>]=? ?)?[1-5](?:(?: ?[-/] ?|-?G)[1-5])?\+?(?![\w.])"
"""a grade in short: "G3", "Gr. 3-4"."""
_PATTERNS: tuple[tuple[str, str, Callable[[re.Match[str]], tuple[Value, ...]]], ...] = (
    ("registration", r"\bNCT ?\d{8}\b|\b(?:EudraCT[\w ]*?[:#]? ?)?20\d\d-\d{6}-\d\d(?:-\d\d)?\b",
     lambda m: (re.sub(r"^EudraCT[\w ]*?[:#]? ?|(?<=NCT) ", "", m.group()),)),
    ("abstract", rf"\b(?:abstracts?|abstr)(?: (?:number|numbers|no\.?|nos\.?|id))?:? ?#?(?P<a>{_ABSTRACT})(?:(?:, and | and |, ?|/)#?(?P<b>{_ABSTRACT}))?"
     rf"|\b(?:e-?poster|poster|presentation|publication|oral|mini-oral)(?: (?:board|presentation|session|abstract))?(?: (?:number|no\.?):?|:)? ?(?P<c>#{_ABSTRACT}|(?-i:[A-Z]{{1,3}}\d?-?){_ABSTRACT}|(?<=number ){_ABSTRACT}|(?<=no\. ){_ABSTRACT}|(?<=number: ){_ABSTRACT}|(?<=poster )(?!(?:19|20)\d\d\b)\d{{3,4}}\b)"
     r"|(?<![\w-])(?P<d>(?-i:LBA) ?-?#?\d{1,5}|(?<=[(\[])(?-i:#?\d{2,4}(?:MO|O|P|TiP|PD|eP|eTiP)|(?:GS|PS|PD|OT|RF)\d{0,2}-\d{1,2}(?:-\d{1,2})?)(?=[)\],;]))(?![\w-])",
     lambda m: tuple(re.sub(r"[# ]", "", x) for x in (m["a"], m["b"], m["c"], m["d"]) if x)),
    ("phase", rf"\b(?:early[ _])?phases?(?:: ?| |-)?(?P<first>{_PH}(?: ?[/-] ?(?:phase ?)?{_PH}|(?<=a)/[bc]\b|(?<=(?-i:PHASE)\d)(?:, |/|\|)PHASE\d| ?\| ?phase ?{_PH})?)(?P<more>(?:,? and (?:phase )?| or (?:phase )?|, phase ){_PH}(?:/{_PH})?(?! (?:patients|people|women|men|sites|subjects|cent(?:er|re)s|countries|of|other|more))\b)?(?![\w.-]*\d)(?!\w)", _read_phase),
    ("phase", r"(?<=\bin )pre-?clinical(?= (?:development|stages?\b))|(?<=\bis in )pre-?clinical(?= (?:testing|evaluation))|\bpre-?clinical(?:-stage)?(?= (?:candidate|ADC|antibody-drug))|\b(?-i:Pre-?clinical(?=\s*$| {2,}| [A-Z]{2,}|[.;] [A-Z]))", lambda _: (PRECLINICAL,)),
    # in place of a phase, where none is told
    ("phase", r"\bmid-?stage\b(?= (?:[\w-]+ ){0,3}(?:trials?|stud(?:y|ies)|tests?|testing|clinical|development))", lambda m: _alone(m, "2")),
    ("phase", r"\blate-?stage(?= (?:[\w-]+ ){0,3}(?:trials?|stud(?:y|ies)|tests?\b|testing|clinical|development))", lambda m: _alone(m, "3")),
    ("phase", r"\bfirst-in-(?:human|man)\b(?=,? (?:[\w-]+,? ){0,4}(?:trials?|stud(?:y|ies)|dos(?:e|ing)|clinical|testing))", lambda m: _alone(m, "1")),
    ("dosage", rf"(?<![\w.])(?<!\bday )(?<!\bdays )(?<!\bcycle )(?<!\bcycles )(?<!\bweeks )(?<!\bweek )(?<!\bcohort )(?P<list>(?:{_DEC}(?: ?{_DOSE_UNIT})?, ?){{1,12}})?(?P<low>{_DEC})(?: ?{_DOSE_UNIT})?,?(?:(?P<join> ?- ?| to | up to | through | or | and | and then |/)(?P<high>{_DEC}))? ?(?P<unit>{_DOSE_UNIT})", _read_dose),
    ("dosage", rf"\b(?P<w>{_WORD}) (?P<unit>{_DOSE_UNIT})", lambda m: (dose(Decimal(_WORDS[m["w"].lower()]), None, _dose_unit(m["unit"])),)),
    ("money", r"(?P<before>(?:US|U\.S\.|HK|AU|CA|A|C|S)\$|[$€£¥]|\b(?:USD|EUR|GBP|JPY|RMB|CNY|CHF|KRW|DKK|SEK)(?![A-Za-z]))? ?(?<![\w.])(?P<amount>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:[ -]?(?P<scale>thousand|million|billion|bn|mn|mio|[mbk](?![a-z])))?(?P<after>[ -](?:(?:U\.?S\.?|American) )?dollars| euros?| pounds(?: sterling)?| yen| won| yuan| renminbi| (?:Swiss )?francs| USD| EUR| RMB| CHF| GBP| ?€)?", _read_money),
    ("sum", rf"\b(?P<count>(?:half an?|(?:a |three )?quarters?(?: of)? an?|an?|{_WORD})(?:[ -]hundred)?|\d+(?:\.\d+)?)[ -](?P<scale>million|billion|bn)\b(?:[ -](?P<unit>(?:(?:U\.?S\.?|American) )?dollars|euros?|pounds(?: sterling)?|yen|won|yuan|renminbi|(?:Swiss )?francs|USD|EUR|RMB|CHF|GBP)\b|(?! (?!(?:in|of|up-?front|up|more|at|on|if|for|could|may|might|would|will|and|or|milestones?|biobucks|followed|comes?|came|to|from|by|was|were|is|are|once|when|as|hangs?|hung|hanging|depends?|contingent|payable|later|down|then|plus|over|tied|linked|payments?|deal|bet|buyout|takeover)\b)\w))", _read_sum),
    ("pvalue", r"\b(?:nominal |one-sided |two-sided |log-rank )?p(?:[ -]?values?)? ?[:,]? ?(?:of |was |is |equals )?(?P<sign><=|>=|[=<>≤≥])? ?(?P<value>0?\.\d+|0(?= ?[;,)\]]))", _read_p),
    ("ci", rf"\b(?:9[059] ?(?:%|percent) )(?:two-sided )?(?:confidence intervals?(?: ?[\[(]?CI[\])]?)?|CIs?|credible intervals?)[:,; =(\[]*(?:of |was |range[ds]? |from )?(?P<low>-?{_DEC}) ?%?(?: months?)?(?: ?%)?(?: ?[-,;] ?| to | and )(?:could )?(?P<high>{_DEC}|not (?:yet )?(?:reached|evaluable|estimable)|NR|NE|NA|upper limit not reached)",
     lambda m: (Decimal(m["low"]), Decimal(m["high"])) if m["high"][0].isdigit() else (Decimal(m["low"]), m["high"].lower())),
    ("grade", r"(?:(?:≥|>=|>) ?|\bat least |\ba minimum of |\b)(?:CTC(?:AE)? )?grades? ?(?:≥|>=|>)? ?(?:[1-5]|iv|i{1,3}|v)(?:(?: ?[-/] ?| or | and | to )(?:grades? )?(?:[1-5]|iv|i{1,3}|v)(?!\w))*(?:\+| ?(?:or|and) ?(?:higher|greater|above|worse|more|up|upwards?|over|beyond|severer)| events? or higher| upwards?)?(?!\w)", _read_grade),
    ("grade", _GRADE, _read_grade),
    ("schedule", r"\b(?:once )?(?:every|each)(?: |-)(?:\w+|\d)(?: |-)(?:weeks?|days?|months?)\b(?: basis)?|\b(?:once |twice )?(?:weekly|daily|monthly)\b(?: basis| schedule)?|\bon days? 1(?:,? (?:and )?\d+)*(?:,? and \d+)? of (?:a|each|every) \w+-(?:day|week) cycle|\bevery (?:other )?(?:week|month|day)\b|\bonce (?:a|per) week\b|\b(?:three|3)[- ]weekly\b|\bdays? 1(?:,? (?:and )?\d+)* of (?:a|each|every) \w+-(?:day|week) cycle", _read_schedule),
    ("schedule", r"\bQ ?\d ?W(?:ks?|eeks?)?\b", _read_schedule),
    ("duration", rf"(?<![\w.])(?P<n>{_DEC}|{_WORD})[- ]?(?:\+ )?(?P<u>months?|mos?\b|weeks?|wks?\b|days?|years?|yrs?\b)(?!\w)", _duration),
    ("one year", r"(?<=\bat )a year\b", lambda _: (Decimal(1), unit("years"))),
    ("count", rf"(?<![\w./-])(?P<num>\d{{1,4}}) ?/ ?(?P<den>\d{{1,4}})(?![\w/]|\.\d)|\b(?P<num2>{_INT}|{_WORD}) (?:out )?of (?:the |these |those |all |its )?(?:first |last |other )?(?P<den2>{_INT}|{_WORD})\b(?! ?(?:%|percent|mg))", lambda m: _read_count_any(m)),
    ("fraction", rf"\b(?=[aefhnost])(?<!than )(?<!about )(?<!nearly )(?<!almost )(?<!around )(?<!roughly )(?<!over )(?<!some )(?<!under )(?<!approximately )(?<!least )(?<!up to ){_FRACTION}(?= (?:of )?(?:the |all |these |those |them\b|its |our |her |his )?(?:[\w-]+ )?(?:patients|participants|people|women|men|those|pts|subjects|responders|them|had|responded|were|developed|experienced)\b|(?<=of) them\b)", lambda m: _read_fraction(m)),
    ("percent", rf"(?<![\w.])(?P<p>{_DEC}) ?(?:%|per ?cent\b|pct\b)|\b(?P<w>{_WORD}) (?:percent|per cent)\b", lambda m: (Decimal(m["p"]) if m["p"] else Decimal(_WORDS[m["w"].lower()]),)),
    ("date", DATE.pattern, _read_date),
    ("date", r"\b(?:the )?(?:first|second|third|fourth|1st|2nd|3rd|4th) (?:quarter|half)(?: of)? (?P<y>20\d\d)|\b(?:[QH][1-4]|[1-4]Q|[12]H) ?(?P<y2>20\d\d)|\b(?:early|mid|late|mid-|by the end of|end of|year-end)[- ](?P<y3>20\d\d)", lambda m: (PartialDate(int(m["y"] or m["y2"] or m["y3"])),)),
    ("year", r"(?<![\w.$€£-])(?:19[89]\d|20[0-4]\d)(?![\w%]|\.\d| mg| patients)", lambda m: (PartialDate(int(m.group())),)),
    ("decimal", r"(?<![\w.,/-])\d+\.\d+(?![\w%]|\.\d)", lambda m: (Decimal(m.group()),)),
    ("number", rf"(?<![\w.,/$-])(?:{_INT})(?![\w%/]|[.,]\d)|\b{_WORD}\b(?!-)", lambda m: (number(m.group()),)),
)  # fmt: skip


def _read_fraction(match: re.Match[str]) -> tuple[Value, ...]:
    """Read "half", "two thirds", "one in five" as a percentage, to the nearest whole number."""
    if match["of"]:
        top, bottom = number(match["of"]), number(match["every"])
        if top > bottom:
            return ()
    else:
        top = {"two": 2, "three": 3}.get(re.split("[- ]", match["f"].lower())[0], 1)
        bottom = next(n for said, n in _PARTS.items() if said in match["f"].lower())
    return ((Decimal(100 * top) / bottom).quantize(Decimal(1), ROUND_HALF_UP),)


def _read_count_any(match: re.Match[str]) -> tuple[Value, ...]:
    top, bottom = number(match["num"] or match["num2"]), number(match["den"] or match["den2"])
    return (top, bottom) if top <= bottom and bottom > 0 else ()


_CURRENCIES = frozenset(
    [
        "$",
        "€",
        "£",
        "¥",
        "usd",
        "eur",
        "gbp",
        "jpy",
        "rmb",
        "cny",
        "chf",
        "krw",
        "dkk",
        "sek",
        "dollar",
        "yen",
        "won",
        "pound",
        "yuan",
        "renminbi",
        "franc",
    ]
)
"""one of them stands before or after an amount of money"""
_MONTHS_BEGIN = frozenset(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
_NEEDS_TOO: Mapping[str, Needs] = {
    "money": (_CURRENCIES,),
    "sum": (frozenset({"illion", "bn"}),),
    "dosage": (frozenset({"mg", "mpk", "kg", "kilo", "milligram", "microgram"}),),
    "fraction": (frozenset({"half", "third", "quarter", "fifth", *(f"{word} in " for word in (*_ONES[1:], *_TENS))}),),
    "registration": (frozenset({"nct", *(f"{one}-{other}" for one in range(10) for other in range(10))}),),
    "pvalue": (
        frozenset(
            {
                *("pvalue", "p-value", "p value"),
                *(
                    f"p{sign}{then}"
                    for sign in ("", " ", ":", ",", " :", " ,", ": ", ", ", " : ", " , ")
                    for then in ("of ", "was ", "is ", "equals ", *"<>=≤≥0", *(f".{digit}" for digit in range(10)))
                ),
            }
        ),
    ),
    _GRADE: (frozenset({*(f"g{r}{n}" for r in ("", "r") for n in "12345≥>"), "gr.", "gr "}),),
    r"\bQ ?\d ?W(?:ks?|eeks?)?\b": (frozenset("q"), frozenset("w")),
    DATE.pattern: (_MONTHS_BEGIN | {"-0", "-1"},),
}
"""what patterns need besides what is read off them"""
_COMPILED = tuple(
    (
        name,
        re.compile(pattern, re.IGNORECASE),
        read,
        (*needs(pattern, 2), *_NEEDS_TOO.get(pattern, _NEEDS_TOO.get(name, ()))),
    )
    for name, pattern, read in _PATTERNS
)


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTH_NAME = "|".join(_MONTHS) + r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
_RELATIVE = re.compile(
    rf"\b(?:(?:that |(?<=\()(?=(?:{_MONTH_NAME})\)))(?P<month6>{_MONTH_NAME})(?!\w| \d|,? (?:19|20)\d\d)"
    rf"|(?P<month7>{_MONTH_NAME}) of (?P<whose>that|the same|the following|this|last) year"
    r"|(?P<day8>\d{1,2})(?:st|nd|rd|th)? of (?P<which8>that|the same|this|last) month"
    rf"|(?P<ago>(?i:{_WORD}|\d{{1,2}}|an?|a few|several|a couple of)) (?P<unit>day|week|month|year)s? ago"
    r"|(?<!the )(?<!the past )(?P<last>last|earlier this|early this|(?<!later )this|the same|that same|that|same) (?P<span>month|year)"
    r"|(?P<which>[Ll]ast|[Tt]his past|[Tt]his|[Ee]arlier this) (?P<season>spring|summer|autumn|fall)"
    rf"|(?:(?<=\b[Ii]n )|(?<=\b[Ss]ince )|(?<![^\n])(?=(?:{_MONTH_NAME}):))(?P<month>{_MONTH_NAME})(?!\w| \d|,? (?:19|20)\d\d)|(?:last|this past|early|late|mid-)(?: |(?<=-))(?P<month2>{_MONTH_NAME})(?!\w| \d|,? (?:19|20)\d\d)"
    rf"|(?<=, )(?P<month5>{_MONTH_NAME})(?=[.;]? ?$)"
    rf"|(?P<month3>{_MONTH_NAME}) (?P<day3>\d{{1,2}})(?:st|nd|rd|th)?(?![\w%]|[.,]\d|,? (?:19|20)\d\d)"
    rf"|(?<=\bon )(?P<day4>\d{{1,2}})(?:st|nd|rd|th)? (?P<month4>{_MONTH_NAME})(?!\w|,? (?:19|20)\d\d)"
    rf"|(?:(?<=\b[Oo]n )|(?<=\b[Ll]ast )|(?<=\bthis )|(?<=\bthis past ))(?P<weekday>{'|'.join(_DAYS)})|[Yy]esterday)\b"
)
"""Dates that are told from where the document stands in time."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_HELD = Words(word for *_, conditions in _COMPILED for words in conditions for word in words)
"""what the patterns need"""


_TIMES = frozenset(
    {"ago", "yesterday", *(d.lower() for d in _DAYS), *(m[:n].lower() for m in _MONTHS for n in (3, 4, 9))}
)
_SEASONS = {"spring": 5, "summer": 8, "autumn": 11, "fall": 11}
"""the month that each ends in"""
_LAST = (frozenset({"last", "this", "same", "that"}), frozenset({"month", "year", *_SEASONS}))
_ABOUT = re.compile(r"\b(?:some|about|around|roughly|almost|nearly|over|more than|less than|at least) $", re.IGNORECASE)
"""before a stretch of time that isn't exact"""


_SPACED = {i: " " for i in range(128) if not (chr(i).isalnum() or chr(i) == "_")}


def _tells_time(text: str) -> bool:
    """Whether a text holds words that `_RELATIVE` needs."""
    words = set(text.lower().translate(_SPACED).split()) if text.isascii() else set(re.findall(r"\w+", text.lower()))
    return not words.isdisjoint(_TIMES) or all(not words.isdisjoint(some) for some in _LAST)


def _by_reference(
    match: re.Match[str], text: str, today: PartialDate | None, told: PartialDate | None
) -> PartialDate | None:
    """Return the date that "that July", "May of the same year", "the 7th of that month" mean, after the date last told."""
    if match["day8"]:
        month = told if match["which8"] in ("that", "the same") else today
        if month and match["which8"] == "last":
            month = _back(month.earliest, 1, "month", month)
        return _day_of(month, int(match["day8"])) if month and month.month else None
    name = match["month6"] or match["month7"]
    number = _month(name)
    years = _YEAR.findall(text, 0, match.start())
    whose = match["whose"]
    if whose in ("this", "last"):
        return PartialDate(today.year - (whose == "last"), number) if today else None
    year = int(years[-1]) if years else told.year if told else None
    if whose:
        return PartialDate(year + (whose == "the following"), number) if year else None
    if year:
        return PartialDate(year, number)
    return PartialDate(today.year - (number > today.month), number) if today and today.month else None


def _day_of(month: PartialDate, day: int) -> PartialDate | None:
    try:
        date(month.year, month.month or 1, day)
    except ValueError:
        return None
    return PartialDate(month.year, month.month, day)


def _month(name: str) -> int:
    return next(n for n, full in enumerate(_MONTHS, 1) if full.lower().startswith(name.lower()[:3]))


def _relative(
    match: re.Match[str], text: str, today: PartialDate | None, told: PartialDate | None = None, year: int | None = None
) -> PartialDate | None:
    """Return the date that an expression like "two months ago" means in a document of that date: `told` is the date that
    was told last, `year` that under which the paragraph stands.
    """
    if match["month6"] or match["month7"] or match["day8"]:
        return _by_reference(match, text, today, told)
    if today is None:
        return None
    day = date(today.year, today.month or 1, today.day or 1)
    if match["season"]:
        over = match["season"] in _SEASONS and today.month is not None and today.month > _SEASONS[match["season"]]
        ended = "last" not in match["which"].lower() or over
        return PartialDate(today.year - (0 if ended else 1)) if today.month else None
    if match["ago"]:
        if _ABOUT.search(text, 0, match.start()):
            return None
        said = match["ago"].lower()
        count = int(said) if said.isdigit() else _WORDS.get(said, {"a": 1, "an": 1}.get(said, 0))
        if not count:
            return None
        return _back(day, count, match["unit"], today)
    if match["last"]:
        said = match["last"].lower()
        if "same" in said or said == "that":
            years = _YEAR.findall(text, 0, match.start())
            return PartialDate(int(years[-1])) if years and match["span"] == "year" else None
        return _back(day, 1 if said == "last" else 0, match["span"], today)
    if match["weekday"]:
        if not today.day:
            return None
        then = day - timedelta(days=(day.weekday() - _DAYS.index(match["weekday"])) % 7)
        return PartialDate(then.year, then.month, then.day)
    name = match["month"] or match["month2"] or match["month3"] or match["month4"] or match["month5"]
    if name:
        if not today.month:
            return None
        month = _month(name)
        number = match["day3"] or match["day4"]
        year = year or (today.year if (month, int(number or 0)) <= (today.month, today.day or 31) else today.year - 1)
        try:
            date(year, month, int(number or 1))
        except ValueError:
            return None
        return PartialDate(year, month, int(number) if number else None)
    if not today.day:
        return None
    then = day - timedelta(days=1)
    return PartialDate(then.year, then.month, then.day)


def _back(day: date, count: int, span: str, today: PartialDate) -> PartialDate | None:
    if span == "year":
        return PartialDate(today.year - count)
    if today.month is None:
        return None
    if span == "month":
        months = today.year * 12 + today.month - 1 - count
        return PartialDate(months // 12, months % 12 + 1)
    if today.day is None:
        return None
    then = day - timedelta(days=count * (7 if span == "week" else 1))
    return PartialDate(then.year, then.month, then.day if span == "day" else None)


_OF_NUMBERS = frozenset({"dosage", "duration", "count", "percent", "year", "decimal", "number", "ci"})
"""Values whose patterns begin with a number."""
_READ_AS = {"fraction": "percent", "one year": "duration"}
"""What is found by words that aren't numbers, and the type that it is of."""
_NUMBER = re.compile(
    r"[\dEFNOSTefnost](?<!\w.)(?:(?<=\d)|(?i:(?<=t)(?:wo|en|hree|hir|welve|went)|(?<=o)ne|(?<=f)(?:our|ive|if|or)|(?<=s)(?:ix|even)|(?<=e)(?:igh|leven)|(?<=n)ine))"
)
"""Where a number begins, in digits or in words."""


def _matches(pattern: re.Pattern[str], text: str, places: Sequence[int]) -> Iterator[re.Match[str]]:
    """Yield what a pattern fits at these places, without overlaps."""
    at = 0
    for place in places:
        if place >= at and (match := pattern.match(text, place)):
            yield match
            at = match.end()


def find_values(
    text: str, today: PartialDate | None = None, told: PartialDate | None = None, year: int | None = None
) -> Iterator[Found]:
    """Yield the values in a cleaned text in the order of their place; an earlier pattern wins an overlap.

    Dates like "last month" are told from `today`, the date of the document, those like "that July" from `told`, the one
    told last, and "in July" from `year`, where a year stands above the paragraph.
    """
    held = _HELD.held_by(text)
    taken = bytearray(len(text))
    found: list[Found] = []
    numbers: list[int] | None = None
    if _tells_time(text):
        for match in _RELATIVE.finditer(text):
            said = _relative(match, text, today, told, year)
            if said:
                taken[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
                found.append(Found(match.start(), match.end(), "date", (said,)))
    for name, pattern, read, conditions in _COMPILED:
        if not met(conditions, held):
            continue
        if name not in _OF_NUMBERS:
            matches: Iterable[re.Match[str]] = pattern.finditer(text)
        else:
            if numbers is None:
                numbers = [match.start() for match in _NUMBER.finditer(text)]
            matches = _matches(pattern, text, numbers)
        for match in matches:
            start, end = match.span()
            if name == "money" and not (match["before"] or match["after"]):
                continue
            while start < end and text[start] == " ":
                start += 1
            if end == start or any(taken[start:end]):
                continue
            values = read(match)
            if values:
                taken[start:end] = b"\x01" * (end - start)
                kind = "money" if name == "sum" and len(values) == 2 else _READ_AS.get(name, name)
                found.append(Found(start, end, kind, values))
    yield from sorted(found, key=lambda f: f.start)
