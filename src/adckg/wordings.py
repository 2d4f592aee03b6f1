"""Wordings that the program goes by and that context.yaml lists under `wordings`, each a regular expression with a name."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import yaml

from adckg import resources
from adckg.anchors import Guarded
from adckg.errors import KnowledgeError

CONTEXT = "seeds/rules/context.yaml"
_KNOWN: list[Wording] = []


class Wording:
    """A wording, looked up by its name ("figures.control") when it is first used."""

    def __init__(self, name: str, flags: re.RegexFlag | int = 0, *, inside: str = "<>") -> None:
        """Take its name; `inside` is the expression that it is part of, where `<>` stands for it."""
        self.name = name
        self.flags = flags
        self.inside = inside
        self._regex: re.Pattern[str] | None = None
        _KNOWN.append(self)

    @property
    def regex(self) -> re.Pattern[str]:
        """The compiled expression.

        Raises:
            KnowledgeError: context.yaml doesn't hold it, or it is malformed.
        """
        if self._regex is None:
            try:
                self._regex = re.compile(self.inside.replace("<>", _text(self.name)), self.flags)
            except re.error as error:
                raise KnowledgeError(f"{CONTEXT}: {self.name}: {error}") from error
        return self._regex

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """Return the first place where it fits."""
        return (self._regex or self.regex).search(text, start, end)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Return the match at that place."""
        return (self._regex or self.regex).match(text, start)

    def fullmatch(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """Return the match of all that stands there."""
        return (self._regex or self.regex).fullmatch(text, start, end)

    def finditer(self, text: str) -> Iterable[re.Match[str]]:
        """Return all places where it fits, without overlaps."""
        return (self._regex or self.regex).finditer(text)


class RareWording(Wording):
    """A wording that is looked for only in texts that hold what it needs."""

    _guarded: Guarded | None = None

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """Return the first place where it fits."""
        if self._guarded is None:
            self._guarded = Guarded(self.regex.pattern, self.flags)
        return self.regex.search(text, start, end) if self._guarded.may_fit(text) else None


@cache
def load_context() -> Mapping[str, Any]:
    """Return what context.yaml holds.

    Raises:
        KnowledgeError: it is missing or malformed.
    """
    try:
        data = (resources.folder("seeds") / "rules" / "context.yaml").read_bytes()
        parsed = yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise KnowledgeError(f"{CONTEXT} is missing") from error
    except yaml.YAMLError as error:
        raise KnowledgeError(f"{CONTEXT}: {' '.join(str(error).split())}") from error
    if not isinstance(parsed, dict):
        raise KnowledgeError(f"{CONTEXT} holds no mapping")
    return parsed


def _text(name: str) -> str:
    part, _, key = name.partition(".")
    try:
        return str(load_context()["wordings"][part][key])
    except (KeyError, TypeError) as error:
        raise KnowledgeError(f"{CONTEXT}: wordings has no {name}") from error


@cache
def adjectives() -> Mapping[str, str]:
    """Return the names of regions by their adjectives in lower case.

    Raises:
        KnowledgeError: context.yaml doesn't hold them.
    """
    try:
        return {str(word).lower(): str(region) for word, region in load_context()["wordings"]["adjectives"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise KnowledgeError(f"{CONTEXT}: wordings has no adjectives") from error


def check_all() -> None:
    """Compile every wording that the program uses.

    Raises:
        KnowledgeError: one is missing or malformed.
    """
    for wording in _KNOWN:
        _ = wording.regex
    adjectives()
