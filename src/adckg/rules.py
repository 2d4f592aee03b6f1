"""seeds/rules -> what the wording of a sentence says: patterns over mentions, and the facts they give.

A rule's pattern is a regular expression over a sentence in which every mention has become one character. It may hold

- `{adc}`: a mention of that type; `{payload|linker}`: of either; `{organisation:licensee}`: named for use below
  (its name is its first type otherwise); `{adc+}`: one or several in a list ("A, B and C");
- ` .. `: at most 40 characters, ` ... `: at most 120, without a semicolon or a mention like the slot before them;
  ` .... `: at most 300, whatever they are; ` ..... `: at most 300 of the kind of ` ... `;
- `<phrase>`: one of the phrases that `context.yaml` lists.

`say` lists the facts: their class, and each slot's value: `$name` for what the pattern found (`$name.1` for the second
value of a pair), else a constant. Some keys fill several slots (`rate`, `count`, `time`, …): seeds/rules/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adckg.anchors import DIGIT, HOLDS_DIGIT, Needs, Words, is_mention, met, needs, opening
from adckg.context import FLAGS
from adckg.endpoints import ENDPOINT_TYPES, GENERAL, OTHER
from adckg.errors import KnowledgeError
from adckg.model import FactKind, Kind, Mention

VALUE_TYPES = (
    "registration", "phase", "dosage", "money", "sum", "pvalue", "ci", "grade", "schedule", "duration", "count", "percent",
    "date", "year", "abstract", "decimal", "number", "size", "journal", "it", "code",
    *ENDPOINT_TYPES, *GENERAL.values(), "seen", "population", "unreached", "landmark", "serious", "fatal", "ended", OTHER,
)  # fmt: skip
TYPES = tuple(dict.fromkeys([*(str(k) for k in Kind), *VALUE_TYPES]))
SYMBOL = {name: chr(0xE000 + i) for i, name in enumerate(TYPES)}
"""The character that stands for a mention of each type (of Unicode's private use area)."""
_BIT = {symbol: 1 << i for i, symbol in enumerate(SYMBOL.values())}

_STOPS = "".join(SYMBOL[t] for t in (*ENDPOINT_TYPES, "endpoint", "reaction", "seen", "ae", "sae", "dlt"))
"""Between an endpoint or a reaction and its figure no other one stands."""
_WIDER = {"endpoint": ENDPOINT_TYPES, "reaction": ("seen",), "ae": ("sae",)}
"""Types that a slot takes besides its own."""
_TOKEN = re.compile(r"\{([a-z|-]+)(?::([a-z_]+))?(\+?)\}| (\.{2,5}) ")
_NONE_OF = re.compile(r"\{\^([a-z|-]+)\}")
_PHRASE = re.compile(r"(?<!\(\?)(?<!\(\?P)<([a-z][a-z ]*)>")
_BETWEEN = rf"(?: ?\([^()]{{0,60}}\))?(?: in {SYMBOL['number']}(?: (?:patients?|pts?|cases?|subjects?))?)?(?:,? not otherwise specified(?: \(NOS\))?)?(?:,? (?:and|or|plus|as well as|and/or) | ?, ?|; |/| & | \+ )(?:(?:the|its|a|an|also|of|other|either|both|in|for|with(?! {SYMBOL['organisation']}'s)|locally|advanced|metastatic|recurrent|relapsed|refractory|unresectable|certain|{SYMBOL['organisation']}'s) ){{0,6}}"


_UNKNOWN = r"(?:, (?!(?:and|or|which|who|with|while|where|leading|including|resulting|but|although) )[\w/' -]{3,50}(?:\([^()]{1,20}\))?[\w/' -]{0,15}(?=,)){0,2}?"
"""items of a list of reactions that the vocabulary doesn't know"""
_FIRM = (
    rf"(?:(?:US|U\.S\.|UK|[A-Z][a-z]+(?:ese|ish|an|ch|ss)|{SYMBOL['region']}(?:'s|-based)?|[\w.,-]{{3,20}}-based|fellow|partner"
    r"|bio(?:tech(?:nology)?|pharma(?:ceuticals?)?)|pharma(?:ceuticals?)?|drug ?maker|giant|company|firm|specialist|developer|group|major) ){0,4}"
)
"""what may stand before each company of a list ("US biotech A and Chinese drugmaker B")"""
_LONGEST = {"reaction": 24}
"""members that a list has besides the first, at most (12 else): no pattern may take ever longer on ever longer lists"""
_APPOSED = r"(?:, an? [^,;.()]{1,45})?"
"""what may stand beside each ADC of a list ("A, a HER2 directed ADC, and B")"""


@dataclass(frozen=True, slots=True)
class Masked:
    """A sentence with a character for each mention."""

    text: str
    mentions: Mapping[int, Mention]
    """the mention at each such character"""
    bits: int
    """the types, as bits"""
    twice: int
    """those of which there are several"""
    at: Mapping[str, Sequence[int]]
    """where each such character stands"""


@dataclass(frozen=True, slots=True)
class Template:
    """A fact that a rule gives, with `$names` still to be filled."""

    kind: FactKind
    slots: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rule's pattern over masked text."""

    regex: re.Pattern[str]
    slots: Mapping[str, frozenset[str]]
    """the types of each named slot"""
    words: Needs
    """sets of words of each of which what it fits holds at least one"""
    bits: tuple[int, ...]
    """sets of types, as bits, of each of which what it fits holds a mention (two where a set comes twice)"""
    opening: frozenset[str]
    """the characters of mentions and the words that it begins with; none where it can begin with something else"""
    named: tuple[tuple[str, str, frozenset[str]], ...] = ()
    """its slots: group, name, types"""
    said: bool = False
    """whether it has a group of that name"""
    holds: tuple[tuple[str, int], ...] = ()
    """the characters of which a match holds one, or so many, from where it begins on"""

    def fits(self, masked: Masked, words: Mapping[str, Sequence[int]] | None = None) -> list[re.Match[str]]:
        """Return the places where it fits a sentence, without overlaps; `words` says where words stand in it."""
        text, opening, at = masked.text, self.opening, masked.at
        if not opening or (words is None and not all(map(is_mention, opening))):
            return list(self.regex.finditer(text))
        places: Sequence[int]
        if len(opening) == 1:
            (sign,) = opening
            places = at.get(sign) or (words.get(sign, ()) if words else ())
        else:
            places = []
            for sign in opening:
                if sign in at:
                    places += at[sign]
                elif words and sign in words:
                    places += words[sign]
            if len(places) > 1:
                places = sorted(places)
        found: list[re.Match[str]] = []
        if not places:
            return found
        # what it needs doesn't stand before the place where it begins
        last = len(text)
        for signs, number in self.holds:
            if len(signs) == 1:
                last = min(last, at[signs][-number] if len(at.get(signs, ())) >= number else -1)
            else:
                last = min(last, max([at[sign][-1] for sign in signs if sign in at], default=-1))
            if last < places[0]:
                return found
        end = 0
        for place in places:
            if place > last:
                break
            if place >= end and (match := self.regex.match(text, place)):
                found.append(match)
                end = match.end()
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of saying something."""

    id: str
    patterns: tuple[Pattern, ...]
    say: tuple[Template, ...]
    allow: frozenset[str]
    only: frozenset[str]
    inherit: tuple[str, ...]
    pair: tuple[str, ...]
    """names of lists of which the first goes with the first, the second with the second ("respectively")"""
    unless: re.Pattern[str] | None
    """what a sentence must not hold"""
    where: re.Pattern[str] | None
    """what a sentence must hold besides, wherever it stands"""
    not_after: re.Pattern[str] | None
    """what must not stand right before the core of a match"""
    not_before: re.Pattern[str] | None
    """what must not stand right after it"""
    fallback: bool
    """speaks only of what no rule before it gave a fact of the same kind from"""
    default: bool
    """counts unless the document names another for it and says something else of this organisation"""
    head: bool
    """holds before any ADC is named too: it is of the one that the document is about"""
    under: re.Pattern[str] | None
    """what the heading above must hold"""
    scope: frozenset[str]
    """roles of the sentences it reads (`title`, `row`, …); empty: all"""
    examples: tuple[Mapping[str, Any], ...]
    counterexamples: tuple[str, ...]

    def reads(self, role: str, section: str) -> bool:
        """Whether it reads sentences of that role under that heading."""
        return (not self.scope or role in self.scope) and not (self.under and not self.under.search(section))


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fits: where in the masked text, and the mentions by name."""

    rule: Rule
    start: int
    end: int
    found: Mapping[str, tuple[Mention, ...]]
    texts: Mapping[str, str]
    """the words of each plain group"""
    core: tuple[int, int]
    """where its group `said` stands, the words that say the fact; the whole match where it has none"""


def mask(text: str, mentions: Sequence[Mention]) -> Masked:
    """Return the sentence with each of its mentions (in order, not overlapping) as one character."""
    parts: list[str] = []
    places: dict[int, Mention] = {}
    signs: dict[str, list[int]] = {}
    at = length = bits = twice = 0
    for mention in mentions:
        sign, start = SYMBOL[mention.type], mention.start
        parts += (text[at:start], sign)
        length += start - at
        places[length] = mention
        if sign in signs:
            signs[sign].append(length)
            twice |= _BIT[sign]
        else:
            signs[sign] = [length]
            bits |= _BIT[sign]
        length += 1
        at = mention.end
        if mention.start == mention.end:
            # one that is left out in the text
            parts.append(" ")
            length += 1
    parts.append(text[at:])
    return Masked("".join(parts), places, bits, twice, signs)


class Index:
    """Which patterns of which rules are worth trying on a sentence: those whose words and types of mention it holds.

    Sets of patterns are numbers, with a bit for each pattern.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Take the rules, in the order in which they are tried."""
        self.rules = rules
        self._listed = [(n, pattern) for n, rule in enumerate(rules) for pattern in rule.patterns]
        self._unless: list[Needs] = [
            tuple(c for c in (needs(rule.unless.pattern) if rule.unless else ()) if DIGIT not in c) for rule in rules
        ]
        """words of each of which a sentence holds one that a rule isn't read beside"""
        patterns = [pattern for _, pattern in self._listed]
        self._words = Words(
            word
            for conditions in (*(p.words for p in patterns), *self._unless)
            for words in conditions
            for word in words
        )
        self._words = Words([*self._words.words, *(w for p in patterns for w in p.opening if not is_mention(w))])
        self._all = (1 << len(patterns)) - 1
        self._levels: list[int] = [self._all] * max((len(p.words) + 1 for p in patterns), default=0)
        """the patterns that have no first condition, no second, …"""
        self._digits: list[tuple[int, int]] = []
        """the patterns of which a digit meets one, by its place"""
        self._met: list[dict[int, int]] = [{} for _ in self._words.words]
        """the same of each word"""
        self._asking: dict[tuple[int, bool], int] = {}
        """the patterns that need a mention of one of those types, or several"""
        self._typed: dict[tuple[int, int], int] = {}
        """the patterns for which a sentence with those types of mention, and several of those, will do"""
        self._reading: dict[str, int] = {}
        """the patterns that read sentences of that role"""
        self._framed = self._of(lambda rule: "frame" in rule.inherit)
        self._safe = self._of(lambda rule: all(template.kind == FactKind.SAFETY for template in rule.say))
        self._under: dict[int, int] = {}
        """the patterns of each rule that asks for a heading"""
        for number, (n, _) in enumerate(self._listed):
            if rules[n].under:
                self._under[n] = self._under.get(n, 0) | 1 << number
        number_of = {word: n for n, word in enumerate(self._words.words)}
        digits: dict[int, int] = {}
        for number, pattern in enumerate(patterns):
            bit = 1 << number
            for bits in set(pattern.bits):
                asked = bits, pattern.bits.count(bits) > 1
                self._asking[asked] = self._asking.get(asked, 0) | bit
            begun = (pattern.opening,) if pattern.opening and not any(map(is_mention, pattern.opening)) else ()
            for level, words in enumerate((*pattern.words, *begun)):
                self._levels[level] &= ~bit
                for word in words:
                    meets = digits if word == DIGIT else self._met[number_of[word]]
                    meets[level] = meets.get(level, 0) | bit
        self._digits = list(digits.items())

    def __reduce__(self) -> tuple[type[Index], tuple[Sequence[Rule]]]:
        return Index, (self.rules,)

    def _of(self, wanted: Callable[[Rule], bool]) -> int:
        """Return the patterns of rules of some kind."""
        return sum(1 << number for number, (n, _) in enumerate(self._listed) if wanted(self.rules[n]))

    def worth(self, masked: Masked) -> list[tuple[Rule, list[Pattern]]]:
        """Return the rules to try on a sentence, in order, with the patterns to try of each."""
        found: dict[int, list[Pattern]] = {}
        tried, _ = self._worth(masked.text, masked.bits, masked.twice)
        for number, (n, pattern) in enumerate(self._listed):
            if tried >> number & 1:
                found.setdefault(n, []).append(pattern)
        return [(self.rules[number], patterns) for number, patterns in found.items()]

    def may_tell(self, text: str, role: str, section: str, lacking: frozenset[str]) -> bool:
        """Whether a sentence holds the words of any pattern that does without mentions of these types."""
        without = ~sum(_BIT[SYMBOL[name]] for name in lacking)
        tried, _ = self._worth(text, without, without)
        return bool(tried) and bool(self._reads(tried, role, section))

    def find(
        self, masked: Masked, role: str, section: str, *, framed: bool = True, of_safety: bool = False
    ) -> list[Match]:
        """Return each place where a rule that reads sentences of that role under that heading fits a sentence.

        Args:
            framed: whether the sentence can go on with a trial that was told of.
            of_safety: whether rules that tell of adverse reactions alone read it.
        """
        tried, held = self._worth(masked.text, masked.bits, masked.twice)
        if tried and not framed:
            tried &= ~self._framed
        if tried and of_safety:
            tried &= self._safe
        if tried:
            tried = self._reads(tried, role, section)
        found: list[Match] = []
        if not tried:
            return found
        said = self._words.words
        plain = len(masked.text.lower()) == len(masked.text)
        words = {said[number]: places for number, places in held.items()} if plain else None
        listed, last, lost = self._listed, -1, False
        taken: set[tuple[int, ...]] = set()
        while tried:
            first = tried & -tried
            tried ^= first
            number, pattern = listed[first.bit_length() - 1]
            if number == last and lost:
                continue
            fitting = pattern.fits(masked, words)
            if not fitting:
                continue
            rule = self.rules[number]
            if number != last:
                last, taken = number, set()
                lost = bool(rule.where and not rule.where.search(masked.text)) or bool(
                    rule.unless
                    and (words is None or met(self._unless[number], words.keys()))
                    and rule.unless.search(masked.text)
                )
                if lost:
                    continue
            found += _read(rule, pattern, fitting, masked, taken)
        return found

    def _reads(self, tried: int, role: str, section: str) -> int:
        """Return those of some patterns whose rules read sentences of that role under that heading."""
        reading = self._reading.get(role)
        if reading is None:
            reading = self._reading[role] = self._of(lambda rule: not rule.scope or role in rule.scope)
        tried &= reading
        for number, bits in self._under.items():
            if tried & bits and not self.rules[number].reads(role, section):
                tried &= ~bits
        return tried

    def _worth(self, text: str, there: int, twice: int) -> tuple[int, dict[int, list[int]]]:
        """Return the patterns to try, and where the words that they need stand."""
        typed = self._typed.get((there, twice))
        if typed is None:
            typed = self._for_types(there, twice)
        if not typed:
            return 0, {}
        held = self._words.places(text)
        levels = self._levels.copy()
        for number in held:
            for level, patterns in self._met[number].items():
                levels[level] |= patterns
        if self._digits and HOLDS_DIGIT(text):
            for level, patterns in self._digits:
                levels[level] |= patterns
        for patterns in levels:
            typed &= patterns
        return typed, held

    def _for_types(self, there: int, twice: int) -> int:
        if len(self._typed) > 10_000:
            self._typed.clear()
        typed = self._all
        for (bits, several), patterns in self._asking.items():
            held = bits & there
            if not held or (several and not bits & twice and held.bit_count() < 2):
                typed &= ~patterns
        self._typed[there, twice] = typed
        return typed


def find(rule: Rule, masked: Masked) -> Iterator[Match]:
    """Yield each place where a rule's patterns fit a sentence; of patterns that fit at one place the first counts."""
    text = masked.text
    if (rule.where and not rule.where.search(text)) or (rule.unless and rule.unless.search(text)):
        return
    taken: set[tuple[int, ...]] = set()
    for pattern in rule.patterns:
        yield from _read(rule, pattern, pattern.fits(masked), masked, taken)


def _read(
    rule: Rule, pattern: Pattern, fitting: Sequence[re.Match[str]], masked: Masked, taken: set[tuple[int, ...]]
) -> Iterator[Match]:
    """Yield what a pattern found, but what is `taken` already."""
    mentions = masked.mentions
    for match in fitting:
        places: dict[str, list[int]] = {}
        for group, name, types in pattern.named:
            start, end = match.span(group)
            if end > start + 1:
                listed = [i for i in range(start, end) if i in mentions and mentions[i].type in types]
            elif end > start:
                listed = [start] if start in mentions and mentions[start].type in types else []
            else:
                continue
            if name in places:
                places[name] += listed
            else:
                places[name] = listed
        where: tuple[int, ...]
        if pattern.said and match.start("said") >= 0:
            where = core = match.span("said")  # of two readings of the same words the first counts
            if rule.not_after and rule.not_after.search(masked.text[max(0, core[0] - 80) : core[0]]):
                continue
            if rule.not_before and rule.not_before.match(masked.text, core[1]):
                continue
        else:
            core = match.span()
            where = tuple(sorted(i for listed in places.values() for i in listed)) or core
        if where in taken:
            continue
        taken.add(where)
        texts = (
            {name: said for name, said in match.groupdict().items() if said and name not in pattern.slots}
            if len(pattern.regex.groupindex) > len(pattern.slots)
            else {}
        )
        found = {name: tuple([mentions[i] for i in listed]) for name, listed in places.items()}
        yield Match(rule, *match.span(), found, texts, core)


def _spell(pattern: str, phrases: Mapping[str, str]) -> str:
    """Return a pattern with its `<phrases>` written out."""
    try:
        while (spelled := _PHRASE.sub(lambda m: f"(?:{' '.join(phrases[m[1]].split())})", pattern)) != pattern:
            pattern = spelled
    except KeyError as error:
        raise KnowledgeError(f"context.yaml has no phrase {error} for the pattern {pattern!r}") from error
    return pattern


def compile_pattern(pattern: str, phrases: Mapping[str, str] | None = None) -> Pattern:
    """Return a rule's pattern, compiled, its `<phrases>` spelled out.

    Raises:
        KnowledgeError: a slot's type or a phrase is unknown, a name is given twice, or the expression is malformed.
    """
    pattern = _spell(pattern, phrases or {})
    pattern = _NONE_OF.sub(
        lambda m: f"[^,;:{''.join(SYMBOL[w] for t in m[1].split('|') for w in (t, *_WIDER.get(t, ())))}]", pattern
    )
    parts: list[str] = []
    slots: dict[str, frozenset[str]] = {}
    last = stop_at = ""
    at = 0
    for token in _TOKEN.finditer(pattern):
        parts.append(pattern[at : token.start()])
        at = token.end()
        if token[4]:
            size, stop = {
                "..": (40, ";" + stop_at),
                "...": (120, ";" + stop_at),
                "....": (300, ""),
                ".....": (300, ";" + stop_at),
            }[token[4]]
            if token[4] != "....":
                stop += "".join(c for c in _STOPS if last and last[0] in _STOPS and c not in stop)
            parts.append(rf"(?!\w)[^\n{stop}]{{0,{size}}}?(?<!\w)")
            continue
        types = [t for named in token[1].split("|") for t in (named, *_WIDER.get(named, ()))]
        unknown = [t for t in types if t not in SYMBOL]
        if unknown:
            raise KnowledgeError(f"no mention is of the type {unknown[0]!r} in the pattern {pattern!r}")
        last = "".join(SYMBOL[t] for t in types)
        # "it comprises ... its": a pronoun is no new subject
        stop_at = "".join(SYMBOL[t] for t in types if t != "it") or last
        name = token[2] or types[0].replace("-", "_")
        if name in slots:  # once more, in another alternative
            name = f"{name}__{len(slots)}"
        slots[name] = frozenset(types)
        one = f"[{last}]"
        beside = _APPOSED if Kind.ADC in types else _UNKNOWN if Kind.REACTION in types else ""
        longest = _LONGEST.get(types[0], 12)
        between = _BETWEEN + (_FIRM if Kind.ORGANISATION in types else "")
        parts.append(
            f"(?P<{name}>{one}(?:{beside}{between}{one}){{0,{longest}}})" if token[3] else f"(?P<{name}>{one})"
        )
    parts.append(pattern[at:])
    if stray := re.search(r"\{[a-z]|\+\}|\$", "".join(parts)):
        raise KnowledgeError(
            f"{pattern[:60]!r}…: {stray.group()!r} begins no slot: write {{type}}, {{type:name}} or {{type:name+}}"
        )
    try:
        whole = "".join(parts)
        regex = re.compile(rf"(?<!\w)(?:{whole})(?!\w)", re.IGNORECASE)
    except re.error as error:
        raise KnowledgeError(f"the pattern {pattern!r} is malformed: {error}") from error
    conditions = needs(whole)
    bits = [sum(_BIT.get(symbol, 0) for symbol in c) for c in conditions if all(map(is_mention, c))]
    words = tuple(c for c in conditions if not any(map(is_mention, c)))
    named = tuple((group, group.partition("__")[0], types) for group, types in slots.items())
    begins = opening(whole)
    asked = [c for c in conditions if all(map(is_mention, c))]
    holds = {"".join(sorted(c)): asked.count(c) for c in asked if c != begins or asked.count(c) > 1}
    return Pattern(regex, slots, words, tuple(bits), begins, named, "said" in regex.groupindex, tuple(holds.items()))


def parse_rules(data: Sequence[Mapping[str, Any]], source: str, phrases: Mapping[str, str] | None = None) -> list[Rule]:
    """Return the rules of a parsed YAML file, written with these phrases.

    Raises:
        KnowledgeError: a rule lacks a part, has an unknown one, or its pattern is malformed.
    """
    rules = []
    for entry in data:
        name = f"{source}: {entry.get('id', 'a rule without id')}"
        unknown = set(entry) - {
            "id",
            "when",
            "say",
            "allow",
            "only",
            "inherit",
            "pair",
            "scope",
            "under",
            "unless",
            "where",
            "not_after",
            "not_before",
            "fallback",
            "default",
            "head",
            "examples",
            "but",
        }
        if unknown:
            raise KnowledgeError(f"{name}: unknown key {', '.join(sorted(unknown))}")
        try:
            whens = [entry["when"]] if isinstance(entry["when"], str) else entry["when"]
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
                    patterns=tuple(compile_pattern(" ".join(w.split()), phrases) for w in whens),
                    say=say,
                    allow=allow,
                    only=only,
                    inherit=tuple(entry.get("inherit", ())),
                    pair=tuple(entry.get("pair", ())),
                    unless=re.compile(_spell(entry["unless"], phrases or {}), re.IGNORECASE)
                    if "unless" in entry
                    else None,
                    where=compile_pattern(" ".join(entry["where"].split()), phrases).regex
                    if "where" in entry
                    else None,
                    not_after=re.compile(rf"(?<!\w)(?:{entry['not_after']})\W{{0,20}}$", re.IGNORECASE)
                    if "not_after" in entry
                    else None,
                    not_before=re.compile(rf"\W{{0,20}}(?:{entry['not_before']})(?!\w)", re.IGNORECASE)
                    if "not_before" in entry
                    else None,
                    fallback=bool(entry.get("fallback", False)),
                    default=bool(entry.get("default", False)),
                    head=bool(entry.get("head", False)),
                    under=re.compile(entry["under"], re.IGNORECASE) if "under" in entry else None,
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
