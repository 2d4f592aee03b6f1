"""The worked cases of CONTRIBUTING.md work as they are written."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import yaml

from adckg import documents, extract, resources, rules
from adckg.model import Entity, Fact, FactKind

GUIDE = (Path(__file__).resolve().parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
KNOWLEDGE = extract.load_knowledge()


def facts(text: str, knowledge: extract.Knowledge = KNOWLEDGE) -> list[Fact]:
    return extract.extract(documents.parse_document(f"{text}\n", "example"), knowledge)


def labels(found: list[Fact], kind: FactKind, slot: str) -> set[str]:
    return {v.label for f in found if f.kind == kind and isinstance(v := f.get(slot), Entity)}


def test_a_new_product_is_read_before_it_is_in_the_vocabulary() -> None:
    match = re.search(r"A release says: \*(.+?)\*", GUIDE)
    assert match
    found = facts(match[1])
    assert labels(found, FactKind.COMPOSITION, "about") == {"exemplatamab vedotin"}
    assert labels(found, FactKind.COMPOSITION, "component") == {"Nectin-4"}


def test_the_row_of_the_new_product_fits_the_file() -> None:
    match = re.search(r"^    (exemplatamab-vedotin,.+)$", GUIDE, re.MULTILINE)
    assert match
    with (resources.folder("seeds") / "vocabulary" / "adcs.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    row = dict(zip(header, next(csv.reader([match[1]])), strict=True))
    assert row["payload"] == "mmae"
    assert row["source"].startswith("https://")
    known = {(kind.value, slug) for kind, slug in KNOWLEDGE.vocabulary.rows}
    assert {("payload", row["payload"]), ("target", row["target"])} <= known


def test_the_new_way_of_saying_something_is_read_once_its_pattern_is_there() -> None:
    pattern = re.search(r"^ +- ('\{adc\} .+')$", GUIDE, re.MULTILINE)
    text = re.search(r"- text: (SAR3419 is headed .+)$", GUIDE, re.MULTILINE)
    assert pattern
    assert text
    rule = {
        "id": "roles/worked-case",
        "when": [yaml.safe_load(pattern[1])],
        "say": [{"Role": {"organisation": "$organisation", "kind": "developer"}}],
        "examples": [],
        "but": [],
    }
    (parsed,) = rules.parse_rules([rule], "CONTRIBUTING.md")
    (match,) = rules.find(parsed, _masked(text[1]))
    assert [m.entity.label for m in match.found["organisation"]] == ["Sanofi"]
    assert [m.entity.label for m in match.found["adc"]] == ["coltuximab ravtansine"]


def _masked(text: str) -> rules.Masked:
    from adckg import mentions

    (read,) = mentions.read(documents.parse_document(f"{text}\n", "x"), KNOWLEDGE.vocabulary, KNOWLEDGE.forms)
    return rules.mask(text, read.mentions)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([\w./-]+)\)", GUIDE))))
def test_a_file_that_the_guide_links_to_exists(path: str) -> None:
    assert (Path(__file__).resolve().parents[1] / path).exists()
