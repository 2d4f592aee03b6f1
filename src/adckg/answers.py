"""Answers of queries, as text in every format and as typed Python values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import zip_longest

from adckg import sparql
from adckg.errors import QueryError
from adckg.model import PartialDate
from adckg.parameters import hint
from adckg.store import Solutions, Term

_XSD = "http://www.w3.org/2001/XMLSchema#"


def render_answer(
    answer: Solutions | bool, form: str, *, width: int | None = None, notes: Sequence[Sequence[str]] = ()
) -> str:
    """Return rows, or a yes or no, in one of `FORMATS`.

    A table is wrapped to `width` where one is given, and under each of its rows stand its `notes`.

    Raises:
        QueryError: there is no such format.
    """
    if form not in FORMATS:
        raise QueryError(f"rows can't be written as {form!r}: {hint(form, FORMATS)}")
    if isinstance(answer, bool):
        said = str(answer).lower()
        if form == "json":
            return f'{{"head": {{}}, "boolean": {said}}}\n'
        return _XML % f"<head/>\n<boolean>{said}</boolean>" if form == "xml" else f"{said}\n"
    return _table(answer, width, notes) if form == "table" else _WRITERS[form](answer)


def python_value(term: Term | None) -> PythonValue:
    """Return a term as the Python value that it stands for; an IRI, and what no Python type fits, as its text.

    >>> python_value(Term("literal", "3.60", f"{_XSD}decimal")), python_value(Term("literal", "2012-08", f"{_XSD}gYearMonth"))
    (Decimal('3.60'), PartialDate(year=2012, month=8, day=None))
    """
    if term is None:
        return None
    read = _READERS.get((term.datatype or "").removeprefix(_XSD), str)
    try:
        return read(term.value)
    except (ValueError, ArithmeticError):
        return term.value


def _partial_date(text: str) -> PartialDate:
    return PartialDate(*map(int, text.split("-")))


PythonValue = str | int | float | bool | Decimal | date | PartialDate | None
"""what a cell of an answer can be in Python"""
_READERS: Mapping[str, Callable[[str], PythonValue]] = {
    "integer": int,
    "decimal": Decimal,
    "double": float,
    "float": float,
    "boolean": lambda text: text in ("true", "1"),
    "date": date.fromisoformat,
    "gYearMonth": _partial_date,
    "gYear": _partial_date,
}


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
    text = sparql.quote(term.value)
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


def _table(rows: Solutions, width: int | None, notes: Sequence[Sequence[str]]) -> str:
    """Draw rows as columns, folded to a width where one is given. (rich needs half a second for a thousand rows.)"""
    header = [variable.replace("_", " ") for variable in rows.variables]
    lines = [header, *([" ".join(cell.split()) for cell in row] for row in _plain(rows))]
    widths = _widths(lines, width)
    upright = width is not None and sum(widths) + 3 * len(widths) > width
    out = [] if upright else [*_fold(header, widths), " " + "─" * (sum(widths) + 3 * len(widths) - 3)]
    for number, line in enumerate(lines[1:]):
        out += _record(header, line, width) if upright else _fold(line, widths)
        for note in notes[number] if notes else ():
            out += _indent(note, width)
    count = len(rows.rows)
    return "\n".join(out) + f"\n\n{count:,} row{'s' * (count != 1)}\n"


def _widths(lines: Sequence[Sequence[str]], width: int | None) -> list[int]:
    """Return how wide each column is: as wide as it needs, or the widest ones narrower until all fit."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    while width and sum(widths) + 3 * len(widths) > width and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    return widths


def _fold(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    import textwrap

    folded = [
        [cell] if len(cell) <= size else textwrap.wrap(cell, size) for cell, size in zip(cells, widths, strict=True)
    ]
    for row in zip_longest(*folded, fillvalue=""):
        yield " " + "   ".join(f"{cell:<{size}}" for cell, size in zip(row, widths, strict=True)).rstrip()


def _record(header: Sequence[str], cells: Sequence[str], width: int | None) -> Iterator[str]:
    """Draw a row that has too many columns for the width as a line for each of its cells."""
    size = max(map(len, header))
    for name, cell in zip(header, cells, strict=True):
        if cell:
            yield from _fold((name, cell), (size, max(12, (width or 80) - size - 4)))
    yield ""


def _indent(note: str, width: int | None) -> list[str]:
    import textwrap

    return textwrap.wrap(note, width, initial_indent="     ", subsequent_indent="     ") if width else [f"     {note}"]


_WRITERS: Mapping[str, Callable[[Solutions], str]] = {
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
    "xml": _xml,
    "markdown": _markdown,
}
FORMATS = ("table", *_WRITERS)
"""the formats of rows"""
