"""Loading into real servers: what arrives is what was sent, and what goes wrong on the way is mended or said."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

import faulty
import servers
from adckg import cli, export, names, queries, resources
from adckg.build import build
from adckg.errors import EndpointError
from adckg.load import load_store
from adckg.remote import UNION_GRAPH, Endpoint, connect
from adckg.servers import load_servers
from adckg.store import Solutions, Store, canonical

MADE_TRIPLES = int(os.environ.get("ADCKG_MADE_TRIPLES", "20000"))
"""how large the made graph is; `benchmarks/load.py` runs these tests with a million"""
PAUSES = (0.05, 0.1, 0.2)


@pytest.fixture(scope="session", params=servers.NAMES)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    if reason := servers.missing(request.param):
        pytest.skip(reason)
    with servers.start(request.param, tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest.fixture
def server(running: servers.Server) -> servers.Server:
    """A server that holds nothing."""
    run_update(running, "DROP ALL")
    return running


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the five documents."""
    folder = tmp_path_factory.mktemp("five")
    build([resources.folder("seeds") / "documents"], store=folder / "store")
    return folder / "store"


def run_update(server: servers.Server, text: str) -> None:
    known = load_servers()[server.name]
    requests.post(
        known.service(server.url, known.update), data=text.encode(),
        headers={"Content-Type": "application/sparql-update"}, timeout=120,
    ).raise_for_status()  # fmt: skip


def open_endpoint(server: servers.Server, url: str = "") -> Endpoint:
    """An endpoint without sign-in, which waits briefly before it tries again."""
    return Endpoint(url or server.url, server=load_servers()[server.name], timeout=300, pauses=PAUSES)


def made(triples: int, graph: str = "made", mark: str = "") -> bytes:
    """N-Quads of a graph that is made up, with the literals that are hard to carry."""
    name = f"{names.BASE}document/{graph}"
    lines = []
    for number in range(triples // 4):
        fact = f"<{names.BASE}id/fact/{graph}-{number:016x}>"
        lines += [
            f"{fact} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{names.ONTOLOGY}Result> <{name}> .\n",
            f'{fact} <{names.ONTOLOGY}value> "{number}.5"^^<http://www.w3.org/2001/XMLSchema#decimal> <{name}> .\n',
            f"{fact} <{names.ONTOLOGY}about> <{names.BASE}id/adc/made-{number % 500}> <{name}> .\n",
            f'{fact} <{names.ONTOLOGY}name> "{mark}\\"naïve\\" α\\\\u0041\\n\\t\U0001f600 {number}"@en <{name}> .\n',
        ]
    return "".join(lines).encode()


def store_of(*graphs: bytes) -> Store:
    store = Store.in_memory()
    store.bulk_insert(graphs)
    return store


def graph_on(server: servers.Server, graph: str) -> set[bytes]:
    """The triples of a graph, got from the server without any code of ours."""
    known = load_servers()[server.name]
    answer = requests.get(
        known.service(server.url, str(known.graphs)), params={"graph": graph},
        headers={"Accept": "application/n-triples"}, timeout=300,
    )  # fmt: skip
    return set() if answer.status_code == 404 else normal(answer.content)


def normal(ntriples: bytes) -> set[bytes]:
    """Triples as a set, with one way of writing decimals and one name for each blank node."""
    with Store.in_memory() as store:
        store.insert(ntriples, "ntriples")
        lines = store.dump()
    return set(canonical([(b"\n".join(lines), "graph")]) if any(b"_:" in line for line in lines) else lines)


def assert_same(server: servers.Server, store: Store) -> None:
    for graph in store.graphs():
        assert graph_on(server, graph) == normal(b"\n".join(store.dump(graph))), graph
    if load_servers()[server.name].repeats:
        union = {line for graph in store.graphs() for line in store.dump(graph)}
        assert graph_on(server, UNION_GRAPH) == normal(b"\n".join(union))


def rows(source: Store | Endpoint, text: str) -> list[str]:
    answer = source.query(text)
    assert isinstance(answer, Solutions)
    return sorted(map(str, answer.rows))


def different_answers(source: Endpoint, store: Store) -> list[str]:
    """The saved queries, as their files stand, to which the two give different rows."""
    saved = queries.load_queries()
    assert len(saved) >= 58
    return [query.name for query in saved if rows(source, query.text) != rows(store, query.text)]


def test_the_five_documents_arrive_whole_and_are_sent_once(server: servers.Server, documents: Path) -> None:
    with Store.open(documents, read_only=True) as store, connect(server.url, timeout=300) as endpoint:
        first = load_store(store, endpoint)
        assert set(first.new) == set(store.graphs())
        assert_same(server, store)
        second = load_store(store, endpoint)
        assert (second.new, second.changed, second.triples) == ((), (), 0)
        assert set(second.unchanged) == set(store.graphs())
        with connect(server.url, timeout=300) as fresh:
            assert different_answers(fresh, store) == []
            assert export.render_store(fresh, "nquads") == export.render_store(store, "nquads")
            assert export.render_store(fresh, "turtle") == export.render_store(store, "turtle")


def test_every_saved_query_has_the_same_answer_on_the_made_graph(server: servers.Server) -> None:
    with Store.in_memory() as store, connect(server.url, timeout=300) as endpoint:
        turtle = Path(__file__).parent / "queries" / "made.ttl"
        store.insert(turtle.read_bytes(), "turtle", graph=f"{names.BASE}document/made")
        load_store(store, endpoint)
        with connect(server.url, timeout=300) as fresh:
            assert different_answers(fresh, store) == []


def test_a_made_graph_arrives_whole(server: servers.Server) -> None:
    with store_of(made(MADE_TRIPLES)) as store, open_endpoint(server) as endpoint:
        assert load_store(store, endpoint).triples == MADE_TRIPLES
        assert_same(server, store)
        assert load_store(store, endpoint).triples == 0


def test_one_changed_document_sends_one_graph(server: servers.Server) -> None:
    before = [made(400, f"d{number}") for number in range(5)]
    with store_of(*before) as store, open_endpoint(server) as endpoint:
        load_store(store, endpoint)
    after = [*before[:2], made(360, "d2", "changed "), *before[3:]]
    with store_of(*after) as store, faulty.proxy(server.url) as proxy, open_endpoint(server, proxy.url) as endpoint:
        report = load_store(store, endpoint)
        assert report.changed == (f"{names.BASE}document/d2",)
        assert (report.new, report.triples) == ((), 360)
        assert not any(b"document/d1>" in body or b"d1-0" in body for body in proxy.written)
        assert_same(server, store)


def test_a_graph_that_somebody_changed_is_found_out_though_its_size_is_right(server: servers.Server) -> None:
    graph = f"{names.BASE}document/made"
    with store_of(made(400)) as store, open_endpoint(server) as endpoint:
        load_store(store, endpoint)
        fact = f"<{names.BASE}id/fact/made-{7:016x}> <{names.ONTOLOGY}value>"
        run_update(server, f"DELETE WHERE {{ GRAPH <{graph}> {{ {fact} ?v }} }}")
        run_update(server, f"INSERT DATA {{ GRAPH <{graph}> {{ {fact} 7.6 }} }}")
        assert load_store(store, endpoint).changed == (graph,)
        assert_same(server, store)


def test_a_dry_run_sends_nothing_and_strays_go_when_asked(server: servers.Server) -> None:
    with store_of(made(40, "kept"), made(40, "gone")) as store, open_endpoint(server) as endpoint:
        assert load_store(store, endpoint, dry_run=True).triples == 80
        assert endpoint.graphs() == []
        load_store(store, endpoint)
    with store_of(made(40, "kept")) as store, open_endpoint(server) as endpoint:
        gone = f"{names.BASE}document/gone"
        assert load_store(store, endpoint).strays == (gone,)
        assert gone in endpoint.graphs()
        load_store(store, endpoint, prune=True)
        assert endpoint.graphs() == [f"{names.BASE}document/kept"]
        assert_same(server, store)


@pytest.mark.parametrize("graph", [None, f"{names.BASE}graph/all"])
def test_all_graphs_can_be_loaded_as_one(server: servers.Server, documents: Path, graph: str | None) -> None:
    with Store.open(documents, read_only=True) as store, open_endpoint(server) as endpoint:
        assert load_store(store, endpoint, merged=True, graph=graph).new == (graph,)
        assert load_store(store, endpoint, merged=True, graph=graph).unchanged == (graph,)
        union = {line for name in store.graphs() for line in store.dump(name)}
        assert normal(b"\n".join(endpoint.dump(graph))) == normal(b"\n".join(union))


PASSING = {
    "503": [faulty.refuse(503)] * 2,
    "429": [faulty.refuse(429)],
    "connection cut": [faulty.cut],
    "answer lost": [faulty.lose_answer],
    "one after the other": [faulty.cut, faulty.refuse(502), faulty.lose_answer],
}


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_waited_out(server: servers.Server, fault: str) -> None:
    with (
        store_of(made(4000), made(400, "other")) as store,
        faulty.proxy(server.url) as proxy,
        open_endpoint(server, proxy.url) as endpoint,
    ):
        proxy.faults = list(PASSING[fault])
        load_store(store, endpoint)
        assert proxy.faults == []
        assert_same(server, store)


LASTING = {
    "bytes dropped": ([faulty.drop], r"document/\w+ holds \d+ triples after 4?000 were sent"),
    "disk full": ([faulty.refuse(507)], "HTTP status 507: the server's disk is full; no room left"),
    "server error": ([faulty.refuse(500)], "HTTP status 500: no room left"),
    "too large": ([faulty.refuse(413)], "HTTP status 413: the server takes no request of this size"),
    "503 for long": ([faulty.refuse(503)] * 9, r"HTTP status 503: no room left \(tried 4 times\)"),
    "never connected": ([faulty.cut] * 9, r"can't be reached: .*\(tried 4 times\)"),
}


@pytest.mark.parametrize("fault", LASTING)
def test_what_lasts_is_one_clear_line_and_the_next_load_makes_it_whole(server: servers.Server, fault: str) -> None:
    faults, message = LASTING[fault]
    with (
        store_of(made(4000)) as store,
        faulty.proxy(server.url) as proxy,
        open_endpoint(server, proxy.url) as endpoint,
    ):
        proxy.faults = list(faults)
        with pytest.raises(EndpointError, match=message) as caught:
            load_store(store, endpoint)
        assert "\n" not in str(caught.value)
        proxy.faults = []
        load_store(store, endpoint)
        assert_same(server, store)


@pytest.mark.parametrize("name", servers.NAMES)
def test_a_server_that_is_killed_and_started_again_gets_the_whole(name: str, tmp_path: Path) -> None:
    if reason := servers.missing(name):
        pytest.skip(reason)
    with servers.start(name, tmp_path / name) as server, faulty.proxy(server.url) as proxy:
        back = threading.Thread(target=lambda: (time.sleep(0.5), server.start()))

        def kill(request: faulty.Handler, body: bytes) -> None:
            threading.Timer(0.02, server.kill).start()
            faulty.cut(request, body)
            time.sleep(0.1)
            back.start()

        proxy.faults = [kill]
        known = load_servers()[name]
        with store_of(made(20_000), made(400, "other")) as store:
            with Endpoint(proxy.url, server=known, timeout=120, pauses=(0.5, 1, 2, 4, 8, 16)) as endpoint:
                load_store(store, endpoint)
            back.join()
            assert_same(server, store)


# Fuseki's read-only data set, and the one that wants a password


@pytest.fixture(scope="module", params=["basic", "digest"])
def fuseki(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    if reason := servers.missing("fuseki"):
        pytest.skip(reason)
    with servers.start("fuseki", tmp_path_factory.mktemp("fuseki"), sign_in=request.param) as server:
        yield server


def run_cli(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> tuple[int, str]:  # fmt: skip
    """Run adckg; return the exit code and what it said."""
    monkeypatch.setattr(sys, "argv", ["adckg", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    said = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, said.out + said.err


@pytest.fixture
def small(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "store", create=True) as store:
        store.bulk_insert([made(400)])
        store.commit()
    return tmp_path / "store"


def test_sign_in_comes_from_the_environment_or_netrc(
    fuseki: servers.Server, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    url = f"{fuseki.root}/locked"
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    code, said = run_cli(monkeypatch, capsys, "load", url, "--store", small)
    assert (code, said.count("\n")) == (2, 1)
    assert "wants a sign-in (HTTP status 401): set ADCKG_USER and ADCKG_PASSWORD" in said
    monkeypatch.setenv("ADCKG_USER", "editor")
    monkeypatch.setenv("ADCKG_PASSWORD", "wrong")
    code, said = run_cli(monkeypatch, capsys, "load", url, "--store", small)
    assert (code, said.count("\n")) == (2, 1)
    assert "refuses the sign-in of editor (HTTP status 401)" in said
    assert "wrong" not in said
    monkeypatch.setenv("ADCKG_PASSWORD", servers.PASSWORD)
    assert run_cli(monkeypatch, capsys, "load", url, "--store", small) == (
        0,
        "new         1 graph\nsent        400 triples\n",
    )
    monkeypatch.delenv("ADCKG_USER")
    monkeypatch.delenv("ADCKG_PASSWORD")
    (tmp_path / "netrc").write_text(f'machine 127.0.0.1 login editor password "{servers.PASSWORD}"\n')
    (tmp_path / "netrc").chmod(0o600)
    code, said = run_cli(monkeypatch, capsys, "load", url, "--store", small)
    assert (code, said) == (0, "unchanged   1 graph\nsent        0 triples\n")
    code, said = run_cli(
        monkeypatch, capsys, "export", "--endpoint", url, "--format", "nquads", "-o", tmp_path / "x.nq"
    )
    with Store.open(small, read_only=True) as store:
        assert (tmp_path / "x.nq").read_bytes() == export.render_store(store, "nquads")


def test_a_read_only_data_set_is_one_clear_line(
    fuseki: servers.Server, small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = run_cli(monkeypatch, capsys, "load", f"{fuseki.root}/read-only", "--store", small)
    assert (code, said.count("\n")) == (2, 1)
    assert "read-only" in said
