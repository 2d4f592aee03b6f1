"""What is said twice, or in pieces, becomes one; what differs stays apart."""

from __future__ import annotations

from decimal import Decimal

from adckg import documents, extract
from adckg.merge import Merger
from adckg.model import Entity, Evidence, Fact, FactKind, Kind, PartialDate, Value

ADC = Entity(Kind.ADC, "x", "X")
PHASE_3 = Entity(Kind.PHASE, "phase-3", "Phase 3")
ORR = Entity(Kind.ENDPOINT, "orr", "ORR")


def merged(*facts: Fact) -> list[Fact]:
    document = documents.parse_document("Some text.\n", "doc")
    merger = Merger(document, extract.load_knowledge().vocabulary)
    for fact in facts:
        merger.add(fact)
    return merger.facts()


def fact(fact_kind: FactKind, at: int, /, **slots: Value) -> Fact:
    return Fact(fact_kind, tuple(sorted(slots.items())), evidence=(Evidence(at, at + 1, "s", "rule"),))


def test_the_same_claim_in_two_places_is_one_fact_with_two_pieces_of_evidence() -> None:
    one, other = (
        fact(FactKind.INDICATION, at, about=ADC, condition=Entity(Kind.CONDITION, "nhl", "NHL")) for at in (0, 5)
    )
    (both,) = merged(one, other)
    assert [e.start for e in both.evidence] == [0, 5]


def test_a_result_takes_on_what_another_sentence_adds() -> None:
    (both,) = merged(
        fact(FactKind.RESULT, 0, about=ADC, endpoint=ORR, value=Decimal(33)),
        fact(FactKind.RESULT, 5, about=ADC, endpoint=ORR, value=Decimal(33), numerator=7, denominator=21),
    )
    assert both.get("numerator") == 7


def test_results_that_clash_stay_apart() -> None:
    found = merged(
        fact(FactKind.RESULT, 0, about=ADC, endpoint=ORR, value=Decimal(33), denominator=21),
        fact(FactKind.RESULT, 5, about=ADC, endpoint=ORR, value=Decimal(33), denominator=30),
    )
    assert len(found) == 2


def test_a_trial_statement_without_a_name_joins_the_one_named_trial_of_its_phase() -> None:
    condition = Entity(Kind.CONDITION, "nhl", "NHL")
    (one,) = merged(
        fact(
            FactKind.TRIAL,
            0,
            about=ADC,
            phase=PHASE_3,
            acronym="EXAMPLE",
            trial=Entity(Kind.TRIAL, "example", "EXAMPLE"),
        ),
        fact(FactKind.TRIAL, 5, about=ADC, phase=PHASE_3, condition=condition),
    )
    assert (one.get("acronym"), one.get("condition")) == ("EXAMPLE", condition)


def test_two_named_trials_of_one_phase_stay_two() -> None:
    names = ("EXAMPLE-1", "EXAMPLE-2")
    found = merged(
        *(
            fact(
                FactKind.TRIAL, n, about=ADC, phase=PHASE_3, acronym=name, trial=Entity(Kind.TRIAL, name.lower(), name)
            )
            for n, name in enumerate(names)
        )
    )
    assert sorted(str(f.get("acronym")) for f in found) == list(names)


def test_a_trial_without_name_or_number_is_local_to_its_document() -> None:
    (one,) = merged(fact(FactKind.TRIAL, 0, about=ADC, phase=PHASE_3))
    trial = one.get("trial")
    assert isinstance(trial, Entity)
    assert trial.slug == "doc.x-phase-3"


def test_a_trial_whose_phase_nothing_tells_is_dropped() -> None:
    assert merged(fact(FactKind.TRIAL, 0, about=ADC, acronym="E", trial=Entity(Kind.TRIAL, "e", "E"))) == []


def test_an_approval_with_a_region_takes_on_the_agency_told_elsewhere() -> None:
    kind = Entity(Kind.REGULATORY_KIND, "approval", "approval")
    (one,) = merged(
        fact(FactKind.REGULATORY, 0, about=ADC, kind=kind, region=Entity(Kind.REGION, "us", "US")),
        fact(
            FactKind.REGULATORY,
            5,
            about=ADC,
            kind=kind,
            agency=Entity(Kind.AGENCY, "fda", "FDA"),
            date=PartialDate(2013),
        ),
    )
    assert one.get("region")
    assert one.get("agency")
    assert one.get("date") == PartialDate(2013)
