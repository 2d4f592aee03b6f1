"""seeds/rules -> what the wording of a sentence says: patterns over mentions, and the facts they give.

A rule's pattern is a regular expression over a sentence in which every mention has become one character. It may hold

- `{adc}`: a mention of that type; `{payload|linker}`: of either; `{organisation:licensee}`: named for use below
  (its name is its first type otherwise); `{adc+}`: one or several in a list ("A, B and C");
- ` .. `: at most 40 characters, ` ... `: at most 120, without a semicolon or a mention like the slot before them;
  ` .... `: at most 300, semicolons too.

`say` lists the facts: their class, and each slot's value: `$name` for what the pattern found (`$name.1` for the second
value of a pair), else a constant. Some keys spread over several slots: see `SPREAD`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adckg.context import FLAGS
from adckg.errors import KnowledgeError
from adckg.model import FactKind, Kind, Mention

VALUE_TYPES = (
    "registration", "phase", "dosage", "money", "pvalue", "ci", "grade", "schedule", "duration", "count", "percent",
    "date", "year", "abstract", "decimal", "number", "it", "code",
)  # fmt: skip
TYPES = tuple(dict.fromkeys([*(str(k) for k in Kind), *VALUE_TYPES]))
SYMBOL = {name: chr(0xE000 + i) for i, name in enumerate(TYPES)}
"""The character that stands for a mention of each type (of Unicode's private use area)."""
SPREAD = ("rate", "count", "interval", "time", "upfront", "milestones")
"""Keys of a template that fill more than the slot of their name."""

_TOKEN = re.compile(r"\{([a-z|-]+)(?::([a-z_]+))?(\+?)\}| (\.\.\.?\.?) ")
_BETWEEN = rf"(?: ?\([^()]{{0,60}}\))?(?:,? (?:and|or|plus|as well as|and/or) |, ?|; |/| & | \+ )(?:(?:the|its|a|an|also|of|other|either|both|in|{SYMBOL['organisation']}'s) )*"


@dataclass(frozen=True, slots=True)
class Masked:
    """A sentence with a character for each mention."""

    text: str
    mentions: Mapping[int, Mention]
    """the mention at each such character"""
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Template:
    """A fact that a rule gives, with `$names` still to be filled."""

    kind: FactKind
    slots: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of saying something."""

    id: str
    patterns: tuple[re.Pattern[str], ...]
    needs: tuple[tuple[frozenset[str], ...], ...]
    """for each pattern: the types it can't do without, each a set of alternatives"""
    say: tuple[Template, ...]
    allow: frozenset[str]
    only: frozenset[str]
    inherit: tuple[str, ...]
    fallback: bool
    """speaks only of what no rule before it gave a fact of the same kind from"""
    scope: frozenset[str]
    """roles of the sentences it reads (`title`, `row`, …); empty: all"""
    examples: tuple[Mapping[str, Any], ...]
    counterexamples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fits: where in the masked text, and the mentions by name."""

    rule: Rule
    start: int
    end: int
    found: Mapping[str, tuple[Mention, ...]]
    texts: Mapping[str, tuple[str, ...]]
    """the words of each group that holds no mention"""


def mask(text: str, mentions: Sequence[Mention]) -> Masked:
    """Return the sentence with each of its mentions (in order, not overlapping) as one character."""
    parts: list[str] = []
    places: dict[int, Mention] = {}
    at = length = 0
    for mention in mentions:
        parts += (text[at : mention.start], SYMBOL[mention.type])
        length += mention.start - at + 1
        places[length - 1] = mention
        at = mention.end
    parts.append(text[at:])
    return Masked("".join(parts), places, frozenset(m.type for m in mentions))


def find(rule: Rule, masked: Masked) -> Iterator[Match]:
    """Yield each place where a rule's pattern fits a sentence; of patterns that fit at one place the first counts."""
    taken: set[tuple[int, ...]] = set()
    for pattern, needs in zip(rule.patterns, rule.needs, strict=True):
        if not all(alternatives & masked.types for alternatives in needs):
            continue
        for match in pattern.finditer(masked.text):
            found = {
                name: tuple(masked.mentions[i] for i in range(*match.span(name)) if i in masked.mentions)
                for name, said in match.groupdict().items()
                if said
            }
            places = tuple(sorted({i for name in found for i in range(*match.span(name)) if i in masked.mentions}))
            if places not in taken:
                taken.add(places)
                texts = {name: (said,) for name, said in match.groupdict().items() if said and not found.get(name)}
                yield Match(rule, *match.span(), found, texts)


def compile_pattern(pattern: str) -> tuple[re.Pattern[str], tuple[frozenset[str], ...]]:
    """Return a rule's pattern as a regular expression over masked text, and the types it needs.

    Raises:
        KnowledgeError: a slot's type is unknown, a name is given twice, or the expression is malformed.
    """
    parts: list[str] = []
    needs: list[frozenset[str]] = []
    last = ""
    at = 0
    for token in _TOKEN.finditer(pattern):
        parts.append(pattern[at : token.start()])
        at = token.end()
        if token[4]:
            size, stop = {"..": (40, ";"), "...": (120, ";"), "....": (300, "")}[token[4]]
            parts.append(rf"(?!\w)[^\n{stop}{last}]{{0,{size}}}?(?<!\w)")
            continue
        types = token[1].split("|")
        unknown = [t for t in types if t not in SYMBOL]
        if unknown:
            raise KnowledgeError(f"no mention is of the type {unknown[0]!r} in the pattern {pattern!r}")
        last = "".join(SYMBOL[t] for t in types)
        # a mention inside brackets that may stay out isn't needed; a deep look isn't worth it
        optional = pattern.count("(", 0, token.start()) > pattern.count(")", 0, token.start())
        if not optional:
            needs.append(frozenset(types))
        name = token[2] or types[0].replace("-", "_")
        one = f"[{last}]"
        parts.append(f"(?P<{name}>{one}(?:{_BETWEEN}{one})*)" if token[3] else f"(?P<{name}>{one})")
    parts.append(pattern[at:])
    try:
        return re.compile(rf"(?<!\w)(?:{''.join(parts)})(?!\w)", re.IGNORECASE), tuple(needs)
    except re.error as error:
        raise KnowledgeError(f"the pattern {pattern!r} is malformed: {error}") from error


def parse_rules(data: Sequence[Mapping[str, Any]], source: str) -> list[Rule]:
    """Return the rules of a parsed YAML file.

    Raises:
        KnowledgeError: a rule lacks a part, has an unknown one, or its pattern is malformed.
    """
    rules = []
    for entry in data:
        name = f"{source}: {entry.get('id', 'a rule without id')}"
        unknown = set(entry) - {"id", "when", "say", "allow", "only", "inherit", "scope", "fallback", "examples", "but"}
        if unknown:
            raise KnowledgeError(f"{name}: unknown key {', '.join(sorted(unknown))}")
        try:
            whens = [entry["when"]] if isinstance(entry["when"], str) else entry["when"]
            compiled = [compile_pattern(" ".join(w.split())) for w in whens]
            say = tuple(
                Template(FactKind(kind), tuple((str(k), str(v)) for k, v in (slots or {}).items()))
                for template in entry["say"]
                for kind, slots in template.items()
            )
            allow, only = frozenset(entry.get("allow", ())), frozenset(entry.get("only", ()))
            if (allow | only) - set(FLAGS):
                raise KnowledgeError(f"{name}: allow and only take {', '.join(FLAGS)}")
            rules.append(
                Rule(
                    id=entry["id"],
                    patterns=tuple(c[0] for c in compiled),
                    needs=tuple(c[1] for c in compiled),
                    say=say,
                    allow=allow,
                    only=only,
                    inherit=tuple(entry.get("inherit", ())),
                    fallback=bool(entry.get("fallback", False)),
                    scope=frozenset(entry.get("scope", ())),
                    examples=tuple(entry["examples"]),
                    counterexamples=tuple(entry["but"]),
                )
            )
        except KnowledgeError as error:
            raise KnowledgeError(f"{name}: {error}") from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise KnowledgeError(f"{name}: {error!r}") from error
    return rules
