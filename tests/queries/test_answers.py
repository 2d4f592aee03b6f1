"""Every saved query gives the same rows in rdflib and in pyoxigraph, and they are the expected ones.

`expected/made/NAME.csv` holds the answers on made.ttl, `expected/seeds/NAME.csv` those on the five seed documents.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pyoxigraph
import pytest
import rdflib

from adckg import queries, resources
from adckg.build import extract_to_graph, render_ontology
from adckg.export import write_store
from adckg.store import Store

HERE = Path(__file__).parent
SAVED = queries.load_queries()
Row = tuple[str, ...]


@cache
def engines(turtle: Path) -> tuple[pyoxigraph.Store, rdflib.Graph]:
    store = pyoxigraph.Store()
    store.bulk_load(path=str(turtle), format=pyoxigraph.RdfFormat.TURTLE)
    return store, rdflib.Graph().parse(turtle)


def rows_of_pyoxigraph(turtle: Path, text: str) -> list[Row]:
    solutions = engines(turtle)[0].query(text, use_default_graph_as_union=True)
    cells = [[row[variable] for variable in solutions.variables] for row in solutions]
    names = tuple(variable.value for variable in solutions.variables)
    return [names, *(tuple("" if cell is None else cell.value for cell in row) for row in cells)]


def rows_of_rdflib(turtle: Path, text: str) -> list[Row]:
    result = engines(turtle)[1].query(text)
    names = tuple(str(variable) for variable in result.vars or ())
    return [names, *(tuple("" if cell is None else str(cell) for cell in row) for row in result)]


def check(request: pytest.FixtureRequest, query: queries.SavedQuery, turtle: Path, expected: Path) -> None:
    rows = rows_of_pyoxigraph(turtle, query.text)
    assert rows == rows_of_rdflib(turtle, query.text), "the two engines differ"
    if request.config.getoption("--write-expected", default=False):
        expected.parent.mkdir(parents=True, exist_ok=True)
        with expected.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    if not expected.parent.exists():
        pytest.skip("no answers are expected yet: pytest tests/queries --write-expected")
    assert expected.exists(), "no expected answer yet: pytest tests/queries --write-expected"
    with expected.open(encoding="utf-8", newline="") as file:
        assert rows == [tuple(row) for row in csv.reader(file)]


@pytest.mark.parametrize("query", SAVED, ids=lambda query: query.name)
def test_answer_on_the_made_graph(request: pytest.FixtureRequest, query: queries.SavedQuery) -> None:
    check(request, query, HERE / "made.ttl", HERE / "expected" / "made" / f"{query.name}.csv")


@pytest.fixture(scope="session")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The five seed documents and the ontology; the vocabulary stays out, so that answers don't change as it grows."""
    path = tmp_path_factory.mktemp("seeds") / "seeds.ttl"
    graphs, _ = extract_to_graph([resources.folder("seeds") / "documents"])
    with Store.in_memory() as store:
        store.insert(graphs)
        store.insert(render_ontology())
        write_store(store, path, "turtle")
    return path


@pytest.mark.parametrize("query", SAVED, ids=lambda query: query.name)
def test_answer_on_the_seeds(request: pytest.FixtureRequest, query: queries.SavedQuery, seeds: Path) -> None:
    check(request, query, seeds, HERE / "expected" / "seeds" / f"{query.name}.csv")


@pytest.mark.parametrize(
    ("name", "arguments", "rows"),
    [
        ("adcs-by-parts", {"linker": "SMCC"}, 1),
        ("adcs-by-parts", {"target": "HER2", "payload": "DM1", "stage": "Phase 3", "as_of": "2014-01-01"}, None),
        ("adcs-by-parts", {"stage": "Phase 3", "as_of": "2010-06-01"}, 0),
        ("adcs-for-disease", {"adc": "xabtansine", "stage": "Phase 1"}, None),
        ("against-control", {"outcome": "PFS"}, 0),
        ("best-response", {"outcome": "ORR"}, 1),
        ("names-of", {"adc": "xabtansine"}, 2),
        ("parts-of", {"adc": "xabtansine"}, None),
        ("portfolio-of", {"adc": "xabtansine", "role": "developer"}, 1),
        ("presented-at", {"meeting": "ASCO"}, None),
        ("regulatory-by-kind", {"adc": "xabtansine", "regulator": "FDA", "kind": "approval"}, 1),
        ("survival", {"outcome": "OS"}, 1),
        ("trials-by-status", {"adc": "xabtansine", "status": "ongoing"}, 1),
        ("trials-of", {"adc": "xabtansine", "stage": "Phase 3"}, None),
    ],
)
def test_parameters_narrow_the_answer_alike_in_both_engines(
    name: str, arguments: dict[str, str], rows: int | None
) -> None:
    query = queries.load_query(name)
    text, made = query.bind(arguments), HERE / "made.ttl"
    narrowed = rows_of_pyoxigraph(made, text)
    assert narrowed == rows_of_rdflib(made, text)
    assert len(narrowed) - 1 == rows if rows is not None else len(narrowed) > 1
