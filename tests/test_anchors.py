"""What a regular expression needs is read off it rightly: no sentence is passed over that it fits."""

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adckg import documents, extract, mentions, rules
from adckg.anchors import DIGIT, Words, met, needs, opening

KNOWLEDGE = extract.load_knowledge()
PIECES = (
    "ab",
    "cd.",
    "(?:ef|gh)",
    "(?:ij)?",
    r"\d",
    "[xy]",
    "k+",
    "(?=l)",
    "(?!m)",
    "(?P<n>op)*",
    r"\bq",
    "(?:rs|t.)",
    ".{0,3}",
    "u{2}",
)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("approv(?:ed|es) from", [{"approv"}, {" from"}]),
        ("(?:sold|marketed) in", [{"sold", "marketed"}]),
        ("(?:sold|marketed)? now", [{" now"}]),
        (r"abc\d+", [{"abc"}, {DIGIT}]),
        ("[\ue000\ue001] .{0,9}was", [{"\ue000", "\ue001"}, {"was"}]),
        ("(?:\ue000 was|\ue001 had) given", [{" was", " had"}, {"\ue000", "\ue001"}, {" given"}]),
        ("abc|.", []),
        (r"(?P<a>abc)(?P=a)", []),
    ],
)
def test_needs_are_read_off_the_expression(pattern, expected):
    assert sorted(map(sorted, needs(pattern))) == sorted(map(sorted, expected))


@given(st.lists(st.sampled_from(PIECES), max_size=6), st.text("abcdefghijklmopqrstuxy1 ", max_size=12))
def test_what_fits_holds_what_is_needed(pieces, text):
    pattern = "".join(dict.fromkeys(pieces))  # a name can be given once
    conditions = needs(pattern, 1)
    held = Words(word for condition in conditions for word in condition).held_by(text)
    if re.search(pattern, text):
        assert met(conditions, held), (pattern, text)


@given(
    st.lists(st.sampled_from((*PIECES, "abcd", "(?:efgh|ij)", "(?:abc)?", "(?:opq)+")), max_size=6),
    st.text("abcdefghijklmopqrstuxy1 ", max_size=12),
)
def test_what_fits_begins_with_its_opening(pieces, text):
    pattern = "".join(dict.fromkeys(pieces))
    begins = opening(pattern)
    if begins and (match := re.search(pattern, text)):
        assert any(text.startswith(begun, match.start()) for begun in begins), (pattern, text)


def test_opening_is_where_a_pattern_begins():
    assert opening("(?<!\\w)(?:(?P<a>[\ue000])|\ue001x) was") == {"\ue000", "\ue001"}
    assert opening("(?:\ue000)? was") == {"\ue000", " was"}
    assert opening("\ue000 was|(?:wer)e|(?=x)sold?") == {"\ue000", "wer", "sol"}
    for unknown in ("\ue000 was|[a-z]re", "(?:\ue000)?", "(?:was)?.", "x?was", "\ue000 was|at", r"\w* was"):
        assert not opening(unknown)


def test_no_rule_is_passed_over():
    for rule in KNOWLEDGE.rules:
        for text in (*(example["text"] for example in rule.examples), *rule.counterexamples):
            document = documents.parse_document(text, "example")
            for found in mentions.read(document, KNOWLEDGE.vocabulary, KNOWLEDGE.forms):
                masked = rules.mask(found.words.text, found.mentions)
                tried = {rule.id: patterns for rule, patterns in KNOWLEDGE.index.worth(masked)}
                for other in KNOWLEDGE.rules:
                    for pattern in other.patterns:
                        if pattern not in tried.get(other.id, ()):
                            assert not pattern.regex.search(masked.text), (other.id, text)
                        elif pattern.opening:
                            spans = [match.span() for match in pattern.regex.finditer(masked.text)]
                            words = {
                                w: [m.start() for m in re.finditer(re.escape(w), masked.text.lower())]
                                for w in pattern.opening
                            }
                            assert [match.span() for match in pattern.fits(masked)] == spans
                            assert [match.span() for match in pattern.fits(masked, words)] == spans


def test_an_index_can_be_sent_elsewhere():
    there = pickle.loads(pickle.dumps(KNOWLEDGE.index))
    masked = rules.mask("It was approved, and sold by others.", [])
    assert [rule.id for rule, _ in there.worth(masked)] == [rule.id for rule, _ in KNOWLEDGE.index.worth(masked)]
