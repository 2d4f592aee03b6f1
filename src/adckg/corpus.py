"""Where documents come from: files, folders, globs and JSON Lines, read as a stream of sources.

A line of a JSON Lines file is one document: an object with `text`, `id` or `url` (the id is the url where there is
none), and as far as they are known `title`, `date` (2012, 2012-08 or 2012-08-27) and `publisher`. A corpus can be larger
than memory: only one source at a time is held here.
"""

from __future__ import annotations

import glob
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from adckg import names
from adckg.documents import MAX_BYTES, SUFFIXES, decode_text, find_documents, parse_document, read_bytes
from adckg.errors import DocumentError
from adckg.model import Document, PartialDate

RECORDS = (".jsonl", ".ndjson")
"""the endings of JSON Lines files"""
_FIELDS = ("title", "date", "publisher", "url")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T.*)?")


@dataclass(frozen=True, slots=True)
class Source:
    """A document that is not yet read: its id, its bytes, where they were found, and what is known besides."""

    id: str
    data: bytes
    where: str
    known: Mapping[str, str] = field(default_factory=dict)
    """title, date, publisher and url, where the source says them"""

    @property
    def digest(self) -> str:
        """The digest of all that the document is made from."""
        said = (f"{name}={self.known[name]}" for name in _FIELDS if name in self.known)
        return names.digest(hashlib.sha256(self.data).hexdigest(), *said)

    def read(self) -> Document:
        """Return the document.

        Raises:
            DocumentError: it is empty, binary or not UTF-8, or has a line too long to be text.
        """
        sha256 = hashlib.sha256(self.data).hexdigest()
        document = parse_document(decode_text(self.data, self.where), self.id, sha256=sha256)
        date = _parse_date(self.known["date"]) if "date" in self.known else None
        return replace(
            document,
            title=self.known.get("title", document.title),
            date=date or document.date,
            date_from="metadata" if date else document.date_from,
            publisher=self.known.get("publisher", document.publisher),
            source=self.known.get("url", document.source),
        )


@dataclass(frozen=True, slots=True)
class Skipped:
    """What can't be read as a document, and why."""

    reason: str
    id: str | None = None
    """the id of the document, where it can be told"""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The files that documents come from, sorted."""

    files: tuple[Path, ...]
    named: frozenset[Path]
    """those that were named one by one, and can't be skipped"""

    @property
    def size(self) -> int | None:
        """How many documents there are, where that can be told without reading them."""
        return None if any(_holds_records(path) for path in self.files) else len(self.files)

    def read(self) -> Iterator[Source | Skipped]:
        """Yield each document, or why it is none.

        Raises:
            DocumentError: a file that was named can't be read.
        """
        seen: set[str] = set()
        for path in self.files:
            for found in _read_records(path) if _holds_records(path) else (_read_file(path, path in self.named),):
                if isinstance(found, Source) and found.id in seen:
                    yield Skipped(f"{found.where}: a document before it has the id {found.id!r}", found.id)
                    continue
                if found.id is not None:
                    seen.add(found.id)
                yield found


def find_corpus(paths: Sequence[Path]) -> Corpus:
    """Return the files at these paths: files, folders of them, or patterns such as `releases/2012-*.txt`.

    Raises:
        DocumentError: nothing is there, a file that was named can't be read as a document, or two files give one id.
    """
    found: set[Path] = set()
    named: set[Path] = set()
    for path in paths:
        if path.exists() or not glob.has_magic(str(path)):
            found.update(find_documents([path], SUFFIXES + RECORDS))
            named.update([path] if path.is_file() else ())
        else:
            matching = map(Path, glob.glob(str(path), recursive=True))  # noqa: PTH207  # Path.glob takes no absolute pattern
            files = [file for file in matching if file.is_file()]
            if not files:
                raise DocumentError(f"{path}: no file matches this pattern")
            found.update(files)
    first: dict[str, Path] = {}
    for path in sorted(found):
        if not _holds_records(path) and first.setdefault(path.stem, path) != path:
            raise DocumentError(
                f"{first[path.stem]} and {path}: two documents have the id {path.stem!r}: rename one of them"
            )
        if path in named and not _holds_records(path):
            decode_text(read_bytes(path), str(path))
    return Corpus(tuple(sorted(found)), frozenset(named))


def _holds_records(path: Path) -> bool:
    return path.suffix.lower() in RECORDS


def _read_file(path: Path, named: bool) -> Source | Skipped:
    try:
        return Source(path.stem, read_bytes(path), str(path))
    except DocumentError as error:
        if named:
            raise
        return Skipped(str(error), path.stem)


def _read_records(path: Path) -> Iterator[Source | Skipped]:
    """Yield the documents of a JSON Lines file; a broken line is skipped, with its number."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_lines(file), 1):
                if line is None or line.strip():
                    yield _read_record(path, number, line)
    except OSError as error:
        raise DocumentError(f"{path}: {(error.strerror or 'can not be read').lower()}") from error


def _lines(file: IO[bytes]) -> Iterator[bytes | None]:
    """Yield the lines of a file; None for one that is too long to be held."""
    while line := file.readline(MAX_BYTES):
        whole = line.endswith(b"\n") or len(line) < MAX_BYTES
        while not (line.endswith(b"\n") or len(line) < MAX_BYTES):
            line = file.readline(MAX_BYTES)
        yield line if whole else None


def _read_record(path: Path, number: int, line: bytes | None) -> Source | Skipped:
    where = f"{path}, line {number}"
    if line is None:
        return Skipped(f"{where}: larger than {MAX_BYTES // 1_000_000} MB: split it into documents")
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Skipped(f"{where}: not JSON: {error}")
    if not isinstance(record, dict):
        return Skipped(f"{where}: not a JSON object")
    url, given = record.get("url"), record.get("id")
    identifier = str(given) if isinstance(given, str | int) and given != "" else url
    if not isinstance(identifier, str) or not _is_text(identifier):
        return Skipped(f"{where}: neither id nor url says what document this is")
    for name in _FIELDS:
        if not (record.get(name) is None or (isinstance(record[name], str) and _is_text(record[name]))):
            return Skipped(f"{where}: {name} is no text", identifier)
    known = {name: record[name] for name in _FIELDS if record.get(name)}
    if "date" in known and _parse_date(known["date"]) is None:
        return Skipped(f"{where}: {known['date']!r} is no date: write 2012, 2012-08 or 2012-08-27", identifier)
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        return Skipped(f"{where}: no text", identifier)
    try:
        return Source(identifier, text.encode(), where, known)
    except UnicodeEncodeError:
        return Skipped(f"{where}: the text holds half a character (a lone surrogate)", identifier)


def _is_text(value: str) -> bool:
    return bool(value.strip()) and not any("\ud800" <= character <= "\udfff" for character in value)


def _parse_date(text: str) -> PartialDate | None:
    match = _DATE.fullmatch(text)
    if not match:
        return None
    date = PartialDate(int(match[1]), *(int(part) if part else None for part in match.groups()[1:]))
    try:
        date.earliest  # noqa: B018  # raises where there is no such day
    except ValueError:
        return None
    return date
