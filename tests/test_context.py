"""What is denied, planned or only possible is known from its cue, and only as far as the cue reaches."""

from __future__ import annotations

import pytest

from adckg.extract import load_knowledge

CUES = load_knowledge().cues


def flags_at(text: str, word: str) -> set[str]:
    at = text.index(word)
    return {s.flag for s in CUES.scopes(text) if s.start <= at < s.end}


@pytest.mark.parametrize(
    ("text", "word", "flag"),
    [
        ("The drug has not been approved anywhere.", "approved", "negated"),
        ("The drug was never approved.", "approved", "negated"),
        ("Neither agency approved it.", "approved", "negated"),
        ("The company plans to begin a trial.", "trial", "planned"),
        ("A trial will begin next year.", "begin", "planned"),
        ("The drug may be approved.", "approved", "hypothetical"),
        ("Whether it will be approved is open.", "approved", "hypothetical"),
    ],
)
def test_a_cue_flags_what_follows_it(text: str, word: str, flag: str) -> None:
    assert flag in flags_at(text, word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The drug has not been approved in Japan, but is approved in the US.", "is approved in the US"),
        ("The drug is not only approved but sold.", "approved"),
        ("A trial will begin; the drug is approved.", "approved"),
    ],
)
def test_a_cue_ends_with_its_clause(text: str, word: str) -> None:
    assert flags_at(text, word) == set()
