"""Everything a document mentions, sentence by sentence: names of the vocabulary, names that the document introduces or
that show by their form what they are, and values.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adckg import documents, tables
from adckg.anchors import Guarded
from adckg.documents import Words
from adckg.introductions import Forms, Names, learn
from adckg.model import Document, Entity, Kind, Mention, PartialDate, Sentence
from adckg.names import slug
from adckg.vocabulary import Vocabulary


@dataclass(slots=True)
class Read:
    """A sentence with what it mentions."""

    sentence: Sentence
    words: Words
    mentions: list[Mention]
    section: str = ""
    """the heading it stands under"""
    idle: bool = False
    """whether it can tell nothing; then only names were looked for in it"""


_MEDICAL = Guarded(
    "antibod|conjugate|tumou?r|cancer|oncolog|lymphoma|leuk|myeloma|patients|clinical|phase [1-4I]|her2", re.IGNORECASE
)
_SPELLED_OUT = re.compile(r"(?<![A-Za-z])([A-Za-z]+)\s\(\"?ADCs?\"?[);,]")


def _means_another(text: str) -> bool:
    """Whether a text introduces "ADC" as short for something else ("automated dispensing cabinets (ADCs)")."""
    if "(ADC" not in text and '("ADC' not in text:
        return False
    words = [match[1].lower() for match in _SPELLED_OUT.finditer(text)]
    ours = any(word.startswith(("conjug", "immunoconjug")) for word in words)
    others = any(word.startswith(("c", "adenoc")) and word[:5] not in ("candi", "compo") for word in words)
    return others and not ours


def read(
    document: Document, vocabulary: Vocabulary, forms: Forms, tells: Callable[[str, str, str], bool] | None = None
) -> list[Read]:
    """Return the document's sentences with what each mentions by name or value; "the compound" is left to `resolve`.

    `tells` says of a sentence (of that role, under that heading) whether it can tell anything in a document that names no ADC; in the paragraphs of such a
    document in which none can, only names are looked for.
    """
    cleaned = [documents.clean(document.text, s.start, s.end) for s in document.sentences]
    if _STUCK.search(document.text):
        cleaned = [_unstuck(words) for words in cleaned]
    medical = _MEDICAL.search(document.text) is not None and not _means_another(document.text)
    told_of = any(forms.conjugate.search(words.text) for words in cleaned)
    names = Names(
        vocabulary, forms, today=document.date, medical=medical, conjugates=medical and told_of, text=document.text
    )
    for words in cleaned:
        learn(words.text, names)
    names.shorten()
    section, paragraph = "", -1
    reads = []
    told: dict[int, list[tables.Said]] = {}
    for said in tables.unfold(document.text, names.find):
        told.setdefault(said.start, []).append(said)
    named = _names_without_adc(cleaned, names) if tells and not told and not told_of else None
    telling: set[int] = set()
    if named is not None and tells:
        for sentence, words in zip(document.sentences, cleaned, strict=True):
            if sentence.role in ("heading", "title"):
                section = words.text.strip(" *#_")
            if sentence.paragraph not in telling and tells(words.text, sentence.role, section):
                telling.add(sentence.paragraph)
        section = ""
    for number, (sentence, words) in enumerate(zip(document.sentences, cleaned, strict=True)):
        if sentence.role in ("heading", "title"):
            section = words.text.strip(" *#_")
        if named is not None and sentence.paragraph not in telling:
            reads.append(Read(sentence, words, sorted(named[number]), section, idle=True))
            continue
        if told and (cells := told.pop(document.text.rfind("\n", 0, sentence.start) + 1, None)):
            reads += [_read_cell(sentence, said, names, section) for said in cells]
            continue
        if sentence.paragraph != paragraph:
            names.told = names.year = None
            paragraph = sentence.paragraph
        reads.append(Read(sentence, words, names.find(words.text), section))
        _note_date(reads[-1], names)
    if medical:
        _find_unnamed(document, reads, vocabulary, forms, conjugates=medical and told_of)
    if any(m.type == Kind.MEETING for found in (reads if len(reads) < 40 else reads[:8]) for m in found.mentions):
        for found in reads[:2]:
            if found.sentence.role in ("heading", "title"):
                _head_number(found)
    return reads


def _note_date(found: Read, names: Names) -> None:
    """Keep the date that a sentence told last, and the year that is all it tells: what follows is of that year."""
    dates = [m for m in found.mentions if m.type in ("date", "year") and isinstance(m.values[0], PartialDate)]
    if dates:
        names.told = last = dates[-1].values[0]  # type: ignore[assignment]
        if len(dates) == 1 and len(found.words.text) < _YEAR_ALONE and dates[0].type == "year":
            names.year = last.year  # type: ignore[union-attr]


_YEAR_ALONE = 7


def _names_without_adc(cleaned: Sequence[Words], names: Names) -> list[list[Mention]] | None:
    """Return the names in each sentence of a document, or None where one is an ADC's."""
    named = []
    for words in cleaned:
        found = names.named(words.text)
        if any(m.type == Kind.ADC for m in found):
            return None
        named.append(found)
    return named


_STUCK = re.compile(
    r"\b(?:granted|received|awarded|announced|and|the|of|by|with|for|from|\d{1,2}(?:st|nd|rd|th))(?=[A-Z][A-Za-z])"
)
"""A word that scraped text has lost the space after."""


def _unstuck(words: Words) -> Words:
    """Return a text with the spaces that it has lost."""
    places = [match.end() for match in _STUCK.finditer(words.text)]
    if not places:
        return words
    text, offsets, at = "", array("L"), 0
    for place in [*places, len(words.text)]:
        text += words.text[at:place] + (" " if place < len(words.text) else "")
        offsets.extend(words.offsets[at:place])
        if place < len(words.text):
            offsets.append(words.offsets[place])
        at = place
    offsets.append(words.offsets[len(words.text)])
    return Words(text, offsets)


_HEAD_NUMBER = re.compile(
    r"\W{0,3}(?P<number>(?:LBA|[A-Z]{1,3}\d?-?)?\d{1,5}(?:-\d{1,3}){0,2}(?:MO|O|P|TiP|PD)?)"
    r"(?=\W*$|[.:|]? {1,3}-? ?\"?[A-Z])"
)


def _head_number(found: Read) -> None:
    """Make the number that an abstract begins with a mention of it: alone on its line, or before the title."""
    match = _HEAD_NUMBER.match(found.words.text)
    if not match or re.fullmatch(r"(?:19|20)\d\d", match["number"]) or not re.search(r"\d{2}", match["number"]):
        return
    start, end = match.span("number")
    if any(m.type in set(Kind) and m.start < end and start < m.end for m in found.mentions):
        return
    if match.end() < len(found.words.text.rstrip()) and len(match["number"]) < 3:
        return
    kept = [m for m in found.mentions if m.end <= start or end <= m.start]
    found.mentions = sorted([*kept, Mention(start, end, "abstract", (match["number"],))])


def is_description(said: str) -> bool:
    """Whether what an ADC is called is no name ("a CD123-targeting ADC")."""
    return re.fullmatch(r"ADCs?|antibody[- ]drug conjugates?|(?:immuno)?conjugates?", said, re.IGNORECASE) is not None


_DEFINITE = re.compile(
    r"\b(?:the|its|this|that|our|their|his)\b[^,;.]{0,60}$|\b(?:is|was|it|remains|as|became) (?:an?|another) [^,;.]{0,60}$",
    re.IGNORECASE,
)
"""Before a "conjugate" that has been spoken of already."""


def _find_unnamed(
    document: Document, reads: Sequence[Read], vocabulary: Vocabulary, forms: Forms, *, conjugates: bool
) -> None:
    """Add the ADCs that are told of by their target alone ("a CD123-targeting ADC"): one that is named elsewhere in the
    document where its target is that one or isn't known, else one of the document's own.

    `conjugates` says whether the document speaks of ADCs, so that "a CD123 conjugate" is one.
    """
    named: dict[Entity, tuple[str, ...]] = {}
    for found in reads:
        for mention in found.mentions:
            if mention.type == Kind.ADC and mention.entity not in named:
                row = vocabulary.rows.get((Kind.ADC, mention.entity.slug))
                named[mention.entity] = row.more.get("target", ()) if row else ()
    for found in reads:
        told = {m.entity for m in found.mentions if m.type == Kind.ADC}
        if len(told) == 1 and (Kind.ADC, (adc := told.pop()).slug) not in vocabulary.rows:
            # what stands beside an unlisted one is rather its own target
            named[adc] += tuple(
                e.slug for m in found.mentions if m.type == Kind.TARGET for e in m.values if isinstance(e, Entity)
            )
    main = main_adc(reads)
    for found in reads:
        text = found.words.text
        if found.sentence.role not in ("text", "title", "bullet") or not (
            forms.conjugate.search(text) or (conjugates and "onjugate" in text)
        ):
            continue
        if any(m.type == Kind.ADC for m in found.mentions):
            continue
        for mention in [m for m in found.mentions if m.type == Kind.TARGET]:
            lead = text[max(0, mention.start - 160) : mention.start]
            before, words = forms.aimed.search(lead), forms.targeted.match(text, mention.end)
            if words and (forms.one.search(lead) or found.sentence.role == "title"):
                start, end = words.span("adc")
            elif before:
                start, end = (mention.start - len(lead) + place for place in before.span("adc"))
            else:
                continue
            if text[start:end].lower().endswith("s") or any(m.start < end and start < m.end for m in found.mentions):
                continue
            if text[start:end].lower() == "conjugate" and (
                not conjugates or _DEFINITE.search(text[max(0, start - 90) : start])
            ):
                continue
            target = mention.entity
            entity = next((adc for adc, targets in named.items() if target.slug in targets), None)
            if entity is None and main is not None and not named[main]:
                entity = main
            label = f"anti-{target.label} ADC"
            entity = entity or Entity(Kind.ADC, f"{slug(document.id)}.{slug(label)}", label)
            found.mentions.append(Mention(start, end, Kind.ADC, (entity,)))
        found.mentions.sort()


def _read_cell(sentence: Sentence, said: tables.Said, names: Names, section: str) -> Read:
    """Return what a cell of a table says, as a sentence in the place of its row."""
    text = said.text
    found = names.find(text)
    if said.population:
        group = Mention(0, len(said.population), "population", (said.population,))
        found = sorted([group, *(m for m in found if m.start >= group.end)])
    return Read(sentence, Words(text, array("L", [sentence.start] * (len(text) + 1))), found, section)


def main_adc(reads: Sequence[Read]) -> Entity | None:
    """Return the ADC that a document is about: the one named in at least half of its mentions of ADCs, in its opening
    or again and again.
    """
    counts: Counter[Entity] = Counter()
    for found in reads:
        for mention in found.mentions:
            if mention.type == Kind.ADC:
                counts[mention.entity] += 5 if found.sentence.role == "title" else 1
    if not counts:
        return None
    # the first one named is rather the one that the rest is about
    first = next(m.entity for found in reads for m in found.mentions if m.type == Kind.ADC)
    counts[first] += 2
    entity, most = counts.most_common(1)[0]
    named = [
        n for n, found in enumerate(reads) if any(m.type == Kind.ADC and m.entity == entity for m in found.mentions)
    ]
    if named[0] > _OPENING and len(named) < _OFTEN:
        return None  # named in passing, in a text about something else
    return entity if most * 2 >= sum(counts.values()) else None


_OPENING = 10
"""sentences in which a text says what it is about"""
_OFTEN = 3
"""sentences that name an ADC which a text is about, if not its opening does"""
