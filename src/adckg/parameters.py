"""Parameters of saved queries: their types, what values they take, and the RDF terms that the values become.

A type is text, integer, decimal, date or iri, or a kind of entity (adc, payload, organisation, ...), which takes any name
of an entity, or a kind with a closed set (phase, trial-status, ...), which takes one of the ontology's concepts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache

from adckg import names, resources, sparql
from adckg.errors import QueryError
from adckg.model import CLASSES, Kind
from adckg.sources import Source, ask

_XSD = "http://www.w3.org/2001/XMLSchema#"
CLOSED = (
    Kind.PHASE,
    Kind.TRIAL_STATUS,
    Kind.DOSE_ROLE,
    Kind.SAFETY_KIND,
    Kind.ROLE_KIND,
    Kind.PARTNERSHIP_KIND,
    Kind.REGULATORY_KIND,
    Kind.CORPORATE_KIND,
    Kind.CONJUGATION,
)
"""the kinds whose entities are the concepts of the ontology, and no others"""
_WORDS = {kind: "ADC" if kind is Kind.ADC else kind.replace("-", " ") for kind in Kind}


@dataclass(frozen=True, slots=True)
class Parameter:
    """What can be filled in: `type` is one of `TYPES`."""

    name: str
    type: str
    description: str
    values: tuple[str, ...] = ()
    """the closed set of texts that it takes, where its type has none of its own"""
    default: str | None = None
    """what the file's own VALUES line holds; None for UNDEF"""

    @property
    def kind(self) -> Kind | None:
        """The kind of entity that it names, or None."""
        return None if self.type in _RENDERERS else Kind(self.type)

    @property
    def option(self) -> str:
        """The name as it is written on the command line."""
        return self.name.replace("_", "-")

    @property
    def takes(self) -> str:
        """What it takes, in words: a closed set in full, `name of a payload`, `date`."""
        if self.values:
            return " | ".join(self.values)
        if self.kind in CLOSED:
            return " | ".join(load_concepts(self.kind))
        return f"name of {_article(self.kind)}" if self.kind else self.type


def render_term(parameter: Parameter, value: str) -> str:
    """Return a value of a parameter as an RDF term in SPARQL; entities by their label (see `resolve`).

    Raises:
        QueryError: the value is not of the parameter's type or set.
    """
    if parameter.values:
        value = _choose(parameter.option, value, dict(zip(parameter.values, parameter.values, strict=True)))
    elif parameter.kind in CLOSED:
        value = _choose(parameter.option, value, _spellings(parameter.kind))
    try:
        return _RENDERERS.get(parameter.type, _text)(value)
    except ValueError as error:
        raise QueryError(f"{parameter.option} can't be {value!r}: {error}") from None


def _text(value: str) -> str:
    if re.search(r"\\[uU]", value):  # some engines expand \u0022 before they read the string
        raise ValueError("a backslash before a u can't be passed to a query")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("it isn't Unicode text") from None
    return sparql.quote(value)


def _iri(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]+", value):
        raise ValueError("it takes an absolute IRI, such as https://w3id.org/adckg/id/payload/dm4")
    return f"<{value}>"


def _typed(datatype: str, pattern: str, takes: str) -> Callable[[str], str]:
    def render(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"it takes {takes}")
        return f'"{value}"^^<{_XSD}{datatype}>'

    return render


def _date(value: str) -> str:
    try:
        return f'"{date.fromisoformat(value):%Y-%m-%d}"^^<{_XSD}date>'
    except ValueError:
        raise ValueError("it takes a day, such as 2012-06-30") from None


_RENDERERS: Mapping[str, Callable[[str], str]] = {
    "text": _text,
    "integer": _typed("integer", r"[+-]?[0-9]{1,18}", "a whole number, such as 21"),
    "decimal": _typed("decimal", r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?", "a number, such as 3.6"),
    "date": _date,
    "iri": _iri,
}
TYPES = (*_RENDERERS, *Kind)
"""the types of parameters"""


def resolve(source: Source, kind: Kind, name: str) -> str:
    """Return the label of the entity of this kind that bears a name, in any spelling.

    The names are those of the ontology for a closed set; else those of the source (labels, synonyms, what documents
    call it), then those of the vocabulary.

    Raises:
        QueryError: no entity bears the name, or more than one; it names the nearest or the candidates.
    """
    if kind in CLOSED:
        return _choose(_WORDS[kind], name, _spellings(kind))
    labels: dict[str, set[str]] = {}
    said: dict[str, str] = {}
    for row in ask(source, _NAMES % CLASSES[kind]).records():
        if row["label"] == name:
            return name
        labels.setdefault(fold(row["name"]), set()).add(row["label"])
        said.setdefault(fold(row["name"]), row["name"])
    found = labels.get(fold(name), set()) or _in_vocabulary(kind, name)
    if len(found) > 1:
        raise QueryError(f"{name!r} can be more than one {_WORDS[kind]}: {' or '.join(sorted(found))}")
    if not found:
        raise QueryError(f"no {_WORDS[kind]} is called {name!r}: {hint(name, said.values())}")
    return found.pop()


_NAMES = """
PREFIX adc: <https://w3id.org/adckg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?label ?name WHERE {
  ?entity a adc:%s ; skos:prefLabel ?label .
  { ?entity skos:prefLabel|skos:altLabel ?name } UNION { ?naming a adc:Naming ; adc:about ?entity ; adc:name ?name }
}
ORDER BY ?label ?name
"""


def _in_vocabulary(kind: Kind, name: str) -> set[str]:
    from adckg.vocabulary import load_vocabulary

    vocabulary = load_vocabulary()
    if not vocabulary.find(name, kind):
        return set()
    hits = (hit for hit in vocabulary.hits(name) if (hit.start, hit.end) == (0, len(name)))
    return {entity.label for hit in hits for entity in hit.entities if entity.kind is kind}


@cache
def load_concepts(kind: Kind) -> Mapping[str, tuple[str, ...]]:
    """Return the labels of a closed set in their order, each with what else it is called ("Phase II", "2")."""
    from adckg.store import Store

    found: dict[str, list[str]] = {}
    with Store.load(resources.folder("ontology") / "adc.ttl") as ontology:
        for row in ask(ontology, _CONCEPTS % CLASSES[kind]).records():
            found.setdefault(row["label"], []).append(row.get("name", row["label"]))
    return {label: tuple(others) for label, others in found.items()}


_CONCEPTS = """
PREFIX adc: <https://w3id.org/adckg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?label ?name WHERE {
  ?concept a adc:%s ; skos:prefLabel ?label .
  OPTIONAL { ?concept skos:altLabel|skos:notation ?name }
  OPTIONAL { ?concept adc:rank ?rank }
}
ORDER BY ?rank ?label ?name
"""


def _spellings(kind: Kind) -> dict[str, str]:
    return {said: label for label, others in load_concepts(kind).items() for said in (label, *others)}


def _choose(what: str, value: str, spellings: Mapping[str, str]) -> str:
    """Return what a spelling of a member of a closed set stands for."""

    def key(name: str) -> str:
        return fold(name.replace("/", "+"))  # "I/II" is not "III"

    wanted = (key(value), key(f"{what} {value}"))  # "II" is "Phase II"
    for said, meant in spellings.items():
        if key(said) in wanted:
            return meant
    raise QueryError(f"{what} can't be {value!r}: it is one of {', '.join(dict.fromkeys(spellings.values()))}")


def fold(name: str) -> str:
    """Return the form in which two spellings of a name are equal.

    >>> fold("T-DM1") == fold("t dm1®"), fold("FRα")
    (True, 'fralpha')
    """
    return names.slug(re.sub("[®™©]", "", name)).replace("-", "")


def hint(name: str, choices: Iterable[str]) -> str:
    """Say which choices a mistyped name may have meant."""
    spelled = {fold(choice): choice for choice in choices}
    near = [spelled[key] for key in get_close_matches(fold(name), spelled, n=3, cutoff=0.6)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"there {'is' if len(spelled) == 1 else 'are'} {', '.join(sorted(spelled.values())[:12]) or 'none'}"


def _article(kind: Kind) -> str:
    word = _WORDS[kind]
    return f"{'an' if word[0].lower() in 'aeio' else 'a'} {word}"
