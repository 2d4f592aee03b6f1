"""The graph from Python: open a store, a file or an endpoint, ask, and get typed rows. docs/python.md shows it at work."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, overload

from adckg.answers import FORMATS, PythonValue, python_value, render_answer
from adckg.card import Card, read_card
from adckg.choice import Choice, choose
from adckg.errors import QueryError
from adckg.grounds import Ground, read_grounds
from adckg.model import PartialDate
from adckg.queries import SavedQuery, fill, load_queries, load_query, run_text, search_queries
from adckg.sources import SECONDS, Limited, Place, Source, ask
from adckg.store import Solutions, Store, Triples

if TYPE_CHECKING:
    import pandas
    import polars
    import rdflib


class KnowledgeGraph:
    """A graph of antibody-drug conjugates to ask.

    Open one with `open` (a store), `load` (an RDF file) or `connect` (an endpoint), and close it or use it in a `with`
    block. A query that takes longer than `time_limit` seconds (None: it may take any time) is stopped, and the graph can
    be asked again at once; `allow_federation` lets queries call other servers.
    """

    def __init__(self, place: Place, *, time_limit: float | None = SECONDS, allow_federation: bool = False) -> None:
        self._place = place
        self._source = Limited(place, seconds=time_limit, allow_federation=allow_federation)

    @classmethod
    def open(cls, path: str | Path, *, time_limit: float | None = SECONDS, allow_federation: bool = False) -> Self:
        """Return the graph of a store that `adckg build` has made.

        What is wrong with a source comes out, as a StoreError or a GraphError, with the first question.
        """
        return cls(Place("store", str(path)), time_limit=time_limit, allow_federation=allow_federation)

    @classmethod
    def load(cls, path: str | Path, *, time_limit: float | None = SECONDS, allow_federation: bool = False) -> Self:
        """Return the graph of an RDF file; its ending says its format (.ttl, .trig, .nt, .nq, .jsonld, .rdf)."""
        return cls(Place("file", str(path)), time_limit=time_limit, allow_federation=allow_federation)

    @classmethod
    def connect(cls, url: str, *, time_limit: float | None = SECONDS, allow_federation: bool = False) -> Self:
        """Return the graph of a SPARQL 1.1 endpoint."""
        return cls(Place("endpoint", url), time_limit=time_limit, allow_federation=allow_federation)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<KnowledgeGraph: {self._place.kind} {self._place.at}>"

    def close(self) -> None:
        """Close the graph; it can't be asked afterwards."""
        self._source.close()

    @staticmethod
    def queries(words: str = "") -> tuple[SavedQuery, ...]:
        """Return the saved queries that speak of all these words; all of them where there are none."""
        return search_queries(words) if words else load_queries()

    def query(self, name: str, /, *, limit: int | None = None, **parameters: object) -> Rows:
        """Return the answer of a saved query, no more than `limit` rows of it where there is one.

        A parameter takes a value, or several where it names entities: `kg.query("linkers", linker=["SMCC", "SPDB"])`.

        Raises:
            UnknownQueryError: there is no such query.
            QueryError: a parameter is wrong, the query takes too long, or has too many rows.
            StoreError, GraphError: the graph can't be read.
        """
        rows = self.sparql(fill(self._source, load_query(name), parameters), limit=limit)
        assert isinstance(rows, Rows)
        return rows

    def ask(self, question: str, /, *, limit: int | None = None) -> Reply:
        """Return the answer of the saved query that is closest to a question in plain English, and which one it is.

        Raises:
            UnansweredError: no saved query fits; it carries the nearest.
            QueryError: the query takes too long, or has too many rows.
            StoreError, GraphError: the graph can't be read.
        """
        choice, others = choose(question, self._source)
        return Reply(choice, others, self.query(choice.query.name, limit=limit, **choice.arguments))

    def sparql(self, text: str, /, *, limit: int | None = None) -> Rows | rdflib.Graph | bool:
        """Return the answer of a query of one's own: rows (SELECT), a graph (CONSTRUCT, DESCRIBE), or yes or no (ASK).

        Raises:
            QueryError: the query is malformed, takes too long, or has too many rows.
            StoreError, GraphError: the graph can't be read.
        """
        answer = run_text(self._source, text, first=limit)
        if isinstance(answer, Triples):
            import rdflib

            return rdflib.Graph().parse(data=answer.ntriples, format="nt")
        return Rows(answer, self._source, text) if isinstance(answer, Solutions) else answer

    def show(self, name: str, /) -> Card:
        """Return the card of the ADC that bears a name; `print` draws it.

        Raises:
            QueryError: no ADC bears the name, or several do.
            StoreError, GraphError: the graph can't be read.
        """
        return read_card(self._source, name)

    @cached_property
    def graph(self) -> rdflib.Dataset:
        """A copy of all graphs in rdflib, whose default graph is their union."""
        import rdflib

        dataset = rdflib.Dataset(default_union=True)
        for name, ntriples in self._graphs():
            graph = dataset.graph(rdflib.URIRef(name)) if name else dataset.default_graph
            graph.parse(data=ntriples, format="nt")
        return dataset

    def _graphs(self) -> Iterator[tuple[str, bytes]]:
        """Yield each graph's name and N-Triples; no name is that of the default graph."""
        if self._place.kind != "endpoint":
            opened = self._place.open()
            assert isinstance(opened, Store)
            with opened:
                for name in (None, *opened.graphs()):
                    yield name or "", b"".join(line + b"\n" for line in opened.dump(name))
            return
        named = ask(self._source, "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }").records()
        for name in [row["g"] for row in named] or [""]:
            pattern = f"GRAPH <{name}> {{ ?s ?p ?o }}" if name else "?s ?p ?o"
            triples = self._source.query(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}")
            assert isinstance(triples, Triples)
            yield name, triples.ntriples


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a question in plain English."""

    choice: Choice
    """the saved query, its parameters, and how sure it is that this was asked"""
    others: tuple[Choice, ...]
    """the next two candidates"""
    rows: Rows

    def __str__(self) -> str:
        return str(self.rows)


Row = tuple[Any, ...]
"""A named tuple with a field for each column: `row.adc` or `row[0]`."""


class Rows(Sequence[Row]):
    """The rows of an answer, each a named tuple of Python values; what is unbound is None."""

    def __init__(self, answer: Solutions, source: Source, text: str) -> None:
        self.columns = answer.variables
        self._answer = answer
        self._source = source
        self._text = text

    @cached_property
    def _rows(self) -> list[Row]:
        make = namedtuple("Row", self.columns, rename=True)  # type: ignore[misc]
        return [make(*map(python_value, row)) for row in self._answer.rows]

    def __len__(self) -> int:
        return len(self._answer.rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        return self._rows[index]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<{len(self):,} rows of {', '.join(self.columns)}>"

    def __str__(self) -> str:
        return render_answer(self._answer, "table", width=120)

    def _repr_html_(self) -> str:
        def line(tag: str, cells: Sequence[object]) -> str:
            return "<tr>" + "".join(f"<{tag}>{escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

        body = "".join(line("td", ["" if cell is None else cell for cell in row]) for row in self)
        return f"<table><thead>{line('th', self.columns)}</thead><tbody>{body}</tbody></table>"

    def render(self, form: str) -> str:
        """Return the rows as text: table, csv, tsv, json or xml (SPARQL's own), or markdown.

        Raises:
            QueryError: there is no such format.
        """
        if form not in FORMATS:
            raise QueryError(f"rows can't be written as {form!r}: the formats are {', '.join(FORMATS)}")
        return render_answer(self._answer, form)

    def evidence(self) -> tuple[tuple[Ground, ...], ...]:
        """Return for each row what it rests on: quotes of documents, references, rules of inference.

        Raises:
            QueryError: the query has no rows that could be led back to facts.
            StoreError, GraphError: the graph can't be read.
        """
        return read_grounds(self._source, self._text, self._answer)

    def to_dicts(self) -> list[dict[str, PythonValue]]:
        """Return each row as a dictionary by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self]

    def to_pandas(self) -> pandas.DataFrame:
        """Return the rows as a data frame of pandas, which has to be installed; numbers become int and float."""
        import pandas

        return pandas.DataFrame(self._series(), columns=list(self.columns))

    def to_polars(self) -> polars.DataFrame:
        """Return the rows as a data frame of polars, which has to be installed; numbers become int and float."""
        import polars

        return polars.DataFrame(self._series())

    def _series(self) -> dict[str, list[Any]]:
        """Return the values of each column, all of one type."""
        columns = zip(*self, strict=True) if len(self) else ([] for _ in self.columns)
        return {name: _of_one_type(list(values)) for name, values in zip(self.columns, columns, strict=True)}


def _of_one_type(values: list[Any]) -> list[Any]:
    simple = [float(v) if isinstance(v, Decimal) else str(v) if isinstance(v, PartialDate) else v for v in values]
    types = {type(value) for value in simple if value is not None}
    if len(types) < 2:
        return simple
    to: type[Any] = float if types == {int, float} else str
    return [None if value is None else to(value) for value in simple]
