"""The shapes, one example at a time: what is valid passes, what is invalid fails for the stated reason only."""

from __future__ import annotations

import re
from pathlib import Path

import pyshacl
import pytest
from rdflib import RDF, RDFS, SH, BNode, Graph, Namespace, URIRef
from rdflib.collection import Collection

from adckg import resources

HERE = Path(__file__).parent
VALID = sorted((HERE / "valid").glob("*.ttl"))
INVALID = sorted((HERE / "invalid").glob("*.ttl"))
BASE = "https://w3id.org/adckg/"
SHAPE = Namespace("https://w3id.org/adckg/shapes#")
HEADER = re.compile(r"# .+\n# fails: shape:(\S+) sh:(\S+)\n# focus: (?:<(.+)>|a blank node)\n")
NOT_CONSTRAINTS = {"path", "property", "targetClass", "severity", "message", "ignoredProperties", "name", "description"}


def read(*paths: Path) -> Graph:
    graph = Graph(bind_namespaces="none")
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


@pytest.fixture(scope="session")
def shapes() -> Graph:
    return read(*resources.files("shapes", "*.ttl"))


@pytest.fixture(scope="session")
def ontology() -> Graph:
    """Return the class hierarchy, as far as there is one: the shapes hold with it and without it."""
    graph = Graph(bind_namespaces="none")
    for path in resources.files("ontology", "adc.ttl"):
        for triple in read(path).triples((None, RDFS.subClassOf, None)):
            if isinstance(triple[2], URIRef):
                graph.add(triple)
    return graph


def check(data: Graph, shapes: Graph) -> set[tuple[str, str, str]]:
    """Return (shape, constraint component, focus node) of each result."""
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes)
    found = [
        (
            str(report.value(result, SH.sourceShape)).removeprefix(SHAPE),
            str(report.value(result, SH.sourceConstraintComponent)).removeprefix(str(SH)),
            "" if isinstance(focus := report.value(result, SH.focusNode), BNode) else str(focus).removeprefix(BASE),
        )
        for result in report.subjects(RDF.type, SH.ValidationResult)
    ]
    assert len(found) == len(set(found)), "one fault is reported twice"
    return set(found)


def expected(path: Path) -> tuple[str, str, str]:
    """Return what the head of an invalid example says of it."""
    head = HEADER.match(path.read_text(encoding="utf-8"))
    assert head, f"{path.name} doesn't say which shape and constraint it fails"
    return head[1], head[2], head[3] or ""


@pytest.mark.parametrize("with_ontology", [True, False], ids=["with the ontology", "without the ontology"])
@pytest.mark.parametrize("example", VALID, ids=lambda path: path.stem)
def test_a_valid_example_conforms(example: Path, with_ontology: bool, shapes: Graph, ontology: Graph) -> None:
    data = read(HERE / "context.ttl", example)
    if with_ontology:
        data += ontology
    assert check(data, shapes) == set()


@pytest.mark.parametrize("example", INVALID, ids=lambda path: path.stem)
def test_an_invalid_example_fails_for_the_stated_reason_only(example: Path, shapes: Graph, ontology: Graph) -> None:
    data = read(HERE / "context.ttl", example)
    data += ontology
    assert check(data, shapes) == {expected(example)}


def test_what_the_examples_refer_to_conforms_by_itself(shapes: Graph) -> None:
    assert check(read(HERE / "context.ttl"), shapes) == set()


def test_every_shape_file_has_a_valid_and_an_invalid_example() -> None:
    files = {path.stem for path in resources.files("shapes", "*.ttl")}
    assert {path.stem for path in VALID} == files
    assert {path.stem.split("--")[0] for path in INVALID} == files


def test_every_constraint_has_an_invalid_example(shapes: Graph) -> None:
    constraints = {
        (shape.removeprefix(SHAPE), f"{name[0].upper()}{name[1:]}ConstraintComponent")
        for shape, parameter in shapes.subject_predicates()
        if isinstance(shape, URIRef) and shape.startswith(SHAPE) and parameter.startswith(str(SH))
        if (name := parameter.removeprefix(str(SH))) not in NOT_CONSTRAINTS
    }
    assert {expected(path)[:2] for path in INVALID} == constraints


def test_every_shape_says_in_a_sentence_what_is_wrong_and_how_bad_it_is(shapes: Graph) -> None:
    for shape in set(shapes.subjects(RDF.type, SH.PropertyShape)) | set(shapes.subjects(SH.targetClass)):
        constrains = set(shapes.predicates(shape)) - {RDF.type, RDFS.label, SH.targetClass, SH.property}
        if not constrains:
            continue
        message = str(shapes.value(shape, SH.message) or "")
        assert re.fullmatch(r"[A-Za-z].{30,}[.)]", message), f"{shape} has no message"
        assert shapes.value(shape, SH.severity) in (SH.Violation, SH.Warning, SH.Info), f"{shape} has no severity"


def test_every_shape_is_named_after_its_class_and_stands_in_its_file() -> None:
    for path in resources.files("shapes", "*.ttl"):
        graph = read(path)
        stems = {
            re.sub(r"(?<=[a-z])(?=[A-Z])", "-", shape.removeprefix(SHAPE).split("-")[0]).lower()
            for shape in graph.subjects(SH.severity)
        }
        assert stems == {path.stem}, f"{path.name} holds the shapes of another class"


def test_no_property_shape_is_a_blank_node_or_forgotten(shapes: Graph) -> None:
    named = set(shapes.subjects(RDF.type, SH.PropertyShape))
    used = set(shapes.objects(None, SH.property))
    assert all(isinstance(shape, URIRef) for shape in named)
    assert named == {shape for shape in used if isinstance(shape, URIRef)}


def test_closed_sets_are_those_of_the_model(shapes: Graph) -> None:
    model = (HERE.parents[1] / "docs" / "model.md").read_text(encoding="utf-8")
    for shape in shapes.subjects(SH.path, URIRef("http://www.w3.org/2004/02/skos/core#prefLabel")):
        values = shapes.value(shape, SH["in"])
        if values is not None:
            joined = ", ".join(str(value) for value in Collection(shapes, values))
            assert joined in model, f"{shape} lists other values than docs/model.md"
