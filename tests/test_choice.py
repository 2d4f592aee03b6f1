"""Questions in plain words: which saved query answers them, with which parameters, and which are declined.

`data/questions.yaml` holds them. Every third one is held out: no wording was written or weighed for its sake.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from adckg import KnowledgeGraph, choice, resources, vocabulary
from adckg.errors import UnansweredError
from adckg.model import Kind
from adckg.queries import SavedQuery, load_queries
from adckg.question import stem
from adckg.store import Store

HERE = Path(__file__).parent
MADE = HERE / "queries" / "made.ttl"
QUESTIONS = yaml.safe_load((HERE / "data" / "questions.yaml").read_text(encoding="utf-8"))
ASKED: list[tuple[str, str, dict[str, str]]] = QUESTIONS["asked"]
DECLINED: list[str] = QUESTIONS["declined"]
EMPTY = Store.in_memory()
SAVED = load_queries("questions")


def answered(question: str) -> tuple[str, dict[str, Any]] | None:
    """The query that is chosen, and its parameters."""
    try:
        chosen, _ = choice.choose(question, EMPTY)
    except UnansweredError:
        return None
    return chosen.query.name, {name: "|".join(values) for name, values in chosen.arguments.items()}


def test_there_are_enough_questions_all_different() -> None:
    assert len({question for question, *_ in ASKED}) >= 120
    assert len(set(DECLINED)) >= 30
    assert {query for _, query, _ in ASKED} == {query.name for query in SAVED}


@pytest.mark.parametrize("held_out", [False, True])
def test_nine_in_ten_get_the_right_query_and_parameters_as_the_readme_says(held_out: bool) -> None:
    part = [asked for number, asked in enumerate(ASKED) if (number % 3 == 2) == held_out]
    wrong = [question for question, query, given in part if answered(question) != (query, given)]
    assert len(wrong) <= len(part) / 10, wrong
    readme = " ".join((HERE.parent / "README.md").read_text(encoding="utf-8").split())
    right = len(part) - len(wrong)
    said = (
        f"{right} of the {len(part)} that were held out" if held_out else f"{right} of {len(part)} get the right query"
    )
    assert said in readme
    assert f"all {len(DECLINED)} that nothing answers are declined" in readme


@pytest.mark.parametrize("question", DECLINED)
def test_what_no_query_answers_is_declined(question: str) -> None:
    assert answered(question) is None


def samples(query: SavedQuery, example: str) -> str:
    """An example with something in the place of its parameters."""
    values = {
        "adc": "T-DM1", "payload": "DM4", "linker": "SMCC", "target": "CD19", "technology": "TAP", "organisation": "ImmunoGen",
        "condition": "breast cancer", "antibody": "trastuzumab", "endpoint": "PFS", "reaction": "nausea", "phase": "phase 2",
        "meeting": "ASCO", "agency": "the FDA", "region": "Japan", "regulatory-kind": "orphan drug", "partnership-kind": "licence",
        "trial-status": "ongoing", "role-kind": "developer", "dose-role": "maximum tolerated", "date": "2012-06-30",
        "integer": "5", "decimal": "$50 million", "text": '"measurable disease"', "in": "2012", "between": "2010 and 2012",
    }  # fmt: skip
    types = {parameter.name: parameter.type for parameter in query.parameters}
    if query.name == "best-response":
        values["endpoint"] = "ORR"
    return re.sub(r"\{(\w+)\}", lambda m: values[types.get(m[1], m[1])], example)


@pytest.mark.parametrize(
    ("query", "example"),
    [(query, example) for query in SAVED for example in query.examples],
    ids=lambda value: value.name if isinstance(value, SavedQuery) else value,
)
def test_an_example_leads_to_its_own_query(query: SavedQuery, example: str) -> None:
    found = answered(samples(query, example))
    assert found is not None
    assert found[0] == query.name


def test_the_next_two_candidates_come_with_the_choice() -> None:
    chosen, others = choice.choose("Which ADCs were in phase 2 in 2012?", EMPTY)
    assert chosen.query.name == "pipeline"
    assert len(others) == 2
    assert 0 <= others[1].sureness <= others[0].sureness < chosen.sureness <= 1


def test_words_that_nobody_knows_make_it_less_sure() -> None:
    plain, _ = choice.choose("Which ADCs carry DM4?", EMPTY)
    odd, _ = choice.choose("Which splendid ADCs carry DM4?", EMPTY)
    assert odd.query == plain.query
    assert odd.sureness < plain.sureness


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("Which ADCs carry Zorbatoxin?", "nothing is called 'Zorbatoxin'"),
        ("Which ADCs of ImmunoGen cause neutropenia?", "no saved query has a place for 'ImmunoGen'"),
        ("Which ADCs are not in phase 3?", "no saved query has a place for 'not'"),
        ("What is the weather?", "no saved query speaks of 'weather'"),
        ("?", "there is no question in it"),
    ],
)
def test_why_a_question_is_declined_is_told_with_the_nearest(question: str, message: str) -> None:
    with pytest.raises(UnansweredError, match=re.escape(message)) as caught:
        choice.choose(question, EMPTY)
    assert "\n" not in str(caught.value)
    assert len(caught.value.nearest) <= 3


def test_names_that_only_the_graph_knows_are_recognised() -> None:
    with KnowledgeGraph.load(MADE) as kg:
        reply = kg.ask("What is Xabra made of?")
        assert (reply.choice.query.name, dict(reply.choice.arguments)) == ("parts-of", {"adc": ("xabtansine",)})
        assert list(reply.rows) == list(kg.query("parts-of", adc="xabtansine"))
        assert {row.component for row in reply.rows} >= {"DM1", "SMCC"}
        with pytest.raises(UnansweredError, match="nothing is called 'Yabra'"):
            kg.ask("What is Yabra made of?")


def test_several_names_of_one_kind_are_alternatives() -> None:
    assert answered("Which ADCs carry DM1 or DM4?") == ("adcs-by-payload", {"payload": "DM1|DM4"})
    assert answered("Trials of T-DM1 and SAR3419") == (
        "trials-of",
        {"adc": "trastuzumab emtansine|coltuximab ravtansine"},
    )
    assert answered("Which ADCs target HER2 and CD19?") is None, "both at once can't be asked"


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("by June 2012", {"as_of": "2012-06-30"}),
        ("as of 2012-06-04", {"as_of": "2012-06-04"}),
        ("before 2012", {"as_of": "2011-12-31"}),
        ("by the end of 2012", {"as_of": "2012-12-31"}),
        ("since 2012", {"since": "2012-01-01"}),
        ("after June 2012", {"since": "2012-07-01"}),
        ("in 2012", {"since": "2012-01-01", "as_of": "2012-12-31"}),
        ("between March 2011 and 4 June 2012", {"since": "2011-03-01", "as_of": "2012-06-04"}),
        ("from 2010 to 2011", {"since": "2010-01-01", "as_of": "2011-12-31"}),
        ("from 2010 on", {"since": "2010-01-01"}),
    ],
)
def test_times_are_taken_as_they_are_meant(said: str, given: dict[str, str]) -> None:
    assert answered(f"Which documents are there {said}?") == ("documents-by-date", given)


@pytest.mark.parametrize("said", ["early 2012", "the first half of 2012", "Q2 2012", "mid-2012"])
def test_a_part_of_a_year_is_no_exact_time(said: str) -> None:
    assert answered(f"Which ADCs were in phase 2 in {said}?") is None


@pytest.mark.parametrize("said", ["t-dm1", "T-DM1", "kadcyla", "Trastuzumab Emtansine"])
def test_letter_case_of_names_does_not_matter(said: str) -> None:
    assert answered(f"what is {said} made of") == ("parts-of", {"adc": "trastuzumab emtansine"})


def test_a_name_that_two_bear_is_told_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    known = vocabulary.load_vocabulary()
    key = vocabulary.fold("Kadcyla")[0]
    other = known.get(Kind.ADC, "brentuximab-vedotin")
    monkeypatch.setitem(known._names, key, [*known._names[key], (other, None)])
    with pytest.raises(UnansweredError, match="'Kadcyla' can be more than one: trastuzumab emtansine or brentuximab"):
        choice.choose("What is Kadcyla made of?", EMPTY)


@pytest.mark.parametrize("said", ["\ud800x1", r"X\u0022", '" } UNION { ?s ?p ?o', "X>y", "x\0y1"])
def test_no_text_breaks_out_of_the_question(said: str) -> None:
    assert answered(f"Which ADCs carry {said}?") is None


@given(st.text(max_size=60))
def test_any_text_is_answered_or_declined(text: str) -> None:
    with suppress(UnansweredError):
        choice.choose(text, EMPTY)


def test_no_word_is_asked_for_two_others() -> None:
    groups = yaml.safe_load((resources.folder("queries") / "ask.yaml").read_text(encoding="utf-8"))["alike"]
    for group in groups:
        assert len({stem(word) for word in group}) == 1, group
