"""A question in plain words, read: what it names (entities, phases, times, numbers, quoted text) and which words are left.

The vocabulary and the readers of values recognise what is named, as they do in documents. No model, no network.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from adckg import documents, resources
from adckg.errors import KnowledgeError
from adckg.model import Entity, Kind, PartialDate
from adckg.values import Found, find_values
from adckg.vocabulary import load_vocabulary


@dataclass(frozen=True, slots=True)
class Named:
    """Something that a question names, which its answer has to heed.

    `slot` is a kind of entity, `number` (a least number), `text` (quoted), or a time: `as_of` (up to a day), `since`
    (from a day on) or `in` (from a day to another); or the type of a value that no question can be given.
    """

    start: int
    end: int
    slot: str
    said: str
    labels: Mapping[Kind, tuple[str, ...]]
    """the labels of the entities that it can be, by kind"""
    values: tuple[str, ...] = ()
    """a number, a text, or the first and the last day of a time ("" where it has none)"""
    joined: bool = False
    """whether "and" stands before it"""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that names nothing, and its stem."""

    said: str
    stem: str
    name_like: bool
    """whether it is written as a name is: with a digit, or a capital letter within a sentence"""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read."""

    text: str
    named: tuple[Named, ...]
    words: tuple[Word, ...]
    """in their order, without those that say nothing about what is asked"""


@dataclass(frozen=True, slots=True)
class Language:
    """What queries/ask.yaml says of English."""

    idle: frozenset[str]
    turning: frozenset[str]
    alike: Mapping[str, str]
    """the stem that stands for another one"""
    general: frozenset[str]
    plain: frozenset[str]
    called: Mapping[str, tuple[str, ...]]


@cache
def load_language() -> Language:
    """Return what queries/ask.yaml says.

    Raises:
        KnowledgeError: it can't be read.
    """
    import yaml

    path = resources.folder("queries") / "ask.yaml"
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        alike = {_cut(word): _cut(group[0]) for group in data["alike"] for word in group}
        return Language(
            frozenset(data["idle"].split()),
            frozenset(data["turning"].split()),
            alike,
            frozenset(data["general"]),
            frozenset(data["plain"]),
            {label: tuple(others) for label, others in data["called"].items()},
        )
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise KnowledgeError(f"queries/ask.yaml can't be read: {' '.join(str(error).split())}") from error


_ENDINGS = re.compile(r"(?:ations?|at(?:ed?|es|ing)|ions?|ings?|ments?|(?<=\w{4})als?|ers?|ed|es|s|ly)$")


def _cut(word: str) -> str:
    """Return a word in lower case without its ending."""
    word = word.lower()
    for _ in range(2):
        cut = _ENDINGS.sub("", word)
        if len(cut) < 3 or cut == word or not re.search("[aeiouy]", cut):
            break
        word = cut
    return re.sub(r"(?<=\w\w\w)[yie]$", "", word)


def stem(word: str) -> str:
    """Return the form in which words are compared: that of the first of those that are asked for one another.

    >>> stem("approved") == stem("approvals"), stem("studies") == stem("trial")
    (True, True)
    """
    return load_language().alike.get(_cut(word), _cut(word))


_WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?")


def stems(text: str) -> list[str]:
    """Return the stems of the words of a text, without those that say nothing."""
    return [word.stem for word in words(text)]


def words(text: str) -> Iterator[Word]:
    """Yield the words of a text but those that say nothing."""
    text = re.sub(r"\bantibody[- ]drug[- ]conjugate(s?)\b", r"ADC\1", text, flags=re.IGNORECASE)
    text = re.sub(r"n't\b", " not", text)
    first = True
    for match in _WORD.finditer(text):
        said = re.sub(r"'s?$|'\w+$", "", match[0])
        cased = any(c.isupper() for c in (said[1:] if first else said))
        if said.lower() not in load_language().idle:
            yield Word(said, stem(said), cased or any(c.isdigit() for c in said))
        first = False


def read_question(text: str, *, common: Collection[str], names: Mapping[str, Entity]) -> Question:
    """Return a question as read.

    `common` are stems of words that are no names, however they are written; `names` are further names of entities.
    """
    left = " ".join(documents.clean(text, 0, len(text)).text.split())
    named: list[Named] = []

    def take(found: Named) -> None:
        nonlocal left
        named.append(found)
        left = left[: found.start] + "\n" * (found.end - found.start) + left[found.end :]

    for match in list(re.finditer(r'"([^"]+)"', left)):
        take(Named(*match.span(), "text", match[0], {}, (match[1].strip(),)))
    for name in sorted(names, key=len, reverse=True):
        for match in list(re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", left)):
            entity = names[name]
            take(Named(*match.span(), entity.kind, match[0], {entity.kind: (entity.label,)}))
    for found in list(_entities(left, common)):
        take(found)
    values = list(find_values(left))
    for found in (*_times(left, values), *_numbers(left, values)):
        take(found)
    joined = [replace(n, joined=re.search(r"\band\s*$", left[: n.start]) is not None) for n in named]
    return Question(text, tuple(sorted(joined, key=lambda n: n.start)), tuple(words(left)))


def _entities(text: str, common: Collection[str]) -> Iterator[Named]:
    """Yield the entities that the vocabulary knows; a name in small letters counts if it is no common word."""
    vocabulary = load_vocabulary()
    taken: set[int] = set()
    for hit in vocabulary.hits(text):
        if found := _entity(text, hit.start, hit.end, hit.entities):
            yield found
        taken.update(range(hit.start, hit.end))
    for match in re.finditer(r"[^\W_][\w-]*[^\W_]", text):
        said = match[0]
        plain = said.lower() in load_language().idle or stem(said) in common
        if plain or len(said) < 3 or said != said.lower() or not taken.isdisjoint(range(*match.span())):
            continue
        for hit in vocabulary.hits(said.upper()):
            if (hit.start, hit.end) == (0, len(said)) and (found := _entity(text, *match.span(), hit.entities)):
                yield found


def _entity(text: str, start: int, end: int, entities: tuple[Entity, ...]) -> Named | None:
    labels: dict[Kind, tuple[str, ...]] = {}
    for entity in entities:
        if entity.label not in load_language().general:
            labels[entity.kind] = (*labels.get(entity.kind, ()), entity.label)
    return Named(start, end, next(iter(labels)), text[start:end], labels) if labels else None


_AS_OF = "by|until|till|up to|as of|as at|through|on"
_RELATION = re.compile(
    rf"\b(?P<relation>{_AS_OF}|before|prior to|since|after|from|between|and|to|in|during|of|at)(?: and including)?"
    r"(?: the)?(?: year)?(?: end of)?(?: the year)?[ \n]*$",
    re.IGNORECASE,
)
_END_OF = re.compile(r"(?:(?:by the )?end of|year-end)[ -]", re.IGNORECASE)
_DAY = timedelta(days=1)


def _times(text: str, values: list[Found]) -> Iterator[Named]:
    """Yield the times that a question tells, each with the word before it that says how it is meant."""
    dates = [value for value in values if value.type in ("date", "year")]
    said: list[tuple[int, int, str, PartialDate]] = []
    for value in dates:
        day = value.values[0]
        assert isinstance(day, PartialDate)
        end_of = _END_OF.match(text, value.start)
        whole = text[value.start : value.end]
        if not end_of and value.type == "date" and day.month is None:
            # a part of a year, which is no exact time
            yield Named(value.start, value.end, "part of a year", whole, {})
            continue
        before = _RELATION.search(text[: value.start])
        relation = before["relation"].lower() if before else ""
        if end_of and whole.lower().startswith("by"):
            relation = "by"
        start = before.start() if before else value.start
        said.append((start, value.end, relation, day))
    while said:
        start, end, relation, day = said.pop(0)
        days: tuple[date | None, date | None]
        if said and relation in ("between", "from") and said[0][2] in ("and", "to", "until", "till", "through"):
            _, end, _, last = said.pop(0)
            days = (day.earliest, last.latest)
        elif relation in ("before", "prior to"):
            days = (None, day.earliest - _DAY)
        elif relation == "after":
            days = (day.latest + _DAY, None)
        elif relation == "since" or (relation == "from" and re.match(r" on(?:wards?)?\b", text[end:])):
            days = (day.earliest, None)
        elif relation in _AS_OF.split("|") or relation == "at":
            days = (None, day.latest)
        else:
            days = (day.earliest, day.latest)
        slot = "in" if all(days) else "since" if days[0] else "as_of"
        yield Named(start, end, slot, text[start:end], {}, tuple(_iso(day) for day in days))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


_LEAST = re.compile(
    r"(?:\b(?P<least>at least|minimum of|no fewer than|not less than)|\b(?P<more>more than|over|above|exceeding))[ \n]*$",
    re.IGNORECASE,
)


def _numbers(text: str, values: list[Found]) -> Iterator[Named]:
    """Yield phases, least numbers, and all other values, which nothing can be asked by."""
    for value in values:
        start, end, said = value.start, value.end, text[value.start : value.end]
        if value.type in ("date", "year") or said.lower() in ("one", "a year"):
            continue
        if value.type == "phase":
            phases = tuple(phase.label for phase in value.values if isinstance(phase, Entity))
            yield Named(start, end, Kind.PHASE, said, {Kind.PHASE: phases})
            continue
        amount = value.values[0]
        if value.type in ("number", "decimal", "money") and isinstance(amount, (int, Decimal)):
            before = _LEAST.search(text[:start])
            after = re.match(r" or more\b", text[end:])
            if before or after:
                more = 1 if before and before["more"] and value.type == "number" else 0
                begin = before.start() if before else start
                yield Named(begin, end + (after.end() if after else 0), "number", said, {}, (str(amount + more),))
                continue
        yield Named(start, end, f"exact {value.type}", said, {})
