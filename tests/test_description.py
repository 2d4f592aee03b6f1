"""The data and the saved queries, described for other tools: it parses, holds together, and counts what SPARQL counts."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest
from pyshacl import validate
from rdflib import RDF, XSD, Graph, Literal, Namespace, URIRef
from rdflib.plugins.sparql import prepareQuery

from adckg import names
from adckg.description import DATASET, query_iri, render_description, write_description
from adckg.queries import SavedQuery, load_queries
from adckg.store import Store

MADE = Path(__file__).parent / "queries" / "made.ttl"
SH = Namespace("http://www.w3.org/ns/shacl#")
VOID = Namespace("http://rdfs.org/ns/void#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
SCHEMA = Namespace("https://schema.org/")

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix schema: <https://schema.org/> .

[] a sh:NodeShape ; sh:targetClass sh:SPARQLExecutable ;
  sh:property [ sh:path sh:select ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ] ,
    [ sh:path rdfs:comment ; sh:minCount 1 ; sh:datatype rdf:langString ] ,
    [ sh:path rdfs:label ; sh:minCount 1 ; sh:maxCount 1 ] ,
    [ sh:path schema:keywords ; sh:minCount 1 ] ,
    [ sh:path sh:prefixes ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path sh:parameter ; sh:class sh:Parameter ] .
[] a sh:NodeShape ; sh:targetClass sh:Parameter ;
  sh:property [ sh:path sh:path ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path sh:name ; sh:minCount 1 ; sh:maxCount 1 ] ,
    [ sh:path sh:datatype ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] .
[] a sh:NodeShape ; sh:targetClass void:Dataset ;
  sh:property [ sh:path void:triples ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:integer ] ,
    [ sh:path void:classPartition ; sh:minCount 1 ; sh:node [
      sh:property [ sh:path void:class ; sh:minCount 1 ; sh:maxCount 1 ] ,
        [ sh:path void:entities ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:integer ] ] ] ,
    [ sh:path void:propertyPartition ; sh:minCount 1 ; sh:node [
      sh:property [ sh:path void:property ; sh:minCount 1 ; sh:maxCount 1 ] ,
        [ sh:path void:triples ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:integer ] ] ] ,
    [ sh:path dcterms:license ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path dcat:distribution ; sh:minCount 1 ; sh:class dcat:Distribution ] .
"""


@pytest.fixture(scope="module")
def described() -> Graph:
    with Store.load(MADE) as made:
        return Graph().parse(data=render_description(made), format="turtle")


def test_it_holds_together(described: Graph) -> None:
    conforms, _, report = validate(described, shacl_graph=Graph().parse(data=SHAPES, format="turtle"))
    assert conforms, report


def test_it_has_no_blank_nodes_and_only_known_prefixes(described: Graph) -> None:
    with Store.load(MADE) as made:
        assert b"_:" not in render_description(made, "ntriples")
    assert (URIRef(DATASET), RDF.type, DCAT.Dataset) in described


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    with Store.load(MADE) as made:
        once = render_description(made)
        write_description(made, tmp_path / "again.ttl")
    copy = tmp_path / "copy.nt"
    Graph().parse(MADE).serialize(copy, format="nt", encoding="utf-8")
    with Store.load(copy) as shuffled:
        assert once == (tmp_path / "again.ttl").read_bytes() == render_description(shuffled)


def number(graph: Graph, subject: object, predicate: URIRef) -> int:
    value = graph.value(subject, predicate)  # type: ignore[arg-type]
    assert isinstance(value, Literal)
    assert value.datatype == XSD.integer
    return int(value)


def test_the_counts_are_those_of_sparql(described: Graph) -> None:
    data = pyoxigraph.Store()
    data.bulk_load(path=str(MADE), format=pyoxigraph.RdfFormat.TURTLE)

    def count(select: str, where: str) -> int:
        (row,) = list(data.query(f"SELECT ({select} AS ?n) WHERE {{ {where} }}"))
        return int(row["n"].value)

    dataset = URIRef(DATASET)
    assert number(described, dataset, VOID.triples) == count("COUNT(*)", "?s ?p ?o")
    assert number(described, dataset, VOID.distinctSubjects) == count("COUNT(DISTINCT ?s)", "?s ?p ?o")
    assert number(described, dataset, VOID.distinctObjects) == count("COUNT(DISTINCT ?o)", "?s ?p ?o")
    assert number(described, dataset, VOID.documents) == count("COUNT(*)", f"?s a <{names.term('Document')}>")
    classes = list(described.objects(dataset, VOID.classPartition))
    assert len(classes) == number(described, dataset, VOID.classes) == count("COUNT(DISTINCT ?c)", "?s a ?c")
    for part in classes:
        of = described.value(part, VOID["class"])
        assert number(described, part, VOID.entities) == count("COUNT(DISTINCT ?s)", f"?s a <{of}>")
    properties = list(described.objects(dataset, VOID.propertyPartition))
    assert len(properties) == number(described, dataset, VOID.properties) == count("COUNT(DISTINCT ?p)", "?s ?p ?o")
    for part in properties:
        of = described.value(part, VOID.property)
        assert number(described, part, VOID.triples) == count("COUNT(*)", f"?s <{of}> ?o")


def test_a_triple_of_two_graphs_is_counted_once() -> None:
    with Store.in_memory() as store:
        for graph in ("urn:one", "urn:two"):
            store.insert(f"<urn:s> <urn:p> <urn:o> <{graph}> .\n".encode())
        described = Graph().parse(data=render_description(store), format="turtle")
    assert number(described, URIRef(DATASET), VOID.triples) == 1


@pytest.mark.parametrize("query", load_queries(), ids=lambda query: query.name)
def test_every_saved_query_is_there_and_runs_as_described(described: Graph, query: SavedQuery) -> None:
    node = URIRef(query_iri(query.name))
    assert (node, RDF.type, SH.SPARQLSelectExecutable) in described
    text = str(described.value(node, SH.select))
    prepareQuery(text)
    assert query.text.endswith(text)
    assert {str(tag) for tag in described.objects(node, SCHEMA.keywords)} == set(query.tags)
    told = {str(described.value(parameter, SH.name)) for parameter in described.objects(node, SH.parameter)}
    assert told == {parameter.name for parameter in query.parameters}


def test_an_endpoint_is_told() -> None:
    with Store.load(MADE) as made:
        graph = Graph().parse(data=render_description(made, endpoint="http://localhost:3030/adckg/sparql"))
    where = URIRef("http://localhost:3030/adckg/sparql")
    assert (URIRef(DATASET), VOID.sparqlEndpoint, where) in graph
    assert set(graph.objects(None, SCHEMA.target)) == {where}
