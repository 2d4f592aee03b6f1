"""The graph from Python; and docs/python.md tells the truth."""

from __future__ import annotations

import doctest
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas
import polars
import pytest
import rdflib

import adckg
from adckg import KnowledgeGraph, resources
from adckg.build import build
from adckg.errors import QueryError, StoreError, UnknownQueryError

ROOT = Path(__file__).resolve().parents[1]
MADE = ROOT / "tests" / "queries" / "made.ttl"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `adckg build` has been run."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "build").mkdir()
    documents = resources.folder("seeds") / "documents"
    build([documents], store=folder / "build" / "store", turtle=folder / "build" / "adckg.ttl")
    return folder


@pytest.fixture(scope="module")
def made() -> Iterator[KnowledgeGraph]:
    with KnowledgeGraph.load(MADE) as graph:
        yield graph


def test_the_examples_of_the_documentation(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built)
    found = doctest.testfile(
        str(ROOT / "docs" / "python.md"), module_relative=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL
    )
    assert found.attempted > 20
    assert not found.failed


def test_the_notebook_runs_and_shows_what_it_did(built: Path, tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    shutil.copytree(built / "build", tmp_path / "build")
    notebook = nbformat.read(ROOT / "docs" / "tour.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 5
    assert any("text/html" in output.get("data", {}) for cell in code for output in cell.outputs)


def test_the_package_has_no_other_names_than_it_says() -> None:
    assert adckg.KnowledgeGraph is KnowledgeGraph
    with pytest.raises(AttributeError, match="no attribute 'Store'"):
        adckg.Store  # noqa: B018


def test_rows_are_typed(made: KnowledgeGraph) -> None:
    (row,) = made.query("best-response", outcome="ORR")
    assert (row.value, row.numerator, row.dose) == (Decimal("44.4"), 4, "3.6 mg/kg")
    assert made.query("what-is-new", since=date(2011, 1, 1))[0].first_said == date(2013, 12, 31)


def test_several_names_can_be_given(made: KnowledgeGraph) -> None:
    one, other = made.query("linkers", linker="SMCC"), made.query("linkers", linker="engineered linker")
    assert list(made.query("linkers", linker=["SMCC", "engineered linker"])) == sorted([*one, *other])
    with pytest.raises(QueryError, match="since takes one value, not 2"):
        made.query("what-is-new", since=["2011-01-01", "2012-01-01"])
    with pytest.raises(QueryError, match="linker takes one value, not 0"):
        made.query("linkers", linker=[])


def test_rows_are_a_sequence(made: KnowledgeGraph) -> None:
    rows = made.query("doses")
    assert (len(rows), rows[-1], rows[:2]) == (3, list(rows)[2], list(rows)[:2])
    assert repr(rows) == "<3 rows of adc, value, unit, role, schedule, basis>"
    assert str(rows).endswith("3 rows\n")
    assert rows.render("csv").startswith("adc,value,unit")
    assert "<th>adc</th>" in rows._repr_html_()


def test_text_from_the_graph_is_no_html() -> None:
    with KnowledgeGraph.load(MADE) as graph:
        rows = graph.sparql("SELECT ('<script>' AS ?x) {}")
        assert not isinstance(rows, (bool, rdflib.Graph))
        assert "<script>" not in rows._repr_html_()


def test_columns_that_are_no_names_in_python(made: KnowledgeGraph) -> None:
    rows = made.sparql("SELECT ?class ?b { VALUES (?class ?b) { (1 2) } }")
    assert not isinstance(rows, (bool, rdflib.Graph))
    assert (rows[0][0], rows[0].b, rows.to_dicts()) == (1, 2, [{"class": 1, "b": 2}])


@pytest.mark.parametrize("name", [query.name for query in KnowledgeGraph.queries()])
def test_every_saved_query_makes_data_frames(made: KnowledgeGraph, name: str) -> None:
    rows = made.query(name)
    frame, polar = rows.to_pandas(), rows.to_polars()
    assert isinstance(frame, pandas.DataFrame)
    assert isinstance(polar, polars.DataFrame)
    assert len(frame) == len(polar) == len(rows)
    assert list(frame.columns) == polar.columns == list(rows.columns)


def test_dates_of_different_exactness_can_share_a_column(made: KnowledgeGraph) -> None:
    text = """PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
      SELECT ?d { VALUES ?d { "2012"^^xsd:gYear "2012-06-01"^^xsd:date UNDEF } }"""
    rows = made.sparql(text)
    assert not isinstance(rows, (bool, rdflib.Graph))
    assert rows.to_polars()["d"].to_list() == ["2012", "2012-06-01", None]


def test_construct_gives_a_graph_and_ask_the_truth(made: KnowledgeGraph) -> None:
    graph = made.sparql("CONSTRUCT { ?s a ?o } WHERE { ?s a ?o }")
    assert isinstance(graph, rdflib.Graph)
    assert len(graph)
    assert made.sparql("ASK { ?s ?p ?o }") is True


@pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated")  # rdflib's own code still uses it
def test_the_graph_in_rdflib_answers_alike(built: Path) -> None:
    with KnowledgeGraph.open(built / "build" / "store") as graph:
        text = adckg.api.load_query("doses").text
        assert [tuple(map(str, row)) for row in graph.graph.query(text) if None not in row] == [
            tuple(map(str, row)) for row in graph.query("doses") if None not in row
        ]


def test_a_card_is_drawn(made: KnowledgeGraph) -> None:
    drawn = str(made.show("Xabra"))
    assert drawn.startswith("xabtansine\n")
    assert "payload: DM1" in drawn


def test_mistakes_are_told(made: KnowledgeGraph, tmp_path: Path) -> None:
    with pytest.raises(UnknownQueryError, match="did you mean pipeline"):
        made.query("pipelin")
    with pytest.raises(QueryError, match="no parameter 'drug'"):
        made.query("pipeline", drug="x")
    with pytest.raises(QueryError, match="the formats are table"):
        made.query("doses").render("pdf")
    with pytest.raises(StoreError, match="no store here"), KnowledgeGraph.open(tmp_path / "none") as graph:
        graph.query("doses")
