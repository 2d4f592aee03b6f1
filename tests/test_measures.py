"""A figure and what belongs to it are one mention; a figure of someone else is none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from adckg import discourse, documents, extract, measures, mentions
from adckg.model import Mention

KNOWLEDGE = extract.load_knowledge()


def bound(text: str) -> list[Mention]:
    """The mentions of a sentence, each figure with what belongs to it."""
    document = documents.parse_document(f"{text}\n", "example")
    (found,) = mentions.read(document, KNOWLEDGE.vocabulary, KNOWLEDGE.forms)
    course = discourse.Discourse(KNOWLEDGE.forms, None, None)
    return measures.bind(found.words.text, course.resolve(found), KNOWLEDGE.vocabulary)


def figure(text: str, kind: str = "percent") -> dict[str, object]:
    """The first figure of a sentence, and what stands beside it."""
    mention = next(m for m in bound(text) if m.type == kind)
    return {"value": mention.values[0], **{slot: value for group in mention.more for slot, value in group}}


@pytest.mark.parametrize(
    "text",
    [
        "The ORR with T-DM1 was 45.5% (66 of 145 patients).",
        "The ORR with T-DM1 was 45.5% [66/145].",
        "With T-DM1 66 of 145 patients (45.5%) responded.",
    ],
)
def test_a_rate_has_its_count_wherever_it_stands(text: str) -> None:
    assert figure(text) == {"value": Decimal("45.5"), "numerator": 66, "denominator": 145}


@pytest.mark.parametrize(
    "text",
    [
        "Median PFS was 16.5 versus 12.7 months.",
        "Median PFS was 16.5 months with T-DM1 and 12.7 months with chemotherapy alone.",
        "Median PFS was 12.7 months in the control arm compared with 16.5 months for T-DM1.",
        "Median PFS was 16.5 months in the T-DM1 arm vs. 12.7 months in the placebo arm.",
    ],
)
def test_the_control_arms_figure_stands_beside_the_adcs(text: str) -> None:
    assert figure(text, "duration") == {"value": Decimal("16.5"), "comparatorValue": Decimal("12.7")}


@pytest.mark.parametrize(
    "text",
    [
        "The ORR was 16% with chemotherapy alone.",
        "In the control arm 16% responded.",
        "Tumors with at least 75% of cells stained were eligible.",
        "Some 2 to 4 percent of tumors have the mutation.",
        "T-DM1 cut the risk by 16%.",
    ],
)
def test_a_figure_of_someone_else_is_none(text: str) -> None:
    assert [m for m in bound(text) if m.type == "percent"] == []


def test_a_hazard_ratio_is_of_the_endpoint_told_of() -> None:
    found = bound("T-DM1 prolonged OS (HR 0.67; 95% CI, 0.50-0.89; p=0.005).")
    assert next(m for m in found if m.type == "ratio").entity.label == "HR-OS"
    assert figure("T-DM1 prolonged OS (HR 0.67; 95% CI, 0.50-0.89; p=0.005).", "decimal")["pValue"] == "0.005"


def test_a_reaction_has_its_grades_and_frequencies() -> None:
    (seen,) = (
        m
        for m in bound("With T-DM1, thrombocytopenia (28.0%; grade 3 or higher, 12.9%) was common.")
        if m.type == "seen"
    )
    assert [dict(group) for group in seen.more] == [
        {"percent": Decimal("28.0")},
        {"grade": ">=3", "percent": Decimal("12.9")},
    ]
