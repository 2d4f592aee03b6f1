"""The names that a document introduces, over those of the vocabulary: companies, codes of ADCs and antibodies, trials,
abbreviations, brands; known by their form, or because the document says what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adckg.anchors import Guarded
from adckg.errors import KnowledgeError
from adckg.model import Entity, Kind, Mention, PartialDate
from adckg.names import slug
from adckg.values import find_values
from adckg.vocabulary import Vocabulary, fold

_ELLIPSIS = re.compile(
    r"(?:^|[ (])((?:(?!(?:and|or) )[\w-]+(?: (?!(?:and|or) )[\w-]+)?(?:, (?:and |or )?| and | or |/)){1,40})$"
)
_INSTITUTE_OF = re.compile(
    r"\b(?:Department|Division|Institute|Cent(?:er|re)|Section|Chair|Director) (?:of|for) "
    r"(?:(?:[A-Z][\w-]+|and|&),? ){0,4}$"
)
_INSTITUTE = re.compile(
    r"(?:,? (?:and|&) [A-Z]\w+)?(?: [A-Z]\w+)? (?:Society|Cent(?:er|re)|Institute|Foundation|Alliance"
    r"|Department|Division"
    r"|Unit|Network|Consortium|Association|Service|Hospital|Program Director)\b"
)
_COUNTED = re.compile(
    r"(?:[(,;] ?|\band )(?:n ?= ?)?\d{1,3} (?!(?:other|patient|month|week|year|site)s?\b)"
    r"([a-z][\w-]+(?: [a-z][\w-]+)?)(?= ?\[[A-Z]+\]| ?[,;)]| and )"
)
_HEAD = re.compile(r"\b(cancer|carcinoma|tumou?r|lymphoma|leuk[ae]+mia)s?$", re.IGNORECASE)
_PAIR = re.compile(r"(?<![\w-])([A-Zc][\w-]{1,9}?)[x×]([A-Zc][\w-]{1,9})(?![\w])")
_SLASH = re.compile(r" ?[/×] ?| x ")
_IN_WORD = re.compile(r"\w")
_STUDY = Guarded("study|trial", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"]+")
PARENTHESIS = re.compile(r" ?\(([^()]{2,120})\)")
_ALIAS_LEAD = re.compile(
    r"^(?:(?:hereafter|hereinafter|code ?name[d:]?|brand name|generic name|aka|a\.k\.a\.|trade ?name:?)"
    r"|(?:also|formerly|previously|now|or)?,? ?"
    r"(?:known|referred to|called|designated|named|marketed|sold|abbreviated)?(?: as)?)\s*[:,]?\s*",
    re.IGNORECASE,
)
_CUT = 4
"""letters that what is cut off a name has at least"""
_LOWER = re.compile(r"(?<![\w-])[a-z]{4,}(?![\w-])")
_SHORT_NAME = re.compile(r"[A-Za-zα-ω0-9][\wα-ω-]{1,24}(?: [A-Za-z0-9][\w-]{0,14})?")
_BRAND = re.compile(r"[A-Z][a-z]{3,12}|[A-Z]{4,13}")
_NO_BRAND = re.compile(
    r"(?:phase|placebo|cohort|arm|part|group|monotherapy|combination|investigational|experimental|abstract|poster|oral|drug|biological|adc|"
    r"antibody|conjugate|candidate|study|trial|table|figure|grade|continued|intravenous|infusion|company|now|then|see|with|and|the|both|for|"
    r"dose|week|cycle|day|new|data|treatment|control|group|approved|nasdaq|nyse|hkex|product|program|programme|compound)s?",
    re.IGNORECASE,
)
_INTRODUCES = Guarded(
    r"\(|known as|called|named|formerly|previously|referred to|marketed|sold as|for short|designated|, or |code"
)
_CALLED = re.compile(
    r"(?:,| -)? \(?(?:which )?(?:(?:(?:is|was)(?: now| also| formerly| previously)?"
    r"|also|now|formerly|previously|better|otherwise|hereafter|subsequently|and|or)(?: also)? ){0,2}"
    r"(?:known|referred to|called|designated|named|marketed|sold|abbreviated|formerly|previously|code ?named)"
    r"(?: [^,;()]{2,30}?)?(?: as)?(?: under the (?:brand |trade ?)?name)?[ :]+\"?(?P<name>[\w-]+)\b"
    r"|, or \"?(?P<short>[\w-]+)\"?(?: for short|,)"
)


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms by which unlisted names are known, and the expressions that stand for others (context.yaml)."""

    anaphora: Guarded
    not_before: re.Pattern[str]
    it: re.Pattern[str]
    publisher: re.Pattern[str]
    parties: Guarded
    partner: Guarded
    code: re.Pattern[str]
    introduced: re.Pattern[str]
    """a code that is called an ADC"""
    composed: re.Pattern[str]
    """a code with the words for an antibody and what that is joined to"""
    conjugate: Guarded
    targeted: re.Pattern[str]
    """what follows a target in the words for an ADC without a name ("a CD123-targeting ADC")"""
    aimed: re.Pattern[str]
    """such words before the target ("an ADC targeting CD123")"""
    one: re.Pattern[str]
    """what stands before such words"""
    inn: Guarded
    stems: tuple[str, ...]
    """what the first words of ADCs' generic names end in"""
    whole: frozenset[str]
    """words of their own with which such names begin"""
    armed: Guarded
    """an antibody's name with its payload's ("huXYZ-DM1")"""
    company: re.Pattern[str]
    company_hint: Guarded
    antibody: re.Pattern[str]
    technology: re.Pattern[str]
    trial: Guarded
    drug: Guarded
    """a drug or (group `mab`) an antibody by the stem of its generic name"""
    trial_title: re.Pattern[str]
    """a study's title with its name in parentheses at the end"""


def parse_forms(data: Mapping[str, Any], vocabulary: Vocabulary, source: str) -> Forms:
    """Return the forms of a parsed context.yaml.

    Raises:
        KnowledgeError: one is missing or malformed.
    """
    try:
        names, anaphora = data["names"], data["anaphora"]
        code, conjugate = names["code"], names["conjugate"]
        words = "|".join(sorted(word.word for word in vocabulary.name_words)) or "(?!)"
        called, beside = rf"(?:{code})", r"(?: ?\([^()]*\))?"
        loose = rf"(?:{conjugate}|conjugates?(?! vaccine))"
        not_adc = rf"(?!s?[- ](?:{names['not_adc']}))\b"
        return Forms(
            anaphora=Guarded(rf"\b(?:{anaphora['adc'].strip()})(?!\w)", re.IGNORECASE),
            not_before=re.compile(anaphora["adc_not_before"].strip(), re.IGNORECASE),
            it=re.compile(rf"\b(?:{anaphora['it']})\b", re.IGNORECASE),
            publisher=re.compile(rf"\b(?:{anaphora['publisher']})\b", re.IGNORECASE),
            parties=Guarded(rf"\b(?:{anaphora['parties']})\b", re.IGNORECASE),
            partner=Guarded(names["partner"]),
            code=re.compile(rf"(?<![\w-]){called}(?![\w-])"),
            introduced=re.compile(
                # "XYZ-101, a novel CD70-targeting ADC", "XYZ-101 is our lead ADC", but not "XYZ-101, the ADC ABC-2"
                rf"(?<![\w-])(?P<a>{called}){beside},? ?"
                r"(?:\(|(?:which |that )?(?:is|was|being|as)\b|-|:)? ?"
                r"(?:(?:now|also|currently|designed as|being developed as) )?"
                rf"(?:(?:an?|the|its|our|their|another|{names['possessive']}) )?"
                rf"(?P<words>(?:(?!(?:{names['linking']})\b)[\w/+.αβγ-]+,? ){{0,9}}?)"
                rf"(?i:{loose}){not_adc}(?! {called}(?![\w-]))"
                # "the ADC candidates XYZ-101 and XYZ-102", "an ADC targeting CD70, XYZ-101"
                rf"|\b(?i:{loose}){beside}"
                r"(?: (?:[a-z-]+ )??(?:drugs?|candidates?|programmes?"
                r"|programs?|products?|compounds?|therapy|therapies))?"
                rf"(?: (?:targeting|against|directed (?:at|against|to)) [\w/-]+{beside})?"
                r"(?:,|:| called| named| designated| such as| including)? "
                rf"(?P<b>{called}(?:{beside}(?:, and |, | and ){called}){{0,5}})(?![\w-])"
                # "XYZ-101 and XYZ-102, two ADCs"
                rf"|(?<![\w-])(?P<c>{called}(?:, and |, | and ){called}),"
                rf" (?:both|two|our|its|the company's) (?:[\w-]+ ){{0,4}}?(?i:{loose})\b"
                # "an ADC (XYZ-101)"
                rf"|\b(?i:{loose})(?: \(ADCs?\))? \((?P<d>{called})\)"
            ),
            composed=re.compile(rf"(?<![\w-])(?P<e>{called}){beside},? (?:{names['composed'].strip()})"),
            conjugate=Guarded(rf"\b(?:{conjugate})\b", re.IGNORECASE),
            targeted=re.compile(
                r"(?:[- ](?:targeting|targeted|directed|specific|binding))?,? (?:[\w-]+ ){0,3}?"
                rf"(?P<adc>{loose}){not_adc}",
                re.IGNORECASE,
            ),
            one=re.compile(
                rf"\b(?:an?|its|our|their|the|{names['possessive']}) (?:[\w/-]+,? ){{0,5}}?(?:anti-)?$", re.IGNORECASE
            ),
            aimed=re.compile(
                rf"\b(?:an?|its|our|their|the|{names['possessive']}) (?:[\w/-]+,? ){{0,5}}?"
                rf"(?P<adc>{loose})(?: \(ADC\))?,? "
                r"(?:(?:which|that) )?(?:is |was )?(?:designed to |currently )?"
                r"(?:targeting|targets?|directed (?:at|against|to|towards?)|against"
                r"|(?:aimed|aims|aiming) at|goes (?:for|after)|that seeks|to|binding(?: to)?|binds(?: to)?) (?:the )?(?:human )?$",
                re.IGNORECASE,
            ),
            inn=Guarded(
                rf"\b(?:[a-z]+-)?[a-z]{{3,}}(?:{names['antibody_stem']}) "
                rf"(?:{words}|(?!{names['not_word']}\b)[a-z]{{2,10}}(?:{names['word_stem']}))(?:-[a-z]{{4}})?\b",
                re.IGNORECASE,
            ),
            stems=tuple(names["antibody_stem"].split("|")),
            whole=frozenset(names["whole_word"].split("|")),
            armed=Guarded(rf"(?<![\w-])(?:{names['armed'].strip()})(?![\w-])"),
            company=re.compile(names["company"].strip()),
            technology=re.compile(rf"(?<![\w-])(?:{names['technology'].strip()})(?!\w)"),
            company_hint=Guarded(names["company_hint"]),
            antibody=re.compile(
                rf"(?<![\w-])(?P<name>{names['antibody']}){beside},? (?:is )?(?:an?|the) "
                r"(?:[\w-]+ ){0,5}?(?:antibody|mAb)(?![- ]drug)\b"
            ),
            trial=Guarded(
                rf"(?<![\w-])(?P<a>{names['trial']})(?:{names['trial_before'].strip()})"
                rf"|(?:{names['trial_after']})(?P<b>{names['trial']})(?![\w-])"
                rf"|(?<![\w-])(?P<c>{names['trial_sure'].strip()})(?![\w-])"
            ),
            drug=Guarded(rf"(?<![\w-])(?:(?P<mab>{names['mab']})|(?:{names['drug'].strip()}))(?![\w-])"),
            trial_title=re.compile(rf"(?=[^.]*\b(?i:study|trial)\b)[^.]*\((?P<name>{names['trial']})\)\W*"),
        )
    except (KeyError, TypeError, AttributeError, re.error) as error:
        raise KnowledgeError(f"{source}: {error!r}") from error


@dataclass(slots=True)
class Names:
    """The names that one document introduces, over those of the vocabulary."""

    vocabulary: Vocabulary
    forms: Forms
    local: dict[str, Entity] = field(default_factory=dict)
    """by the name as it is written"""
    starts: re.Pattern[str] | None = None
    """where one of them may begin"""
    by_start: dict[str, list[str]] = field(default_factory=dict)
    """the names by their first character, the longest first"""
    today: PartialDate | None = None
    """the document's date"""
    told: PartialDate | None = None
    """the date that its paragraph told last"""
    year: int | None = None
    """the year under which its paragraph stands"""
    medical: bool = True
    """whether "ADC" is an antibody-drug conjugate here, not a converter or a coefficient"""
    conjugates: bool = False
    """whether the document speaks of ADCs, so that a "conjugate" is one"""
    text: str = ""
    """the document's text"""
    same: dict[Entity, Entity] = field(default_factory=dict)
    """ADCs known by their form that turned out to be another"""
    _listed: dict[str, list[Mention]] = field(default_factory=dict)
    """what was found of the vocabulary, by the text"""
    _common: frozenset[str] | None = None
    _tested: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """where trials were found, by the text"""

    def common(self) -> frozenset[str]:
        """Return the document's words in lower case: none of them is a brand."""
        if self._common is None:
            self._common = frozenset(_LOWER.findall(self.text))
        return self._common

    def add(self, name: str, entity: Entity) -> None:
        """Let a name stand for an entity in this document, unless it stands for something already."""
        if fold(name)[0] and self.vocabulary.find(name) is None:
            known = self.local.setdefault(name, entity)
            if known.kind == Kind.TRIAL and entity.kind == Kind.ADC:
                self.local[name] = entity  # "an ADC called XYZ-101" names no trial
            if (begun := self.by_start.get(name[0])) is None:
                begun = self.by_start[name[0]] = []
                self.starts = re.compile(rf"(?<![\w-])[{''.join(map(re.escape, self.by_start))}]")
            if name not in begun:
                begun.append(name)
                begun.sort(key=len, reverse=True)

    def let(self, name: str, entity: Entity) -> None:
        """Let a name stand for an entity, and be one with it whatever ADC it was taken for."""
        known = self.local.get(name)
        if known is not None and known.kind == entity.kind == Kind.ADC:
            self.unify(entity, known)
        self.add(name, entity)

    def unify(self, one: Entity, other: Entity) -> None:
        """Let two ADCs be one, unless the vocabulary tells them apart; its name wins, else an INN over a code."""
        listed = [(Kind.ADC, e.slug) in self.vocabulary.rows for e in (one, other)]
        if one == other or all(listed):
            return
        keep, drop = (one, other) if listed[0] or (not listed[1] and " " in one.label) else (other, one)
        self.same[drop] = keep
        for name, entity in self.local.items():
            if entity == drop:
                self.local[name] = keep

    def find(self, text: str) -> list[Mention]:
        """Return the mentions in a cleaned text, in order, without overlaps; a name wins over a value."""
        names = self.named(text)
        for start, end in self.trials(text):
            if not any(m.start < end and start < m.end for m in names):
                entity = Entity(Kind.TRIAL, slug(text[start:end]), text[start:end])
                names = _without_overlaps([Mention(start, end, Kind.TRIAL, (entity,)), *names])
        for match in self.forms.drug.finditer(text):
            if not any(m.start < match.end() and match.start() < m.end for m in names):
                kind = Kind.ANTIBODY if match["mab"] else Kind.DRUG
                names.append(Mention(*match.span(), kind, (Entity(kind, slug(match.group()), match.group().lower()),)))
        names = sorted([*names, *self._elliptic(text, sorted(names))])
        names = [m for m in names if m.type != Kind.CONDITION or not _is_of_institute(text, m)]
        if "/" in text or "x" in text or "×" in text:
            names = self._paired(text, names)
        covered = bytearray(len(text))
        for m in names:
            covered[m.start : m.end] = b"\x01" * (m.end - m.start)
        found = list(names)
        for value in find_values(text, self.today, self.told, self.year):
            if not any(covered[value.start : value.end]):
                found.append(Mention(value.start, value.end, value.type, value.values))
                covered[value.start : value.end] = b"\x01" * (value.end - value.start)
        return sorted(found)

    def named(self, text: str) -> list[Mention]:
        """Return the names in a cleaned text: of the vocabulary, of the document, or an ADC's by their form."""
        names = list(self._of_vocabulary(text))
        links = [m.span() for m in _LINK.finditer(text)] if "://" in text or "www." in text else []
        if "$" in text or "dollars" in text:
            # "US$200 million", "ten million US dollars" speak of no region
            names = [m for m in names if text[m.end : m.end + 1] != "$" and text[m.end : m.end + 8] != " dollars"]
        if self.starts:
            names = _without_overlaps([*names, *self._of_document(text, self.starts)])
        for match in self.forms.armed.finditer(text) if self.medical else ():
            if not any(m.type == Kind.ADC and m.start < match.end() and match.start() < m.end for m in names):
                entity = Entity(Kind.ADC, slug(match.group()), match.group())
                names = _without_overlaps([Mention(match.start(), match.end(), Kind.ADC, (entity,)), *names])
        for match in self.forms.inn.finditer(text):
            if not any(m.type == Kind.ADC and m.start < match.end() and match.start() < m.end for m in names):
                entity = self._inn(match.group())
                names = _without_overlaps([Mention(match.start(), match.end(), Kind.ADC, (entity,)), *names])
        # the words of an address say nothing
        return [m for m in names if not any(a < m.end and m.start < b for a, b in links)] if links else names

    def _of_document(self, text: str, starts: re.Pattern[str]) -> Iterator[Mention]:
        """Yield the names in a cleaned text that the document introduces."""
        at = 0
        for begun in starts.finditer(text):
            start = begun.start()
            if start < at:
                continue
            for name in self.by_start[text[start]]:
                at_end = start + len(name)
                if text.startswith(name, start) and not _IN_WORD.match(text, at_end):
                    at = at_end
                    yield Mention(start, at, self.local[name].kind, (self.local[name],))
                    break

    def _of_vocabulary(self, text: str) -> list[Mention]:
        """Return the names in a cleaned text that the vocabulary holds."""
        if (names := self._listed.get(text)) is None:
            names = [Mention(h.start, h.end, h.entities[0].kind, (h.entities[0],)) for h in self.vocabulary.hits(text)]
            self._listed[text] = names
        return names

    def trials(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return where trials stand whose names are known by their form."""
        if (found := self._tested.get(text)) is None:
            found = self._tested[text] = tuple(_trials(text, self.forms))
        return found

    def shorten(self) -> None:
        """Let a word that is cut off an ADC's name stand for it: "pola" where polatuzumab vedotin is spoken of."""
        words = set(self.text.split())
        cut = {
            short
            for first in words
            if first.endswith(self.forms.stems)
            for size in range(_CUT, len(first) - 3)
            if (short := first[:size].lower()) in words and short not in self.forms.whole
        }
        for match in self.forms.inn.finditer(self.text) if cut else ():
            for short in cut:
                if match.group().lower().startswith(short):
                    self.add(short, self._inn(" ".join(match.group().split())))

    def _inn(self, name: str) -> Entity:
        """Return the ADC of a name whose second word says that it is one; a US suffix belongs to the same product."""
        plain = re.sub(r"(?<=\w)-[a-z]{4}$", "", name.lower())
        known = self.vocabulary.find(plain, Kind.ADC) or self.vocabulary.find(
            re.sub(r"^[a-z]{2,4}-", "", plain), Kind.ADC
        )
        entity = known or self.local.get(plain) or Entity(Kind.ADC, slug(plain), plain)
        return self.same.get(entity, entity)

    def _paired(self, text: str, names: list[Mention]) -> list[Mention]:
        """Return the mentions with two targets of one antibody as one mention: "EGFRxHER3", "B7-H3/PTK7"."""
        for match in _PAIR.finditer(text):
            both = [self.vocabulary.find(match[i], Kind.TARGET) for i in (1, 2)]
            if both[0] and both[1] and not any(m.start < match.end() and match.start() < m.end for m in names):
                names = sorted([*names, Mention(*match.span(), Kind.TARGET, (both[0], both[1]))])
        paired: list[Mention] = []
        for mention in names:
            last = paired[-1] if paired else None
            if last and last.type == mention.type == Kind.TARGET and _SLASH.fullmatch(text[last.end : mention.start]):
                values = tuple(dict.fromkeys((*last.values, *mention.values)))
                paired[-1] = Mention(last.start, mention.end, Kind.TARGET, values)
            else:
                paired.append(mention)
        return paired

    def _elliptic(self, text: str, names: Sequence[Mention]) -> Iterator[Mention]:
        """Yield the diseases that share a last word, "ovarian, endometrial and lung cancers", or leave it out in a
        count of patients, "(5 colon, 2 gastric, 3 others)".
        """
        for match in _COUNTED.finditer(text):
            entity = self.vocabulary.find(f"{match[1].split(' ')[-1]} cancer", Kind.CONDITION)
            if entity and not any(m.start < match.end(1) and match.start(1) < m.end for m in names):
                yield Mention(*match.span(1), Kind.CONDITION, (entity,))
        for mention in names:
            if mention.type != Kind.CONDITION:
                continue
            head = _HEAD.search(text[mention.start : mention.end])
            lead = text[max(0, mention.start - 80) : mention.start]
            before = _ELLIPSIS.search(lead) if head and lead.endswith((", ", "and ", "or ", "/")) else None
            if not head or not before:
                continue
            at = mention.start - len(before[1])
            for piece in re.finditer(r"[^,/]+?(?=, | and | or |/)", before[1]):
                words = re.sub(r"^(?:and|or) ", "", piece.group().strip())
                for tail in (words, words.split(" ")[-1]):
                    entity = self.vocabulary.find(f"{tail} {head[1]}", Kind.CONDITION)
                    place = before[1].find(tail, piece.start()) + at
                    if entity and not any(m.start < place + len(tail) and place < m.end for m in names):
                        yield Mention(place, place + len(tail), Kind.CONDITION, (entity,))
                        break


def _is_of_institute(text: str, mention: Mention) -> bool:
    """Whether a disease is part of an institute's name: "the Department of Leukemia", "the American Cancer Society"."""
    before, after = text[max(0, mention.start - 60) : mention.start], text[mention.end : mention.end + 40]
    return text[mention.start].isupper() and bool(_INSTITUTE_OF.search(before) or _INSTITUTE.match(after))


def _without_overlaps(mentions: list[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if kept and mention.start < kept[-1].end:
            if mention.end - mention.start > kept[-1].end - kept[-1].start:
                kept[-1] = mention
            continue
        kept.append(mention)
    return kept


def _trials(text: str, forms: Forms) -> Iterator[tuple[int, int]]:
    """Yield where trials stand whose names are known by their form."""
    for match in forms.trial.finditer(text):
        yield match.span(match.lastgroup or 0)
    titled = text.rstrip().endswith(")") and len(text) < 500 and _STUDY.search(text)
    title = forms.trial_title.fullmatch(text) if titled else None
    if title:
        # not what is an abbreviation of the words before it
        initials = "".join(word[0] for word in re.findall(r"\w+", text[: title.start("name")]))
        if not initials.lower().endswith(title["name"].lower()):
            yield title.span("name")


def learn(text: str, names: Names) -> None:
    """Add the names that a sentence introduces: companies, codes of ADCs and antibodies, abbreviations, brands."""
    forms = names.forms
    for start, end in names.trials(text):
        name = text[start:end]
        if len(re.findall("[A-Z0-9]", name)) > 3 and names.vocabulary.find(name) is None:
            names.add(name, Entity(Kind.TRIAL, slug(name), name))
    if forms.company_hint.search(text):
        for match in forms.company.finditer(text):
            _learn_company(match, names)
    for match in forms.partner.finditer(text):
        name = match["after"] or match["before"]
        if names.vocabulary.find(name) is None and not forms.code.fullmatch(name):
            names.add(name, Entity(Kind.ORGANISATION, slug(name), name))
    if "antibody" in text or "mAb" in text:
        for match in forms.antibody.finditer(text):
            if names.vocabulary.find(match["name"]) is None:
                names.add(match["name"], Entity(Kind.ANTIBODY, slug(match["name"]), match["name"]))
    if "latform" in text or "echnology" in text:
        for match in forms.technology.finditer(text):
            name = match["long"] or match["word"]
            if names.vocabulary.find(name) is None and not (
                match["abbreviation"] and names.vocabulary.find(match["abbreviation"])
            ):
                entity = Entity(Kind.TECHNOLOGY, slug(name), name)
                names.add(name, entity)
                for short in (match["abbreviation"], _bare_technology(match["word"])):
                    if short and names.vocabulary.find(short) is None:
                        names.add(short, entity)
    if names.medical and (forms.conjugate.search(text) or (names.conjugates and "onjugate" in text)):
        _learn_codes(forms.introduced, text, names)
    if names.medical and "antibody" in text:
        _learn_codes(forms.composed, text, names)
    if not _INTRODUCES.search(text):
        return
    found = names.named(text)
    adcs = {m.start: m.entity for m in found if m.type == Kind.ADC}
    for mention in found:
        inside = PARENTHESIS.match(text, mention.end)
        if mention.type == Kind.ADC and inside and (also := adcs.get(inside.start(1))):
            names.unify(mention.entity, also)
        if inside:
            pieces = [
                p.strip()
                for p in re.split(
                    r"[,;]| or (?=[\"A-Z])|/(?=[A-Z])| and (?=also|formerly|known|sold|marketed)", inside[1]
                )
            ]
            for number, piece in enumerate(pieces):
                lead = _ALIAS_LEAD.match(piece)
                name = piece[lead.end() if lead else 0 :].strip(" \"'")
                told = bool(lead and lead.end()) or piece[:1] == '"'
                if _is_alias(name, mention, text, names, told=told, alone=len(pieces) == 1, first=number == 0):
                    names.let(name, mention.entity)
        if mention.type != Kind.ADC:
            continue
        after = inside.end() if inside else mention.end
        alias = _CALLED.match(text, after) or (_CALLED.match(text, mention.end) if inside else None)
        if alias and (also := adcs.get(max(alias.start("name"), alias.start("short")))):
            names.unify(mention.entity, also)
        elif alias and _is_alias(alias["name"] or alias["short"], mention, text, names, told=True):
            names.let(alias["name"] or alias["short"], mention.entity)
        # "Brandname (xyzumab vedotin)"
        brand = re.search(
            r"(?<![\w-])([A-Za-z]{4,13}|[A-Z][\w-]{3,12}) ?\((?:[a-z]+-)?$",
            text[max(0, mention.start - 20) : mention.start],
        )
        inn = " " in text[mention.start : mention.end] and text[mention.end : mention.end + 1] in (")", ",", ";")
        if brand and inn and _is_alias(brand[1], mention, text, names, alone=True):
            names.add(brand[1], mention.entity)


def _learn_codes(pattern: re.Pattern[str], text: str, names: Names) -> None:
    """Add the codes that a sentence tells to be those of ADCs."""
    at = 0
    while called := pattern.search(text, at):
        group = next(name for name in pattern.groupindex if called[name])
        at = called.end() if names.vocabulary.find(called[group]) is None else called.end(group)
        for code in names.forms.code.findall(re.sub(r"\([^()]*\)", "", called[group])):
            if names.vocabulary.find(code) is None:
                names.add(code, Entity(Kind.ADC, slug(code), code))


def _is_alias(
    name: str, mention: Mention, text: str, names: Names, *, told: bool = False, alone: bool = False, first: bool = True
) -> bool:
    """Whether a name beside a mention is another name for the same.

    Args:
        told: the words say that it is one ("also known as"), or it is quoted.
        alone: nothing else stands in the parenthesis.
        first: it is what the parenthesis begins with.
    """
    if (
        not _SHORT_NAME.fullmatch(name)
        or names.vocabulary.find(name) is not None
        or not (told or any(c.isupper() for c in name))
    ):
        return False
    if mention.type == Kind.ADC:
        if _NO_BRAND.fullmatch(name) or name[:3] in ("NCT", "GOG"):
            return False
        if not told and name.lower() in names.common():
            return False
        if names.forms.code.fullmatch(name):
            return told or first or alone
        if told:
            return " " not in name and (
                name[0].isupper()
                or any(c.isdigit() for c in name)
                or _abbreviates(name, text[mention.start : mention.end])
            )
        if _abbreviates(name, text[mention.start : mention.end]) and " " not in name:
            return True
        said = text[mention.start : mention.end]
        row = names.vocabulary.rows.get((Kind.ADC, mention.entity.slug))
        if row and len(name) > 2 and any(name in other for other in row.synonyms):
            return True  # "33A" of SGN-CD33A
        if " " not in said and not any(c.isdigit() for c in said):
            return False  # what stands beside a brand is no brand
        return alone and _BRAND.fullmatch(name) is not None and (len(name) > 4 or not name.isupper())
    if mention.type not in set(Kind):
        return False
    # elsewhere only what can be an abbreviation of the words before it
    return len(name) <= 10 and _abbreviates(name, text[mention.start : mention.end])


def _abbreviates(short: str, name: str) -> bool:
    """Whether the letters of a name hold those of the other in their order, the first of them first.

    >>> _abbreviates("MIRV", "mirvetuximab soravtansine"), _abbreviates("Germany", "BT062")
    (True, False)
    """
    wanted, whole = (re.sub(r"[^a-z0-9]", "", s.lower()) for s in (short, name))
    letters = iter(whole)
    return 2 <= len(wanted) < len(whole) and wanted[0] == whole[0] and all(c in letters for c in wanted)


def _bare_technology(name: str | None) -> str | None:
    """Return what a technology is called without the word: "the ACME technology", later "an ACME".

    >>> _bare_technology("ACME technology"), _bare_technology("Modular technology")
    ('ACME', None)
    """
    word = name.split()[0] if name else ""
    return word if len(word) > 3 and len(re.findall("[A-Z]", word)) > 2 else None


_OF_A_FIRM = re.compile(
    r"(?:Research|Laboratories|Oncology|Development|Pharma|Pharmaceuticals?|Global|Biopharma|BioPharma|Medicines|R&D|US|USA|Europe|Japan|China"
    r"|Bio|Biosciences?|Biotech|Therapeutics|Biologics)(?: |$)"
)


def _unit_of(name: str, names: Names) -> Entity | None:
    """Return the known company of which a name tells a part: "A Research Laboratories" is A."""
    words = name.split()
    for count in range(len(words) - 1, 0, -1):
        if not all(_OF_A_FIRM.fullmatch(word) for word in words[count:]):
            return None
        entity = names.vocabulary.find(" ".join(words[:count]))
        if entity is not None and entity.kind == Kind.ORGANISATION and len(words) > count + 1:
            return entity
    return None


def _learn_company(match: re.Match[str], names: Names) -> None:
    """Add a company that shows by its form that it is one, and what it is called for short."""
    full, plain = match.group(), match["name"] or match["name2"]
    known = names.vocabulary.find(plain) or names.vocabulary.find(full) or _unit_of(plain, names)
    if known is not None and known.kind != Kind.ORGANISATION:
        return
    entity = known or names.local.get(plain) or Entity(Kind.ORGANISATION, slug(plain), plain)
    names.add(full, entity)
    names.add(plain, entity)
    short = match["short"] or match["short2"]
    if (
        short
        and len(short) > (3 if known is None else 4)
        and not names.forms.company_hint.regex.fullmatch(short)
        and (known is None or names.vocabulary.find(short) is None)
    ):
        names.add(short, entity)
