"""seeds/vocabulary -> one automaton; the entities and values that a sentence mentions.

Names are matched longest first, at word boundaries. Letter case is ignored for names of six or more characters;
hyphens and spaces inside a name never matter (`Trop-2`, `TROP 2`, `TROP2`), nor does a plural `s`.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import compress
from pathlib import Path

import ahocorasick_rs

from adckg import resources
from adckg.errors import KnowledgeError
from adckg.model import Entity, Kind

FILES: Mapping[str, Kind] = {
    "adcs": Kind.ADC,
    "antibodies": Kind.ANTIBODY,
    "linkers": Kind.LINKER,
    "payloads": Kind.PAYLOAD,
    "targets": Kind.TARGET,
    "technologies": Kind.TECHNOLOGY,
    "organisations": Kind.ORGANISATION,
    "conditions": Kind.CONDITION,
    "drugs": Kind.DRUG,
    "trials": Kind.TRIAL,
    "meetings": Kind.MEETING,
    "agencies": Kind.AGENCY,
    "regions": Kind.REGION,
    "endpoints": Kind.ENDPOINT,
    "reactions": Kind.REACTION,
}
COLUMNS = ("id", "label", "synonyms", "identifiers", "source")
EXACT_CASE_BELOW = 6
"""characters; a shorter name is matched in its own letter case (or all in capitals)"""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the vocabulary."""

    entity: Entity
    synonyms: tuple[str, ...]
    """every other name, without the marks that steer matching"""
    identifiers: tuple[str, ...]
    """CURIEs"""
    source: tuple[str, ...]
    """where it was verified"""
    more: Mapping[str, tuple[str, ...]]
    """the further columns of its file, split at `|`"""


@dataclass(frozen=True, slots=True)
class NameWord:
    """The second word of an ADC's name and what it implies (ids of rows)."""

    word: str
    linker: str
    payload: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A name found: where, and which entities bear it."""

    start: int
    end: int
    entities: tuple[Entity, ...]


@dataclass(slots=True)
class Vocabulary:
    """All rows, and the automaton that finds their names."""

    rows: dict[tuple[Kind, str], Row]
    name_words: tuple[NameWord, ...]
    digest: str
    _names: dict[str, list[tuple[Entity, str | None]]] = field(default_factory=dict)
    _keys: list[str] = field(default_factory=list)
    _automaton: ahocorasick_rs.AhoCorasick | None = None

    def get(self, kind: Kind, slug: str) -> Entity:
        """Return the entity of a row.

        Raises:
            KnowledgeError: there is no such row.
        """
        try:
            return self.rows[kind, slug].entity
        except KeyError:
            raise KnowledgeError(f"seeds/vocabulary: no {kind} has the id {slug!r}") from None

    def find(self, name: str, *kinds: Kind) -> Entity | None:
        """Return the entity that bears this name, of one of these kinds (of any, where none is given)."""
        for entity, exact in self._names.get(_folded(name), ()):
            if (not kinds or entity.kind in kinds) and (exact is None or _same_case(name, exact)):
                return entity
        return None

    def hits(self, text: str) -> Iterator[Hit]:
        """Yield the names in a cleaned text, longest first where they overlap, in order of their place."""
        if self._automaton is None:
            self._automaton = ahocorasick_rs.AhoCorasick(self._keys, matchkind=ahocorasick_rs.MatchKind.Standard)
        folded, places = fold(text)
        found: list[tuple[int, int, tuple[Entity, ...]]] = []
        for key, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            begin, finish = places[start], places[end - 1] + 1
            bound = _bound(text, begin, finish)
            if bound is None:
                continue
            said = text[begin:finish]
            bearers = self._names[self._keys[key]]
            entities = tuple(dict.fromkeys(e for e, exact in bearers if exact is None or _same_case(said, exact)))
            if entities:
                found.append((begin, bound, entities))
        found.sort(key=lambda hit: (hit[0], -hit[1]))
        taken = -1
        for begin, finish, entities in _longest(found):
            if begin >= taken:
                yield Hit(begin, finish, entities)
                taken = finish


def _longest(found: list[tuple[int, int, tuple[Entity, ...]]]) -> list[tuple[int, int, tuple[Entity, ...]]]:
    """Drop every hit that overlaps a longer one."""
    kept: list[tuple[int, int, tuple[Entity, ...]]] = []
    for hit in found:
        while kept and hit[0] < kept[-1][1] and hit[1] - hit[0] > kept[-1][1] - kept[-1][0]:
            kept.pop()
        if not kept or hit[0] >= kept[-1][1]:
            kept.append(hit)
    return kept


_KEPT = bytes(chr(i) not in "- " for i in range(256))


def fold(text: str) -> tuple[str, list[int]]:
    """Return a text in the form in which names are compared, and the place of each of its characters in the text."""
    if text.isascii():
        places = list(compress(range(len(text)), text.encode().translate(_KEPT)))
    else:
        places = [i for i, c in enumerate(text) if c not in "- "]
    lower = text.lower()
    if len(lower) != len(text):  # a few letters change their length
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lower.replace("-", "").replace(" ", ""), places


@lru_cache(maxsize=1 << 14)
def _folded(name: str) -> str:
    return fold(name)[0]


def _same_case(said: str, name: str) -> bool:
    said, name = (s.replace("-", "").replace(" ", "") for s in (said, name))
    return said == name or (len(name) > 2 and said == name.upper())


_PLURAL = re.compile(r"(?:s|es)?(?![^\W_])")


def _bound(text: str, start: int, end: int) -> int | None:
    """Return where a name ends, a plural `s` with it, or None where it isn't bounded by the ends of words."""
    if start and text[start - 1].isalnum() and text[start].isalnum():
        return None
    if not text[end - 1].isalnum():
        return end
    plural = _PLURAL.match(text, end)
    return plural.end() if plural else None


@cache
def load_vocabulary() -> Vocabulary:
    """Return the project's vocabulary.

    Raises:
        KnowledgeError: a file is missing, malformed or refers to a row that isn't there.
    """
    root = resources.folder("seeds") / "vocabulary"
    rows: dict[tuple[Kind, str], Row] = {}
    names: dict[str, list[tuple[Entity, str | None]]] = {}
    hashed = hashlib.sha256()
    for stem, kind in FILES.items():
        path = root / f"{stem}.csv"
        hashed.update(_bytes(path))
        for record in _records(path, COLUMNS):
            entity = Entity(kind, record["id"], record["label"])
            if (kind, entity.slug) in rows:
                raise KnowledgeError(f"{path}: two rows have the id {entity.slug!r}")
            # a label can be marked too, by its mark before the same words among the synonyms
            marked = {s.lstrip("=~"): s for s in _split(record["synonyms"])}
            spellings = {record["label"]: record["label"], **marked}
            for name, spelling in spellings.items():
                if spelling.startswith("~") or not name:
                    continue
                exact = name if spelling.startswith("=") or len(name) < EXACT_CASE_BELOW else None
                bearers = names.setdefault(fold(name)[0], [])
                if (entity, exact) not in bearers:
                    bearers.append((entity, exact))
            rows[kind, entity.slug] = Row(
                entity,
                tuple(name for name in marked if name and name != record["label"]),
                _split(record["identifiers"]),
                _split(record["source"]),
                {column: _split(cell) for column, cell in record.items() if column not in COLUMNS},
            )
    path = root / "name-words.csv"
    hashed.update(_bytes(path))
    words = tuple(
        NameWord(r["word"], r["linker"], r["payload"], _split(r["source"]))
        for r in _records(path, ("word", "linker", "payload", "source"))
    )
    return Vocabulary(rows, words, hashed.hexdigest()[:16], names, sorted(names))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KnowledgeError(f"{path}: {error.strerror}") from error


def _records(path: Path, wanted: Iterable[str]) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = set(wanted) - set(reader.fieldnames or ())
        if missing:
            raise KnowledgeError(f"{path}: the column {', '.join(sorted(missing))} is missing")
        for record in reader:
            if None in record or None in record.values():
                raise KnowledgeError(f"{path}:{reader.line_num}: the row has more or fewer cells than the header")
            yield record


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())
