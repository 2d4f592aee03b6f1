"""SPARQL read as far as limits and evidence need it: its words, which form it has, where its clauses begin and end.

Engines parse queries; this only splits them into tokens, which is enough to see whether a query calls other servers, to
put a limit on its rows, and to ask for everything behind its rows. What it can't make sense of it leaves as it is, for the
engine to complain about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

Form = Literal["SELECT", "CONSTRUCT", "DESCRIBE", "ASK"]


class Token(NamedTuple):
    """A word or mark of a query: from `start` to `end`, inside `depth` brackets of any kind."""

    kind: str
    text: str
    start: int
    end: int
    depth: int


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def quote(text: str) -> str:
    r"""Return a text as a string of SPARQL.

    >>> print(quote('a "b"'))
    "a \"b\""
    """
    return '"' + "".join(_ESCAPES.get(c, c) for c in text) + '"'


_TOKENS = re.compile(
    r"""
      (?P<space>\s+|\#[^\n\r]*)
    | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}
               |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    | (?P<variable>[?$]\w+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<blank>_:\w(?:[\w.-]*[\w-])?)
    | (?P<name>(?:[^\W\d_](?:[\w.-]*[\w-])?)?:(?:(?:[\w:]|%[0-9A-Fa-f]{2}|\\.)(?:(?:[\w.:-]|%[0-9A-Fa-f]{2}|\\.)*(?:[\w:-]|%[0-9A-Fa-f]{2}|\\.))?)?)
    | (?P<word>\w+)
    | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a query, without spaces and comments."""
    depth = 0
    for match in _TOKENS.finditer(text):
        kind, said = str(match.lastgroup), match[0]
        if kind == "space":
            continue
        if said in ("}", ")", "]"):
            depth -= 1
        yield Token(kind, said, match.start(), match.end(), depth)
        if said in ("{", "(", "["):
            depth += 1


_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


def calls_others(text: str) -> bool:
    """Say whether a query may call another server (SERVICE); where engines could differ, yes.

    >>> calls_others("ASK { SERVICE <http://example.org/> { ?s ?p ?o } }"), calls_others("ASK { ?service ?p 'service' }")
    (True, False)
    """
    # some engines expand \u0053 before they read anything else
    plain = _ESCAPED.sub(lambda m: chr(min(int(m[1] or m[2], 16), 0x10FFFF)), text)
    return any(
        "service" in token.text.partition(":")[0].casefold()
        for version in {text, plain}
        for token in tokens(version)
        if token.kind in ("word", "name")
    )


@dataclass(frozen=True, slots=True)
class Outline:
    """The parts of a query, as places in its text."""

    form: Form
    text: str
    head: tuple[Token, ...]
    """what stands between the form and the pattern: of a SELECT, the word DISTINCT and what is selected"""
    pattern: tuple[int, int]
    """the outermost braces of the WHERE clause; both where the query ends if it has none"""
    tail: tuple[Token, ...]
    """GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET, VALUES"""


_FORMS: tuple[Form, ...] = ("SELECT", "CONSTRUCT", "DESCRIBE", "ASK")


def outline(text: str) -> Outline | None:
    """Return the parts of a query, or None where they can't be made out."""
    found = list(tokens(text))
    if not found or found[-1].depth + (found[-1].text in ("{", "(", "[")) != 0:
        return None
    begin = next((i for i, token in enumerate(found) if _form(token)), None)
    if begin is None:
        return None
    form = _form(found[begin])
    assert form is not None
    opened = [i for i, token in enumerate(found) if i > begin and token.text == "{" and token.depth == 0]
    if form == "CONSTRUCT" and opened and _word(found[opened[0] - 1]) == "CONSTRUCT":
        opened = opened[1:]  # the first braces hold the template
    if not opened:
        end = found[-1].end
        return Outline(form, text, tuple(found[begin + 1 :]), (end, end), ())
    first = opened[0]
    last = next(i for i, token in enumerate(found) if i > first and token.text == "}" and token.depth == 0)
    head = tuple(found[begin + 1 : first])
    return Outline(form, text, head, (found[first].start, found[last].end), tuple(found[last + 1 :]))


def _form(token: Token) -> Form | None:
    return next((form for form in _FORMS if _word(token) == form and token.depth == 0), None)


def _word(token: Token) -> str:
    return token.text.upper() if token.kind == "word" else ""


def limit_rows(text: str, rows: int) -> str:
    """Return a query that answers with no more than so many rows (CONSTRUCT: solutions), and else the same.

    >>> limit_rows("SELECT * { ?s ?p ?o } ORDER BY ?s VALUES ?s { 1 }", 10)
    'SELECT * { ?s ?p ?o } ORDER BY ?s LIMIT 10 VALUES ?s { 1 }'
    >>> limit_rows("SELECT * { ?s ?p ?o } LIMIT 20", 10), limit_rows("SELECT * { ?s ?p ?o } LIMIT 5", 10)
    ('SELECT * { ?s ?p ?o } LIMIT 10', 'SELECT * { ?s ?p ?o } LIMIT 5')
    """
    parts = outline(text)
    if parts is None or parts.form == "ASK":
        return text
    for token, number in zip(parts.tail, parts.tail[1:], strict=False):
        if _word(token) == "LIMIT" and token.depth == 0 and number.text.isdecimal():
            return text[: number.start] + str(min(rows, int(number.text))) + text[number.end :]
    at = parts.pattern[1]
    for token in parts.tail:
        if _word(token) == "VALUES" and token.depth == 0:
            break
        at = token.end
    return f"{text[:at]} LIMIT {rows}{text[at:]}"


def ask_behind(text: str) -> tuple[str, dict[str, str]] | None:
    """Return a query for all that stands behind the rows of a SELECT: every variable, nothing grouped or left out.

    With it comes which of its variables holds which column, for those columns that aren't computed. None where the
    query has no such form.

    >>> ask_behind("SELECT ?a (?b AS ?c) (COUNT(?d) AS ?n) WHERE { ?a ?b ?d } GROUP BY ?a ?b ORDER BY ?a")
    ('SELECT DISTINCT * WHERE { ?a ?b ?d }', {'a': 'a', 'c': 'b'})
    """
    parts = outline(text)
    if parts is None or parts.form != "SELECT":
        return None
    columns: dict[str, str] = {}
    dataset = next((i for i, token in enumerate(parts.head) if _word(token) in ("FROM", "WHERE")), len(parts.head))
    head, rest = parts.head[:dataset], parts.head[dataset:]
    for i, token in enumerate(head):
        if token.kind == "variable" and token.depth == 0:
            columns[token.text[1:]] = token.text[1:]
        elif [_word(t) or t.kind for t in head[i : i + 5]] == ["mark", "variable", "AS", "variable", "mark"]:
            columns[head[i + 3].text[1:]] = head[i + 1].text[1:]
        elif token.text == "*" and token.depth == 0:
            columns.update({t.text[1:]: t.text[1:] for t in tokens(text) if t.kind == "variable"})
    begin = next(token.start for token in tokens(text) if _form(token))
    start = rest[0].start if rest else parts.pattern[0]
    values = next((token.start for token in parts.tail if _word(token) == "VALUES" and token.depth == 0), len(text))
    return f"{text[:begin]}SELECT DISTINCT * {text[start : parts.pattern[1]]} {text[values:]}".rstrip(), columns


def columns(text: str) -> tuple[str, ...]:
    """Return the columns of a SELECT query, as far as it names them.

    >>> columns("SELECT DISTINCT ?a (MAX(?b) AS ?most) WHERE { ?a ?p ?b } GROUP BY ?a")
    ('a', 'most')
    """
    parts = outline(text)
    if parts is None or parts.form != "SELECT":
        return ()
    named = [
        token
        for before, token in zip((None, *parts.head), parts.head, strict=False)
        if token.kind == "variable" and (token.depth == 0 or (before and _word(before) == "AS"))
    ]
    return tuple(token.text[1:] for token in named)
