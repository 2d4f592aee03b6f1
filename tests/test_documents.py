"""Documents keep their text to the character; sentences, titles and dates are found in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adckg import documents
from adckg.errors import DocumentError
from adckg.model import PartialDate


def words(text: str) -> list[str]:
    return [documents.clean(text, s.start, s.end).text for s in documents.parse_document(text, "x").sentences]


def test_a_text_broken_at_a_column_is_read_as_paragraphs() -> None:
    text = (
        "The compound was created by one company and then licensed to another as\n"
        "part of a broader collaboration. The data reported today come from the\n"
        "first trial of the compound in patients.\n\n"
        "Another paragraph, as long as the first one was, follows here, in order to\nmake the width plain.\n"
    )
    assert words(text)[0].endswith("licensed to another as part of a broader collaboration.")
    assert len(words(text)) == 3


def test_bullets_and_rows_stand_alone() -> None:
    text = "Results were:\n- First point made here\n- Second point made here\n\nEnd point      Arm A      Arm B\nMedian OS      16.5       12.7\n"
    found = documents.parse_document(text, "x").sentences
    assert [s.role for s in found][1:] == ["bullet", "bullet", "row", "row"]


@pytest.mark.parametrize(
    "abbreviation", ["ImmunoGen, Inc. (Nasdaq: IMGN)", "Smith et al. (2009)", "A vs. B", "U.S. FDA"]
)
def test_an_abbreviation_does_not_end_a_sentence(abbreviation: str) -> None:
    text = f"This was said by {abbreviation} in a long enough sentence to be one.\n"
    assert len(words(text)) == 1


def test_cleaning_keeps_the_way_back() -> None:
    text = "Kadcyla® – the “first” –\n  at 3.6 mg/m² (Herceptin(R))¹"
    cleaned = documents.clean(text, 0, len(text))
    assert cleaned.text == 'Kadcyla - the "first" - at 3.6 mg/m2 (Herceptin)'
    start = cleaned.text.index("first")
    assert text[slice(*cleaned.span(start, start + 5))] == "first"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_every_sentence_stands_in_the_text_and_none_overlap(text: str) -> None:
    end = 0
    for sentence in documents.parse_document(text, "x").sentences:
        assert end <= sentence.start < sentence.end <= len(text)
        end = sentence.end
        cleaned = documents.clean(text, sentence.start, sentence.end)
        assert len(cleaned.offsets) == len(cleaned.text) + 1


@pytest.mark.parametrize(
    ("text", "name", "date", "source"),
    [
        ("WALTHAM, Mass., June 3, 2008 -- Something happened.", "x", PartialDate(2008, 6, 3), "dateline"),
        ("A title here for all\n\n29 May 2025 – It was said.", "x", PartialDate(2025, 5, 29), "dateline"),
        ("BRIEF | December 2023\n\nIt was said in May 2021 that.", "x", PartialDate(2023, 12), "dateline"),
        ("In October 2011, it moved on.", "2012-06-04-name", PartialDate(2012, 6, 4), "file name"),
        ("Results for the quarter ended June 30, 2011.", "2012-name", PartialDate(2012), "file name"),
        ("No date here.", "name", None, "file name"),
        ("It was February 30, 2012 then.", "x", None, "file name"),
    ],
)
def test_a_date_comes_from_the_dateline_else_the_file_name(
    text: str, name: str, date: PartialDate | None, source: str
) -> None:
    document = documents.parse_document(text, name)
    assert document.date == date
    if date:
        assert document.date_from == source


def test_a_bare_date_is_no_title() -> None:
    text = "August 27, 2012\n\nThe Company Announces That the Trial Succeeded\n\nSome text follows here.\n"
    assert documents.parse_document(text, "x").title == "The Company Announces That the Trial Succeeded"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"a\x00b", "binary"),
        ("Médecins".encode("latin-1"), "not UTF-8 (byte 0xe9 at position 1)"),
        (b"x" * (documents.MAX_LINE + 1), "line of more than"),
    ],
    ids=["empty", "blank", "binary", "latin-1", "long line"],
)
def test_what_is_no_text_is_refused_in_one_line(tmp_path: Path, data: bytes, complaint: str) -> None:
    path = tmp_path / "document.txt"
    path.write_bytes(data)
    with pytest.raises(DocumentError) as caught:
        documents.read_document(path)
    assert complaint in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no such file"):
        documents.read_document(tmp_path / "absent.txt")
    with pytest.raises(DocumentError, match="no such file"):
        documents.find_documents([tmp_path / "absent.txt"])


def test_a_folder_gives_its_text_files_sorted(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.pdf"):
        (tmp_path / name).write_text("x")
    assert [p.name for p in documents.find_documents([tmp_path])] == ["a.txt", "b.txt"]


def test_byte_order_mark_and_newlines_are_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "d.txt"
    path.write_bytes("\ufeffOne line.\r\nAnother.".encode())
    assert documents.read_document(path).text == "\ufeffOne line.\r\nAnother."
