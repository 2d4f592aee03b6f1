"""Faults planted one at a time in a graph with nothing wrong in it: each is found, and nothing else is blamed for it.

Every fault is a function that spoils a graph and returns the node it spoiled. It picks its victim itself, the first one
by IRI that will do, so that it can be planted in any graph of the model: in the made one of tests/data, and in what the
five documents are built into. A fault is found if validation names exactly the expected shape or check at that node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from rdflib import RDF, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from adckg import build, resources, validate
from adckg.store import Store

BASE = "https://w3id.org/adckg/"
ID = Namespace(BASE + "id/")
ADC = Namespace(BASE + "ontology#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
OA = Namespace("http://www.w3.org/ns/oa#")
PROV = Namespace("http://www.w3.org/ns/prov#")
PLANTED_DAY = Literal("2050-01-01", datatype=XSD.date)

Plant = Callable[[Graph], Node]
FAULTS: dict[str, tuple[str, Plant]] = {}


class NoVictim(Exception):
    """The graph holds nothing that this fault could spoil."""


def fault(check: str) -> Callable[[Plant], Plant]:
    """Register a fault, and the shape or check query that has to find it."""

    def register(plant: Plant) -> Plant:
        assert plant.__name__ not in FAULTS
        FAULTS[plant.__name__] = check, plant
        return plant

    return register


# ---- choosing a victim, and spoiling it


def every(graph: Graph, kind: str, *having: Node) -> Iterator[Node]:
    """Yield each node of a class that has these properties, by IRI."""
    for node in sorted(graph.subjects(RDF.type, ADC[kind])):
        if all((node, predicate, None) in graph for predicate in having):
            yield node


def first(graph: Graph, kind: str, *having: Node) -> Node:
    victim = next(every(graph, kind, *having), None)
    if victim is None:
        raise NoVictim(kind)
    return victim


def stated(graph: Graph, kind: str, *having: Node) -> Node:
    for node in every(graph, kind, ADC.evidence, *having):
        if (node, ADC.basis, Literal("stated")) in graph:
            return node
    raise NoVictim(kind)


def value(graph: Graph, node: Node, predicate: Node) -> Node:
    found = min(graph.objects(node, predicate), default=None)
    if found is None:
        raise NoVictim(f"{node} has no {predicate}")
    return found


def other(graph: Graph, kind: str, *than: Node) -> Node:
    return next((node for node in every(graph, kind) if node not in than), None) or _no(kind)


def _no(kind: str) -> Node:
    raise NoVictim(kind)


def decimal(number: object) -> Literal:
    return Literal(Decimal(str(number)))


def put(graph: Graph, node: Node, **values: object) -> Node:
    """Set properties of a node, in place of what it has; None takes them away."""
    for name, new in values.items():
        graph.remove((node, ADC[name], None))
        if new is not None:
            graph.add((node, ADC[name], new if isinstance(new, URIRef | Literal) else Literal(new)))
    return node


def rename(graph: Graph, old: Node, new: Node) -> Node:
    for _, predicate, object_ in list(graph.triples((old, None, None))):
        graph.remove((old, predicate, object_))
        graph.add((new, predicate, object_))
    for subject, predicate, _ in list(graph.triples((None, None, old))):
        graph.remove((subject, predicate, old))
        graph.add((subject, predicate, new))
    return new


def copy(graph: Graph, node: Node, new: Node) -> Node:
    for _, predicate, object_ in list(graph.triples((node, None, None))):
        graph.add((new, predicate, object_))
    return new


def copy_fact(graph: Graph, fact: Node, name: str = "planted") -> Node:
    """Copy a fact together with its evidence, so that the copy is a good fact as well."""
    new = copy(graph, fact, ID["fact/" + name])
    graph.remove((new, ADC.evidence, None))
    for number, evidence in enumerate(sorted(graph.objects(fact, ADC.evidence))):
        graph.add((new, ADC.evidence, copy(graph, evidence, ID[f"evidence/{name}-{number}"])))
    return new


def entity(graph: Graph, kind: str, path: str, label: str) -> Node:
    graph.add((ID[path], RDF.type, ADC[kind]))
    graph.add((ID[path], SKOS.prefLabel, Literal(label)))
    return ID[path]


def share(graph: Graph) -> Node:
    """Return a result in percent with numerator and denominator, and no interval in the way."""
    for node in every(graph, "Result", ADC.numerator, ADC.denominator, ADC.value, ADC.unit):
        if (value(graph, node, ADC.unit), ADC.ucum, Literal("%")) in graph:
            return put(graph, node, ciLow=None, ciHigh=None, trial=None)
    raise NoVictim("a result in percent")


def measured(graph: Graph) -> tuple[Node, Decimal]:
    """Return a result with a number, without an interval."""
    node = put(graph, first(graph, "Result", ADC.value), ciLow=None, ciHigh=None)
    return node, Decimal(str(value(graph, node, ADC.value)))


def passage(graph: Graph) -> tuple[Node, str, int, int]:
    """Return a passage of a document whose text is kept, that document's IRI, and the passage's offsets."""
    for node in sorted(graph.subjects(RDF.type, OA.TextQuoteSelector)):
        document = str(node).partition("#")[0]
        if (URIRef(document), ADC.text, None) in graph:
            return node, document, int(value(graph, node, OA.start)), int(value(graph, node, OA.end))
    raise NoVictim("a passage")


def move(graph: Graph, node: Node, document: str, start: int, end: int) -> Node:
    """Give a passage other offsets, and the name that goes with them."""
    for predicate, offset in ((OA.start, start), (OA.end, end)):
        graph.remove((node, predicate, None))
        graph.add((node, predicate, Literal(offset)))
    return rename(graph, node, URIRef(f"{document}#char={start},{end}"))


def dated(graph: Graph) -> Node:
    """Return a regulatory event with a date, after no document's."""
    node = first(graph, "RegulatoryEvent")
    day = Literal("2001-02-03", datatype=XSD.date)
    return put(graph, node, date=day, earliest=day, latest=day)


# ---- results


@fault("Result-endpoint")
def a_result_without_endpoint(graph: Graph) -> Node:
    return put(graph, first(graph, "Result"), endpoint=None)


@fault("Result-endpoint")
def a_result_of_two_endpoints(graph: Graph) -> Node:
    node = first(graph, "Result")
    graph.add((node, ADC.endpoint, other(graph, "Endpoint", value(graph, node, ADC.endpoint))))
    return node


@fault("Result-endpoint")
def an_endpoint_that_is_a_company(graph: Graph) -> Node:
    return put(graph, first(graph, "Result"), endpoint=first(graph, "Organisation"))


@fault("Result-value")
def a_value_that_is_no_decimal(graph: Graph) -> Node:
    node, number = measured(graph)
    return put(graph, node, value=Literal(float(number)))


@fault("Result-valueOrText")
def a_result_with_a_number_and_words(graph: Graph) -> Node:
    return put(graph, first(graph, "Result", ADC.value), valueText="improved")


@fault("Result-valueOrText")
def a_result_with_neither_number_nor_words(graph: Graph) -> Node:
    return put(graph, measured(graph)[0], value=None)


@fault("Result-valueText")
def a_result_in_other_words(graph: Graph) -> Node:
    return put(graph, measured(graph)[0], value=None, valueText="impressive")


@fault("Result-percent")
def more_than_all_patients(graph: Graph) -> Node:
    return put(graph, share(graph), value=decimal(144))


@fault("percentage-differs-from-counts")
def a_percentage_that_its_counts_contradict(graph: Graph) -> Node:
    return put(graph, share(graph), numerator=4, denominator=9, value=decimal(54))


@fault("percentage-not-rounded")
def a_percentage_cut_off(graph: Graph) -> Node:
    return put(graph, share(graph), numerator=2, denominator=3, value=decimal(66))


@fault("Result-numerator")
def numerator_and_denominator_swapped(graph: Graph) -> Node:
    return put(graph, share(graph), numerator=9, denominator=4)


@fault("Result-denominator")
def a_share_of_nobody(graph: Graph) -> Node:
    return put(graph, share(graph), numerator=0, denominator=0)


@fault("Result-ciLow")
def a_value_below_its_interval(graph: Graph) -> Node:
    node, number = measured(graph)
    return put(graph, node, ciLow=decimal(number + 1), ciHigh=decimal(number + 2))


@fault("Result-valueInInterval")
def a_value_above_its_interval(graph: Graph) -> Node:
    node, number = measured(graph)
    return put(graph, node, ciLow=decimal(number - 2), ciHigh=decimal(number - 1))


@fault("Result-pValue")
def a_p_value_in_words(graph: Graph) -> Node:
    return put(graph, first(graph, "Result"), pValue="significant")


@fault("Result-unit")
def a_unit_that_is_a_string(graph: Graph) -> Node:
    return put(graph, measured(graph)[0], unit="percent")


@fault("denominator-exceeds-enrollment")
def more_patients_than_the_trial_enrols(graph: Graph) -> Node:
    trial = put(graph, first(graph, "TrialStatement"), enrollment=20)
    node = put(graph, share(graph), trial=value(graph, trial, ADC.trial))
    return put(graph, node, numerator=100, denominator=200, value=decimal(50))


@fault("Result")
def a_misspelt_property(graph: Graph) -> Node:
    return put(graph, first(graph, "Result"), populaton="all patients")


# ---- what every statement has


@fault("Statement-basis")
def a_fact_without_basis(graph: Graph) -> Node:
    return put(graph, first(graph, "Indication"), basis=None)


@fault("Statement-basis")
def a_basis_that_the_model_does_not_know(graph: Graph) -> Node:
    return put(graph, first(graph, "Indication"), basis="guessed")


@fault("Statement-statedEvidence")
def a_stated_fact_without_evidence(graph: Graph) -> Node:
    node = stated(graph, "Role")
    for evidence in list(graph.objects(node, ADC.evidence)):
        graph.remove((evidence, None, None))
    return put(graph, node, evidence=None)


@fault("Statement-statedSaidIn")
def a_stated_fact_in_no_document(graph: Graph) -> Node:
    return put(graph, stated(graph, "Role"), saidIn=None)


@fault("Statement-inference")
def an_inference_without_a_rule(graph: Graph) -> Node:
    return put(graph, stated(graph, "Presentation"), basis="inferred")


@fault("Statement-inference")
def a_rule_for_what_is_stated(graph: Graph) -> Node:
    return put(graph, stated(graph, "Presentation"), derivedBy="composition-from-name")


@fault("Statement-referenceSource")
def reference_knowledge_without_source(graph: Graph) -> Node:
    return put(graph, stated(graph, "Presentation"), basis="reference")


@fault("premise-missing")
def an_inference_from_nothing(graph: Graph) -> Node:
    node = put(graph, stated(graph, "Presentation"), basis="inferred", derivedBy="composition-from-name")
    graph.add((node, PROV.wasDerivedFrom, ID["fact/0000000000000000"]))
    return node


@fault("inferred-beside-stated")
def an_inferred_payload_beside_the_stated_one(graph: Graph) -> Node:
    for fact in every(graph, "Composition", ADC.evidence):
        if (value(graph, fact, ADC.component), RDF.type, ADC.Payload) in graph:
            node = copy_fact(graph, fact)
            return put(
                graph,
                node,
                component=entity(graph, "Payload", "payload/planted", "planted payload"),
                basis="inferred",
                derivedBy="composition-from-name",
            )
    raise NoVictim("a stated payload")


@fault("Statement")
def a_fact_without_an_iri(graph: Graph) -> Node:
    return rename(graph, stated(graph, "Presentation"), BNode())


# ---- evidence and passages


@fault("said-in-without-evidence")
def a_document_that_does_not_say_it(graph: Graph) -> Node:
    node = stated(graph, "Presentation")
    graph.add((node, ADC.saidIn, other(graph, "Document", *graph.objects(node, ADC.saidIn))))
    return node


@fault("evidence-not-said-in")
def evidence_from_a_document_that_is_not_named(graph: Graph) -> Node:
    for node in sorted(graph.subjects(ADC.basis, Literal("stated"))):
        documents = sorted(graph.objects(node, ADC.saidIn))
        if len(documents) > 1:
            graph.remove((node, ADC.saidIn, documents[0]))
            return node
    raise NoVictim("a fact of two documents")


@fault("evidence-from-another-document")
def evidence_with_the_wrong_source(graph: Graph) -> Node:
    evidence = value(graph, stated(graph, "Presentation"), ADC.evidence)
    source = value(graph, evidence, OA.hasSource)
    graph.set((evidence, OA.hasSource, other(graph, "Document", source)))
    return evidence


@fault("Evidence-rule")
def evidence_without_a_rule(graph: Graph) -> Node:
    return put(graph, first(graph, "Evidence"), rule=None)


@fault("Evidence-hasSelector")
def evidence_without_a_passage(graph: Graph) -> Node:
    node = first(graph, "Evidence")
    graph.remove((node, OA.hasSelector, None))
    return node


@fault("evidence-of-nothing")
def evidence_that_nothing_cites(graph: Graph) -> Node:
    return copy(graph, first(graph, "Evidence"), ID["evidence/planted"])


@fault("evidence-shared")
def evidence_that_two_facts_cite(graph: Graph) -> Node:
    fact = stated(graph, "Presentation")
    copy(graph, fact, ID["fact/planted"])
    put(graph, ID["fact/planted"], abstract="planted")
    evidence = value(graph, fact, ADC.evidence)
    for more in set(graph.objects(fact, ADC.evidence)) - {evidence}:
        graph.remove((ID["fact/planted"], ADC.evidence, more))
    for document in set(graph.objects(fact, ADC.saidIn)) - {value(graph, evidence, OA.hasSource)}:
        graph.remove((ID["fact/planted"], ADC.saidIn, document))
    return evidence


@fault("quote-not-where-it-says")
def a_quote_with_another_letter(graph: Graph) -> Node:
    node, *_ = passage(graph)
    quote = str(value(graph, node, OA.exact))
    graph.set((node, OA.exact, Literal(("X" if quote[0] != "X" else "Y") + quote[1:])))
    return node


@fault("quote-not-where-it-says")
def a_quote_one_character_off(graph: Graph) -> Node:
    node, document, start, end = passage(graph)
    return move(graph, node, document, start + 1, end + 1)


@fault("quote-beyond-text")
def a_quote_after_the_end_of_the_text(graph: Graph) -> Node:
    node, document, start, end = passage(graph)
    length = len(str(value(graph, URIRef(document), ADC.text)))
    return move(graph, node, document, length + 7, length + 7 + end - start)


@fault("Passage-start")
def a_quote_that_ends_before_it_starts(graph: Graph) -> Node:
    node, document, start, end = passage(graph)
    return move(graph, node, document, end, start)


@fault("Passage-exact")
def a_passage_without_words(graph: Graph) -> Node:
    node, *_ = passage(graph)
    graph.remove((node, OA.exact, None))
    return node


@fault("passage-named-otherwise")
def a_passage_with_the_name_of_another(graph: Graph) -> Node:
    node, document, start, end = passage(graph)
    return rename(graph, node, URIRef(f"{document}#char={start},{end + 3}"))


@fault("quote-of-another-length")
def a_quote_cut_off_where_the_text_is_not_kept(graph: Graph) -> Node:
    node, document, *_ = passage(graph)
    put(graph, URIRef(document), text=None)
    graph.set((node, OA.exact, Literal(str(value(graph, node, OA.exact))[:-1])))
    return node


# ---- entities


@fault("Antibody-notAdc")
def an_antibody_that_is_an_adc_too(graph: Graph) -> Node:
    node = first(graph, "Antibody")
    graph.add((node, RDF.type, ADC.AntibodyDrugConjugate))
    return node


@fault("Payload-notAnotherPart")
def a_payload_that_is_an_antibody_too(graph: Graph) -> Node:
    node = first(graph, "Payload")
    graph.add((node, RDF.type, ADC.Antibody))
    return node


@fault("class-differs-from-iri")
def an_adc_with_the_iri_of_an_antibody(graph: Graph) -> Node:
    return entity(graph, "AntibodyDrugConjugate", "antibody/planted", "planted conjugate")


@fault("Entity-prefLabel")
def an_entity_with_two_names(graph: Graph) -> Node:
    return entity(graph, "Organisation", str(first(graph, "Organisation")).removeprefix(ID), "another name")


@fault("Entity-prefLabel")
def an_entity_without_a_name(graph: Graph) -> Node:
    node = first(graph, "Organisation")
    graph.remove((node, SKOS.prefLabel, None))
    return node


@fault("Entity-prefLabel")
def a_name_in_a_language(graph: Graph) -> Node:
    node = first(graph, "Organisation")
    graph.set((node, SKOS.prefLabel, Literal(str(value(graph, node, SKOS.prefLabel)), lang="en")))
    return node


@fault("Entity-exactMatch")
def an_identifier_as_text(graph: Graph) -> Node:
    node = first(graph, "Payload")
    graph.add((node, SKOS.exactMatch, Literal("CHEBI:1")))
    return node


@fault("label-of-two-entities")
def one_company_as_two_entities(graph: Graph) -> Node:
    label = str(value(graph, first(graph, "Organisation"), SKOS.prefLabel))
    return entity(graph, "Organisation", "organisation/zzz-planted", label)


@fault("name-of-two-adcs")
def one_name_for_two_adcs(graph: Graph) -> Node:
    naming = stated(graph, "Naming")
    node = copy_fact(graph, naming)
    adc = value(graph, naming, ADC.about)
    another = other(graph, "AntibodyDrugConjugate", adc)
    put(graph, node, about=another)
    return max(adc, another)


@fault("name-shared-with-part")
def an_adc_with_the_name_of_an_antibody(graph: Graph) -> Node:
    naming = stated(graph, "Naming")
    put(graph, naming, name=str(value(graph, first(graph, "Antibody"), SKOS.prefLabel)))
    return value(graph, naming, ADC.about)


@fault("Phase-prefLabel")
def a_phase_in_roman_numerals(graph: Graph) -> Node:
    node = first(graph, "Phase")
    graph.set((node, SKOS.prefLabel, Literal("Phase II")))
    return node


@fault("Unit-ucum")
def a_unit_without_its_code(graph: Graph) -> Node:
    return put(graph, first(graph, "Unit"), ucum=None)


@fault("shortcut-without-fact")
def a_shortcut_that_no_fact_supports(graph: Graph) -> Node:
    node = first(graph, "AntibodyDrugConjugate", ADC.hasPayload)
    graph.add((node, ADC.hasPayload, entity(graph, "Payload", "payload/planted", "planted payload")))
    return node


# ---- composition, doses, safety, trials


@fault("Composition-component")
def an_adc_made_of_another_adc(graph: Graph) -> Node:
    node = stated(graph, "Composition")
    adc = other(graph, "AntibodyDrugConjugate", value(graph, node, ADC.about))
    graph.add((node, ADC.component, adc))
    return node


@fault("two-payloads")
def two_payloads_in_one_document(graph: Graph) -> Node:
    for fact in every(graph, "Composition", ADC.evidence):
        if (value(graph, fact, ADC.component), RDF.type, ADC.Payload) in graph:
            payload = entity(graph, "Payload", "payload/planted", "planted payload")
            return value(graph, put(graph, copy_fact(graph, fact), component=payload), ADC.about)
    raise NoVictim("a stated payload")


@fault("Dosing-about")
def a_dosing_of_an_antibody(graph: Graph) -> Node:
    return put(graph, first(graph, "Dosing"), about=first(graph, "Antibody"))


@fault("Dose-value")
def a_dose_below_zero(graph: Graph) -> Node:
    return put(graph, first(graph, "Dose", ADC.value), value=decimal("-3.6"))


@fault("Dose-minimum")
def a_dose_range_upside_down(graph: Graph) -> Node:
    node = first(graph, "Dose", ADC.minimum, ADC.maximum)
    return put(graph, node, minimum=value(graph, node, ADC.maximum), maximum=value(graph, node, ADC.minimum))


@fault("Dose-valueOrRange")
def a_dose_range_with_one_end(graph: Graph) -> Node:
    return put(graph, first(graph, "Dose", ADC.minimum), maximum=None, minimum=decimal(1))


@fault("Dose-unit")
def a_dose_without_unit(graph: Graph) -> Node:
    return put(graph, first(graph, "Dose"), unit=None)


@fault("SafetyEvent-grade")
def a_grade_above_five(graph: Graph) -> Node:
    return put(graph, first(graph, "SafetyEvent"), grade="7")


@fault("SafetyEvent-percent")
def a_side_effect_in_more_than_all_patients(graph: Graph) -> Node:
    return put(graph, first(graph, "SafetyEvent"), percent=decimal(112))


@fault("percentage-differs-from-counts")
def a_side_effect_that_its_counts_contradict(graph: Graph) -> Node:
    return put(graph, first(graph, "SafetyEvent"), percent=decimal("12.9"), numerator=63, denominator=390)


@fault("TrialStatement-registration")
def a_registration_number_too_short(graph: Graph) -> Node:
    return put(graph, first(graph, "TrialStatement"), registration="NCT829166")


@fault("TrialStatement-enrollment")
def a_trial_of_nobody(graph: Graph) -> Node:
    return put(graph, first(graph, "TrialStatement"), enrollment=0)


@fault("TrialStatement-phase")
def a_trial_in_two_phases(graph: Graph) -> Node:
    node = first(graph, "TrialStatement", ADC.phase)
    graph.add((node, ADC.phase, other(graph, "Phase", value(graph, node, ADC.phase))))
    return node


@fault("TrialStatement-comparator")
def an_adc_compared_with_itself(graph: Graph) -> Node:
    node = first(graph, "TrialStatement")
    graph.add((node, ADC.comparator, value(graph, node, ADC.about)))
    return node


@fault("registration-of-two-trials")
def one_number_for_two_trials(graph: Graph) -> Node:
    facts = {value(graph, fact, ADC.trial): fact for fact in every(graph, "TrialStatement")}
    if len(facts) < 2:
        raise NoVictim("two trials")
    low, high = sorted(facts)[:2]
    for trial in (low, high):
        graph.add((facts[trial], ADC.registration, Literal("NCT99999999")))
    return high


# ---- organisations and regulators


@fault("Partnership-party")
def a_partnership_with_itself(graph: Graph) -> Node:
    node = first(graph, "Partnership")
    graph.remove((node, ADC.party, max(graph.objects(node, ADC.party))))
    return node


@fault("Partnership-party")
def a_partnership_of_three(graph: Graph) -> Node:
    node = first(graph, "Partnership")
    graph.add((node, ADC.party, other(graph, "Organisation", *graph.objects(node, ADC.party))))
    return node


@fault("Partnership-moneyCurrency")
def money_without_currency(graph: Graph) -> Node:
    return put(graph, first(graph, "Partnership"), upfront=decimal(30000000), currency=None)


@fault("Partnership-currency")
def a_currency_in_words(graph: Graph) -> Node:
    return put(graph, first(graph, "Partnership"), currency="dollars")


@fault("CorporateRelation-child")
def a_company_that_belongs_to_itself(graph: Graph) -> Node:
    node = first(graph, "CorporateRelation")
    return put(graph, node, parent=value(graph, node, ADC.child))


@fault("corporate-circle")
def two_companies_that_belong_to_each_other(graph: Graph) -> Node:
    node = stated(graph, "CorporateRelation")
    back = copy_fact(graph, node)
    put(graph, back, child=value(graph, node, ADC.parent), parent=value(graph, node, ADC.child))
    return max(node, back)


@fault("Role-kind")
def a_role_of_no_kind(graph: Graph) -> Node:
    return put(graph, first(graph, "Role"), kind=None, organisation=first(graph, "Organisation"))


@fault("RegulatoryEvent-date")
def a_date_that_is_text(graph: Graph) -> Node:
    return put(graph, dated(graph), date="2001-02-03")


@fault("RegulatoryEvent-date")
def a_date_in_the_middle_ages(graph: Graph) -> Node:
    day = Literal("1201-02-03", datatype=XSD.date)
    return put(graph, dated(graph), date=day, earliest=day, latest=day)


@fault("RegulatoryEvent-bounds")
def a_date_without_its_last_day(graph: Graph) -> Node:
    return put(graph, dated(graph), latest=None)


@fault("RegulatoryEvent-earliest")
def a_first_day_after_the_last(graph: Graph) -> Node:
    return put(graph, dated(graph), latest=Literal("2000-12-31", datatype=XSD.date))


@fault("date-outside-its-bounds")
def a_date_in_another_year_than_its_days(graph: Graph) -> Node:
    return put(graph, dated(graph), date=Literal("1999", datatype=XSD.gYear))


@fault("event-after-its-document")
def an_approval_from_the_future(graph: Graph) -> Node:
    node = put(graph, stated(graph, "RegulatoryEvent"), date=PLANTED_DAY, earliest=PLANTED_DAY, latest=PLANTED_DAY)
    return put(graph, node, kind=entity(graph, "RegulatoryKind", "regulatory-kind/approval", "approval"))


@fault("agency-of-another-region")
def an_agency_abroad(graph: Graph) -> Node:
    node = first(graph, "RegulatoryEvent", ADC.agency)
    home = entity(graph, "Region", "region/planted", "planted region")
    abroad = entity(graph, "Region", "region/planted-abroad", "another planted region")
    agency = entity(graph, "Agency", "agency/planted", "planted agency")
    put(graph, agency, actsIn=home)
    return put(graph, node, agency=agency, region=abroad)


@fault("Presentation-meeting")
def a_presentation_nowhere(graph: Graph) -> Node:
    return put(graph, first(graph, "Presentation"), meeting=None)


@fault("Presentation-year")
def a_presentation_in_the_middle_ages(graph: Graph) -> Node:
    return put(graph, first(graph, "Presentation"), year=Literal("1212", datatype=XSD.gYear))


# ---- documents and runs


@fault("Document-sha256")
def a_fingerprint_too_short(graph: Graph) -> Node:
    return put(graph, first(graph, "Document"), sha256="0123456789abcdef")


@fault("Document-identifier")
def a_document_without_identifier(graph: Graph) -> Node:
    node = first(graph, "Document")
    graph.remove((node, DCTERMS.identifier, None))
    return node


@fault("document-read-twice")
def the_same_bytes_twice(graph: Graph) -> Node:
    node = first(graph, "Document")
    return put(graph, other(graph, "Document", node), sha256=value(graph, node, ADC.sha256))


@fault("Run-knowledgeDigest")
def a_run_that_does_not_say_what_it_knew(graph: Graph) -> Node:
    return put(graph, first(graph, "Run"), knowledgeDigest=None)


# ---- the tests


def read_sample() -> Graph:
    return Graph(bind_namespaces="none").parse(Path(__file__).parent / "data" / "sample.ttl")


def build_documents() -> Graph:
    """Return the graphs of the five documents, and what is derived from them, as one Turtle file holds them."""
    nquads, skipped = build.extract_to_graph([resources.folder("seeds") / "documents"])
    assert not skipped
    with Store.in_memory() as store:
        store.insert(nquads, "nquads")
        nquads += build.derive(store)
    lines = {line.rpartition(b" <")[0] + b" ." for line in nquads.splitlines()}
    return Graph(bind_namespaces="none").parse(data=b"\n".join(sorted(lines)), format="nt")


def found_in(graph: Graph) -> set[tuple[str, str]]:
    """Return the name of what complains, and the node it complains about."""
    data = graph.serialize(format="nt", encoding="utf-8")
    return {(violation.check, violation.focus) for violation in validate.check_graph(data, "ntriples")}


@pytest.fixture(scope="module", params=["sample", "five documents"])
def sound(request: pytest.FixtureRequest) -> tuple[str, Graph, set[tuple[str, str]]]:
    """Return a graph to plant faults in, and what is found in it before."""
    graph = read_sample() if request.param == "sample" else build_documents()
    return request.param, graph, found_in(graph)


def test_nothing_is_found_before_a_fault_is_planted(sound: tuple[str, Graph, set[tuple[str, str]]]) -> None:
    assert sound[2] == set()


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_nothing_else_is_blamed(
    name: str, sound: tuple[str, Graph, set[tuple[str, str]]]
) -> None:
    which, original, before = sound
    check, plant = FAULTS[name]
    graph = Graph(bind_namespaces="none")
    graph += original
    try:
        focus = plant(graph)
    except NoVictim as missing:
        if which == "sample":
            raise
        pytest.skip(f"the five documents hold no {missing}")
    expected = {(check, "_:blank" if isinstance(focus, BNode) else str(focus))}
    assert found_in(graph) - before == expected


def test_there_are_enough_kinds_of_fault() -> None:
    assert len(FAULTS) >= 60
    assert len({check for check, _ in FAULTS.values()}) >= 50
