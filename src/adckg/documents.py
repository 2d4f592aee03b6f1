"""Files -> Documents: text, title, date, publisher and sentences, all with offsets into the text.

A document's text is its bytes decoded as UTF-8 and nothing else: newlines and byte-order mark stay, so that an
offset means the same to everyone. What reads the text (`Sentence.words`) is a cleaned copy of each sentence with a
map back.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sentencex

from adckg.errors import DocumentError
from adckg.model import Document, PartialDate, Sentence

MAX_BYTES = 100_000_000
MAX_LINE = 5_000_000
"""characters; no text that people write comes near"""
MAX_SENTENCE = 2800
"""characters that are read at once"""
SUFFIXES = (".txt", ".text")

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1)
    for name in names.split()
}  # fmt: skip
_MONTH = r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
DATE = re.compile(
    rf"\b(?:{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>(?:19|20)\d\d)"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)? {_MONTH.replace('month', 'month2')},? (?P<year2>(?:19|20)\d\d)"
    rf"|(?P<year3>(?:19|20)\d\d)-(?P<month3>\d\d)(?:-(?P<day3>\d\d))?"
    rf"|{_MONTH.replace('month', 'month4')},? (?:of )?(?P<year4>(?:19|20)\d\d))\b",
    re.IGNORECASE,
)
"""A day or a month, as press releases write them: `June 3, 2008`, `3 June 2008`, `2008-06-03`, `June 2008`."""
_FILE_DATE = re.compile(r"^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?=[-_. ]|$)")
_NOT_DATELINE = re.compile(r"\b(?:in|since|until|by|before|after|ended|ending|for|from|through|of)\s*$", re.IGNORECASE)
_SOURCE = re.compile(r"^[ \t]*source\s*[:\-]?\s+(\S.{1,80}?)\s*$", re.IGNORECASE | re.MULTILINE)

_BULLET = re.compile(r"\s*(?:[-*•▪●◦‣·–—](?!\*)\s*|\(?\d{1,2}[.)]\s+|\+\s+(?=[A-Z])|o\s+)(?=\S)")
_MARKS = " \t\r\n#*_"
"""what scraped text marks headings with"""
_ABOUT = re.compile(r"About .{1,90}")
_ROW = re.compile(r"\S(?: {3,}|\t| *\| *)\S")
_FIELD = re.compile(
    r"\W{0,3}(?:(?:overall|recruitment|current|study|trial|actual|estimated|target|planned|anticipated|official|brief|primary|lead|eudract|clinicaltrials?\.gov|"
    r"number|date|anticipated|sample|why|enrolled|nct|allocation|intervention|active|placebo|sham|experimental|no|other|secondary|first|last|public|scientific) ?){0,3}"
    r"(?:status|phases?|enrol\w+|participants|sample size|size|conditions?|diseases?|interventions?|treatments?|arms?|design|type|sponsors?|collaborators?|identifiers?|ids?|number|"
    r"stopped|model|masking|comparator|experimental|summary|outcomes?|posted|start|completion|date|nct|locations?|countries|registry|purpose|indication|drugs?)"
    r"(?: ?\((?:s|es|[^():]{1,25})\)| (?:date|or disease|type|of record|code|number|or treatment|studied|assigned|size))?:? ?[:|] ?\S.*",
    re.IGNORECASE,
)
"""A line of a trial registry's record ("Phase: Phase 2"): running text, whatever its length."""
_TITLE_FIELD = re.compile(r"\W{0,3}(?:(?:official|brief|public|scientific|study|trial) )*title ?: ?\S", re.IGNORECASE)
_ENDS = re.compile(r"[.!?:;][\"'”’)\]\d¹²³]*\s*$")
_CLEAN = re.compile(
    r"\s*—\s*|\s+|\s*[\^]?(?:®|™|©)|(?<!m)\^\d+(?:,\d+)*|\^(?=\d)|[(](?:R|TM)[)]|\*{1,3}(?=\S)|(?<=\S)\*{1,3}|\]\((?:https?:/)?/[^()\s]{0,300}(?:\([^()\s]{0,80}\)[^()\s]{0,200})?\)|\[(?=[^\[\]\n]{1,200}\]\((?:https?:/)?/)|[‐‑‒–−]|[‘’‚‛]|[“”„]|\ufeff|\u00ad|[\u200b-\u200f]|[^\x00-\x7f]"
)
# where there may be something to clean: not at a single space, which stays as it is
_UNCLEAN = re.compile(
    r"\*|\](?=\((?:h|/))|\[(?=[^\[\]\n]{1,200}\]\((?:h|/))|[^!-')-\]_-~](?:(?<![ (])|(?<= )(?=[\s—])|(?<=\()(?=R\)|TM\)))"
)
_GLUE = re.compile(r"(?:\b(?:al|vs|approx|cf|e\.g|i\.e|No|Inc|Ltd|Co|Corp|Dr|Fig|St|ca|U\.S|N)\.|\([^)]*)\s*$")


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of a document cleaned for reading: one space between words, plain quotes and hyphens, no ® or ™."""

    text: str
    offsets: Sequence[int]
    """for each character of `text`, where it stands in the document; one more at the end"""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the document's offsets of a stretch of the cleaned text."""
        return self.offsets[start], self.offsets[end - 1] + 1


def clean(text: str, start: int, end: int) -> Words:
    """Return `text[start:end]` cleaned, with its map back."""
    parts: list[str] = []
    offsets = array("L")
    at = start
    for place in _UNCLEAN.finditer(text, start, end):
        begin = place.start()
        match = _CLEAN.match(text, begin, end) if begin >= at else None
        if match is None:
            continue
        if begin > at:
            parts.append(text[at:begin])
            offsets.extend(range(at, begin))
        put = _replacement(match.group(), text, begin, match.end())
        parts.append(put)
        offsets.extend([begin] * len(put))
        at = match.end()
    if at == start:
        return Words(text[start:end], range(start, end + 1))
    parts.append(text[at:end])
    offsets.extend(range(at, end))
    offsets.append(end)
    return Words("".join(parts), offsets)


def _replacement(found: str, text: str, start: int, end: int) -> str:
    if "—" in found:
        return " - "
    if found.isspace():
        return " "
    if found in "‐‑‒–−":
        return "-"
    if found[0] in "*[]":
        return ""  # of Markdown: emphasis, or a link, of which the words are left
    if found in "‘’‚‛":
        return "'"
    if found in "“”„":
        return '"'
    if found == "\N{REPLACEMENT CHARACTER}":
        # scraped text loses dashes, apostrophes and marks to it: the neighbours tell which
        before, after = text[start - 1 : start], text[end : end + 1]
        if before.isdigit() and after.isdigit():
            return "-"
        return "'" if before.isalpha() and after == "s" else ""
    if found == "·" and text[start - 1 : start].isdigit() and text[end : end + 1].isdigit():
        return "."
    if found in "¹²³⁰⁴⁵⁶⁷⁸⁹" and text[start - 1 : start] != "m":
        return ""  # a footnote's mark
    if len(found) == 1 and found.isprintable() and found not in "®™©":
        return unicodedata.normalize("NFKC", found)
    return ""


def find_documents(paths: Iterable[Path], suffixes: Sequence[str] = SUFFIXES) -> list[Path]:
    """Return the files that these paths name, folders walked for files with these endings, sorted by path.

    Raises:
        DocumentError: a path doesn't exist, or a folder holds no such file.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            inside = [p for p in path.rglob("*") if p.suffix.lower() in suffixes and p.is_file()]
            if not inside:
                raise DocumentError(f"{path}: no text file ({', '.join(suffixes)}) in this folder")
            found.update(inside)
        elif path.exists():
            found.add(path)
        else:
            raise DocumentError(f"{path}: no such file")
    return sorted(found)


def read_document(path: Path) -> Document:
    """Read a text file into a Document whose id is the file's name without its ending.

    Raises:
        DocumentError: the file is missing, empty, binary, not UTF-8, too large, or has a line too long to be text.
    """
    data = read_bytes(path)
    return parse_document(decode_text(data, str(path)), path.stem, sha256=hashlib.sha256(data).hexdigest())


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a document's file.

    Raises:
        DocumentError: the file is missing or too large, or is a folder.
    """
    try:
        if path.is_dir():
            raise DocumentError(f"{path}: is a folder, not a document")
        if path.stat().st_size > MAX_BYTES:
            raise DocumentError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB: split it into documents")
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: {(error.strerror or 'can not be read').lower()}") from error


def decode_text(data: bytes, where: str) -> str:
    """Return the text that these bytes are; `where` names them in errors.

    Raises:
        DocumentError: they are empty, binary or not UTF-8, or hold a line too long to be text.
    """
    if not data.strip():
        raise DocumentError(f"{where}: the file is empty")
    if b"\x00" in data:
        raise DocumentError(f"{where}: a binary file (it holds a NUL byte): give the document as plain text")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"{where}: not UTF-8 (byte {data[error.start]:#04x} at position {error.start}): convert it, with iconv say"
        ) from error
    if max(map(len, text.splitlines()), default=0) > MAX_LINE:
        raise DocumentError(f"{where}: a line of more than {MAX_LINE // 1_000_000} million characters: not a text")
    return text


def parse_document(text: str, document_id: str, *, sha256: str | None = None) -> Document:
    """Return the Document of a text.

    The date comes from the dateline (a day or month in the first lines, not one told of in passing), else from the
    beginning of the id (`2012-06-04-…`, `2012-…`), else there is none.
    """
    sentences = tuple(_sentences(text))
    title = next((s for s in sentences if s.role == "title"), None)
    source = _SOURCE.search(text)
    dateline = _dateline(text)
    return Document(
        id=document_id,
        text=text,
        sha256=sha256 or hashlib.sha256(text.encode()).hexdigest(),
        title=clean(text, title.start, title.end).text.strip() if title else None,
        date=dateline or _file_date(document_id),
        date_from="dateline" if dateline else "file name",
        publisher=source[1] if source else None,
        sentences=sentences,
    )


def parse_date(match: re.Match[str]) -> PartialDate | None:
    """Return the date that a match of `DATE` says, or None where there is no such day."""
    groups = match.groupdict()
    year = next(int(v) for k, v in groups.items() if k.startswith("year") and v)
    month = next((v for k, v in groups.items() if k.startswith("month") and v), None)
    day = next((int(v) for k, v in groups.items() if k.startswith("day") and v), None)
    number = (int(month) if month.isdigit() else _MONTHS[month.lower().rstrip(".")]) if month else None
    return _valid(PartialDate(year, number, day))


def _valid(found: PartialDate) -> PartialDate | None:
    try:
        found.earliest  # noqa: B018  # raises where there is no such day
    except ValueError:
        return None
    return found


def _dateline(text: str) -> PartialDate | None:
    head = text[:900]
    monthly = None
    for match in DATE.finditer(re.sub(r"\s", " ", head)):
        if _NOT_DATELINE.search(head[max(0, match.start() - 12) : match.start()]):
            continue
        found = parse_date(match)
        if found and found.day:
            return found
        # a month alone is a dateline only where it closes a line ("EVIDENCE BRIEF | December 2023")
        if found and monthly is None and re.match(r"\s*(?:\n|$|\|)", head[match.end() :]):
            monthly = found
    return monthly


def _file_date(document_id: str) -> PartialDate | None:
    match = _FILE_DATE.match(document_id)
    if not match or not 1900 <= int(match[1]) <= 2100:
        return None
    return _valid(PartialDate(int(match[1]), int(match[2]) if match[2] else None, int(match[3]) if match[3] else None))


def _sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences, headings, bullets and table rows of a text, in order."""
    titled = False
    for number, (start, end, kind) in enumerate(_paragraphs(text)):
        words = clean(text, start, end)
        role = kind
        field = kind == "text" and _FIELD.fullmatch(words.text.strip()) is not None
        if field:
            pass
        elif not titled and _TITLE_FIELD.match(words.text):
            role = "title"
        elif kind == "text" and (
            (len(words.text) < 220 and not _ENDS.search(words.text)) or _ABOUT.fullmatch(words.text.strip(_MARKS))
        ):
            role = "heading"
            if not titled and len(words.text.split()) > 3 and not DATE.fullmatch(words.text.strip()):
                role = "title"
        # a title stands before any running text
        titled = titled or role == "title" or (role == "text" and not field)
        if role in ("title", "row") or (role == "heading" and len(words.text) < 120):
            yield Sentence(*_trim(text, start, end, "" if role == "row" else _MARKS), number, role)
            continue
        at = pending = 0
        for piece in sentencex.segment("en", words.text):
            at += len(piece)
            if _GLUE.search(words.text[max(pending, at - 60) : at]) and at < len(words.text) and at - pending < 2000:
                continue
            if role == "bullet" and not pending and at < 45 and at < len(words.text):
                continue  # "- Sanofi. SAR3419 entered Phase II": what the bullet is about
            if words.text[pending:at].strip():
                for piece_start, piece_end in _cut(text, words.offsets[pending], words.offsets[at]):
                    yield Sentence(*_trim(text, piece_start, piece_end), number, role)
            pending = at
        if words.text[pending:].strip():
            for piece_start, piece_end in _cut(text, words.offsets[pending], end):
                yield Sentence(*_trim(text, piece_start, piece_end), number, role)


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a stretch of a text in pieces that can be read at once: what has no end for that long is no sentence."""
    while end - start > MAX_SENTENCE:
        at = max(text.rfind(" ", start + 1, start + MAX_SENTENCE), text.rfind("\n", start + 1, start + MAX_SENTENCE))
        at = at if at > start + MAX_SENTENCE // 2 else start + MAX_SENTENCE
        if text[start:at].strip():
            yield start, at
        start = at
    if text[start:end].strip():
        yield start, end


def _trim(text: str, start: int, end: int, marks: str = "") -> tuple[int, int]:
    """Return a stretch without the space around it, and without the marks of a heading where it holds anything else."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    bare = text[start:end].strip(marks) if marks else ""
    if bare:
        start = text.index(bare, start)
        end = start + len(bare)
    return start, end


def _paragraphs(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, kind) of each paragraph; kind is `bullet`, `row` or `text`.

    Texts come with one paragraph to a line, or broken at a column: a line goes on into the next where it is about as
    long as the longest broken lines and the next is no bullet, row or blank line.
    """
    lines: list[tuple[int, int]] = []
    at = 0
    for line in text.splitlines(keepends=True):
        lines.append((at, at + len(line)))
        at += len(line)
    lengths = sorted(e - s for s, e in lines if text[s:e].strip())
    width = lengths[int(len(lengths) * 0.9)] if lengths else 0
    broken = 40 <= width <= 130
    start = end = -1
    kind = "text"
    for s, e in lines:
        line = text[s:e]
        if not line.strip():
            if start >= 0:
                yield start, end, kind
            start = -1
            continue
        this = "row" if len(line) < 250 and _ROW.search(line.strip()) else "bullet" if _BULLET.match(line) else "text"
        goes_on = start >= 0 and broken and this == "text" and kind != "row"
        goes_on = goes_on and not (line.lstrip()[:1].isupper() and _FIELD.fullmatch(line.strip()))
        if goes_on:
            last = text.rfind("\n", start, end - 1) + 1
            goes_on = len(text[max(last, start) : end].rstrip()) > width * 0.6 or line.lstrip()[:1].islower()
        if goes_on:
            end = e
            continue
        if start >= 0:
            yield start, end, kind
        start, end, kind = s, e, this
    if start >= 0:
        yield start, end, kind
