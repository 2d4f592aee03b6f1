"""Names are found longest first, at word boundaries, whatever their hyphens; identities hold."""

from __future__ import annotations

import pytest

from adckg.model import Entity, Kind
from adckg.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()


def found(text: str) -> list[tuple[str, str, str]]:
    return [(text[h.start : h.end], h.entities[0].kind.value, h.entities[0].slug) for h in VOCABULARY.hits(text)]


def one(name: str, kind: Kind) -> Entity:
    entity = VOCABULARY.find(name, kind)
    assert entity is not None
    return entity


@pytest.mark.parametrize(
    "spelling",
    [
        "T-DM1",
        "TDM1",
        "Kadcyla",
        "KADCYLA",
        "trastuzumab emtansine",
        "Trastuzumab-Emtansine",
        "ado-trastuzumab emtansine",
    ],
)
def test_every_spelling_of_a_product_finds_it(spelling: str) -> None:
    assert [slug for _, _, slug in found(f"Patients received {spelling}.")] == ["trastuzumab-emtansine"]


def test_the_longest_name_wins() -> None:
    assert [kind for _, kind, _ in found("trastuzumab emtansine")] == ["adc"]
    assert [kind for _, kind, _ in found("trastuzumab")] == ["antibody"]


@pytest.mark.parametrize("text", ["TAPE", "DM10", "retap", "xDM1", "tap water", "HER2x"])
def test_a_name_inside_another_word_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["lymphomas", "diffuse large B cell lymphomas", "Non-Hodgkin's Lymphoma"])
def test_plural_hyphens_and_capitals_do_not_matter(text: str) -> None:
    assert [kind for _, kind, _ in found(text)] == ["condition"]


def test_a_naked_antibody_is_no_conjugate() -> None:
    assert VOCABULARY.find("AVE1642", Kind.ADC) is None
    assert one("AVE1642", Kind.ANTIBODY)


def test_antibody_payload_and_conjugate_are_three_things() -> None:
    three = {one("trastuzumab", Kind.ANTIBODY), one("DM1", Kind.PAYLOAD), one("T-DM1", Kind.ADC)}
    assert len(three) == 3
    assert VOCABULARY.find("trastuzumab", Kind.ADC) is None
    assert VOCABULARY.find("Herceptin", Kind.ADC) is None


@pytest.mark.parametrize(
    ("one_name", "other", "kind"),
    [
        ("sanofi-aventis", "Sanofi", Kind.ORGANISATION),
        ("Targeted Antibody Payload", "Tumor-Activated Prodrug", Kind.TECHNOLOGY),
        ("TAP", "Tumor-Activated Prodrug", Kind.TECHNOLOGY),
        ("T-DM1", "Kadcyla", Kind.ADC),
    ],
)
def test_two_names_of_one_thing_find_one(one_name: str, other: str, kind: Kind) -> None:
    assert one(one_name, kind) == one(other, kind)
