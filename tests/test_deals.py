"""Royalties in the document's own terms, and whose deal is spoken of."""

from __future__ import annotations

import pytest

from adckg.deals import Deals, royalty_terms
from adckg.model import Entity, Kind

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
