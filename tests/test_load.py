"""Loading by the profile of each server, into a double of what its makers document: paths, sign-in, default graph.

Oxigraph, Fuseki and RDF4J are run for real in test_load_servers.py; the double stands in for those that can't be.
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pyoxigraph
import pytest

from adckg import names, servers
from adckg.errors import EndpointError
from adckg.load import load_store
from adckg.remote import Endpoint, connect, persist
from adckg.store import Store

USER, PASSWORD, TOKEN = "editor", "pässword", "t0ken"


@dataclass(frozen=True)
class Documented:
    """What a maker's documentation says of a data set at `base`."""

    base: str
    query: str
    update: str
    graphs: str | None
    sign_in: str = "basic"
    quads: str | None = None
    triples: tuple[str, ...] = ("application/n-triples", "text/turtle")
    union: bool = True
    """the default graph is the union of all"""
    header: tuple[str, str] | None = None
    open_to_read: bool = False


DOCUMENTED = {
    "graphdb": Documented(
        "/repositories/adc", "", "/statements", "/rdf-graphs/service", quads="/statements",
        header=("Server", "GraphDB/10.8.0 RDF4J/4.3.15"),
    ),
    "virtuoso": Documented(
        "", "/sparql-auth", "/sparql-auth", "/sparql-graph-crud-auth", sign_in="digest", triples=("text/turtle",),
        header=("Server", "Virtuoso/07.20.3240 (Linux) x86_64-pc-linux-gnu"),
    ),
    "qlever": Documented("", "", "", "", sign_in="bearer", open_to_read=True),
    "blazegraph": Documented("/blazegraph/namespace/kb/sparql", "", "", None),
    "stardog": Documented("/adc", "/query", "/update", "", union=False),
    "neptune": Documented("", "/sparql", "/sparql", "/sparql/gsp/", sign_in="none"),
}  # fmt: skip
"""https://graphdb.ontotext.com, https://docs.openlinksw.com/virtuoso, https://docs.qlever.dev,
https://github.com/blazegraph/database/wiki/REST_API, https://docs.stardog.com/developing/http-api,
https://docs.aws.amazon.com/neptune/latest/userguide/sparql-graph-store-protocol.html"""


@dataclass
class State:
    documented: Documented
    store: pyoxigraph.Store = field(default_factory=pyoxigraph.Store)
    writes: list[tuple[str, str]] = field(default_factory=list)


class Double(BaseHTTPRequestHandler):
    """A server that does what is documented and refuses everything else."""

    protocol_version = "HTTP/1.1"
    state: State

    def do_GET(self) -> None:
        self._answer(400, b"what is the query?")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        says = self.state.documented
        url = urlsplit(self.path)
        path = url.path.removeprefix(says.base).rstrip("/") if says.base else url.path.rstrip("/")
        kind = self.headers["Content-Type"].partition(";")[0]
        form = parse_qs(body.decode()) if kind == "application/x-www-form-urlencoded" else {}
        reads = "query" in form
        if not self._signed_in() and not (reads and says.open_to_read):
            return self._challenge()
        graph = parse_qs(url.query, keep_blank_values=True)
        if reads and path == says.query.rstrip("/"):
            return self._query(form)
        self.state.writes.append((self.command, path))
        if kind == "application/sparql-update" and path == says.update.rstrip("/"):
            self.state.store.update(body.decode())
        elif kind == "application/n-quads" and says.quads == path and self.command == "POST":
            self.state.store.load(body, format=pyoxigraph.RdfFormat.N_QUADS)
        elif (
            says.graphs is not None
            and path == says.graphs.rstrip("/")
            and self.command == "PUT"
            and kind in says.triples
        ):
            name = (
                pyoxigraph.NamedNode(graph["graph"][0])
                if "graph" in graph
                else pyoxigraph.DefaultGraph()
            )  # fmt: skip
            self.state.store.clear_graph(name)
            self.state.store.load(body, format=pyoxigraph.RdfFormat.TURTLE, to_graph=name)
        else:
            return self._answer(405, f"{self.command} {self.path} {kind}".encode())
        return self._answer(200, b"")

    do_PUT = do_DELETE = do_POST

    def _query(self, form: dict[str, list[str]]) -> None:
        chosen = form.get("default-graph-uri", [""])[0]
        union = self.state.documented.union or chosen.endswith("context:all")
        default = None
        if re.search(r"context:default|#nil$|nullGraph|default-graph$|DefaultNamedGraph", chosen):
            default, union = [pyoxigraph.DefaultGraph()], False
        elif chosen.startswith(names.BASE):
            default, union = [pyoxigraph.NamedNode(chosen)], False
        options = {"use_default_graph_as_union": True} if union else {"default_graph": default} if default else {}
        answer = self.state.store.query(form["query"][0], **options)
        if isinstance(answer, pyoxigraph.QueryTriples):
            return self._answer(200, answer.serialize(format=pyoxigraph.RdfFormat.TURTLE) or b"")
        return self._answer(200, answer.serialize(format=pyoxigraph.QueryResultsFormat.JSON) or b"")

    def _signed_in(self) -> bool:
        said = self.headers.get("Authorization", "")
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return {
            "none": True,
            "basic": said == f"Basic {basic}",
            "bearer": said == f"Bearer {TOKEN}",
            "digest": said.startswith("Digest ") and f'username="{USER}"' in said and "response=" in said,
        }[self.state.documented.sign_in]

    def _challenge(self) -> None:
        how = self.state.documented.sign_in.capitalize()
        more = ', nonce="abc", algorithm=MD5, qop="auth"' if how == "Digest" else ""
        self._answer(401, b"", ("WWW-Authenticate", f'{how} realm="SPARQL"{more}'))

    def _answer(self, status: int, body: bytes, header: tuple[str, str] | None = None) -> None:
        self.send_response_only(status)
        for name, value in filter(None, (header, self.state.documented.header)):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def double(documented: Documented) -> Iterator[tuple[str, State]]:
    """Give the address of a double of a server, and what it holds."""
    state = State(documented)
    handler = type("Handler", (Double,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}{documented.base}", state
        server.shutdown()
        thread.join()


def made(graph: str, count: int, mark: str = "") -> bytes:
    name = f"{names.BASE}document/{graph}"
    return "".join(
        f'<{names.BASE}id/fact/{graph}-{n}> <{names.ONTOLOGY}name> "{mark}line {n}\\n\\"α\\"" <{name}> .\n'
        for n in range(count)
    ).encode()


def store_of(*graphs: bytes) -> Store:
    store = Store.in_memory()
    store.insert(b"".join(graphs))
    return store


BLANK = f'_:a <{names.ONTOLOGY}name> _:b <{names.BASE}graph/blank> .\n_:b <{names.ONTOLOGY}name> "b" <{names.BASE}graph/blank> .\n'


@pytest.fixture(autouse=True)
def _no_sign_in(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    for name in ("ADCKG_USER", "ADCKG_PASSWORD", "ADCKG_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", f"{tmp_path}/none")


def sign_in(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "bearer":
        monkeypatch.setenv("ADCKG_TOKEN", TOKEN)
    elif how != "none":
        monkeypatch.setenv("ADCKG_USER", USER)
        monkeypatch.setenv("ADCKG_PASSWORD", PASSWORD)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_server_is_loaded_as_its_documentation_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    documented = DOCUMENTED[name]
    sign_in(monkeypatch, documented.sign_in)
    with double(documented) as (url, state):
        with store_of(made("a", 30), made("b", 20), BLANK.encode()) as store:
            report = load_store(store, connect(url, server=name))
            assert len(report.new) == 3
            for graph in store.graphs():
                held = list(state.store.quads_for_pattern(None, None, None, pyoxigraph.NamedNode(graph)))
                assert len(held) == len(store.dump(graph)), graph
            assert load_store(store, connect(url, server=name)).triples == 0
        methods = {method for method, _ in state.writes}
        assert methods == ({"POST"} if documented.graphs is None else {"POST", "PUT"} if documented.quads else {"PUT"})
        with store_of(made("a", 30), made("b", 20, "changed "), BLANK.encode()) as store:
            endpoint = connect(url, server=name)
            assert load_store(store, endpoint).changed == (f"{names.BASE}document/b",)
            assert endpoint.dump(f"{names.BASE}document/b") == store.dump(f"{names.BASE}document/b")
            count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
            assert endpoint.query(count) == store.query(count), "the default graph is the union"


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if servers.load_servers()[name].default is not None])
def test_each_server_takes_all_graphs_as_its_default_graph(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    documented = DOCUMENTED[name]
    sign_in(monkeypatch, documented.sign_in)
    with double(documented) as (url, state), store_of(made("a", 30), made("b", 20)) as store:
        assert load_store(store, connect(url, server=name), merged=True).new == (None,)
        assert len(list(state.store.quads_for_pattern(None, None, None, pyoxigraph.DefaultGraph()))) == 50
        assert load_store(store, connect(url, server=name), merged=True).unchanged == (None,)


def test_a_server_without_a_default_graph_wants_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch, "digest")
    with double(DOCUMENTED["virtuoso"]) as (url, _), store_of(made("a", 3)) as store:
        with pytest.raises(EndpointError, match=r"has no default graph: name one"):
            load_store(store, connect(url), merged=True)
        assert load_store(store, connect(url), merged=True, graph="urn:all").new == ("urn:all",)


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if DOCUMENTED[name].header or name == "blazegraph"])
def test_a_server_is_recognised(name: str) -> None:
    with double(DOCUMENTED[name]) as (url, _):
        assert connect(url).server == servers.load_servers()[name]


def test_a_server_that_is_not_recognised_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch, "basic")
    with double(DOCUMENTED["stardog"]) as (url, _), store_of(made("a", 3)) as store:
        with pytest.raises(EndpointError, match="--server oxigraph"):
            load_store(store, connect(f"{url}/query"))
        with pytest.raises(EndpointError, match="no server called 'starfish' is known"):
            connect(url, server="starfish")


def test_large_graphs_and_many_graphs_fit_into_updates_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(monkeypatch, "basic")
    monkeypatch.setattr("adckg.load._UPDATE_BYTES", 2000)
    with double(DOCUMENTED["blazegraph"]) as (url, state):
        graphs = [made("large", 200), *(made(f"g{number}", 3) for number in range(40))]
        with store_of(*graphs) as store:
            load_store(store, connect(url))
            assert len(state.store) == 320
            assert 12 < len(state.writes) < 60


def test_the_address_of_a_service_is_as_good_as_that_of_the_data_set() -> None:
    for server in servers.load_servers().values():
        base = re.sub(r"[A-Z]{4,}", "x", server.address)
        for path in filter(None, (server.query, server.update, server.graphs, server.quads)):
            assert server.base(f"{base}/{path}") == base
        assert server.service(base, server.query).startswith(base)


def test_a_password_is_not_taken_from_the_address() -> None:
    with pytest.raises(EndpointError, match="no sign-in in the address") as caught:
        connect("http://editor:hunter2@localhost/adc")
    assert "hunter2" not in str(caught.value)


def test_half_a_sign_in_and_a_broken_netrc_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("ADCKG_USER", USER)
    with pytest.raises(EndpointError, match="go together"):
        servers.find_credentials("http://localhost/")
    monkeypatch.delenv("ADCKG_USER")
    path = f"{tmp_path}/netrc"
    monkeypatch.setenv("NETRC", path)
    with open(path, "w") as file:  # noqa: PTH123
        file.write("machine localhost bogus x\n")
    with pytest.raises(EndpointError, match=r"can't be read as a netrc file"):
        servers.find_credentials("http://localhost/")


def test_pauses_grow_and_a_fault_that_lasts_is_raised_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    faults = [EndpointError("busy", passing=True), EndpointError("busy", passing=True, wait=7)]

    def act() -> str:
        if faults:
            raise faults.pop(0)
        return "done"

    assert persist(act, (1, 2, 4)) == "done"
    assert slept == [1, 7], "as long as the server asks for, and no less than the pause"
    faults[:] = [EndpointError("no")] * 2
    with pytest.raises(EndpointError, match=r"^no$"):
        persist(act, (1, 2, 4))
    assert len(faults) == 1


def test_credentials_are_not_shown() -> None:
    assert "secret" not in repr(servers.Credentials("user", "secret", "secret"))
    assert Endpoint("http://localhost/x", credentials=servers.Credentials("u", "secret")).url == "http://localhost/x"
