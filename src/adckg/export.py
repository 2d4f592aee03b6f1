"""One registry of writers: the graph as a file in any RDF format, the same bytes for the same statements."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from adckg import names
from adckg.errors import GraphError
from adckg.store import Format, canonical, convert

_RDF_TYPE = b"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_PREF_LABEL = b"<http://www.w3.org/2004/02/skos/core#prefLabel>"
# no backslash stands before these but in a local name: in a literal it is doubled
_PASSAGE = re.compile(
    rb'(?<=[ \t])document:([^\s\\"<>]*)\\#char\\=(\d+)\\,(\d+)|^document:([^\s\\"<>]*)\\#char\\=(\d+)\\,(\d+)'
)
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


@dataclass(frozen=True, slots=True)
class Writer:
    """How the graph is written in one format."""

    name: Format
    extension: str
    media_type: str
    keeps_graphs: bool
    """False: the file holds the union of all graphs"""
    summary: str


FORMATS: Mapping[str, Writer] = {
    writer.name: writer
    for writer in (
        Writer("turtle", ".ttl", "text/turtle", False, "for people: subject by subject, with prefixes"),
        Writer("trig", ".trig", "application/trig", True, "Turtle that keeps the named graphs"),
        Writer("ntriples", ".nt", "application/n-triples", False, "one triple a line"),
        Writer("nquads", ".nq", "application/n-quads", True, "one quad a line, for triplestores"),
        Writer("jsonld", ".jsonld", "application/ld+json", True, "JSON-LD in expanded form"),
        Writer("rdfxml", ".rdf", "application/rdf+xml", False, "RDF/XML, for older tools"),
    )
}
"""The formats of export by name."""


class Graphs(Protocol):
    """What can be exported: a `store.Store` or a `remote.Endpoint`."""

    def graphs(self) -> Iterable[str]:
        """Return the named graphs, sorted."""
        ...

    def dump(self, graph: str | None = None) -> list[bytes]:
        """Return a graph (None: the triples of no named graph) as sorted lines of N-Triples."""
        ...


def write_store(store: Graphs, path: Path, form: Format, *, without: Collection[str] = ()) -> None:
    """Write the graphs of a store to a file in one step; the graphs named in `without` stay out.

    Raises:
        GraphError: the file can't be written, or the format can't hold a character of the graph. No file is left.
    """
    with write_atomically(path) as file:
        file.write(render_store(store, form, without=without))


def render_store(store: Graphs, form: Format, *, without: Collection[str] = ()) -> bytes:
    """Return the graphs of a store in a format, sorted, so that the same statements give the same bytes.

    Raises:
        GraphError: the format can't hold a character of the graph.
    """
    graphs = [None, *(graph for graph in store.graphs() if graph not in without)]
    if FORMATS[form].keeps_graphs:
        return _render(_quads(store, graphs), "nquads", form)
    union = {line for graph in graphs for line in _lines(store, graph)}
    return render_triples(b"".join(line + b"\n" for line in union), form)


def render_triples(ntriples: bytes, form: Format) -> bytes:
    """Return N-Triples in a format, sorted.

    Raises:
        GraphError: the triples are malformed, or the format can't hold one of their characters.
    """
    lines = sorted(set(ntriples.split(b"\n")) - {b""}, key=_order)
    return _render(b"".join(line + b"\n" for line in lines), "ntriples", form)


def _quads(store: Graphs, graphs: list[str | None]) -> bytes:
    parts: list[bytes] = []
    for graph in graphs:
        ending = b" .\n" if graph is None else f" <{graph}> .\n".encode()
        parts += (line.removesuffix(b" .") + ending for line in sorted(_lines(store, graph), key=_order))
    return b"".join(parts)


def _lines(store: Graphs, graph: str | None) -> list[bytes]:
    """Return a graph; blank nodes have the same names wherever it is kept."""
    lines = store.dump(graph)
    if any(b"_:" in line for line in lines):
        return canonical([(b"".join(line + b"\n" for line in lines), graph or "the default graph")])
    return lines


def _order(line: bytes) -> tuple[bytes, int, bytes]:
    """Sort triples by subject; what it is and is called come first."""
    subject, predicate, rest = line.split(b" ", 2)
    rank = 0 if predicate == _RDF_TYPE else 1 if predicate == _PREF_LABEL else 2
    return subject, rank, predicate + b" " + rest


def _render(lines: bytes, source: Format, form: Format) -> bytes:
    if form == source:
        return lines
    if form in ("turtle", "trig"):
        return _lay_out(convert(lines, source, form, prefixes=_prefixes(lines)))
    if form == "rdfxml":
        data = convert(lines, source, form, prefixes=_prefixes(lines))
        if _NOT_XML.search(data):
            raise GraphError("RDF/XML can't hold the control characters of this graph: export Turtle or N-Triples")
        return data.replace(b"\r", b"&#13;")  # a parser of XML reads a bare carriage return as a line feed
    return convert(lines, source, form) + (b"\n" if form == "jsonld" else b"")


def _prefixes(lines: bytes) -> dict[str, str]:
    """Return the prefixes that these lines use, with one for each KIND of entity, since `id:KIND/SLUG` is no CURIE."""
    found = {f"id-{kind}": f"{names.BASE}id/{kind}/" for kind in sorted(_kinds(lines))}
    found.update(names.prefixes())
    return {prefix: iri for prefix, iri in found.items() if f"<{iri}".encode() in lines}


def _kinds(lines: bytes) -> set[str]:
    return {kind.decode() for kind in re.findall(rf"<{re.escape(names.BASE)}id/([a-z][a-z-]*)/".encode(), lines)}


def _lay_out(data: bytes) -> bytes:
    """Return Turtle or TriG with its prefixes sorted, a blank line between subjects, and passages as whole IRIs."""
    lines = data.split(b"\n")[:-1]
    count = sum(line.startswith(b"@prefix ") for line in lines)
    document = names.prefixes()["document"].encode()
    out = sorted(lines[:count])
    before = b" ."
    for line in lines[count:]:
        if before.endswith((b" .", b"}")) and line != b"}":
            out.append(b"")
        before = line
        body = line.lstrip(b"\t")
        body = _PASSAGE.sub(
            lambda m: b"<%s%s#char=%s,%s>" % (document, *(g for g in m.groups() if g is not None)), body
        )
        out.append(b"    " * (len(line) - len(line.lstrip(b"\t"))) + body)
    return b"".join(line + b"\n" for line in out)


@contextmanager
def write_atomically(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write to, which takes the place of `path` at the end, or leaves no trace if anything fails.

    Raises:
        GraphError: the path can't be written.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        if path.is_dir():
            raise GraphError(f"{path}: is a folder: name a file to write")
        with _writing(path), path.open("wb") as device:  # a pipe or /dev/null is written to, never replaced
            yield device
        return
    with _writing(path):
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "permission denied")
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            with _writing(path):
                file.flush()
                os.fsync(file.fileno())
        with _writing(path):
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
            part.chmod(mode)
            part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.filename is None:  # what a file object says of a full disk
            raise _unwritable(path, error) from error
        raise
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> GraphError:
    reason = (error.strerror or str(error)).lower()
    return GraphError(f"{path}: can't be written: {reason}: choose another output path")
