"""The exceptions of adckg. Library code raises them, only the command line prints them and exits.

AdckgError                     anything a user can mend; `str()` is one line: what, where, what to do
├── DocumentError              a document can't be read (missing, empty, binary, not UTF-8, a line too long)
├── KnowledgeError             our own data is wrong (vocabulary, rules, prefixes, ontology)
├── GraphError                 RDF can't be read or written
├── QueryError                 a query is unknown, malformed or was given a wrong parameter
│   ├── UnknownQueryError      no saved query has this name; carries the nearest names
│   └── UnansweredError        no saved query answers a question; carries the nearest, with how sure each is
├── WorkersError               the processes or the cluster that do the work are out of reach, or die at it
└── StoreError                 the embedded store or a remote endpoint can't be used
    ├── StoreBusyError         another process writes to the store
    └── EndpointError          a SPARQL endpoint refuses, fails or is out of reach
"""

from __future__ import annotations

from collections.abc import Sequence


class AdckgError(Exception):
    """Anything a user can mend. Its text is one line that says what is wrong, where, and what to do."""


class DocumentError(AdckgError):
    """A document can't be read."""


class KnowledgeError(AdckgError):
    """The project's own knowledge (vocabulary, rules, prefixes, ontology) is malformed."""


class GraphError(AdckgError):
    """RDF can't be read or written."""


class QueryError(AdckgError):
    """A query is malformed or was given a wrong parameter."""


class UnknownQueryError(QueryError):
    """No saved query has this name."""

    def __init__(self, name: str, nearest: Sequence[str] = ()) -> None:
        self.name = name
        self.nearest = tuple(nearest)
        hint = f"did you mean {' or '.join(self.nearest)}?" if nearest else "`adckg queries` lists them all"
        super().__init__(f"no saved query is called {name!r}: {hint}")


class UnansweredError(QueryError):
    """No saved query answers a question surely enough."""

    def __init__(self, reason: str, nearest: Sequence[tuple[str, float]] = ()) -> None:
        self.nearest = tuple(nearest)
        hint = ", ".join(f"{name} ({sureness:.0%})" for name, sureness in nearest)
        super().__init__(f"{reason}: {f'the nearest are {hint}; ' if hint else ''}`adckg queries` lists them all")


class WorkersError(AdckgError):
    """The processes or the cluster that do the work are out of reach, or die at it."""


class StoreError(AdckgError):
    """The embedded store or a remote endpoint can't be used."""


class StoreBusyError(StoreError):
    """Another process is writing to the store."""


class EndpointError(StoreError):
    """A SPARQL endpoint refuses, fails or is out of reach."""

    def __init__(self, message: str, *, passing: bool = False, wait: float = 0) -> None:
        self.passing = passing
        """the same request may succeed later"""
        self.wait = wait
        """seconds that the server asks for before the next try"""
        super().__init__(message)
