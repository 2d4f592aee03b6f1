"""Saved queries: find them by name, fill in their parameters, run them.

A saved query is a file of plain SPARQL under queries/ that runs as it stands in any engine. Its header is YAML in lines
that begin with `#+`; a parameter is a line `VALUES ?name { ... }`, which holds the default, or UNDEF where it has none.
Values are bound there as RDF terms, in one pass over the text, and never pasted into anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from adckg import resources, sparql
from adckg.errors import QueryError, UnknownQueryError
from adckg.parameters import TYPES, Parameter, hint, render_term, resolve
from adckg.sources import Source
from adckg.sources import ask as ask
from adckg.store import Answer, Solutions

FOLDERS = ("tables", "questions")
"""the folders of queries/ whose queries answer people; `checks` and `derive` serve validation and build"""
MOST_ROWS = 100_000
"""how many rows an answer may have where nobody says otherwise"""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query with a name: `text` is its whole file."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str
    path: Path
    examples: tuple[str, ...] = ()
    """how people ask for it, with names of parameters in braces; `{in}` and `{between}` are stretches of time"""

    def parameter(self, name: str) -> Parameter:
        """Return the parameter of that name; `-` and `_` are one.

        Raises:
            QueryError: there is none; it names the nearest.
        """
        for parameter in self.parameters:
            if parameter.name == name.replace("-", "_"):
                return parameter
        nearest = hint(name, (parameter.option for parameter in self.parameters))
        raise QueryError(f"query {self.name} has no parameter {name!r}: {nearest}")

    def bind(self, arguments: Mapping[str, object]) -> str:
        """Return the query with these values, one or several for each parameter, in place of the defaults.

        Raises:
            QueryError: there is no such parameter, or a value is not of its type or set.
        """
        terms: dict[str, str] = {}
        for name, given in arguments.items():
            parameter = self.parameter(name)
            terms[parameter.name] = " ".join(render_term(parameter, value) for value in _values(parameter, given))
        return _VALUES.sub(lambda m: f"{m[1]}VALUES ?{m[2]} {{ {terms.get(m[2], m[3])} }}", self.text)


_VALUES = re.compile(r"^(\s*)VALUES \?(\w+) \{ ([^{}\n]*) \}$", re.MULTILINE)
_HEADER = re.compile(r"^#\+ ?(.*)$", re.MULTILINE)


def _values(parameter: Parameter, given: object) -> list[str]:
    """Return the values given for a parameter: several names of entities, but only one day, number or text."""
    several = given if isinstance(given, (list, tuple, set, frozenset)) else (given,)
    if not several or (len(several) > 1 and not (parameter.kind or parameter.values)):
        raise QueryError(f"{parameter.option} takes one value, not {len(several)}")
    return [str(value) for value in several]


def load_queries(*folders: str) -> tuple[SavedQuery, ...]:
    """Return the saved queries of these folders of queries/ (`FOLDERS` where none is named), sorted by name.

    Raises:
        QueryError: a header is malformed.
    """
    paths = [path for folder in folders or FOLDERS for path in resources.files("queries", f"{folder}/*.rq")]
    return tuple(read_query(path) for path in sorted(paths, key=lambda path: path.stem))


def load_query(name: str) -> SavedQuery:
    """Return the saved query of that name.

    Raises:
        UnknownQueryError: there is none; it carries the nearest names.
        QueryError: its header is malformed.
    """
    paths = {path.stem: path for folder in FOLDERS for path in resources.files("queries", f"{folder}/*.rq")}
    if name not in paths:
        raise UnknownQueryError(name, get_close_matches(name, paths, n=3, cutoff=0.5))
    return read_query(paths[name])


def search_queries(words: str) -> tuple[SavedQuery, ...]:
    """Return the saved queries that speak of all these words, those whose name or summary does first."""

    def heading(query: SavedQuery) -> str:
        return f"{query.name} {query.summary} {' '.join(query.tags)}".casefold()

    def whole(query: SavedQuery) -> str:
        return f"{heading(query)} {query.description} {' '.join(p.name for p in query.parameters)}".casefold()

    wanted = words.casefold().split()
    found = [query for query in load_queries() if all(word in whole(query) for word in wanted)]
    return tuple(sorted(found, key=lambda query: not all(word in heading(query) for word in wanted)))


def read_query(path: Path) -> SavedQuery:
    """Return the query of a file; a file without a header has its name as its summary.

    Raises:
        QueryError: the file can't be read, or its header is malformed.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(f"{path}: can't be read as a query: {_one_line(error)}") from error
    return parse_query(text, path)


def parse_query(text: str, path: Path) -> SavedQuery:
    """Return a query from its text; its name is the stem of its path.

    Raises:
        QueryError: the header is malformed, or describes a parameter that has no VALUES line.
    """
    header: Any = {}
    lines = _HEADER.findall(text)
    try:
        if lines:
            import yaml

            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            try:
                header = yaml.load("\n".join(lines), Loader=loader) or {}
            except yaml.YAMLError as error:
                raise ValueError(_one_line(error)) from error
        parameters = tuple(_parameter(entry) for entry in header.get("parameters") or ())
        summary = str(header.get("summary", path.stem))
        description = str(header.get("description", ""))
        tags = tuple(map(str, header.get("tags") or ()))
        examples = tuple(map(str, header.get("examples") or ()))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise QueryError(f"{path}: the header (the #+ lines) is malformed: {_one_line(error)}") from error
    bound = {match[2] for match in _VALUES.finditer(text)}
    for parameter in parameters:
        if parameter.name not in bound:
            raise QueryError(f"{path}: parameter {parameter.name} needs a line `VALUES ?{parameter.name} {{ UNDEF }}`")
    return SavedQuery(path.stem, summary, description, tags, parameters, text, path, examples)


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    if entry["type"] not in TYPES:
        raise ValueError(f"no such type of parameter: {entry['type']}")
    return Parameter(
        name=str(entry["name"]),
        type=str(entry["type"]),
        description=str(entry["description"]),
        values=tuple(map(str, entry.get("values") or ())),
        default=None if entry.get("default") is None else str(entry["default"]),
    )


def fill(source: Source, query: SavedQuery, arguments: Mapping[str, object]) -> str:
    """Return a query's text with its parameters filled in, the names of entities among them resolved first.

    Raises:
        QueryError: an argument is wrong, or no entity, or more than one, bears a name.
        StoreError: the source can't be queried.
    """
    found: dict[str, object] = {}
    for name, given in arguments.items():
        parameter = query.parameter(name)
        values: Iterable[str] = _values(parameter, given)
        if parameter.kind:
            values = [resolve(source, parameter.kind, value) for value in values]
        found[name] = list(values)
    return query.bind(found)


def run(source: Source, query: SavedQuery, arguments: Mapping[str, object], *, first: int | None = None) -> Answer:
    """Return the answer of a saved query, the names of entities among its arguments resolved first.

    `first` asks for so many rows and no more; without it more than `MOST_ROWS` are too many.

    Raises:
        QueryError: an argument is wrong, no entity or more than one bears a name, or there are too many rows.
        StoreError: the source can't be queried.
    """
    return run_text(source, fill(source, query, arguments), first=first)


def run_text(source: Source, text: str, *, first: int | None = None) -> Answer:
    """Return the answer of a query with no parameters; `first` and what it raises are as for `run`."""
    if first is not None:
        return source.query(sparql.limit_rows(text, first))
    parts = sparql.outline(text)
    if parts is None or parts.form != "SELECT":
        return source.query(text)
    answer = source.query(sparql.limit_rows(text, MOST_ROWS + 1))
    if isinstance(answer, Solutions) and len(answer.rows) > MOST_ROWS:
        raise QueryError(f"more than {MOST_ROWS:,} rows: narrow the question, or say with --limit how many you want")
    return answer


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
