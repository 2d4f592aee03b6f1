"""Where the project's data folders are: inside the installed wheel, else in the checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from adckg.errors import KnowledgeError

FOLDERS = ("ontology", "shapes", "seeds", "queries")


@cache
def folder(name: str) -> Path:
    """Return the folder of that name (one of `FOLDERS`).

    A wheel carries the folders as `adckg/data/NAME`; an editable install doesn't, so the checkout is looked at too.

    Raises:
        KnowledgeError: the folder is in neither place.
    """
    here = Path(__file__).resolve().parent
    for candidate in (here / "data" / name, here.parents[1] / name):
        if name in FOLDERS and candidate.is_dir():
            return candidate
    raise KnowledgeError(f"the data folder {name!r} is missing from this installation: reinstall adckg")


def files(name: str, pattern: str) -> list[Path]:
    """Return the files of a data folder that match a glob pattern, sorted by their path below it."""
    root = folder(name)
    return sorted(root.glob(pattern), key=lambda path: path.relative_to(root).as_posix())
