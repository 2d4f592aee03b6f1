"""The words that a pattern can't do without."""

from __future__ import annotations

import pickle
import re

import pytest

from adckg import extract
from adckg.anchors import Anchors, words_of


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"approv(?:ed|al)", {"approv"}),
        (r"(?:sold|marketed) (?:in .{0,9})?by", {"sold", "marketed"}),
        (r"(?:exclusive )?licen[cs]es?", {"licen"}),
        (r"[a-z]+ of", set()),
    ],
)
def test_words_are_read_off_a_pattern(pattern: str, words: set[str]) -> None:
    assert words_of(pattern) == words


def test_only_rules_whose_words_stand_in_a_text_are_worth_trying() -> None:
    anchors = pickle.loads(pickle.dumps(Anchors([[frozenset({"sold"})], [frozenset()], [frozenset({"approv"})]])))
    assert anchors.held_by("It was Approved.") == (frozenset({"approv"}), [1, 2])


def test_no_pattern_is_kept_from_its_own_examples() -> None:
    for rule in extract.load_knowledge().rules:
        for pattern in rule.patterns:
            for example in rule.examples:
                fits = re.search(pattern.regex, example["text"])
                assert not fits or not pattern.words or any(word in example["text"].lower() for word in pattern.words)
