"""Tables flattened to text are read cell by cell, whatever they were flattened to."""

from __future__ import annotations

import pytest

from adckg import documents, extract
from adckg.model import Entity, Fact, FactKind
from adckg.names import value_text

KNOWLEDGE = extract.load_knowledge()
COLUMNS = """
T-DM1 is an antibody-drug conjugate.

  End point                T-DM1 (n=20)             Chemotherapy
  Objective response, %    42.3                     15.9
  Median PFS, mo (95% CI)  5.62 (4.34 to 5.95)      3.98 (2.86 to 4.47)    P < .001
"""
PIPES = """
T-DM1 is an antibody-drug conjugate.

| End point | T-DM1 (n=20) | Chemotherapy | P |
|---|---|---|---|
| ORR | 42.3% | 15.9% | |
| Median PFS, months (95% CI) | 5.62 (4.34-5.95) | 3.98 (2.86-4.47) | <0.001 |
"""
STACKED = """
T-DM1 is an antibody-drug conjugate.

End point

T-DM1 (n=20)

Chemotherapy (n=22)

ORR, %

42.3

15.9

Median PFS, months (95% CI)

5.62 (4.34-5.95)

3.98 (2.86-4.47)

The trial goes on.
"""


@pytest.mark.parametrize("text", [COLUMNS, PIPES, STACKED], ids=["columns", "pipes", "stacked"])
def test_each_figure_goes_to_its_arm(text: str) -> None:
    facts = extract.extract(documents.parse_document(text, "example"), KNOWLEDGE)
    results = [
        {slot: getattr(value, "label", None) or value_text(value) for slot, value in fact.arguments}
        for fact in facts
        if fact.kind == FactKind.RESULT
    ]
    orr, pfs = sorted(results, key=lambda result: result["endpoint"])
    assert (orr["endpoint"], orr["value"], orr["comparatorValue"]) == ("ORR", "42.3", "15.9")
    assert (pfs["value"], pfs["unit"], pfs["comparatorValue"]) == ("5.62", "months", "3.98")
    assert (pfs["ciLow"], pfs["ciHigh"]) == ("4.34", "5.95")


def test_a_column_of_another_dose_keeps_its_dose() -> None:
    text = (
        "T-DM1 is an ADC.\n\n          2.4 mg/kg    3.6 mg/kg\nORR       31%          44%\nDCR       60%          81%\n"
    )
    facts = extract.extract(documents.parse_document(text, "example"), KNOWLEDGE)
    found = {
        (value_text(f.get("value") or ""), getattr(f.get("dose"), "label", None))
        for f in facts
        if f.kind == FactKind.RESULT
    }
    assert found == {("31", "2.4 mg/kg"), ("44", "3.6 mg/kg"), ("60", "2.4 mg/kg"), ("81", "3.6 mg/kg")}


ARMS = """
T-DM1 is an antibody-drug conjugate.

Arm 1, experimental: T-DM1, 3.6 mg/kg.
Arm 2, active comparator: capecitabine.

Outcome [Arm 1 | Arm 2 | comparison]
Overall survival, median, months: 12.8 (95% CI 10.5 to 15.2) | 8.9 (95% CI 8.0 to 10.7) | hazard ratio 0.70 (95% CI 0.56 to 0.89)
Disease control rate, percent: 71.9 | 53.4

Adverse events, percent (Arm 1, n = 296 | Arm 2, n = 291)
Fatigue: 31.1 | 22.7
Nausea: 30.7 | 23.4
"""


def _told(fact: Fact, slot: str) -> str:
    value = fact.get(slot)
    return value.label if isinstance(value, Entity) else "" if value is None else value_text(value)


def test_arms_are_what_the_document_says() -> None:
    """A column headed "Arm 2" is the comparator's where the text says so; rows may hold their label and first figure."""
    facts = extract.extract(documents.parse_document(ARMS, "arms"), KNOWLEDGE)
    compared = [f for f in facts if f.kind == FactKind.RESULT and f.get("comparatorValue")]
    found = {(_told(f, "endpoint"), _told(f, "value"), _told(f, "comparatorValue")) for f in compared}
    assert found == {("OS", "12.8", "8.9"), ("DCR", "71.9", "53.4")}
    assert {_told(f, "percent") for f in facts if f.kind == FactKind.SAFETY} == {"31.1", "30.7"}


PAIRS = """
T-DM1 is an antibody-drug conjugate.

TABLE 4. TREATMENT-RELATED ADVERSE EVENTS, any grade / grade 3 or higher, percent
                              T-DM1 (n = 360)     IC (n = 351)
Nausea                        51.1 / 1.4          23.6 / 0.6
Fatigue (c)                   23.6 / 1.7          18.2 / 2.0
"""


def test_two_grades_in_one_cell() -> None:
    """A caption that names two grades says what the two figures of each cell are; the other arm's are nobody's."""
    facts = extract.extract(documents.parse_document(PAIRS, "pairs"), KNOWLEDGE)
    seen = {(_told(f, "reaction"), _told(f, "percent"), _told(f, "grade")) for f in facts if f.kind == FactKind.SAFETY}
    assert seen == {
        ("nausea", "51.1", ""),
        ("nausea", "1.4", ">=3"),
        ("fatigue", "23.6", ""),
        ("fatigue", "1.7", ">=3"),
    }
