"""The files of queries/ are as they should be: headers, parameters, plain SPARQL."""

from __future__ import annotations

import re

import pyoxigraph
import pytest
from rdflib.plugins.sparql import prepareQuery

from adckg import names, queries
from adckg.model import Basis, Entity, Fact, FactKind, Kind

SAVED = queries.load_queries("tables", "questions", "derive", "shortcuts")
each = pytest.mark.parametrize("query", SAVED, ids=lambda query: f"{query.path.parent.name}/{query.name}")


@each
def test_header_says_what_the_query_is_for(query: queries.SavedQuery) -> None:
    assert query.summary != query.name
    assert not query.summary.endswith(".")
    assert query.description.endswith(".")
    assert query.tags


@each
def test_parameters_are_documented_and_are_the_values_lines(query: queries.SavedQuery) -> None:
    lines = dict(re.findall(r"^\s*VALUES \?(\w+) \{ (.*) \}$", query.text, re.MULTILINE))
    assert set(lines) == {parameter.name for parameter in query.parameters}
    for parameter in query.parameters:
        assert parameter.description
        default = "UNDEF" if parameter.default is None else queries.render_term(parameter, parameter.default)
        assert lines[parameter.name] == default


@each
def test_query_is_plain_sparql_in_both_engines(query: queries.SavedQuery) -> None:
    prepareQuery(query.text)
    pyoxigraph.Store().query(query.text)
    bare = re.sub(r'"[^"]*"|<[^>]*>|#.*', "", query.text)
    assert not re.search(r"\b(GRAPH|FROM|SERVICE|NOT\s+EXISTS)\b", bare)


@each
def test_only_declared_prefixes_are_used_and_all_of_them(query: queries.SavedQuery) -> None:
    declared = dict(re.findall(r"^PREFIX (\w+): <(.*)>$", query.text, re.MULTILINE))
    body = re.sub(r'"[^"]*"|<[^>]*>|^(#|PREFIX).*', "", query.text, flags=re.MULTILINE)
    assert set(re.findall(r"(?<![\w?])(\w+):", body)) == set(declared)
    assert declared.items() <= names.prefixes().items()


@pytest.mark.parametrize("query", queries.load_queries(), ids=lambda query: query.name)
def test_rows_come_in_a_fixed_order(query: queries.SavedQuery) -> None:
    assert re.search(r"^ORDER BY ", query.text, re.MULTILINE)


def test_names_are_unique() -> None:
    found = [query.name for query in SAVED]
    assert len(found) == len(set(found))


def test_the_thirteen_tables_are_there() -> None:
    names_wanted = """
        names composition trials results doses safety roles partnerships regulatory corporate presentations
        indications evidence
    """
    assert {query.name for query in queries.load_queries("tables")} == set(names_wanted.split())


def test_inferred_facts_have_the_iri_that_python_gives_them() -> None:
    store = pyoxigraph.Store()
    vedotin, adc = Entity(Kind.PAYLOAD, "mmae", "MMAE"), Entity(Kind.ADC, "zu+mab.vedotin", "zumab vedotin-abcd")
    term, skos = names.ONTOLOGY, "http://www.w3.org/2004/02/skos/core#"
    store.update(
        f"""INSERT DATA {{
          <{names.entity_iri(adc)}> a <{term}AntibodyDrugConjugate> ; <{skos}prefLabel> "{adc.label}" .
          <{names.entity_iri(vedotin)}> a <{term}Payload> ; <{skos}prefLabel> "MMAE" .
          <urn:word> a <{term}NameWord> ; <{term}word> "vedotin" .
          <urn:word> <{term}impliesPayload> <{names.entity_iri(vedotin)}> .
        }}"""
    )
    (query,) = (query for query in SAVED if query.name == "composition-from-name")
    made = {str(triple.subject.value) for triple in store.query(query.text) if "fact" in triple.subject.value}
    fact = Fact(FactKind.COMPOSITION, (("about", adc), ("component", vedotin)), Basis.INFERRED)
    assert made == {names.fact_iri(fact)}
