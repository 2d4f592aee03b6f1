"""What is read of a query's text is what engines read of it."""

from __future__ import annotations

import pyoxigraph
import pytest
from rdflib.plugins.sparql import prepareQuery

from adckg import queries, sparql

SAVED = queries.load_queries()
STORE = pyoxigraph.Store()
STORE.load(
    b"".join(b"<urn:%d> <urn:p%d> <urn:%d> .\n" % (n, n % 3, n % 7) for n in range(50)),
    format=pyoxigraph.RdfFormat.N_TRIPLES,
)


def rows(text: str) -> list[str]:
    return sorted(str(row) for row in STORE.query(text))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o }",
        "SELECT * { ?s ?p ?o } # the end",
        "SELECT * WHERE { ?s ?p ?o } ORDER BY DESC(?s) OFFSET 3",
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p HAVING (COUNT(*) > 1) VALUES ?p { <urn:p1> <urn:p2> }",
        "SELECT * { ?s ?p ?o } VALUES (?p ?o) { (<urn:p1> UNDEF) }",
        "SELECT * { { SELECT * { ?s ?p ?o } LIMIT 40 } FILTER(?s != <urn:1>) } LIMIT 30",
        "SELECT * { ?s ?p ?o BIND('} LIMIT 1' AS ?x) }",
        "PREFIX limit: <urn:> SELECT * { ?limit limit:p1 ?o }",
        "SELECT * { ?s ?p ?o FILTER(1<2&&3>2) }",
        'SELECT * { ?s ?p ?o BIND("""a "quoted" } text""" AS ?x) }',
    ],
)
@pytest.mark.parametrize("most", [1, 5, 1000])
def test_rows_are_limited_and_are_else_the_same(text: str, most: int) -> None:
    limited = sparql.limit_rows(text, most)
    prepareQuery(limited)
    assert len(rows(limited)) == min(most, len(rows(text)))
    assert set(rows(limited)) <= set(rows(text))


@pytest.mark.parametrize("text", ["CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_a_construct_is_limited_by_its_solutions(text: str) -> None:
    assert len(rows(sparql.limit_rows(text, 5))) == 5


@pytest.mark.parametrize("text", ["", "}", "SELECT", "SELECT * {", "ASK {}", "# nothing", "DROP ALL", "\x00"])
def test_what_has_no_rows_is_left_as_it_is(text: str) -> None:
    assert sparql.limit_rows(text, 5) == text or text == "SELECT"


@pytest.mark.parametrize("query", SAVED, ids=lambda query: query.name)
def test_the_columns_of_saved_queries_are_those_of_their_answers(query: queries.SavedQuery) -> None:
    assert sparql.columns(query.text) == tuple(v.value for v in STORE.query(query.text).variables)


@pytest.mark.parametrize("query", SAVED, ids=lambda query: query.name)
def test_all_behind_the_rows_of_saved_queries_can_be_asked(query: queries.SavedQuery) -> None:
    behind = sparql.ask_behind(query.text)
    assert behind
    more, variables = behind
    assert set(variables.values()) <= {v.value for v in STORE.query(more).variables}
    assert not sparql.calls_others(query.text)
