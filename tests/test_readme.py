"""The README tells the truth: its commands exist, its queries exist, its quick start is two shell blocks."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from adckg import cli, queries

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(re.sub(r"\s{2,}#.*", "", line))[1:]
    for line in re.findall(r"^    (adckg .*(?:\n {16,}.*)*)", README, re.MULTILINE)
]


def test_the_quick_start_is_two_shell_blocks() -> None:
    assert README.count("```sh") == 2
    assert README.count("```") == 4


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_of_the_readme_is_understood(command: list[str]) -> None:
    subcommand = cli.cli.commands[command[0]]
    context = subcommand.make_context(command[0], command[1:], resilient_parsing=True)
    assert context.command is subcommand


@pytest.mark.parametrize("name", sorted({c[1] for c in COMMANDS if c[0] == "query" and not c[1].startswith("-")}))
def test_a_saved_query_of_the_readme_exists_with_its_parameters(name: str) -> None:
    query = queries.load_query(name)
    used = {w.removeprefix("--") for c in COMMANDS if c[:2] == ["query", name] for w in c[2:] if w.startswith("--")}
    options = {opt.removeprefix("--") for parameter in cli.cli.commands["query"].params for opt in parameter.opts}
    assert used - options <= {parameter.name.replace("_", "-") for parameter in query.parameters}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([\w./-]+)\)", README))))
def test_a_file_that_the_readme_links_to_exists(path: str) -> None:
    assert (ROOT / path).exists()
