"""What the rows of an answer rest on: the facts behind them, and the words or the sources behind the facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adckg import names, sparql
from adckg.errors import QueryError
from adckg.queries import run_text
from adckg.sources import Source, ask
from adckg.store import Solutions, Term

COLUMNS = ("evidence_basis", "evidence_source", "evidence_start", "evidence_end", "evidence_quote")
"""the columns that `with_grounds` adds"""
_FACT = f"{names.BASE}id/fact/"
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, order=True)
class Ground:
    """One thing that a fact rests on: the words of a document, or a source of reference knowledge, or a rule."""

    basis: str
    source: str
    """the document, the reference that was looked up, or the query that inferred the fact"""
    start: int | None = None
    end: int | None = None
    quote: str | None = None


def read_grounds(source: Source, text: str, answer: Solutions) -> tuple[tuple[Ground, ...], ...]:
    """Return for each row of the answer of a SELECT query what it rests on: stated before inferred before reference.

    The facts behind a row are those that any variable of the outermost pattern stands for where the row comes from.

    Raises:
        QueryError: the query has no rows that could be led back to facts, or too much stands behind them.
        StoreError: the source can't be queried.
    """
    behind = sparql.ask_behind(text)
    if behind is None:
        raise QueryError("only the rows of a SELECT query have evidence behind them")
    more, variables = behind
    columns = [column for column in answer.variables if column in variables]
    if not columns:
        raise QueryError("this query computes all its columns: no evidence can be told apart for its rows")
    found = run_text(source, more)
    assert isinstance(found, Solutions)
    facts = _facts(found, [variables[column] for column in columns])
    of_fact = _grounds(source, sorted({fact for some in facts.values() for fact in some}))
    places = [answer.variables.index(column) for column in columns]
    rows = []
    for row in answer.rows:
        behind_row = facts.get(tuple(row[place] for place in places), ())
        rows.append(tuple(_sorted({ground for fact in behind_row for ground in of_fact.get(fact, ())})))
    return tuple(rows)


def _facts(found: Solutions, variables: Sequence[str]) -> dict[tuple[Term | None, ...], set[str]]:
    """Return the facts that stand behind each combination of values of these variables."""
    missing = [variable for variable in variables if variable not in found.variables]
    if missing:
        raise QueryError(f"no evidence can be told: ?{missing[0]} isn't in the outermost pattern of the query")
    places = [found.variables.index(variable) for variable in variables]
    facts: dict[tuple[Term | None, ...], set[str]] = {}
    for row in found.rows:
        some = facts.setdefault(tuple(row[place] for place in places), set())
        some.update(cell.value for cell in row if cell and cell.kind == "iri" and cell.value.startswith(_FACT))
    return facts


def _grounds(source: Source, facts: Sequence[str]) -> Mapping[str, set[Ground]]:
    grounds: dict[str, set[Ground]] = {}
    for at in range(0, len(facts), _AT_ONCE):
        some = " ".join(f"<{fact}>" for fact in facts[at : at + _AT_ONCE])
        for row in ask(source, _QUOTES % some).records():
            ground = Ground(row["basis"], row["source"], int(row["start"]), int(row["end"]), row["quote"])
            grounds.setdefault(row["fact"], set()).add(ground)
        for row in ask(source, _SOURCES % some).records():
            grounds.setdefault(row["fact"], set()).add(Ground(row["basis"], row["source"]))
    return grounds


_PREFIXES = """
PREFIX adc: <https://w3id.org/adckg/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX oa: <http://www.w3.org/ns/oa#>
"""
_QUOTES = (
    _PREFIXES
    + """SELECT DISTINCT ?fact ?basis ?source ?start ?end ?quote WHERE {
  VALUES ?fact { %s }
  ?fact adc:basis ?basis ; adc:evidence ?evidence .
  ?evidence oa:hasSource ?document ; oa:hasSelector ?passage .
  ?document dcterms:identifier ?source .
  ?passage oa:exact ?quote ; oa:start ?start ; oa:end ?end .
}"""
)
_SOURCES = (
    _PREFIXES
    + """SELECT DISTINCT ?fact ?basis ?source WHERE {
  VALUES ?fact { %s }
  ?fact adc:basis ?basis ; dcterms:source|adc:derivedBy ?source .
}"""
)


def _sorted(grounds: Iterable[Ground]) -> list[Ground]:
    return sorted(grounds, key=lambda g: (g.quote is None, g.basis, g.source, g.start or 0, g.end or 0))


def with_grounds(answer: Solutions, grounds: Sequence[Sequence[Ground]]) -> Solutions:
    """Return an answer with the columns of evidence beside its own, one row for each ground of each row."""
    taken = [column for column in COLUMNS if column in answer.variables]
    if taken:
        raise QueryError(f"the query has a column {taken[0]} of its own")
    rows = (
        (*row, *cells) for row, some in zip(answer.rows, grounds, strict=True) for cells in map(_cells, some or (None,))
    )
    return Solutions((*answer.variables, *COLUMNS), tuple(rows))


_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


def _cells(ground: Ground | None) -> Iterator[Term | None]:
    if ground is None:
        yield from (None,) * len(COLUMNS)
        return
    yield Term("literal", ground.basis)
    yield Term("literal", ground.source)
    for offset in (ground.start, ground.end):
        yield None if offset is None else Term("literal", str(offset), _INTEGER)
    yield None if ground.quote is None else Term("literal", ground.quote)


def render_ground(ground: Ground) -> str:
    """Return a ground as one line for people.

    >>> render_ground(Ground("stated", "asco-2012", 2, 9, "its payload")), render_ground(Ground("reference", "INN 108"))
    ('“its payload” asco-2012', '[reference: INN 108]')
    """
    if ground.quote is None:
        return f"[{ground.basis}: {ground.source}]"
    return f"“{' '.join(ground.quote.split())}” {ground.source}"
