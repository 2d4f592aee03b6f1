"""Tables flattened to text, read as sentences: one for each cell, or for the ADC's cell and the control arm's together.

"Median PFS, mo (95% CI)   5.62 (4.34 to 5.95)   3.98 (2.86 to 4.47)" under "MIRV   IC chemotherapy" becomes
"with MIRV: Median PFS: 5.62 months (95% CI 4.34 to 5.95) versus 3.98 months (95% CI 2.86 to 4.47)", which rules read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adckg.model import Kind, Mention, Value

_CELL = re.compile(r"[^\s|](?:(?!\s{2,}|\t|\|).)*")
_ROW = re.compile(r"\S(?: {3,}|\t| *\| *)\S")
_HEADS = re.compile(r"\s{12,}\S[^.]{0,120}?\S {2,}\S")
"""headings of columns, above nothing but the labels"""
_RULE = re.compile(r"[\s|+=_:-]*")
_FIGURE = re.compile(r"^[<≥≤~]?\d|^(?:NR|NE|not reached)\b", re.IGNORECASE)
_CONTROL = re.compile(
    r"\b(?:controls?|placebo|chemotherapy|chemo|comparator|standard|SOC|TPC|ICC?|PC|PBO|investigator|physician|alone)\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:experimental|treatment|ADC|study drug) (?:arm|group)\b", re.IGNORECASE)
_PVALUE = re.compile(r"^(?:nominal |two-sided )?p[ -]?(?:value)?\b|^P ?[<=>]", re.IGNORECASE)
_RATIO = re.compile(r"\b(?:HR|hazard ratio)\b", re.IGNORECASE)
_SIZE = re.compile(r" ?[(\[]? ?\bn ?= ?\d+ ?[)\]]?", re.IGNORECASE)
_MONTHS = re.compile(r"(?<!\d)(?<!\d ),? ?\(?\b(?:months?|mos?)\b\.?\)?", re.IGNORECASE)
_CI = re.compile(r",? ?[(\[]?\b9[059] ?% ?CI\b[)\]]?,?", re.IGNORECASE)
_PERCENT = re.compile(
    r",? ?(?:\(?\bn,? ?\(%\)\)?|no\. ?\(%\)|\(%\)|%|\bper ?cent(?:ages?)?\b(?: of (?:patients|pts))?)", re.IGNORECASE
)
_INTERVAL = re.compile(r"[(\[] ?(\d[\d.]*)(?: ?(?:-|to|,) ?)(\d[\d.]*|NR|NE|not reached) ?[)\]]", re.IGNORECASE)

_LIMITS = re.compile(r"(\d[\d.]*) ?%?(?: ?(?:-|to|,) ?)(\d[\d.]*|NR|NE|NC|NA|not reached) ?%?", re.IGNORECASE)
_FOOTNOTE = re.compile(
    r"(?<=\b[A-Z]{2})(?<!-[A-Z]{2})[a-e](?=[\s,(]|$)|(?<=\b[A-Z]{3})(?<!-[A-Z]{3})[a-e](?=[\s,(]|$)|(?<=\b[A-Z][a-z][A-Z])[a-e](?=[\s,(]|$)"
)
"""The letter of a footnote behind an abbreviation ("ORRa")."""
_ALL_AND_GRADE = re.compile(
    r"\b(?:all|any)[- ]?grades? ?(?:/|,|;|and|\||\[|\() ?(?P<grade>grades? ?[^,;|/\])]{1,24})", re.IGNORECASE
)
"""what a cell of two figures holds ("any grade / grade 3 or higher")"""
_PAIR = re.compile(r"(\d{1,3}(?:\.\d{1,2})?) ?%? ?[/|] ?(\d{1,3}(?:\.\d{1,2})?) ?%?")
_IN_BRACKETS = re.compile(
    r"\b(?:parenthes\w+|brackets?)\b.{0,80}(?:9[059] ?% ?(?:CI|confidence)|confidence intervals?)", re.IGNORECASE
)
"""where a note says what the figures in brackets are"""
_EFFECT = re.compile(r"(?:HR|hazard ratio)\b[ :=]*(?=\d)", re.IGNORECASE)
_NAMED_FIGURE = re.compile(
    r"(?P<label>[A-Za-z][^:|]{2,80}): (?P<figure>(?:[<≥≤~]?\d|NR\b|NE\b|not reached\b)[^|]*)$", re.IGNORECASE
)
"""A label and the first figure in one cell ("Median PFS, months: 5.6")."""
_ARM = re.compile(
    r"^[ *#-]{0,4}(?P<arm>(?:Arm|Group|Cohort|Regimen) \w{1,2})\b(?P<what>[^:\n|]{0,60}: ?[^\n|]{1,120})",
    re.IGNORECASE | re.MULTILINE,
)
"""What a trial's arm is said to be ("Arm A: ...")."""
_ARM_CALLED = re.compile(r"\b(?:Arm|Group|Cohort|Regimen) \w{1,2}\b", re.IGNORECASE)
_EVERYBODY = re.compile(
    r"\b(?:total|all|overall|any|grades?|both|pooled|difference|effect|delta|change|n|%)\b", re.IGNORECASE
)
_AT_MONTH = re.compile(r",? (?:at )?(?P<u>month|week|year)s? (?P<n>\d{1,2})\b", re.IGNORECASE)
_FREE_AT = re.compile(r"\b(?:free (?:of|from)|alive|without|surviving)\b.{0,40} at \d+ (?:month|year)", re.IGNORECASE)
_NOTE_LETTER = re.compile(r" ?[(\[][a-h][)\]](?=\s|$)")
_COUNTED = re.compile(r"\bn ?= ?(\d+)", re.IGNORECASE)

Find = Callable[[str], list[Mention]]


@dataclass(slots=True)
class _Line:
    """A line of a table: where its cells stand."""

    start: int
    text: str
    cells: list[tuple[int, int, str]]
    """(from, to, text) of each cell, columns counted from the beginning of the line"""


@dataclass(slots=True)
class _Table:
    """The lines of one table."""

    lines: list[_Line] = field(default_factory=list)
    caption: str = ""
    """the line above it"""
    note: str = ""
    """the line below it"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a cell says, as a sentence."""

    start: int
    """where its line begins in the document"""
    text: str
    population: str
    """the heading of its column (it begins the sentence), where that names those who were treated"""


def unfold(text: str, find: Find) -> Iterator[Said]:
    """Yield what the tables in a text say, in order. `find` gives the mentions in a clean text."""
    arms: dict[str, str] | None = None
    for whole in _tables(text):
        if arms is None:
            arms = {" ".join(m["arm"].lower().split()): m["what"] for m in _ARM.finditer(text)}
        for table in _parts(whole, arms, find):
            yield from _read(table, find)
    for table in _stacks(text, find):
        yield from _read(table, find)


def _parts(whole: _Table, arms: Mapping[str, str], find: Find) -> Iterator[_Table]:
    """Yield the tables that stand below each other, each with headings of its own; "Arm A" becomes what it is."""
    if arms:
        whole.lines = [
            replace(line, cells=[(start, end, _arm(words, arms, find)) for start, end, words in line.cells])
            for line in whole.lines
        ]
    part = _Table(caption=whole.caption, note=whole.note)
    figures = False
    for line in whole.lines:
        if figures and _is_heading(line, find):
            yield part
            part, figures = _Table(caption=line.cells[0][2], note=whole.note), False
        figures = figures or any(_FIGURE.search(words) for _, _, words in line.cells[1:])
        part.lines.append(line)
    yield part


def _is_heading(line: _Line, find: Find) -> bool:
    """Whether a line between others is the heading of those that follow: it names arms and holds no figure."""
    values = [words for _, _, words in line.cells[1:]]
    if len(values) < 2 or any(_FIGURE.search(words) or _EFFECT.match(words) for words in values):
        return False
    return any(_COUNTED.search(words) or _CONTROL.search(words) for words in values) and any(
        m.type in (Kind.ADC, Kind.DRUG) for words in values for m in find(_plain(words))
    )


def _arm(words: str, arms: Mapping[str, str], find: Find) -> str:
    """Return the words of a cell with the drug of an arm in place of its letter or number."""
    called = _ARM_CALLED.search(words)
    what = arms.get(" ".join(called[0].lower().split())) if called else None
    if called is None or what is None:
        return words
    named = next((what[m.start : m.end] for m in find(what) if m.type == Kind.ADC), None)
    if named is None:
        named = "control arm" if _CONTROL.search(what) or any(m.type == Kind.DRUG for m in find(what)) else None
    return words[: called.start()] + named + words[called.end() :] if named else words


def _tables(text: str) -> Iterator[_Table]:
    table = _Table()
    rows = blank = at = 0
    above = ""
    for line in text.splitlines(keepends=True):
        body = line.rstrip("\r\n")
        if len(body) < 250 and (_ROW.search(body.strip()) or _HEADS.match(body)):
            if not table.lines:
                table.caption = above
            rows += 1
            blank = 0
            table.lines.append(_line(at, body))
        elif rows and not body.strip():
            blank += 1
        elif _RULE.fullmatch(body) or (
            rows and blank < 2 and len(body.strip()) < 60 and not re.search(r"[.!?]$", body.strip())
        ):
            table.lines.append(_line(at, body))
            blank = 0
        else:
            if rows > 1:
                table.note = body
                yield table
            table, rows, blank = _Table(), 0, 0
            above = body if body.strip() else above
        if blank > 1:
            if rows > 1:
                yield table
            table, rows, blank = _Table(), 0, 0
        at += len(line)
    if rows > 1:
        yield table


def _stacks(text: str, find: Find) -> Iterator[_Table]:
    """Yield the tables of one cell a line: a heading for each column, then label and figures in turn."""
    run: list[tuple[int, str]] = []
    at = 0
    for line in [*text.splitlines(keepends=True), "." * 200]:
        body = line.strip()
        if body and (len(body) > 90 or _ROW.search(body) or (re.search(r"[.!?;]$", body) and not body[-2:].isdigit())):
            if len(run) > 5:
                yield from _stack(run, find)
            run = []
        elif body:
            run.append((at, body))
        at += len(line)


def _stack(run: Sequence[tuple[int, str]], find: Find) -> Iterator[_Table]:
    figures = [bool(_FIGURE.search(words)) for _, words in run]
    labels = [i for i in range(len(run) - 1) if not figures[i] and figures[i + 1] and _about(find(_plain(run[i][1])))]
    if len(labels) < 2:
        return
    widths = []
    for i in labels:
        width = 0
        while i + 1 + width < len(run) and figures[i + 1 + width]:
            width += 1
        widths.append(width)
    width = max(set(widths), key=widths.count)
    first = labels[0]
    # a line or two of text may stand between the headings and the first label ("PFS", "Efficacy")
    for top in range(first - width, max(-1, first - width - 4), -1):
        heads = run[top : top + width] if top >= 0 else []
        if heads and any(
            {m.type for m in find(_plain(words))} & {Kind.ADC, Kind.DRUG, "grade", "dosage"} for _, words in heads
        ):
            break
    else:
        heads = []
    table = _Table()
    if heads:
        cells = [(1000 * (n + 1), 1000 * (n + 1) + 999, words) for n, (_, words) in enumerate(heads)]
        table.lines.append(_Line(heads[0][0], "heading", cells))
    for i, w in zip(labels, widths, strict=True):
        if w == width:
            cells = [(1000 * n, 1000 * n + 999, words) for n, (_, words) in enumerate(run[i : i + 1 + w])]
            table.lines.append(_Line(run[i][0], "row", cells))
    yield table


def _line(start: int, body: str) -> _Line:
    cells: list[tuple[int, int, str]] = []
    if "\t" in body or "|" in body:
        # cells by their number, not by where they stand
        pieces = re.split(r"\t|\|", body.strip().strip("|"))
        named = _NAMED_FIGURE.fullmatch(pieces[0].strip())
        if named:
            pieces[:1] = [named["label"], named["figure"]]
        elif not body.lstrip().startswith("|") and (heading := re.fullmatch(r"([^(\[]*)[(\[]([^)\]]*)", pieces[0])):
            # "Outcome [Arm A | Arm B]"
            pieces[:1] = [heading[1], heading[2]]
            pieces[-1] = pieces[-1].rstrip(" ])")
        for number, piece in enumerate(pieces):
            if piece.strip():
                cells.append((number * 1000, number * 1000 + 999, piece.strip()))
    else:
        cells = [(m.start(), m.end(), m.group().strip()) for m in _CELL.finditer(body)]
    return _Line(start, body, cells)


def _read(table: _Table, find: Find) -> Iterator[Said]:
    lines = [line for line in table.lines if line.cells and not _RULE.fullmatch(line.text)]
    named = [bool(_about(find(_plain(line.cells[0][2])))) for line in lines]
    data = [i for i, line in enumerate(lines) if any(_FIGURE.search(cell[2]) for cell in line.cells[1:])]
    if not data:
        return
    first = data[0]
    while (
        first < len(lines)
        and first in data
        and not named[first]
        and any(_about(find(_plain(c[2]))) for c in lines[first].cells[1:])
    ):
        first += 1  # a heading that holds figures
    label_end = min((line.cells[1][0] for line in lines[first:] if len(line.cells) > 1), default=0)
    # a heading may hold figures too ("5.2 mg/kg"): those above the first row that begins in the column of labels
    while first < len(lines) and lines[first].cells[0][0] >= label_end > 0:
        first += 1
    headings = lines[:first]
    said = _plain(" ".join([table.caption, *(words for h in headings for _, _, words in h.cells if h.cells)]))
    notes = [said, table.note, *(line.text for line in table.lines if len(line.cells) == 1)]
    said += " (95% CI)" if any(_IN_BRACKETS.search(words) for words in notes) else ""
    pending = ""
    for line in _with_intervals(lines[first:]):
        if len(line.cells) == 1:
            pending = line.cells[0][2] if line.cells[0][0] < label_end else pending
            continue
        label, values = line.cells[0], line.cells[1:]
        if label[0] >= label_end:
            continue
        words = label[2]
        if pending and (words[:1].islower() or not _about(find(_plain(words)))):
            words = f"{pending} {words}"
        pending = ""
        heads = [_heading(cell, headings, label_end, len(values)) for cell in values]
        yield from _sentences(line, words, values, heads, find, said)


def _with_intervals(lines: Sequence[_Line]) -> list[_Line]:
    """Put the cells of a row "95% CI" into those of the row above it."""
    out: list[_Line] = []
    for line in lines:
        above = out[-1] if out else None
        if (
            above
            and len(line.cells) > 1
            and len(line.cells) == len(above.cells)
            and _CI.fullmatch(_plain(line.cells[0][2]).strip(" ,%()[]"))
        ):
            cells = [above.cells[0]]
            for (start, end, figure), (_, _, raw) in zip(above.cells[1:], line.cells[1:], strict=True):
                limits = _LIMITS.fullmatch(_plain(raw).strip("()[] "))
                cells.append((start, end, f"{figure} (95% CI {limits[1]} to {limits[2]})" if limits else figure))
            out[-1] = _Line(above.start, above.text, cells)
        else:
            out.append(line)
    return out


def _plain(text: str) -> str:
    text = (
        _FOOTNOTE.sub("", _NOTE_LETTER.sub("", text.replace("*", "")))
        .replace("\N{EN DASH}", "-")
        .replace("\N{EM DASH}", "-")
        .replace("®", "")
        .replace("™", "")
        .replace("·", ".")
    )
    return " ".join(text.split())


def _heading(cell: tuple[int, int, str], lines: Sequence[_Line], label_end: int, columns: int) -> str:
    """Return a cell's heading: what each line of headings has above it, or left of it where a heading spans columns."""
    start, end, _ = cell
    said: list[str] = []
    for line in lines:
        cells = [c for c in line.cells if c[0] >= label_end]
        above = [c for c in cells if c[0] < end and start < c[1]]
        near = above or [c for c in cells if max(c[0] - end, start - c[1]) <= 12]
        if 0 < len(cells) < columns:
            near = [c for c in cells if c[0] <= end][-1:]
        if near:
            said.append(min(near, key=lambda c: abs(c[0] - start))[2])
    return _plain(" ".join(said))


def _about(mentions: Sequence[Mention]) -> str:
    kinds = {m.type for m in mentions}
    return "endpoint" if Kind.ENDPOINT in kinds else "reaction" if Kind.REACTION in kinds else ""


def _sentences(
    line: _Line, label: str, values: Sequence[tuple[int, int, str]], heads: Sequence[str], find: Find, caption: str
) -> Iterator[Said]:
    """Yield what a row says; `caption` is what stands above all of its table, and tells units and grades."""
    label = _AT_MONTH.sub(r" at \g<n> \g<u>s", _plain(label))
    limits = " (95% CI)" if caption.endswith("(95% CI)") else ""
    own: tuple[str, str] | None = None
    named: set[Value] = set()
    more: list[tuple[str, str]] = []
    other = pvalue = ""
    plain: list[tuple[str, str]] = []
    about = _about(find(label)) or ("endpoint" if _FREE_AT.search(label) else "")
    others = _other_arm(heads, values, find)
    both = _ALL_AND_GRADE.search(caption) if about == "reaction" else None
    if _RATIO.match(label):
        # of the endpoint that the rows before tell of
        ratio = next((_plain(raw) for _, _, raw in values if _FIGURE.search(raw)), "")
        if ratio:
            yield Said(line.start, f"HR {_figure(ratio, '95% CI')}", "")
        return
    for head, (_, _, raw) in zip(heads, values, strict=True):
        cell, mentions = _plain(raw), find(head)
        kinds = {m.type for m in mentions}
        shown = _SIZE.sub("", head).strip(" ,:")
        if _PVALUE.search(head) or _PVALUE.search(cell):
            pvalue = cell if cell[:1] in "pP" else f"p={cell}" if cell[:1].isdigit() or cell[:1] == "." else f"p{cell}"
            continue
        if about == "endpoint" and _EFFECT.match(cell):
            plain.append((f"{_short(label)}: HR", _figure(_EFFECT.sub("", cell, count=1), "95% CI")))
            continue
        if not _FIGURE.search(cell):
            continue
        if _RATIO.search(head) and about == "endpoint":
            plain.append((f"{_short(label)}: HR", _figure(cell, "95% CI")))
            continue
        units = caption if about == "reaction" and (_PERCENT.search(caption) or " percent" in caption) else ""
        figure = _of_all(_figure(cell, f"{label} {head}{limits} {units}"), head)
        control = (_CONTROL.search(head) or kinds & {Kind.DRUG} or head in others) and Kind.ADC not in kinds
        adcs = {m.values[0] for m in mentions if m.type == Kind.ADC}
        if (adcs or _OWN.search(head)) and own is None:
            own, named = (shown, figure), adcs
        elif adcs and adcs & named and about == "reaction":
            more.append((head, figure))
        elif control or (Kind.ADC in kinds and own is not None and own[0].split(" ")[0] != shown.split(" ")[0]):
            other = other or figure
        elif about == "reaction" or about == "endpoint" or _about(mentions):
            plain.append((shown, figure))
    if about == "endpoint":
        if own:
            compared = f" versus {other}" if other else ""
            yield Said(
                line.start, f"with {own[0]}: {_short(label)}: {own[1]}{compared}{', ' + pvalue if pvalue else ''}", ""
            )
        if not own and other:
            return
        for head, figure in plain:
            if head.endswith("HR"):
                yield Said(line.start, f"{head} {figure}", "")
            else:
                grouped = (
                    bool(head) and {m.type for m in find(head)} <= {Kind.TARGET, "number"} and head.lower() != "all"
                )
                yield Said(
                    line.start,
                    f"{head}: {_short(label)}: {figure}" if head else f"{_short(label)}: {figure}",
                    head if grouped else "",
                )
    elif about == "reaction":
        for head, figure in [*([own] if own else []), *more, *(plain if not (own or other) else [])]:
            grade = next((head[m.start : m.end] for m in find(head) if m.type == "grade"), "")
            pair = _PAIR.fullmatch(figure.rstrip("%")) if both else None
            if both and pair:
                grade = f"(any grade/{both['grade'].strip()})"
                yield Said(
                    line.start,
                    f"Adverse events {grade} with {head} included: {_short(label)} ({pair[1]}%/{pair[2]}%)",
                    "",
                )
                continue
            with_whom = f" with {own[0]}" if own else ""
            yield Said(
                line.start,
                f"Adverse events {'of ' + grade if grade else ''}{with_whom} included: {_short(label)} ({figure})",
                "",
            )
    else:
        if _CONTROL.search(label) and not any(m.type == Kind.ADC for m in find(label)):
            return
        for head, figure in plain:
            if _about(find(head)):
                yield Said(line.start, f"{_SIZE.sub('', label).strip()}: {_short(head)}: {figure}", "")


def _other_arm(heads: Sequence[str], values: Sequence[tuple[int, int, str]], find: Find) -> set[str]:
    """Return the heading of the only column that isn't the ADC's, where there are two with figures."""
    arms = [
        head
        for head, (_, _, raw) in zip(heads, values, strict=True)
        if _FIGURE.search(_plain(raw)) and not (_PVALUE.search(head) or _RATIO.search(head))
    ]
    own = [head for head in arms if any(m.type == Kind.ADC for m in find(head))]
    rest = [head for head in arms if head not in own and head and not _EVERYBODY.search(_SIZE.sub("", head))]
    return set(rest) if len(arms) == 2 and len(own) == 1 else set()


def _of_all(figure: str, head: str) -> str:
    """Return "5 (45%)" as "5/11 (45%)" where the heading says of how many."""
    part, whole = re.match(r"(\d+)(?= \((\d+(?:\.\d+)?)%\))", figure), _COUNTED.search(head)
    if part and whole and int(whole[1]) > 0:
        rate = re.match(r" \((\d+(?:\.\d+)?)", figure[part.end() :])
        if rate and abs(100 * int(part[1]) / int(whole[1]) - float(rate[1])) <= 1:
            return f"{part[1]}/{whole[1]}{figure[part.end() :]}"
    return figure


def _short(label: str) -> str:
    """Return a row's label without its units."""
    return re.sub(r"\(\s*\)", "", _PERCENT.sub("", _MONTHS.sub("", _CI.sub("", label)))).strip(" ,;:")


def _figure(cell: str, said: str) -> str:
    """Return a cell with the units that its row or column says."""
    if _CI.search(said):
        cell = _INTERVAL.sub(r"(95% CI \1 to \2)", cell)
    bare = re.match(r"(\d+(?:\.\d+)?)(?![\d.]|/| ?(?:%|months?|mo\b|weeks|mg))", cell)
    if bare:
        if _MONTHS.search(said):
            cell = f"{bare[1]} months{cell[bare.end() :]}"
        elif _PERCENT.search(_CI.sub("", said)):
            inner = re.match(r"(\d+) \((\d+(?:\.\d+)?)\)", cell)
            cell = f"{inner[1]} ({inner[2]}%){cell[inner.end() :]}" if inner else f"{bare[1]}%{cell[bare.end() :]}"
    return cell
