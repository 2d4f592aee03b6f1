"""Documents -> graphs -> store, and only those that have changed.

The store itself knows what is current: each graph carries the digest of what it was made from, and a document whose
digest is there already isn't extracted again. What follows from a document alone (its shortcuts) stands in its graph.
What follows for an ADC from all that is said of it stands in a graph of its own, and is derived again when anything
that is said of that ADC has changed. So a build costs what its changes cost, however much the store holds; what looks
at the whole store is made when it is asked for.

Readers see nothing of a build until it is done. One that was killed is gone on with by the next.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from adckg import __version__, extract, names, queries, resources
from adckg.corpus import Corpus, Skipped, Source, find_corpus
from adckg.errors import DocumentError, QueryError, WorkersError
from adckg.export import render_store, write_atomically
from adckg.graph import graph_digest, render_graph, render_reference
from adckg.model import Basis, FactKind, Violation
from adckg.store import Store, Triples, canonical
from adckg.validate import check_queries, check_shapes, lead_back, sort_violations

Progress = Callable[[str, int, int | None], None]
"""Is told what is being done, how much of it is done, and how much there is, where that is known."""

_S = TypeVar("_S")
_T = TypeVar("_T")

_AT_ONCE = 16_000_000
"""bytes of new graphs that are inserted together"""
_CHUNK = 4
"""documents that a worker is given together: a task for each would cost more than some documents"""
_AHEAD = 64
"""chunks that are given out before the first of them is back"""

_ADC = rf"<({re.escape(names.BASE)}id/adc/[^>]+)>"
# where an IRI stands in a line, and not what a document's text holds
_SPOKEN_OF = tuple(re.compile(f"^{before}{_ADC}".encode(), re.MULTILINE) for before in ("", "<[^>]*> <[^>]*> "))
_ADCS = f"SELECT DISTINCT ?adc WHERE {{ ?adc a <{names.term('AntibodyDrugConjugate')}> }}"
_FACTS = f"""
PREFIX adc: <{names.ONTOLOGY}>
SELECT ?kind (COUNT(?fact) AS ?count) WHERE {{ ?fact adc:basis "stated" ; a ?kind }} GROUP BY ?kind
"""
_DERIVE = "derive"
"""the note on an ADC for which what follows has to be derived again"""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did."""

    added: int
    """documents that are new in the store"""
    replaced: int
    """documents whose graph was made anew"""
    unchanged: int
    """documents whose graph was current"""
    removed: int
    """documents that were pruned"""
    skipped: tuple[Skipped, ...]
    facts: Mapping[FactKind, int]
    """stated facts in the graphs made now, by kind, the most frequent first"""
    triples: int
    """triples in the graphs made now"""
    violations: tuple[Violation, ...]
    """what the shapes find in the graphs made now, and, if asked for, the check queries in the whole store; worst first"""
    written: tuple[Path, ...]
    """the store, and the Turtle file where one was asked for"""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a store holds."""

    documents: int
    facts: Mapping[FactKind, int]
    """stated facts by kind, the most frequent first"""
    triples: int
    """distinct triples in all graphs"""


def build(
    paths: Sequence[Path],
    *,
    store: Path,
    turtle: Path | None = None,
    check: bool = False,
    prune: bool = False,
    executor: Executor | None = None,
    with_text: bool = True,
    progress: Progress | None = None,
) -> BuildReport:
    """Bring the store up to date with documents: files, folders of them, patterns, JSON Lines.

    Extraction and validation run in `executor`, or here. What comes out depends neither on its workers nor on the order
    of the documents. With `prune`, documents of the store that are not among these are removed, unless something was
    skipped of which it isn't known what it is. With `check` the check queries look at the whole store, and with `turtle`
    all graphs but the ontology's are written as one file.

    A build that fails or is killed leaves the store as it was for readers; the next one goes on with it.

    Raises:
        DocumentError: a file that was named can't be read, nothing is there, or two files give one id.
        KnowledgeError: our own data is malformed.
        QueryError: a derive query is malformed.
        GraphError: the Turtle file can't be written.
        WorkersError: workers died at the same work again and again, or work with other knowledge than this process.
        StoreError: the store can't be used; StoreBusyError, if another process writes to it.
    """
    corpus = find_corpus(paths)
    with ExitStack() as stack:
        target = stack.enter_context(Store.open(store, create=True, resume=True))
        # opened before the work begins, so that a path that can't be written is known at once
        file = stack.enter_context(write_atomically(turtle)) if turtle else None
        done = _Build(target, executor=executor, with_text=with_text, tell=progress or _silent)
        done.take(corpus)
        removed = done.prune() if prune else 0
        done.refresh()
        done.derive()
        violations = sort_violations(done.violations)
        if check:
            violations = done.step("check", lambda: check_queries(target, besides=violations))
        if file:
            file.write(done.step("write", lambda: render_store(target, "turtle", without={names.ONTOLOGY_GRAPH})))
        target.commit()
    return BuildReport(
        added=done.added,
        replaced=done.replaced,
        unchanged=done.unchanged,
        removed=removed,
        skipped=tuple(done.skipped),
        facts=_sort_counts(done.facts),
        triples=done.triples,
        violations=tuple(violations),
        written=(store, turtle) if turtle else (store,),
    )


def extract_to_graph(
    paths: Sequence[Path], *, executor: Executor | None = None, with_text: bool = True, progress: Progress | None = None
) -> tuple[bytes, tuple[Skipped, ...]]:
    """Return the graphs of documents as N-Quads, sorted by graph, and what was skipped.

    Raises:
        DocumentError: a file that was named can't be read, nothing is there, or two files give one id.
        KnowledgeError: our own data is malformed.
    """
    tell = progress or _silent
    skipped: list[Skipped] = []
    sources = _sources(find_corpus(paths), skipped, tell)
    work = partial(_extract, known=knowledge_digest(), with_text=with_text, check=False)
    graphs = _graphs(_map(executor, work, sources), skipped, tell)
    parts = [graph.nquads for graph in sorted(graphs, key=lambda graph: graph.iri)]
    return b"".join(parts), tuple(skipped)


def summarise(store: Store) -> Summary:
    """Return what a store holds."""
    counts = {
        row["kind"].removeprefix(names.ONTOLOGY): int(row["count"]) for row in queries.ask(store, _FACTS).records()
    }
    documents = sum(1 for graph in store.graphs() if _is_document(graph))
    return Summary(documents, _sort_counts({kind: counts.get(kind, 0) for kind in FactKind}), len(store))


@cache
def knowledge_digest() -> str:
    """Return the digest of all that documents are read with: vocabulary, rules, ontology and shortcuts."""
    return _digest(
        *resources.files("seeds", "vocabulary/*.csv"),
        *resources.files("seeds", "rules/*.yaml"),
        *resources.files("ontology", "*.ttl"),
        *resources.files("queries", "shortcuts/*.rq"),
    )


def _digest(*paths: Path) -> str:
    hashed = hashlib.sha256()
    for path in paths:
        data = path.read_bytes()
        hashed.update(f"{path.name} {len(data)} ".encode() + data)
    return hashed.hexdigest()[:16]


def render_ontology() -> bytes:
    """Return `graph/ontology`: the files of ontology/, as sorted N-Quads.

    Raises:
        GraphError: a file is malformed.
    """
    # OWL's class expressions are blank nodes: their names must not change from run to run
    merged = canonical((path.read_bytes(), f"ontology/{path.name}") for path in resources.files("ontology", "*.ttl"))
    return _quads(merged, names.ONTOLOGY_GRAPH)


def derive(store: Store, product: str | None = None) -> bytes:
    """Return all that queries/derive constructs from the union of the graphs for an ADC, or for all, as sorted N-Quads.

    Raises:
        QueryError: a derive query is malformed, or no CONSTRUCT.
    """
    arguments = {} if product is None else {"product": product}
    graph = names.DERIVED_GRAPH if product is None else names.derived_graph(product)
    texts = (query.bind(arguments) for query in _constructs("derive"))
    return _quads(sorted(_construct(store, texts)), graph)


@cache
def _constructs(folder: str) -> tuple[queries.SavedQuery, ...]:
    return queries.load_queries(folder)


def _construct(store: Store, texts: Iterable[str]) -> set[bytes]:
    """Return the lines of N-Triples that CONSTRUCT queries answer."""
    lines: set[bytes] = set()
    for text in texts:
        answer = store.query(text)
        if not isinstance(answer, Triples):
            raise QueryError("queries/derive, queries/shortcuts: what they hold are CONSTRUCT queries")
        lines.update(answer.ntriples.splitlines())
    return lines


def _quads(ntriples: Iterable[bytes], graph: str) -> bytes:
    ending = f" <{graph}> .\n".encode()
    return b"".join(line.removesuffix(b" .") + ending for line in ntriples)


def _triples(nquads: bytes, graph: str) -> bytes:
    """Return N-Quads of one graph as N-Triples."""
    return nquads.replace(f" <{graph}> .\n".encode(), b" .\n")


def _with_shortcuts(store: Store, ntriples: bytes) -> list[bytes]:
    """Put a graph and the shortcuts that follow from it into an empty store; return its sorted lines."""
    store.insert(ntriples, "ntriples")
    lines = set(ntriples.splitlines())
    found = _construct(store, (query.text for query in _constructs("shortcuts"))) - lines
    store.insert(b"".join(line + b"\n" for line in found), "ntriples")
    return sorted(lines | found)


@dataclass(frozen=True, slots=True)
class _Graph:
    """What came of one document."""

    iri: str
    nquads: bytes
    facts: Mapping[FactKind, int]
    violations: tuple[Violation, ...]
    """what the shapes find in it"""


def _extract(source: Source, *, known: str, with_text: bool, check: bool) -> _Graph | Skipped:
    """Read and extract one document, and check its graph by the shapes; `known` is the digest of what to read it with."""
    if known != knowledge_digest():
        raise WorkersError("a worker has another version of adckg, or another vocabulary, than this process")
    try:
        document = source.read()
    except DocumentError as error:
        return Skipped(str(error), source.id)
    knowledge = extract.load_knowledge()
    facts = extract.extract(document, knowledge)
    iri = names.document_iri(document.id)
    nquads = render_graph(
        document,
        facts,
        knowledge_digest=known,
        publisher=extract.find_publisher(document, knowledge),
        with_text=with_text,
        source_digest=source.digest,
    )
    violations: tuple[Violation, ...] = ()
    with Store.in_memory() as store:
        lines = _with_shortcuts(store, _triples(nquads, iri))
        if check:
            found = check_shapes(b"".join(line + b"\n" for line in lines))
            violations = tuple(lead_back(found, store)) if found else ()
    stated_kinds = Counter(fact.kind for fact in facts if fact.basis is Basis.STATED)
    return _Graph(iri, _quads(lines, iri), stated_kinds, violations)


@dataclass(slots=True)
class _Build:
    """A build that is under way: its steps, and what they have done so far."""

    store: Store
    executor: Executor | None
    with_text: bool
    tell: Progress
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    triples: int = 0
    facts: Counter[FactKind] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    _found: set[str] = field(default_factory=set)
    """the graphs of the documents that are there"""
    _new: list[_Graph] = field(default_factory=list)
    """graphs that wait to be inserted together"""

    def step(self, what: str, do: Callable[[], _T]) -> _T:
        """Do something in one step, and tell of it."""
        self.tell(what, 0, 1)
        done = do()
        self.tell(what, 1, 1)
        return done

    def take(self, corpus: Corpus) -> None:
        """Bring the graphs of the documents up to date."""
        work = partial(_extract, known=knowledge_digest(), with_text=self.with_text, check=True)
        stale = self._stale(_sources(corpus, self.skipped, self.tell))
        size = 0
        for graph in _graphs(_map(self.executor, work, stale), self.skipped, self.tell):
            self.facts.update(graph.facts)
            self.triples += graph.nquads.count(b"\n")
            self.violations += graph.violations
            if graph.iri in self.store:
                self._replace(graph.iri, graph.nquads)
                self.replaced += 1
                continue
            self.added += 1
            self._new.append(graph)
            size += len(graph.nquads)
            if size > _AT_ONCE:
                self._insert()
                size = 0
        self._insert()

    def _stale(self, sources: Iterable[Source]) -> Iterator[Source]:
        """Yield the documents whose graphs aren't current."""
        known = knowledge_digest()
        for source in sources:
            graph = names.document_iri(source.id)
            self._found.add(graph)
            if self.store.digest(graph) == graph_digest(source.digest, known, with_text=self.with_text):
                self.unchanged += 1
            else:
                yield source

    def _insert(self) -> None:
        if not self._new:
            return
        nquads = [graph.nquads for graph in self._new]
        self._new.clear()
        self._touch(*nquads)
        self.store.bulk_insert(nquads)

    def _replace(self, graph: str, nquads: bytes) -> None:
        """Replace a graph, and note down the ADCs of which it says something else than before."""
        before, after = set(self.store.dump(graph)), set(_triples(nquads, graph).splitlines())
        self._touch(b"\n".join(before ^ after))
        self.store.replace_graph(graph, nquads)

    def _touch(self, *lines: bytes) -> None:
        """Note down every ADC that these lines speak of, before they come or go."""
        found = {match.decode() for part in lines for place in _SPOKEN_OF for match in place.findall(part)}
        for product in found:
            self.store.note(product, _DERIVE)

    def prune(self) -> int:
        """Remove the documents that are gone, and return how many they are; none where it isn't sure which are there."""
        if any(skipped.id is None for skipped in self.skipped):
            return 0
        there = self._found | {names.document_iri(skipped.id) for skipped in self.skipped if skipped.id is not None}
        gone = [graph for graph in self.store.graphs() if _is_document(graph) and graph not in there]
        for number, graph in enumerate(gone, 1):
            self._replace(graph, b"")
            self.tell("prune", number, len(gone))
        return len(gone)

    def refresh(self) -> None:
        """Bring the ontology's and the vocabulary's graph up to date; all that is derived rests on the vocabulary."""
        notes = self.store.notes()
        for graph, digest, render in (
            (names.ONTOLOGY_GRAPH, _digest(*resources.files("ontology", "*.ttl")), render_ontology),
            (names.REFERENCE_GRAPH, _reference_digest(), render_reference),
        ):
            if notes.get(graph) != digest:
                self.store.forget(graph)
                self.step("refresh", partial(self._refresh, graph, render))
                self.store.note(graph, digest)

    def _refresh(self, graph: str, render: Callable[[], bytes]) -> None:
        nquads = render()
        if graph == names.REFERENCE_GRAPH:
            with Store.in_memory() as alone:
                nquads = _quads(_with_shortcuts(alone, _triples(nquads, graph)), graph)
            for row in queries.ask(self.store, _ADCS).records():
                self.store.note(row["adc"], _DERIVE)
            self._touch(nquads)
            if graph not in self.store:
                self.store.bulk_insert([nquads])
                return
        self.store.replace_graph(graph, nquads)

    def derive(self) -> None:
        """Derive again what follows for the ADCs that were noted down, and put a first build's files in order."""
        touched = [product for product, note in self.store.notes().items() if note == _DERIVE]
        if self.store.is_new:
            self.step("optimize", self.store.optimize)
        for number, product in enumerate(touched, 1):
            graph = names.derived_graph(product)
            self.store.remove_graph(graph)  # or what follows would rest on itself
            self.store.replace_graph(graph, derive(self.store, product))
            self.store.forget(product)
            self.tell("derive", number, len(touched))


def _reference_digest() -> str:
    """Return the digest of what `graph/reference`, and all that is derived, are made from."""
    derive_queries = resources.files("queries", "derive/*.rq")
    return hashlib.sha256(f"{__version__} {knowledge_digest()} {_digest(*derive_queries)}".encode()).hexdigest()[:16]


def _is_document(graph: str) -> bool:
    return graph.startswith(f"{names.BASE}document/")


def _sources(corpus: Corpus, skipped: list[Skipped], tell: Progress) -> Iterator[Source]:
    """Yield the documents of a corpus, and keep what is skipped."""
    for number, found in enumerate(corpus.read(), 1):
        tell("read", number, corpus.size)
        if isinstance(found, Skipped):
            skipped.append(found)
        else:
            yield found


def _graphs(results: Iterable[_Graph | Skipped], skipped: list[Skipped], tell: Progress) -> Iterator[_Graph]:
    """Yield what came of documents, and keep what is skipped."""
    for number, result in enumerate(results, 1):
        tell("extract", number, None)
        if isinstance(result, Skipped):
            skipped.append(result)
        else:
            yield result


def _map(executor: Executor | None, function: Callable[[_S], _T], items: Iterable[_S]) -> Iterator[_T]:
    """Apply a function to each item, in the executor where there is one, in order; only so many are under way."""
    if executor is None:
        yield from map(function, items)
        return
    remaining = iter(items)
    under_way: deque[Future[list[_T]]] = deque()
    try:
        while chunk := list(islice(remaining, _CHUNK)):
            under_way.append(executor.submit(_map_chunk, function, chunk))
            if len(under_way) >= _AHEAD:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()
    finally:
        for future in under_way:
            future.cancel()


def _map_chunk(function: Callable[[_S], _T], items: Sequence[_S]) -> list[_T]:
    return [function(item) for item in items]


def _sort_counts(counts: Mapping[FactKind, int]) -> dict[FactKind, int]:
    return dict(sorted(((kind, n) for kind, n in counts.items() if n), key=lambda pair: (-pair[1], pair[0])))


def _silent(_what: str, _done: int, _of: int | None) -> None:
    pass
