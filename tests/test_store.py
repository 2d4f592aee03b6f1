"""The embedded store: what is committed is there whole, what is not is gone, and readers never see half of anything."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adckg import store as store_module
from adckg.errors import AdckgError, GraphError, QueryError, StoreBusyError, StoreError
from adckg.store import Solutions, Store, Term, Triples

ONE = "http://example.org/one"
TWO = "http://example.org/two"
LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
DIGEST = "https://w3id.org/adckg/ontology#digest"

WRITER = """
import sys, time
from pathlib import Path
from adckg.store import Store

store = Store.open(Path(sys.argv[1]), create=True)
print("open", flush=True)
number = 0
while True:
    number += 1
    lines = [f'<http://x/{number}/{i}> <http://x/p> "{i}" <http://x/g> .\\n' for i in range(200)]
    store.insert("".join(lines).encode())
    if len(sys.argv) > 2 and number % 3 == 0:
        store.commit()
        store = Store.open(Path(sys.argv[1]))
"""


def quad(subject: str, text: str, graph: str = ONE) -> bytes:
    return f'<{subject}> <{LABEL}> "{text}" <{graph}> .\n'.encode()


def fill(path: Path, *quads: bytes) -> None:
    with Store.open(path, create=True) as store:
        store.insert(b"".join(quads))
        store.commit()


def labels(path: Path) -> set[str]:
    with Store.open(path, read_only=True) as store:
        return labels_in(store)


def labels_in(store: Store) -> set[str]:
    answer = store.query(f"SELECT ?label WHERE {{ ?s <{LABEL}> ?label }}")
    assert isinstance(answer, Solutions)
    return {row["label"] for row in answer.records()}


def start_writer(path: Path, *arguments: str) -> subprocess.Popen[str]:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), *arguments], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    if writer.stdout.readline() != "open\n":
        kill(writer)
        pytest.fail("the writer didn't begin")
    return writer


def kill(writer: subprocess.Popen[str]) -> None:
    with writer:
        writer.kill()


def generations(path: Path) -> list[str]:
    return [entry.name for entry in (path / "generations").iterdir()]


def test_what_is_committed_is_there(tmp_path: Path) -> None:
    fill(tmp_path / "store", quad("urn:a", "a"))
    assert labels(tmp_path / "store") == {"a"}
    assert len(generations(tmp_path / "store")) == 1


def test_what_was_not_committed_can_be_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "store"
    fill(path, quad("urn:a", "a"))
    with Store.open(path, resume=True) as store:
        store.insert(quad("urn:b", "b"))
    assert labels(path) == {"a"}, "readers see nothing of it"
    with Store.open(path, resume=True) as store:
        assert labels_in(store) == {"a", "b"}
        store.commit()
    assert labels(path) == {"a", "b"}
    with Store.open(path, resume=True) as store:
        store.insert(quad("urn:c", "c"))
    with Store.open(path) as store:
        assert labels_in(store) == {"a", "b"}, "who doesn't resume begins anew"
    assert len(generations(path)) == 1


def test_what_can_not_be_gone_on_with_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "store"
    fill(path, quad("urn:a", "a"))
    with Store.open(path, resume=True) as store:
        store.insert(quad("urn:b", "b"))
    for file in (path / "generations" / "3-00000002").glob("MANIFEST*"):
        file.write_bytes(b"\x00" * 100)
    with Store.open(path, resume=True) as store:
        assert labels_in(store) == {"a"}


def test_what_was_half_removed_is_not_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store"
    fill(path, quad("urn:a", "a"))

    def remove_half(folder: Path) -> None:
        (folder / "CURRENT").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", remove_half)
        with pytest.raises(KeyboardInterrupt), Store.open(path, resume=True):
            pass
    with Store.open(path, resume=True) as store:
        assert labels_in(store) == {"a"}
        store.insert(quad("urn:b", "b"))
        store.commit()
    assert labels(path) == {"a", "b"}
    assert len(generations(path)) == 1


def test_nothing_written_makes_no_generation(tmp_path: Path) -> None:
    path = tmp_path / "store"
    fill(path, quad("urn:a", "a"))
    before = generations(path)
    with Store.open(path, resume=True) as store:
        store.remove_graph(TWO)
        store.commit()
    assert generations(path) == before


def test_a_reader_keeps_the_files_that_it_has_not_opened_yet(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with Store.open(path, create=True) as store:
        for number in range(40):  # RocksDB opens sixteen files at once, and the others when they are asked for
            store.bulk_insert(quad(f"urn:{number}:{n}", f"{number} {n}", f"urn:g{number}") for n in range(50))
        store.commit()
    with Store.open(path, read_only=True) as reader:
        for text in ("new", "newer"):
            with Store.open(path) as writer:
                for number in range(40):
                    writer.remove_graph(f"urn:g{number}")
                writer.insert(quad("urn:a", text))
                writer.optimize()
                writer.commit()
        assert len(labels_in(reader)) == 2000
        assert len(generations(path)) == 2, "the reader's and the newest"
    assert labels(path) == {"new", "newer"}
    with Store.open(path):
        pass
    assert len(generations(path)) == 1, "a later writer removes what no reader holds any more"


def test_notes_are_kept_apart_from_all_graphs(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with Store.open(path, create=True) as store:
        store.insert(quad("urn:a", "a"))
        store.note("urn:b", "then")
        store.note("urn:b", "then")
        store.note("urn:c", "gone")
        store.forget("urn:c")
        store.commit()
    with Store.open(path, read_only=True) as store:
        assert store.notes() == {"urn:b": "then"}
        assert list(store.graphs()) == [ONE]
        assert len(store) == 1


def test_what_is_not_committed_is_gone(tmp_path: Path) -> None:
    fill(tmp_path / "store", quad("urn:a", "a"))
    with Store.open(tmp_path / "store") as store:
        store.insert(quad("urn:b", "b"))
    assert labels(tmp_path / "store") == {"a"}
    assert len(generations(tmp_path / "store")) == 1


def test_a_first_build_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", create=True) as store:
        store.insert(quad("urn:b", "b"))
    assert not (tmp_path / "store").exists()


def test_a_reader_keeps_what_it_opened_while_others_commit(tmp_path: Path) -> None:
    path = tmp_path / "store"
    fill(path, *(quad(f"urn:{n}", f"old {n}") for n in range(5000)))
    with Store.open(path, read_only=True) as reader:
        for _ in range(3):
            with Store.open(path) as writer:
                writer.replace_graph(ONE, quad("urn:a", "new"))
                assert len(labels_in(reader)) == 5000
                writer.commit()
        assert len(labels_in(reader)) == 5000
    assert labels(path) == {"new"}


def test_a_reader_that_meets_a_commit_takes_the_newer_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store"
    fill(path, quad("urn:a", "old"))
    real, calls = store_module._current, []

    def overtaken(store: Path) -> Path | None:
        found = real(store)
        if not calls:
            calls.append(found)
            fill(path, quad("urn:b", "new"))
        return found

    monkeypatch.setattr(store_module, "_current", overtaken)
    assert labels(path) == {"old", "new"}


def test_a_second_writer_is_told_that_the_store_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "store"
    fill(path, quad("urn:a", "a"))
    writer = start_writer(path)
    try:
        with pytest.raises(StoreBusyError, match="another process is writing"):
            Store.open(path)
        assert labels(path) == {"a"}, "reading goes on"
    finally:
        kill(writer)
    fill(path, quad("urn:b", "b"))
    assert labels(path) == {"a", "b"}, "the lock goes with the process that held it"


def test_two_writers_of_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", create=True), pytest.raises(StoreBusyError):
        Store.open(tmp_path / "store", create=True)


def test_a_killed_first_build_can_be_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "store"
    kill(start_writer(path))
    with pytest.raises(StoreError, match="no build has been finished"):
        Store.open(path, read_only=True)
    fill(path, quad("urn:a", "a"))
    assert labels(path) == {"a"}
    assert len(generations(path)) == 1, "what the killed build left is swept away"


def test_killed_at_any_moment_the_store_holds_what_was_last_committed(tmp_path: Path) -> None:
    path = tmp_path / "store"
    fill(path, quad("urn:a", "a"))
    moments = random.Random(7)
    for _ in range(5):
        writer = start_writer(path, "commit")
        time.sleep(moments.uniform(0, 0.15))
        kill(writer)
        with Store.open(path, read_only=True) as store:
            assert "a" in labels_in(store)
            assert (len(store) - 1) % 600 == 0, "three insertions of 200 are committed together"
            assert sum(1 for _ in store.dump("http://x/g")) == len(store) - 1


@pytest.mark.parametrize("read_only", [True, False])
def test_a_folder_that_is_no_store_is_not_touched(tmp_path: Path, read_only: bool) -> None:
    (tmp_path / "thesis.txt").write_text("do not lose")
    with pytest.raises(StoreError, match="something else than a store"):
        Store.open(tmp_path, read_only=read_only, create=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_a_missing_and_an_empty_folder_are_no_stores(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match="is a file"):
        Store.open(tmp_path / "file", create=True)
    with pytest.raises(StoreError, match="can't be used"):
        Store.open(tmp_path / "file" / "below", create=True)
    with pytest.raises(StoreError, match="adckg build"):
        Store.open(tmp_path / "missing", read_only=True)
    with pytest.raises(StoreError, match="adckg build"):
        Store.open(tmp_path / "empty", read_only=True)
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize("pointer", ["", "../../etc\n", "00000001\n", "2-00000009\n", "\N{SNOWMAN}"])
def test_a_damaged_pointer_is_one_clear_line(tmp_path: Path, pointer: str) -> None:
    path = tmp_path / "store"
    fill(path, quad("urn:a", "a"))
    (path / "current").write_text(pointer, encoding="utf-8")
    with pytest.raises(StoreError, match="remove the folder"):
        Store.open(path, read_only=True)


def test_a_damaged_generation_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "store"
    fill(path, quad("urn:a", "a"))
    for file in (path / "generations").glob("*/MANIFEST*"):
        file.write_bytes(b"\x00" * 100)
    with pytest.raises(AdckgError) as caught:
        Store.open(path, read_only=True)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_closed_and_a_read_only_store_refuse_to_be_written(tmp_path: Path) -> None:
    fill(tmp_path / "store", quad("urn:a", "a"))
    with Store.open(tmp_path / "store", read_only=True) as store:
        with pytest.raises(StoreError, match="refuses"):
            store.insert(quad("urn:b", "b"))
        with pytest.raises(StoreError, match="isn't open for writing"):
            store.commit()
    with pytest.raises(StoreError, match="is closed"):
        store.insert(quad("urn:b", "b"))


def test_a_store_can_be_moved(tmp_path: Path) -> None:
    fill(tmp_path / "store", quad("urn:a", "a"))
    shutil.move(tmp_path / "store", tmp_path / "elsewhere")
    assert labels(tmp_path / "elsewhere") == {"a"}


def test_each_form_of_query_has_its_kind_of_answer() -> None:
    store = Store.in_memory()
    store.insert(quad("urn:b", "x", ONE) + quad("urn:a", "x", TWO) + quad("urn:a", "x", ONE))
    store.insert(b'<urn:n> <urn:p> 7 , "t"@en , _:b0 .', "turtle")
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    assert store.query("SELECT ?o ?gone WHERE { <urn:n> <urn:p> ?o } ORDER BY ?o") == Solutions(
        ("o", "gone"),
        (
            (Term("blank", "b0"), None),
            (Term("literal", "7", integer), None),
            (Term("literal", "t", None, "en"), None),
        ),
    )
    assert store.query(f'ASK {{ <urn:a> <{LABEL}> "x" }}') is True
    assert store.query("ASK { <urn:none> ?p ?o }") is False
    triples = store.query(f"CONSTRUCT WHERE {{ ?s <{LABEL}> ?o }}")
    assert triples == Triples(f'<urn:a> <{LABEL}> "x" .\n<urn:b> <{LABEL}> "x" .\n'.encode())
    named = store.query("SELECT ?g WHERE { GRAPH ?g { <urn:b> ?p ?o } }")
    assert isinstance(named, Solutions)
    assert named.records() == [{"g": ONE}]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT ?s\nWHERE { ?s ?p }", r"line 2, column 16, near 'WHERE { \?s \?p }'"),
        ("SELECT ?s WHERE { ?s foo:bar ?o }", "a prefix isn't declared"),
        ("INSERT DATA { <urn:a> <urn:b> 1 }", "line 1, column 1.* expected CONSTRUCT"),
        ("", "line 1, column 1, where it ends"),
    ],
)
def test_a_malformed_query_is_one_short_line(query: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        Store.in_memory().query(query)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_graphs_tell_what_they_were_made_from() -> None:
    store = Store.in_memory()
    store.insert(quad("urn:a", "a", TWO) + f'<{ONE}> <{DIGEST}> "0123" <{ONE}> .\n'.encode())
    store.insert(f'<{TWO}> <{DIGEST}> "not its own" <{ONE}> .\n'.encode())
    assert store.graphs() == {ONE: "0123", TWO: ""}


def test_replacing_a_graph_keeps_in_the_union_what_others_say() -> None:
    store = Store.in_memory()
    store.insert(quad("urn:a", "shared", ONE) + quad("urn:a", "shared", TWO) + quad("urn:a", "own", ONE))
    store.replace_graph(ONE, b'_:b <urn:p> "\\\\u0041 \\u0000" <' + ONE.encode() + b"> .\n")
    assert labels_in(store) == {"shared"}
    assert store.dump(ONE) == [rb'_:b <urn:p> "\\u0041 \u0000" .']
    assert len(store) == 2
    store.replace_graph(TWO, b"")
    assert TWO not in store
    assert len(store) == 1


def test_replacing_a_graph_leaves_the_others_alone() -> None:
    store = Store.in_memory()
    store.insert(quad("urn:a", "old", ONE) + quad("urn:a", "kept", TWO))
    store.replace_graph(ONE, quad("urn:a", "new", ONE))
    assert labels_in(store) == {"new", "kept"}
    store.remove_graph(ONE)
    store.remove_graph("urn:never-there")
    assert store.graphs() == {TWO: ""}


@pytest.mark.parametrize("nquads", [quad("urn:a", "x", TWO), b"<urn:a> nonsense <" + ONE.encode() + b"> .\n"])
def test_a_graph_is_not_replaced_by_what_does_not_belong_there(nquads: bytes) -> None:
    store = Store.in_memory()
    store.insert(quad("urn:a", "old", ONE))
    with pytest.raises(GraphError, match=ONE):
        store.replace_graph(ONE, nquads)
    assert labels_in(store) == {"old"}


def test_bulk_insertion_adds_the_same() -> None:
    parts = [quad(f"urn:{n}", str(n), TWO if n % 2 else ONE) for n in range(1000)]
    fast, slow = Store.in_memory(), Store.in_memory()
    fast.bulk_insert(iter(parts))
    slow.insert(b"".join(parts))
    assert fast.dump(ONE) == slow.dump(ONE)
    assert fast.dump(TWO) == slow.dump(TWO)
    assert len(fast) == 1000


def test_blank_nodes_keep_their_names() -> None:
    store = Store.in_memory()
    store.insert(b"_:b1 <urn:p> _:b2 .", "turtle", graph=ONE)
    assert store.dump(ONE) == [b"_:b1 <urn:p> _:b2 ."]


def test_a_file_is_loaded_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text(f'<urn:a> <{LABEL}> "a" .')
    (tmp_path / "a.NQ").write_bytes(quad("urn:a", "a"))
    assert labels_in(Store.load(tmp_path / "a.ttl")) == labels_in(Store.load(tmp_path / "a.NQ")) == {"a"}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bad.ttl", '<urn:a> <urn:b> "x" .\n<urn:a> <urn b> 1 .\n', "bad.ttl, line 2: malformed RDF: "),
        ("bad.nq", "<urn:a> <urn:b> .\n", "bad.nq, line 1: malformed RDF: "),
        ("bad.jsonld", "[1, 2", "bad.jsonld, line 1: malformed RDF: "),
        ("bad.rdf", "<rdf:RDF", "bad.rdf: malformed RDF: "),
        ("bad.csv", "a,b", "no known format"),
        ("missing.ttl", None, "missing.ttl: can't be read: no such file"),
    ],
)
def test_a_bad_file_is_one_line_that_says_where(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(GraphError, match=message) as caught:
        Store.load(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_asking_a_store_imports_no_slow_library(tmp_path: Path) -> None:
    fill(tmp_path / "store", quad("urn:a", "a"))
    code = """if True:
        import sys
        from pathlib import Path
        from adckg.store import Store
        from adckg import queries
        queries.ask(Store.open(Path(sys.argv[1]), read_only=True), "SELECT * WHERE { ?s ?p ?o }")
        print({"rdflib", "pyshacl", "SPARQLWrapper", "curies", "rich", "sentencex"} & set(sys.modules))
    """
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "store")], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"
