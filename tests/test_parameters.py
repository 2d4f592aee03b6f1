"""Parameters: what is given for them stays a value, whatever it looks like; names are found in any spelling."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib.plugins.sparql import prepareQuery

from adckg import queries, sparql
from adckg.errors import QueryError
from adckg.model import Kind
from adckg.parameters import CLOSED, TYPES, Parameter, load_concepts, render_term, resolve
from adckg.store import Store

MADE = Store.load(Path(__file__).parent / "queries" / "made.ttl")
NAMED = [
    (query, parameter)
    for query in queries.load_queries()
    for parameter in query.parameters
    if (parameter.type == "text" or (parameter.kind and parameter.kind not in CLOSED)) and not parameter.values
]
PIECES = [
    '"', "'", '"""', "'''", "\\", "{", "}", "(", ")", "#", "# \n", "\n", "\r", "\t", "\0", "> .", "<urn:x>", "?adc", "$adc",
    "UNDEF", "VALUES ?other { UNDEF }", '" } UNION { ?s ?p ?o } #', '"@en', '"^^<urn:x>', "\\u0022", "\\U00000022",
    "＂", "”", "＇", "｝", "\u2028", "\u200b", "\u202e", "İ", "ﬁ", "Ⅱ", "T-DM1",
]  # fmt: skip
NASTY = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=8).map("".join)


def shape(text: str) -> list[str]:
    """The tokens of a query, but for the strings in it."""
    return [token.text if token.kind != "string" else '""' for token in sparql.tokens(text)]


@given(st.sampled_from(NAMED), NASTY)
def test_no_text_changes_the_shape_of_a_query(chosen: tuple[queries.SavedQuery, Parameter], text: str) -> None:
    query, parameter = chosen
    try:
        bound = query.bind({parameter.name: text})
    except QueryError:
        assert re.search(r"\\[uU]", text) or not text.isprintable() or any(0xD800 <= ord(c) < 0xE000 for c in text)
        return
    assert shape(bound) == shape(query.bind({parameter.name: "plain"}))
    prepareQuery(bound)
    pyoxigraph.Store().query(bound)


@given(NASTY)
def test_a_text_comes_back_from_the_engine_as_it_was(text: str) -> None:
    try:
        term = render_term(Parameter("x", "text", ""), text)
    except QueryError:
        return
    (row,) = list(pyoxigraph.Store().query(f"SELECT ?x WHERE {{ VALUES ?x {{ {term} }} }}"))
    assert row["x"].value == text


@given(st.sampled_from([kind for kind in Kind if kind not in CLOSED]), NASTY)
def test_a_name_is_resolved_to_a_label_or_refused(kind: Kind, text: str) -> None:
    try:
        said = resolve(MADE, kind, text)
    except QueryError as error:
        said = str(error)
    assert said
    assert "\n" not in said


@given(st.sampled_from(["date", "integer", "decimal", "iri", "phase", "role-kind"]), NASTY)
def test_values_of_other_types_are_checked_not_escaped(type_: str, text: str) -> None:
    try:
        term = render_term(Parameter("x", type_, ""), text)
    except QueryError:
        return
    assert re.fullmatch(r'"[\w/. +-]*"(\^\^<\S+>)?|<[^<>"{}|^`\\\s]+>', term)


@pytest.mark.parametrize("kind", CLOSED)
def test_closed_sets_are_those_of_the_ontology_by_any_of_their_names(kind: Kind) -> None:
    concepts = load_concepts(kind)
    assert len(concepts) > 3
    for label, others in concepts.items():
        assert {resolve(MADE, kind, name) for name in (label, label.upper(), *others)} == {label}


def test_phases_go_by_roman_and_arabic_numbers() -> None:
    spellings = ["Phase 2", "phase II", "2", "ii", "PHASE-2"]
    assert {resolve(MADE, Kind.PHASE, said) for said in spellings} == {"Phase 2"}
    assert resolve(MADE, Kind.PHASE, "I/II") == "Phase 1/2"


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_says_what_it_takes(type_: str) -> None:
    assert Parameter("x", type_, "").takes


def test_what_a_parameter_takes_is_said_in_words() -> None:
    assert Parameter("x", "adc", "").takes == "name of an ADC"
    assert Parameter("x", "payload", "").takes == "name of a payload"
    assert Parameter("x", "text", "", values=("a", "b")).takes == "a | b"
    assert "Phase 1/2 | " in Parameter("x", "phase", "").takes


def test_a_name_that_two_entities_of_the_vocabulary_bear_is_told_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    from adckg import vocabulary

    known = vocabulary.load_vocabulary()
    bearers = known._names[vocabulary.fold("Kadcyla")[0]]
    other = known.get(Kind.ADC, "brentuximab-vedotin")
    monkeypatch.setitem(known._names, vocabulary.fold("Kadcyla")[0], [*bearers, (other, None)])
    with pytest.raises(QueryError, match="'Kadcyla' can be more than one ADC: brentuximab vedotin or trastuzumab"):
        resolve(MADE, Kind.ADC, "Kadcyla")
