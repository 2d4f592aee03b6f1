"""Every term says what it is, every term that is used exists, and the closed sets are those of docs/model.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, Literal, Namespace, URIRef

from adckg import names, resources, values
from adckg.model import CLASSES, FactKind, Kind

ADC = Namespace(names.ONTOLOGY)
ID = f"{names.BASE}id/"
BUILTIN = (
    "http://www.w3.org/2002/07/owl#",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://www.w3.org/2000/01/rdf-schema#",
)
IRI = "https://w3id.org/adckg/ontology"
PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
CLOSED_SETS = [kind for kind in Kind if kind not in list(Kind)[: list(Kind).index(Kind.PHASE)]]


@pytest.fixture(scope="module")
def model() -> str:
    path = Path(__file__).parents[2] / "docs" / "model.md"
    return path.read_text(encoding="utf-8")


def own_terms(graph: Graph) -> list[URIRef]:
    return sorted({s for s in graph.subjects() if isinstance(s, URIRef) and s.startswith(ADC)})


def concepts(graph: Graph) -> list[URIRef]:
    return sorted(graph.subjects(RDF.type, SKOS.Concept))


def test_the_ontology_says_its_version_licence_title_and_description(ontology: Graph) -> None:
    dcterms = Namespace("http://purl.org/dc/terms/")
    header = URIRef(IRI)
    version = ontology.value(header, OWL.versionInfo)
    assert ontology.value(header, OWL.versionIRI) == URIRef(f"{IRI}/{version}")
    assert ontology.value(header, dcterms.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert ontology.value(header, dcterms.title)
    assert ontology.value(header, dcterms.description)


def test_every_term_has_one_label_and_one_definition(ontology: Graph) -> None:
    wrong = [
        term
        for term in own_terms(ontology)
        if len(list(ontology.objects(term, RDFS.label))) != 1 or len(list(ontology.objects(term, SKOS.definition))) != 1
    ]
    assert wrong == []


def test_no_two_terms_of_one_sort_share_a_label_or_a_definition(ontology: Graph) -> None:
    for sort in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty):
        terms = [term for term in own_terms(ontology) if (term, RDF.type, sort) in ontology]
        for said in (RDFS.label, SKOS.definition):
            values = [ontology.value(term, said) for term in terms]
            assert sorted(values) == sorted(set(values)), (sort, said)


def test_every_concept_scheme_and_unit_has_one_name_and_one_definition(ontology: Graph) -> None:
    things = [
        thing for sort in (SKOS.Concept, SKOS.ConceptScheme, ADC.Unit) for thing in ontology.subjects(RDF.type, sort)
    ]
    wrong = [
        thing
        for thing in things
        if len(list(ontology.objects(thing, SKOS.prefLabel))) != 1
        or len(list(ontology.objects(thing, SKOS.definition))) != 1
    ]
    assert things
    assert wrong == []


def test_every_borrowed_term_has_a_label_and_says_whose_it_is(ontology: Graph) -> None:
    declared = {s for sort in (OWL.Class, *PROPERTIES) for s in ontology.subjects(RDF.type, sort)}
    borrowed = [term for term in declared if isinstance(term, URIRef) and not term.startswith(ADC)]
    assert borrowed
    assert [t for t in borrowed if not ontology.value(t, RDFS.label)] == []
    assert [t for t in borrowed if not ontology.value(t, RDFS.isDefinedBy)] == []


def test_no_term_is_used_that_is_not_declared(ontology: Graph) -> None:
    properties = {s for sort in PROPERTIES for s in ontology.subjects(RDF.type, sort)}
    classes = set(ontology.subjects(RDF.type, OWL.Class))
    undeclared = {p for p in ontology.predicates() if not str(p).startswith(BUILTIN) and p not in properties}
    undeclared |= {c for c in ontology.objects(None, RDF.type) if not str(c).startswith(BUILTIN) and c not in classes}
    undeclared |= (
        {node for node in ontology.all_nodes() if isinstance(node, URIRef) and node.startswith(ADC)}
        - properties
        - classes
    )
    assert undeclared == set()


def test_text_is_plain_literals_without_language_tags(ontology: Graph) -> None:
    assert [o for o in ontology.objects() if isinstance(o, Literal) and o.language] == []


def test_ascii_quotes_only_and_one_line_for_each_text(ontology: Graph) -> None:
    assert [o for o in ontology.objects() if isinstance(o, Literal) and re.search("[\n\r\t“”‘’]", o)] == []


@pytest.mark.parametrize("name", sorted({*CLASSES.values(), *FactKind}))
def test_every_class_of_the_program_is_in_the_ontology(ontology: Graph, name: str) -> None:
    assert (ADC[name], RDF.type, OWL.Class) in ontology


@pytest.mark.parametrize("name", sorted(FactKind))
def test_every_kind_of_fact_is_a_statement(ontology: Graph, name: str) -> None:
    assert (ADC[name], RDFS.subClassOf, ADC.Statement) in ontology


@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_every_kind_of_entity_is_an_entity_or_a_concept(ontology: Graph, kind: Kind) -> None:
    parent = SKOS.Concept if kind in CLOSED_SETS else ADC.Entity
    assert (ADC[CLASSES[kind]], RDFS.subClassOf, parent) in ontology


def test_every_term_that_the_page_of_the_model_names_is_in_the_ontology(ontology: Graph, model: str) -> None:
    named = set(re.findall(r"\badc:([A-Za-z][A-Za-z0-9]*)", model))
    named |= {part for first in re.findall(r"adc:((?:\w+\|)+\w+)", model) for part in first.split("|")}
    assert {"Result", "hasPayload", "usesTechnology"} <= named
    assert {name for name in named if ADC[name] not in own_terms(ontology)} == set()


def test_every_argument_in_the_table_of_facts_may_stand_on_its_class(ontology: Graph, model: str) -> None:
    rows = re.findall(r"^\| adc:(\w+) \| (.*) \|$", model, re.MULTILINE)
    assert [row[0] for row in rows] == list(FactKind)
    for name, arguments in rows:
        for argument in re.findall(r"adc:(\w+)", arguments):
            domain = ontology.value(ADC[argument], RDFS.domain)
            union = ontology.value(domain, OWL.unionOf) if isinstance(domain, BNode) else None
            allowed = set(ontology.items(union)) if union else {domain}
            assert {ADC[name], ADC.Statement} & allowed, (name, argument)


@pytest.mark.parametrize("name", ["queries", "shapes"])
def test_shapes_and_queries_use_no_term_that_the_ontology_lacks(ontology: Graph, name: str) -> None:
    files = [path for path in resources.folder(name).rglob("*") if path.suffix in {".rq", ".ttl"}]
    used = {
        (path.name, term)
        for path in files
        for term in re.findall(r"\badc:([A-Za-z][A-Za-z0-9]*)", path.read_text(encoding="utf-8"))
    }
    terms = own_terms(ontology)
    assert sorted((path, term) for path, term in used if ADC[term] not in terms) == []


def test_every_closed_set_has_the_values_of_the_page_of_the_model(ontology: Graph, model: str) -> None:
    listed = dict(re.findall(r"^- ([a-z-]+): ([^(\n]+)", model, re.MULTILINE))
    assert sorted(listed) == sorted(CLOSED_SETS)
    for kind, names_of_it in listed.items():
        members = ontology.subjects(RDF.type, ADC[CLASSES[Kind(kind)]])
        assert sorted(str(ontology.value(m, SKOS.prefLabel)) for m in members) == sorted(
            value.strip() for value in names_of_it.split(",")
        )


def test_every_concept_is_in_the_scheme_of_its_kind_under_the_slug_of_its_name(ontology: Graph) -> None:
    assert concepts(ontology)
    for concept in concepts(ontology):
        kind = concept.removeprefix(ID).split("/")[0]
        label = str(ontology.value(concept, SKOS.prefLabel))
        assert str(concept) == f"{ID}{kind}/{names.slug(label)}"
        assert set(ontology.objects(concept, SKOS.inScheme)) == {URIRef(f"{ID}scheme/{kind}")}


def test_every_scheme_holds_the_concepts_of_one_class_and_no_others(ontology: Graph) -> None:
    schemes = set(ontology.subjects(RDF.type, SKOS.ConceptScheme))
    assert {URIRef(f"{ID}scheme/{kind}") for kind in CLOSED_SETS} <= schemes
    for scheme in schemes:
        members = set(ontology.subjects(SKOS.inScheme, scheme))
        sorts = {sort for member in members for sort in ontology.objects(member, RDF.type)} - {SKOS.Concept}
        assert len(sorts) == 1
        assert set(ontology.subjects(RDF.type, sorts.pop())) == members


def test_every_concept_is_at_the_top_of_its_scheme_or_below_another_of_it(ontology: Graph) -> None:
    for concept in concepts(ontology):
        scheme = ontology.value(concept, SKOS.inScheme)
        broader = set(ontology.objects(concept, SKOS.broader))
        assert ((concept, SKOS.topConceptOf, scheme) in ontology) != bool(broader)
        assert all((wider, SKOS.inScheme, scheme) in ontology for wider in broader)


def test_no_two_concepts_of_a_scheme_share_a_name(ontology: Graph) -> None:
    for scheme in ontology.subjects(RDF.type, SKOS.ConceptScheme):
        said = [
            str(label).casefold()
            for member in ontology.subjects(SKOS.inScheme, scheme)
            for naming in (SKOS.prefLabel, SKOS.altLabel)
            for label in ontology.objects(member, naming)
        ]
        assert sorted(said) == sorted(set(said))


def test_the_ranks_put_the_phases_in_the_order_of_the_page_of_the_model(ontology: Graph, model: str) -> None:
    phases = list(ontology.subjects(RDF.type, ADC.Phase))
    ranks = {phase: ontology.value(phase, ADC["rank"]).toPython() for phase in phases}
    assert len(set(ranks.values())) == len(phases)
    ordered = [str(ontology.value(phase, SKOS.prefLabel)) for phase in sorted(phases, key=ranks.__getitem__)]
    assert ", ".join(ordered) in model


def test_every_unit_has_a_ucum_code_of_its_own(ontology: Graph) -> None:
    codes = [str(ontology.value(unit, ADC.ucum)) for unit in ontology.subjects(RDF.type, ADC.Unit)]
    assert sorted(codes) == sorted(set(codes))
    assert {"%", "mo", "mg/kg", "mg/m2", "mg", "ug/kg"} <= set(codes)


def test_the_units_are_those_that_the_program_writes_into_graphs(ontology: Graph) -> None:
    for unit in ontology.subjects(RDF.type, ADC.Unit):
        written = values.unit(str(ontology.value(unit, SKOS.prefLabel)))
        assert str(unit) == names.entity_iri(written)
        assert str(ontology.value(unit, ADC.ucum)) == dict(written.attributes)["ucum"]


def test_the_prefixes_cover_every_prefix_that_the_ontology_uses(folder: Path) -> None:
    known = names.prefixes()
    for path in (folder / "adc.ttl", folder / "alignments.ttl"):
        declared = dict(
            re.findall(r"^@prefix ([\w.-]+): <([^>]+)> \.$", path.read_text(encoding="utf-8"), re.MULTILINE)
        )
        assert declared
        assert {p: n for p, n in declared.items() if known.get(p) != n} == {}


def test_the_list_of_prefixes_has_one_namespace_for_each_prefix_and_the_other_way_round(folder: Path) -> None:
    sh = Namespace("http://www.w3.org/ns/shacl#")
    graph = Graph().parse(folder / "prefixes.ttl")
    prefixes = [str(o) for o in graph.objects(None, sh.prefix)]
    namespaces = [str(o) for o in graph.objects(None, sh.namespace)]
    assert len(prefixes) == len(namespaces) == len(set(prefixes)) == len(set(namespaces))
