"""The ontology, its alignments and the prefixes, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rdflib import Graph

from adckg import resources

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def folder() -> Path:
    return resources.folder("ontology")


@pytest.fixture(scope="session")
def ontology(folder: Path) -> Graph:
    return Graph().parse(folder / "adc.ttl")


@pytest.fixture(scope="session")
def alignments(folder: Path) -> Graph:
    return Graph().parse(folder / "alignments.ttl")
