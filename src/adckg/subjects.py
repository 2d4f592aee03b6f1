"""Whose figures a sentence tells that names no ADC: those of the ADC that the text is about, or another drug's, a
disease's, an animal's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from adckg.mentions import Read
from adckg.model import Entity, FactKind, Kind, Mention
from adckg.rules import SYMBOL, Masked
from adckg.wordings import RareWording, Wording

CLINICAL = frozenset({FactKind.RESULT, FactKind.SAFETY, FactKind.DOSING})
"""Facts of what came out when a drug was given."""
TESTED = frozenset({FactKind.TRIAL, FactKind.INDICATION})
"""Facts of how a drug is tested."""

_ANIMALS = RareWording("subjects.animals", re.IGNORECASE)
_PATIENTS = Wording("subjects.patients", re.IGNORECASE)
_DESIGN = RareWording("subjects.design", re.IGNORECASE)
_STRANGER = Wording("subjects.stranger")
_PRODUCT = re.compile(
    r"[-*+•·o] ?(?=[A-Za-z]*[A-Z\d])[A-Za-z][\w./-]{2,30}(?: ?\([^()]{1,40}\))?(?:,| is| -) (?:an?|the|our|its|[\w-]+'s) "
    r"(?![^.;]{0,60}\b(?:trial|study|collaborat|compan|agreement|president|director|officer)\w*)"
)
_ANOTHER = RareWording("subjects.another", re.IGNORECASE)
_BACKGROUND = RareWording("subjects.background", re.IGNORECASE)
_TOGETHER = Wording("subjects.together", re.IGNORECASE)
_NOT_ALONE = Wording("subjects.not_alone", re.IGNORECASE)
_OURS = frozenset({"it", Kind.TRIAL, "phase"})
"""What a sentence names of the ADC in focus without its name: it, its trial."""
_BY_THE_WAY = re.compile(
    r"\b(?:with|by|to|of|where|whereas|while|while on|as) (?:the |an? |single-agent |plain |standard )*$", re.IGNORECASE
)
"""Between the ADC's trial and a drug that is its partner or control."""
_SUPPORT = re.compile(
    r"\b(?:permitted|allowed|required|mandatory|forbidden|prohibited|premedicat\w+|prophyla\w+|supportive|optional)\b",
    re.IGNORECASE,
)
"""What is said of a drug that is given besides, to whoever needs it."""
_LISTED = re.compile(rf"[{SYMBOL[Kind.DRUG]}{SYMBOL[Kind.ANTIBODY]}], (?:and |or )?$")
_AS_SUBJECT = re.compile(
    r"(?:^|[.:;,] |\b(?:with|for|of|by|to|in|the|that|while|whereas|where|adding) )$", re.IGNORECASE
)


@dataclass(slots=True)
class Subject:
    """Follows a document's sentences: is it still the ADC that they are about?"""

    prominent: frozenset[Entity]
    """ADCs that the document as a whole is about: of the title or a heading, or named again and again"""
    foreign: bool = False
    """another product is being told of"""
    named: int = -99
    """the paragraph in which an ADC was named last"""
    paragraph: int = -1
    animals: bool = False
    """it is animals that are being told of"""
    design: bool = False
    """it is how a trial is designed that is being told of"""

    @classmethod
    def follow(cls, reads: Sequence[Read], main: Entity | None) -> Subject:
        """Return the one to follow a document's sentences with; `main` is the ADC that the document is about."""
        counts: Counter[Entity] = Counter()
        for found in reads:
            for adc in {m.entity for m in found.mentions if m.type == Kind.ADC}:
                counts[adc] += 4 if found.sentence.role in ("title", "heading") else 1
        return cls(frozenset(adc for adc, count in counts.items() if count > 3 or (adc == main and count > 1)))

    def read(self, found: Read, masked: Masked, focus: Entity | None) -> None:
        """Take note of whom a sentence names."""
        text = found.words.text
        if found.sentence.paragraph != self.paragraph:
            # bullets go on with the one before them
            self.foreign = self.foreign and found.sentence.role == "bullet"
            self.animals = False
            self.paragraph = found.sentence.paragraph
        self.animals = bool(_ANIMALS.search(text)) or (self.animals and not _PATIENTS.search(text))
        self.design = bool(_DESIGN.search(text))
        adcs = [m for m in found.mentions if m.type == Kind.ADC]
        if adcs or _TOGETHER.search(text):
            self.foreign = False
            self.named = self.paragraph
        else:
            if any(m.type == Kind.ADC for m in masked.mentions.values()):
                self.named = self.paragraph  # "the conjugate"
            self._turn_away(found, masked, focus)

    def _turn_away(self, found: Read, masked: Masked, focus: Entity | None) -> None:
        """Take note whether a sentence that names no ADC turns to another product."""
        text = found.words.text
        reach = min(70, _compared(masked))
        if self._stranger(found, focus) or any(
            _is_subject(masked, i) and not _is_aside(masked, i)
            for i, m in masked.mentions.items()
            # "33.8 months versus 15.9 months for chemotherapy" is told of the ADC
            if i < reach and _is_drug(m, focus)
        ):
            self.foreign = not _SUPPORT.search(text)

    def _stranger(self, found: Read, focus: Entity | None) -> bool:
        text = found.words.text
        antibody = next((m for m in found.mentions if m.type == Kind.ANTIBODY and m.start < 9), None)
        if focus and antibody and antibody.entity.label.lower() in focus.label.lower():
            return False  # its own
        if found.mentions and found.mentions[0].type == Kind.TARGET and found.mentions[0].start < 9:
            return False  # looks like a product's code
        if found.sentence.role == "bullet" and (product := _PRODUCT.match(text)):
            # "- ABC-1, an oral inhibitor of …": a bullet about another product
            kinds = {m.type for m in found.mentions if m.start < product.end()}
            return not kinds & {Kind.TRIAL, Kind.ORGANISATION, Kind.MEETING, Kind.AGENCY, Kind.TECHNOLOGY, Kind.REGION}
        return bool(
            _STRANGER.search(text) or (_ANOTHER.search(text) and not re.search(r"\bantibody[- ]drug|\bADC", text))
        )

    def is_of_no_patient(self, kind: FactKind) -> bool:
        """Whether the sentence read last tells of animals, or of how a trial is designed and not of what it found."""
        return kind in CLINICAL and (self.animals or (self.design and kind != FactKind.DOSING))

    def is_silent(self, found: Read, masked: Masked, end: int, focus: Entity | None) -> bool:
        """Whether what stands before `end` in a sentence that names no ADC tells nothing of the one in focus."""
        if self.foreign or focus is None or _BACKGROUND.search(found.words.text):
            return True
        reach = 8 if found.sentence.role in ("bullet", "row") else 0
        if focus not in self.prominent and self.paragraph - self.named > reach:
            return True
        return any(_is_subject(masked, i) for i, m in masked.mentions.items() if i < end and _is_drug(m, focus))


def _compared(masked: Masked) -> int:
    """Return where a sentence's first figure with that of the other arm stands, else its end."""
    for i, m in masked.mentions.items():
        if any(slot == "comparatorValue" for group in m.more for slot, _ in group):
            return i
    return len(masked.text)


def _is_drug(mention: Mention, focus: Entity | None) -> bool:
    """Whether a mention is of a drug other than the ADC in focus (whose antibody's name alone often stands for it)."""
    if mention.type not in (Kind.DRUG, Kind.ANTIBODY):
        return False
    return focus is None or mention.entity.label.lower() not in focus.label.lower()


def _is_aside(masked: Masked, place: int) -> bool:
    """Whether a sentence that has spoken of the ADC ("it", its trial) only mentions the drug that stands there."""
    ours = [i for i, m in masked.mentions.items() if i < place and m.type in _OURS]
    if not ours:
        return False
    lead = masked.text[max(0, place - 40) : place]
    pronoun = masked.mentions[ours[-1]].type == "it"
    return pronoun or (_BY_THE_WAY.search(lead) is not None and not lead.endswith("of "))


def _is_subject(masked: Masked, place: int) -> bool:
    """Whether a sentence tells of what stands there, and not of a partner, a comparator or an earlier treatment."""
    if masked.text[place + 1 : place + 2] == "-":
        return False  # "those who are X-ineligible"
    lead = masked.text[max(0, place - 90) : place]
    if listed := _LISTED.search(lead):
        return _is_subject(masked, max(0, place - 90) + listed.start())
    return not _NOT_ALONE.search(lead) and _AS_SUBJECT.search(lead) is not None
