"""Dates are as exact as they were said, and know what days they can mean."""

from __future__ import annotations

import pickle
from datetime import date

import pytest

from adckg.model import Document, Entity, Fact, FactKind, Kind, PartialDate


@pytest.mark.parametrize(
    ("value", "text", "earliest", "latest"),
    [
        (PartialDate(2012, 8, 27), "2012-08-27", date(2012, 8, 27), date(2012, 8, 27)),
        (PartialDate(2012, 2), "2012-02", date(2012, 2, 1), date(2012, 2, 29)),
        (PartialDate(2012, 12), "2012-12", date(2012, 12, 1), date(2012, 12, 31)),
        (PartialDate(2013), "2013", date(2013, 1, 1), date(2013, 12, 31)),
    ],
)
def test_a_date_knows_the_days_it_can_mean(value: PartialDate, text: str, earliest: date, latest: date) -> None:
    assert (str(value), value.earliest, value.latest) == (text, earliest, latest)


def test_facts_and_documents_can_be_sent_to_another_process() -> None:
    fact = Fact(FactKind.NAMING, (("about", Entity(Kind.ADC, "x", "X")), ("name", "x")))
    document = Document("id", "text", "hash", date=PartialDate(2012))
    assert pickle.loads(pickle.dumps((fact, document))) == (fact, document)
