"""The command line. The only place that prints; each command is a few lines over the API.

Exit codes: 0 fine, 1 violations found or documents skipped, 2 misuse or failure.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adckg import __version__
from adckg.errors import AdckgError, QueryError

if TYPE_CHECKING:
    from adckg.queries import Source

STORE = Path("build/store")
TURTLE = Path("build/adckg.ttl")


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

    def list_commands(self, ctx: click.Context) -> list[str]:
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
    """


@cli.command()
@click.argument("documents", nargs=-1, type=click.Path(path_type=Path))
@click.option("--store", type=click.Path(path_type=Path), default=STORE, show_default=True, help="Store to build.")
@click.option("--turtle", type=click.Path(path_type=Path), default=TURTLE, show_default=True, help="Turtle file to write.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that extract.")
def build(documents: tuple[Path, ...], store: Path, turtle: Path, jobs: int) -> int:
    """Build DOCUMENTS (files or folders) into a store and a Turtle file, and validate them.

    Without DOCUMENTS the five press releases that come with adckg are built. A document whose graph is current is not
    read again; a bad file in a folder is reported, skipped and counted.

    \b
    Examples
      adckg build
      adckg build releases/ --jobs 4
    """
    raise NotImplementedError


@cli.command()
@click.argument("name", required=False)
@click.option("--search", metavar="WORDS", help="Only queries whose name, summary, description or tags hold all these words.")
def queries(name: str | None, search: str | None) -> None:
    """List the saved queries, or explain the one of that NAME.

    \b
    Examples
      adckg queries
      adckg queries --search payload
      adckg queries adcs-by-payload
    """
    from adckg.queries import load_queries, load_query

    if name:
        click.echo(_explain(load_query(name)))
        return
    wanted = (search or "").casefold().split()
    found = [
        query
        for query in load_queries()
        if all(word in f"{query.name} {query.summary} {query.description} {query.tags}".casefold() for word in wanted)
    ]
    if not found:
        raise QueryError(f"no saved query speaks of {search!r}: `adckg queries` lists them all")
    width = max(len(query.name) for query in found)
    for query in found:
        click.echo(f"{query.name:<{width}}  {query.summary}")


def _explain(query: SavedQuery) -> str:
    lines = [query.summary, "", *textwrap.wrap(query.description, 100), "", f"tags: {', '.join(query.tags)}"]
    call = f"adckg query {query.name}"
    for parameter in query.parameters:
        takes = f"name of a {parameter.kind}" if parameter.kind else parameter.type
        takes = " | ".join(parameter.values) or takes
        default = f" (default {parameter.default})" if parameter.default else ""
        lines += ["", f"--{parameter.name.replace('_', '-')}  [{takes}]{default}", f"    {parameter.description}"]
    return "\n".join([*lines, "", call, f"file: {query.path}"])


_DATA = click.Path(path_type=Path)
_FORMATS = ("table", "json", "csv", "tsv", "xml", "markdown")


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[NAME | FILE.rq | -] [--PARAMETER VALUE]...")
@click.option("-e", "text", metavar="SPARQL", help="Run this query instead of a saved one.")
@click.option("--data", type=_DATA, help="Ask this file (Turtle, TriG, N-Triples, N-Quads, JSON-LD, RDF/XML).")
@click.option("--store", type=_DATA, help=f"Ask this store.  [default: {STORE}]")
@click.option("--endpoint", metavar="URL", help="Ask this SPARQL 1.1 endpoint.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True, help="Format of rows.")
def query(words: tuple[str, ...], text: str | None, data: Path | None, store: Path | None, endpoint: str | None, form: str) -> None:
    """Answer a saved query, a query file, standard input (-) or a query of your own.

    A saved query's parameters are options of the same name; entities go by any of their names. `adckg queries NAME`
    explains them.

    \b
    Examples
      adckg query best-response
      adckg query adcs-by-payload --payload DM4 --as-of 2012-06-30 --format csv
      adckg query trials-of --adc Kadcyla --data build/adckg.ttl
      adckg query mine.rq --endpoint http://localhost:3030/adckg/sparql
      adckg query -e 'SELECT ?s WHERE { ?s a <https://w3id.org/adckg/ontology#Payload> }'
    """
    from adckg.queries import load_query, parse_query, read_query, run

    name, arguments = _arguments(words)
    if (text is None) == (name is None):
        raise click.UsageError("say what to ask: the name of a saved query, a file, or -e 'SELECT ...'")
    if name == "-":
        text = click.get_text_stream("stdin").read()
    if text is not None:
        asked = parse_query(text, Path("query"))
    else:
        assert name is not None
        asked = read_query(Path(name)) if name.endswith(".rq") else load_query(name)
    click.echo(_render(run(_source(data, store, endpoint), asked, arguments), form), nl=False)


def _arguments(words: tuple[str, ...]) -> tuple[str | None, dict[str, str]]:
    """Split the words after `adckg query` into the name of a query and its parameters."""
    name, arguments, rest = None, {}, list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            option, equals, value = word[2:].partition("=")
            if not equals:
                if not rest:
                    raise click.UsageError(f"--{option} needs a value")
                value = rest.pop(0)
            arguments[option] = value
        elif name is None:
            name = word
        else:
            raise click.UsageError(f"one query at a time: {name} or {word}?")
    return name, arguments
