"""Values are found by their form and read as what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adckg.model import Entity, Value
from adckg.values import find_values


def shown(value: Value) -> str:
    return value.label if isinstance(value, Entity) else str(value)


def read(text: str) -> list[tuple[str, ...]]:
    return [(f.type, *map(shown, f.values)) for f in find_values(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("at 3.6 mg/kg", [("dosage", "3.6 mg/kg")]),
        ("from 0.15 to 7.0 mg/kg", [("dosage", "0.15-7 mg/kg")]),
        ("4.3 or 5.2 mg/kg", [("dosage", "4.3 mg/kg", "5.2 mg/kg")]),
        ("55 mg/m^2", [("dosage", "55 mg/m2")]),
        ("150 µg/kg".replace("µ", "μ"), [("dosage", "150 ug/kg")]),
        ("6 mg per kilogram", [("dosage", "6 mg/kg")]),
        ("every three weeks", [("schedule", "every 3 weeks")]),
        ("Q3W", [("schedule", "every 3 weeks")]),
        ("on a weekly basis", [("schedule", "weekly")]),
        ("every 21 days", [("schedule", "every 3 weeks")]),
        ("33% (7/21)", [("percent", "33"), ("count", "7", "21")]),
        ("four of these nine patients", [("count", "4", "9")]),
        ("Thirty-two patients", [("number", "32")]),
        ("72 percent", [("percent", "72")]),
        ("9.8 months", [("duration", "9.8", "months")]),
        ("(95% CI, 0.50 to 0.89)", [("ci", "0.50", "0.89")]),
        ("P < .001", [("pvalue", "<0.001")]),
        ("p=0.026", [("pvalue", "0.026")]),
        ("Grade 1/2", [("grade", "1-2")]),
        ("grade 3 or higher", [("grade", ">=3")]),
        ("Grade ≥3", [("grade", ">=3")]),
        ("grade III", [("grade", "3")]),
        ("Phase Ib/II", [("phase", "Phase 1b/2")]),
        ("Phase I/IIa", [("phase", "Phase 1/2a")]),
        ("phase 2 trial", [("phase", "Phase 2")]),
        ("Phase 1 and Phase 2", [("phase", "Phase 1", "Phase 2")]),
        ("US$2.4 billion", [("money", "2400000000", "USD")]),
        ("USD 20 million", [("money", "20000000", "USD")]),
        ("20 million U.S dollars", [("money", "20000000", "USD")]),
        ("€1,200,000", [("money", "1200000", "EUR")]),
        ("half a billion dollars", [("money", "500000000", "USD")]),
        ("a quarter of a billion dollars", [("money", "250000000", "USD")]),
        ("NCT00829166", [("registration", "NCT00829166")]),
        ("EudraCT 2008-005713-22", [("registration", "2008-005713-22")]),
        ("abstracts #1028 and #1029", [("abstract", "1028", "1029")]),
        ("abstract LBA1", [("abstract", "LBA1")]),
        ("in October 2011", [("date", "2011-10")]),
        ("the second half of 2020", [("date", "2020")]),
        ("in 2013", [("year", "2013")]),
    ],
)
def test_a_value_is_read(text: str, found: list[tuple[str, ...]]) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    "text", ["CD19", "HER2-positive", "SAR3419", "phase-out", "1Q", "IMGN853's", "page 3a", "a phase of growth"]
)
def test_a_name_is_no_value(text: str) -> None:
    assert [f for f in read(text) if f[0] in ("phase", "dosage", "percent", "count", "money", "number")] == []


@given(st.text(alphabet="0123456789.,/%$€-() mgkphasedoeIV weeklytof<>=≥", max_size=200))
def test_values_never_overlap(text: str) -> None:
    end = 0
    for found in find_values(text):
        assert end <= found.start < found.end <= len(text)
        end = found.end


def test_a_phase_has_the_rank_that_the_ontology_gives_it() -> None:
    import rdflib

    from adckg import names, resources
    from adckg.values import phase

    ontology = rdflib.Graph().parse(resources.folder("ontology") / "adc.ttl")
    ranks = {
        str(ontology.value(concept, rdflib.SKOS.prefLabel)): rank.toPython()
        for concept, rank in ontology.subject_objects(rdflib.URIRef(names.term("rank")))
    }
    assert ranks.pop("Preclinical") == 0
    assert ranks == {label: dict(phase(label.removeprefix("Phase ")).attributes)["rank"] for label in ranks}
