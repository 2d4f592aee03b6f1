"""The build: the same bytes whatever the order and the workers, only what changed, and all of it or nothing."""

from __future__ import annotations

import multiprocessing
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pyoxigraph
import pytest
import rdflib

from adckg import build as build_module
from adckg import names, resources
from adckg.build import BuildReport, build, extract_to_graph
from adckg.corpus import Skipped, Source
from adckg.errors import AdckgError, DocumentError, GraphError, StoreBusyError, StoreError
from adckg.export import render_store
from adckg.store import Store

LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
VEDOTIN = names.BASE + "id/name-word/vedotin"
MMAE = names.BASE + "id/payload/mmae"
REFERENCE = "".join(
    f"<{subject}> <{predicate}> {value} <{names.REFERENCE_GRAPH}> .\n"
    for subject, predicate, value in (
        ("urn:known", LABEL, '"known"'),
        (VEDOTIN, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", f"<{names.term('NameWord')}>"),
        (VEDOTIN, names.term("word"), '"vedotin"'),
        (VEDOTIN, names.term("impliesPayload"), f"<{MMAE}>"),
        (MMAE, LABEL, '"MMAE"'),
    )
).encode()
ONTOLOGY = f'<urn:term> <{LABEL}> "term" <{names.ONTOLOGY_GRAPH}> .\n'.encode()


@pytest.fixture(autouse=True)
def small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build without the whole vocabulary and ontology, and without the checks: they have tests of their own."""
    monkeypatch.setattr(build_module, "render_reference", lambda: REFERENCE)
    monkeypatch.setattr(build_module, "render_ontology", lambda: ONTOLOGY)
    monkeypatch.setattr(build_module, "check_queries", lambda _store, besides=(): list(besides))


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """Return a folder of three documents."""
    folder = tmp_path / "releases"
    folder.mkdir()
    for number, drug in enumerate(["T-DM1", "SAR3419", "IMGN853"], 1):
        write(folder / f"2012-06-0{number}-{drug.lower()}.txt", drug)
    return folder


def write(path: Path, drug: str) -> None:
    path.write_text(
        f"New data for {drug} presented at a congress\n\n"
        f"{drug} is an antibody-drug conjugate that consists of an antibody and DM1.\n"
        f"A Phase 2 trial of {drug} is ongoing.\n"
    )


@pytest.fixture(scope="module")
def workers() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor


def run(tmp_path: Path, *paths: Path, executor: Executor | None = None, with_text: bool = True) -> BuildReport:
    return build(
        paths,
        store=tmp_path / "store",
        turtle=tmp_path / "graph.ttl",
        check=True,
        executor=executor,
        with_text=with_text,
    )


def content(store: Path) -> bytes:
    with Store.open(store, read_only=True) as opened:
        return render_store(opened, "nquads")


def state(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes; not the writer's lock, and no log."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in ("lock", "LOG"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_build_brings_documents_reference_and_derived_triples_together(tmp_path: Path, releases: Path) -> None:
    report = run(tmp_path, releases)
    assert (report.added, report.replaced, report.unchanged, report.removed, report.skipped) == (3, 0, 0, 0, ())
    assert sum(report.facts.values()) > 3
    assert report.written == (tmp_path / "store", tmp_path / "graph.ttl")
    with Store.open(tmp_path / "store", read_only=True) as store:
        graphs = store.graphs()
        assert store.query("ASK { ?adc <https://w3id.org/adckg/ontology#hasPayload> ?payload }") is True
    assert set(graphs) == {
        *(names.document_iri(path.stem) for path in releases.iterdir()),
        names.ONTOLOGY_GRAPH,
        names.REFERENCE_GRAPH,
    }
    assert all(graphs[names.document_iri(path.stem)] for path in releases.iterdir())


def test_the_turtle_file_holds_all_but_the_ontology_for_both_libraries(tmp_path: Path, releases: Path) -> None:
    run(tmp_path, releases)
    path = tmp_path / "graph.ttl"
    graph = rdflib.Graph().parse(path, format="turtle")
    triples = list(pyoxigraph.parse(path.read_bytes(), format=pyoxigraph.RdfFormat.TURTLE))
    with Store.open(tmp_path / "store", read_only=True) as store:
        lines = {line for g in store.graphs() if g != names.ONTOLOGY_GRAPH for line in store.dump(g)}
    assert len(graph) == len(triples) == len(lines)
    assert {f"{quad.triple} .".encode() for quad in triples} == lines


def test_order_and_workers_change_no_byte(tmp_path: Path, releases: Path, workers: Executor) -> None:
    files = sorted(releases.iterdir())
    run(tmp_path / "a", releases)
    run(tmp_path / "b", *reversed(files), executor=workers)
    with ThreadPoolExecutor(3) as threads:
        for file in random.Random(3).sample(files, 3):  # one at a time, in any order
            run(tmp_path / "c", file, executor=threads)
    turtle = (tmp_path / "a" / "graph.ttl").read_bytes()
    quads = content(tmp_path / "a" / "store")
    for other in ("b", "c"):
        assert (tmp_path / other / "graph.ttl").read_bytes() == turtle
        assert content(tmp_path / other / "store") == quads


def test_only_what_changed_is_extracted_again(tmp_path: Path, releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, releases)
    before = content(tmp_path / "store")
    extracted: list[str] = []
    real = build_module._extract

    def counting(source: Source, *, known: str, with_text: bool, check: bool) -> build_module._Graph | Skipped:
        extracted.append(source.id)
        return real(source, known=known, with_text=with_text, check=check)

    monkeypatch.setattr(build_module, "_extract", counting)
    report = run(tmp_path, releases)
    assert (report.unchanged, report.added, report.replaced, extracted) == (3, 0, 0, [])
    assert content(tmp_path / "store") == before

    changed, new = releases / "2012-06-01-t-dm1.txt", releases / "2013-01-01-new.txt"
    write(changed, "SAR650984-DM4")
    write(new, "IMGN529")
    report = run(tmp_path, releases)
    assert (report.added, report.replaced, report.unchanged) == (1, 1, 2)
    assert extracted == [changed.stem, new.stem]
    run(tmp_path / "afresh", releases)
    assert content(tmp_path / "store") == content(tmp_path / "afresh" / "store")


def test_what_is_unchanged_costs_no_knowledge_and_makes_no_generation(
    tmp_path: Path, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build([releases], store=tmp_path / "store")
    before = state(tmp_path / "store")
    monkeypatch.setattr(build_module.extract, "load_knowledge", lambda: pytest.fail("the rules are read"))
    assert build([releases], store=tmp_path / "store").unchanged == 3
    assert state(tmp_path / "store") == before


def test_one_document_more_is_no_reason_to_look_at_the_others(
    tmp_path: Path, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what it costs beside 100,000 others is measured by `benchmarks/builds.py one`
    build([releases], store=tmp_path / "store")
    changed, new = releases / "2012-06-01-t-dm1.txt", releases / "2013-01-01-new.txt"
    write(changed, "SAR650984-DM4")
    write(new, "IMGN529")
    real, dumped = Store.dump, []

    def dump(store: Store, graph: str | None = None) -> list[bytes]:
        dumped.append(graph)
        return real(store, graph)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "dump", dump)
        for name in ("graphs", "__len__", "optimize"):
            patched.setattr(Store, name, lambda *_: pytest.fail("the whole store is looked at"))
        for name in ("render_store", "check_queries", "summarise"):
            patched.setattr(build_module, name, lambda *_: pytest.fail("nobody asked for this"))
        report = build([changed, new], store=tmp_path / "store")
    assert (report.added, report.replaced) == (1, 1)
    assert dumped == [names.document_iri(changed.stem)]


def test_what_is_gone_is_pruned_when_asked(tmp_path: Path, releases: Path) -> None:
    build([releases], store=tmp_path / "store")
    gone, broken = releases / "2012-06-01-t-dm1.txt", releases / "2012-06-02-sar3419.txt"
    gone.unlink()
    broken.write_bytes(b"caf\xe9")
    assert build([releases], store=tmp_path / "store").removed == 0
    report = build([releases], store=tmp_path / "store", prune=True)
    assert (report.removed, report.unchanged, len(report.skipped)) == (1, 1, 1)
    with Store.open(tmp_path / "store", read_only=True) as store:
        assert names.document_iri(gone.stem) not in store
        assert names.document_iri(broken.stem) in store, "it is broken, not gone"


def test_nothing_is_pruned_while_it_is_not_known_what_was_skipped(tmp_path: Path, releases: Path) -> None:
    build([releases], store=tmp_path / "store")
    (tmp_path / "lines.jsonl").write_text('{"id": ')
    assert build([tmp_path / "lines.jsonl"], store=tmp_path / "store", prune=True).removed == 0


def test_any_history_gives_the_bytes_of_a_fresh_build(
    tmp_path: Path, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_module, "check_shapes", lambda _triples: [])
    chance, derived = random.Random(7), 0
    told = (
        "A Phase 2 trial of xonatamab vedotin is ongoing.",
        "A Phase 1 trial of xonatamab vedotin, an antibody-drug conjugate that targets CD19, is ongoing.",
        "xonatamab vedotin is an antibody-drug conjugate that consists of an antibody and DM1.",
        "T-DM1 is an antibody-drug conjugate that consists of an antibody and DM1.",
    )
    for path in releases.iterdir():
        path.unlink()
    for step in range(12):
        for path in (releases / f"2012-06-0{number}.txt" for number in chance.sample(range(1, 6), 2)):
            if path.exists() and chance.random() < 0.4:
                path.unlink()
            else:
                path.write_text(f"New data presented at a congress\n\n{chance.choice(told)}\n")
        if not list(releases.iterdir()):
            continue
        build([releases], store=tmp_path / "store", prune=True)
        build([releases], store=tmp_path / f"fresh-{step}")
        assert content(tmp_path / "store") == content(tmp_path / f"fresh-{step}")
        derived += b"composition-from-name" in content(tmp_path / "store")
    assert 2 < derived < 10, "what is inferred comes and goes"


def test_what_looks_like_an_iri_in_a_text_is_none(tmp_path: Path, releases: Path) -> None:
    text = f"T-DM1 is an ADC. > <urn:x> <{names.BASE}id/adc/%zz> <{names.BASE}id/adc/a b> .\n"
    (releases / "iri.txt").write_text(text)
    build([releases], store=tmp_path / "store")
    (releases / "iri.txt").write_text(f"{text}\n{text}")
    assert build([releases], store=tmp_path / "store").replaced == 1


def test_what_follows_from_a_name_goes_when_another_document_states_it(tmp_path: Path, releases: Path) -> None:
    write(releases / "a.txt", "xonatamab vedotin")
    (releases / "a.txt").write_text(
        "New data for xonatamab vedotin\n\nA Phase 2 trial of xonatamab vedotin is ongoing.\n"
    )
    inferred = b"/graph/derived/adc/xonatamab-vedotin>"
    build([releases], store=tmp_path / "store")
    assert inferred in content(tmp_path / "store")
    write(releases / "b.txt", "xonatamab vedotin")
    build([releases / "b.txt"], store=tmp_path / "store")
    assert inferred not in content(tmp_path / "store")
    (releases / "b.txt").unlink()
    build([releases], store=tmp_path / "store", prune=True)
    assert inferred in content(tmp_path / "store")


def test_leaving_the_text_out_is_a_change(tmp_path: Path, releases: Path) -> None:
    run(tmp_path, releases)
    assert run(tmp_path, releases, with_text=False).replaced == 3
    assert b"ontology#text>" not in content(tmp_path / "store")


def test_a_new_vocabulary_replaces_the_old(tmp_path: Path, releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, releases)
    monkeypatch.setattr(build_module, "render_reference", lambda: REFERENCE.replace(b"known", b"learnt"))
    monkeypatch.setattr(build_module, "knowledge_digest", lambda: "another vocabulary")
    run(tmp_path, releases)
    assert b'"learnt"' in content(tmp_path / "store")
    assert b'"known"' not in content(tmp_path / "store")


def test_a_bad_file_that_is_named_stops_the_build_and_changes_nothing(tmp_path: Path, releases: Path) -> None:
    bad = tmp_path / "empty.txt"
    bad.touch()
    run(tmp_path, releases)
    before = state(tmp_path)
    write(releases / "2014-new.txt", "IMGN529")
    with pytest.raises(DocumentError, match=r"empty\.txt"):
        run(tmp_path, releases, bad)
    with pytest.raises(DocumentError, match=r"missing\.txt"):
        run(tmp_path, releases, tmp_path / "missing.txt")
    (releases / "2014-new.txt").unlink()
    assert state(tmp_path) == before


def test_a_bad_file_in_a_folder_is_skipped_and_told(tmp_path: Path, releases: Path) -> None:
    (releases / "broken.txt").write_bytes(b"caf\xe9")
    report = run(tmp_path, releases)
    assert [(skipped.id, "UTF-8" in skipped.reason) for skipped in report.skipped] == [("broken", True)]
    assert report.added == 3


def test_two_documents_with_one_id_are_an_error_that_names_both(tmp_path: Path, releases: Path) -> None:
    (tmp_path / "more").mkdir()
    write(tmp_path / "more" / "2012-06-01-t-dm1.txt", "IMGN529")
    with pytest.raises(DocumentError, match=r"more/2012-06-01-t-dm1\.txt and .*releases/2012-06-01-t-dm1\.txt"):
        run(tmp_path, releases, tmp_path / "more")
    assert not (tmp_path / "store").exists()


def test_a_turtle_file_that_can_not_be_written_is_known_before_the_work(tmp_path: Path, releases: Path) -> None:
    told: list[str] = []
    with pytest.raises(GraphError, match="can't be written"):
        build(
            [releases],
            store=tmp_path / "store",
            turtle=tmp_path / "no" / "graph.ttl",
            progress=lambda what, _done, _of: told.append(what),
        )
    assert told == []
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("name", ["_digest", "_quads", "derive", "check_queries", "render_store"])
def test_a_build_that_fails_at_any_step_changes_nothing_and_is_gone_on_with(
    tmp_path: Path, releases: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    run(tmp_path, releases)
    before, turtle = content(tmp_path / "store"), (tmp_path / "graph.ttl").read_bytes()
    write(releases / "2014-new.txt", "IMGN529")

    def fail(*_arguments: object, **_options: object) -> None:
        raise AdckgError("made to fail")

    with monkeypatch.context() as patched:
        patched.setattr(build_module, name, fail)
        with pytest.raises(AdckgError, match="made to fail"):
            run(tmp_path, releases)
    assert content(tmp_path / "store") == before
    assert (tmp_path / "graph.ttl").read_bytes() == turtle
    report = run(tmp_path, releases)
    assert report.added == (1 if name == "_quads" else 0), "what was done is not done again"
    run(tmp_path / "afresh", releases)
    assert content(tmp_path / "store") == content(tmp_path / "afresh" / "store")
    assert (tmp_path / "graph.ttl").read_bytes() == (tmp_path / "afresh" / "graph.ttl").read_bytes()


def test_a_store_in_use_is_left_alone(tmp_path: Path, releases: Path) -> None:
    run(tmp_path, releases)
    before = (tmp_path / "graph.ttl").read_bytes()
    with Store.open(tmp_path / "store"), pytest.raises(StoreBusyError):
        run(tmp_path, releases)
    assert (tmp_path / "graph.ttl").read_bytes() == before


def test_a_folder_that_is_no_store_is_left_alone(releases: Path) -> None:
    with pytest.raises(StoreError, match="something else"):
        build([releases], store=releases)
    assert len(list(releases.iterdir())) == 3


KILLED = """
import sys
from pathlib import Path
from adckg import build

build.render_reference = lambda: b""
build.render_ontology = lambda: b""
build.check_queries = lambda store, besides: list(besides)
print("begins", flush=True)
while True:
    build.build([Path(sys.argv[1])], store=Path(sys.argv[2]), turtle=Path(sys.argv[3]), with_text=False)
    build.build([Path(sys.argv[1])], store=Path(sys.argv[2]), turtle=Path(sys.argv[3]), with_text=True)
"""


def test_a_build_killed_at_any_moment_is_completed_by_the_next(tmp_path: Path, releases: Path) -> None:
    run(tmp_path, releases)
    whole = content(tmp_path / "store")
    moments = random.Random(11)
    for _ in range(3):
        arguments = [str(releases), str(tmp_path / "store"), str(tmp_path / "graph.ttl")]
        with subprocess.Popen([sys.executable, "-c", KILLED, *arguments], stdout=subprocess.PIPE) as killed:
            assert killed.stdout is not None
            said = killed.stdout.readline()
            time.sleep(moments.uniform(0.1, 0.7))
            killed.kill()
        assert (said, killed.returncode) == (b"begins\n", -signal.SIGKILL), "it was at work until it was killed"
        with Store.open(tmp_path / "store", read_only=True) as store:
            documents = [graph for graph in store.graphs() if graph.startswith(f"{names.BASE}document/")]
            assert len(documents) == 3
            texts = [b"ontology#text>" in b"".join(store.dump(graph)) for graph in documents]
            assert len(set(texts)) == 1, "a build counts as a whole or not at all"
        rdflib.Graph().parse(tmp_path / "graph.ttl", format="turtle")
    run(tmp_path, releases)
    assert content(tmp_path / "store") == whole


def test_extraction_alone_gives_the_graphs_of_the_documents_in_any_order(releases: Path, workers: Executor) -> None:
    files = sorted(releases.iterdir())
    quads, skipped = extract_to_graph([releases])
    assert extract_to_graph(list(reversed(files)), executor=workers) == (quads, ())
    assert skipped == ()
    graphs = {line.rsplit(b" ", 2)[1].decode().strip("<>") for line in quads.splitlines()}
    assert graphs == {names.document_iri(file.stem) for file in files}


def test_the_five_documents_come_out_the_same_from_two_processes(workers: Executor) -> None:
    folder = resources.folder("seeds") / "documents"
    files = sorted(folder.iterdir())
    assert extract_to_graph(files[::-1], executor=workers) == extract_to_graph([folder])


def test_progress_is_told_step_by_step(tmp_path: Path, releases: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    build([releases], store=tmp_path / "store", check=True, progress=lambda *step: told.append(step))
    assert [step for step in told if step[0] == "read"] == [("read", n, 3) for n in (1, 2, 3)]
    assert [step for step in told if step[0] == "extract"] == [("extract", n, None) for n in (1, 2, 3)]
    steps = list(dict.fromkeys(what for what, _done, _of in told))
    assert steps == ["read", "extract", "refresh", "optimize", "derive", "check"]
