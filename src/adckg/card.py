"""One ADC on a card: what the graph holds of it, section by section, each line with the words that say it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from adckg import queries
from adckg.model import FactKind, Kind
from adckg.parameters import resolve
from adckg.sources import Source

SECTIONS: Mapping[str, tuple[FactKind, ...]] = {
    "Names": (FactKind.NAMING,),
    "Structure": (FactKind.COMPOSITION, FactKind.CONJUGATION),
    "Indications": (FactKind.INDICATION,),
    "Trials and phases": (FactKind.TRIAL,),
    "Results": (FactKind.RESULT,),
    "Doses": (FactKind.DOSING,),
    "Safety": (FactKind.SAFETY,),
    "Organisations and partners": (FactKind.ROLE, FactKind.PARTNERSHIP),
    "Regulatory": (FactKind.REGULATORY,),
    "Presentations": (FactKind.PRESENTATION,),
}

WORDS: Mapping[FactKind, tuple[str, ...]] = {
    FactKind.NAMING: ("{name}",),
    FactKind.COMPOSITION: ("{part}: {component}",),
    FactKind.CONJUGATION: ("drug-to-antibody ratio {drugToAntibodyRatio}", "{conjugation} conjugation"),
    FactKind.INDICATION: ("{condition}",),
    FactKind.TRIAL: (
        "{phase}",
        "{acronym}",
        "({registration})",
        "{status}",
        "in {condition}",
        "against {comparator}",
        "with {combination}",
        "{enrollment} patients",
    ),
    FactKind.RESULT: (
        "{endpoint}",
        "{value}",
        "{valueText}",
        "{unit}",
        "({numerator} of {denominator})",
        "at {dose}",
        "in {population}",
        "(interval {ciLow} to {ciHigh})",
        "p {pValue}",
        "against {comparatorValue}",
    ),
    FactKind.DOSING: ("{dose}", "{schedule}", "({kind})"),
    FactKind.SAFETY: ("{reaction}", "grade {grade}", "({kind})", "{percent}%", "({numerator} of {denominator})"),
    FactKind.ROLE: ("{kind}: {organisation}",),
    FactKind.PARTNERSHIP: (
        "{party}",
        "({kind})",
        "on {asset}",
        "{date}",
        "upfront {upfront} {currency}",
        "milestones {milestones} {currency}",
        "royalties {royalties}",
    ),
    FactKind.REGULATORY: ("{event}", "{agency}", "{region}", "for {indication}", "{date}"),
    FactKind.PRESENTATION: ("{meeting}", "{year}", "(abstract {abstract})"),
}
"""How a fact of each kind is put into words: the pieces whose arguments it has, joined by spaces."""


@dataclass(frozen=True, slots=True, order=True)
class Quote:
    """The words of a document."""

    date: str
    document: str
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A fact in words, on what it rests, and the quotes in the order of their documents."""

    text: str
    basis: str
    because: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What is held of one ADC: the lines of each section that has any."""

    name: str
    sections: Mapping[str, tuple[Line, ...]]

    def __str__(self) -> str:
        return "\n".join(text for _, text in lay_out(self, width=100))


def lay_out(card: Card, *, width: int, quotes: bool = True) -> Iterator[tuple[Literal["title", "line", "quote"], str]]:
    """Yield a card's lines, wrapped to a width, each with what it is."""

    def fill(text: str, first: str, next_: str) -> str:
        return textwrap.fill(text, width, initial_indent=first, subsequent_indent=next_, break_on_hyphens=False)

    yield "title", card.name
    for title, lines in card.sections.items():
        yield "title", f"\n{title}"
        for line in lines:
            why = "" if line.basis == "stated" else f"  [{line.basis}: {line.because}]"
            yield "line", fill(line.text + why, "  ", "    ")
            for quote in line.quotes if quotes else ():
                yield "quote", fill(f"“{' '.join(quote.text.split())}” {quote.document}", "    ", "    ")


def read_card(source: Source, name: str) -> Card:
    """Return the card of the ADC that bears this name, be it any of its names.

    Raises:
        QueryError: no ADC of the source bears the name, or several do.
        StoreError: the source can't be queried.
    """
    label = resolve(source, Kind.ADC, name)
    query = queries.load_query("everything-about")
    rows = queries.ask(source, query.bind({"adc": label})).records()
    lines: dict[FactKind, list[Line]] = {}
    for (statement, _), group in groupby(rows, key=lambda row: (row["statement"], row["fact"])):
        kind = FactKind(statement)
        line = _line(kind, list(group))
        if kind is FactKind.NAMING and line.text.casefold() == label.casefold():
            continue
        lines.setdefault(kind, []).append(line)
    sections = {
        title: tuple(line for kind in kinds for line in sorted(lines.get(kind, []), key=_order))
        for title, kinds in SECTIONS.items()
    }
    return Card(label, {title: found for title, found in sections.items() if found})


def _line(kind: FactKind, rows: list[dict[str, str]]) -> Line:
    values: dict[str, list[str]] = {}
    for row in rows:
        said = values.setdefault(row["argument"], [])
        if row["value"] not in said:
            said.append(row["value"])
    words = {argument: ", ".join(said) for argument, said in values.items()}
    words["part"] = rows[0].get("type", "").lower()
    words["event"] = words.get("kind", "")
    words["party"] = " and ".join(values.get("party", ()))
    pieces = []
    for piece in WORDS[kind]:
        try:
            pieces.append(piece.format_map(words))
        except KeyError:
            continue
    quotes = {
        Quote(row.get("date", ""), row["document"], int(row["start"]), row["quote"]) for row in rows if "quote" in row
    }
    text = " ".join(pieces) or ", ".join(words[row["argument"]] for row in rows[:1])
    return Line(text, rows[0]["basis"], rows[0].get("because", ""), tuple(sorted(quotes)))


def _order(line: Line) -> tuple[bool, str, str]:
    """Sort by the first document that says it; what no document says comes last."""
    return (not line.quotes, line.quotes[0].date if line.quotes else "", line.text)
