"""Each rule reads its own examples as it says, and nothing from its counter-examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from adckg import documents, extract
from adckg.model import Fact
from adckg.names import value_text

KNOWLEDGE = extract.load_knowledge()
RULES = {rule.id: rule for rule in KNOWLEDGE.rules}


def facts_of(rule: str, text: str) -> list[Fact]:
    """What a rule reads from a text that stands alone (with whatever other rules read there)."""
    found = extract.extract(documents.parse_document(f"{text}\n", "example"), KNOWLEDGE)
    return [fact for fact in found if any(e.rule == rule for e in fact.evidence)]


def said(fact: Fact) -> set[tuple[str, str]]:
    return {(slot, getattr(value, "label", None) or value_text(value)) for slot, value in fact.arguments}


def holds(fact: Fact, wanted: Mapping[str, Any]) -> bool:
    return {(slot, str(value)) for slot, value in wanted.items()} <= said(fact)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_every_rule_has_an_example_and_a_counterexample(rule: Any) -> None:
    assert rule.examples
    assert rule.counterexamples


@pytest.mark.parametrize(
    ("rule", "example"),
    [pytest.param(r.id, e, id=f"{r.id}-{i}") for r in RULES.values() for i, e in enumerate(r.examples)],
)
def test_an_example_gives_what_it_says(rule: str, example: Mapping[str, Any]) -> None:
    found = facts_of(rule, example["text"])
    for wanted in example["gives"]:
        assert any(holds(fact, wanted) for fact in found), [sorted(said(f)) for f in found]


@pytest.mark.parametrize(
    ("rule", "text"),
    [pytest.param(r.id, t, id=f"{r.id}-{i}") for r in RULES.values() for i, t in enumerate(r.counterexamples)],
)
def test_a_counterexample_gives_nothing_by_its_rule(rule: str, text: str) -> None:
    assert [sorted(said(f)) for f in facts_of(rule, text)] == []


def test_every_quote_stands_where_it_says() -> None:
    for rule in KNOWLEDGE.rules:
        for example in rule.examples:
            document = documents.parse_document(f"{example['text']}\n", "example")
            for fact in extract.extract(document, KNOWLEDGE):
                for evidence in fact.evidence:
                    assert document.text[evidence.start : evidence.end] == evidence.quote
