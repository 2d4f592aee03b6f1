"""IRIs are stable, prefixes are one list."""

from __future__ import annotations

from decimal import Decimal

import pytest

from adckg import names
from adckg.model import Basis, Entity, Evidence, Fact, FactKind, Kind, PartialDate

TDM1 = Entity(Kind.ADC, "trastuzumab-emtansine", "trastuzumab emtansine")
DM1 = Entity(Kind.PAYLOAD, "dm1", "DM1")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("FRα", "fralpha"),
        ("Val-Cit (vc)", "val-cit-vc"),
        ("  T-DM1 ", "t-dm1"),
        ("Médecins", "medecins"),
        ("®", "uae"),
        ("", "x"),
    ],
)
def test_a_slug_is_lower_case_ascii(text: str, slug: str) -> None:
    assert names.slug(text) == slug


def test_an_entity_is_named_by_kind_and_slug() -> None:
    assert names.entity_iri(TDM1) == "https://w3id.org/adckg/id/adc/trastuzumab-emtansine"


def test_a_document_id_with_odd_characters_is_still_an_iri() -> None:
    assert names.document_iri("a b/ü?#") == "https://w3id.org/adckg/document/a%20b%2F%C3%BC%3F%23"


def test_the_order_of_arguments_and_the_evidence_do_not_change_a_facts_iri() -> None:
    arguments = (("about", TDM1), ("component", DM1))
    one = Fact(FactKind.COMPOSITION, arguments)
    other = Fact(FactKind.COMPOSITION, arguments[::-1], evidence=(Evidence(0, 1, "a", "rule"),))
    assert names.fact_iri(one) == names.fact_iri(other)


def test_what_is_inferred_never_shares_an_iri_with_what_is_stated() -> None:
    arguments = (("about", TDM1), ("component", DM1))
    iris = {names.fact_iri(Fact(FactKind.COMPOSITION, arguments, basis)) for basis in Basis}
    assert len(iris) == 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("7.0"), "7"),
        (Decimal("0.50"), "0.5"),
        (Decimal("200000000"), "200000000"),
        (Decimal("1E+3"), "1000"),
        (PartialDate(2012, 8), "2012-08"),
        (15, "15"),
        ("x", "x"),
    ],
)
def test_values_have_one_canonical_text(value: Decimal | PartialDate | int | str, text: str) -> None:
    assert names.value_text(value) == text


def test_prefixes_expand_and_compress() -> None:
    assert names.converter().expand("hgnc:3430") == "http://identifiers.org/hgnc/3430"
    assert names.prefixes()["adc"] == names.ONTOLOGY
