"""Sources give one and the same answer wherever the data is, and no query outlives its limit."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from adckg import queries, sources
from adckg.answers import render_answer
from adckg.errors import EndpointError, GraphError, QueryError, StoreError
from adckg.export import write_store
from adckg.sources import Limited, Place
from adckg.store import SUFFIXES, Solutions, Store, Term, Triples

MADE = Path(__file__).parent / "queries" / "made.ttl"
RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
SHORT = "SELECT ?n WHERE { VALUES ?n { 1 } }"


class Server(ThreadingHTTPServer):
    """A SPARQL endpoint over the made graph; queries that speak of `urn:wait` wait until `let_go`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.made = Store.load(MADE)
        self.requests = 0
        self.let_go = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/sparql"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.requests += 1
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        text = parse_qs(body)["query"][0] if "urlencoded" in self.headers["Content-Type"] else body
        if "urn:wait" in text:
            self.server.let_go.wait(30)
            return
        answer = self.server.made.query(text)
        data = answer.ntriples if isinstance(answer, Triples) else render_answer(answer, "json").encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.let_go.set()
        server.shutdown()
        thread.join()


@pytest.fixture(params=["forked", "started anew"])
def _each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_alone", lambda: request.param == "forked")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Place:
    path = tmp_path_factory.mktemp("sources") / "store"
    with Store.open(path, create=True) as made:
        made.insert(MADE.read_bytes(), "turtle", graph="https://w3id.org/adckg/document/made")
        made.commit()
    return Place("store", str(path))


@pytest.mark.usefixtures("_each_way")
def test_a_runaway_query_is_stopped_and_the_source_is_usable_at_once(store: Place) -> None:
    with Limited(store, seconds=0.5) as limited:
        begin = time.monotonic()
        with pytest.raises(QueryError, match=r"stopped after 0.5 s"):
            limited.query(RUNAWAY)
        assert time.monotonic() - begin < 10, "how soon is measured in benchmarks"
        assert limited.query(SHORT)


def test_a_file_is_usable_after_a_runaway_query() -> None:
    with Limited(Place("file", str(MADE)), seconds=0.3) as limited:
        for _ in range(2):
            with pytest.raises(QueryError, match=r"stopped after 0.3 s"):
                limited.query(RUNAWAY)
        assert limited.query("ASK { ?s ?p ?o }") is True


def test_a_server_that_keeps_silent_is_given_up(server: Server) -> None:
    with Limited(Place("endpoint", server.url), seconds=0.5) as limited:
        begin = time.monotonic()
        with pytest.raises(QueryError, match=r"stopped after 0.5 s"):
            limited.query("ASK { <urn:wait> ?p ?o }")
        assert time.monotonic() - begin < 10, "how soon is measured in benchmarks"
        assert limited.query("ASK { ?s ?p ?o }") is True


def test_the_process_ends_with_its_source(store: Place) -> None:
    limited = Limited(store)
    limited.query(SHORT)
    assert limited._process is not None
    pid = limited._process.pid
    limited.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    limited.close()


def test_a_process_ends_when_nobody_holds_its_source(store: Place) -> None:
    limited, other = Limited(store), Limited(store)
    assert limited._process is not None
    pid = limited._process.pid
    assert other.query(SHORT)
    del limited
    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    other.close()


def test_a_process_that_dies_is_told_and_replaced(store: Place) -> None:
    with Limited(store) as limited:
        limited.query(SHORT)
        assert limited._process is not None
        os.kill(limited._process.pid, signal.SIGKILL)
        with pytest.raises(StoreError, match="signal 9: it may have needed more memory than there is"):
            limited.query(SHORT)
        assert limited.query(SHORT)


@pytest.mark.usefixtures("_each_way")
def test_what_is_wrong_with_a_source_comes_out_with_each_query(tmp_path: Path) -> None:
    for place, error in [
        (Place("store", str(tmp_path / "none")), StoreError),
        (Place("file", str(tmp_path / "none.ttl")), GraphError),
        (Place("endpoint", "nowhere"), EndpointError),
    ]:
        with Limited(place) as limited:
            for _ in range(2):
                with pytest.raises(error, match=r"none|nowhere"):
                    limited.query(SHORT)


def test_an_error_of_a_query_leaves_the_process_alive(store: Place) -> None:
    with Limited(store) as limited:
        limited.query(SHORT)
        process = limited._process
        with pytest.raises(QueryError, match="syntax error at line 1"):
            limited.query("SELECT WHERE {")
        assert limited.query(SHORT)
        assert limited._process is process


def test_several_threads_share_a_source(store: Place) -> None:
    with Limited(store) as limited:
        given: dict[int, object] = {}

        def ask(number: int) -> None:
            given[number] = limited.query(f"SELECT ?n WHERE {{ VALUES ?n {{ {number} }} }}")

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {n: answer.records() for n, answer in given.items() if isinstance(answer, Solutions)} == {
        n: [{"n": str(n)}] for n in range(8)
    }


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_time_limit_that_is_none_is_refused(store: Place, seconds: float) -> None:
    with pytest.raises(QueryError, match="number of seconds above 0"):
        Limited(store, seconds=seconds)


@pytest.mark.parametrize(
    "answer",
    [
        True,
        False,
        Triples(b"<urn:a> <urn:b> <urn:c> .\n"),
        Solutions(("a",), ()),
        Solutions((), ((), ())),
        Solutions(("a", "b"), ((None, Term("iri", "urn:x")), (Term("literal", "x", None, "en"), None))),
        Solutions(("a",), ((Term("literal", "1", "http://www.w3.org/2001/XMLSchema#integer"),),) * 3),
    ],
)
def test_answers_come_through_as_they_were(answer: Solutions | Triples | bool) -> None:
    assert sources._unpack(sources._pack(answer)) == answer


def hidden_calls(url: str) -> dict[str, str]:
    return {
        "plain": f"SELECT * WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
        "silent, in lower case": f"SELECT * WHERE {{ service silent <{url}> {{ ?s ?p ?o }} }}",
        "after a string that looks like an end": f"SELECT * WHERE {{ BIND('\"' AS ?x) SERVICE <{url}> {{ ?s ?p ?o }} }}",
        "after a comment that looks like a string": f"SELECT * WHERE {{ # '''\n SERVICE <{url}> {{ ?s ?p ?o }} # '''\n }}",
        "without a space": f"SELECT * WHERE {{ ?a ?b 1.SERVICE<{url}>{{ ?s ?p ?o }} }}",
        "by a prefix": f"PREFIX : <{url}> SELECT * WHERE {{ SERVICE: {{ ?s ?p ?o }} }}",
        "by a variable": f"SELECT * WHERE {{ VALUES ?x {{ <{url}> }} SERVICE?x{{ ?s ?p ?o }} }}",
        "in letters by number": f"SELECT * WHERE {{ \\u0053ERVICE <{url}> {{ ?s ?p ?o }} }}",
        "behind a less-than sign": f"SELECT * WHERE {{ FILTER(1<2)SERVICE <{url}> {{ ?s ?p ?o }} FILTER(2>1) }}",
        "in a subquery": f"SELECT * WHERE {{ {{ SELECT * WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }} }} }}",
        "in EXISTS": f"SELECT * WHERE {{ FILTER EXISTS {{ SERVICE <{url}> {{ ?s ?p ?o }} }} }}",
    }


@pytest.mark.parametrize("name", hidden_calls(""))
def test_no_query_calls_another_server_unless_it_may(store: Place, server: Server, name: str) -> None:
    text = hidden_calls(server.url)[name]
    with Limited(store) as limited, pytest.raises(QueryError, match="--allow-federation"):
        limited.query(text)
    assert server.requests == 0


def test_a_query_that_may_call_another_server_does(store: Place, server: Server) -> None:
    with Limited(store, allow_federation=True) as limited:
        answer = limited.query(f"SELECT * WHERE {{ SERVICE <{server.url}> {{ ?s ?p ?o }} }}")
    assert isinstance(answer, Solutions)
    assert answer.rows
    assert server.requests == 1


@pytest.mark.parametrize("clause", ["FROM <{}>", "FROM NAMED <{}>"])
def test_no_query_reads_a_local_file(store: Place, clause: str) -> None:
    text = f"SELECT * {clause.format(MADE.as_uri())} WHERE {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }}"
    with Limited(store) as limited:
        answer = limited.query(text)
    assert isinstance(answer, Solutions)
    assert not answer.rows


@pytest.fixture(scope="session")
def files(store: Place, tmp_path_factory: pytest.TempPathFactory) -> list[Place]:
    folder = tmp_path_factory.mktemp("files")
    with Store.open(Path(store.at), read_only=True) as opened:
        for ending, form in SUFFIXES.items():
            write_store(opened, folder / f"made{ending}", form)
    return [Place("file", str(path)) for path in sorted(folder.iterdir())]


def test_every_source_gives_the_same_answers(store: Place, files: list[Place], server: Server) -> None:
    def answers(limited: Limited) -> list[object]:
        return [queries.run(limited, query, {}) for query in queries.load_queries()]

    with Limited(store) as limited:
        wanted = answers(limited)
    for place in [*files, Place("endpoint", server.url)]:
        with Limited(place) as limited:
            assert answers(limited) == wanted, place


def test_without_a_time_limit_there_is_no_process(store: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Place] = []
    start: Callable[[Place, float], tuple[int, int, int]] = sources._start
    monkeypatch.setattr(sources, "_start", lambda place, seconds: started.append(place) or start(place, seconds))
    with Limited(store, seconds=None) as limited:
        assert limited.query(SHORT)
    assert not started
