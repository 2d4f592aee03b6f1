"""Answers in every format."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph
import pytest

from adckg import answers
from adckg.errors import QueryError
from adckg.model import PartialDate
from adckg.sources import ask
from adckg.store import Solutions, Store, Term

MADE = Path(__file__).parent / "queries" / "made.ttl"
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.fixture(scope="module")
def made() -> Store:
    return Store.load(MADE)


@pytest.fixture(scope="module")
def rows(made: Store) -> Solutions:
    return ask(
        made,
        """SELECT ?a ?b ?c ?d WHERE { VALUES (?a ?b ?c ?d) {
             (<urn:x> "plain" 3.5 UNDEF) (<urn:y> "a|b\\n<\\"c\\">,\\t&" "de"@de "2012-06-30"^^<http://www.w3.org/2001/XMLSchema#date>)
           } } ORDER BY ?a""",
    )


def test_csv(rows: Solutions) -> None:
    assert list(csv.reader(io.StringIO(answers.render_answer(rows, "csv"), newline=""))) == [
        ["a", "b", "c", "d"],
        ["urn:x", "plain", "3.5", ""],
        ["urn:y", 'a|b\n<"c">,\t&', "de", "2012-06-30"],
    ]


def test_tsv(rows: Solutions) -> None:
    head, first, second = answers.render_answer(rows, "tsv").splitlines()
    assert head == "?a\t?b\t?c\t?d"
    assert first == '<urn:x>\t"plain"\t"3.5"^^<http://www.w3.org/2001/XMLSchema#decimal>\t'
    assert second.split("\t")[1:3] == [r'"a|b\n<\"c\">,\t&"', '"de"@de']


@pytest.mark.parametrize("form", ["json", "xml"])
def test_json_and_xml_are_read_back_as_they_were(form: str, rows: Solutions) -> None:
    written = answers.render_answer(rows, form)
    formats = {"json": pyoxigraph.QueryResultsFormat.JSON, "xml": pyoxigraph.QueryResultsFormat.XML}
    back = pyoxigraph.parse_query_results(written.encode(), formats[form])
    assert [[None if row[v] is None else row[v].value for v in back.variables] for row in back] == [
        [None if cell is None else cell.value for cell in row] for row in rows.rows
    ]
    if form == "json":
        assert json.loads(written)["head"]["vars"] == ["a", "b", "c", "d"]
    else:
        assert ElementTree.fromstring(written).tag.endswith("sparql")


def test_markdown(rows: Solutions) -> None:
    assert answers.render_answer(rows, "markdown").splitlines()[-1] == r'| urn:y | a\|b <"c">, & | de | 2012-06-30 |'


def test_table_counts_its_rows(rows: Solutions) -> None:
    assert answers.render_answer(rows, "table", width=40).splitlines()[-1] == "2 rows"


def test_an_unknown_format_is_told() -> None:
    with pytest.raises(QueryError, match="did you mean json"):
        answers.render_answer(Solutions((), ()), "jsn")


WIDE = Solutions(
    ("drug", "phase", "nothing", "words"),
    ((Term("literal", "zumab vedotin"), Term("literal", "Phase 1"), None, Term("literal", "one two three " * 9)),),
)


def test_a_table_is_folded_to_its_width() -> None:
    lines = answers.render_answer(WIDE, "table", width=70).splitlines()
    assert max(map(len, lines)) <= 70
    assert lines[0].split() == ["drug", "phase", "nothing", "words"]


def test_rows_too_wide_for_a_table_are_drawn_upright() -> None:
    lines = answers.render_answer(WIDE, "table", width=40).splitlines()
    assert max(map(len, lines)) <= 40
    assert lines[0].split() == ["drug", "zumab", "vedotin"]
    assert not any("nothing" in line for line in lines), "an empty cell takes no line"
    assert lines[-1] == "1 row"


def test_notes_stand_under_their_rows() -> None:
    rows = Solutions(("a",), ((Term("literal", "x"),), (Term("literal", "y"),)))
    drawn = answers.render_answer(rows, "table", notes=[["because of x"], []]).splitlines()
    assert [line.strip() for line in drawn[2:5]] == ["x", "because of x", "y"]


@pytest.mark.parametrize("form", answers.FORMATS)
def test_no_rows_and_no_columns_can_be_written(form: str) -> None:
    assert answers.render_answer(Solutions(("a",), ()), form, width=80)
    assert answers.render_answer(Solutions((), ((),)), form, width=80)


@pytest.mark.parametrize(
    ("datatype", "text", "value"),
    [
        ("integer", "21", 21),
        ("decimal", "3.60", Decimal("3.60")),
        ("double", "1e3", 1000.0),
        ("boolean", "true", True),
        ("date", "2012-06-30", date(2012, 6, 30)),
        ("gYearMonth", "2012-08", PartialDate(2012, 8)),
        ("gYear", "2012", PartialDate(2012)),
        ("integer", "many", "many"),
        ("duration", "P1D", "P1D"),
    ],
)
def test_cells_have_python_types(datatype: str, text: str, value: object) -> None:
    assert answers.python_value(Term("literal", text, XSD + datatype)) == value
    assert type(answers.python_value(Term("literal", text, XSD + datatype))) is type(value)
