"""What a fact takes over from the sentences before it."""

from __future__ import annotations

import pytest

from adckg import documents, extract
from adckg.model import FactKind
from adckg.names import value_text

KNOWLEDGE = extract.load_knowledge()


@pytest.mark.parametrize(
    ("before", "dose"),
    [
        ("Patients with mesothelioma received XYZ-456, an ADC, at 3.0 mg/kg every three weeks.", "3 mg/kg"),
        ("The MTD of XYZ-456, an ADC, was 3.0 mg/kg, and 15 patients were treated at this dose.", "3 mg/kg"),
        ("XYZ-456, an ADC, was given to patients in rising doses. The MTD was 3.0 mg/kg.", None),
    ],
)
def test_a_result_takes_the_dose_that_was_given_and_not_one_that_was_found(before: str, dose: str | None) -> None:
    document = documents.parse_document(f"{before} The ORR was 23% (7/31).\n", "example")
    (result,) = [f for f in extract.extract(document, KNOWLEDGE) if f.kind is FactKind.RESULT]
    found = result.get("dose")
    assert (found and getattr(found, "label", value_text(found))) == dose


def test_who_makes_one_of_two_drugs_makes_not_the_other() -> None:
    text = "Doctors reckon with Trodelvy, from Gilead Sciences and Kelun-Biotech, and with AbbVie's Elahere.\n"
    facts = extract.extract(documents.parse_document(text, "example"), KNOWLEDGE)
    assert {(f.get("about").label, f.get("organisation").label) for f in facts if f.kind is FactKind.ROLE} == {
        ("sacituzumab govitecan", "Gilead"),
        ("sacituzumab govitecan", "Kelun-Biotech"),
        ("mirvetuximab soravtansine", "AbbVie"),
    }
