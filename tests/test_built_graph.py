"""The graph of the five seed documents, built as a user builds it: identities, conformance, exports, bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest
import rdflib

from adckg import names, resources, validate
from adckg.build import build
from adckg.export import FORMATS, write_store
from adckg.store import Format, Solutions, Store

DOCUMENTS = resources.folder("seeds") / "documents"
ADCKG = (sys.executable, "-c", "from adckg.cli import main; main()")
PREFIXES = f"PREFIX adc: <{names.ONTOLOGY}> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    report = build([DOCUMENTS], store=folder / "store", turtle=folder / "adckg.ttl")
    assert report.violations == ()
    return folder


@pytest.fixture(scope="module")
def store(built: Path) -> Iterator[Store]:
    with Store.open(built / "store", read_only=True) as opened:
        yield opened


def column(store: Store, query: str) -> list[str]:
    answer = store.query(PREFIXES + query)
    assert isinstance(answer, Solutions)
    return sorted({next(iter(row.values())) for row in answer.records()})


def test_everything_conforms_reference_and_derived_graphs_too(store: Store) -> None:
    assert [(v.check, v.focus, v.message) for v in validate.check_store(store)] == []


def bearers(store: Store, name: str) -> list[str]:
    return column(store, f'SELECT ?thing WHERE {{ ?thing skos:prefLabel|skos:altLabel "{name}" }}')


def test_a_naked_antibody_is_no_adc(store: Store) -> None:
    (antibody,) = bearers(store, "AVE1642")
    classes = column(store, f"SELECT ?class WHERE {{ <{antibody}> a ?class }}")
    assert classes == [names.term("Antibody")]
    assert column(store, f"SELECT ?fact WHERE {{ ?fact adc:about <{antibody}> }}") == []


def test_antibody_payload_and_conjugate_are_three_things(store: Store) -> None:
    things = [bearers(store, name) for name in ("trastuzumab", "DM1", "T-DM1")]
    assert [len(thing) for thing in things] == [1, 1, 1]
    assert len({thing[0] for thing in things}) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sanofi-aventis", "Sanofi"),
        ("Tumor-Activated Prodrug", "Targeted Antibody Payload"),
        ("T-DM1", "Kadcyla"),
        ("T-DM1", "trastuzumab emtansine"),
    ],
)
def test_two_names_of_one_thing_are_one(store: Store, one: str, other: str) -> None:
    assert bearers(store, one) == bearers(store, other)
    assert len(bearers(store, one)) == 1


def test_every_stated_fact_has_words_that_stand_where_it_says(store: Store) -> None:
    answer = store.query(
        PREFIXES
        + "PREFIX oa: <http://www.w3.org/ns/oa#> SELECT ?fact ?text ?quote ?start ?end WHERE {"
        + ' ?fact adc:basis "stated" OPTIONAL { ?fact adc:evidence ?evidence . ?evidence oa:hasSource ?document ;'
        + " oa:hasSelector ?passage . ?document adc:text ?text . ?passage oa:exact ?quote ; oa:start ?start ; oa:end ?end } }"
    )
    assert isinstance(answer, Solutions)
    rows = answer.records()
    assert len(rows) > 100
    assert [row["fact"] for row in rows if "quote" not in row] == []
    assert [r["quote"] for r in rows if r["text"][int(r["start"]) : int(r["end"])] != r["quote"]] == []


def triples(path: Path, form: Format) -> set[tuple[str, str, str]]:
    """What rdflib reads in a file, as a set of triples without blank nodes."""
    dataset = rdflib.Dataset(default_union=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of rdflib's parsers, about rdflib's datasets
        wanted = {"ntriples": "nt", "jsonld": "json-ld", "rdfxml": "xml"}.get(form, form)
        dataset.parse(data=path.read_bytes(), format=wanted)
    return {(s.n3(), p.n3(), o.n3()) for s, p, o, _ in dataset.quads() if not isinstance(s, rdflib.BNode)}


def quads(path: Path, form: pyoxigraph.RdfFormat) -> set[str]:
    return {str(quad.triple) for quad in pyoxigraph.parse(path=str(path), format=form)}


def test_every_export_holds_the_same_statements_for_rdflib_and_pyoxigraph(store: Store, tmp_path: Path) -> None:
    formats = {
        "turtle": pyoxigraph.RdfFormat.TURTLE,
        "trig": pyoxigraph.RdfFormat.TRIG,
        "ntriples": pyoxigraph.RdfFormat.N_TRIPLES,
        "nquads": pyoxigraph.RdfFormat.N_QUADS,
        "jsonld": pyoxigraph.RdfFormat.JSON_LD,
        "rdfxml": pyoxigraph.RdfFormat.RDF_XML,
    }
    by_rdflib, by_pyoxigraph = [], []
    for name, writer in FORMATS.items():
        path = tmp_path / f"graph{writer.extension}"
        write_store(store, path, name, without={names.ONTOLOGY_GRAPH})
        by_rdflib.append(triples(path, name))
        by_pyoxigraph.append(quads(path, formats[name]))
    assert len(by_rdflib[0]) == len(by_pyoxigraph[0]) > 10_000
    assert all(found == by_rdflib[0] for found in by_rdflib)
    assert all(found == by_pyoxigraph[0] for found in by_pyoxigraph)


def test_the_turtle_file_is_the_export(built: Path, store: Store, tmp_path: Path) -> None:
    write_store(store, tmp_path / "again.ttl", "turtle", without={names.ONTOLOGY_GRAPH})
    assert (tmp_path / "again.ttl").read_bytes() == (built / "adckg.ttl").read_bytes()


@pytest.mark.parametrize(("jobs", "seed"), [(1, "1"), (2, "2")])
def test_two_builds_in_another_order_and_process_count_give_the_same_bytes(
    built: Path, tmp_path: Path, jobs: int, seed: str
) -> None:
    documents = sorted(map(str, DOCUMENTS.iterdir()), reverse=True)
    command = [*ADCKG, "build", *documents, "--jobs", str(jobs)]
    options = ["--store", str(tmp_path / "store"), "--turtle", str(tmp_path / "adckg.ttl")]
    subprocess.run([*command, *options], check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed})
    assert (tmp_path / "adckg.ttl").read_bytes() == (built / "adckg.ttl").read_bytes()


def test_an_answer_as_json_is_what_the_scorer_reads(built: Path) -> None:
    command = [*ADCKG, "query", "composition", "--format", "json"]
    done = subprocess.run([*command, "--data", str(built / "adckg.ttl")], check=True, capture_output=True)
    answer = json.loads(done.stdout)
    assert answer["head"]["vars"] == ["adc", "part", "component", "basis"]
    assert {row["basis"]["value"] for row in answer["results"]["bindings"]} == {"stated", "reference", "inferred"}
