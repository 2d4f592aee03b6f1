"""The vocabulary's files say what its README promises. They are read as plain CSV, as a biologist's editor would."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from adckg.names import prefixes

FOLDER = Path(__file__).parents[2] / "seeds" / "vocabulary"
ONTOLOGY = Path(__file__).parents[2] / "ontology" / "adc.ttl"

COMMON = ("id", "label", "synonyms", "identifiers", "source")
FURTHER = {
    "adcs": ("antibody", "linker", "payload", "target", "technology", "developers"),
    "antibodies": ("target", "format"),
    "linkers": ("cleavable", "mechanism"),
    "payloads": ("class", "mechanism"),
    "targets": (),
    "technologies": ("organisation",),
    "organisations": ("parent", "country"),
    "conditions": ("parent",),
    "drugs": ("modality",),
    "trials": ("registration", "adc", "phase"),
    "meetings": ("type",),
    "agencies": ("region",),
    "regions": (),
    "endpoints": ("unit",),
    "reactions": (),
}
NAME_WORDS = ("word", "linker", "payload", "certainty", "source")

REFERENCES = {
    ("adcs", "antibody"): "antibodies",
    ("adcs", "linker"): "linkers",
    ("adcs", "payload"): "payloads",
    ("adcs", "target"): "targets",
    ("adcs", "technology"): "technologies",
    ("adcs", "developers"): "organisations",
    ("antibodies", "target"): "targets",
    ("technologies", "organisation"): "organisations",
    ("organisations", "parent"): "organisations",
    ("conditions", "parent"): "conditions",
    ("trials", "adc"): "adcs",
    ("agencies", "region"): "regions",
    ("name-words", "linker"): "linkers",
    ("name-words", "payload"): "payloads",
}
CLOSED = {
    ("linkers", "cleavable"): {"yes", "no", ""},
    ("drugs", "modality"): {
        "small molecule",
        "antibody",
        "bispecific",
        "cell therapy",
        "regimen",
        "vaccine",
        "radioligand",
        "fusion protein",
        "peptide",
        "other",
    },
    ("meetings", "type"): {"congress", "journal"},
    ("endpoints", "unit"): {"%", "months", ""},
}

MEDICINE_AND_PAYLOAD = (
    "a medicine of its own, and the payload of a conjugate: a composition rule asks for payloads only"
)
MEANT_TWICE = dict.fromkeys(["doxorubicin", "eribulin"], MEDICINE_AND_PAYLOAD)
"""Names that stand in two files on purpose, folded, and what tells their rows apart."""

SLUG = re.compile(r"[a-z0-9]+(?:[-.+][a-z0-9]+)*")
# fmt: off
ENDPOINTS = [
    "ORR", "CR", "PR", "SD", "PD", "DCR", "CBR", "PFS", "iPFS", "OS", "DOR", "DFS",
    "iDFS", "EFS", "RFS", "TTP", "TTR", "pCR", "MRD", "PSA50", "VGPR", "follow-up",
]
# fmt: on

Row = dict[str, str]


@cache
def rows(stem: str) -> tuple[Row, ...]:
    with (FOLDER / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, strict=True))


def cells(cell: str) -> list[str]:
    return cell.split("|") if cell else []


def spellings(row: Row) -> list[str]:
    return [row["label"], *cells(row["synonyms"])]


def plain(name: str) -> str:
    return name.lstrip("=~")


def fold(name: str) -> str:
    return plain(name).lower().replace("-", "").replace(" ", "")


def case(name: str) -> str | None:
    """Return the letter case a name is bound to, or none where case is ignored."""
    said = plain(name)
    return said.replace("-", "").replace(" ", "") if name.startswith("=") or len(said) < 6 else None


def matched(row: Row) -> list[str]:
    return [name for name in spellings(row) if not name.startswith("~")]


def row_of(stem: str, name: str) -> str:
    (found,) = {row["id"] for row in rows(stem) if fold(name) in map(fold, spellings(row))}
    return found


def names_of(stem: str) -> set[str]:
    return {fold(name) for row in rows(stem) for name in spellings(row)}


def namesakes() -> Iterator[tuple[str, str, str]]:
    """Yield every name that two rows bear, with both rows."""
    bearers: dict[str, list[tuple[str, str | None]]] = {}
    for stem in FURTHER:
        for row in rows(stem):
            mine = {(fold(name), case(name)) for name in matched(row)}
            for key, exact in mine:
                bearers.setdefault(key, []).append((f"{stem}: {row['id']}", exact))
    for key, those in bearers.items():
        for (one, its_case), (other, other_case) in combinations(those, 2):
            if one != other and (its_case is None or other_case is None or its_case == other_case):
                yield key, one, other


@pytest.mark.parametrize("stem", FURTHER)
def test_every_file_has_its_columns_and_no_others(stem: str) -> None:
    with (FOLDER / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert sorted(header) == sorted([*COMMON, *FURTHER[stem]])


def test_name_words_have_their_columns_and_no_others() -> None:
    with (FOLDER / "name-words.csv").open(encoding="utf-8", newline="") as file:
        assert sorted(next(csv.reader(file))) == sorted(NAME_WORDS)


@pytest.mark.parametrize("stem", [*FURTHER, "name-words"])
def test_every_row_has_as_many_cells_as_its_header(stem: str) -> None:
    assert rows(stem)
    assert [row for row in rows(stem) if None in row or None in row.values()] == []


@pytest.mark.parametrize("stem", [*FURTHER, "name-words"])
def test_no_cell_has_space_around_it_or_an_empty_part(stem: str) -> None:
    lists = ("synonyms", "identifiers", "source", "target", "technology", "developers", "registration")
    odd = [
        (next(iter(row.values())), column)
        for row in rows(stem)
        for column, cell in row.items()
        if cell != cell.strip() or (column in lists and any(part != part.strip() or not part for part in cells(cell)))
    ]
    assert odd == []


@pytest.mark.parametrize("stem", FURTHER)
def test_ids_are_unique_slugs_in_order(stem: str) -> None:
    ids = [row["id"] for row in rows(stem)]
    assert [i for i in ids if not SLUG.fullmatch(i)] == []
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("stem", FURTHER)
def test_every_row_has_a_label_that_bears_no_mark(stem: str) -> None:
    assert [row["id"] for row in rows(stem) if not row["label"] or row["label"][0] in "=~" or "|" in row["label"]] == []


@pytest.mark.parametrize("stem", [*FURTHER, "name-words"])
def test_every_row_says_where_it_was_verified(stem: str) -> None:
    assert [row for row in rows(stem) if not row["source"]] == []


@pytest.mark.parametrize(("stem", "column"), REFERENCES)
def test_every_reference_leads_to_a_row(stem: str, column: str) -> None:
    known = {row["id"] for row in rows(REFERENCES[stem, column])}
    lost = sorted({part for row in rows(stem) for part in cells(row[column])} - known)
    assert lost == []


@pytest.mark.parametrize(("stem", "column"), CLOSED)
def test_closed_columns_hold_only_their_values(stem: str, column: str) -> None:
    assert {row[column] for row in rows(stem)} <= CLOSED[stem, column]


@pytest.mark.parametrize("stem", ["organisations", "conditions"])
def test_nobody_is_its_own_ancestor(stem: str) -> None:
    parents = {row["id"]: row["parent"] for row in rows(stem)}
    for start in parents:
        seen, at = {start}, parents[start]
        while at:
            assert at not in seen, f"{start} is above itself"
            seen.add(at)
            at = parents[at]


@pytest.mark.parametrize("stem", FURTHER)
def test_every_identifier_has_a_known_prefix(stem: str) -> None:
    known = prefixes()
    curies = [curie for row in rows(stem) for curie in cells(row["identifiers"])]
    assert [
        curie for curie in curies if not re.fullmatch(r"[^:\s]+:\S+", curie) or curie.split(":")[0] not in known
    ] == []


@pytest.mark.parametrize("stem", FURTHER)
def test_no_two_rows_of_a_file_share_an_identifier(stem: str) -> None:
    owners: dict[str, list[str]] = {}
    for row in rows(stem):
        for curie in cells(row["identifiers"]):
            owners.setdefault(curie, []).append(row["id"])
    assert {curie: those for curie, those in owners.items() if len(those) > 1} == {}


@pytest.mark.parametrize("stem", FURTHER)
def test_no_row_lists_a_name_twice(stem: str) -> None:
    twice = [row["id"] for row in rows(stem) if len(set(spellings(row))) < len(spellings(row))]
    assert twice == []


def test_no_name_stands_in_two_rows_unless_both_are_meant() -> None:
    assert [found for found in namesakes() if found[0] not in MEANT_TWICE] == []


def test_every_name_meant_twice_says_why() -> None:
    assert all(MEANT_TWICE.values())


@pytest.mark.parametrize(("one", "other"), list(combinations(["adcs", "antibodies", "payloads"], 2)))
def test_antibody_payload_and_adc_never_share_a_name(one: str, other: str) -> None:
    assert names_of(one) & names_of(other) == set()


@pytest.mark.parametrize("name", ["trastuzumab", "Herceptin"])
def test_trastuzumab_is_the_antibody_and_no_name_of_t_dm1(name: str) -> None:
    assert fold(name) in names_of("antibodies")
    assert fold(name) not in names_of("adcs")


def test_trastuzumab_dm1_and_t_dm1_are_three_things() -> None:
    assert row_of("antibodies", "trastuzumab")
    assert row_of("payloads", "DM1")
    t_dm1 = row_of("adcs", "T-DM1")
    (row,) = (row for row in rows("adcs") if row["id"] == t_dm1)
    assert row["antibody"] == row_of("antibodies", "trastuzumab")
    assert row["payload"] == row_of("payloads", "DM1")


@pytest.mark.parametrize("name", ["Kadcyla", "trastuzumab emtansine", "trastuzumab-DM1", "ado-trastuzumab emtansine"])
def test_every_name_of_t_dm1_leads_to_one_row(name: str) -> None:
    assert row_of("adcs", name) == row_of("adcs", "T-DM1")


def test_ave1642_is_an_antibody_and_no_adc() -> None:
    assert row_of("antibodies", "AVE1642")
    assert fold("AVE1642") not in names_of("adcs")


def test_sanofi_aventis_and_sanofi_are_one_company() -> None:
    assert row_of("organisations", "sanofi-aventis") == row_of("organisations", "Sanofi")


def test_tap_is_one_technology_in_both_its_expansions() -> None:
    assert row_of("technologies", "Tumor-Activated Prodrug") == row_of("technologies", "Targeted Antibody Payload")
    assert row_of("technologies", "TAP") == row_of("technologies", "Targeted Antibody Payload")


def test_genentech_belongs_to_roche_and_is_not_roche() -> None:
    (genentech,) = (row for row in rows("organisations") if row["id"] == "genentech")
    assert genentech["parent"] == row_of("organisations", "Roche Group") != "genentech"


def test_merck_and_merck_kgaa_are_two_companies() -> None:
    assert row_of("organisations", "Merck & Co.") != row_of("organisations", "Merck KGaA")


@pytest.mark.parametrize("label", ENDPOINTS)
def test_endpoints_are_labelled_as_the_answer_tables_write_them(label: str) -> None:
    assert label in {row["label"] for row in rows("endpoints")}


def test_a_complete_response_and_a_complete_remission_are_one_endpoint() -> None:
    assert (
        row_of("endpoints", "complete remission")
        == row_of("endpoints", "CR")
        == row_of("endpoints", "complete response")
    )


def test_reactions_are_labelled_in_the_singular() -> None:
    plural = re.compile(r"(?:events|reactions|infections|effusions|disorders|changes|enzymes|hemorrhages|fractures)$")
    assert [row["label"] for row in rows("reactions") if plural.search(row["label"])] == []


@pytest.mark.parametrize(
    "pair", [("anaemia", "anemia"), ("diarrhoea", "diarrhea"), ("oedema", "edema"), ("dyspnoea", "dyspnea")]
)
def test_british_and_american_spelling_lead_to_one_reaction(pair: tuple[str, str]) -> None:
    assert row_of("reactions", pair[0]) == row_of("reactions", pair[1])


@pytest.mark.parametrize(
    "pair", [("leukaemia", "leukemia"), ("solid tumour", "solid tumor"), ("oesophageal cancer", "esophageal cancer")]
)
def test_british_and_american_spelling_lead_to_one_condition(pair: tuple[str, str]) -> None:
    assert row_of("conditions", pair[0]) == row_of("conditions", pair[1])


def test_every_registration_has_its_form_and_its_identifier() -> None:
    for row in rows("trials"):
        for number in cells(row["registration"]):
            prefix = "clinicaltrials" if re.fullmatch(r"NCT\d{8}", number) else "eudract"
            assert prefix == "clinicaltrials" or re.fullmatch(r"\d{4}-\d{6}-\d{2}", number), row["id"]
            assert f"{prefix}:{number}" in cells(row["identifiers"]), row["id"]


def test_every_phase_is_a_concept_of_the_ontology() -> None:
    concepts = set(re.findall(r"<phase/([\w-]+)>", ONTOLOGY.read_text(encoding="utf-8")))
    assert {row["phase"] for row in rows("trials")} - {""} <= concepts


def test_every_country_is_two_capital_letters() -> None:
    assert [row["id"] for row in rows("organisations") if not re.fullmatch(r"(?:[A-Z]{2})?", row["country"])] == []
