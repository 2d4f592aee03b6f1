"""Any SPARQL 1.1 server behind the methods of `store.Store`, and what writes to one.

Queries go through SPARQLWrapper, of which this is the only importer; uploads, which it can't do, through requests.
"""

from __future__ import annotations

import json
import math
import re
import time
import warnings
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.error import HTTPError
from urllib.parse import quote

from adckg import __version__, names, sparql
from adckg.errors import EndpointError, GraphError, QueryError
from adckg.servers import Credentials, Server, check_address, find_credentials, load_servers, recognise
from adckg.store import Answer, Solutions, Store, Term, Triples, convert

if TYPE_CHECKING:
    import requests
    from requests.auth import HTTPDigestAuth

_KINDS = {"uri": "iri", "bnode": "blank", "literal": "literal", "typed-literal": "literal"}
_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
_XSD_DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"
_AGENT = f"adckg/{__version__}"

UNION_GRAPH = f"{names.BASE}graph/union"
"""Where the union of all graphs is kept, as a set, on servers that repeat a triple for each graph that holds it."""

PAUSES = (0.5, 1, 2, 4, 8, 16, 32)
"""Seconds to wait before each further try of what failed in passing."""
_PASSING = (429, 502, 503, 504)
_HINTS = {
    403: "this user may not do that, or the data set is read-only",
    404: "there is no such service: is the path right?",
    405: "there is no such service here, or the data set is read-only",
    413: "the server takes no request of this size",
    507: "the server's disk is full",
}
_T = TypeVar("_T")


def persist(act: Callable[[], _T], pauses: Sequence[float] = PAUSES) -> _T:
    """Return what `act` returns; what fails in passing is tried again after each of the pauses.

    Raises:
        EndpointError: it fails for good, or has been tried often enough.
    """
    for pause in pauses:
        try:
            return act()
        except EndpointError as error:
            if not error.passing:
                raise
            time.sleep(max(pause, min(error.wait, 60)))
    try:
        return act()
    except EndpointError as error:
        if error.passing and pauses:
            raise EndpointError(f"{error} (tried {len(pauses) + 1} times)") from error
        raise


def connect(
    url: str, *, server: str | None = None, timeout: float = 60, pauses: Sequence[float] = ()
) -> Endpoint:  # fmt: skip
    """Return the endpoint at an address, with the sign-in that environment or netrc have for it.

    The address is that of a data set or of one of its services. The server is the one named, or else recognised by its
    address and the headers of its answers; one that isn't recognised is a query service at exactly this address.

    Raises:
        EndpointError: that isn't an address, or no such server is known, or it is out of reach.
    """
    check_address(url)
    servers = load_servers()
    if server is not None and server not in servers:
        raise EndpointError(f"no server called {server!r} is known: there are {', '.join(servers)}")
    endpoint = Endpoint(url, credentials=find_credentials(url), timeout=timeout, pauses=pauses)
    endpoint.server = servers[server] if server else persist(endpoint.recognise, pauses)
    return endpoint


class Endpoint:
    """A SPARQL endpoint, which answers queries as a `Store` does.

    Of a known server the default graph of a query is the union of all graphs, as it is in a `Store`; of another it is
    what the server makes it.
    """

    def __init__(
        self,
        url: str,
        *,
        server: Server | None = None,
        credentials: Credentials | None = None,
        timeout: float = 60,
        pauses: Sequence[float] = (),
    ) -> None:
        """Name the endpoint by its address; `timeout` and `pauses` are in seconds.

        Raises:
            EndpointError: that isn't an HTTP address, or it holds a password.
        """
        self.url = check_address(url)
        self.server = server
        self.timeout = timeout
        self.pauses = pauses
        self._credentials = credentials
        self._scheme = "bearer" if credentials and credentials.token else ""
        self._digest: HTTPDigestAuth | None = None
        self._requests: requests.Session | None = None
        self._union: bool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if self._requests:
            self._requests.close()
            self._requests = None

    def recognise(self) -> Server | None:
        """Return the server that is there, which its first answer, whatever it is, betrays.

        Raises:
            EndpointError: it is out of reach.
        """
        import requests

        try:
            with self._session().get(
                self.url, timeout=self.timeout, allow_redirects=False, stream=True, headers={"User-Agent": _AGENT}
            ) as answer:
                if answer.status_code == 401 and self._challenged(answer.headers.get("WWW-Authenticate", "")):
                    return self.recognise()
                return recognise(self.url, answer.headers.items())
        except requests.RequestException as error:
            raise _unreachable(self.url, error) from error

    def query(self, text: str) -> Answer:
        """Return the server's answer to a query; its default graph is the union of all graphs.

        Raises:
            QueryError: the server calls the query malformed.
            EndpointError: the server is out of reach, refuses, is too slow, or answers with something else.
        """
        union = self.server.union if self.server else {}
        if _names_graphs(text):  # naming the default graph takes away the others
            union = {} if "default-graph-uri" in union else union
        elif self._keeps_union():
            union = {"default-graph-uri": UNION_GRAPH}
        limit = self.server.stop_after(self.timeout) if self.server else {}
        return self._query(text, {**union, **limit})

    def _keeps_union(self) -> bool:
        """Say whether the union has been loaded as a graph of its own."""
        if self._union is None:
            asked = self.server is not None and self.server.repeats
            self._union = asked and self._query(f"ASK {{ GRAPH <{UNION_GRAPH}> {{ ?s ?p ?o }} }}", {}) is True
        return self._union

    def query_default_graph(self, text: str) -> Answer:
        """Return the answer to a query whose default graph holds what is in no named graph.

        Raises:
            QueryError: the server calls the query malformed.
            EndpointError: the server has no default graph, or fails as in `query`.
        """
        parameters = self.server.default if self.server else {}
        if parameters is None:
            raise EndpointError(f"{self.url}: this server has no default graph: name one")
        return self._query(text, parameters)

    def graphs(self) -> list[str]:
        """Return the named graphs of adckg that the server holds, sorted; other people's are none of our business.

        Raises:
            EndpointError: as in `query`.
        """
        answer = self._query(f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ ?s ?p ?o }} {_OURS} }}", {})
        assert isinstance(answer, Solutions)
        return sorted({row["g"] for row in answer.records()} - {UNION_GRAPH})

    def dump(self, graph: str | None = None) -> list[bytes]:
        """Return a graph as sorted lines of N-Triples; None is the default graph, where no graph of adckg is named.

        Raises:
            EndpointError: as in `query`, or the server holds back some of the triples.
        """
        if graph is None and self.graphs():
            return []
        ask = self._query if graph else lambda text, _: self.query_default_graph(text)
        pattern = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
        triples = ask(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}", {})
        assert isinstance(triples, Triples)
        with Store.in_memory() as written:  # as it writes decimals and dates, where a server writes them in its own way
            written.insert(triples.ntriples, "ntriples", where=self.url)
            lines = written.dump()
        count = ask(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}", {})
        assert isinstance(count, Solutions)
        held = int(count.records()[0]["n"])
        if len(lines) != held:
            raise EndpointError(
                f"{self.url}: gives {len(lines)} of the {held} triples of {graph or 'its default graph'}: "
                "raise the server's limit on the size of answers"
            )
        return lines

    def _query(self, text: str, parameters: Mapping[str, str]) -> Answer:
        form, body = persist(lambda: self._ask(text, parameters), self.pauses)
        try:
            if form in ("CONSTRUCT", "DESCRIBE"):
                lines = convert(body, "turtle", "ntriples", where=self.url).split(b"\n")
                return Triples(b"".join(line + b"\n" for line in sorted(set(lines) - {b""})))
            answer = json.loads(body)
            return bool(answer["boolean"]) if form == "ASK" else _solutions(answer)
        except (GraphError, ValueError, KeyError, TypeError) as error:
            raise EndpointError(
                f"{self.url}: doesn't answer as a SPARQL query service does: is the path right?"
            ) from error

    def _ask(self, text: str, parameters: Mapping[str, str]) -> tuple[str, bytes]:
        """Return the form of the query (SELECT, ...) and the body of the answer."""
        from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
        from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException, Unauthorized

        url = self.server.service(self.url, self.server.query) if self.server else self.url
        wrapper = SPARQLWrapper(url, agent=_AGENT)
        wrapper.setOnlyConneg(True)  # else it adds parameters that no standard knows, and some servers refuse
        wrapper.setTimeout(math.ceil(self.timeout))
        wrapper.setMethod(POST)
        for name, value in parameters.items():
            wrapper.addParameter(name, value)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what it can't read it says so; the server says it better
                wrapper.setQuery(text)
            if parts := sparql.outline(text):  # it takes a "payload" in a comment for LOAD
                wrapper.queryType = parts.form
            if wrapper.isSparqlUpdateRequest():
                raise QueryError("an update can't be sent as a query")
            form = str(wrapper.queryType)
            wrapper.setReturnFormat(TURTLE if form in ("CONSTRUCT", "DESCRIBE") else JSON)
            if signature := self._signature("POST", url):
                wrapper.addCustomHttpHeader("Authorization", signature)
            with wrapper.query().response as response:
                return form, response.read()
        except Unauthorized as error:
            cause = error.__context__
            challenge = cause.headers.get("WWW-Authenticate", "") if isinstance(cause, HTTPError) else ""
            if self._challenged(challenge):
                return self._ask(text, parameters)
            raise self._unauthorized(url) from error
        except QueryBadFormed as error:
            raise QueryError(f"{self.url}: calls the query malformed: {_reason(error)}") from error
        except SPARQLWrapperException as error:
            cause = error.__context__
            status = cause.code if isinstance(cause, HTTPError) else 500
            raise _refusal(url, status, str(error).partition("Response:")[2]) from error
        except HTTPError as error:
            with error:
                body = error.read(4000).decode("utf-8", "replace")
                raise _refusal(url, error.code, body or error.reason, error.headers.get("Retry-After")) from error
        except (OSError, HTTPException) as error:
            raise _unreachable(url, error) from error

    def _signature(self, method: str, url: str) -> str | None:
        """Return the header that signs a request in, in the way that the server has asked for."""
        who = self._credentials
        if not who or not self._scheme:
            return None
        if self._digest:  # SPARQLWrapper's own digest sign-in changes the opener of the whole process
            return self._digest.build_digest_header(method, url)
        pair = b64encode(f"{who.user}:{who.password}".encode()).decode()
        return f"Bearer {who.token}" if self._scheme == "bearer" else f"Basic {pair}"

    def _challenged(self, challenge: str) -> bool:
        """Note how the server wants a sign-in; return whether that is news, so that it's worth another try."""
        from requests.auth import HTTPDigestAuth
        from requests.utils import parse_dict_header

        who = self._credentials
        stale = self._digest is not None and re.search(r'stale="?true', challenge, re.IGNORECASE)
        if not who or (self._scheme and not stale):
            return False
        scheme, _, rest = challenge.strip().partition(" ")
        self._scheme = "digest" if scheme.lower() == "digest" else "basic"
        if self._scheme == "digest":
            self._digest = HTTPDigestAuth(who.user, who.password)
            self._digest.init_per_thread_state()
            self._digest._thread_local.chal = parse_dict_header(rest)
        return True

    def _unauthorized(self, url: str) -> EndpointError:
        if not self._credentials:
            how = "set ADCKG_USER and ADCKG_PASSWORD, or ADCKG_TOKEN, or write it in ~/.netrc"
            return EndpointError(f"{url}: wants a sign-in (HTTP status 401): {how}")
        who = self._credentials.user or "the token"
        return EndpointError(f"{url}: refuses the sign-in of {who} (HTTP status 401): check user and password")

    def put_graph(self, graph: str | None, ntriples: bytes) -> None:
        """Make a graph (None: the default graph) hold these triples and nothing else, by the Graph Store Protocol.

        Raises:
            EndpointError: the server is out of reach, refuses, fails or is too slow.
        """
        server = self._writable()
        target = {"graph": graph} if graph else {"default": ""}
        self._write("PUT", server.graphs, ntriples, server.triples, {**target, **server.upload})

    def add_quads(self, nquads: bytes) -> None:
        """Add N-Quads to the server's graphs.

        Raises:
            EndpointError: the server is out of reach, refuses, fails or is too slow.
        """
        server = self._writable()
        self._write("POST", server.quads, nquads, "application/n-quads", server.upload)

    def update(self, text: bytes) -> None:
        """Run a SPARQL update.

        Raises:
            EndpointError: the server is out of reach, refuses, fails or is too slow.
        """
        self._write("POST", self._writable().update, text, "application/sparql-update", {})

    def _writable(self) -> Server:
        if self.server is None:
            raise EndpointError(f"{self.url}: which server is this? Name it: --server {'|'.join(load_servers())}")
        return self.server

    def _write(
        self, method: str, path: str | None, body: bytes, media_type: str, parameters: Mapping[str, str]
    ) -> None:  # fmt: skip
        url = self._writable().service(self.url, path or "")
        given = "&".join(f"{name}={quote(value, safe='')}" if value else name for name, value in parameters.items())
        address = f"{url}?{given}" if given else url  # RDF4J knows `?default`, and not `?default=`
        persist(lambda: self._send(method, address, body, media_type), self.pauses)

    def _send(self, method: str, address: str, body: bytes, media_type: str) -> None:
        import requests

        url = address.partition("?")[0]
        headers = {"Content-Type": media_type, "User-Agent": _AGENT}
        try:
            answer = self._session().request(
                method, address, data=body, headers=headers, timeout=self.timeout, allow_redirects=False
            )  # fmt: skip
        except requests.RequestException as error:
            raise _unreachable(url, error) from error
        if answer.status_code == 401:
            if self._challenged(answer.headers.get("WWW-Authenticate", "")):
                return self._send(method, address, body, media_type)
            raise self._unauthorized(url)
        if answer.is_redirect:
            raise EndpointError(f"{url}: has moved to {answer.headers['Location']}: name that address")
        if not answer.ok:
            raise _refusal(url, answer.status_code, answer.text, answer.headers.get("Retry-After"))
        return None

    def _session(self) -> requests.Session:
        import requests

        def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
            if signature := self._signature(str(request.method), str(request.url)):
                request.headers["Authorization"] = signature
            return request

        if self._requests is None:
            self._requests = requests.Session()
            self._requests.auth = sign  # without one of its own requests looks for a netrc itself
        return self._requests


_OURS = f'FILTER(STRSTARTS(STR(?g), "{names.BASE}"))'


def _names_graphs(text: str) -> bool:
    return any(token.kind == "word" and token.text.upper() in ("GRAPH", "FROM") for token in sparql.tokens(text))


def _solutions(answer: Any) -> Solutions:
    variables = tuple(answer["head"]["vars"])
    rows = (tuple(_term(row.get(name)) for name in variables) for row in answer["results"]["bindings"])
    return Solutions(variables, tuple(rows))


def _term(cell: Any) -> Term | None:
    if cell is None:
        return None
    datatype = cell.get("datatype")
    language = cell.get("xml:lang")
    plain = datatype == _XSD_STRING or language is not None
    value = cell["value"]
    if datatype == _XSD_DECIMAL and "." in value:
        value = value.rstrip("0").removesuffix(".")  # as a store writes decimals
    return Term(_KINDS[cell["type"]], value, None if plain else datatype, language)  # type: ignore[arg-type]


def _refusal(url: str, status: int, body: str, wait: str | None = None) -> EndpointError:
    """Return what an HTTP status that is no success means."""
    said = _one_line(re.sub(r"<style.*?</style>|<[^>]*>", " ", body, flags=re.DOTALL))
    why = "; ".join(filter(None, (_HINTS.get(status), said))) or "the server doesn't say why"
    return EndpointError(
        f"{url}: refuses with HTTP status {status}: {why}",
        passing=status in _PASSING,
        wait=float(wait) if wait and wait.isdecimal() else 0,
    )


def _unreachable(url: str, error: Exception) -> EndpointError:
    return EndpointError(f"{url}: can't be reached: {_reason(error)}", passing=True)


def _reason(error: BaseException) -> str:
    """Return the first lines of what a server or the network says, as one line."""
    while isinstance(getattr(error, "reason", None), BaseException) or (
        error.args and isinstance(error.args[0], BaseException)
    ):
        error = getattr(error, "reason", None) or error.args[0]
    return _one_line(
        re.sub(r"^<.*?>: ", "", str(getattr(error, "reason", None) or getattr(error, "strerror", None) or error))
    )


def _one_line(text: str) -> str:
    return " ".join(text.replace("\\n", " ").split())[:300]
