"""Tables flattened to text are read cell by cell, whatever they were flattened to."""

from __future__ import annotations

import pytest

from adckg import documents, extract
from adckg.model import FactKind
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
