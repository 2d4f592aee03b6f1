"""Any SPARQL 1.1 server behind the methods of `store.Store`. The only importer of SPARQLWrapper."""

from __future__ import annotations

import json
import warnings
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

from adckg import __version__, sparql
from adckg.errors import EndpointError, GraphError, QueryError
from adckg.store import Answer, Solutions, Term, Triples, convert

_KINDS = {"uri": "iri", "bnode": "blank", "literal": "literal", "typed-literal": "literal"}
_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"


class Endpoint:
    """A SPARQL endpoint, which answers queries as a `Store` does; what its default graph holds is its own choice."""

    def __init__(self, url: str, *, timeout: int = 60) -> None:
        """Name the endpoint by the URL of its query service; `timeout` is in seconds.

        Raises:
            EndpointError: that isn't an HTTP address.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise EndpointError(f"{url}: not the address of an endpoint: it begins with http:// or https://")
        self.url = url
        self.timeout = timeout

    def query(self, text: str) -> Answer:
        """Return the server's answer to a query.

        Raises:
            QueryError: the server calls the query malformed.
            EndpointError: the server is out of reach, refuses, is too slow, or answers with something else.
        """
        form, body = self._send(text)
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

    def _send(self, text: str) -> tuple[str, bytes]:
        """Return the form of the query (SELECT, ...) and the body of the answer."""
        from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
        from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

        wrapper = SPARQLWrapper(self.url, agent=f"adckg/{__version__}")
        wrapper.setOnlyConneg(True)  # else it adds parameters that no standard knows, and some servers refuse
        wrapper.setTimeout(self.timeout)
        wrapper.setMethod(POST)
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
            with wrapper.query().response as response:
                return form, response.read()
        except QueryBadFormed as error:
            raise QueryError(f"{self.url}: calls the query malformed: {_reason(error)}") from error
        except SPARQLWrapperException as error:
            raise EndpointError(f"{self.url}: {_reason(error)}") from error
        except HTTPError as error:
            with error:
                raise EndpointError(f"{self.url}: refuses with HTTP status {error.code}: {_reason(error)}") from error
        except (OSError, HTTPException) as error:
            raise EndpointError(f"{self.url}: can't be reached: {_reason(error)}") from error


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
    return Term(_KINDS[cell["type"]], cell["value"], None if plain else datatype, language)  # type: ignore[arg-type]


def _reason(error: Exception) -> str:
    """Return the first lines of what a server or the network says, as one line."""
    reason = getattr(error, "reason", None) or error
    return " ".join(str(reason).replace("\\n", " ").split())[:300]
