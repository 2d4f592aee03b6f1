"""Every row of an answer can be led back to what it rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from adckg import queries
from adckg.errors import QueryError
from adckg.grounds import COLUMNS, Ground, read_grounds, with_grounds
from adckg.store import Solutions, Store

MADE = Store.load(Path(__file__).parent / "queries" / "made.ttl")
PREFIXES = """PREFIX adc: <https://w3id.org/adckg/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""


def ask(text: str) -> tuple[Solutions, tuple[tuple[Ground, ...], ...]]:
    answer = MADE.query(text)
    assert isinstance(answer, Solutions)
    return answer, read_grounds(MADE, text, answer)


LABELS = ("names-of",)
"""queries whose rows hold labels of entities, which are no facts"""


@pytest.mark.parametrize(
    "query", [query for query in queries.load_queries() if query.name not in LABELS], ids=lambda query: query.name
)
def test_every_row_of_a_saved_query_rests_on_something(query: queries.SavedQuery) -> None:
    answer, grounds = ask(query.text)
    assert len(grounds) == len(answer.rows)
    assert [row for row, some in zip(answer.rows, grounds, strict=True) if not some] == []


def test_a_row_has_the_grounds_of_its_own_facts_and_of_no_other() -> None:
    text = PREFIXES + "SELECT ?part { ?fact a adc:Composition ; adc:component/skos:prefLabel ?part } ORDER BY ?part"
    answer, grounds = ask(text)
    of_part = {row[0].value: some for row, some in zip(answer.rows, grounds, strict=True) if row[0]}
    assert {(g.basis, g.source, g.quote) for g in of_part["DM1"]} >= {("stated", "late", "its payload, DM1")}
    assert not {g.quote for g in of_part["DM1"]} & {g.quote for g in of_part["xab"]}
    assert [(g.basis, g.source, g.quote) for g in of_part["SMCC"]] == [("reference", "a handbook", None)]


def test_a_count_rests_on_all_that_was_counted() -> None:
    text = PREFIXES + "SELECT ?a (COUNT(?f) AS ?n) { ?f a adc:Dosing ; adc:about/skos:prefLabel ?a } GROUP BY ?a"
    answer, (some, *_) = ask(text)
    assert answer.records()[0]["n"] == "3"
    assert len({(g.start, g.source) for g in some}) >= 2


def test_evidence_becomes_columns_one_row_for_each_ground() -> None:
    text = PREFIXES + "SELECT ?part { ?fact a adc:Composition ; adc:component/skos:prefLabel ?part } ORDER BY ?part"
    answer, grounds = ask(text)
    wide = with_grounds(answer, grounds)
    assert wide.variables == ("part", *COLUMNS)
    assert len(wide.rows) == sum(max(1, len(some)) for some in grounds)
    assert {"part": "SMCC", "evidence_basis": "reference", "evidence_source": "a handbook"} in wide.records()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ASK {}", "only the rows of a SELECT query"),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "computes all its columns"),
    ],
)
def test_what_has_no_evidence_is_told(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        read_grounds(MADE, text, Solutions(("n",), ()))


def test_a_row_that_rests_on_no_fact_has_no_grounds() -> None:
    _, grounds = ask("SELECT ?s { ?s a <https://w3id.org/adckg/ontology#Payload> }")
    assert set(grounds) == {()}
