"""What stands around the words that say a fact: which of a sentence's agencies, diseases, dates, products belong to it.

A sentence can tell of several events ("accepted the application and granted priority review", "a designation from
one agency and another from a second"). Each takes what it needs from its own stretch, which runs from the event before
it to the one after it, first from what follows it; where its stretch holds nothing of a type it shares what is said
elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from adckg.model import Kind, PartialDate
from adckg.rules import SYMBOL, Masked
from adckg.wordings import Wording, adjectives

_LISTED = re.compile(
    rf"(?: (?:in|on) [{SYMBOL['date']}{SYMBOL['year']}])?"
    r"(?: ?\([^()]{0,60}\))?(?:,? (?:and|or|plus|as well as|and/or|& ) ?|, ?|; ?|/| & )"
    r"(?:(?:and|or|for|in|the|a|an|other|with|patients with|adults with|treatment of) )*"
)
_STAGE = r"(?:[\w/-]+ ){0,6}"
_WHEN = Wording("events.when", re.IGNORECASE)
_ANOTHER = Wording("events.treated")
_BY = re.compile(r"^[^,;]{0,60}\b(?:by|from|in|to|with)(?: the| [\w-]+'s)? $", re.IGNORECASE)
_ACTING = re.compile(
    rf"(?:'s)?(?: of (?:the )?{SYMBOL['region']})?(?: ?\([^()]{{0,40}}\))?(?: (?!and\b|or\b|by\b|in\b)[\w,-]+){{0,5}} ",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:^|[;:] |, and |, )(?:in|on|since|during|early in|later in|back in)(?: (?:early|late|mid))? $", re.IGNORECASE
)
_LATER = Wording("events.later", re.IGNORECASE)
_NOT_WHEN = Wording("events.not_when", re.IGNORECASE)


def choose(
    masked: Masked, types: frozenset[str], core: tuple[int, int], cores: Sequence[tuple[int, int]]
) -> tuple[list[int], int]:
    """Return the places of the mentions of these types that go with the words at `core`, and how far off they are.

    `cores` are the places of all such words in the sentence.
    """
    places = [i for i, m in masked.mentions.items() if m.type in types]
    if "date" in types:
        places = [i for i in places if _is_when(masked, i, core)]
    if "date" in types:
        places = [i for i in places if i < core[1] + 130]
        # "the review follows a designation granted in May": that is when the other came
        places = [
            i
            for i in places
            if not any(core[1] <= c[0] < i and _LATER.search(masked.text[core[1] : c[0]]) for c in cores)
        ]
    # what stands beyond a semicolon is another's
    low, high = masked.text.rfind(";", 0, core[0]), masked.text.find(";", core[1])
    places = [i for i in places if i > low and (high < 0 or i < high)]
    if not places:
        return [], 9
    before = max((c[1] for c in cores if c[1] <= core[0]), default=0)
    after = min((c[0] for c in cores if c[0] >= core[1]), default=len(masked.text))
    stretches = (
        [i for i in places if core[0] <= i < core[1]],
        [i for i in places if core[1] <= i < after],
        [i for i in places if before <= i < core[0]][::-1],
        [i for i in places if i < before][::-1],
        [i for i in places if i >= after],
    )
    opening = [i for i in places if before <= i < core[0] and _OPENING.search(masked.text[:i])]
    if opening and "date" in types:
        return opening[:1], 0
    if types & {Kind.AGENCY, Kind.REGION}:
        # "the agency has approved it, after another had recommended it": who acts stands right before the verb
        told = [i for i in places if core[1] <= i < after and _BY.search(masked.text[core[1] : i])]
        acting = [i for i in places if before <= i < core[0] and _ACTING.fullmatch(masked.text[i + 1 : core[0]])]
        if acting and not told:
            return listed(masked, acting[-1], types, cores), 0
    if (
        "date" in types
        and not stretches[0]
        and stretches[1]
        and stretches[2]
        and "," in masked.text[core[1] : stretches[1][0]]
        and "," not in masked.text[stretches[2][0] : core[0]]
    ):
        return stretches[2][:1], 2  # "accepted that July with priority review, it was turned down in January"
    far, first = next((n, s[0]) for n, s in enumerate(stretches) if s)
    return listed(masked, first, types, cores), far


_DATED = re.compile(rf"(?: \(| in | on |, )(?:the )?(?=[{SYMBOL['date']}{SYMBOL['year']}])")


def dates_of(masked: Masked, places: Sequence[int]) -> dict[int, int]:
    """Return where the date of each of several agencies or regions stands: "in the US (May 2019) and Japan (June 2020)".

    Empty unless two of them have one each.
    """
    found = {place: match.end() for place in places if (match := _DATED.match(masked.text, place + 1))}
    return found if len(set(found.values())) > 1 else {}


_AND = re.compile(r",? and(?: (?:also|has|have|had|then|later|subsequently|recently|now))* $", re.IGNORECASE)


def acting_again(masked: Masked, core: tuple[int, int], cores: Sequence[tuple[int, int]]) -> list[int]:
    """Return the place of the agency that did one thing "and" did what the words at `core` tell; none otherwise."""
    if not _AND.search(masked.text[: core[0]]):
        return []
    agencies = [i for i, m in masked.mentions.items() if m.type == Kind.AGENCY and i < core[0]]
    acts = [i for i in agencies if any(i < c[0] < core[0] and c[0] - i < 60 for c in cores)]
    return acts[-1:]


def is_of_another(masked: Masked, core: tuple[int, int], place: int) -> bool:
    """Whether a deal is on another drug, named right before its words, rather than on what stands far off at `place`."""
    others = [i for i, m in masked.mentions.items() if m.type in (Kind.DRUG, Kind.ANTIBODY) and 0 < core[0] - i < 30]
    return bool(others) and not others[0] - 30 < place < core[1] + 60


def listed(masked: Masked, first: int, types: frozenset[str], cores: Sequence[tuple[int, int]] = ()) -> list[int]:
    """Return the places of all members of the list that the mention at `first` is one of."""
    places = sorted(i for i, m in masked.mentions.items() if m.type in types)
    members = [first]
    if "date" in types:
        return members
    at = places.index(first)
    for step in (1, -1):
        i = at
        while 0 <= i + step < len(places):
            left, right = sorted((places[i], places[i + step]))
            between = masked.text[left + 1 : right]
            if any(left < c[0] < right for c in cores):
                break
            stage = _STAGE if Kind.CONDITION in types else ""
            if not re.fullmatch(_LISTED.pattern + stage, between) or _ANOTHER.search(between):
                break
            i += step
            members.append(places[i])
    return sorted(members)


def _is_when(masked: Masked, place: int, core: tuple[int, int]) -> bool:
    since = core[1] if core[1] <= place else 0  # "waved it through in May"
    lead = masked.text[max(since, place - 60) : place]
    if masked.mentions[place].type == "year" and masked.text[place - 2 : place] == SYMBOL["meeting"] + " ":
        return False
    return bool(_WHEN.search(lead[-20:]) or masked.mentions[place].type == "date") and not _NOT_WHEN.search(lead[-40:])


_OF = Wording("events.of", re.IGNORECASE)


def subjects(masked: Masked, core: tuple[int, int]) -> list[int] | None:
    """Return the places of the ADCs that the words at `core` are about.

    Empty where the sentence names no ADC; None where it names another drug there and no ADC.
    """
    adcs = [i for i, m in masked.mentions.items() if m.type in (Kind.ADC, "it")]
    it = [i for i in adcs if i >= core[1] and masked.mentions[i].type == "it"][:1]
    if it and _OF.fullmatch(masked.text[core[1] : it[0]]):
        return it
    adcs = [i for i in adcs if masked.mentions[i].type == Kind.ADC] or adcs
    if not [i for i in adcs if masked.mentions[i].type == Kind.ADC] and (
        _OTHERS.search(masked.text[: core[0]]) or _UNKNOWN.search(masked.text)
    ):
        return None
    others = [
        i
        for i, m in masked.mentions.items()
        if m.type in (Kind.DRUG, Kind.ANTIBODY) and not _GIVEN.search(masked.text[max(0, i - 60) : i])
    ]
    inside = [i for i in adcs if core[0] <= i < core[1]]
    if inside:
        return listed(masked, inside[0], frozenset({Kind.ADC, "it"}))
    after = [i for i in adcs if i >= core[1]]
    before = [i for i in adcs if i < core[0]]
    if after and _OF.fullmatch(masked.text[core[1] : after[0]]):
        return listed(masked, after[0], frozenset({Kind.ADC, "it"}))
    if not inside and _OF_ANOTHER.match(masked.text, core[1]) and not (after and after[0] < core[1] + 90):
        return None
    drug_after = [i for i in others if i >= core[1]]
    if drug_after and _OF.fullmatch(masked.text[core[1] : drug_after[0]]):
        return None
    drug_before = [i for i in others if i < core[0]]
    if drug_before and (not before or _own(masked, before[-1], drug_before[-1])):
        # the drug named last is what the event befell, unless it is only given with the ADC
        return None
    if before:
        return listed(masked, before[-1], frozenset({Kind.ADC, "it"}))
    if after and not drug_before:
        return listed(masked, after[0], frozenset({Kind.ADC, "it"}))
    return []


_OF_ANOTHER = Wording("events.of_another", re.IGNORECASE)
"""What an event befell that has no name."""
_OTHERS = Wording("events.others", re.IGNORECASE)
"""Words of other things that an event can befall."""
_UNKNOWN = Wording("events.unknown")
"""Names of other products, by their form: a code, or the end of an INN."""
_GIVEN = re.compile(
    rf"\b(?:on or after|after|following|failed|despite|progress\w* on|been through|exposed to|previous\w*|prior|refractory to|resistant to|who (?:had|have had|received))"
    rf" (?:[\w-]+ ){{0,4}}(?:[{SYMBOL[Kind.DRUG]}{SYMBOL[Kind.ANTIBODY]}](?:,? and |,? or |, )(?:[\w-]+ ){{0,2}}){{0,3}}$",
    re.IGNORECASE,
)
"""Before a drug that patients had earlier."""
_BESIDE = re.compile(
    r"\b(?:with|plus|in combination|combined|versus|after|following|over|to|and|of)\b|\+|[(/]", re.IGNORECASE
)


def _own(masked: Masked, adc: int, drug: int) -> bool:
    """Whether a drug named after an ADC is a subject of its own and no partner or comparator of the ADC."""
    return adc < drug and not _BESIDE.search(masked.text[max(adc + 1, drug - 40) : drug])


@cache
def _adjective() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, adjectives()))})(?!\w)", re.IGNORECASE)


def adjective_region(text: str, *, last: bool = False) -> str | None:
    """Return the name of the region that an adjective names: in the text, or among its last few words.

    >>> adjective_region("a second Chinese application")
    'China'
    """
    found = list(_adjective().finditer(text))
    if not found or (last and re.search(r"[,;:.]|(?:\w+ ){3}", text[found[-1].end() :])):
        return None
    return adjectives()[found[-1][1].lower()]


_THE_AGENCY = re.compile(
    r"\bthe (?:same )?(?:agency|regulators?|authority|watchdog|administration)\b"
    rf"|(?:\bit|{SYMBOL['it']}) (?:also |later |then )?(?:has )?"
    r"(?:granted|cleared|approved|accepted|gave|awarded|lifted)\b"
    r"|\bthey (?:(?:also|have|had|then|later) )*(?:put|granted|gave|awarded|approved|cleared|accepted|took|placed|named)\b",
    re.IGNORECASE,
)
_YESTERDAY = re.compile(r"\b(?:yesterday|last night)\b", re.IGNORECASE)
_THE_DISEASE = Wording("events.the_disease", re.IGNORECASE)
_TODAY = Wording("events.today", re.IGNORECASE)


def recalled(lead: str, role: str) -> tuple[str, ...]:
    """Return the types of place that a sentence takes from those before it: "the agency", or the head of its bullet."""
    if _THE_AGENCY.search(lead):
        return (Kind.AGENCY, Kind.REGION)
    return (Kind.REGION,) if role == "bullet" else ()


def same(slot: str, text: str) -> tuple[str, ...]:
    """Return the types of mention that a sentence takes from those before it: "the same year", "in this disease"."""
    if slot == "date" and re.search(
        r"\b(?:same (?:year|month|day|time)|(?:later|earlier) that (?:month|year))\b", text, re.IGNORECASE
    ):
        return ("year", "date")
    if slot == "indication" and _THE_DISEASE.search(text):
        return (Kind.CONDITION,)
    return ()


def told_today(text: str, role: str, today: PartialDate | None) -> PartialDate | None:
    """Return the document's date where a sentence tells of something as news of that day."""
    if today and (role == "title" or _TODAY.search(text)):
        return today
    if today and today.day and re.search(rf"\b{today.earliest:%A}\b", text):
        return today
    if today and today.day and _YESTERDAY.search(text):
        before = today.earliest - timedelta(days=1)
        return PartialDate(before.year, before.month, before.day)
    return None
