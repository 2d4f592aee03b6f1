"""The command line. The only place that prints; each command is a few lines over the API.

Exit codes: 0 fine, 1 violations found or documents skipped, 2 misuse or failure.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adckg import __version__
from adckg.errors import AdckgError, QueryError, StoreError

if TYPE_CHECKING:
    from rich.progress import TaskID

    from adckg.build import BuildReport, Progress, Summary
    from adckg.choice import Choice
    from adckg.corpus import Skipped
    from adckg.load import LoadReport
    from adckg.parameters import Parameter
    from adckg.queries import SavedQuery
    from adckg.remote import Endpoint
    from adckg.sources import Limited, Place
    from adckg.store import Answer, Format, Store

STORE = Path("build/store")
TURTLE = Path("build/adckg.ttl")
DESCRIPTION = Path("build/description.ttl")
_PATH = click.Path(path_type=Path)
_ANSWERS = ("table", "json", "csv", "tsv", "xml", "markdown", "turtle")
SECONDS = 60
"""how long a query may take where nobody says otherwise"""
_RDF = ("turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml")


def main() -> None:
    """Run the command line and exit: every error is one line on stderr and exit code 2."""
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "adckg"
        code = _complain(f"{error.format_message()} (see `{path} --help`)")
    except click.ClickException as error:
        code = _complain(error.format_message())
    except AdckgError as error:
        code = _complain(str(error))
    except BrokenPipeError:  # the reader has left, `adckg query ... | head`: nothing to say, and nobody to say it to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        code = _complain(f"{error.filename or 'input or output'}: {error.strerror or error}")
    except (click.Abort, KeyboardInterrupt):
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str) -> int:
    print(f"adckg: {' '.join(message.split())}", file=sys.stderr)
    return 2


class _Ordered(click.Group):
    """Lists its commands in the order in which they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)


@click.group(
    cls=_Ordered,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command explains itself: adckg query --help.",
)
@click.version_option(__version__, prog_name="adckg", message="%(prog)s %(version)s")
def cli() -> None:
    """The open knowledge graph of antibody-drug conjugates (ADCs).

    Documents go in; facts come out, each with the words that say it.

    \b
    Begin with
      adckg build                               the five documents that come with adckg
      adckg show T-DM1                          one ADC on a card
      adckg queries                             what can be asked
      adckg query adcs-by-payload --payload DM4 --as-of 2012-06-30
      adckg ask "which ADCs were in phase 2 in 2012?"
    """


@cli.command()
@click.argument("documents", nargs=-1, type=_PATH)
@click.option("--store", type=_PATH, default=STORE, show_default=True, help="Store to build.")
@click.option("--turtle", type=_PATH, help="Write the whole graph as this Turtle file too.")
@click.option("--description", type=_PATH, help="Describe the data and the saved queries in this Turtle file too.")
@click.option("--check", is_flag=True, help="Run the checks across all documents of the store.")
@click.option("--summary", is_flag=True, help="Say what the whole store holds.")
@click.option("--prune", is_flag=True, help="Remove documents from the store that are not among DOCUMENTS.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that extract.")
@click.option("--scheduler", metavar="ADDRESS", help="Extract on the Dask cluster of this scheduler.")
@click.option("--no-text", is_flag=True, help="Leave the documents' text out; hashes and quotes stay.")
def build(
    documents: tuple[Path, ...],
    store: Path,
    turtle: Path | None,
    description: Path | None,
    check: bool,
    summary: bool,
    prune: bool,
    jobs: int,
    scheduler: str | None,
    no_text: bool,
) -> int:
    """Build documents into a store.

    DOCUMENTS are text files, folders, patterns in quotes, or JSON Lines files (one document a line: id, url, title,
    date, publisher, text). Only what is new or changed is read, and validated by the shapes; what can't be read is
    reported, skipped and counted. What looks at the whole store is made when asked for.

    Without DOCUMENTS the five press releases that come with adckg are built, checked, written to build/adckg.ttl and
    described in build/description.ttl.

    \b
    Examples
      adckg build
      adckg build releases/ --jobs 4
      adckg build 'releases/2012-*.txt' releases.jsonl --prune --check
      adckg build releases.jsonl --scheduler tcp://10.0.0.1:8786
    """
    from adckg import resources
    from adckg.build import build, summarise
    from adckg.description import write_description
    from adckg.store import Store
    from adckg.workers import open_workers

    if scheduler and jobs > 1:
        raise click.UsageError("--jobs is for this machine and --scheduler for a cluster: name one of them")
    chosen = documents or (resources.folder("seeds") / "documents",)
    if not documents:
        check = summary = True
        turtle, description = turtle or TURTLE, description or DESCRIPTION
        TURTLE.parent.mkdir(exist_ok=True)
    with open_workers(jobs, scheduler) as workers, _progress() as tell:
        report = build(
            chosen,
            store=store,
            turtle=turtle,
            check=check,
            prune=prune,
            executor=workers,
            with_text=not no_text,
            progress=tell,
        )
    whole = None
    if summary or description:
        with Store.open(store, read_only=True) as built:
            whole = summarise(built) if summary else None
            if description:
                write_description(built, description)
    written = (*report.written, *([description] if description else []))
    click.echo(_say_report(report, whole, store, written, checked=check))
    if prune and any(skipped.id is None for skipped in report.skipped):
        click.echo("adckg: nothing was pruned: it isn't known which documents were skipped", err=True)
    wrong = any(violation.severity == "violation" for violation in report.violations)
    return _tell_skipped(report.skipped) or int(wrong)


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Give a callback that draws the steps of a build on a terminal's stderr, or None where there is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, of: int | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=of)

        yield tell


def _say_report(
    report: BuildReport, whole: Summary | None, store: Path, written: Sequence[Path], *, checked: bool
) -> str:
    """Say what a build did, what the store holds if that was asked for, and what to try next."""
    documents = {
        "new": report.added,
        "read anew": report.replaced,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "skipped": len(report.skipped),
    }
    counts = ", ".join(f"{count} {what}" for what, count in documents.items() if count) or "none"
    severities = Counter(violation.severity for violation in report.violations)
    found = ", ".join(f"{n} {severity}" for severity, n in severities.items()) or "conforms"
    rows = [("documents", counts)]
    if report.added or report.replaced:
        rows += [("read now", f"{sum(report.facts.values())} stated facts, {report.triples} triples")]
    if whole:
        rows += [
            ("in the store", f"{whole.documents} document{'s' * (whole.documents != 1)}, {whole.triples} triples"),
            ("stated facts", str(sum(whole.facts.values()))),
            *((f"  {kind}", str(count)) for kind, count in whole.facts.items()),
        ]
    if checked:
        rows += [("validation", found)]
    elif report.added or report.replaced:
        rows += [("validation", f"{found} (each document by itself; all: adckg validate)")]
    rows += [("written", str(path)) for path in written]
    where = "" if store == STORE else f" --store {store}"
    return "\n".join([
        *(f"{what:<20}{value}" for what, value in rows),
        "",
        "Now try",
        f"  adckg show T-DM1{where}",
        f"  adckg query adcs-by-payload --payload DM4 --as-of 2012-06-30{where}",
        "  adckg queries",
        *([f"  adckg validate{where}"] if severities else []),
    ])  # fmt: skip


@cli.command()
@click.argument("documents", nargs=-1, required=True, type=_PATH)
@click.option("-o", "--output", required=True, type=_PATH, help="File to write; its ending says its format.")
@click.option("--no-text", is_flag=True, help="Leave the documents' text out; hashes and quotes stay.")
def extract(documents: tuple[Path, ...], output: Path, no_text: bool) -> int:
    """Extract documents into one RDF file, no store.

    DOCUMENTS are text files, folders of them, patterns or JSON Lines. The ending of the output says its format: .ttl, .trig, .nt, .nq,
    .jsonld or .rdf.

    \b
    Examples
      adckg extract release.txt -o release.ttl
      adckg extract releases/ -o releases.nq --no-text
    """
    from adckg.build import extract_to_graph
    from adckg.export import write_store
    from adckg.store import Store, guess_format

    form = guess_format(output)
    nquads, skipped = extract_to_graph(documents, with_text=not no_text)
    with Store.in_memory() as store:
        store.insert(nquads)
        write_store(store, output, form)
    return _tell_skipped(skipped)


def _tell_skipped(skipped: Sequence[Skipped]) -> int:
    """Report the files that were skipped; return the exit code that says so."""
    for file in skipped:
        click.echo(f"adckg: skipped: {file.reason}", err=True)
    return 1 if skipped else 0


@cli.command()
@click.argument("name", required=False)
@click.option("--search", metavar="WORDS", help="Only queries that speak of all these words.")
def queries(name: str | None, search: str | None) -> None:
    """List the saved queries, or explain one.

    \b
    Examples
      adckg queries
      adckg queries --search payload
      adckg queries adcs-by-payload
    """
    from adckg.queries import load_queries, load_query, search_queries

    if name:
        click.echo(_explain(load_query(name)))
        return
    found = search_queries(search) if search else load_queries()
    if not found:
        raise QueryError(f"no saved query speaks of {search!r}: `adckg queries` lists them all")
    width = max(len(query.name) for query in found)
    for query in found:
        click.echo(f"{query.name:<{width}}  {query.summary}")


def _explain(query: SavedQuery) -> str:
    from adckg import sparql

    lines = [query.summary, "", *textwrap.wrap(query.description, 100), ""]
    lines += [f"tags:    {', '.join(query.tags)}"]
    lines += textwrap.wrap(f"columns: {', '.join(sparql.columns(query.text))}", 100, subsequent_indent=" " * 9)
    for parameter in query.parameters:
        default = f" (default {parameter.default})" if parameter.default else ""
        option = f"--{parameter.option}  [{parameter.takes}]{default}"
        lines += ["", textwrap.fill(option, 100, subsequent_indent="    "), f"    {parameter.description}"]
    call = " ".join([f"adckg query {query.name}", *map(_sample, query.parameters)])
    return "\n".join([*lines, "", f"example: {call}", f"file:    {query.path}"])


_SAMPLES = {
    "adc": "T-DM1",
    "antibody": "trastuzumab",
    "linker": "SMCC",
    "payload": "DM4",
    "target": "CD19",
    "technology": "TAP",
    "organisation": "ImmunoGen",
    "condition": "'breast cancer'",
    "endpoint": "ORR",
    "date": "2012-06-30",
    "phase": "2",
}


def _sample(parameter: Parameter) -> str:
    value = parameter.default or next(iter(parameter.values), None) or _SAMPLES.get(parameter.type)
    return f"--{parameter.option} {value}" if value else f"[--{parameter.option} ...]"


@cli.command()
@click.argument("file", required=False, type=_PATH)
@click.option("--store", type=_PATH, help=f"Store to validate.  [default, without FILE: {STORE}]")
@click.option("--shapes", multiple=True, type=_PATH, help="A file of further SHACL shapes.")
@click.option("--format", "form", type=click.Choice(("text", "json", "turtle")), default="text", show_default=True,
              help="Report for people, for programs, or as a SHACL report.")  # fmt: skip
def validate(file: Path | None, store: Path | None, shapes: tuple[Path, ...], form: str) -> int:
    """Check a graph against the shapes and checks.

    FILE is RDF in any format; without it the store is checked. Every finding is led back to the words it came from.
    The exit code is 1 where there is a violation; warnings alone leave it 0.

    \b
    Examples
      adckg validate
      adckg validate release.ttl --format json
      adckg validate --store build/store --shapes mine.ttl
    """
    from adckg.store import guess_format, read_bytes
    from adckg.validate import check_graph, check_store, conforms, render_json, render_report, render_shacl

    if file and store:
        raise click.UsageError("check one thing at a time: a file or --store")
    if file:
        found = check_graph(read_bytes(file), guess_format(file), shapes=shapes, where=str(file))
    else:
        with _open_store(store) as opened:
            found = check_store(opened, shapes=shapes)
    if form == "turtle":
        click.echo(render_shacl(found), nl=False)
    else:
        click.echo(render_json(found) if form == "json" else render_report(found), nl=False)
    return 0 if conforms(found) else 1


def _bounded(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of whatever puts a query: its evidence, and how much and how long."""
    for option in (
        click.option("--time-limit", type=click.FloatRange(min=0), metavar="SECONDS", default=SECONDS,
                     show_default=True, help="Stop a query that takes longer; 0 for none."),
        click.option("--limit", type=click.IntRange(min=1), metavar="ROWS", help="Give no more rows than this."),
        click.option("--evidence", is_flag=True, help="Add the quotes, or the sources, behind every row."),
    ):  # fmt: skip
        command = option(command)
    return command


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[NAME | FILE.rq | -] [--PARAMETER VALUE]...")
@click.option("-e", "text", metavar="SPARQL", help="Run this query instead of a saved one.")
@click.option("--data", type=_PATH, help="Ask this file (Turtle, TriG, N-Triples, N-Quads, JSON-LD, RDF/XML).")
@click.option("--store", type=_PATH, help=f"Ask this store.  [default: {STORE}]")
@click.option("--endpoint", metavar="URL", help="Ask this SPARQL 1.1 endpoint.")
@click.option("--server", metavar="NAME", help="Kind of server, where it isn't recognised (see `adckg load --help`).")
@click.option("--format", "form", type=click.Choice(_ANSWERS), help="Default: table for rows, turtle for CONSTRUCT.")
@_bounded
@click.option("--allow-federation", is_flag=True, help="Let the query call other servers (SERVICE).")
def query(
    words: tuple[str, ...],
    text: str | None,
    data: Path | None,
    store: Path | None,
    endpoint: str | None,
    server: str | None,
    form: str | None,
    evidence: bool,
    limit: int | None,
    time_limit: float,
    allow_federation: bool,
) -> None:
    """Answer a saved query, or one of your own.

    Your own comes from a file, from standard input (-) or with -e. A saved query's parameters are options of the same
    name, and entities go by any of their names. `adckg queries NAME` explains them.

    \b
    Examples
      adckg query best-response --evidence
      adckg query adcs-by-payload --payload DM4 --as-of 2012-06-30 --format csv
      adckg query trials-of --adc Kadcyla --data build/adckg.ttl
      adckg query mine.rq --endpoint http://localhost:3030/adckg/sparql --time-limit 10
      adckg query -e 'SELECT ?s WHERE { ?s a <https://w3id.org/adckg/ontology#Payload> }'
    """
    from adckg.queries import fill, load_query, parse_query, read_query, run_text
    from adckg.sources import Limited

    name, arguments = _arguments(words)
    if (text is None) == (name is None):
        raise click.UsageError("say what to ask: the name of a saved query, a file, or -e 'SELECT ...'")
    place = _place(data, store, endpoint, server)
    if name == "-":
        text = sys.stdin.read()
    if text is not None:
        asked = parse_query(text, Path("query"))
    else:
        assert name is not None
        asked = read_query(Path(name)) if name.endswith(".rq") else load_query(name)
    with Limited(place, seconds=time_limit or None, allow_federation=allow_federation) as source:
        filled = fill(source, asked, arguments)
        answer = run_text(source, filled, first=limit)
        if evidence:
            _show_evidence(source, filled, answer, form)
        else:
            click.echo(_render(answer, form), nl=False)
    if limit is not None and len(getattr(answer, "rows", ())) == limit:
        click.echo(f"adckg: {limit} rows, as --limit says; there may be more", err=True)


@cli.command("ask")
@click.argument("words", nargs=-1, required=True, metavar="QUESTION")
@click.option("--data", type=_PATH, help="Ask this file.")
@click.option("--store", type=_PATH, help=f"Ask this store.  [default: {STORE}]")
@click.option("--endpoint", metavar="URL", help="Ask this SPARQL 1.1 endpoint.")
@click.option("--format", "form", type=click.Choice(_ANSWERS), help="Default: table.")
@_bounded
def ask_(
    words: tuple[str, ...],
    data: Path | None,
    store: Path | None,
    endpoint: str | None,
    form: str | None,
    evidence: bool,
    limit: int | None,
    time_limit: float,
) -> None:
    """Answer a question in plain English.

    The saved query that is closest to QUESTION is run with what the question names: ADCs and other entities by any of
    their names, phases, times, endpoints, least numbers, and text in quotes. Which query that is, with which parameters,
    how sure that is, and the next two candidates are told on standard error. Where nothing fits, that is told instead.

    \b
    Examples
      adckg ask "which ADCs with a cleavable linker were in phase 2 in 2012?"
      adckg ask "who develops SAR3419?" --evidence
      adckg ask "deals worth at least $50 million" --format csv
    """
    from adckg.choice import choose
    from adckg.queries import fill, run_text
    from adckg.sources import Limited

    with Limited(_place(data, store, endpoint), seconds=time_limit or None) as source:
        choice, others = choose(" ".join(words), source)
        click.echo(_say_choice(choice, others), err=True)
        filled = fill(source, choice.query, choice.arguments)
        answer = run_text(source, filled, first=limit)
        if evidence:
            _show_evidence(source, filled, answer, form)
        else:
            click.echo(_render(answer, form), nl=False)


def _say_choice(choice: Choice, others: Sequence[Choice]) -> str:
    """Say which query was chosen, as the command that asks it, how sure that is, and what else it could have been."""
    options = [f"--{name.replace('_', '-')}={v}" for name, values in choice.arguments.items() for v in values]
    lines = [
        ("asked", shlex.join(["adckg", "query", choice.query.name, *options])),
        ("", choice.query.summary),
        ("sure", f"{choice.sureness:.0%}"),
        ("or else", ", ".join(f"{other.query.name} ({other.sureness:.0%})" for other in others)),
    ]
    return "\n".join(f"{what:<9}{text}" for what, text in lines)


def _show_evidence(source: Limited, text: str, answer: Answer, form: str | None) -> None:
    """Print an answer with what its rows rest on: under the rows of a table, else in columns of their own."""
    from adckg.grounds import read_grounds, render_ground, with_grounds
    from adckg.store import Solutions

    if not isinstance(answer, Solutions):
        raise QueryError("only the rows of a SELECT query have evidence behind them")
    grounds = read_grounds(source, text, answer)
    if form in (None, "table"):
        click.echo(_render(answer, form, notes=[[render_ground(g) for g in some] for some in grounds]), nl=False)
    else:
        click.echo(_render(with_grounds(answer, grounds), form), nl=False)


def _arguments(words: tuple[str, ...]) -> tuple[str | None, dict[str, list[str]]]:
    """Split the words after `adckg query` into the name of a query and the values of its parameters."""
    name = None
    arguments: dict[str, list[str]] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            option, equals, value = word[2:].partition("=")
            if not equals:
                if not rest:
                    raise click.UsageError(f"--{option} needs a value")
                value = rest.pop(0)
            arguments.setdefault(option, []).append(value)
        elif name is None:
            name = word
        else:
            raise click.UsageError(f"one query at a time: {name} or {word}?")
    return name, arguments


def _render(answer: Answer, form: str | None, *, notes: Sequence[Sequence[str]] = ()) -> str:
    """Return an answer as text: rows in a format of rows, triples as Turtle."""
    from adckg.answers import render_answer
    from adckg.store import Triples

    if isinstance(answer, Triples) != (form == "turtle") and form not in (None, "table"):
        raise QueryError(f"{'triples' if form != 'turtle' else 'rows'} can't be written as {form}: leave --format out")
    if isinstance(answer, Triples):
        from adckg.export import render_triples

        return render_triples(answer.ntriples, "turtle").decode()
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return render_answer(answer, form or "table", width=width, notes=notes)


def _place(data: Path | None, store: Path | None, endpoint: str | None, server: str | None = None) -> Place:
    """Say what is to be asked: a file, an endpoint, or the store (the default one where none is named)."""
    from adckg.sources import Place

    if sum(choice is not None for choice in (data, store, endpoint)) > 1:
        raise click.UsageError("ask one thing at a time: --data, --store or --endpoint")
    if server is not None and endpoint is None:
        raise click.UsageError("--server says what kind of server an --endpoint is: name that too")
    if endpoint is not None:
        return Place("endpoint", endpoint, server)
    if data is not None:
        return Place("file", str(data))
    return Place("store", str(_default_store(store)))


def _open_store(path: Path | None) -> Store:
    """Open a store to read; the default one where none is named."""
    from adckg.store import Store

    return Store.open(_default_store(path), read_only=True)


def _default_store(path: Path | None) -> Path:
    if path is None and not STORE.exists():
        raise StoreError(f"there is no store at {STORE} yet: run `adckg build`, or name a store or a file")
    return path or STORE


@cli.command()
@click.argument("name")
@click.option("--data", type=_PATH, help="Look in this file.")
@click.option("--store", type=_PATH, help=f"Look in this store.  [default: {STORE}]")
@click.option("--endpoint", metavar="URL", help="Look in this SPARQL 1.1 endpoint.")
@click.option("--quotes/--no-quotes", default=True, show_default=True, help="Show the words behind every line.")
def show(name: str, data: Path | None, store: Path | None, endpoint: str | None, quotes: bool) -> None:
    """Show one ADC on a card, with quotes.

    Structure, trials, results, doses, safety, partners and regulation. Any NAME of the ADC will do: code, INN, brand or
    abbreviation. Under each line stand the words that say it and the document they are from.

    \b
    Examples
      adckg show T-DM1
      adckg show "coltuximab ravtansine" --no-quotes
    """
    from adckg.card import lay_out, read_card
    from adckg.sources import Limited

    with Limited(_place(data, store, endpoint)) as source:
        card = read_card(source, name)
    width = min(shutil.get_terminal_size().columns, 110)
    for kind, text in lay_out(card, width=width, quotes=quotes):
        click.secho(text, bold=kind == "title", dim=kind == "quote")


@cli.command()
@click.option("-o", "--output", type=_PATH, help="File to write; without it, standard output.")
@click.option("--format", "form", type=click.Choice(_RDF), help="Default: what the file's ending says, else turtle.")
@click.option("--store", type=_PATH, help=f"Store to export.  [default: {STORE}]")
@click.option("--description", type=_PATH, help="Describe the data and the saved queries in this Turtle file too.")
@click.option("--endpoint", metavar="URL", help="Export the graphs of adckg on this SPARQL 1.1 endpoint.")
@click.option("--server", metavar="NAME", help="Kind of server, where it isn't recognised (see `adckg load --help`).")
def export(
    output: Path | None,
    form: Format | None,
    store: Path | None,
    description: Path | None,
    endpoint: str | None,
    server: str | None,
) -> None:
    """Write the whole graph as one RDF file.

    Turtle, N-Triples and RDF/XML hold the union of all graphs; TriG, N-Quads and JSON-LD keep the graphs apart. The
    description tells other tools what there is (VoID, DCAT) and what can be asked (SHACL).

    \b
    Examples
      adckg export -o adckg.trig --description description.ttl
      adckg export --format nquads | gzip > adckg.nq.gz
      adckg export -o adckg.nq --endpoint http://localhost:3030/adckg
    """
    from contextlib import closing

    from adckg.description import write_description
    from adckg.export import render_store, write_store
    from adckg.store import guess_format

    wanted = form or (guess_format(output) if output else "turtle")
    if endpoint and store:
        raise click.UsageError("export one thing at a time: --store or --endpoint")
    with closing(_endpoint(endpoint, server) if endpoint else _open_store(store)) as opened:
        if output:
            write_store(opened, output, wanted)
        else:
            sys.stdout.buffer.write(render_store(opened, wanted))
        if description:
            write_description(opened, description, endpoint=endpoint)


@cli.command()
@click.argument("endpoint")
@click.option("--store", type=_PATH, help=f"Store to load.  [default: {STORE}]")
@click.option("--server", metavar="NAME", help="Kind of server, where it isn't recognised: one of the list below.")
@click.option("--merged", is_flag=True, help="Load all graphs as one: the default graph, or --graph.")
@click.option("--graph", metavar="IRI", help="With --merged: the one graph.")
@click.option("--prune", is_flag=True, help="Remove graphs of adckg that the store doesn't have.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=600, show_default=True,
              help="Seconds to wait for an answer.")  # fmt: skip
def load(
    endpoint: str, store: Path | None, server: str | None, merged: bool, graph: str | None, prune: bool,
    dry_run: bool, timeout: float,
) -> None:  # fmt: skip
    """Load the store into a triplestore.

    ENDPOINT is the address of a data set. Only graphs that differ are sent, each replaces what the server has of it, and
    all that was sent is counted there afterwards. Faults that pass are waited out, and a load that was broken off goes on
    where it was. Sign-in: ADCKG_USER and ADCKG_PASSWORD, ADCKG_TOKEN (bearer), or ~/.netrc.

    \b
    Examples
      adckg load http://localhost:3030/adckg
      adckg load http://localhost:7200/repositories/adckg --dry-run
      adckg load http://localhost:7878 --merged

    \b
    Servers
      oxigraph    http://HOST:7878
      fuseki      http://HOST:3030/DATASET
      graphdb     http://HOST:7200/repositories/REPOSITORY
      rdf4j       http://HOST:8080/rdf4j-server/repositories/REPOSITORY
      virtuoso    http://HOST:8890
      qlever      http://HOST:7001
      blazegraph  http://HOST:9999/blazegraph/namespace/NAMESPACE/sparql
      stardog     http://HOST:5820/DATABASE
      neptune     https://HOST:8182
    """
    from adckg.load import load_store

    if graph and not merged:
        raise click.UsageError("--graph goes with --merged")
    with _open_store(store) as opened, _endpoint(endpoint, server, timeout) as target, _progress() as tell:
        report = load_store(
            opened, target, merged=merged, graph=graph, prune=prune, dry_run=dry_run, progress=tell
        )  # fmt: skip
    click.echo(_say_load(report, prune=prune, dry_run=dry_run))


def _endpoint(url: str, server: str | None, timeout: float = 600) -> Endpoint:
    """Return the endpoint at an address; faults that pass are waited out."""
    from adckg.remote import PAUSES, connect

    return connect(url, server=server, timeout=timeout, pauses=PAUSES)


def _say_load(report: LoadReport, *, prune: bool, dry_run: bool) -> str:
    """Say what a load sent, or would send."""
    removed = "removed" if prune and not dry_run else "to remove" if prune else "strays"
    graphs = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged, removed: report.strays}
    lines = [f"{what:<12}{len(names)} graph{'s' * (len(names) != 1)}" for what, names in graphs.items() if names]
    lines.append(f"{'to send' if dry_run else 'sent':<12}{report.triples} triples")
    if report.strays and not prune:
        lines.append("the strays are graphs of adckg that the store doesn't have: --prune removes them")
    return "\n".join(lines)
