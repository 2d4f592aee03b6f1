"""What a text must hold for a regular expression to fit somewhere in it: read off the expression, so that most expressions
need not be tried on most sentences.

`needs` gives conditions of which each must be met, each a set of words of which the text holds at least one (in lower
case): "approv(?:ed|es) by" needs `approv` and ` by`, "(?:sold|marketed) by" one of `sold` and `marketed`. `DIGIT` stands
for any digit; a character of a mention (of the private use area) is a word of its own. Where the expression is of a kind
that isn't understood here, nothing is needed: then it is tried always.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set

import ahocorasick_rs

SHORTEST = 3
"""characters of a word that is worth looking for among thousands of others"""
MOST = 80
"""alternatives of one condition that are worth looking for"""
DIGIT = "\\d"
"""what a condition holds where any digit meets it"""
Needs = tuple[frozenset[str], ...]

_CLASSES = frozenset("wWsSDbBAZntrfv")
_PLAIN = frozenset("àáâäçèéêëíîïñóôöúûü")
"""letters beyond ASCII of which no other letter is a form"""
_QUANTIFIER = re.compile(r"(?:[*+?]|\{(\d*)(?:,(\d*))?\})\??")
_FLAGS = re.compile(r"\(\?[aiLmsux]+\)")
_OPENING = re.compile(r"\((?:\?(?:P<\w+>|P=\w+\)|:|=|!|<=|<!|[aiLmsux]*(?:-[imsx]+)?:|#))?")


def needs(pattern: str, shortest: int = SHORTEST) -> Needs:
    """Return what a text must hold for a pattern to fit in it, words of at least so many characters (where these are
    fewer than `SHORTEST`, signs like `%` too).

    >>> [sorted(condition) for condition in needs(r"(?:sold|marketed) (?:in .{0,9})?from (?=\\d)")]
    [['marketed', 'sold'], ['from '], ['\\\\d']]
    >>> needs(r"[a-z]+ o")
    ()
    """
    reader = _Reader(pattern, shortest)
    found, _ = reader.alternatives()
    # a character of a mention that is asked for twice is needed twice, a word once
    wanted = [c for c in found if _of_mentions(c)] + list(dict.fromkeys(c for c in found if not _of_mentions(c)))
    return tuple(wanted) if reader.at == len(pattern) else ()


def met(conditions: Needs, held: Set[str]) -> bool:
    """Return whether a text that holds these words meets all conditions."""
    for words in conditions:  # noqa: SIM110  # a generator takes three times as long
        if words.isdisjoint(held):
            return False
    return True


def opening(pattern: str) -> frozenset[str]:
    """Return the mentions and words with one of which all that a pattern fits begins; none where it can begin with
    something else.
    """
    reader = _Reader(pattern, SHORTEST)
    _, first = reader.alternatives()
    return first or frozenset() if reader.at == len(pattern) else frozenset()


def best(conditions: Iterable[frozenset[str]]) -> frozenset[str]:
    """Return that one of some conditions that narrows down most; none where there is none."""
    return min(conditions, key=_chance, default=frozenset())


_COMMON = frozenset(
    [
        *(
            "a",
            "an",
            "and",
            "are",
            "as",
            "at",
            "be",
            "been",
            "by",
            "for",
            "from",
            "had",
            "has",
            "have",
            "in",
            "is",
            "it",
        ),
        *("its", "not", "of", "on", "or", "that", "the", "their", "this", "to", "was", "were", "which", "will", "with"),
    ]
)
"""words that most sentences hold"""


def _chance(words: frozenset[str]) -> float:
    """About how often a sentence meets a condition: seldom where it is of few and long words."""
    chance = 0.0
    for word in map(str.strip, words):
        if word == DIGIT or word in _COMMON:
            chance += 0.6
        else:
            chance += 0.6 ** len(word) if word.isalnum() or len(word) > 1 else 0.15
    return chance


def is_mention(word: str) -> bool:
    """Whether a word is the character that stands for a mention."""
    return len(word) == 1 and "\ue000" <= word <= "\uf8ff"


_Found = list[frozenset[str]]
_First = frozenset[str] | None
"""The mentions and words that something begins with; None where it can begin with something else."""
_NOWHERE: frozenset[str] = frozenset()
"""What something begins with that takes no place: the next thing begins in its stead."""


class _Reader:
    """Reads a regular expression from left to right."""

    def __init__(self, pattern: str, shortest: int) -> None:
        self.pattern = pattern
        self.shortest = shortest
        self.at = 0

    def alternatives(self) -> tuple[_Found, _First]:
        """Read as far as the end of the group, and return what all its alternatives together need and begin with."""
        each: list[tuple[_Found, _First, str]] = [self._sequence()]
        while self.at < len(self.pattern) and self.pattern[self.at] == "|":
            self.at += 1
            each.append(self._sequence())
        if len(each) == 1:
            return each[0][:2]
        found: _Found = []
        for mentions in (False, True):
            # of each alternative the condition that narrows down most, words and mentions apart
            chosen = [best(c for c in conditions if _of_mentions(c) is mentions) for conditions, _, _ in each]
            if not mentions and any(chosen):  # two letters will do beside longer words: "approved|OK'd"
                chosen = [c or frozenset({short} - {""}) for c, (_, _, short) in zip(chosen, each, strict=True)]
            union = frozenset[str]().union(*chosen)
            if all(chosen) and len(union) <= MOST:
                found.append(union)
        if all({DIGIT} in conditions for conditions, _, _ in each):
            found.append(frozenset({DIGIT}))
        firsts = [first for _, first, _ in each if first]
        return found, frozenset[str]().union(*firsts) if len(firsts) == len(each) else None

    def _sequence(self) -> tuple[_Found, _First, str]:
        """Read one alternative: what it needs, what it begins with, and two letters that will do where others need more."""
        found: _Found = []
        run = short = lead = ""
        first: _First = _NOWHERE
        begun = False
        """whether something has been read that takes a place and isn't left out"""
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            word, conditions, begins = self._item()
            low, high = self._times()
            if first is None or begun:
                pass
            elif word and low:
                lead += word
                begun = high > 1
            elif lead:
                begun = True
            elif begins is None:
                first = None
            elif begins:
                first |= begins
                begun = low > 0
            if word and low:
                run += word
                if high == 1:
                    continue
            ended = self._end(run, found)
            short, run = short or ended, ""
            if low:
                found += conditions
        ended = self._end(run, found)
        if first is not None and lead:
            first = first | {lead} if len(lead) >= SHORTEST and lead.strip() else None
        elif first and not begun:
            first = None  # all of it can be left out
        return found, first, short or ended

    def _end(self, run: str, found: _Found) -> str:
        """Add the letters that have been read one after the other, or return them where they are only two."""
        size = len(run.strip())
        if size >= self.shortest or (size and self.shortest < SHORTEST and not run.strip()[0].isalnum()):
            found.append(frozenset({run}))
        elif run.isdecimal():
            found.append(frozenset({DIGIT}))
        elif size == 2 and run.strip() not in _COMMON:
            return run
        return ""

    def _times(self) -> tuple[int, int]:
        match = _QUANTIFIER.match(self.pattern, self.at)
        if not match or (match[0][0] == "{" and not (match[1] or match[2])):
            return 1, 1
        self.at = match.end()
        return (1 if match[0][0] == "+" else int(match[1] or 0) if match[0][0] == "{" else 0), 99

    def _item(self) -> tuple[str, _Found, _First]:
        """Read one character, class or group: the letter that it is, what it needs, and what it begins with."""
        sign = self.pattern[self.at]
        if sign == "(":
            return "", *self._group()
        if sign == "[":
            return "", *self._class()
        self.at += 1
        if sign == "\\":
            escaped = self.pattern[self.at]
            self.at += 1
            if escaped == "d":
                return "", [frozenset({DIGIT})], None
            if escaped.isalnum():
                if escaped not in _CLASSES:
                    self._give_up()
                return "", [], _NOWHERE if escaped in "bBAZ" else None
            return escaped, [], None
        if sign in "^$.":
            return "", [], None if sign == "." else _NOWHERE
        if is_mention(sign):
            return "", [frozenset({sign})], frozenset({sign})
        return (sign.lower() if sign.isascii() or sign in _PLAIN else ""), [], None

    def _group(self) -> tuple[_Found, _First]:
        if flags := _FLAGS.match(self.pattern, self.at):
            self.at = flags.end()
            return [], _NOWHERE
        lead = _OPENING.match(self.pattern, self.at)
        if lead is None or lead[0].endswith(("#", ")")) or (lead[0] == "(" and self.pattern[self.at + 1] == "?"):
            self._give_up()
            return [], None
        self.at = lead.end()
        found, first = self.alternatives()
        if self.at >= len(self.pattern):
            self._give_up()
            return [], None
        self.at += 1
        around = lead[0] in ("(?=", "(?!", "(?<=", "(?<!")
        if around:  # a mention that is looked at here can be one that is read elsewhere
            found = [] if lead[0] in ("(?!", "(?<!") else [c for c in found if not _of_mentions(c)]
        return found, _NOWHERE if around else first or None

    def _give_up(self) -> None:
        """Read no more of what isn't understood here."""
        self.at = len(self.pattern) + 1

    def _class(self) -> tuple[_Found, _First]:
        """Read a class of characters: what is needed where it holds nothing but mentions, or nothing but digits."""
        at = self.at + 1
        negated = self.pattern[at] == "^"
        at += negated
        begun = at
        members: list[str] = []
        while self.pattern[at] != "]" or at == begun:
            size = 2 if self.pattern[at] == "\\" else 1
            members.append(self.pattern[at : at + size])
            at += size
        self.at = at + 1
        if negated:
            return [], None
        if all(map(is_mention, members)):
            return [frozenset(members)], frozenset(members)
        if re.fullmatch(r"(?:\d-\d|\d|\\d)+", "".join(members)):
            return [frozenset({DIGIT})], None
        signs = [member[-1] for member in members]
        if (
            self.shortest < SHORTEST
            and len(signs) < 5
            and not any(s.isalnum() or s.isspace() or s == "-" for s in signs)
        ):
            return [frozenset(signs)], None
        return [], None


def _of_mentions(condition: frozenset[str]) -> bool:
    return all(map(is_mention, condition))


_DIGIT = re.compile(r"\d")
HOLDS_DIGIT = _DIGIT.search


class Guarded:
    """A regular expression that is tried only on texts that hold what it needs."""

    def __init__(self, pattern: str, flags: re.RegexFlag | int = 0) -> None:
        self.regex = re.compile(pattern, flags)
        conditions = needs(pattern, 2)
        self._digit = any(condition == {DIGIT} for condition in conditions)
        self._needed = tuple(c for c in sorted(conditions, key=len) if DIGIT not in c)
        self._words = tuple(tuple(sorted(c)) for c in self._needed)
        _GUARDS.take(self._needed)

    @property
    def pattern(self) -> str:
        """The expression."""
        return self.regex.pattern

    def __reduce__(self) -> tuple[type[Guarded], tuple[str, int]]:
        return Guarded, (self.regex.pattern, self.regex.flags)

    def may_fit(self, text: str) -> bool:
        """Whether a text holds what it needs."""
        if len(text) < _LONG:
            held = _GUARDS.held.get(text)
            if held is None:
                held = _GUARDS.hold(text)
            for words in self._needed:
                if words.isdisjoint(held):
                    return False
        else:
            lower = text.lower()
            for alternatives in self._words:
                for word in alternatives:
                    if word in lower:
                        break
                else:
                    return False
        return not self._digit or _DIGIT.search(text) is not None

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first place where it fits."""
        return self.regex.search(text) if self.may_fit(text) else None

    def finditer(self, text: str) -> Iterable[re.Match[str]]:
        """Return all places where it fits, without overlaps."""
        return self.regex.finditer(text) if self.may_fit(text) else ()


class Words:
    """Which of many words texts hold."""

    def __init__(self, words: Iterable[str]) -> None:
        """Take the words, in lower case."""
        self.words = sorted({word for word in words if word != DIGIT})
        self._automaton: ahocorasick_rs.AhoCorasick | None = None

    def __reduce__(self) -> tuple[type[Words], tuple[Sequence[str]]]:
        return Words, (self.words,)

    def places(self, text: str) -> dict[int, list[int]]:
        """Return where each of the words that a text holds stands in it (in lower case), by its number in `words`."""
        if self._automaton is None:
            self._automaton = ahocorasick_rs.AhoCorasick(self.words, matchkind=ahocorasick_rs.MatchKind.Standard)
        found: dict[int, list[int]] = {}
        for number, start, _ in self._automaton.find_matches_as_indexes(text.lower(), overlapping=True):
            if number in found:
                found[number].append(start)
            else:
                found[number] = [start]
        return found

    def held_by(self, text: str) -> set[str]:
        """Return those of the words that a text holds, and `DIGIT` where it holds a digit."""
        if self._automaton is None:
            self._automaton = ahocorasick_rs.AhoCorasick(self.words, matchkind=ahocorasick_rs.MatchKind.Standard)
        held = set(self._automaton.find_matches_as_strings(text.lower(), overlapping=True))
        if _DIGIT.search(text):
            held.add(DIGIT)
        return held


_LONG = 5000
"""characters of a text that is no sentence: all that it holds isn't worth finding"""
_KEPT = 512
"""sentences of which is kept what they hold"""


class _Guards:
    """The words that guarded expressions need, looked for in a sentence all at once."""

    def __init__(self) -> None:
        self.held: dict[str, set[str]] = {}
        """those that each of the sentences read last holds"""
        self._all: set[str] = set()
        self._words: Words | None = None

    def take(self, conditions: Needs) -> None:
        """Take what one more expression needs."""
        words = frozenset[str]().union(*conditions)
        if not words <= self._all:
            self._all |= words
            self._words = None
            self.held.clear()

    def hold(self, text: str) -> set[str]:
        """Find what a sentence holds."""
        if self._words is None:
            self._words = Words(self._all)
        if len(self.held) >= _KEPT:
            self.held.clear()
        held = self.held[text] = self._words.held_by(text)
        return held


_GUARDS = _Guards()
