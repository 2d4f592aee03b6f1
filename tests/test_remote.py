"""Endpoints: a small server of known behaviour on loopback, and what becomes of each way in which one can fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from adckg.errors import EndpointError, QueryError
from adckg.remote import Endpoint
from adckg.servers import load_servers
from adckg.store import Solutions, Term, Triples

ROWS = {
    "head": {"vars": ["drug", "share", "nothing"]},
    "results": {
        "bindings": [
            {
                "drug": {"type": "literal", "value": "Kadcyla", "xml:lang": "en"},
                "share": {"type": "literal", "value": "43.6", "datatype": "http://www.w3.org/2001/XMLSchema#decimal"},
            }
        ]
    },
}


class Server(ThreadingHTTPServer):
    """Answers every request with `status` and `body`, and keeps what it was asked."""

    status = 200
    body = b""
    pause: threading.Event | None = None
    asked: str = ""
    accept: str = ""
    parameters: frozenset[str] = frozenset()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/sparql"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked, self.server.accept = form["query"][0], self.headers["Accept"]
        self.server.parameters = frozenset(form)
        if self.server.pause:
            self.server.pause.wait(10)
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_select_gives_rows_of_terms(server: Server) -> None:
    server.body = json.dumps(ROWS).encode()
    answer = Endpoint(server.url).query("SELECT * WHERE { ?s ?p ?o }")
    decimal = "http://www.w3.org/2001/XMLSchema#decimal"
    assert answer == Solutions(
        ("drug", "share", "nothing"),
        ((Term("literal", "Kadcyla", None, "en"), Term("literal", "43.6", decimal), None),),
    )
    assert server.asked == "SELECT * WHERE { ?s ?p ?o }"
    assert "application/sparql-results+json" in server.accept
    assert server.parameters == {"query"}, "no parameter that the SPARQL protocol doesn't know"


def test_ask_gives_yes_or_no(server: Server) -> None:
    server.body = b'{"head": {}, "boolean": false}'
    assert Endpoint(server.url).query("ASK {}") is False


def test_construct_gives_sorted_triples(server: Server) -> None:
    server.body = b"@prefix x: <http://x/> . x:b x:p 1 . x:a x:p 2 . x:b x:p 1 ."
    answer = Endpoint(server.url).query("CONSTRUCT WHERE { ?s ?p ?o }")
    assert isinstance(answer, Triples)
    assert [line.split()[0] for line in answer.ntriples.splitlines()] == [b"<http://x/a>", b"<http://x/b>"]


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_a_refusal_is_one_line_that_names_the_server(server: Server, status: int) -> None:
    server.status, server.body = status, b"go\naway"
    with pytest.raises(EndpointError) as caught:
        Endpoint(server.url).query("ASK {}")
    assert server.url in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_malformed_query_is_the_queries_fault(server: Server) -> None:
    server.status, server.body = 400, b"parse error at line 3"
    with pytest.raises(QueryError, match="parse error at line 3"):
        Endpoint(server.url).query("SELEKT")


@pytest.mark.parametrize("query", ["SELECT * {}", "ASK {}", "CONSTRUCT WHERE { ?s ?p ?o }"])
@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"[]", b"\xff\xfe"])
def test_an_answer_that_is_no_sparql_result_is_an_error(server: Server, query: str, body: bytes) -> None:
    server.body = body
    with pytest.raises(EndpointError, match="is the path right"):
        Endpoint(server.url).query(query)


def test_nobody_there_is_an_error(server: Server) -> None:
    gone = server.url.replace(str(server.server_address[1]), "1")
    with pytest.raises(EndpointError, match="can't be reached"):
        Endpoint(gone).query("ASK {}")


def test_a_silent_server_is_given_up(server: Server) -> None:
    server.pause = threading.Event()
    with pytest.raises(EndpointError, match="timed out"):
        Endpoint(server.url, timeout=1).query("ASK {}")
    server.pause.set()


def test_a_server_that_takes_a_time_limit_is_told(server: Server) -> None:
    server.body = b'{"head": {}, "boolean": true}'
    for known in load_servers().values():
        Endpoint(server.url, server=known, timeout=6.5).query("ASK {}")
        assert set(known.limit) <= server.parameters
    assert load_servers()["fuseki"].stop_after(6.5) == {"timeout": "7"}
    assert load_servers()["stardog"].stop_after(6.5) == {"timeout": "7000"}
    assert not load_servers()["virtuoso"].limit


def test_words_of_a_comment_are_no_part_of_the_query(server: Server) -> None:
    server.body = json.dumps(ROWS).encode()
    text = "#+ summary: which payload?\n#+\nSELECT * WHERE { ?s ?p ?o }"
    assert isinstance(Endpoint(server.url).query(text), Solutions)


def test_an_update_is_not_sent(server: Server) -> None:
    with pytest.raises(QueryError, match="an update"):
        Endpoint(server.url).query("DROP ALL")
    assert server.asked == ""


@pytest.mark.parametrize("url", ["localhost:3030/x", "ftp://x/", "file:///etc/passwd", "http://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(EndpointError, match="http://"):
        Endpoint(url)
