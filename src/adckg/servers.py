"""The triplestores that are known, as data (`servers.yaml`), and who may use them: sign-in from environment or netrc."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import ceil
from pathlib import Path
from urllib.parse import urlsplit

from adckg.errors import EndpointError, KnowledgeError


@dataclass(frozen=True, slots=True)
class Server:
    """What is particular to one triplestore; `servers.yaml` says what each field means."""

    id: str
    name: str
    address: str
    query: str
    update: str
    graphs: str | None = None
    quads: str | None = None
    known_by: str | None = None
    triples: str = "application/n-triples"
    upload: Mapping[str, str] = field(default_factory=dict)
    union: Mapping[str, str] = field(default_factory=dict)
    repeats: bool = False
    default: Mapping[str, str] | None = field(default_factory=dict)
    """None: the server has no default graph of its own"""
    limit: Mapping[str, str] = field(default_factory=dict)
    run: bool = False

    def base(self, url: str) -> str:
        """Return the address of the data set, given that or the address of one of its services."""
        url = url.rstrip("/")
        for path in (self.query, self.update, self.graphs, self.quads):
            if path and url.endswith(f"/{path.rstrip('/')}"):
                return url.removesuffix(f"/{path.rstrip('/')}")
        return url

    def stop_after(self, seconds: float) -> dict[str, str]:
        """Return the parameters that have the server stop a query after that time, as whole seconds if it counts those."""
        whole = ceil(seconds)
        return {name: value.format(seconds=whole, milliseconds=1000 * whole) for name, value in self.limit.items()}

    def service(self, url: str, path: str) -> str:
        """Return the address of a service of the data set."""
        return f"{self.base(url)}/{path}" if path else self.base(url)


@cache
def load_servers() -> Mapping[str, Server]:
    """Return the servers that are known, by id.

    Raises:
        KnowledgeError: the file is malformed.
    """
    import yaml

    path = Path(__file__).with_name("servers.yaml")
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {
            id: Server(
                id=id, **{**entry, "default": entry.get("default", {}) if entry.get("default") is not False else None}
            )
            for id, entry in entries.items()
        }
    except (yaml.YAMLError, AttributeError, TypeError) as error:
        raise KnowledgeError(f"{path}: malformed: {' '.join(str(error).split())}") from error


def recognise(url: str, headers: Iterable[tuple[str, str]] = ()) -> Server | None:
    """Return the server that has such an address, or such headers in its answers."""
    evidence = [url, *(f"{name.lower()}: {value}" for name, value in headers)]
    for server in load_servers().values():
        if server.known_by and any(re.search(server.known_by, line) for line in evidence):
            return server
    return None


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user with a password, or a bearer token."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


def find_credentials(url: str) -> Credentials | None:
    """Return the sign-in for an address: from ADCKG_TOKEN, or ADCKG_USER and ADCKG_PASSWORD, or else a netrc file.

    Raises:
        EndpointError: what is there can't be read, or is half of a sign-in.
    """
    if token := os.environ.get("ADCKG_TOKEN"):
        return Credentials(token=token)
    user, password = os.environ.get("ADCKG_USER"), os.environ.get("ADCKG_PASSWORD")
    if user and password is not None:
        return Credentials(user, password)
    if user or password:
        raise EndpointError("ADCKG_USER and ADCKG_PASSWORD go together: set both, or neither")
    return _read_netrc(urlsplit(url).hostname or "")


def _read_netrc(host: str) -> Credentials | None:
    from netrc import NetrcParseError, netrc

    path = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    try:
        found = netrc(path).authenticators(host)
    except FileNotFoundError:
        return None
    except (OSError, NetrcParseError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "msg", None) or error
        raise EndpointError(f"{path}: can't be read as a netrc file: {reason}") from error
    return Credentials(found[0] or "", found[2] or "") if found else None


def check_address(url: str) -> str:
    """Return the address of an endpoint, if it is one.

    Raises:
        EndpointError: that isn't an HTTP address, or it holds a password.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        raise EndpointError(f"{url}: not the address of an endpoint: it begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise EndpointError(
            f"{parts.hostname}: no sign-in in the address: set ADCKG_USER and ADCKG_PASSWORD, or write it in ~/.netrc"
        )
    return url
