"""Which saved query answers a question in plain words, and with which parameters; none where nothing fits.

How a query is chosen. A question is turned into stems and slots: "Which HER2 ADCs were in phase 2 in 2012?" is the words
"adc" and the slots {target}, {phase} and {in}. So are the example wordings in the header of each saved query. Each word
and slot weighs as much as it tells queries apart (its inverse document frequency over the queries; a word that no query
knows weighs most). The sureness of a query is the geometric mean of two shares, both between 0 and 1:

- coverage: of the weight of the question's words and slots, how much the query knows, from its examples, name, summary
  and tags in full, from its description and parameters by half;
- closeness: of the weight of all that the question and the closest example hold, how much they share.

Whatever is named in a question has to be taken by a parameter of its kind, or the query doesn't fit (several ADCs, or
several of another kind with "or" between them, are taken as alternatives); words that turn a
question round (not, without, why, will, ...) have to stand in one of the query's examples; a name that nobody bears fits
nothing. Members of closed sets ("approved", "discontinued") are taken by a parameter where the query has one, and are
plain words elsewhere. The best query that fits is chosen if its sureness is `SURE` or more, and `APART` more than that of the next.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from adckg.errors import QueryError, UnansweredError
from adckg.model import CLASSES, Entity, Kind
from adckg.parameters import CLOSED, Parameter, load_concepts, render_term
from adckg.queries import SavedQuery, load_queries
from adckg.question import Named, Question, load_language, read_question, stem, stems
from adckg.sources import Source, ask

SURE = 0.56
"""how sure a choice has to be"""
APART = 0.05
"""how much surer than the next"""


@dataclass(frozen=True, slots=True)
class Choice:
    """A saved query with the parameters that a question gives it."""

    query: SavedQuery
    arguments: Mapping[str, tuple[str, ...]]
    sureness: float
    """between 0 and 1"""
    lacks: str = ""
    """what of the question the query has no place for"""


@dataclass(frozen=True, slots=True)
class _Profile:
    """What a saved query says of itself, in stems and slots."""

    query: SavedQuery
    examples: tuple[frozenset[str], ...]
    known: Mapping[str, float]
    """how much each stem and slot counts"""
    asked_with: frozenset[str]
    """the words and slots of its examples, as they are written"""


@dataclass(frozen=True, slots=True)
class _Profiles:
    all: tuple[_Profile, ...]
    weights: Mapping[str, float]
    most: float
    """the weight of what no query knows"""

    def weigh(self, tokens: Iterable[str]) -> float:
        return sum(self.weights.get(token, self.most) for token in tokens)


@cache
def _load_profiles() -> _Profiles:
    profiles = tuple(_profile(query) for query in load_queries("questions"))
    frequency = Counter(token for profile in profiles for token in profile.known)
    weights = {token: math.log(1 + len(profiles) / count) for token, count in frequency.items()}
    return _Profiles(profiles, weights, math.log(1 + len(profiles)))


def _profile(query: SavedQuery) -> _Profile:
    examples = tuple(frozenset(_example_tokens(query, example)) for example in query.examples)
    known = dict.fromkeys(stems(f"{query.description} {' '.join(p.description for p in query.parameters)}"), 0.5)
    known |= dict.fromkeys(stems(f"{query.name} {query.summary} {' '.join(query.tags)}"), 1.0)
    known |= dict.fromkeys((token for example in examples for token in example), 1.0)
    known |= {_slot(parameter): 1.0 for parameter in query.parameters}
    asked_with = frozenset(word for example in query.examples for word in re.findall(r"\{\w+\}|\w+", example))
    return _Profile(query, examples, known, asked_with)


_SLOT = re.compile(r"\{(\w+)\}")
_TIMES = {"as_of": "as_of", "since": "since", "after": "since", "in": "in", "between": "in"}


def _example_tokens(query: SavedQuery, example: str) -> list[str]:
    slots = [
        f"{{{_TIMES[name]}}}" if name in _TIMES else _slot(query.parameter(name)) for name in _SLOT.findall(example)
    ]
    return [*slots, *stems(_SLOT.sub(" ", example))]


def _slot(parameter: Parameter) -> str:
    if parameter.type == "date":
        return f"{{{_TIMES[parameter.name]}}}"
    return "{number}" if parameter.type in ("integer", "decimal") else f"{{{parameter.type}}}"


def choose(question: str, source: Source) -> tuple[Choice, tuple[Choice, ...]]:
    """Return the saved query that answers a question best, and the next two candidates.

    Raises:
        UnansweredError: nothing fits, or not surely enough; it carries the nearest candidates.
        StoreError: the source can't be queried.
    """
    profiles = _load_profiles()
    common = profiles.weights.keys() | _concept_stems()
    read = read_question(question, common=common, names={})
    strange = {word.said for word in read.words if word.stem not in common}
    if strange:
        names = _names_in(source, question, strange)
        if names:
            read = read_question(question, common=common, names=names)
    ranked = sorted((_weigh(profile, read) for profile in profiles.all), key=_rank)
    best, others = ranked[0], tuple(ranked[1:3])
    reason = _refuse(read, best, others[0], common)
    if reason:
        nearest = tuple(choice for choice in ranked[:3] if choice.sureness > 0)
        raise UnansweredError(reason, [(choice.query.name, choice.sureness) for choice in nearest])
    return best, others


def _rank(choice: Choice) -> tuple[bool, float, str]:
    return bool(choice.lacks), -choice.sureness, choice.query.name


def _refuse(question: Question, best: Choice, next_best: Choice, common: Iterable[str]) -> str:
    """Say why a question isn't answered, or nothing if it is."""
    for named in question.named:
        for kind, labels in named.labels.items():
            if len(labels) > 1 and kind is not Kind.PHASE:
                return f"{named.said!r} can be more than one: {' or '.join(labels)}"
    unknown = [word for word in question.words if word.stem not in common]
    names = [word.said for word in unknown if word.name_like]
    if not question.words and not question.named:
        return "there is no question in it"
    if names:
        return f"nothing is called {' or '.join(map(repr, names))}"
    if best.lacks:
        return f"no saved query has a place for {best.lacks} together with the rest"
    if best.sureness < SURE:
        of = f" of {', '.join(repr(word.said) for word in unknown)}" if unknown else ""
        return f"no saved query speaks{of} in this way"
    if not next_best.lacks and best.sureness - next_best.sureness < APART:
        return f"{best.query.name} and {next_best.query.name} fit alike"
    return ""


def _weigh(profile: _Profile, question: Question) -> Choice:
    """Return how well a query fits a question, and the parameters it gets from it."""
    profiles = _load_profiles()
    arguments: dict[str, tuple[str, ...]] = {}
    lacks: list[str] = []
    tokens: set[str] = set()
    for named in question.named:
        found = _fill(profile, named, arguments)
        if found:
            tokens.add(found)
        else:
            lacks.append(repr(" ".join(named.said.split())))
            tokens.add(f"{{{named.slot}}}?")  # known to no query
    words = [word.stem for word in question.words]
    for parameter in profile.query.parameters:
        if parameter.kind in CLOSED and parameter.name not in arguments:
            label, words = _concept(parameter.kind, words)
            if label:
                arguments[parameter.name] = (label,)
                tokens.add(_slot(parameter))
    turning = load_language().turning - profile.asked_with
    lacks += [repr(word.said) for word in question.words if word.said.lower() in turning]
    tokens |= set(words)
    whole = profiles.weigh(tokens)
    covered = sum(profile.known.get(token, 0) * profiles.weigh([token]) for token in tokens)
    close = max(profiles.weigh(tokens & example) / profiles.weigh(tokens | example) for example in profile.examples)
    sureness = math.sqrt(covered / whole * close) if whole else 0.0
    return Choice(profile.query, arguments, sureness, " and ".join(dict.fromkeys(lacks)))


def _fill(profile: _Profile, named: Named, arguments: dict[str, tuple[str, ...]]) -> str:
    """Put what is named into a parameter of a query; return the slot it takes, or nothing where it has no place."""
    by_name = {parameter.name: parameter for parameter in profile.query.parameters}
    if named.slot in ("as_of", "since", "in"):
        return _fill_time(profile, named, by_name, arguments)
    for parameter in profile.query.parameters:
        slot = _slot(parameter)
        labels = named.labels.get(parameter.kind, ()) if parameter.kind else ()
        if labels and (not parameter.values or set(labels) <= set(parameter.values)):
            if named.joined and parameter.name in arguments and parameter.kind is not Kind.ADC:
                return ""  # several values are alternatives: what is true of one and the other can't be asked
            given = (*arguments.get(parameter.name, ()), *labels)
            arguments[parameter.name] = tuple(dict.fromkeys(given))
            return slot
        fits = slot == f"{{{named.slot}}}" and not (parameter.type == "integer" and "." in named.values[0])
        if not named.labels and fits and parameter.name not in arguments:
            arguments[parameter.name] = named.values
            return slot
    return ""


def _fill_time(
    profile: _Profile, named: Named, by_name: Mapping[str, Parameter], arguments: dict[str, tuple[str, ...]]
) -> str:
    """Put a time into the parameters for its first and its last day.

    Where there is none for the first, "in 2012" means what was known at the end of 2012, if the query is asked so.
    """
    first, last = named.values
    told: dict[str, tuple[str, ...]] = {}
    if first and "since" in by_name:
        told["since"] = (first,)
    elif first and "after" in by_name:
        told["after"] = ((date.fromisoformat(first) - timedelta(days=1)).isoformat(),)
    elif first and not (last and "{in}" in profile.asked_with):
        return ""
    if last and "as_of" in by_name:
        told["as_of"] = (last,)
    elif last:
        return ""
    if told.keys() & arguments.keys():
        return ""
    arguments.update(told)
    return f"{{{named.slot}}}"


@cache
def _concepts(kind: Kind) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return what the members of a closed set are called, in stems, the longest first."""
    called = load_language().called
    found = {
        tuple(stems(said)): label
        for label, others in reversed(list(load_concepts(kind).items()))
        if label not in load_language().plain
        for said in (*called.get(label, ()), *others, label)
    }
    return tuple(sorted(((words, label) for words, label in found.items() if words), key=lambda c: -len(c[0])))


@cache
def _concept_stems() -> frozenset[str]:
    return frozenset(word for kind in CLOSED for words, _ in _concepts(kind) for word in words)


def _concept(kind: Kind, words: list[str]) -> tuple[str, list[str]]:
    """Return the member of a closed set that words name, and the words without it; no label where they name none."""
    if kind is Kind.PHASE:
        return "", words
    for said, label in _concepts(kind):
        for at in range(len(words) - len(said) + 1):
            if tuple(words[at : at + len(said)]) == said:
                return label, [*words[:at], *words[at + len(said) :]]
    return "", words


_NAMES = """
PREFIX adc: <https://w3id.org/adckg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?name ?class ?label WHERE {
  VALUES ?name { %s }
  { ?entity skos:prefLabel|skos:altLabel ?name } UNION { ?naming adc:name ?name ; adc:about ?entity }
  ?entity a ?class ; skos:prefLabel ?label .
}
ORDER BY ?name ?class ?label
"""
_NAME = Parameter("name", "text", "a name that the source may know")
_LONGEST = 6
"""words of a name"""


def _names_in(source: Source, question: str, strange: Iterable[str]) -> dict[str, Entity]:
    """Return the names in a question that the source knows, in the source's spelling, and that hold a strange word."""
    pieces = [match.span() for match in re.finditer(r"[^\s?!,;\"]+", question)]
    stretches = {
        question[begin:end].rstrip(".'") for i, (begin, _) in enumerate(pieces) for _, end in pieces[i : i + _LONGEST]
    }
    wanted = []
    for said in sorted(said for said in stretches if any(word in said for word in strange)):
        with suppress(QueryError):  # what can't be passed to a query is no name
            wanted.append(render_term(_NAME, said))
    kinds = {f"https://w3id.org/adckg/ontology#{name}": kind for kind, name in CLASSES.items() if kind not in CLOSED}
    found: dict[str, Entity] = {}
    for row in ask(source, _NAMES % " ".join(wanted)).records():
        if kind := kinds.get(row["class"]):
            found.setdefault(row["name"], Entity(kind, stem(row["label"]), row["label"]))
    return found
