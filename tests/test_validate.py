"""Validation: each fault is found where it is, and led back to the words that it came from."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
import rdflib

from adckg import documents, graph, names, validate
from adckg.errors import GraphError
from adckg.model import Basis, Entity, Evidence, Fact, FactKind, Kind, Value, Violation
from adckg.store import Store, convert

TEXT = "Exampleco reports\n\nOf 21 patients given exatansine, 7 (33 percent) had a response. It carries DM4.\n"
DOCUMENT = documents.parse_document(TEXT, "2012-06-04-exampleco")
IRI = names.document_iri(DOCUMENT.id)
QUOTE = "Of 21 patients given exatansine, 7 (33 percent) had a response."
EXATANSINE = Entity(Kind.ADC, "exatansine", "exatansine")


def fact(kind: FactKind, **arguments: Value) -> Fact:
    start = TEXT.index(QUOTE)
    said = Evidence(start, start + len(QUOTE), QUOTE, "made/up")
    return Fact(kind, tuple(sorted(arguments.items())), Basis.STATED, (said,))


RESULT = fact(
    FactKind.RESULT,
    about=EXATANSINE,
    endpoint=Entity(Kind.ENDPOINT, "orr", "ORR"),
    value=Decimal(33),
    unit=Entity(Kind.UNIT, "percent", "%", (("ucum", "%"),)),
    numerator=7,
    denominator=21,
)
COMPOSITION = fact(FactKind.COMPOSITION, about=EXATANSINE, component=Entity(Kind.PAYLOAD, "dm4", "DM4"))


def made(*facts: Fact) -> str:
    return graph.render_graph(DOCUMENT, facts or (RESULT, COMPOSITION), knowledge_digest="0" * 16).decode()


def check(nquads: str) -> list[Violation]:
    return validate.check_graph(nquads.encode())


def without(nquads: str, *words: str) -> str:
    kept = [line for line in nquads.splitlines(keepends=True) if not all(word in line for word in words)]
    assert len(kept) < nquads.count("\n"), "the fault has to be there"
    return "".join(kept)


def swap(nquads: str, old: str, new: str) -> str:
    assert old in nquads, "the fault has to be there"
    return nquads.replace(old, new)


def test_a_sound_graph_conforms() -> None:
    assert check(made()) == []


def test_a_fault_that_a_check_query_finds_is_led_back_to_its_words() -> None:
    found = check(swap(made(), '"7"', '"2"'))
    assert [(v.check, v.severity, v.focus) for v in found] == [
        ("percentage-differs-from-counts", "violation", names.fact_iri(RESULT))
    ]
    (violation,) = found
    assert (violation.document, violation.quote) == (IRI, QUOTE)
    assert violation.start is not None
    assert TEXT[violation.start : violation.end] == QUOTE


def test_a_fault_that_a_shape_finds_is_led_back_to_its_words() -> None:
    (violation,) = check(without(made(), names.fact_iri(RESULT), "/endpoint/", "ontology#endpoint"))
    assert (violation.check, violation.focus) == ("Result-endpoint", names.fact_iri(RESULT))
    assert violation.path == names.term("endpoint")
    assert (violation.document, violation.quote) == (IRI, QUOTE)


def test_a_fault_of_an_entity_is_led_back_to_a_statement_that_speaks_of_it() -> None:
    found = check(without(made(), "id/payload/dm4>", "prefLabel"))
    assert {v.focus for v in found} == {f"{names.BASE}id/payload/dm4"}
    assert {v.quote for v in found} == {QUOTE}


def test_a_fault_of_a_passage_or_an_evidence_is_led_back_to_its_document() -> None:
    found = check(swap(made(), f'"{QUOTE}"', '"What nobody said."'))
    assert found
    assert {v.document for v in found} == {IRI}


def test_a_fault_of_a_document_is_that_of_no_sentence() -> None:
    found = check(without(made(), "ontology#sha256>"))
    assert {(v.focus, v.document, v.quote) for v in found} == {(IRI, IRI, None)}


def test_a_node_without_evidence_is_reported_without_words() -> None:
    found = check(without(made(COMPOSITION), "ontology#evidence>"))
    assert found
    mine = [v for v in found if v.focus == names.fact_iri(COMPOSITION)]
    assert mine
    assert all((v.document, v.quote, v.start) == (None, None, None) for v in mine)


def test_plain_strings_are_as_good_as_typed_ones() -> None:
    typed = swap(made(), '"stated"', '"stated"^^<http://www.w3.org/2001/XMLSchema#string>')
    assert check(typed) == []


def test_turtle_is_checked_as_n_quads_are() -> None:
    broken = swap(made(), '"7"', '"2"').encode()
    turtle = convert(broken, "nquads", "turtle")
    assert validate.check_graph(turtle, "turtle") == validate.check_graph(broken)


def test_an_ill_typed_literal_is_reported_and_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    found = check(swap(made(), '"33"', '"many"'))
    assert "Result-value" in {v.check for v in found}
    assert caplog.records == []


def test_a_store_is_checked_without_its_ontology() -> None:
    broken = swap(made(), '"7"', '"2"').encode()
    with Store.in_memory() as store:
        store.insert(broken)
        bad = f"<{names.BASE}x> a <{names.term('Result')}> ."
        store.insert(bad.encode(), "turtle", graph=names.ONTOLOGY_GRAPH)
        assert validate.check_store(store) == validate.check_graph(broken)


def test_further_shapes_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / "mine.ttl"
    path.write_text(
        """
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        @prefix adc: <https://w3id.org/adckg/ontology#> .
        <http://example.org/shapes#Few> a sh:NodeShape ; sh:targetClass adc:Result ; sh:severity sh:Warning ;
            sh:property [ sh:path adc:denominator ; sh:minInclusive 30 ; sh:message "Few." ; sh:severity sh:Warning ] .
        """
    )
    (violation,) = validate.check_graph(made().encode(), shapes=[path])
    assert (violation.check, violation.severity, violation.message) == ("Few", "warning", "Few.")
    assert validate.conforms([violation])
    path.write_text("@prefix nonsense")
    with pytest.raises(GraphError, match=r"mine\.ttl: malformed Turtle"):
        validate.check_graph(made().encode(), shapes=[path])


def test_malformed_data_is_one_line_with_file_and_line() -> None:
    with pytest.raises(GraphError, match=r"release\.ttl, line 2: malformed RDF"):
        validate.check_graph(b"<urn:a> <urn:b> 1 .\nnonsense .\n", "turtle", where="release.ttl")


def test_reports_say_the_same_to_people_and_to_machines() -> None:
    violations = check(swap(made(), '"7"', '"2"'))
    text = validate.render_report(violations)
    assert "1 violation\n" in text
    assert QUOTE in text
    body = json.loads(validate.render_json(violations))
    assert body["conforms"] is False
    assert [entry["quote"] for entry in body["violations"]] == [QUOTE]
    shacl = rdflib.Graph().parse(data=validate.render_shacl(violations), format="turtle")
    sh = rdflib.SH
    assert shacl.value(None, rdflib.RDF.type, sh.ValidationReport) is not None
    (result,) = shacl.subjects(rdflib.RDF.type, sh.ValidationResult)
    assert str(shacl.value(result, sh.focusNode)) == names.fact_iri(RESULT)
    assert shacl.value(result, sh.resultSeverity) == sh.Violation
    assert validate.render_shacl(violations) == validate.render_shacl(list(violations))


def test_a_report_of_nothing_conforms() -> None:
    assert "conforms" in validate.render_report([])
    assert json.loads(validate.render_json([])) == {"conforms": True, "violations": []}
    assert "sh:conforms true" in validate.render_shacl([]).decode()


def test_a_report_survives_any_text() -> None:
    text = 'a "b" \\ \n\r\t\x7f \u2028 <c> ’'
    nasty = Violation("check", "violation", "_:blank", text, path="not a path", value=text, quote=text)
    shacl = rdflib.Graph().parse(data=validate.render_shacl([nasty]), format="turtle")
    assert text in {str(o) for o in shacl.objects(None, rdflib.SH.resultMessage)}
    assert json.loads(validate.render_json([nasty]))["violations"][0]["message"] == text
