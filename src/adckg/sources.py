"""Where answers come from (a store, a file, an endpoint), and the limits that keep a query from running away.

pyoxigraph can't stop a query once it runs, and a server may never answer. So `Limited` runs queries in a process of its
own, which an alarm of the system ends when their time is up; the next one is started at once. It is forked, in about a
millisecond, as long as this process has no other threads, and else started anew, which is slower and always safe.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys
import weakref
from array import array
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from threading import Lock
from typing import Any, Literal, NoReturn, Protocol, Self

from adckg import errors, sparql
from adckg.errors import AdckgError, QueryError, StoreError
from adckg.store import Answer, Solutions, Store, Term, Triples

SECONDS = 60.0
"""how long a query may take where nobody says otherwise"""


class Source(Protocol):
    """What answers queries: a `store.Store`, a `remote.Endpoint`, or either of them `Limited`."""

    def query(self, text: str) -> Answer:
        """Return the answer of a SPARQL query."""
        ...


def ask(source: Source, text: str) -> Solutions:
    """Return the rows with which a source answers a SELECT query.

    Raises:
        QueryError: the query is malformed, or is no SELECT.
        StoreError: the source can't be queried.
    """
    answer = source.query(text)
    if not isinstance(answer, Solutions):
        raise QueryError("a SELECT query is needed here: this one doesn't answer with rows")
    return answer


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source is: the folder of a store, an RDF file, or the URL of an endpoint."""

    kind: Literal["store", "file", "endpoint"]
    at: str
    server: str | None = None
    """the kind of server that an endpoint is, where it can't be recognised"""

    def open(self, *, seconds: float | None = None) -> Source:
        """Return the source to read from; an endpoint is waited for, and asked to stop, that many seconds.

        Raises:
            StoreError: there is no such store, or that is no address.
            GraphError: the file can't be read.
        """
        if self.kind == "endpoint":
            from adckg.remote import connect

            return connect(self.at, server=self.server, timeout=ceil(seconds or SECONDS))
        return Store.load(Path(self.at)) if self.kind == "file" else Store.open(Path(self.at), read_only=True)


class Limited:
    """A source whose queries end in time, and call no other server unless they may.

    Close it or use it in a `with` block. It can be used by several threads, one query at a time.
    """

    def __init__(self, place: Place, *, seconds: float | None = SECONDS, allow_federation: bool = False) -> None:
        """Begin to open a source; what is wrong with it comes out with the first query.

        Without `seconds` queries run in this process and can't be stopped. `allow_federation` lets them call other
        servers (SERVICE).

        Raises:
            QueryError: the time limit is no positive number.
        """
        if seconds is not None and not 0 < seconds < 1e6:
            raise QueryError(f"a time limit is a number of seconds above 0, not {seconds}")
        self._place = place
        self._seconds = seconds
        self._allow_federation = allow_federation
        self._lock = Lock()
        self._process = None if seconds is None else _Process(place, seconds)
        self._source = place.open() if seconds is None else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and close the source."""
        if self._process:
            self._process.end()
        if isinstance(self._source, Store):
            self._source.close()

    def query(self, text: str) -> Answer:
        """Return the answer of a SPARQL query.

        Raises:
            QueryError: the query is malformed, takes too long, or calls another server and may not.
            GraphError, StoreError: the source can't be opened or queried.
        """
        if not self._allow_federation and sparql.calls_others(text):
            raise QueryError("the query calls another server (SERVICE): allow that with --allow-federation")
        if self._source:
            return self._source.query(text)
        with self._lock:
            assert self._process
            assert self._seconds
            if self._process.ended:
                self._process = _Process(self._place, self._seconds)
            try:
                return self._process.query(text)
            except QueryError:
                if self._process.ended:  # stopped: the next query is to find the source open
                    self._process = _Process(self._place, self._seconds)
                raise


class _Process:
    """A process that holds a source and answers queries until one takes too long."""

    def __init__(self, place: Place, seconds: float) -> None:
        self._seconds = seconds
        self._ready = False
        self.pid, self._requests, self._answers = _start(place, seconds)
        self._finalizer = weakref.finalize(self, _end, self.pid, self._requests, self._answers)

    @property
    def ended(self) -> bool:
        return not self._finalizer.alive

    def end(self) -> None:
        """End it, whatever it is doing."""
        self._finalizer()

    def query(self, text: str) -> Answer:
        try:
            if not self._ready:
                _unpack(self._receive())
            self._ready = True
            with suppress(BrokenPipeError):  # it has ended, and there is no answer: said below
                _send(self._requests, text)
            answer = self._receive()
        except BaseException:  # it couldn't open the source, or nobody waits for its answer any longer
            self.end()
            raise
        return _unpack(answer)

    def _receive(self) -> tuple[Any, ...]:
        message = _receive(self._answers)
        if message is None:
            self._explain()
        return tuple(message)

    def _explain(self) -> NoReturn:
        """Say why the process has ended."""
        status = self._finalizer()
        died_of = os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else 0
        if died_of == signal.SIGALRM:
            raise QueryError(f"stopped after {self._seconds:g} s: narrow the question, or raise the time limit")
        why = f"signal {died_of}: it may have needed more memory than there is" if died_of else "for no known reason"
        raise StoreError(f"the process that ran the query ended ({why})")


def _start(place: Place, seconds: float) -> tuple[int, int, int]:
    """Start a process that serves a place; return its id and the ends of the pipes to write to and to read from."""
    its_requests, requests = os.pipe()
    answers, its_answers = os.pipe()
    try:
        if _alone():
            pid = os.fork()
            if pid == 0:
                try:
                    os.close(requests)
                    os.close(answers)
                    _serve(place, seconds, its_requests, its_answers)
                finally:
                    os._exit(0)
        else:
            code = "from adckg.sources import serve_standard_streams as serve; serve()"
            command = [sys.executable, "-P", "-c", code, place.kind, place.at, str(seconds), place.server or ""]
            streams = [(os.POSIX_SPAWN_DUP2, its_requests, 0), (os.POSIX_SPAWN_DUP2, its_answers, 1)]
            pid = os.posix_spawn(sys.executable, command, os.environ, file_actions=streams)
    finally:
        os.close(its_requests)
        os.close(its_answers)
    return pid, requests, answers


def _alone() -> bool:
    """Say whether this process has but one thread, so that a fork of it has all that it needs."""
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir()) == 1
    except OSError:
        return False


def _end(pid: int, requests: int, answers: int) -> int:
    """End a process, if it hasn't yet, and return how it ended."""
    os.kill(pid, signal.SIGKILL)
    os.close(requests)
    os.close(answers)
    return os.waitpid(pid, 0)[1]


def serve_standard_streams() -> None:
    """Answer queries that come on standard input, on what is standard output now; the arguments name the place."""
    answers = os.dup(1)
    os.dup2(2, 1)  # so that nothing that prints gets in between
    kind, at, seconds, server = sys.argv[1:]
    _serve(Place(kind, at, server or None), float(seconds), 0, answers)  # type: ignore[arg-type]


def _serve(place: Place, seconds: float, requests: int, answers: int) -> None:
    gc.disable()  # answers hold no cycles, and to look for some takes longer than to pack them
    for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    with suppress(OSError):  # should memory run out, this is the process that can be spared
        Path("/proc/self/oom_score_adj").write_text("1000")
    with suppress(BrokenPipeError):  # whoever asked has gone
        try:
            source = place.open(seconds=seconds)
        except AdckgError as error:
            _send(answers, _pack(error))
            return
        _send(answers, _pack(True))
        while (text := _receive(requests)) is not None:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                reply = _pack(source.query(text))
            except AdckgError as error:
                reply = _pack(error)
            signal.setitimer(signal.ITIMER_REAL, 0)
            _send(answers, reply)


def _pack(answer: Answer | AdckgError) -> tuple[Any, ...]:
    """Return an answer as what `marshal` can write; each term comes once."""
    if isinstance(answer, AdckgError):
        return ("error", type(answer).__name__, str(answer))
    if isinstance(answer, bool):
        return ("truth", answer)
    if isinstance(answer, Triples):
        return ("triples", answer.ntriples)
    numbers: dict[Term | None, int] = {}
    cells = array("I", [numbers.setdefault(cell, len(numbers)) for row in answer.rows for cell in row])
    terms = [cell and tuple(cell) for cell in numbers]
    return ("rows", answer.variables, terms, cells.tobytes(), len(answer.rows))


def _unpack(message: tuple[Any, ...]) -> Answer:
    match message:
        case ("error", kind, text):
            raise getattr(errors, kind)(text)
        case ("truth", bool(truth)):
            return truth
        case ("triples", bytes(ntriples)):
            return Triples(ntriples)
    _, variables, packed, numbers, count = message
    terms = [cell and Term(*cell) for cell in packed]
    cells = iter([terms[number] for number in memoryview(numbers).cast("I")])
    width = len(variables)
    rows = tuple(zip(*[cells] * width, strict=True)) if width else ((),) * count
    return Solutions(variables, rows)


def _send(descriptor: int, message: str | tuple[Any, ...]) -> None:
    data = marshal.dumps(message)
    data = len(data).to_bytes(8, "big") + data
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _receive(descriptor: int) -> Any:
    """Return the next message, or None where there will be none."""
    length = _read(descriptor, 8)
    data = _read(descriptor, int.from_bytes(length, "big")) if length else None
    return marshal.loads(data) if data else None


def _read(descriptor: int, length: int) -> bytes | None:
    data = bytearray()
    while len(data) < length:
        part = os.read(descriptor, min(length - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return bytes(data)
