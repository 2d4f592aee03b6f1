"""Facts -> the quads of one named graph, provenance with them, as sorted N-Quads. No blank nodes, no clock times."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from adckg import __version__, names
from adckg.errors import KnowledgeError
from adckg.model import CLASSES, Basis, Document, Entity, Evidence, Fact, FactKind, Kind, PartialDate, Value
from adckg.vocabulary import Row, Vocabulary, load_vocabulary

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_DCTERMS = "http://purl.org/dc/terms/"
_PROV = "http://www.w3.org/ns/prov#"
_OA = "http://www.w3.org/ns/oa#"

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_ESCAPE = re.compile(r'[\\"\x00-\x1f\x7f]')


def _literal(text: str, datatype: str = "") -> str:
    body = _ESCAPE.sub(lambda m: _ESCAPES.get(m.group()) or f"\\u{ord(m.group()):04X}", text)
    return f'"{body}"' + (f"^^<{_XSD}{datatype}>" if datatype else "")


def _date(value: PartialDate) -> str:
    kind = "date" if value.day else "gYearMonth" if value.month else "gYear"
    return _literal(str(value), kind)


class _Graph:
    """The triples of a graph, each as `subject predicate object` in N-Triples."""

    def __init__(self) -> None:
        self.lines: set[str] = set()
        self._described: set[Entity] = set()

    def add(self, subject: str, predicate: str, rendered: str) -> None:
        self.lines.add(f"<{subject}> <{predicate}> {rendered}")

    def type(self, subject: str, *classes: str) -> None:
        for c in classes:
            self.add(subject, f"{_RDF}type", f"<{c}>")

    def value(self, subject: str, slot: str, value: Value) -> None:
        """Add a slot's value, and what is known of it where it is an entity."""
        predicate = names.term(slot)
        if isinstance(value, Entity):
            self.entity(value)
            self.add(subject, predicate, f"<{names.entity_iri(value)}>")
        elif isinstance(value, PartialDate):
            self.dates(subject, predicate, value)
        elif isinstance(value, Decimal):
            self.add(subject, predicate, _literal(names.value_text(value), "decimal"))
        elif isinstance(value, int):
            self.add(subject, predicate, _literal(str(value), "integer"))
        else:
            self.add(subject, predicate, _literal(value))

    def dates(self, subject: str, predicate: str, value: PartialDate) -> None:
        """Add a date as exact as it was said, and for a fact's or document's own date the days it can mean."""
        self.add(subject, predicate, _date(value))
        if predicate in (names.term("date"), f"{_DCTERMS}issued"):
            self.add(subject, names.term("earliest"), _literal(value.earliest.isoformat(), "date"))
            self.add(subject, names.term("latest"), _literal(value.latest.isoformat(), "date"))

    def entity(self, entity: Entity) -> str:
        """Add an entity's class, its one label and its attributes; return its IRI."""
        iri = names.entity_iri(entity)
        if entity not in self._described:
            self._described.add(entity)
            self.type(iri, names.term(CLASSES[entity.kind]))
            self.add(iri, f"{_SKOS}prefLabel", _literal(entity.label))
            for slot, value in entity.attributes:
                self.value(iri, slot, value)
        return iri

    def fact(self, fact: Fact) -> str:
        """Add a fact's class, basis and arguments; return its IRI."""
        iri = names.fact_iri(fact)
        self.type(iri, names.term(fact.kind))
        self.value(iri, "basis", str(fact.basis))
        for slot, value in fact.arguments:
            self.value(iri, slot, value)
        return iri

    def sources(self, subject: str, sources: Iterable[str]) -> None:
        """Add where something was verified."""
        for source in sources:
            self.add(subject, f"{_DCTERMS}source", _literal(source))

    def render(self, graph: str) -> bytes:
        return "".join(f"{line} <{graph}> .\n" for line in sorted(self.lines)).encode()


def graph_digest(source: str, knowledge_digest: str, *, with_text: bool = True) -> str:
    """Return the digest that a document's graph carries: of the digests of its source and of the knowledge it is read
    with, the version and whether its text is kept. A graph with this digest is current.
    """
    return hashlib.sha256(f"{source} {knowledge_digest} {__version__} {with_text}".encode()).hexdigest()[:16]


def render_graph(
    document: Document,
    facts: Sequence[Fact],
    *,
    knowledge_digest: str,
    publisher: Entity | None = None,
    with_text: bool = True,
    source_digest: str | None = None,
) -> bytes:
    """Return a document's named graph as sorted N-Quads: the document, its facts and their evidence.

    With `with_text=False` the document's text stays out; its SHA-256 and every quote are there still. `source_digest`
    is of all that the document was made from, where that is more than its bytes.
    """
    graph = _Graph()
    iri = names.document_iri(document.id)
    run = names.run_iri(__version__, knowledge_digest)
    graph.type(run, names.term("Run"), f"{_PROV}Activity")
    graph.value(run, "extractorVersion", __version__)
    graph.value(run, "knowledgeDigest", knowledge_digest)
    graph.type(iri, names.term("Document"))
    graph.add(iri, f"{_PROV}wasGeneratedBy", f"<{run}>")
    graph.add(iri, f"{_DCTERMS}identifier", _literal(document.id))
    graph.value(iri, "sha256", document.sha256)
    graph.value(iri, "digest", graph_digest(source_digest or document.sha256, knowledge_digest, with_text=with_text))
    if document.title:
        graph.add(iri, f"{_DCTERMS}title", _literal(document.title))
    if document.date:
        graph.value(iri, "dateFrom", document.date_from)
        graph.dates(iri, f"{_DCTERMS}issued", document.date)
    if document.source:
        graph.add(iri, f"{_DCTERMS}source", _literal(document.source))
    if publisher:
        graph.add(iri, f"{_DCTERMS}publisher", f"<{graph.entity(publisher)}>")
    if with_text:
        graph.value(iri, "text", document.text)
    for fact in facts:
        subject = graph.fact(fact)
        graph.add(subject, names.term("saidIn"), f"<{iri}>")
        for evidence in fact.evidence:
            graph.add(subject, names.term("evidence"), f"<{_evidence(graph, fact, document, evidence, run)}>")
    return graph.render(iri)


def _evidence(graph: _Graph, fact: Fact, document: Document, evidence: Evidence, run: str) -> str:
    iri = names.evidence_iri(fact, document.id, evidence)
    passage = names.passage_iri(document.id, evidence.start, evidence.end)
    graph.type(iri, names.term("Evidence"), f"{_OA}SpecificResource")
    graph.add(iri, f"{_OA}hasSource", f"<{names.document_iri(document.id)}>")
    graph.add(iri, f"{_OA}hasSelector", f"<{passage}>")
    graph.value(iri, "rule", evidence.rule)
    graph.add(iri, f"{_PROV}wasGeneratedBy", f"<{run}>")
    graph.type(passage, f"{_OA}TextQuoteSelector", f"{_OA}TextPositionSelector")
    graph.add(passage, f"{_OA}exact", _literal(evidence.quote))
    graph.add(passage, f"{_OA}start", _literal(str(evidence.start), "integer"))
    graph.add(passage, f"{_OA}end", _literal(str(evidence.end), "integer"))
    return iri


PARTS = {
    "antibody": Kind.ANTIBODY,
    "linker": Kind.LINKER,
    "payload": Kind.PAYLOAD,
    "target": Kind.TARGET,
    "technology": Kind.TECHNOLOGY,
}
"""Columns of adcs.csv that name a part, and the kind of each."""


def render_reference() -> bytes:
    """Return `graph/reference`: the vocabulary and what its rows know, on the basis "reference", as sorted N-Quads."""
    vocabulary = load_vocabulary()
    graph = _Graph()
    for row in vocabulary.rows.values():
        iri = graph.entity(row.entity)
        for synonym in row.synonyms:
            graph.add(iri, f"{_SKOS}altLabel", _literal(synonym))
        for curie in row.identifiers:
            graph.add(iri, f"{_SKOS}exactMatch", f"<{_expand(curie, row)}>")
        graph.sources(iri, row.source)
        for column, cells in row.more.items():
            for cell in cells:
                _column(graph, iri, row, column, cell, vocabulary)
        for fact in _reference_facts(row, vocabulary):
            graph.sources(graph.fact(fact), row.source)
    for word in vocabulary.name_words:
        iri = f"{names.BASE}id/name-word/{names.slug(word.word)}"
        graph.type(iri, names.term("NameWord"))
        graph.add(iri, f"{_SKOS}prefLabel", _literal(word.word))
        graph.value(iri, "word", word.word)
        graph.sources(iri, word.source)
        for slot, kind, slug in (
            ("impliesLinker", Kind.LINKER, word.linker),
            ("impliesPayload", Kind.PAYLOAD, word.payload),
        ):
            if slug:
                graph.value(iri, slot, vocabulary.get(kind, slug))
    return graph.render(names.REFERENCE_GRAPH)


_LINKS = {
    (Kind.ANTIBODY, "target"): (names.term("binds"), Kind.TARGET),
    (Kind.TECHNOLOGY, "organisation"): (names.term("offeredBy"), Kind.ORGANISATION),
    (Kind.AGENCY, "region"): (names.term("actsIn"), Kind.REGION),
    (Kind.CONDITION, "parent"): (f"{_SKOS}broader", Kind.CONDITION),
}
_TEXTS = {
    (Kind.ANTIBODY, "format"): "antibodyFormat",
    (Kind.PAYLOAD, "class"): "payloadClass",
    (Kind.PAYLOAD, "mechanism"): "mechanism",
    (Kind.LINKER, "mechanism"): "mechanism",
    (Kind.DRUG, "modality"): "modality",
    (Kind.ORGANISATION, "country"): "country",
}
"""Columns of the vocabulary that are plain triples of the entity: links to other rows, and texts."""


def _column(graph: _Graph, iri: str, row: Row, column: str, cell: str, vocabulary: Vocabulary) -> None:
    place = (row.entity.kind, column)
    if place in _LINKS:
        predicate, kind = _LINKS[place]
        graph.add(iri, predicate, f"<{names.entity_iri(vocabulary.get(kind, cell))}>")
    elif place in _TEXTS:
        graph.value(iri, _TEXTS[place], cell)
    elif place == (Kind.LINKER, "cleavable"):
        graph.add(iri, names.term("cleavable"), _literal("true" if cell == "yes" else "false", "boolean"))


def _reference_facts(row: Row, vocabulary: Vocabulary) -> Iterable[Fact]:
    entity = row.entity
    if entity.kind == Kind.ADC:
        for column, kind in PARTS.items():
            for slug in row.more.get(column, ()):
                yield _reference(FactKind.COMPOSITION, about=entity, component=vocabulary.get(kind, slug))
        developer = Entity(Kind.ROLE_KIND, "developer", "developer")
        for slug in row.more.get("developers", ()):
            organisation = vocabulary.get(Kind.ORGANISATION, slug)
            yield _reference(FactKind.ROLE, about=entity, organisation=organisation, kind=developer)
    elif entity.kind == Kind.ORGANISATION:
        for slug in row.more.get("parent", ()):
            yield _reference(FactKind.CORPORATE, child=entity, parent=vocabulary.get(Kind.ORGANISATION, slug))


def _reference(fact_kind: FactKind, /, **arguments: Value) -> Fact:
    return Fact(fact_kind, tuple(sorted(arguments.items(), key=lambda pair: pair[0])), Basis.REFERENCE)


_CURIE = re.compile(r"[\w.]+:[\w.-]+")


def _expand(curie: str, row: Row) -> str:
    iri = names.converter().expand(curie) if _CURIE.fullmatch(curie) else None
    if iri is None:
        where = f"seeds/vocabulary: {row.entity.kind} {row.entity.slug!r}"
        raise KnowledgeError(f"{where}: {curie!r} is no CURIE with a prefix of ontology/prefixes.ttl")
    return iri
