"""The store into a triplestore: what differs is sent, each graph replaced whole, and proved by counting afterwards.

What the server holds is asked of the server each time, and nowhere noted down: the same query counts the triples of a
graph and adds up a hash of each, here and there, so that a graph which somebody has changed is found out too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from adckg.errors import EndpointError
from adckg.remote import UNION_GRAPH, Endpoint
from adckg.store import Answer, Solutions, Store

Graph = str | None
"""The name of a graph; None is the default graph."""
Progress = Callable[[str, int, int], None]
"""Told what is being done, and how much of it is done."""

_BATCH_GRAPHS = 500
_BATCH_TRIPLES = 250_000
_BATCH_BYTES = 32_000_000
_UPDATE_BYTES = 1_000_000
"""How much is asked about, uploaded or put into one update at a time."""

# A number for a triple: the decimal digits among those of its MD5. Blank nodes count without their names, and decimals
# without zeros at the end, which servers write as they like.
_NUMBER = """
  BIND(IF(isBlank(?s), "_", STR(?s)) AS ?subject)
  BIND(IF(isBlank(?o), "_", IF(isIRI(?o), CONCAT("<", STR(?o)), IF(LANG(?o) != "", CONCAT(STR(?o), "@", LCASE(LANG(?o))),
    CONCAT(IF(DATATYPE(?o) = xsd:decimal && CONTAINS(STR(?o), "."), REPLACE(STR(?o), "[.]?0*$", ""), STR(?o)),
      "^", STR(DATATYPE(?o)))))) AS ?object)
  BIND(MD5(CONCAT(?subject, " ", STR(?p), " ", ?object)) AS ?md5)
  BIND(xsd:integer(CONCAT("0", SUBSTR(REPLACE(?md5, "[a-f]", ""), 1, 9))) AS ?number)
"""
_COUNT = "SELECT {graph} (COUNT(*) AS ?triples) WHERE {{ {pattern} }} {group}"
_FINGERPRINT = f"""PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT {{graph}} (COUNT(*) AS ?triples) (SUM(?number) AS ?sum) WHERE {{{{ {{pattern}} {_NUMBER} }}}} {{group}}"""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load sent, or would send: graphs that the server did not have, had otherwise, had as they are."""

    new: tuple[Graph, ...]
    changed: tuple[Graph, ...]
    unchanged: tuple[Graph, ...]
    strays: tuple[str, ...]
    """graphs of adckg on the server that the store does not have; removed, if that was asked for"""
    triples: int
    """in the new and changed graphs"""


class _Content(Protocol):
    """What is to be on the server."""

    def graphs(self) -> Sequence[Graph]: ...
    def lines(self, graph: Graph) -> list[bytes]: ...
    def measure(self, query: str, graphs: Iterable[Graph]) -> dict[Graph, tuple[str, ...]]: ...


class _Graphs:
    """Each graph of a store on its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def graphs(self) -> Sequence[Graph]:
        return list(self._store.graphs())

    def lines(self, graph: Graph) -> list[bytes]:
        return self._store.dump(graph)

    def measure(self, query: str, graphs: Iterable[Graph]) -> dict[Graph, tuple[str, ...]]:
        return _measure_named(self._store.query, query, graphs)


class _Union:
    """All graphs of a store as one."""

    def __init__(self, store: Store, name: Graph) -> None:
        self._store = store
        self._name = name

    def graphs(self) -> Sequence[Graph]:
        return [self._name]

    def lines(self, graph: Graph) -> list[bytes]:  # noqa: ARG002
        return sorted({line for name in (None, *self._store.graphs()) for line in self._store.dump(name)})

    def measure(self, query: str, graphs: Iterable[Graph]) -> dict[Graph, tuple[str, ...]]:
        return {name: _measure_default(self._store.query, query) for name in graphs}


def load_store(
    store: Store,
    endpoint: Endpoint,
    *,
    merged: bool = False,
    graph: str | None = None,
    prune: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Make a server hold the graphs of a store: those that differ are replaced, and counted afterwards.

    `merged` makes one graph of them all: the one named by `graph`, or else the default graph. `prune` removes graphs of
    adckg that the store doesn't have; other graphs are left alone. With `dry_run` nothing is sent.

    Raises:
        EndpointError: the server is out of reach, refuses or fails; or it holds less or more than was sent, and the
            message names the graph. What was sent before that stays, and is not sent again by the next load.
    """
    tell = progress or (lambda *_: None)
    content: _Content = _Union(store, graph) if merged else _Graphs(store)
    report = _compare(content, endpoint, tell)
    if not merged:
        held = set(content.graphs())
        report = LoadReport(
            report.new, report.changed, report.unchanged,
            tuple(name for name in endpoint.graphs() if name not in held), report.triples,
        )  # fmt: skip
    if dry_run:
        return report
    union = None if merged or not (endpoint.server and endpoint.server.repeats) else _KeptUnion(endpoint)
    if report.new or report.changed:
        _check(endpoint, _send(content, endpoint, union, report, tell))
    for name in report.strays if prune else ():
        if union:
            union.take_out(name)
        endpoint.update(f"DROP SILENT GRAPH <{name}>".encode())
    if union and content.graphs() and (prune or not report.strays):
        union.settle(store, report)
    return report


class _KeptUnion:
    """The union of all graphs as a graph of its own, which the server itself keeps up to date."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def take_out(self, graph: Graph) -> None:
        """Remove from the union what this graph alone holds."""
        self._endpoint.update(
            f"""DELETE {{ GRAPH <{UNION_GRAPH}> {{ ?s ?p ?o }} }} WHERE {{
              GRAPH <{graph}> {{ ?s ?p ?o }}
              FILTER NOT EXISTS {{ GRAPH ?other {{ ?s ?p ?o }} FILTER(?other NOT IN (<{graph}>, <{UNION_GRAPH}>)) }}
            }}""".encode()
        )

    def put_in(self, graphs: Iterable[Graph]) -> None:
        """Add to the union what these graphs hold."""
        values = " ".join(f"<{name}>" for name in graphs)
        self._endpoint.update(
            f"""INSERT {{ GRAPH <{UNION_GRAPH}> {{ ?s ?p ?o }} }}
            WHERE {{ VALUES ?graph {{ {values} }} GRAPH ?graph {{ ?s ?p ?o }} }}""".encode()
        )

    def settle(self, store: Store, report: LoadReport) -> None:
        """Compare the union with that of the store, and make it anew where it differs.

        Raises:
            EndpointError: it differs still.
        """
        # what has just been sent was counted: whether the rest is as it should be, only a load that sends nothing asks
        query = _COUNT if report.triples else _FINGERPRINT
        ours = _measure_default(store.query, query)
        if ours == self._measure(query):
            return
        self._endpoint.update(f"DROP SILENT GRAPH <{UNION_GRAPH}>".encode())
        graphs = [*report.new, *report.changed, *report.unchanged]
        sizes = {name: int(found[0]) for name, found in _measure_named(store.query, _COUNT, graphs).items()}
        for batch in _batches(graphs, sizes):
            self.put_in(batch)
        theirs = self._measure(query)
        if ours != theirs:
            raise EndpointError(
                f"{self._endpoint.url}: {UNION_GRAPH} holds {theirs[0]} triples, not the {ours[0]} of the union: load again"
            )

    def _measure(self, query: str) -> tuple[str, ...]:
        return _measure(self._endpoint, query, [UNION_GRAPH])[UNION_GRAPH]


def _compare(content: _Content, endpoint: Endpoint, tell: Progress) -> LoadReport:
    """Return which graphs the server lacks, has otherwise, and has as they are."""
    graphs = content.graphs()
    here = {name: int(found[0]) for name, found in content.measure(_COUNT, graphs).items()}
    there = {name: int(found[0]) for name, found in _measure(endpoint, _COUNT, graphs).items()}
    alike = [name for name in graphs if here[name] and here[name] == there[name]]
    same: list[Graph] = []
    for batch in _batches(alike, here):
        tell("compared", len(same), len(alike))
        ours, theirs = content.measure(_FINGERPRINT, batch), _measure(endpoint, _FINGERPRINT, batch)
        same += [name for name in batch if ours[name] == theirs[name]]
    settled = {*same, *(name for name in graphs if not here[name] and not there[name])}
    rest = [name for name in graphs if name not in settled]
    return LoadReport(
        new=tuple(name for name in rest if not there[name]),
        changed=tuple(name for name in rest if there[name]),
        unchanged=tuple(name for name in graphs if name in settled),
        strays=(),
        triples=sum(here[name] for name in rest),
    )


def _batches(graphs: Iterable[Graph], sizes: Mapping[Graph, int]) -> Iterator[list[Graph]]:
    """Split graphs into lists that a server can answer for within its limits of time."""
    batch: list[Graph] = []
    size = 0
    for name in graphs:
        if batch and (size + sizes[name] > _BATCH_TRIPLES or len(batch) == _BATCH_GRAPHS):
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += sizes[name]
    if batch:
        yield batch


def _measure(endpoint: Endpoint, query: str, graphs: Iterable[Graph]) -> dict[Graph, tuple[str, ...]]:
    """Return what a query of measures says of each of these graphs on the server."""
    graphs = list(graphs)
    if graphs == [None]:
        return {None: _measure_default(endpoint.query_default_graph, query)}
    return _measure_named(endpoint.query, query, graphs)


def _measure_named(
    ask: Callable[[str], Answer], query: str, graphs: Iterable[Graph]
) -> dict[Graph, tuple[str, ...]]:  # fmt: skip
    names = list(graphs)
    found: dict[Graph, tuple[str, ...]] = dict.fromkeys(names, ("0",))
    for start in range(0, len(names), _BATCH_GRAPHS):
        values = " ".join(f"<{name}>" for name in names[start : start + _BATCH_GRAPHS])
        pattern = f"VALUES ?graph {{ {values} }} GRAPH ?graph {{ ?s ?p ?o }}"
        answer = ask(query.format(graph="?graph", pattern=pattern, group="GROUP BY ?graph"))
        assert isinstance(answer, Solutions)
        found.update({row[0].value: _values(row[1:]) for row in answer.rows if row[0]})
    return found


def _measure_default(ask: Callable[[str], Answer], query: str) -> tuple[str, ...]:
    answer = ask(query.format(graph="", pattern="?s ?p ?o", group=""))
    assert isinstance(answer, Solutions)
    return _values(answer.rows[0])


def _values(cells: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(getattr(cell, "value", "")) for cell in cells)


def _send(
    content: _Content, endpoint: Endpoint, union: _KeptUnion | None, report: LoadReport, tell: Progress
) -> dict[Graph, int]:
    """Send what is new and what has changed; return the number of triples that each of these graphs is to hold."""
    server = endpoint.server
    with_union = union is not None
    sender = _Updates(endpoint) if server and server.graphs is None else _Uploads(endpoint, with_union=with_union)
    sent: dict[Graph, int] = {}
    not_in_union: list[Graph] = []
    done = 0
    for names, new in ((report.new, True), (report.changed, False)):
        for name in names:
            tell("sent", done, report.triples)
            lines = content.lines(name)
            if union and not new:
                union.take_out(name)
            if not sender.send(name, b"\n".join([*lines, b""]), new=new):
                not_in_union.append(name)
            sent[name] = len(lines)
            done += len(lines)
    sender.flush()
    tell("sent", done, report.triples)
    if union:
        for batch in _batches(not_in_union, sent):
            union.put_in(batch)
    return sent


class _Uploads:
    """Sends graphs by the Graph Store Protocol; new ones, where the server takes them so, many at a time as N-Quads."""

    def __init__(self, endpoint: Endpoint, *, with_union: bool) -> None:
        self._endpoint = endpoint
        self._adds = endpoint.server is not None and endpoint.server.quads is not None
        self._with_union = with_union
        self._waiting: list[bytes] = []
        self._size = 0
        if self._adds:
            endpoint.add_quads(b"")  # a wrong password or a read-only data set shows before megabytes are sent

    def send(self, graph: Graph, ntriples: bytes, *, new: bool) -> bool:
        """Send a graph, now or with others; return whether the union is sent it too."""
        if not (new and self._adds) or _has_blank(ntriples):  # blank nodes are new ones each time they are added
            self._endpoint.put_graph(graph, ntriples)
            return False
        for name in (graph, UNION_GRAPH) if self._with_union else (graph,):
            self._waiting.append(ntriples.replace(b" .\n", f" <{name}> .\n".encode()) if name else ntriples)
            self._size += len(self._waiting[-1])
        if self._size >= _BATCH_BYTES:
            self.flush()
        return self._with_union

    def flush(self) -> None:
        if self._waiting:
            self._endpoint.add_quads(b"".join(self._waiting))
            self._waiting.clear()
            self._size = 0


class _Updates:
    """Sends graphs as SPARQL updates, many in one or one in many, as their size is."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._waiting: list[bytes] = []

    def send(self, graph: Graph, ntriples: bytes, *, new: bool) -> bool:  # noqa: ARG002
        where = f"GRAPH <{graph}>" if graph else "DEFAULT"
        self._add(f"DROP SILENT {where}".encode())
        size = len(ntriples) if _has_blank(ntriples) else _UPDATE_BYTES  # a blank node lives in one update only
        for triples in _split(ntriples, size):
            self._add(
                b"INSERT DATA { GRAPH <%s> {\n%s} }" % (graph.encode(), triples)
                if graph
                else b"INSERT DATA {\n%s}" % triples
            )
        return False

    def _add(self, operation: bytes) -> None:
        self._waiting.append(operation)
        if sum(map(len, self._waiting)) >= _UPDATE_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._endpoint.update(b" ;\n".join(self._waiting))
            self._waiting.clear()


def _has_blank(ntriples: bytes) -> bool:
    """Whether a graph has blank nodes."""
    return ntriples.startswith(b"_:") or b"\n_:" in ntriples or b"> _:" in ntriples


def _split(ntriples: bytes, size: int) -> Iterator[bytes]:
    """Split N-Triples at the ends of lines into parts of about `size` bytes."""
    start = 0
    while start < len(ntriples):
        end = ntriples.find(b"\n", min(start + size, len(ntriples)) - 1) + 1
        yield ntriples[start:end]
        start = end


def _check(endpoint: Endpoint, sent: Mapping[Graph, int]) -> None:
    """Count on the server what was sent.

    Raises:
        EndpointError: a graph holds another number of triples; it names the graph.
    """
    held = {name: int(found[0]) for name, found in _measure(endpoint, _COUNT, sent).items()}
    wrong = [name for name in sent if held[name] != sent[name]]
    if wrong:
        name = wrong[0] or "the default graph"
        more = f", and {len(wrong) - 1} more graphs are not whole" if wrong[1:] else ""
        raise EndpointError(
            f"{endpoint.url}: {name} holds {held[wrong[0]]} triples after {sent[wrong[0]]} were sent{more}: load again"
        )
