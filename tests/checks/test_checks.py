"""The check queries, one example at a time: each finds what it is for, and only that, in rdflib and in pyoxigraph."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph
import pytest
import yaml
from rdflib import Dataset

from adckg import resources

HERE = Path(__file__).parent
BASE = "https://w3id.org/adckg/"
CHECKS = {path.stem: path.read_text(encoding="utf-8") for path in resources.files("queries", "checks/*.rq")}
COLUMNS = ("focus", "path", "value", "message")
pytestmark = pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph).*deprecated:DeprecationWarning")
Row = tuple[str | None, ...]


def example(kind: str, name: str) -> Path:
    """Return the example of a check: Turtle, or TriG where named graphs matter."""
    return next((HERE / kind).glob(f"{name}.t*"))


def answer(query: str, path: Path) -> list[Row]:
    """Return the rows of a check over the union of all graphs."""
    store = pyoxigraph.Store()
    store.load(path=path)
    solutions = store.query(query, use_default_graph_as_union=True)
    names = [variable.value for variable in solutions.variables]
    return [tuple(getattr(row[name], "value", None) for name in names) for row in solutions]


def answer_in_rdflib(query: str, path: Path) -> list[Row]:
    """Return the rows of a check over the union of all graphs, as rdflib has them."""
    dataset = Dataset(default_union=True)
    dataset.parse(data=path.read_text(encoding="utf-8"), format="trig")
    result = dataset.query(query)
    return [tuple(None if row[name] is None else str(row[name]) for name in map(str, result.vars)) for row in result]


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_finds_nothing_in_its_valid_example(name: str) -> None:
    assert answer(CHECKS[name], example("valid", name)) == []


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_finds_what_its_invalid_example_says(name: str) -> None:
    path = example("invalid", name)
    expected = {BASE + focus for focus in re.findall(r"^# finds: <(.+)>$", path.read_text(encoding="utf-8"), re.M)}
    found = [row[0] for row in answer(CHECKS[name], path)]
    assert expected
    assert set(found) == expected
    assert len(found) == len(expected), "one fault is reported twice"


@pytest.mark.parametrize("kind", ["valid", "invalid"])
@pytest.mark.parametrize("name", CHECKS)
def test_a_check_finds_the_same_nodes_in_both_engines(name: str, kind: str) -> None:
    path = example(kind, name)
    in_rdflib = [row[:1] for row in answer_in_rdflib(CHECKS[name], path)]
    assert in_rdflib == [row[:1] for row in answer(CHECKS[name], path)]


@pytest.mark.parametrize("kind", ["valid", "invalid"])
@pytest.mark.parametrize("name", CHECKS)
def test_no_other_check_finds_anything_in_the_example_of_a_check(name: str, kind: str) -> None:
    others = {other for other, query in CHECKS.items() if other != name and answer(query, example(kind, name))}
    assert others == set()


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_says_what_is_wrong_how_bad_it_is_and_what_to_do(name: str) -> None:
    header = yaml.safe_load("\n".join(re.findall(r"^#\+ ?(.*)$", CHECKS[name], re.M)))
    assert set(header) == {"summary", "description", "severity", "message", "remedy", "tags", "parameters"}
    assert header["severity"] in ("violation", "warning", "info")
    assert header["tags"] == ["check"]
    for key in ("description", "message", "remedy"):
        assert re.fullmatch(r"[A-Z].{15,}[.]", header[key], re.DOTALL), f"{key} is no sentence"


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_selects_a_focus_and_whatever_else_a_violation_holds(name: str) -> None:
    selected = re.search(r"^SELECT DISTINCT (.+)$", CHECKS[name], re.M)
    assert selected
    variables = [variable.removeprefix("?") for variable in selected[1].split()]
    assert variables[0] == "focus"
    assert variables == [column for column in COLUMNS if column in variables]


def test_every_example_is_of_a_check() -> None:
    for kind in ("valid", "invalid"):
        assert {path.stem for path in (HERE / kind).iterdir()} == set(CHECKS)
