"""Exports: the same statements in every format, the same bytes every time, and never half a file."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from adckg import export, names
from adckg.errors import GraphError
from adckg.store import Store, convert

BASE = names.BASE
NASTY = (
    'a "quoted" \\ back\\nslash\r\n\ttab\x0c\x08 ’α\u2028\x85\U0001f600'
    " id:adc\\/x document:x\\#char\\=1\\,2 . } @prefix "
)
PREFIXES = f"""
@prefix adc: <{BASE}ontology#> .
@prefix document: <{BASE}document/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
MADE = f"""{PREFIXES}
document:one {{
  <{BASE}id/adc/b> a adc:AntibodyDrugConjugate ; skos:prefLabel "b" ; adc:name "b"@en .
}}
document:two {{
  <{BASE}id/adc/b> skos:prefLabel "b" .
  <{BASE}id/dose/1.5+mg~kg%25> adc:value 1.5 .
  <{BASE}id/fact/1> adc:date "2012-06"^^xsd:gYearMonth , "2012"^^xsd:gYear ; adc:numerator 7 .
  <{BASE}document/two#char=1,20> <http://www.w3.org/ns/oa#start> 1 .
  document:two <http://purl.org/dc/terms/source> <http://example.org/a?b=c&d=(e)> .
}}
"""
QUADS = convert(MADE.encode(), "trig", "nquads")
OX = {
    "turtle": pyoxigraph.RdfFormat.TURTLE,
    "trig": pyoxigraph.RdfFormat.TRIG,
    "ntriples": pyoxigraph.RdfFormat.N_TRIPLES,
    "nquads": pyoxigraph.RdfFormat.N_QUADS,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
    "rdfxml": pyoxigraph.RdfFormat.RDF_XML,
}
RDFLIB = {
    "turtle": "turtle",
    "trig": "trig",
    "ntriples": "nt",
    "nquads": "nquads",
    "jsonld": "json-ld",
    "rdfxml": "xml",
}
pytestmark = pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph).*deprecated:DeprecationWarning")
Statement = tuple[object, ...]


def store_of(quads: bytes) -> Store:
    store = Store.in_memory()
    store.insert(quads)
    return store


def literal(text: str, graph: str = f"{BASE}document/one") -> bytes:
    term = pyoxigraph.Literal(text)
    return f"<{BASE}id/adc/x> <{BASE}ontology#name> {term} <{graph}> .\n".encode()


def read_oxigraph(data: bytes, form: str) -> set[Statement]:
    def key(term: object) -> Statement:
        if isinstance(term, pyoxigraph.Literal):
            return term.value, term.language, term.datatype.value
        return (getattr(term, "value", None),)

    quads = pyoxigraph.parse(data, format=OX[form])
    return {(key(q.subject), key(q.predicate), key(q.object), key(q.graph_name)) for q in quads}


def read_rdflib(data: bytes, form: str) -> set[Statement]:
    def key(term: object) -> Statement:
        if isinstance(term, rdflib.Literal):
            plain = "langString" if term.language else "string"
            kind = str(term.datatype) if term.datatype else None
            full = {"langString": str(rdflib.RDF.langString), "string": str(rdflib.XSD.string)}[plain]
            return str(term), term.language, kind or full
        return (None if term is None or term == rdflib.graph.DATASET_DEFAULT_GRAPH_ID else str(term),)

    dataset = rdflib.Dataset()
    dataset.parse(data=data, format=RDFLIB[form])
    return {tuple(map(key, quad)) for quad in dataset.quads()} if export.FORMATS[form].keeps_graphs else {
        (key(s), key(p), key(o), (None,)) for s, p, o, _ in dataset.quads()
    }  # fmt: skip


def expected(quads: bytes, form: str) -> set[Statement]:
    found = read_oxigraph(quads, "nquads")
    return found if export.FORMATS[form].keeps_graphs else {(*statement[:3], (None,)) for statement in found}


@pytest.mark.parametrize("form", export.FORMATS)
@pytest.mark.parametrize("read", [read_oxigraph, read_rdflib])
def test_every_format_is_read_back_without_loss(form: str, read: object) -> None:
    quads = QUADS if form == "rdfxml" else QUADS + literal(NASTY)
    with store_of(quads) as store:
        assert read(export.render_store(store, form), form) == expected(quads, form)  # type: ignore[operator]


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_every_text_is_read_back_without_loss(text: str) -> None:
    quads = QUADS + literal(text)
    with store_of(quads) as store:
        for form in ("turtle", "trig", "nquads", "jsonld"):
            data = export.render_store(store, form)
            assert read_oxigraph(data, form) == expected(quads, form)
            assert read_rdflib(data, form) == expected(quads, form)


@pytest.mark.parametrize("form", export.FORMATS)
def test_the_order_of_statements_changes_no_byte(form: str) -> None:
    lines = QUADS.splitlines(keepends=True)
    with store_of(QUADS) as one, store_of(b"".join(reversed(lines))) as other:
        assert export.render_store(one, form) == export.render_store(other, form)


def test_rdfxml_keeps_carriage_returns_and_refuses_what_xml_can_not_hold() -> None:
    with store_of(literal("a\r\nb")) as store:
        data = export.render_store(store, "rdfxml")
        assert read_rdflib(data, "rdfxml") == expected(literal("a\r\nb"), "rdfxml")
    for character in "\x0c\x08\x00\x1f\ufffe":
        with store_of(literal(f"a{character}b")) as store, pytest.raises(GraphError, match="RDF/XML can't hold"):
            export.render_store(store, "rdfxml")


def test_turtle_is_laid_out_for_people() -> None:
    with store_of(QUADS) as store:
        text = export.render_store(store, "turtle").decode()
    header, _, body = text.partition("\n\n")
    assert all(line.startswith("@prefix ") for line in header.splitlines())
    assert header.splitlines() == sorted(header.splitlines())
    assert 'id-adc:b a adc:AntibodyDrugConjugate ;\n    skos:prefLabel "b" ;\n    adc:name "b"@en .\n' in body
    assert f"<{BASE}document/two#char=1,20> oa:start 1 .\n" in body
    assert "\t" not in text
    subjects = [block.split()[0] for block in body.strip().split("\n\n")]
    assert len(subjects) == len(set(subjects)) == 5, "one block for each subject"


def test_trig_opens_each_graph_once() -> None:
    with store_of(QUADS) as store:
        text = export.render_store(store, "trig").decode()
    assert re.findall(r"^(\S+) \{$", text, re.MULTILINE) == ["document:one", "document:two"]


def test_graphs_can_be_left_out() -> None:
    with store_of(QUADS) as store:
        data = export.render_store(store, "nquads", without={f"{BASE}document/two"})
    assert {line.rsplit(b" ", 2)[1] for line in data.splitlines()} == {f"<{BASE}document/one>".encode()}


def test_a_file_is_replaced_in_one_step_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "graph.ttl"
    path.write_text("old")
    path.chmod(0o640)
    with store_of(QUADS) as store:
        export.write_store(store, path, "turtle")
        assert path.read_bytes() == export.render_store(store, "turtle")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "graph.ttl"
    path.write_text("old")

    def stumble() -> None:
        with export.write_atomically(path) as file:
            file.write(b"half of it")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_followed_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.ttl").write_text("old")
    (tmp_path / "link.ttl").symlink_to("real.ttl")
    with export.write_atomically(tmp_path / "link.ttl") as file:
        file.write(b"new")
    assert (tmp_path / "link.ttl").is_symlink()
    assert (tmp_path / "real.ttl").read_text() == "new"


def test_a_device_is_written_to_not_replaced() -> None:
    with export.write_atomically(Path("/dev/null")) as file:
        file.write(b"gone")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("where", ["no/such/folder/out.ttl", "file/out.ttl", "."])
def test_a_path_that_can_not_be_written_is_one_clear_line(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(GraphError) as caught, export.write_atomically(tmp_path / where):
        pytest.fail("nothing may be written")
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_one_clear_line() -> None:
    with pytest.raises(GraphError, match="no space left"), export.write_atomically(Path("/dev/full")) as file:
        file.write(b"x" * 100_000)
