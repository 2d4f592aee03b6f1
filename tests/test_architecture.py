"""The walls of the house: who may import whom, and who may print."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "adckg"
ORDER = (
    "errors", "model", "resources", "names", "documents", "corpus", "anchors", "wordings", "values", "vocabulary", "tables", "introductions", "mentions", "firms", "discourse", "endpoints", "figures", "arms", "reactions", "measures", "context", "rules", "subjects", "neighbours", "deals", "merge", "trials", "filling", "extract",
    "graph", "sparql", "store", "servers", "remote", "load", "export", "sources", "parameters", "queries", "description", "question", "choice", "answers", "grounds", "validate", "workers", "build", "card", "api", "cli",
)  # fmt: skip
"""Each module may import only those before it."""
OWNERS = {
    "pyoxigraph": "store",
    "SPARQLWrapper": "remote",
    "requests": "remote",
    "pyshacl": "validate",
    "click": "cli",
    "distributed": "workers",
}
"""Libraries that one module alone may import."""
MODULES = sorted(path.stem for path in SOURCE.glob("*.py") if path.stem != "__init__")


def imports(module: str) -> set[str]:
    """The full names that a module imports anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((SOURCE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def test_every_module_has_its_place() -> None:
    assert set(MODULES) == set(ORDER)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_those_above_it(module: str) -> None:
    used = {name.split(".")[1] for name in imports(module) if name.startswith("adckg.")}
    below = {name for name in used if name in ORDER and ORDER.index(name) >= ORDER.index(module)}
    assert not below


@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_known_to_its_owner_alone(module: str) -> None:
    used = {name.split(".")[0] for name in imports(module)}
    assert {library for library in used & set(OWNERS) if OWNERS[library] != module} == set()


def test_the_model_needs_the_standard_library_alone() -> None:
    import sys

    assert {name.split(".")[0] for name in imports("model")} <= set(sys.stdlib_module_names) | {"__future__"}


@pytest.mark.parametrize("module", [module for module in MODULES if module != "cli"])
def test_only_the_command_line_prints_or_exits(module: str) -> None:
    tree = ast.parse((SOURCE / f"{module}.py").read_text(encoding="utf-8"))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"print", "exit", "quit"}
