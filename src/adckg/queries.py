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
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol

from adckg import names, resources
from adckg.errors import QueryError, UnknownQueryError
from adckg.model import CLASSES, Kind
from adckg.store import Answer, Solutions, Term

FOLDERS = ("tables", "questions")
"""the folders of queries/ whose queries answer people; `checks` and `derive` serve validation and build"""

_XSD = "http://www.w3.org/2001/XMLSchema#"


class Source(Protocol):
    """What answers queries: a `store.Store` or a `remote.Endpoint`."""

    def query(self, text: str) -> Answer:
        """Return the answer of a SPARQL query."""
        ...


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
        parameters = {parameter.name: parameter for parameter in self.parameters}
        terms: dict[str, str] = {}
        for name, value in arguments.items():
            parameter = parameters.get(name.replace("-", "_"))
            if parameter is None:
                hint = _hint(name, (known.replace("_", "-") for known in parameters))
                raise QueryError(f"query {self.name} has no parameter {name!r}: {hint}")
            terms[parameter.name] = render_term(parameter, str(value))
        return _VALUES.sub(lambda m: f"{m[1]}VALUES ?{m[2]} {{ {terms.get(m[2], m[3])} }}", self.text)


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
            raise QueryError(f"{_shown(parameter)} can't be {value!r}: it is one of {', '.join(parameter.values)}")
        value = same[0]
    try:
        return _TERMS[parameter.type](value)
    except ValueError as error:
        raise QueryError(f"{_shown(parameter)} can't be {value!r}: {error}") from None


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


def ask(source: Source, text: str) -> Solutions:
    """Return the rows with which a source answers a SELECT query.

    Raises:
        QueryError: the query is malformed, or is no SELECT.
        StoreError: the source can't be queried.
    """
    answer = source.query(text)
    if not isinstance(answer, Solutions):
        raise QueryError("a SELECT query is needed here: this one doesn't answer with rows")
    return answer


def run(source: Source, query: SavedQuery, arguments: Mapping[str, object]) -> Answer:
    """Return the answer of a saved query, the names of entities among its arguments resolved first.

    Raises:
        QueryError: an argument is wrong, or no entity, or more than one, bears a name.
        StoreError: the source can't be queried.
    """
    kinds = {parameter.name: parameter.kind for parameter in query.parameters}
    found: dict[str, object] = {}
    for name, value in arguments.items():
        kind = kinds.get(name.replace("-", "_"))
        found[name] = resolve(source, kind, str(value)) if kind else value
    return source.query(query.bind(found))


_NAMES = """
PREFIX adc: <https://w3id.org/adckg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?label ?name WHERE {
  ?entity a adc:%s ; skos:prefLabel ?label .
  { ?entity skos:prefLabel|skos:altLabel ?name } UNION { ?naming a adc:Naming ; adc:about ?entity ; adc:name ?name }
}
ORDER BY ?label ?name
"""


def resolve(source: Source, kind: Kind, name: str) -> str:
    """Return the label of the entity of this kind that bears a name, in any spelling.

    The names are those of the source (labels, synonyms, what documents call it), then those of the vocabulary.

    Raises:
        QueryError: no entity bears the name, or more than one; it names the nearest or the candidates.
    """
    labels: dict[str, set[str]] = {}
    spellings: dict[str, str] = {}
    wanted = fold(name)
    for row in ask(source, _NAMES % CLASSES[kind]).records():
        labels.setdefault(fold(row["name"]), set()).add(row["label"])
        spellings.setdefault(fold(row["name"]), row["name"])
        if row["label"] == name:
            return name
    found = labels.get(wanted, set())
    if len(found) > 1:
        raise QueryError(f"{name!r} can be more than one {_WORD[kind]}: {' or '.join(sorted(found))}")
    if found:
        return found.pop()
    from adckg.vocabulary import load_vocabulary

    known = load_vocabulary().find(name, kind)
    if known:
        return known.label
    raise QueryError(f"no {_WORD[kind]} is called {name!r}: {_hint(name, spellings.values())}")


_WORD = {kind: "ADC" if kind is Kind.ADC else kind.replace("-", " ") for kind in Kind}


def fold(name: str) -> str:
    """Return the form in which two spellings of a name are equal.

    >>> fold("T-DM1") == fold("t dm1®"), fold("FRα")
    (True, 'fralpha')
    """
    return names.slug(re.sub("[®™©]", "", name)).replace("-", "")


def _shown(parameter: Parameter) -> str:
    """Return a parameter's name as it is written on the command line."""
    return parameter.name.replace("_", "-")


def _hint(name: str, choices: Iterable[str]) -> str:
    """Say which choices a mistyped name may have meant."""
    spelled = {fold(choice): choice for choice in choices}
    near = [spelled[key] for key in get_close_matches(fold(name), spelled, n=3, cutoff=0.6)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"there {'is' if len(spelled) == 1 else 'are'} {', '.join(sorted(spelled.values())[:12]) or 'none'}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def render_answer(answer: Solutions | bool, form: str, *, width: int | None = None) -> str:
    """Return rows, or a yes or no, in one of `FORMATS`; a table is wrapped to `width` where one is given.

    Raises:
        QueryError: there is no such format.
    """
    if form not in FORMATS:
        raise QueryError(f"rows can't be written as {form!r}: {_hint(form, FORMATS)}")
    if isinstance(answer, bool):
        said = str(answer).lower()
        if form == "json":
            return f'{{"head": {{}}, "boolean": {said}}}\n'
        return _XML % f"<head/>\n<boolean>{said}</boolean>" if form == "xml" else f"{said}\n"
    return _table(answer, width) if form == "table" else _WRITERS[form](answer)


def _plain(rows: Solutions) -> Iterable[list[str]]:
    return (["" if cell is None else cell.value for cell in row] for row in rows.rows)


def _csv(rows: Solutions) -> str:
    import csv
    import io

    out = io.StringIO()
    csv.writer(out).writerows([rows.variables, *_plain(rows)])
    return out.getvalue()


def _tsv(rows: Solutions) -> str:
    lines = ["\t".join(f"?{variable}" for variable in rows.variables)]
    lines += ["\t".join("" if cell is None else _ntriples(cell) for cell in row) for row in rows.rows]
    return "\n".join(lines) + "\n"


def _ntriples(term: Term) -> str:
    if term.kind == "iri":
        return f"<{term.value}>"
    if term.kind == "blank":
        return f"_:{term.value}"
    text = '"' + "".join(_ESCAPES.get(c, c) for c in term.value) + '"'
    if term.language:
        return f"{text}@{term.language}"
    return f"{text}^^<{term.datatype}>" if term.datatype and term.datatype != f"{_XSD}string" else text


def _json(rows: Solutions) -> str:
    import json

    bindings = [
        {name: _json_term(cell) for name, cell in zip(rows.variables, row, strict=True) if cell is not None}
        for row in rows.rows
    ]
    answer = {"head": {"vars": list(rows.variables)}, "results": {"bindings": bindings}}
    return json.dumps(answer, ensure_ascii=False, indent=1) + "\n"


_SPARQL_KIND = {"iri": "uri", "blank": "bnode", "literal": "literal"}


def _json_term(term: Term) -> dict[str, str]:
    written = {"type": _SPARQL_KIND[term.kind], "value": term.value}
    if term.language:
        written["xml:lang"] = term.language
    elif term.datatype and term.datatype != f"{_XSD}string":
        written["datatype"] = term.datatype
    return written


def _xml(rows: Solutions) -> str:
    from xml.sax.saxutils import escape, quoteattr

    lines = ["<head>"]
    lines += [f"  <variable name={quoteattr(variable)}/>" for variable in rows.variables]
    lines += ["</head>", "<results>"]
    for row in rows.rows:
        lines.append("  <result>")
        for name, cell in zip(rows.variables, row, strict=True):
            if cell is not None:
                term = _json_term(cell)
                mark = f" xml:lang={quoteattr(term['xml:lang'])}" if "xml:lang" in term else ""
                mark += f" datatype={quoteattr(term['datatype'])}" if "datatype" in term else ""
                body = f"<{term['type']}{mark}>{escape(term['value'], {chr(13): '&#13;'})}</{term['type']}>"
                lines.append(f"    <binding name={quoteattr(name)}>{body}</binding>")
        lines.append("  </result>")
    return _XML % "\n".join([*lines, "</results>"])


_XML = """<?xml version="1.0" encoding="UTF-8"?>
<sparql xmlns="http://www.w3.org/2005/sparql-results#">
%s
</sparql>
"""


def _markdown(rows: Solutions) -> str:
    def line(cells: Iterable[str]) -> str:
        shown = (" ".join(cell.replace("\\", "\\\\").replace("|", "\\|").split()) for cell in cells)
        return "| " + " | ".join(shown) + " |"

    rule = "|" + " --- |" * len(rows.variables)
    return "\n".join([line(rows.variables), rule, *map(line, _plain(rows))]) + "\n"


def _table(rows: Solutions, width: int | None) -> str:
    """Draw rows as columns, folded to a width where one is given. (rich needs half a second for a thousand rows.)"""
    import textwrap

    header = [variable.replace("_", " ") for variable in rows.variables]
    lines = [header, *([" ".join(cell.split()) for cell in row] for row in _plain(rows))]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    while width and sum(widths) + 3 * len(widths) > width and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    out: list[str] = []
    for number, line in enumerate(lines):
        cells = zip(line, widths, strict=True)
        folded = [[cell] if len(cell) <= size else textwrap.wrap(cell, size) for cell, size in cells]
        for row in zip_longest(*folded, fillvalue=""):
            out.append(" " + "   ".join(f"{cell:<{size}}" for cell, size in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            out.append(" " + "─" * (sum(widths) + 3 * len(widths) - 3))
    count = len(rows.rows)
    return "\n".join(out) + f"\n\n{count} row{'s' * (count != 1)}\n"


_WRITERS: Mapping[str, Callable[[Solutions], str]] = {
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
    "xml": _xml,
    "markdown": _markdown,
}
FORMATS = ("table", *_WRITERS)
"""the formats of rows"""
