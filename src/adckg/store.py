"""The embedded store: RDF in named graphs, on disk or in memory. The only importer of pyoxigraph.

A store on disk is a folder of generations, of which `current` names the one that counts:

    STORE/current                 the name of a generation, switched in one step
    STORE/generations/3-00000007  a pyoxigraph folder; never written to once `current` has named it
    STORE/lock                    held by the one writer

A writer works on a copy of the current generation (hard links, so it costs milliseconds however large the store is) and
`commit` makes the copy current. Whatever happens before that leaves the store as it was; readers keep the generation
they have opened, which they lock against being removed. Each method that writes does so in one step, so a copy whose
writer was killed can be gone on with (`resume`).

Queries see the union of all graphs as their default graph. pyoxigraph can make that union while it answers, but counts
a triple once for each graph that holds it, and every graph holds the labels of what it mentions: joins then grow with
the power of the number of graphs. So the store keeps the union, as a set, in the default graph.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, NamedTuple, Self, TypeVar

import pyoxigraph

from adckg.errors import GraphError, QueryError, StoreBusyError, StoreError

Format = Literal["turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml"]
"""The formats of RDF that are read and written."""

_FORMATS: Mapping[str, pyoxigraph.RdfFormat] = {
    "turtle": pyoxigraph.RdfFormat.TURTLE,
    "trig": pyoxigraph.RdfFormat.TRIG,
    "ntriples": pyoxigraph.RdfFormat.N_TRIPLES,
    "nquads": pyoxigraph.RdfFormat.N_QUADS,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
    "rdfxml": pyoxigraph.RdfFormat.RDF_XML,
}
SUFFIXES: Mapping[str, Format] = {
    ".ttl": "turtle",
    ".trig": "trig",
    ".nt": "ntriples",
    ".nq": "nquads",
    ".jsonld": "jsonld",
    ".rdf": "rdfxml",
}
"""The format of a file by its ending."""

_DIGESTS = """
SELECT ?graph ?digest WHERE { GRAPH ?graph { ?graph <https://w3id.org/adckg/ontology#digest> ?digest } }
"""
_LOOSE = pyoxigraph.NamedNode("urn:adckg:no-graph")
"""Where triples that came in no named graph are kept apart from the union."""
_NEXT = pyoxigraph.NamedNode("urn:adckg:next")
"""Where the content of a graph that is about to be replaced waits."""
_NOTES = pyoxigraph.NamedNode("urn:adckg:notes")
"""What the writer notes down for itself, kept apart from the union."""
_OURS = {_LOOSE, _NEXT, _NOTES}
_DIGEST = pyoxigraph.NamedNode("https://w3id.org/adckg/ontology#digest")
_GRAPH = re.compile(rb" <[^<>\"]*> \.$", re.MULTILINE)
# one update is one transaction: a kill leaves all of it done or none
_REPLACE = f"""
DELETE {{ ?s ?p ?o }} WHERE {{
  GRAPH %(graph)s {{ ?s ?p ?o }}
  FILTER NOT EXISTS {{ GRAPH ?other {{ ?s ?p ?o }} FILTER(?other != %(graph)s) }}
}} ;
DROP SILENT GRAPH %(graph)s ;
INSERT {{ ?s ?p ?o . GRAPH %(graph)s {{ ?s ?p ?o }} }} WHERE {{ GRAPH {_NEXT} {{ ?s ?p ?o }} }} ;
DROP SILENT GRAPH {_NEXT}
"""
_LAYOUT = "3"
"""How quads lie in a generation: changes with it, so that no version reads another's store as if it were its own."""
_OUR_FILES = {"current", "current.new", "generations", "lock"}


class Term(NamedTuple):
    """An RDF term. `datatype` is None for plain strings, strings with a language, IRIs and blank nodes."""

    kind: Literal["iri", "literal", "blank"]
    value: str
    datatype: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Solutions:
    """The answer of a SELECT query: a term, or None, for each variable of each row."""

    variables: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]

    def records(self) -> list[dict[str, str]]:
        """Return each row as the text of its terms by variable; what is unbound is left out."""
        return [
            {name: cell.value for name, cell in zip(self.variables, row, strict=True) if cell is not None}
            for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class Triples:
    """The answer of a CONSTRUCT or DESCRIBE query, as sorted N-Triples without repetition."""

    ntriples: bytes


Answer = Solutions | Triples | bool
"""What a query can answer: rows (SELECT), triples (CONSTRUCT, DESCRIBE) or yes and no (ASK)."""


class Store:
    """RDF in named graphs; queries see the union of all of them as their default graph.

    Open one with `Store.open`, `Store.load` or `Store.in_memory`, and close it or use it in a `with` block.
    """

    def __init__(
        self, store: pyoxigraph.Store, name: str, *, writing: _Writing | None = None, held: int | None = None
    ) -> None:
        self._open: pyoxigraph.Store | None = store
        self._name = name
        self._writing = writing
        self._release = weakref.finalize(self, os.close, held) if held is not None else None

    @classmethod
    def in_memory(cls) -> Self:
        """Return an empty store in memory."""
        return cls(pyoxigraph.Store(), "in memory")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return a store in memory that holds an RDF file; its ending says its format (`SUFFIXES`).

        Raises:
            GraphError: the file is missing, of no known format, or malformed; it names the line.
        """
        store = cls.in_memory()
        store.insert(read_bytes(path), guess_format(path), where=str(path))
        return store

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, create: bool = False, resume: bool = False) -> Self:
        """Open the store in a folder.

        Read-only, it is the current generation, and stays that whatever is committed later. Otherwise it is a copy
        for the one writer, which counts from `commit` on and is thrown away by `close`. `create` begins a store
        where there is none. With `resume` the writer goes on with the copy of one that gave up or was killed, and
        leaves its own to the next.

        Raises:
            StoreError: there is no store, the folder holds something else, or it can't be read or written.
            StoreBusyError: another process is writing to it.
        """
        with _storing(path):
            _check_folder(path, create=create)
            if read_only:
                store, held = _open_current(path)
                return cls(store, str(path), held=held)
            writing = _Writing(path, resume=resume)
            try:
                return cls(writing.begin(), str(path), writing=writing)
            except BaseException:
                writing.end()
                raise

    @property
    def _store(self) -> pyoxigraph.Store:
        if self._open is None:
            raise StoreError(f"{self._name}: the store is closed")
        return self._open

    @property
    def is_new(self) -> bool:
        """Whether nothing has been committed to it before."""
        return self._writing is None or self._writing.is_first

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the store. What was written to it on disk and not committed is thrown away, unless it can be resumed."""
        self._open = None
        if self._release:
            self._release()
        if self._writing:
            with _storing(self._writing.path):
                self._writing.end()
            self._writing = None

    def commit(self) -> None:
        """Make what was written, if anything was, the current generation, in one step, and close the store.

        Raises:
            StoreError: the store isn't open for writing, or the disk refuses.
        """
        if self._writing is None:
            raise StoreError(f"{self._name}: the store isn't open for writing")
        if self._writing.wrote or self.is_new:
            with _storing(self._writing.path):
                self._store.flush()
                self._open = None
                self._writing.publish()
        self.close()

    def __len__(self) -> int:
        """Return the number of triples in the union of all graphs."""
        answer = self.query("SELECT (COUNT(*) AS ?triples) WHERE { ?s ?p ?o }")
        assert isinstance(answer, Solutions)
        return int(answer.records()[0]["triples"])

    def insert(
        self, data: bytes, form: Format = "nquads", *, graph: str | None = None, where: str = "the data"
    ) -> None:
        """Add RDF; triples go into `graph`, or into no named graph. `where` names the data in errors.

        Raises:
            GraphError: the data is malformed; nothing of it is added.
            StoreError: the disk refuses.
        """
        to = _LOOSE if graph is None else pyoxigraph.NamedNode(graph)
        with self._changing(), _parsing(where):
            if form == "ntriples" and b"_:" not in data:
                self._store.load(data, format=_FORMATS[form], to_graph=to)
                self._store.load(data, format=_FORMATS[form])
                return
            # pyoxigraph's load gives blank nodes new random names; outputs have to be the same from run to run
            quads = list(pyoxigraph.parse(data, format=_FORMATS[form]))
            default = pyoxigraph.DefaultGraph()
            self._store.extend(
                pyoxigraph.Quad(q.subject, q.predicate, q.object, to if q.graph_name == default else q.graph_name)
                for q in quads
            )
            self._store.extend(pyoxigraph.Quad(q.subject, q.predicate, q.object) for q in quads)

    def bulk_insert(self, parts: Iterable[bytes], *, where: str = "the data") -> None:
        """Add N-Quads of named graphs, without blank nodes, in one step and fast; call `optimize` after many of these.

        Raises:
            GraphError: the data is malformed; nothing of it is added.
            StoreError: the disk refuses.
        """
        data = b"".join(parts)
        with self._changing(), _parsing(where):
            self._store.flush()  # what was written before this is on disk before this
            self._store.bulk_load(data + _GRAPH.sub(b" .", data), format=_FORMATS["nquads"])

    def replace_graph(self, graph: str, nquads: bytes) -> None:
        """Make this graph hold these N-Quads and nothing else, in one step; with none the graph is gone.

        Raises:
            GraphError: the data is malformed or belongs to another graph; the graph is left as it was.
            StoreError: the disk refuses.
        """
        name = pyoxigraph.NamedNode(graph)
        with _parsing(f"graph {graph}"):
            quads = list(pyoxigraph.parse(nquads, format=_FORMATS["nquads"]))
        if any(quad.graph_name != name for quad in quads):
            raise GraphError(f"graph {graph}: the N-Quads to replace it hold quads of another graph")
        if not quads and graph not in self:
            return
        with self._changing():
            self._store.remove_graph(_NEXT)
            self._store.extend(pyoxigraph.Quad(q.subject, q.predicate, q.object, _NEXT) for q in quads)
            self._store.update(_REPLACE % {"graph": name})

    def remove_graph(self, graph: str) -> None:
        """Remove a graph, in one step; if there is none of this name, nothing happens."""
        self.replace_graph(graph, b"")

    def note(self, about: str, text: str) -> None:
        """Note something down about an IRI, unless it is noted already. No query over the union sees it."""
        quad = pyoxigraph.Quad(pyoxigraph.NamedNode(about), _NOTES, pyoxigraph.Literal(text), _NOTES)
        if quad not in self._store:
            with self._changing():
                self._store.add(quad)

    def forget(self, about: str) -> None:
        """Remove what was noted about an IRI."""
        for quad in self._store.quads_for_pattern(pyoxigraph.NamedNode(about), None, None, _NOTES):
            with self._changing():
                self._store.remove(quad)

    def notes(self) -> dict[str, str]:
        """Return what was noted, by IRI, sorted."""
        with _storing(self._name):
            quads = self._store.quads_for_pattern(None, None, None, _NOTES)
            return dict(sorted((_term(quad.subject).value, _term(quad.object).value) for quad in quads))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        if self._writing:
            self._writing.wrote = True
        with _storing(self._name):
            yield

    def __contains__(self, graph: str) -> bool:
        """Return whether there is a graph of this name."""
        with _storing(self._name):
            return self._store.contains_named_graph(pyoxigraph.NamedNode(graph))

    def digest(self, graph: str) -> str:
        """Return the digest that a graph carries of what it was made from ("" for none)."""
        name = pyoxigraph.NamedNode(graph)
        with _storing(self._name):
            found = next(iter(self._store.quads_for_pattern(name, _DIGEST, None, name)), None)
        return _term(found.object).value if found else ""

    def graphs(self) -> dict[str, str]:
        """Return the named graphs, sorted, and the digest that each carries of what it was made from ("" for none)."""
        with _storing(self._name):
            found = {str(graph.value): "" for graph in self._store.named_graphs() if graph not in _OURS}
        answer = self.query(_DIGESTS)
        assert isinstance(answer, Solutions)
        found.update({row["graph"]: row["digest"] for row in answer.records()})
        return dict(sorted(found.items()))

    def dump(self, graph: str | None = None) -> list[bytes]:
        """Return a graph (None: the triples of no named graph) as sorted lines of N-Triples without line ends."""
        name = _LOOSE if graph is None else pyoxigraph.NamedNode(graph)
        with _storing(self._name):
            data = self._store.dump(format=_FORMATS["ntriples"], from_graph=name) or b""
        return sorted(data.split(b"\n")[:-1])

    def query(self, text: str) -> Answer:
        """Return the answer of a SPARQL query over the union of all graphs.

        Raises:
            QueryError: the query is malformed; it names line and column.
            StoreError: the store can't be read.
        """
        with _storing(self._name):
            try:
                answer = self._store.query(text)
            except (SyntaxError, ValueError) as error:
                raise QueryError(_syntax_message(error, text)) from error
            if isinstance(answer, pyoxigraph.QueryBoolean):
                return bool(answer)
            if isinstance(answer, pyoxigraph.QueryTriples):
                lines = (answer.serialize(format=_FORMATS["ntriples"]) or b"").split(b"\n")[:-1]
                return Triples(b"".join(line + b"\n" for line in sorted(set(lines))))
            variables = tuple(variable.value for variable in answer.variables)
            rows = tuple(tuple(None if cell is None else _term(cell) for cell in row) for row in answer)
            return Solutions(variables, rows)

    def optimize(self) -> None:
        """Put the files on disk in order after many insertions, so that queries run fast."""
        with _storing(self._name):
            self._store.optimize()


class _Writing:
    """The one writer's hold on a store: the lock, and the generation that is being made."""

    def __init__(self, path: Path, *, resume: bool) -> None:
        self.path = path
        self._resume = resume
        # this is the first time that this folder is written to, so a writer that gives up removes it again
        self._began = not path.exists()
        path.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        if not _lock(self._lock, fcntl.LOCK_EX):
            os.close(self._lock)
            raise StoreBusyError(f"{path}: another process is writing to this store: try again when it is done")
        self._current = _current(path)
        number = int(self._current.name.rpartition("-")[2]) + 1 if self._current else 1
        self._next = path / "generations" / f"{_LAYOUT}-{number:08d}"
        self.is_first = self._current is None
        self.wrote = False

    def begin(self) -> pyoxigraph.Store:
        """Return the generation to write to: a copy of the current one, or an empty one."""
        if self._resume and self._next.exists():
            self._sweep(self._next)
            try:
                store = pyoxigraph.Store(str(self._next))
            except (OSError, RuntimeError):
                pass  # it can't be gone on with, so its writer's work is done again
            else:
                self.wrote = True
                return store
        self._sweep()
        self._next.parent.mkdir(exist_ok=True)
        if self._current:
            pyoxigraph.Store.read_only(str(self._current)).backup(str(self._next))
        return pyoxigraph.Store(str(self._next))

    def publish(self) -> None:
        """Make the new generation current."""
        _sync_folder(self._next)
        pointer = self.path / "current.new"
        with pointer.open("w") as file:
            file.write(f"{self._next.name}\n")
            file.flush()
            os.fsync(file.fileno())
        pointer.replace(self.path / "current")
        _sync_folder(self.path)
        self._current, self._began, self.wrote = self._next, False, False

    def end(self) -> None:
        """Remove every generation but the current one and what can be resumed, and give the lock back."""
        try:
            if self._resume and self.wrote:
                self._sweep(self._next)
            elif self._began:
                shutil.rmtree(self.path)
            else:
                self._sweep()
        finally:
            os.close(self._lock)

    def _sweep(self, *kept: Path) -> None:
        for generation in (self.path / "generations").glob("*"):
            if generation in (self._current, *kept):
                continue
            held = os.open(generation, os.O_RDONLY)
            try:
                # what a reader still has open, a later writer removes
                if _lock(held, fcntl.LOCK_EX):
                    # half removed, it must not look like something to go on with
                    gone = generation.rename(f"{generation}.gone")
                    shutil.rmtree(gone)
            finally:
                os.close(held)


def _lock(descriptor: int, kind: int) -> bool:
    """Lock a file or folder, and say whether that could be done; the lock goes with the descriptor, or the process."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _check_folder(path: Path, *, create: bool) -> None:
    """Raise StoreError unless the folder holds a store, or `create` may begin one there."""
    if not path.exists():
        if create:
            return
        raise StoreError(f"{path}: there is no store here: make one with `adckg build`")
    if not path.is_dir():
        raise StoreError(f"{path}: is a file, not the folder of a store")
    found = {entry.name for entry in path.iterdir()}
    if "current" not in found:
        if not found <= _OUR_FILES:
            raise StoreError(f"{path}: this folder holds something else than a store: name another one")
        if not create:
            raise StoreError(f"{path}: no build has been finished here: run `adckg build`")


def _current(path: Path) -> Path | None:
    """Return the folder of the current generation, or None where there is none yet."""
    try:
        name = (path / "current").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        name = ""
    if not re.fullmatch(rf"{_LAYOUT}-\d{{8,}}", name):
        raise StoreError(
            f"{path}: made by another version of adckg, or damaged: remove the folder and run `adckg build`"
        )
    return path / "generations" / name


def _open_current(path: Path) -> tuple[pyoxigraph.Store, int]:
    """Open the current generation, and return what holds it too: RocksDB opens files when it needs them, so none of
    them may be removed before the reader is done. A writer can remove all just before that: then there is a newer one.
    """
    tried: Path | None = None
    while True:
        current = _current(path)
        if current is None or current == tried:
            raise StoreError(f"{path}: its current generation is missing: remove the folder and run `adckg build`")
        try:
            held = os.open(current, os.O_RDONLY)
        except FileNotFoundError:
            tried = current
            continue
        try:
            if _lock(held, fcntl.LOCK_SH) and current == _current(path):
                return pyoxigraph.Store.read_only(str(current)), held
        except BaseException:
            os.close(held)
            raise
        os.close(held)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of an RDF file.

    Raises:
        GraphError: it can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise GraphError(f"{path}: can't be read: {(error.strerror or str(error)).lower()}") from error


def guess_format(path: Path) -> Format:
    """Return the format that a file's ending stands for.

    Raises:
        GraphError: the ending is unknown.
    """
    try:
        return SUFFIXES[path.suffix.lower()]
    except KeyError:
        raise GraphError(f"{path}: no known format of RDF: the file should end in {', '.join(SUFFIXES)}") from None


def convert(
    data: bytes,
    source: Format,
    target: Format,
    *,
    prefixes: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    where: str = "the data",
) -> bytes:
    """Return RDF in another format, in the order in which it comes and with every literal written as it was.

    Where the target has no named graphs, their names are left out. With `output` the result is written there and
    nothing is returned.

    Raises:
        GraphError: the data is malformed; it names the line.
    """
    keeps_graphs = _FORMATS[target].supports_datasets
    quads = pyoxigraph.parse(data, format=_FORMATS[source])
    rows: Iterator[pyoxigraph.Quad | pyoxigraph.Triple] = quads if keeps_graphs else (quad.triple for quad in quads)
    with _parsing(where):
        # an iterable of one or the other, which pyoxigraph's own types don't let one say
        done = pyoxigraph.serialize(rows, output, _FORMATS[target], prefixes=dict(prefixes or {}))  # type: ignore[arg-type]
    return done or b""


def canonical(files: Iterable[tuple[bytes, str]]) -> list[bytes]:
    """Return Turtle files, each with the name that errors give it, as one graph: sorted lines of N-Triples in which blank
    nodes have the names of RDFC-1.0, the same from run to run.

    Raises:
        GraphError: a file is malformed; it names the line.
    """
    merged = pyoxigraph.Dataset()
    for number, (data, where) in enumerate(files):
        with _parsing(where):
            for quad in pyoxigraph.parse(data, format=_FORMATS["turtle"]):
                merged.add(pyoxigraph.Quad(_apart(quad.subject, number), quad.predicate, _apart(quad.object, number)))
    merged.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    lines = pyoxigraph.serialize((quad.triple for quad in merged), format=_FORMATS["ntriples"]) or b""
    return sorted(lines.split(b"\n")[:-1])


_T = TypeVar("_T")


def _apart(term: _T, number: int) -> _T | pyoxigraph.BlankNode:
    """Keep the blank nodes of different files apart."""
    return pyoxigraph.BlankNode(f"f{number}x{term.value}") if isinstance(term, pyoxigraph.BlankNode) else term


def _term(term: object) -> Term:
    if isinstance(term, pyoxigraph.NamedNode):
        return Term("iri", term.value)
    if isinstance(term, pyoxigraph.BlankNode):
        return Term("blank", term.value)
    assert isinstance(term, pyoxigraph.Literal)
    if term.language:
        return Term("literal", term.value, None, term.language)
    datatype = term.datatype.value
    return Term("literal", term.value, None if datatype == "http://www.w3.org/2001/XMLSchema#string" else datatype)


@contextmanager
def _storing(where: object) -> Iterator[None]:
    """Turn what the disk says into StoreError."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{where}: the store can't be used: {_one_line(error)}") from error
    except RuntimeError as error:
        raise StoreError(f"{where}: the store refuses: {_one_line(error)}") from error


@contextmanager
def _parsing(where: str) -> Iterator[None]:
    """Turn what the parser says into GraphError."""
    try:
        yield
    except SyntaxError as error:
        message = re.sub(r"^Parser error at line \d+ (?:column|between columns?) [\d and]+: ", "", error.msg or "")
        line = f", line {error.lineno}" if error.lineno else ""
        raise GraphError(f"{where}{line}: malformed RDF: {_one_line(message)}") from error
    except ValueError as error:
        raise GraphError(f"{where}: malformed RDF: {_one_line(error)}") from error


def _syntax_message(error: Exception, query: str) -> str:
    place = re.match(r"error at (\d+):(\d+): (.*)", str(error), re.DOTALL)
    if not place:
        return f"the query can't be run: {_one_line(error)}"
    lines = query.splitlines()
    line, column = int(place[1]), int(place[2])
    # the place is as far as the parser got, which can be behind what is wrong
    there = lines[line - 1][max(0, column - 21) : column + 19].strip() if line <= len(lines) else ""
    reason = f" near {there!r}" if there else " where it ends"
    if "Prefix not found" in place[3]:
        reason += ": a prefix isn't declared"
    elif "[" not in place[3]:  # with classes of characters the list is long and helps nobody
        reason += f": {_one_line(place[3])}"
    return f"the query has a syntax error at line {line}, column {column},{reason}"


def _one_line(error: object) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:300]
