"""The command line: what it says, where it says it, and with which exit code."""

from __future__ import annotations

import fcntl
import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from adckg import __version__, cli, resources
from adckg.queries import SavedQuery, load_queries
from adckg.store import Store

MADE = Path(__file__).parent / "queries" / "made.ttl"
SEEDS = sorted((resources.folder("seeds") / "documents").glob("*.txt"))
ADCKG = Path(sys.executable).parent / "adckg"


@dataclass
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run adckg in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["adckg", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Done(left.value.code, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store on disk that holds the made graph."""
    path = tmp_path_factory.mktemp("made") / "store"
    with Store.open(path, create=True) as made:
        made.insert(MADE.read_bytes(), "turtle", graph="https://w3id.org/adckg/document/made")
        made.commit()
    return path


def test_help_shows_every_command_and_where_to_begin(run: Run) -> None:
    done = run("--help")
    assert done.code == 0
    for word in (
        "build",
        "extract",
        "validate",
        "queries",
        "query",
        "ask",
        "show",
        "export",
        "load",
        "adckg show T-DM1",
    ):
        assert word in done.out


@pytest.mark.parametrize(
    "command", ["build", "extract", "validate", "queries", "query", "ask", "show", "export", "load"]
)
def test_every_command_has_examples_and_a_short_summary(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.code == 0
    assert f"Examples\n    adckg {command}" in done.out
    assert f"  {command} " in (listing := run("--help").out)
    assert "..." not in listing.split("Commands:")[1]


def test_version(run: Run) -> None:
    assert run("--version").out == f"adckg {__version__}\n"


def test_query_by_name_with_parameters(run: Run, store: Path) -> None:
    done = run("query", "trials-of", "--adc", "ex-1", "--condition=breast cancer", "--store", store, "--format", "csv")
    assert done.code == 0
    assert done.out.splitlines()[1:] == [
        "xabtansine,Phase 1,,,breast cancer,ongoing,40,early",
        "xabtansine,Phase 1,,,breast cancer,reported,40,early",
    ]


def test_file_store_and_every_way_to_name_a_query_give_one_answer(run: Run, store: Path, tmp_path: Path) -> None:
    text = (resources.folder("queries") / "tables" / "doses.rq").read_text()
    (tmp_path / "mine.rq").write_text(text)
    wanted = run("query", "doses", "--store", store, "--format", "json").out
    assert json.loads(wanted)["results"]["bindings"]
    assert run("query", "doses", "--data", MADE, "--format", "json").out == wanted
    assert run("query", "mine.rq", "--data", MADE, "--format", "json").out == wanted
    assert run("query", "-e", text, "--data", MADE, "--format", "json").out == wanted
    assert run("query", "-", "--data", MADE, "--format", "json", stdin=text).out == wanted


def test_a_table_ends_with_its_count(run: Run) -> None:
    assert run("query", "doses", "--data", MADE).out.endswith("\n3 rows\n")


def test_construct_answers_in_turtle_and_ask_with_true_or_false(run: Run) -> None:
    done = run("query", "-e", "CONSTRUCT { <urn:a> <urn:b> ?c } WHERE { VALUES ?c { 1 } }", "--data", MADE)
    assert done.out.endswith("\n<urn:a> <urn:b> 1 .\n")
    assert run("query", "-e", "ASK {}", "--data", MADE).out == "true\n"


def test_evidence_stands_under_rows_and_in_columns(run: Run) -> None:
    drawn = run("query", "linkers", "--linker", "SMCC", "--data", MADE, "--evidence").out
    assert "[reference: a handbook]" in drawn
    header, *rows = run("query", "doses", "--data", MADE, "--evidence", "--format", "csv").out.splitlines()
    assert header.endswith("basis,evidence_basis,evidence_source,evidence_start,evidence_end,evidence_quote")
    assert len(rows) >= 3


def test_rows_are_limited_and_that_is_told(run: Run) -> None:
    done = run("query", "doses", "--data", MADE, "--limit", "2", "--format", "csv")
    assert (done.code, len(done.out.splitlines())) == (0, 3)
    assert done.err == "adckg: 2 rows, as --limit says; there may be more\n"
    assert run("query", "doses", "--data", MADE, "--limit", "9").err == ""


def test_too_many_rows_are_no_answer(run: Run) -> None:
    text = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f }"
    done = run("query", "-e", text, "--data", MADE)
    assert (done.code, done.out) == (2, "")
    assert "more than 100,000 rows: narrow the question" in done.err


def test_a_query_is_stopped_at_its_time_limit(run: Run) -> None:
    text = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    done = run("query", "-e", text, "--data", MADE, "--time-limit", "0.3")
    assert (done.code, done.out) == (2, "")
    assert done.err == "adckg: stopped after 0.3 s: narrow the question, or raise the time limit\n"
    assert run("query", "-e", "ASK {}", "--data", MADE, "--time-limit", "0").out == "true\n"


def test_a_parameter_given_twice_takes_both(run: Run) -> None:
    both = run("query", "linkers", "--linker", "SMCC", "--linker=engineered linker", "--data", MADE, "--format", "csv")
    assert {line.split(",")[0] for line in both.out.splitlines()[1:]} == {"SMCC", "engineered linker"}


@pytest.mark.parametrize("query", load_queries(), ids=lambda query: query.name)
def test_every_saved_query_is_explained_and_its_example_is_understood(run: Run, query: SavedQuery) -> None:
    explained = run("queries", query.name).out
    (example,) = re.findall(r"^example: adckg (.*)", explained, re.MULTILINE)
    words = [word for word in shlex.split(example) if not word.startswith("[") and not word.endswith("]")]
    assert run(*words, "--data", MADE, "--format", "csv").code == 0
    reserved = {option for parameter in cli.cli.commands["query"].params for option in parameter.opts}
    assert not reserved & {f"--{parameter.option}" for parameter in query.parameters}


def test_queries_are_listed_searched_and_explained(run: Run) -> None:
    assert {"composition", "pipeline"} <= {line.split()[0] for line in run("queries").out.splitlines()}
    assert [line.split()[0] for line in run("queries", "--search", "payload phase").out.splitlines()] == [
        "adcs-by-parts",
        "adcs-by-payload",
    ]
    explained = run("queries", "pipeline").out
    assert "--as-of  [date]" in explained
    assert "what documents said up to and including this day" in explained


def test_show_draws_a_card_by_any_name(run: Run, store: Path) -> None:
    done = run("show", "Xabra", "--store", store)
    assert done.code == 0
    assert done.out.startswith("xabtansine\n")
    for line in (
        "payload: DM1",
        "“its payload, DM1” late",
        "linker: SMCC  [reference: a handbook]",
        "ORR 44.4 % (4 of 9) at 3.6 mg/kg",
        "approval FDA US for breast cancer 2013-02",
        "Bigpharma and Exagen (collaboration)",
    ):
        assert line in done.out
    assert "CD123" not in done.out
    assert "“" not in run("show", "Xabra", "--store", store, "--no-quotes").out


def test_extract_writes_what_can_be_asked(run: Run, tmp_path: Path) -> None:
    assert run("extract", SEEDS[0], "-o", "one.ttl") == Done(0, "", "")
    done = run("query", "composition", "--data", "one.ttl", "--format", "csv")
    assert "trastuzumab emtansine,payload,DM1,stated" in done.out
    assert run("extract", SEEDS[0], "-o", "bare.nq", "--no-text").code == 0
    assert "ontology#text>" not in (tmp_path / "bare.nq").read_text()


def test_a_bad_file_in_a_folder_is_skipped_and_told(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "releases"
    folder.mkdir()
    (folder / "good.txt").write_bytes(SEEDS[0].read_bytes())
    (folder / "bad.txt").write_bytes(b"\xff\xfe\x00")
    done = run("extract", folder, "-o", "out.ttl")
    assert done.code == 1
    assert done.err.startswith("adckg: skipped: ")
    assert done.err.count("\n") == 1
    assert (tmp_path / "out.ttl").exists()


def test_build_without_arguments_builds_the_five_documents(run: Run, tmp_path: Path) -> None:
    done = run("build")
    assert (done.code, done.err) == (0, "")
    assert "5 new" in done.out
    assert "adckg show T-DM1" in done.out
    assert (tmp_path / "build" / "adckg.ttl").stat().st_size > 0
    assert b"void:triples" in (tmp_path / "build" / "description.ttl").read_bytes()
    assert (
        "coltuximab ravtansine,Phase 2"
        in run("query", "adcs-by-payload", "--payload", "DM4", "--as-of", "2012-06-30", "--format", "csv").out
    )
    assert run("show", "Kadcyla").out.startswith("trastuzumab emtansine\n")


def test_build_makes_what_looks_at_the_whole_store_when_asked(run: Run, tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text(json.dumps({"id": "one", "text": SEEDS[0].read_text()}) + "\nnot JSON\n")
    done = run("build", lines)
    assert done.code == 1
    assert "1 new, 1 skipped" in done.out
    assert done.err.startswith(f"adckg: skipped: {lines}, line 2: not JSON")
    assert "in the store" not in done.out
    assert not (tmp_path / "build" / "adckg.ttl").exists()
    lines.write_text(json.dumps({"id": "two", "text": SEEDS[0].read_text()}) + "\n")
    done = run("build", lines, "--check", "--summary", "--prune", "--turtle", "graph.ttl")
    assert (done.code, done.err) == (0, "")
    assert "1 new, 1 removed" in done.out
    assert "1 document, " in done.out
    assert (tmp_path / "graph.ttl").exists()


def test_validate_tells_violations_by_its_exit_code(run: Run, tmp_path: Path) -> None:
    conforming = run("validate", MADE)
    assert (conforming.code, conforming.err) == (0, "")
    broken = tmp_path / "broken.ttl"
    broken.write_text(MADE.read_text().replace("adc:percent 12.5", "adc:percent 125.0"))
    done = run("validate", broken, "--format", "json")
    assert done.code == 1
    assert json.loads(done.out)["conforms"] is False
    assert "ValidationReport" in run("validate", broken, "--format", "turtle").out


def test_export_in_the_format_that_the_ending_says(run: Run, store: Path, tmp_path: Path) -> None:
    assert run("export", "-o", "all.nq", "--store", store) == Done(0, "", "")
    assert run("query", "doses", "--data", "all.nq").out == run("query", "doses", "--store", store).out
    (tmp_path / "all.nt").write_text("kept")
    assert run("export", "-o", "all.nt", "--store", tmp_path / "none").code == 2
    assert (tmp_path / "all.nt").read_text() == "kept"


def test_export_describes_the_data_and_the_queries(run: Run, store: Path, tmp_path: Path) -> None:
    assert run("export", "-o", "all.nq", "--description", "description.ttl", "--store", store) == Done(0, "", "")
    assert "sh:SPARQLSelectExecutable" in (tmp_path / "description.ttl").read_text()


def test_a_question_in_plain_words_is_answered_and_told_how(run: Run, store: Path) -> None:
    done = run("ask", "Which", "ADCs", "were", "in", "phase", "3", "by", "2014?", "--store", store, "--format", "csv")
    assert done.code == 0
    assert done.out.splitlines() == ["phase,adc,developer", "Phase 3,xabtansine,Bigpharma"]
    said = [line.split(None, 1) for line in done.err.splitlines()]
    assert said[0] == ["asked", "adckg query pipeline '--phase=Phase 3' --as-of=2014-12-31"]
    assert [line[0] for line in said[2:]] == ["sure", "or"]
    asked = shlex.split(said[0][1])[1:]
    assert run(*asked, "--store", store, "--format", "csv").out == done.out
    assert "“" in run("ask", "Which doses of Xabra were given?", "--store", store, "--evidence").out


def test_a_question_that_nothing_answers_is_declined(run: Run, store: Path) -> None:
    done = run("ask", "What does Xabra cost?", "--store", store)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("adckg: no saved query speaks of 'cost' in this way: the nearest are ")
    assert done.err.count("\n") == 1


def test_export_to_standard_output(store: Path) -> None:
    done = subprocess.run([ADCKG, "export", "--store", store, "--format", "turtle"], capture_output=True, check=True)
    assert done.stdout.startswith(b"@prefix adc: ")


MISUSE = {
    "no such document": ("extract", "nowhere.txt", "-o", "out.ttl"),
    "an empty document": ("extract", "empty.txt", "-o", "out.ttl"),
    "a binary document": ("extract", "binary.txt", "-o", "out.ttl"),
    "no UTF-8": ("extract", "latin.txt", "-o", "out.ttl"),
    "an unknown ending": ("extract", SEEDS[0], "-o", "out.xyz"),
    "an output in no folder": ("extract", SEEDS[0], "-o", "no/such/out.ttl"),
    "no output": ("extract", SEEDS[0]),
    "malformed Turtle": ("query", "doses", "--data", "broken.ttl"),
    "malformed Turtle to validate": ("validate", "broken.ttl"),
    "no such data": ("query", "doses", "--data", "nowhere.ttl"),
    "a syntax error": ("query", "-e", "SELECT WHERE {", "--data", MADE),
    "an unknown query": ("query", "dosis", "--data", MADE),
    "no such query file": ("query", "dosis.rq", "--data", MADE),
    "no query at all": ("query", "--data", MADE),
    "two queries": ("query", "doses", "names", "--data", MADE),
    "an unknown parameter": ("query", "pipeline", "--asof", "2012-06-30", "--data", MADE),
    "a parameter without a value": ("query", "pipeline", "--data", MADE, "--as-of"),
    "a date that is none": ("query", "pipeline", "--as-of", "2012-02-30", "--data", MADE),
    "an unknown payload": ("query", "adcs-by-payload", "--payload", "DM44", "--data", MADE),
    "a parameter that takes one value given twice": (
        "query",
        "pipeline",
        "--as-of",
        "2012-06-30",
        "--as-of",
        "2013-06-30",
        "--data",
        MADE,
    ),
    "a call of another server": (
        "query",
        "-e",
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "--data",
        MADE,
    ),
    "triples as CSV": ("query", "-e", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "--data", MADE, "--format", "csv"),
    "rows as Turtle": ("query", "doses", "--data", MADE, "--format", "turtle"),
    "evidence for a yes or no": ("query", "-e", "ASK {}", "--data", MADE, "--evidence"),
    "no rows at all": ("query", "doses", "--data", MADE, "--limit", "0"),
    "two sources": ("query", "doses", "--data", MADE, "--store", "build/store"),
    "no store yet": ("query", "doses"),
    "no such store": ("query", "doses", "--store", "nowhere"),
    "no endpoint": ("query", "doses", "--endpoint", "nowhere"),
    "a kind of server, and no server": ("query", "doses", "--server", "fuseki"),
    "an unknown format": ("query", "doses", "--data", MADE, "--format", "pdf"),
    "an unknown ADC": ("show", "Xabre", "--data", MADE),
    "an unknown command": ("bild",),
    "an unknown search": ("queries", "--search", "zebrafish"),
    "two kinds of workers": ("build", SEEDS[0], "--jobs", "2", "--scheduler", "tcp://127.0.0.1:9"),
    "a pattern that matches nothing": ("build", "no*.txt"),
    "two things to validate": ("validate", MADE, "--store", "build/store"),
}


@pytest.mark.parametrize("arguments", MISUSE.values(), ids=MISUSE)
def test_misuse_is_one_line_on_stderr_and_exit_code_2(run: Run, tmp_path: Path, arguments: tuple[object, ...]) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.txt").write_bytes(b"\x00\x01")
    (tmp_path / "latin.txt").write_bytes("Médecins".encode("latin-1"))
    (tmp_path / "broken.ttl").write_text("<urn:a> <urn:b> .")
    before = sorted(tmp_path.rglob("*"))
    done = run(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("adckg: ")
    assert done.err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_an_unknown_name_comes_with_the_nearest(run: Run) -> None:
    assert "did you mean doses" in run("query", "dosis", "--data", MADE).err
    assert "did you mean Xabra" in run("show", "Xabre", "--data", MADE).err


def test_a_store_in_use_is_told(run: Run, store: Path) -> None:
    with (store / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run("build", SEEDS[0], "--store", store, "--turtle", "out.ttl")
        assert done.code == 2
        assert "another process is writing" in done.err
        assert run("query", "doses", "--store", store).code == 0, "it can be read meanwhile"


def test_a_broken_pipe_is_quiet() -> None:
    done = subprocess.run(
        f"'{ADCKG}' query everything-about --data '{MADE}' --format xml | head -1; exit ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", capture_output=True, check=True,
    )  # fmt: skip
    assert done.stderr == b""


HEAVY = {
    "rdflib",
    "pyshacl",
    "SPARQLWrapper",
    "pyoxigraph",
    "curies",
    "pydantic",
    "rich",
    "ahocorasick_rs",
    "sentencex",
}
"""Libraries that take their time to import."""


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [(("--help",), set()), (("query", "trials-of", "--adc", "Xabra"), {"pyoxigraph"}), (("queries",), {"pyoxigraph"})],
)
def test_a_command_imports_only_what_it_needs(store: Path, arguments: tuple[str, ...], needed: set[str]) -> None:
    # how long it takes is measured in benchmarks/startup.py
    code = "import sys; from adckg.cli import cli; cli.main(sys.argv[1:], standalone_mode=False); print(*sys.modules)"
    options = ["--store", str(store)] if arguments[0] == "query" else []
    command = [sys.executable, "-c", code, *arguments, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & HEAVY <= needed
