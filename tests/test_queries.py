"""Saved queries: names, parameters, binding, answers in every format."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib.plugins.sparql.parser import parseQuery

from adckg import queries
from adckg.errors import QueryError, UnknownQueryError
from adckg.model import Kind
from adckg.parameters import Parameter, render_term, resolve
from adckg.store import Solutions, Store

MADE = Path(__file__).parent / "queries" / "made.ttl"


@pytest.fixture(scope="module")
def made() -> Store:
    return Store.load(MADE)


def answer(made: Store, name: str, **arguments: object) -> list[dict[str, str]]:
    rows = queries.run(made, queries.load_query(name), arguments)
    assert isinstance(rows, Solutions)
    return rows.records()


def test_an_unknown_query_comes_with_the_nearest_names() -> None:
    with pytest.raises(UnknownQueryError, match="did you mean pipeline") as caught:
        queries.load_query("pipelin")
    assert caught.value.nearest == ("pipeline",)


def test_as_of_takes_what_was_said_up_to_and_including_that_day(made: Store) -> None:
    def phases(day: str) -> list[str | None]:
        rows = answer(made, "adcs-by-payload", payload="DM1", as_of=day)
        return [row.get("phase") for row in rows if row["adc"] == "xabtansine"]

    assert phases("2010-04-30") == [None]
    assert phases("2010-05-01") == ["Phase 1"]
    assert phases("2013-12-31") == ["Phase 3"]


def test_since_takes_what_no_earlier_document_says(made: Store) -> None:
    rows = answer(made, "what-is-new", since="2011-01-01", adc="xabtansine")
    assert {row["first_said"] for row in rows} == {"2013-12-31"}
    assert "Bigpharma" not in {row["value"] for row in rows}, "the early document says who develops it"


def test_any_name_of_an_entity_will_do(made: Store) -> None:
    by_label = answer(made, "trials-of", adc="xabtansine")
    assert by_label
    assert {row["adc"] for row in by_label} == {"xabtansine"}
    assert answer(made, "trials-of", adc="ex-1") == answer(made, "trials-of", adc="XABRA®") == by_label


def test_a_name_of_the_vocabulary_that_the_source_lacks_answers_nothing(made: Store) -> None:
    assert answer(made, "trials-of", adc="Kadcyla") == []


def test_a_name_that_nobody_bears_is_told_with_the_nearest(made: Store) -> None:
    with pytest.raises(QueryError, match="no ADC is called 'Xabre': did you mean Xabra"):
        resolve(made, Kind.ADC, "Xabre")


def test_a_name_that_two_bear_is_told_with_both(tmp_path: Path) -> None:
    path = tmp_path / "two.ttl"
    path.write_text(
        MADE.read_text()
        + '<urn:two> a adc:AntibodyDrugConjugate ; skos:prefLabel "xabtansine II" ; skos:altLabel "EX 1" .'
    )
    with pytest.raises(QueryError, match="'EX-1' can be more than one ADC: xabtansine or xabtansine II"):
        resolve(Store.load(path), Kind.ADC, "EX-1")


def test_a_cleavable_linker_is_any_that_is_known_to_be_cleavable(tmp_path: Path) -> None:
    path = tmp_path / "cleavable.ttl"
    path.write_text(MADE.read_text() + "<https://w3id.org/adckg/id/linker/smcc> adc:cleavable false .")
    with Store.load(path) as known:
        assert {row["link"] for row in answer(known, "adcs-by-parts", linker="non-cleavable linker")} == {"SMCC"}
        assert answer(known, "adcs-by-parts", linker="cleavable linker") == []


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("pipeline", {"as_of": "June 2012"}, "it takes a day, such as 2012-06-30"),
        ("pipeline", {"as-of": "2012-06-31"}, "it takes a day"),
        ("pipeline", {"phase": "Phase 9"}, "it is one of Preclinical, Phase 0"),
        ("pipeline", {"phas": "Phase 1"}, "no parameter 'phas': did you mean phase?"),
        ("trials", {"adc": "x"}, "no parameter 'adc': there are none"),
    ],
)
def test_a_wrong_parameter_is_told_in_one_line(name: str, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(QueryError, match=re.escape(message)) as caught:
        queries.load_query(name).bind(arguments)
    assert "\n" not in str(caught.value)


def test_a_closed_set_takes_any_spelling() -> None:
    assert 'VALUES ?phase { "Phase 1/2" }' in queries.load_query("pipeline").bind({"phase": "phase 1/2"})


HOLDER = """#+ summary: Give back
#+ parameters:
#+   - {name: text, type: text, description: a text}
#+   - {name: other, type: text, description: another}
SELECT ?text ?other WHERE {
  VALUES ?text { UNDEF }
  VALUES ?other { UNDEF }
}
"""


def nasty() -> st.SearchStrategy[str]:
    pieces = [
        '"',
        "'",
        "\\",
        "{",
        "}",
        "#",
        "\n",
        "\r",
        "\t",
        "> .",
        "?text",
        "UNDEF",
        "VALUES ?other { UNDEF }",
        "＂",
        "\\u0022",
    ]
    return st.lists(st.sampled_from(pieces) | st.text(max_size=5), max_size=8).map("".join)


@given(nasty(), nasty())
def test_no_text_breaks_out_of_a_parameter(text: str, other: str) -> None:
    query = queries.parse_query(HOLDER, Path("holder.rq"))
    try:
        bound = query.bind({"text": text, "other": other})
    except QueryError:
        assert re.search(r"\\[uU]", text + "\n" + other)
        return
    (row,) = list(pyoxigraph.Store().query(bound))
    assert (row["text"].value, row["other"].value) == (text, other)
    parseQuery(bound)


@pytest.mark.parametrize(
    ("type_", "value", "term"),
    [
        ("integer", "21", '"21"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("decimal", "3.6", '"3.6"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
        ("date", "2012-06-30", '"2012-06-30"^^<http://www.w3.org/2001/XMLSchema#date>'),
        ("iri", "https://example.org/a", "<https://example.org/a>"),
        ("text", 'a "b"', r'"a \"b\""'),
    ],
)
def test_values_become_terms_of_their_type(type_: str, value: str, term: str) -> None:
    assert render_term(Parameter("x", type_, ""), value) == term


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("integer", "2.5"),
        ("integer", "٣"),
        ("decimal", "1e3"),
        ("decimal", ""),
        ("iri", "DM4"),
        ("iri", "urn:a> ."),
        ("text", "\ud800"),
    ],
)
def test_values_of_another_type_are_refused(type_: str, value: str) -> None:
    with pytest.raises(QueryError, match=r"^x can't be "):
        render_term(Parameter("x", type_, ""), value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#+ summary: [\nASK {}", "header"),
        ("#+ parameters: [{name: x, type: colour, description: y}]\nASK {}", "no such type of parameter: colour"),
        ("#+ parameters: [{name: x, type: text, description: y}]\nASK {}", "needs a line `VALUES ?x"),
    ],
)
def test_a_malformed_header_is_told(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=re.escape(message)):
        queries.parse_query(text, Path("x.rq"))
