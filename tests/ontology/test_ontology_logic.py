"""The ontology is OWL 2 DL, no class of it is empty by necessity, and it refuses what can't be."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from rdflib import OWL, RDF, BNode, Graph, Literal, Namespace, URIRef

from adckg import names

ADC = Namespace(names.ONTOLOGY)
BUILTIN = (
    "http://www.w3.org/2002/07/owl#",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://www.w3.org/2000/01/rdf-schema#",
)

PREFIXES = f"""
@prefix adc: <{names.ONTOLOGY}> .
@prefix document: <{names.BASE}document/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <{names.BASE}id/> .
"""

GRAPH_OF_A_DOCUMENT = """
<adc/a> a adc:AntibodyDrugConjugate ; skos:prefLabel "A" ;
    adc:hasAntibody <antibody/b> ; adc:hasPayload <payload/p> ; adc:hasTarget <target/t> ;
    adc:developedBy <organisation/o> ; adc:indicatedFor <condition/c> .
<antibody/b> a adc:Antibody . <payload/p> a adc:Payload . <target/t> a adc:Target . <condition/c> a adc:Condition .
<organisation/o> a adc:Organisation . <organisation/o2> a adc:Organisation . <agency/fda> a adc:Agency .
<trial/x> a adc:Trial ; adc:investigates <adc/a> ; adc:hasArm <arm/1> .
<arm/1> a adc:Arm ; adc:armRole <arm-role/experimental> .
<drug/d> a adc:Drug . <endpoint/orr> a adc:Endpoint . <reaction/r> a adc:Reaction .
<dose/7-mg-per-kg> a adc:Dose ; adc:value 7.0 ; adc:unit <unit/mg-per-kg> .
<dose/1-7-mg-per-kg> a adc:Dose ; adc:minimum 1.0 ; adc:maximum 7.0 ; adc:unit <unit/mg-per-kg> .
<name-word/w> a adc:NameWord ; adc:word "emtansine" ; adc:impliesPayload <payload/p> .

document:d a adc:Document ; dcterms:title "D" ; dcterms:issued "2012-06-04"^^xsd:date ;
    adc:sha256 "00" ; adc:text "A, which holds P." ; adc:digest "00" ; adc:dateFrom "dateline" ;
    dcterms:publisher <organisation/o> ; prov:wasGeneratedBy <run/1> .
<run/1> a adc:Run , prov:Activity ; adc:extractorVersion "0.1.0" ; adc:knowledgeDigest "00" .
<evidence/1> a adc:Evidence , oa:SpecificResource ; oa:hasSource document:d ;
    oa:hasSelector <https://w3id.org/adckg/document/d#char=0,17> ; adc:rule "r" ; prov:wasGeneratedBy <run/1> .
<https://w3id.org/adckg/document/d#char=0,17> a oa:TextQuoteSelector , oa:TextPositionSelector ;
    oa:exact "A, which holds P." ; oa:start 0 ; oa:end 17 .

<fact/1> a adc:Composition ; adc:basis "stated" ; adc:about <adc/a> ; adc:component <payload/p> ;
    adc:evidence <evidence/1> ; adc:saidIn document:d .
<fact/2> a adc:Naming ; adc:basis "stated" ; adc:about <adc/a> ; adc:name "A-1" .
<fact/3> a adc:TrialStatement ; adc:basis "stated" ; adc:about <adc/a> ; adc:trial <trial/x> ;
    adc:phase <phase/phase-1> ; adc:condition <condition/c> ;
    adc:status <trial-status/ongoing> , <trial-status/reported> ;
    adc:enrollment 40 ;
    adc:comparator <drug/d> ; adc:combination <antibody/b> ; adc:registration "NCT1" ; adc:acronym "X" .
<fact/4> a adc:Result ; adc:basis "stated" ; adc:about <adc/a> ; adc:endpoint <endpoint/orr> ; adc:value 44 ;
    adc:unit <unit/percent> ; adc:numerator 4 ; adc:denominator 9 ; adc:dose <dose/7-mg-per-kg> ; adc:pValue "<0.001" .
<fact/5> a adc:Result ; adc:basis "stated" ; adc:about <adc/a> ; adc:endpoint <endpoint/orr> ;
    adc:valueText "improved" .
<fact/6> a adc:Dosing ; adc:basis "stated" ; adc:about <adc/a> ; adc:dose <dose/1-7-mg-per-kg> ;
    adc:kind <dose-role/administered> .
<fact/7> a adc:SafetyEvent ; adc:basis "stated" ; adc:about <adc/a> ; adc:reaction <reaction/r> ; adc:percent 12.5 ;
    adc:kind <safety-kind/adverse-event> ; adc:grade ">=3" .
<fact/8> a adc:Role ; adc:basis "stated" ; adc:about <adc/a> ; adc:organisation <organisation/o> ;
    adc:kind <role-kind/owner> .
<fact/9> a adc:Partnership ; adc:basis "stated" ; adc:party <organisation/o> , <organisation/o2> ; adc:asset <adc/a> ;
    adc:kind <partnership-kind/licence> ; adc:upfront 30000000 ; adc:currency "USD" ;
    adc:date "2012"^^xsd:gYear ; adc:earliest "2012-01-01"^^xsd:date ; adc:latest "2012-12-31"^^xsd:date .
<fact/10> a adc:RegulatoryEvent ; adc:basis "stated" ; adc:about <adc/a> ; adc:kind <regulatory-kind/approval> ;
    adc:agency <agency/fda> ; adc:indication <condition/c> .
<fact/11> a adc:CorporateRelation ; adc:basis "reference" ; adc:child <organisation/o> ; adc:parent <organisation/o2> .
<fact/12> a adc:Presentation ; adc:basis "stated" ; adc:about <adc/a> ; adc:meeting <meeting/asco> ;
    adc:year "2012"^^xsd:gYear .
<fact/13> a adc:Indication ; adc:basis "inferred" ; adc:about <adc/a> ; adc:condition <condition/c> ;
    adc:derivedBy "q" ; prov:wasDerivedFrom <fact/3> .
<fact/14> a adc:Conjugation ; adc:basis "stated" ; adc:about <adc/a> ; adc:drugToAntibodyRatio 3.5 ;
    adc:conjugation <conjugation/lysine> .
"""

IMPOSSIBLE = {
    "a conjugate that is its own antibody": "<adc/a> a adc:AntibodyDrugConjugate , adc:Antibody .",
    "a payload that is an antibody": "<adc/a> a adc:Payload , adc:Antibody .",
    "a naked antibody with a payload": "<antibody/b> a adc:Antibody ; adc:hasPayload <payload/p> .",
    "a part that is a company": "<fact/1> adc:component <organisation/o> . <organisation/o> a adc:Organisation .",
    "a fact of two kinds": "<fact/1> a adc:Naming , adc:Composition .",
    "a fact that is an entity": "<fact/1> a adc:Naming , adc:Payload .",
    "a fact about a target": "<fact/1> adc:about <target/t> . <target/t> a adc:Target .",
    "a role of the kind of a safety event": "<fact/1> a adc:Role ; adc:kind <safety-kind/death> .",
    "a basis that no one knows": '<fact/1> a adc:Naming ; adc:basis "rumoured" .',
    "a dose of two amounts": "<dose/d> a adc:Dose ; adc:value 1.0 , 2.0 .",
    "a document that is a run": "<run/1> a adc:Run , adc:Document .",
}


def hermit() -> Path:
    if not shutil.which("java"):
        pytest.skip("HermiT needs Java, and there is no java here")
    owlready2 = pytest.importorskip("owlready2")
    return Path(owlready2.__file__).parent / "hermit" / "HermiT.jar"


def inconsistent_classes(graph: Graph, folder: Path) -> list[str]:
    """Return the classes that nothing can belong to; raise where the whole graph contradicts itself."""
    hermit()
    import owlready2

    path = folder / "graph.nt"
    graph.serialize(path, format="nt", encoding="utf-8")
    world = owlready2.World()
    world.get_ontology(path.as_uri()).load()
    owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=True)
    return sorted(str(c) for c in world.inconsistent_classes())


def dl_problems(graph: Graph) -> list[str]:
    """Return what is against the main conditions of OWL 2 DL; the OWL API judges all of them, this needs no Java."""
    kinds = {
        kind: {s for s in graph.subjects(RDF.type, kind) if isinstance(s, URIRef)}
        for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    }
    problems = []
    pairs = [(a, b) for a in kinds for b in kinds if a < b]
    problems += [f"{term} is declared twice over" for a, b in pairs for term in kinds[a] & kinds[b]]
    for s, p, o in graph:
        if str(p).startswith(BUILTIN):
            continue
        if p in kinds[OWL.ObjectProperty] and isinstance(o, Literal):
            problems.append(f"{p} has a literal")
        elif p in kinds[OWL.DatatypeProperty] and not isinstance(o, Literal):
            problems.append(f"{p} has no literal")
        elif not any(p in kinds[kind] for kind in kinds if kind != OWL.Class):
            problems.append(f"{p} is not declared")
        if p not in kinds[OWL.AnnotationProperty] and any(s in terms for terms in kinds.values()):
            problems.append(f"{s} is a term and an individual")
    for sort in graph.objects(None, RDF.type):
        if not str(sort).startswith(BUILTIN) and sort not in kinds[OWL.Class] and not isinstance(sort, BNode):
            problems.append(f"{sort} is not declared")
    return sorted(set(problems))


def profile_problems(graph: Graph, folder: Path) -> list[str]:
    """Return what the OWL API finds against OWL 2 DL."""
    jar = hermit()
    if not shutil.which("javac"):
        pytest.skip("the OWL API's profile check needs a Java compiler, and there is no javac here")
    path = folder / "ontology.rdf"
    graph.serialize(path, format="xml", encoding="utf-8")
    command = ["java", "-cp", str(jar), str(Path(__file__).with_name("ProfileCheck.java")), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.splitlines()


def with_data(graph: Graph, turtle: str) -> Graph:
    data = Graph().parse(data=PREFIXES + turtle, format="turtle")
    return graph + data


def test_the_ontology_meets_the_main_conditions_of_owl_2_dl(ontology: Graph, alignments: Graph) -> None:
    assert dl_problems(ontology) == []
    assert dl_problems(ontology + alignments) == []


@pytest.mark.parametrize(
    ("turtle", "problem"),
    [
        ('<fact/1> adc:about "T-DM1" .', "has a literal"),
        ("<fact/1> adc:name <adc/a> .", "has no literal"),
        ("<fact/1> adc:weighs 3 .", "is not declared"),
        ("<fact/1> a adc:Rumour .", "is not declared"),
        ("adc:Payload adc:about adc:Linker .", "is a term and an individual"),
        ("adc:name a <http://www.w3.org/2002/07/owl#ObjectProperty> .", "is declared twice over"),
    ],
)
def test_the_check_of_owl_2_dl_sees_what_is_against_it(ontology: Graph, turtle: str, problem: str) -> None:
    assert any(found.endswith(problem) for found in dl_problems(with_data(ontology, turtle)))


def test_the_owl_api_finds_the_ontology_in_owl_2_dl(ontology: Graph, tmp_path: Path) -> None:
    assert profile_problems(ontology, tmp_path) == []


def test_the_owl_api_finds_the_alignments_in_owl_2_dl(alignments: Graph, tmp_path: Path) -> None:
    assert profile_problems(alignments, tmp_path) == []


def test_the_owl_api_sees_a_property_that_takes_things_and_words(ontology: Graph, tmp_path: Path) -> None:
    wrong = with_data(ontology, "adc:name a <http://www.w3.org/2002/07/owl#ObjectProperty> .")
    assert profile_problems(wrong, tmp_path)


def test_no_class_is_empty_by_necessity(ontology: Graph, tmp_path: Path) -> None:
    assert inconsistent_classes(ontology, tmp_path) == []


def test_a_graph_as_the_model_draws_it_is_consistent(ontology: Graph, tmp_path: Path) -> None:
    assert inconsistent_classes(with_data(ontology, GRAPH_OF_A_DOCUMENT), tmp_path) == []


@pytest.mark.parametrize("turtle", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_can_not_be_is_refused(ontology: Graph, turtle: str, tmp_path: Path) -> None:
    owlready2 = pytest.importorskip("owlready2")
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        inconsistent_classes(with_data(ontology, turtle), tmp_path)
