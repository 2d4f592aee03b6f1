"""Nothing that a document can hold makes a pattern take for ever, or extraction fail.

Every regular expression of the rules, of context.yaml and of the modules is tried on texts made against it: long runs of
each of its mentions, of letters, digits, signs and its own words, and of near misses of all of them. None may take more
than `LIMIT` seconds of processor time for `LENGTH` characters, nor, where its time can be measured, much more than four
times as long for twice as many. All such texts are tried short; those that take longest are tried four times as long,
and at their full length where what they took and how it grew leaves any doubt.
"""

import math
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import adckg
from adckg import documents, extract, names
from adckg.anchors import Guarded
from adckg.merge import order
from adckg.rules import SYMBOL
from adckg.wordings import Wording

KNOWLEDGE = extract.load_knowledge()
MODULES = (
    "documents",
    "values",
    "vocabulary",
    "mentions",
    "introductions",
    "discourse",
    "tables",
    "context",
    "rules",
    "neighbours",
)
MODULES += (
    "endpoints",
    "figures",
    "arms",
    "reactions",
    "measures",
    "subjects",
    "firms",
    "deals",
    "merge",
    "names",
    "trials",
    "filling",
    "extract",
)
LENGTH = 20_000
SHORT = 1_000
LIMIT = 5.0
SUSPECT = 0.001
"""seconds for a short text that call for a longer one; something quadratic takes more"""
MEASURABLE = 0.02
"""seconds that are enough to compare with"""
DOUBT = 0.8
"""of `LIMIT`: what is foreseen to take more at full length is tried at full length"""
Stopwatch = Callable[[re.Pattern[str], str, bool, float], float]


def _patterns(value: object, name: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    if isinstance(value, Guarded | Wording):
        value = value.regex
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _patterns(item, f"{name}.{key}")
    elif isinstance(value, tuple | list):
        for number, item in enumerate(value):
            yield from _patterns(item, f"{name}.{number}")


def _all_patterns() -> Iterator[tuple[str, re.Pattern[str], bool]]:
    """Yield each pattern, with its name and whether it is tried at every place of a text."""
    for rule in KNOWLEDGE.rules:
        for number, pattern in enumerate(rule.patterns):
            yield f"{rule.id} {number}", pattern.regex, True
        for part in ("unless", "not_after", "under"):
            for name, pattern in _patterns(getattr(rule, part), f"{rule.id} {part}"):
                yield name, pattern, True
        for name, pattern in _patterns(rule.not_before, f"{rule.id} not_before"):
            yield name, pattern, False
    source = "".join(path.read_text() for path in Path(adckg.__file__).parent.glob("*.py"))
    for owner in (KNOWLEDGE.cues, KNOWLEDGE.forms, KNOWLEDGE.deals):
        for part in owner.__slots__:
            for name, pattern in _patterns(getattr(owner, part), part):
                yield f"context.yaml {name}", pattern, _is_searched(part, source)
    for module in MODULES:
        for part, value in vars(sys.modules[f"adckg.{module}"]).items():
            for name, pattern in _patterns(value, part):
                yield f"{module} {name}", pattern, _is_searched(part, source) or name != part


def _is_searched(name: str, source: str) -> bool:
    """Whether a pattern is looked for everywhere in a text, and not only at one place of it."""
    calls = set(re.findall(rf"\b{name}(?:\[[\w.]+\])?\.(\w+)\(", source))
    return not calls <= {"match", "fullmatch"} or not calls


PATTERNS = {pattern: (name, searched) for name, pattern, searched in _all_patterns()}
UNITS = (
    "a",
    "A",
    "1",
    " ",
    "\n",
    "(",
    "()",
    "-",
    "/",
    '"',
    ", ",
    "1,",
    "1.",
    ". ",
    "'s ",
    "and ",
    "the ",
    "of ",
    "a-b ",
)
UNITS += ("A-", "Ab ", "a a, ", "(a ", "x) ", "1 of ", "in the ", "® ", "— ", "&, ")


def _units(pattern: str) -> Iterator[str]:
    """Yield what a text against a pattern is made of."""
    yield from UNITS
    mentions = sorted({c for c in pattern if c in SYMBOL.values()})[:5]
    for mention in mentions:
        yield from (mention, f"{mention}, ", f"{mention} and ", f"{mention} a ", f"{mention} (a) ")
    bare = re.sub(r"\\[a-zA-Z]|\?P<\w+>|\(\?[a-z-]+:", "|", pattern)
    words = sorted(set(re.findall("[A-Za-z]{3,}", bare)), key=lambda w: (-len(w), w))[:5]
    for word in words:
        yield from (word, f"{word} ")
    if words:
        yield from (f"{' '.join(words)} ", f"{', '.join(reversed(words))} and ")
    if mentions:
        yield f"{' '.join(mentions)} "
    if words and mentions:
        yield from (f"{mentions[0]} {words[0]} {mentions[-1]} ", f"{mentions[-1]} was {words[-1]}, ")


class TooLong(Exception):
    """A pattern took too long."""


@pytest.fixture
def stopwatch():
    """Measure processor time, and end what takes more of it than allowed."""

    def stop(*_: object) -> None:
        raise TooLong

    def measure(pattern: re.Pattern[str], text: str, searched: bool, limit: float) -> float:
        signal.setitimer(signal.ITIMER_VIRTUAL, limit)
        begun = time.process_time()
        try:
            if searched:
                for _ in pattern.finditer(text):
                    pass
            else:
                pattern.match(text)
                pattern.fullmatch(text)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return time.process_time() - begun

    before = signal.signal(signal.SIGVTALRM, stop)
    yield measure
    signal.signal(signal.SIGVTALRM, before)


def _complaint(pattern: re.Pattern[str], searched: bool, stopwatch: Stopwatch, limit: float = LIMIT) -> str | None:
    """Say how a pattern blows up; None where it doesn't."""

    def measure(unit: str, length: int) -> float:
        return stopwatch(pattern, (unit * (length // len(unit) + 1))[:length] + "!", searched, limit)

    unit, length = "", SHORT
    try:
        # what is exponential shows in short texts, and so does, by its slowness, what is polynomial
        short = {unit: measure(unit, SHORT) for unit in dict.fromkeys(_units(pattern.pattern))}
        for unit in sorted(short, key=short.__getitem__, reverse=True)[:2]:
            if short[unit] < SUSPECT:
                continue
            length = 4 * SHORT
            longer = measure(unit, length)
            if longer > 6**2 * short[unit] and longer > MEASURABLE:
                longer = min(longer, measure(unit, length))
                short[unit] = max(short[unit], measure(unit, SHORT))
                if longer > 6**2 * short[unit]:
                    return f"{longer / short[unit]:.0f} times as long for four times as much of {unit!r}"
            growth = math.log(max(longer / short[unit], 4), 4)
            if longer * (LENGTH / length) ** growth > DOUBT * limit:
                length = LENGTH
                measure(unit, LENGTH)
    except TooLong:
        return f"more than {limit} s for {length} characters of {unit!r}"
    return None


@pytest.mark.parametrize("pattern", PATTERNS, ids=[name for name, _ in PATTERNS.values()])
def test_no_pattern_blows_up(pattern, stopwatch):
    assert _complaint(pattern, PATTERNS[pattern][1], stopwatch) is None


@pytest.mark.parametrize(
    "pattern",
    ["(?:a|aa)+$", r"(?:\w+,? ?)+:", r"\w+[\w-]*[\w/]*;", r"(?:[\w-]+,? )+:"],
    ids=["exponential", "exponential in words", "cubic", "quadratic"],
)
def test_what_blows_up_is_found(pattern, stopwatch):
    assert _complaint(re.compile(pattern), True, stopwatch, 0.1)


@pytest.mark.parametrize("pattern", [r"\b\w+ of \w+\b", "(?:a|b){1,9}c", r"(?<!\w)(?:[A-Z]\w{0,30} ){1,4}Inc"])
def test_what_is_linear_is_left_alone(pattern, stopwatch):
    assert _complaint(re.compile(pattern), True, stopwatch) is None


def _extract(text: str):
    document = documents.parse_document(text, "2012-06-04-any")
    return document, extract.extract(document, KNOWLEDGE)


PIECES = (
    "T-DM1",
    "ABC-123",
    "an ADC",
    "antibody-drug conjugate",
    "trastuzumab emtansine",
    "Roche",
    "ImmunoGen, Inc.",
    "HER2",
    "33% (7/21)",
)
PIECES += (
    "objective response",
    "Phase 2",
    "NCT01234567",
    "3.6 mg/kg",
    "every 3 weeks",
    "neutropenia",
    "$20 million",
    "the Company",
    "it",
)
PIECES += (
    "breast cancer",
    "FDA",
    "approved",
    "licensed",
    "versus",
    "was",
    "of",
    "and",
    "in",
    "with",
    ",",
    ".",
    "(",
    ")",
    ";",
    "-",
    "—",
    "®",
    "\n",
    "\n\n",
)
PIECES += (
    "\t",
    "|",
    "•",
    "About ",
    "Contacts",
    "June 3, 2008",
    "median PFS",
    "9.8 months",
    "HR",
    "0.65",
    "p=0.01",
    "\ue000",
    "\ufffd",
    "é",
    "表",
    "\u202e",
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join)))
def test_any_text_can_be_read(text):
    document, facts = _extract(text)
    for fact in facts:
        assert fact.evidence, fact
        for evidence in fact.evidence:
            assert evidence.quote == document.text[evidence.start : evidence.end]
        assert list(fact.arguments) == sorted(set(fact.arguments), key=order)
    claims = [names.fact_iri(fact) for fact in facts]
    assert len(set(claims)) == len(claims)
    assert facts == sorted(facts, key=lambda f: (f.kind, [order(argument) for argument in f.arguments]))
    assert _extract(text)[1] == facts


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        "(",
        "1,",
        "T-DM1, ",
        "T-DM1 ",
        "and ",
        "the ",
        "$1 ",
        "HER2 of ",
        "it, ",
        "Roche, ",
        "A1-",
        "1 of ",
        "Phase 1, ",
        "T-DM1 (",
        "x\ty\n",
    ],
)
def test_a_long_line_is_read_in_time(unit):
    begun = time.process_time()
    _extract("T-DM1 is an ADC of Roche. " + unit * (40_000 // len(unit)))
    assert time.process_time() - begun < 10  # it takes one or less


def test_a_long_line_gives_what_a_short_one_does():
    said = "With T-DM1 the objective response rate was 33% (7/21)"
    _, facts = _extract(f"{'word ' * 5000}{said}{' word' * 5000}")
    assert "objective" in " ".join(evidence.quote for fact in facts for evidence in fact.evidence)
