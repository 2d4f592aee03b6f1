"""The mappings to other ontologies: one set in two files, and each of them well formed."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import yaml
from rdflib import OWL, RDF, RDFS, SKOS, Graph, URIRef

from adckg import names

if TYPE_CHECKING:
    from pathlib import Path

MATCHES = {SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch}
COLUMNS = {
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "comment",
}


@pytest.fixture(scope="module")
def lines(folder: Path) -> list[str]:
    return (folder / "alignments.sssom.tsv").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def metadata(lines: list[str]) -> dict[str, object]:
    return yaml.safe_load("\n".join(line[1:] for line in lines if line.startswith("#")))


@pytest.fixture(scope="module")
def rows(lines: list[str]) -> list[dict[str, str]]:
    return list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))


def expand(curie: str, metadata: dict[str, object]) -> URIRef:
    prefix, local = curie.split(":", 1)
    return URIRef(metadata["curie_map"][prefix] + local)


def test_the_turtle_and_the_table_hold_the_same_mappings(
    alignments: Graph, rows: list[dict[str, str]], metadata: dict[str, object]
) -> None:
    table = {tuple(expand(row[c], metadata) for c in ("subject_id", "predicate_id", "object_id")) for row in rows}
    turtle = {(s, p, o) for s, p, o in alignments if p in MATCHES}
    assert len(table) == len(rows)
    assert table == turtle


def test_the_table_has_its_metadata_and_every_cell(rows: list[dict[str, str]], metadata: dict[str, object]) -> None:
    assert {"mapping_set_id", "mapping_set_version", "license", "curie_map"} <= set(metadata)
    assert all(set(row) == COLUMNS and all(row.values()) for row in rows)
    assert {row["mapping_justification"] for row in rows} == {"semapv:ManualMappingCuration"}


def test_every_mapping_says_where_it_was_seen(rows: list[dict[str, str]]) -> None:
    assert [row["object_id"] for row in rows if not row["comment"].startswith("seen ")] == []


def test_the_prefixes_are_those_of_the_one_list(metadata: dict[str, object]) -> None:
    assert {p: n for p, n in metadata["curie_map"].items() if names.prefixes().get(p) != n} == {}


def test_subjects_are_ours_under_their_own_labels(
    ontology: Graph, rows: list[dict[str, str]], metadata: dict[str, object]
) -> None:
    for row in rows:
        subject = expand(row["subject_id"], metadata)
        label = ontology.value(subject, RDFS.label) or ontology.value(subject, SKOS.prefLabel)
        assert str(label) == row["subject_label"]


def test_an_object_has_one_label_wherever_it_stands(rows: list[dict[str, str]]) -> None:
    labels = {(row["object_id"], row["object_label"]) for row in rows}
    assert len(labels) == len({identifier for identifier, _ in labels})


def test_what_is_exactly_ours_is_nothing_else_of_ours(rows: list[dict[str, str]]) -> None:
    exact = Counter(row["object_id"] for row in rows if row["predicate_id"] == "skos:exactMatch")
    assert [identifier for identifier, times in exact.items() if times > 1] == []


def test_two_terms_are_mapped_in_one_way_only(rows: list[dict[str, str]]) -> None:
    pairs = Counter((row["subject_id"], row["object_id"]) for row in rows)
    assert [pair for pair, times in pairs.items() if times > 1] == []


def test_the_alignments_are_an_ontology_of_annotations(alignments: Graph) -> None:
    assert set(alignments.objects(None, RDF.type)) == {OWL.Ontology, OWL.AnnotationProperty}
