"""A proxy on loopback that does to requests what networks and servers at times do."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Fault = Callable[["Handler", bytes], "bytes | None"]
"""Given a request and its body, returns the body to pass on, or None where it has answered, or not, itself."""


class Proxy(ThreadingHTTPServer):
    """Passes requests on to `target`; the next writing ones meet the `faults`, one each."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.target = urlsplit(target)
        self.faults: list[Fault] = []
        self.written: list[bytes] = []
        """the bodies of writing requests, as they came"""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self.target.path}"


class Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:  # the client has gone
            self.close_connection = True

    def do_GET(self) -> None:
        self._pass_on(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers["Content-Type"]
        if body and kind != "application/x-www-form-urlencoded":
            self.server.written.append(body)
            if self.server.faults:
                changed = self.server.faults.pop(0)(self, body)
                if changed is None:
                    return
                body = changed
        self._pass_on(body)

    do_PUT = do_DELETE = do_POST

    def _pass_on(self, body: bytes) -> None:
        target = self.server.target
        there = http.client.HTTPConnection(str(target.hostname), target.port, timeout=120)
        headers = {n: v for n, v in self.headers.items() if n.lower() not in ("host", "content-length", "connection")}
        try:
            there.request(self.command, self.path, body, headers)
            answer = there.getresponse()
            self.answer(answer.status, answer.read(), dict(answer.getheaders()))
        except OSError:  # the server is gone: so is the connection
            self.hang_up()
        finally:
            there.close()

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        if headers and "server" in {name.lower() for name in headers}:
            self.send_header("X-Server", "passed on")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self) -> None:
        """Cut the connection, as a cable or a crash does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def refuse(status: int) -> Fault:
    """Answer with this status, and keep the body from the server."""

    def fault(request: Handler, _: bytes) -> None:
        request.answer(status, b"no room\nleft" if status >= 500 else b"")

    return fault


def drop(request: Handler, body: bytes) -> bytes:  # noqa: ARG001
    """Lose every other line on the way; the server sees a whole, shorter request."""
    return b"".join(body.splitlines(keepends=True)[::2])


def cut(request: Handler, body: bytes) -> None:
    """Cut the connection when half of the request has reached the server."""
    target = request.server.target
    with socket.create_connection((str(target.hostname), int(target.port or 80)), timeout=30) as there:
        head = f"{request.command} {request.path} HTTP/1.1\r\n{request.headers}".rstrip() + "\r\n\r\n"
        there.sendall(head.encode() + body[: len(body) // 2])
        there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.hang_up()


def lose_answer(request: Handler, body: bytes) -> None:
    """Have the server do what is asked, and cut the connection before it can say so."""
    answer, request.answer = request.answer, lambda *_: None  # type: ignore[method-assign]
    request._pass_on(body)
    request.answer = answer  # type: ignore[method-assign]
    request.hang_up()


@contextmanager
def proxy(target: str) -> Iterator[Proxy]:
    """Give a running proxy to a server."""
    with Proxy(target) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
