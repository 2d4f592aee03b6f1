"""Where documents come from: folders, patterns, JSON Lines; what is broken is told and passed over."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from adckg import corpus, names
from adckg.build import build
from adckg.corpus import Skipped, Source, find_corpus
from adckg.errors import DocumentError
from adckg.model import PartialDate
from adckg.store import Solutions, Store

TEXT = "New data for T-DM1 presented\n\nT-DM1 is an antibody-drug conjugate.\n"


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(f"{record if isinstance(record, str) else json.dumps(record)}\n" for record in records))
    return path


def read(*paths: Path) -> tuple[list[Source], list[Skipped]]:
    found = list(find_corpus(paths).read())
    return [f for f in found if isinstance(f, Source)], [f for f in found if isinstance(f, Skipped)]


def test_a_folder_gives_its_texts_and_its_json_lines(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "b.txt").write_text(TEXT)
    (tmp_path / "a.pdf").write_text("not a text")
    write(tmp_path / "c.jsonl", {"id": "c1", "text": TEXT}, {"id": "c2", "text": TEXT})
    sources, skipped = read(tmp_path)
    assert [source.id for source in sources] == ["b", "c1", "c2"]
    assert skipped == []
    assert find_corpus([tmp_path]).size is None
    assert find_corpus([tmp_path / "below"]).size == 1


def test_a_pattern_gives_what_it_matches(tmp_path: Path) -> None:
    for name in ("2012-a.txt", "2012-b.txt", "2013-c.txt"):
        (tmp_path / name).write_text(TEXT)
    assert [source.id for source in read(tmp_path / "2012-*.txt")[0]] == ["2012-a", "2012-b"]
    (tmp_path / "[x].txt").write_text(TEXT)
    assert [source.id for source in read(tmp_path / "[x].txt")[0]] == ["[x]"], "a file that is there is no pattern"
    with pytest.raises(DocumentError, match="no file matches"):
        find_corpus([tmp_path / "2014-*"])


def test_a_record_tells_title_date_publisher_and_url(tmp_path: Path) -> None:
    known = {"title": "A title", "date": "2012-08", "publisher": "Roche", "url": "https://example.org/1"}
    (source,), _ = read(write(tmp_path / "c.jsonl", {"id": "r1", "text": TEXT, **known}))
    document = source.read()
    assert (document.id, document.text, document.title) == ("r1", TEXT, "A title")
    assert (document.date, document.date_from) == (PartialDate(2012, 8), "metadata")
    assert (document.publisher, document.source) == ("Roche", "https://example.org/1")
    plain, _ = read(write(tmp_path / "d.jsonl", {"id": "r1", "text": TEXT}))
    assert plain[0].digest != source.digest, "what the record tells is part of what a document is made from"
    assert plain[0].read().title == "New data for T-DM1 presented"


def test_without_an_id_the_url_is_the_id(tmp_path: Path) -> None:
    sources, _ = read(
        write(tmp_path / "c.jsonl", {"url": "https://example.org/1", "text": TEXT}, {"id": 7, "text": TEXT})
    )
    assert [source.id for source in sources] == ["https://example.org/1", "7"]
    assert names.document_iri(sources[0].id) == f"{names.BASE}document/https%3A%2F%2Fexample.org%2F1"


BROKEN = {
    "not JSON": ('{"id": "x", "text": ', "not JSON"),
    "no object": ('["x"]', "not a JSON object"),
    "no id": ({"text": TEXT}, "neither id nor url"),
    "an id that is none": ({"id": {}, "text": TEXT}, "neither id nor url"),
    "no text": ({"id": "x"}, "no text"),
    "an empty text": ({"id": "x", "text": " \n"}, "no text"),
    "no day": ({"id": "x", "text": TEXT, "date": "2012-02-30"}, "is no date"),
    "no date": ({"id": "x", "text": TEXT, "date": "last week"}, "is no date"),
    "a title of another type": ({"id": "x", "text": TEXT, "title": 7}, "title is no text"),
    "half a character": (r'{"id": "x", "text": "\ud800"}', "lone surrogate"),
    "deep nesting": ("[" * 100_000, "not JSON"),
    "an id again": ({"id": "good", "text": TEXT}, "a document before it has the id 'good'"),
}


@pytest.mark.parametrize(("line", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_line_is_told_with_its_number_and_passed_over(tmp_path: Path, line: object, message: str) -> None:
    path = write(tmp_path / "c.jsonl", {"id": "good", "text": TEXT}, "", line, {"id": "too", "text": TEXT})
    sources, skipped = read(path)
    assert [source.id for source in sources] == ["good", "too"]
    assert [f"{path}, line 3: " in skip.reason and message in skip.reason for skip in skipped] == [True]
    assert "\n" not in skipped[0].reason


def test_a_line_that_is_no_text_is_told_when_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", {"id": "bad", "text": "a\0b"}, {"id": "good", "text": TEXT})
    report = build([path], store=tmp_path / "store")
    assert (report.added, [skip.id for skip in report.skipped]) == (1, ["bad"])
    assert f"{path}, line 1: a binary file" in report.skipped[0].reason


def test_a_line_too_long_to_be_held_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "MAX_BYTES", 1000)
    path = write(tmp_path / "c.jsonl", {"id": "x", "text": "x" * 5000}, {"id": "y", "text": TEXT})
    sources, skipped = read(path)
    assert [source.id for source in sources] == ["y"]
    assert "line 1: larger than" in skipped[0].reason


def test_a_corpus_larger_than_memory_is_a_stream(tmp_path: Path) -> None:
    with (tmp_path / "c.jsonl").open("w") as file:
        for number in range(3000):
            file.write(json.dumps({"id": f"d{number}", "text": f"{number} " * 5000}) + "\n")
    assert (tmp_path / "c.jsonl").stat().st_size > 60_000_000
    tracemalloc.start()
    try:
        assert sum(isinstance(found, Source) for found in find_corpus([tmp_path]).read()) == 3000
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


def test_what_a_record_tells_is_in_the_graph(tmp_path: Path) -> None:
    known = {"title": "A title", "date": "2012-08-27", "publisher": "Roche", "url": "https://example.org/1"}
    build([write(tmp_path / "c.jsonl", {"id": "r1", "text": TEXT, **known})], store=tmp_path / "store")
    with Store.open(tmp_path / "store", read_only=True) as store:
        answer = store.query(
            "PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
            f"SELECT * WHERE {{ <{names.document_iri('r1')}> dcterms:title ?title ; dcterms:issued ?date ;"
            " dcterms:publisher/skos:prefLabel ?publisher ; dcterms:source ?url }"
        )
    assert isinstance(answer, Solutions)
    assert answer.records() == [known]
