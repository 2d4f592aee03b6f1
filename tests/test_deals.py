"""Royalties in the document's own terms, and whose deal is spoken of."""

from __future__ import annotations

import pytest

from adckg import documents, extract
from adckg.deals import Deals, royalty_terms
from adckg.model import Entity, Kind
from adckg.names import value_text

ACME, BOREAL, CYGNUS = (Entity(Kind.ORGANISATION, name.lower(), name) for name in ("Acme", "Boreal", "Cygnus"))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("tiered royalties on net sales", "tiered"),
        ("tiered, mid-single digit royalties", "tiered, mid-single-digit"),
        ("royalties from the high single digits to the mid-teens", "high single-digit to mid-teens"),
        ("a 35% profit split, and royalties in the low twenties", "low twenties"),
        ("royalties of 12% to 15%", "12-15%"),
        ("royalties on sales", None),
    ],
)
def test_royalties_are_told_in_the_words_of_the_document(text: str, terms: str | None) -> None:
    assert royalty_terms(text) == terms


def test_terms_belong_to_the_deal_that_their_sentence_names() -> None:
    deals = Deals()
    deals.add([ACME, BOREAL])
    deals.add([ACME, CYGNUS])
    assert deals.of([BOREAL], None) == (ACME, BOREAL)
    assert deals.of([], None) == (ACME, CYGNUS)


def test_a_title_that_names_two_tells_whose_deal_it_is() -> None:
    deals = Deals()
    deals.headline([ACME, BOREAL])
    assert deals.of([], None) == (ACME, BOREAL)
    assert deals.of([CYGNUS], None) is None


TOLD = {
    "a topic and its bullets": (
        "Sutro and its guests\n\nSutro makes conjugates, an antibody-drug conjugate each. Sutro has many friends.\n\n"
        "- Tasly. In December 2021 the Chinese company took luveltamab tazevibulin, and put down 40 million dollars for it.",
        {"date": "2021-12", "asset": "luveltamab tazevibulin", "upfront": "40000000", "currency": "USD"},
        {"Sutro Biopharma", "Tasly"},
    ),
    "two companies and a word": (
        "Gilead wrote a cheque for $21 billion in September 2020 and Immunomedics, with Trodelvy, was its own.",
        {"kind": "acquisition", "date": "2020-09"},
        {"Gilead", "Immunomedics"},
    ),
    "who sells it again": (
        "Everest Medicines held Trodelvy from April 2019, when it gave Immunomedics sixty-five million dollars upfront.",
        {"date": "2019-04", "asset": "sacituzumab govitecan", "upfront": "65000000"},
        {"Everest Medicines", "Immunomedics"},
    ),
    "what may follow": (
        "BioNTech turned to MediLink in October 2023: 70 million dollars upfront, over a billion if all goes well, for "
        "YL202, an antibody-drug conjugate.",
        {"asset": "YL202", "upfront": "70000000", "milestones": "1000000000"},
        {"BioNTech", "MediLink Therapeutics"},
    ),
}


@pytest.mark.parametrize(("text", "slots", "parties"), TOLD.values(), ids=TOLD.keys())
def test_a_deal_is_told_in_any_order_of_words(text: str, slots: dict[str, str], parties: set[str]) -> None:
    found = extract.extract(documents.parse_document(f"{text}\n", "example"), extract.load_knowledge())
    said = {
        (slot, getattr(value, "label", None) or value_text(value))
        for fact in found
        if fact.kind == "Partnership" and {v.label for s, v in fact.arguments if s == "party"} == parties
        for slot, value in fact.arguments
    }
    assert slots.items() <= said


@pytest.mark.parametrize(
    "text",
    [
        "Padcev competes with Trodelvy, which Gilead sells. Astellas took 30% of the market.",
        "Pfizer raised $200 million in a share sale before Padcev was approved. Merck watched.",
        "Kadcyla was approved in 2013. Roche gave data at a congress with ImmunoGen in the audience.",
    ],
)
def test_companies_side_by_side_have_no_deal(text: str) -> None:
    found = extract.extract(documents.parse_document(f"{text}\n", "example"), extract.load_knowledge())
    assert not [fact for fact in found if fact.kind == "Partnership"]
