"""Saved queries: find them by name, fill in their parameters, run them, write their answers out.

A saved query is a file of plain SPARQL under queries/ that runs as it stands in any engine. Its header is YAML in lines
that begin with `#+`; a parameter is a line `VALUES ?name { ... }`, which holds the default, or UNDEF where it has none.
Values are bound there as RDF terms, in one pass over the text, and never pasted into anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from adckg import names, resources
from adckg.errors import QueryError, UnknownQueryError
from adckg.model import Kind

if TYPE_CHECKING:
    from typing import Any

FOLDERS = ("tables", "questions")
"""the folders of queries/ whose queries answer people; `checks` and `derive` serve validation and build"""

_XSD = "http://www.w3.org/2001/XMLSchema#"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What can be filled in: `type` is string, integer, decimal, date or iri."""

    name: str
    type: str
    description: str
    kind: Kind | None = None
    """the value is the name of an entity of this kind; any of its names will do"""
    values: tuple[str, ...] = ()
    """the closed set of values, where there is one"""
    default: str | None = None
    """what the file's own VALUES line holds; None for UNDEF"""


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

    def bind(self, arguments: Mapping[str, object]) -> str:
        """Return the query with these values in place of the defaults; `-` and `_` are one in parameter names.

        Raises:
            QueryError: there is no such parameter, or a value is not of its type or set.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        terms: dict[str, str] = {}
        for name, value in arguments.items():
            parameter = known.get(name.replace("-", "_"))
            if parameter is None:
                raise QueryError(f"query {self.name} has no parameter {name!r}: {_hint(name, known)}")
            terms[parameter.name] = render_term(parameter, str(value))
        return _VALUES.sub(lambda m: f"VALUES ?{m[1]} {{ {terms[m[1]]} }}" if m[1] in terms else m[0], self.text)


_VALUES = re.compile(r"^(\s*)VALUES \?(\w+) \{ ([^{}\n]*) \}$", re.MULTILINE)
_HEADER = re.compile(r"^#\+ ?(.*)$", re.MULTILINE)


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
    import yaml

    try:
        header = yaml.load("\n".join(_HEADER.findall(text)), Loader=_loader()) or {}
        parameters = tuple(_parameter(entry) for entry in header.get("parameters") or ())
        summary = str(header.get("summary", path.stem))
        description = str(header.get("description", ""))
        tags = tuple(map(str, header.get("tags") or ()))
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise QueryError(f"{path}: the header (the #+ lines) is malformed: {_one_line(error)}") from error
    lines = [match[2] for match in _VALUES.finditer(text)]
    for parameter in parameters:
        if lines.count(parameter.name) != 1:
            raise QueryError(f"{path}: parameter {parameter.name} needs a line `VALUES ?{parameter.name} {{ UNDEF }}`")
    return SavedQuery(path.stem, summary, description, tags, parameters, text, path)


def _loader() -> type[Any]:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    if entry["type"] not in _TERMS:
        raise ValueError(f"no such type of parameter: {entry['type']}")
    return Parameter(
        name=str(entry["name"]),
        type=str(entry["type"]),
        description=str(entry["description"]),
        kind=Kind(entry["kind"]) if entry.get("kind") else None,
        values=tuple(map(str, entry.get("values") or ())),
        default=None if entry.get("default") is None else str(entry["default"]),
    )


def render_term(parameter: Parameter, value: str) -> str:
    """Return a value of a parameter as an RDF term in SPARQL.

    Raises:
        QueryError: the value is not of the parameter's type or set.
    """
    if parameter.values:
        same = [allowed for allowed in parameter.values if fold(allowed) == fold(value)]
        if not same:
            raise QueryError(f"{parameter.name} can't be {value!r}: it is one of {', '.join(parameter.values)}")
        value = same[0]
    try:
        return _TERMS[parameter.type](value)
    except ValueError as error:
        raise QueryError(f"{parameter.name} can't be {value!r}: {error}") from None


def _string(value: str) -> str:
    if re.search(r"\\[uU]", value):  # some engines expand \u0022 before they read the string
        raise ValueError("a backslash before a u can't be passed to a query")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("it isn't Unicode text") from None
    return '"' + "".join(_ESCAPES.get(c, c) for c in value) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


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


_TERMS: Mapping[str, Callable[[str], str]] = {
    "string": _string,
    "integer": _typed("integer", r"[+-]?[0-9]{1,18}", "a whole number, such as 21"),
    "decimal": _typed("decimal", r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?", "a number, such as 3.6"),
    "date": _date,
    "iri": _iri,
}


def fold(name: str) -> str:
    """Return the form in which two spellings of a name are equal.

    >>> fold("T-DM1") == fold("t dm1®"), fold("FRα")
    (True, 'fralpha')
    """
    return names.slug(re.sub("[®™©]", "", name)).replace("-", "")


def _hint(name: str, choices: Iterable[str]) -> str:
    """Say which choices a mistyped name may have meant."""
    spelled = {fold(choice): choice for choice in choices}
    near = [spelled[key] for key in get_close_matches(fold(name), spelled, n=3, cutoff=0.5)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"there {'is' if len(spelled) == 1 else 'are'} {', '.join(sorted(spelled.values())[:12]) or 'none'}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
