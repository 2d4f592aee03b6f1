"""A document's graph: sorted quads of one graph, no blank node, everything described, every quote in its place."""

from __future__ import annotations

import re
from decimal import Decimal

import pyoxigraph

from adckg import documents, names
from adckg.graph import graph_digest, render_graph, render_reference
from adckg.model import Document, Entity, Evidence, Fact, FactKind, Kind, PartialDate
from adckg.values import dose

TEXT = 'X was given at 3.6 mg/kg.\r\n"Quoted" \\ back\tslash é 𝛼.\n'
ADC = Entity(Kind.ADC, "x", "X")


def document() -> Document:
    return documents.parse_document(TEXT, "2012-08-doc")


def facts() -> list[Fact]:
    evidence = (Evidence(0, 25, TEXT[:25], "rule"),)
    event = Entity(Kind.REGULATORY_KIND, "approval", "approval")
    return [
        Fact(FactKind.DOSING, (("about", ADC), ("dose", dose(Decimal("3.6"), None, "mg/kg"))), evidence=evidence),
        Fact(FactKind.REGULATORY, (("about", ADC), ("date", PartialDate(2012, 8)), ("kind", event)), evidence=evidence),
    ]


def quads(**options: bool) -> list[pyoxigraph.Quad]:
    data = render_graph(document(), facts(), knowledge_digest="k", **options)
    assert data.splitlines() == sorted(data.splitlines())
    return list(pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.N_QUADS))


def values(predicate: str) -> list[str]:
    return sorted(q.object.value for q in quads() if q.predicate.value.endswith(predicate))  # type: ignore[union-attr]


def test_all_quads_are_of_the_documents_graph_and_none_has_a_blank_node() -> None:
    found = quads()
    assert {q.graph_name for q in found} == {pyoxigraph.NamedNode(names.document_iri("2012-08-doc"))}
    assert not any(isinstance(term, pyoxigraph.BlankNode) for q in found for term in q)


def test_the_text_survives_to_the_character() -> None:
    assert values("ontology#text") == [TEXT]
    assert values("oa#exact") == [TEXT[:25]]


def test_without_its_text_a_document_keeps_hash_and_quotes() -> None:
    predicates = {q.predicate.value for q in quads(with_text=False)}
    assert names.term("text") not in predicates
    assert names.term("sha256") in predicates
    assert "http://www.w3.org/ns/oa#exact" in predicates


def test_a_dated_node_has_the_days_it_can_mean() -> None:
    assert "2012-08-01" in values("ontology#earliest")
    assert "2012-08-31" in values("ontology#latest")


def test_every_entity_that_is_used_has_its_class_and_one_label() -> None:
    found = quads()
    used = {q.object for q in found if isinstance(q.object, pyoxigraph.NamedNode) and "/id/" in q.object.value}
    used = {node for node in used if not re.search("/id/(fact|evidence|run)/", node.value)}
    for node in used:
        labels = [q for q in found if q.subject == node and q.predicate.value.endswith("prefLabel")]
        classes = [q for q in found if q.subject == node and q.predicate.value.endswith("#type")]
        assert (len(labels), len(classes)) == (1, 1), node


def test_the_digest_changes_with_what_went_in() -> None:
    assert graph_digest("one", "k") == graph_digest("one", "k")
    assert graph_digest("one", "k") != graph_digest("other", "k")
    assert graph_digest("one", "k") != graph_digest("one", "k2")
    assert graph_digest("one", "k") != graph_digest("one", "k", with_text=False)


def test_the_reference_graph_states_nothing() -> None:
    data = render_reference()
    assert b'"stated"' not in data
    assert b'"reference"' in data
    assert data.splitlines() == sorted(set(data.splitlines()))
