"""Reactions with their grade ("Grade 3 neutropenia") and how often they were seen ("neutropenia (32%)")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from adckg.endpoints import OTHER
from adckg.model import Entity, Kind, Mention, Value
from adckg.names import slug
from adckg.wordings import RareWording, Wording

_DESCRIBED = Wording("figures.described")
_OF_GRADE = Wording("figures.of_grade")
_TWO_GRADES = re.compile(r"\b(?:all|any)[- ]?grades?(?: events)?[;,/ ]{1,3}(?:and |or |vs\.? )?[\[(]?$", re.IGNORECASE)
"""what stands before a grade where frequencies come in pairs: "(any grade/grade 3 or higher)"."""
_WORD = (
    r"(?!(?:was|were|is|are|had|has|have|led|leading|occurr\w+|of|in|with|to|by|from|at|for|who|which|that|patients?"
    r"|including|resulting|due|and|or|treatment|grade|events?|reactions?|toxicit\w+|effects?|followed|respectively"
    r"|as|the|all|most|some|mainly|any|other|but|also|both|each)\b)[a-z][a-z'-]{2,25}"
)
_ITEM = re.compile(rf", (?P<name>{_WORD}(?: {_WORD}){{0,3}})(?= ?\([^()]*\),|,)")
_LIST_SO_FAR = re.compile(r"(?: ?\([^()]*\))?(?:, [a-z' -]{3,45}(?: ?\([^()]*\))?){0,3}, ")
_OF_ALL = re.compile(r" of (?:the |all |treated )?(?:patients|pts|women|subjects|participants|cases) ?(?=[(\[])")
_IN = Wording("figures.seen_in")
_GRADE_AFTER = Wording("figures.grade_after")
_AT_GRADE = Wording("figures.at_grade")
_GRADE_IN = Wording("figures.grade_in")
_IN_GRADE = Wording("figures.in_grade")
_PERCENT_LIST = RareWording("figures.percent_list", re.IGNORECASE)
_ABOVE_ALL = re.compile(
    r",? \(?(?:chiefly|mostly|mainly|especially|largely|notably|primarily|including|particularly|predominantly|such as)(?: of)? "
)
_HEADS_LIST = re.compile(
    r"^[^.]{0,60}?(?::|\b(?:included?|including|consisted(?: above all)? of|reads?|were|comprised))[^.;:]{0,45}:? ?$"
)
_NO_HEAD = re.compile(r"\b(?:all|any)[- ]?grades?\b|\bno(?:t|ne)?\b", re.IGNORECASE)
_RUN_IN = re.compile(r"[-*•> ]{0,4}[A-Z][^.:;()]{2,70}:(?= |$)")
"""what a line begins with ("Serious adverse reactions: 40%.")"""
_TOPICS = {name: Wording(f"topics.{name}", re.IGNORECASE) for name in ("serious", "fatal", "ended")}
_LISTED = re.compile(r",? ?(?:and |or |& )?")


def add_unlisted(text: str, items: list[Mention]) -> list[Mention]:
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


def topic_of(text: str, before: str) -> str:
    """Return what the first words of a sentence say of the reactions in it ("Fatal: 4% (sepsis)"), else what those of its
    line did: `serious`, `fatal`, `ended` or nothing.
    """
    if not _RUN_IN.match(text):
        return before
    return next((name for name, wording in _TOPICS.items() if wording.match(text)), "")


def add_topic(items: list[Mention], topic: str) -> list[Mention]:
    """Put the topic of a line before what it tells of reactions."""
    if not topic or not any(m.type == "reaction" for m in items) or (items and items[0].start == 0 == items[0].end):
        return items
    return [Mention(0, 0, topic, (topic,)), *items]


def give_units(text: str, items: list[Mention]) -> list[Mention]:
    """Read the bare numbers of a list of reactions that is said to be in percent ("in percent: nausea 48, anemia 36")."""
    said = _PERCENT_LIST.search(text) if any(m.type == "reaction" for m in items) else None
    if not said:
        return items
    # "nausea 48, anemia 36 (in percent)"
    begin = said.end() if said.end() < len(text) - 2 else 0
    out = list(items)
    for i in range(1, len(out)):
        m, last = out[i], out[i - 1]
        if (
            m.type in ("number", "decimal")
            and m.start >= begin
            and last.type == "reaction"
            and re.fullmatch(r"[\s,:=(-]{1,3}", text[last.end : m.start])
        ):
            out[i] = replace(m, type="percent", values=(Decimal(str(m.values[0])),))
    return out


def _more_grades(text: str, end: int, following: Sequence[Mention]) -> tuple[list[dict[str, Value]], int]:
    """Return how often a reaction that was seen reached a grade, where that is told next ("; grade 3-4 in 61%"), and how
    many mentions tell it.
    """
    if len(following) < 2:
        return [], 0
    one, two = following[:2]
    if (
        one.type == "grade"
        and two.type in ("percent", "count")
        and _AT_GRADE.fullmatch(text, end, one.start)
        and _GRADE_IN.fullmatch(text, one.end, two.start)
    ) or (
        one.type in ("percent", "count")
        and two.type == "grade"
        and _AT_GRADE.fullmatch(text, end, one.start)
        and _IN_GRADE.fullmatch(text, one.end, two.start)
    ):
        grade, figure = (one, two) if one.type == "grade" else (two, one)
        # "grade 3 nausea": the grade is the next one's
        after = following[2] if len(following) > 2 else None
        if after and after.type == "reaction" and re.fullmatch(r" (?:[\w-]+ )?", text[two.end : after.start]):
            return [], 0
        found = _frequencies(text, [figure])
        for group in found:
            group["grade"] = grade.values[0]
        return found, 2
    return [], 0


def join_reactions(text: str, items: list[Mention]) -> list[Mention]:
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
            # the grade of pairs is no reaction's that stands by itself
            headed = (
                m.type == "grade" and paired is not None and _TWO_GRADES.search(text, max(0, m.start - 30), m.start)
            )
            out.append(replace(m, type=OTHER) if headed else m)
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
            if (
                groups
                and out
                and out[-1].type == "reaction"
                and text[m.end : m.end + 1] == ","
                and _ABOVE_ALL.fullmatch(text, out[-1].end, m.start)
            ):
                # "hemorrhage, chiefly epistaxis, was seen in 33%"
                out[-1] = replace(out[-1], type="seen", more=tuple(tuple(g.items()) for g in groups))
                groups, end = [], m.end
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
        second = items[i] if i < len(items) else None
        if (
            paired is not None
            and len(groups) == 1
            and grade is None
            and "grade" not in groups[0]
            and second
            and second.type == "percent"
            and re.fullmatch(r" ?[\[(/] ?", text[end : second.start])
        ):
            # "all grades [grade 3 or 4]: fatigue 50% [7%]"
            groups += [group | {"grade": paired} for group in _frequencies(text, [second])]
            end = second.end
            i += 1
        later = items[i] if i < len(items) else None
        if (
            later
            and later.type == "grade"
            and grade is None
            and not any("grade" in group for group in groups)
            and (said_of := _GRADE_AFTER.fullmatch(text, end, later.start))
        ):
            grade, end = later.values[0], later.end
            i += 1
            if said_of["all"] or not groups:
                # "hypertension and neuropathy, each of grade 3", "neutropenia and anemia of grade 3"
                for at in range(len(out) - 1, -1, -1):
                    after = out[at + 1].start if at + 1 < len(out) else start
                    if out[at].type != "reaction" or out[at].more or not _LISTED.fullmatch(text, out[at].end, after):
                        break
                    out[at] = replace(out[at], more=((("grade", grade),),))
        if groups and grade is None:
            more, used = _more_grades(text, end, items[i : i + 3])
            if more and "grade" not in groups[0]:
                groups += more
                end = items[i + used - 1].end
                i += used
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
    return _spread_grade(text, out) if paired is None else out


def _spread_grade(text: str, items: list[Mention]) -> list[Mention]:
    """Give each reaction of a list the grade that stands before the list ("events of grade 3 or above: nausea, 5%; ...")."""
    grades = [m for m in items if m.type == "grade"]
    listed = [i for i, m in enumerate(items) if m.type in ("reaction", "seen")]
    if len(grades) != 1 or len(listed) < 2:
        return items
    grade, first = grades[0], items[listed[0]]
    lead = text[grade.end : first.start]
    if grade.start > first.start or not _HEADS_LIST.search(lead) or _NO_HEAD.search(text[: first.start]):
        return items
    if any("grade" in dict(group) for i in listed for group in items[i].more):
        return items
    out = list(items)
    for i in listed:
        more = out[i].more or ((),)
        out[i] = replace(out[i], more=tuple((*group, ("grade", grade.values[0])) for group in more))
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
