"""Documents -> graphs -> store -> derived graph -> validation -> Turtle: all of it, or nothing.

The store itself knows what is current: each graph carries the digest of what it was made from, and a document whose
digest is there already isn't extracted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from adckg import extract, names, queries, resources
from adckg.documents import find_documents, read_document
from adckg.errors import DocumentError, QueryError
from adckg.export import render_store, write_atomically
from adckg.graph import graph_digest, render_graph, render_reference
from adckg.model import FactKind, Violation
from adckg.store import Store, Triples, canonical, convert
from adckg.validate import check_queries, check_shapes

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""

_T = TypeVar("_T")

_FACTS = f"""
PREFIX adc: <{names.ONTOLOGY}>
SELECT ?kind (COUNT(?fact) AS ?count) WHERE {{ ?fact adc:basis "stated" ; a ?kind }} GROUP BY ?kind
"""


@dataclass(frozen=True, slots=True)
class Source:
    """A document as it stands on disk: where, by which id, and the digest that its graph will carry."""

    path: Path
    id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of a folder that can't be read as a document, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, and what the store holds after it."""

    added: tuple[str, ...]
    """ids of the documents that are new in the store"""
    replaced: tuple[str, ...]
    """ids of those whose graph was made anew"""
    unchanged: tuple[str, ...]
    """ids of those whose graph was current"""
    skipped: tuple[Skipped, ...]
    facts: Mapping[FactKind, int]
    """stated facts in the whole store, by kind, the most frequent first"""
    triples: int
    """distinct triples in the whole store"""
    violations: tuple[Violation, ...]
    """what the shapes find in the graphs made now, and the check queries in the whole store; worst first"""
    written: tuple[Path, ...]
    """the store, and the Turtle file where one was asked for"""


def build(
    paths: Sequence[Path],
    *,
    store: Path,
    turtle: Path | None = None,
    executor: Executor | None = None,
    with_text: bool = True,
    progress: Progress | None = None,
) -> BuildReport:
    """Bring the store up to date with documents (files, or folders of them), and write it as a Turtle file.

    Extraction runs in `executor`, one document a call, or here. What comes out depends neither on its workers nor on
    the order of the documents. If anything fails, store and file stay as they were. The Turtle file holds all graphs
    but the ontology's.

    Raises:
        DocumentError: a file that was named can't be read, a folder holds none, or two documents have one id.
        KnowledgeError: our own data is malformed.
        QueryError: a derive query is malformed.
        GraphError: the Turtle file can't be written.
        StoreError: the store can't be used; StoreBusyError, if another process writes to it.
    """
    tell = progress or _silent
    with ExitStack() as stack:
        target = stack.enter_context(Store.open(store, create=True))
        # opened before the work begins, so that a path that can't be written is known at once
        file = stack.enter_context(write_atomically(turtle)) if turtle else None
        sources, skipped = read_sources(paths, executor=executor, with_text=with_text, progress=tell)
        before = target.graphs()
        stale = [source for source in sources if before.get(names.document_iri(source.id)) != source.digest]
        found: list[Violation] = []
        _load(target, _checked(_graphs(stale, executor, with_text, tell), found), empty=not before)
        _refresh(target, names.ONTOLOGY_GRAPH, render_ontology())
        _refresh(target, names.REFERENCE_GRAPH, render_reference())
        tell("derive", 0, 1)
        target.remove_graph(names.DERIVED_GRAPH)
        target.replace_graph(names.DERIVED_GRAPH, derive(target))
        tell("derive", 1, 1)
        tell("validate", 0, 1)
        violations = check_queries(target, besides=found)
        tell("validate", 1, 1)
        if file:
            tell("write", 0, 1)
            file.write(render_store(target, "turtle", without={names.ONTOLOGY_GRAPH}))
            tell("write", 1, 1)
        new = {source.id for source in stale if names.document_iri(source.id) not in before}
        old = {source.id for source in stale} - new
        report = BuildReport(
            added=tuple(sorted(new)),
            replaced=tuple(sorted(old)),
            unchanged=tuple(sorted({source.id for source in sources} - new - old)),
            skipped=tuple(skipped),
            facts=_count_facts(target),
            triples=len(target),
            violations=tuple(violations),
            written=(store, turtle) if turtle else (store,),
        )
        target.commit()
    return report


def extract_to_graph(
    paths: Sequence[Path], *, executor: Executor | None = None, with_text: bool = True, progress: Progress | None = None
) -> tuple[bytes, tuple[Skipped, ...]]:
    """Return the graphs of documents (files, or folders of them) as N-Quads, sorted by graph, and what was skipped.

    Raises:
        DocumentError: a file that was named can't be read, a folder holds none, or two documents have one id.
        KnowledgeError: our own data is malformed.
    """
    tell = progress or _silent
    sources, skipped = read_sources(paths, executor=executor, with_text=with_text, progress=tell)
    graphs = sorted(_graphs(sources, executor, with_text, tell, check=False), key=lambda graph: graph.iri)
    return b"".join(graph.nquads for graph in graphs), tuple(skipped)


def read_sources(
    paths: Sequence[Path], *, executor: Executor | None, with_text: bool, progress: Progress
) -> tuple[list[Source], list[Skipped]]:
    """Return the documents at these paths, and the files of folders that are none, both sorted by path.

    Raises:
        DocumentError: a file that was named can't be read, or two documents have one id; it names them.
    """
    found = find_documents(paths)
    named = {path for path in paths if not path.is_dir()}
    identify = partial(_identify, with_text=with_text)
    sources: list[Source] = []
    skipped: list[Skipped] = []
    for number, (path, read) in enumerate(zip(found, _map(executor, identify, found), strict=True), 1):
        progress("read", number, len(found))
        if isinstance(read, Source):
            sources.append(read)
        elif path in named:
            raise DocumentError(read)
        else:
            skipped.append(Skipped(path, read))
    first: dict[str, Path] = {}
    for source in sources:
        if first.setdefault(source.id, source.path) != source.path:
            raise DocumentError(
                f"{first[source.id]} and {source.path}: two documents have the id {source.id!r}: rename one of them"
            )
    return sources, skipped


def render_ontology() -> bytes:
    """Return `graph/ontology`: the files of ontology/, as sorted N-Quads.

    Raises:
        GraphError: a file is malformed.
    """
    # OWL's class expressions are blank nodes: their names must not change from run to run
    merged = canonical((path.read_bytes(), f"ontology/{path.name}") for path in resources.files("ontology", "*.ttl"))
    ending = f" <{names.ONTOLOGY_GRAPH}> .\n".encode()
    return b"".join(line.removesuffix(b" .") + ending for line in merged)


def derive(store: Store) -> bytes:
    """Return `graph/derived` as sorted N-Quads: all that queries/derive constructs from the union of the graphs.

    Raises:
        QueryError: a derive query is malformed, or no CONSTRUCT.
    """
    lines: set[bytes] = set()
    for query in queries.load_queries("derive"):
        answer = store.query(query.text)
        if not isinstance(answer, Triples):
            raise QueryError(f"{query.path}: a derive query is a CONSTRUCT")
        lines.update(answer.ntriples.split(b"\n"))
    ending = f" <{names.DERIVED_GRAPH}> .\n".encode()
    return b"".join(line.removesuffix(b" .") + ending for line in sorted(lines - {b""}))


def _identify(path: Path, *, with_text: bool) -> Source | str:
    """Read one document and return what it is; or why it is none, since a folder's bad file is no error."""
    try:
        document = read_document(path)
    except DocumentError as error:
        return str(error)
    digest = graph_digest(document, extract.load_knowledge().digest, with_text=with_text)
    return Source(path, document.id, digest)


@dataclass(frozen=True, slots=True)
class _Graph:
    """What came of one document."""

    iri: str
    nquads: bytes
    violations: tuple[Violation, ...]
    """what the shapes find in it"""


def _extract(path: Path, *, with_text: bool, check: bool) -> _Graph:
    """Read and extract one document, and check its graph by the shapes."""
    knowledge = extract.load_knowledge()
    document = read_document(path)
    nquads = render_graph(
        document,
        extract.extract(document, knowledge),
        knowledge_digest=knowledge.digest,
        publisher=extract.find_publisher(document, knowledge),
        with_text=with_text,
    )
    violations = tuple(check_shapes(convert(nquads, "nquads", "ntriples"))) if check else ()
    return _Graph(names.document_iri(document.id), nquads, violations)


def _graphs(
    sources: Sequence[Source], executor: Executor | None, with_text: bool, tell: Progress, *, check: bool = True
) -> Iterator[_Graph]:
    """Yield what comes of each document, in order."""
    paths = [source.path for source in sources]
    work = partial(_extract, with_text=with_text, check=check)
    for number, graph in enumerate(_map(executor, work, paths), 1):
        tell("extract", number, len(paths))
        yield graph


def _checked(graphs: Iterable[_Graph], found: list[Violation]) -> Iterator[tuple[str, bytes]]:
    """Yield the IRI and N-Quads of each graph, and keep what was found in it."""
    for graph in graphs:
        found += graph.violations
        yield graph.iri, graph.nquads


def _map(executor: Executor | None, function: Callable[[Path], _T], paths: Sequence[Path]) -> Iterator[_T]:
    """Apply a function to each path, in the executor where there is one, in order."""
    if executor is None or not paths:
        return map(function, paths)
    # a task for each document would cost more than the document; large tasks leave workers idle at the end
    return executor.map(function, paths, chunksize=max(1, min(64, len(paths) // 64)))


def _load(store: Store, graphs: Iterable[tuple[str, bytes]], *, empty: bool) -> None:
    if empty:
        store.bulk_insert(nquads for _, nquads in graphs)
        store.optimize()
        return
    for graph, nquads in graphs:
        store.replace_graph(graph, nquads)


def _refresh(store: Store, graph: str, nquads: bytes) -> None:
    """Replace a graph unless it holds just this."""
    ending = f" <{graph}> .".encode()
    if sorted(line.removesuffix(ending) + b" ." for line in nquads.split(b"\n")[:-1]) != store.dump(graph):
        store.replace_graph(graph, nquads)


def _count_facts(store: Store) -> dict[FactKind, int]:
    counts = {
        row["kind"].removeprefix(names.ONTOLOGY): int(row["count"]) for row in queries.ask(store, _FACTS).records()
    }
    found = {kind: counts[kind] for kind in FactKind if counts.get(kind)}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _silent(_what: str, _done: int, _of: int) -> None:
    pass
