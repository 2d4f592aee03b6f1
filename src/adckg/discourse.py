"""What a text is about as it goes on, and so what "the compound", "it" and "the Company" stand for in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from adckg.firms import Firms, is_headed
from adckg.introductions import PARENTHESIS, Forms
from adckg.mentions import Read
from adckg.model import Document, Entity, Kind, Mention
from adckg.vocabulary import Vocabulary
from adckg.wordings import RareWording

_AGAINST = re.compile(
    r"\b(?:versus|vs\.?|compared (?:with|to)|against|(?<!struck )(?<!deals )(?<!deal )(?<!pact )(?<!agreement )(?<!agreed )(?<!signed )(?<!alliance )(?<!option )over|than(?: with)?)(?: (?:the|single-agent|standard))? $",
    re.IGNORECASE,
)
_BEFORE = 60
"""characters that the words that another is measured against take at most"""
_GROUP = RareWording("discourse.group", re.IGNORECASE)
_NUMBERS = {"both": 2, "two": 2, "three": 3, "four": 4, "five": 5}
_AT_HEAD = 9
"""characters within which an item of a list is headed by what stands there"""
_REMEMBERED = 12
"""mentions of ADCs that "the three" can reach back to"""
_SAID = re.compile(
    r"\b(?:said|says|added|adds|commented|comments|stated|states"
    r"|noted|notes|remarked|explained|continued|according to)\b",
    re.IGNORECASE,
)
_LEGAL_FORM = re.compile(
    r"(?:,? (?:Inc|Incorporated|Pte|Pty|Ltd|Limited|LLC|Corp|Corporation|Co|Company|GmbH"
    r"|AG|S\.A|SA|SE|A/S|AB|N\.V|B\.V|NV|BV|plc|PLC|KGaA|K\.K|Holdings?|Group)\b\.?)+"
)
_ALSO = re.compile(
    r",? \(?(?:(?:which is|also|or|and|now|better|hereafter|otherwise),? )?(?:(?:also|previously|formerly) )?"
    r"(?:known|called|named|referred to|designated|formerly|previously)(?: as)? ",
    re.IGNORECASE,
)
_TICKER = re.compile(
    r" ?\((?:[A-Z]+ ?[A-Za-z]*: ?|Nasdaq|NYSE|SIX|HKEX|TSE|SSE|OTC)[^()]*\)"
    r"| ?\((?-i:[A-Z]{2,5}(?:\.[A-Z]{1,2})?(?:, [A-Z.]{2,8})?)\)",
    re.IGNORECASE,
)


def join(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions with "non-Hodgkin lymphoma (NHL)" as one, and a company with its ticker."""
    joined: list[Mention] = []
    for mention in mentions:
        last = joined[-1] if joined else None
        between = text[last.end : mention.start] if last else ""
        # "Xyz (xyzumab vedotin, Acme Inc)" stays apart
        alone = (
            mention.type != Kind.ADC or "(" not in between or text[mention.end : mention.end + 2].lstrip('"')[:1] == ")"
        )
        # two entities; "17 (17 percent)" are two figures
        alike = last is not None and (last.type == mention.type or isinstance(mention.values[0], Entity))
        if (
            last
            and alike
            and last.values == mention.values
            and between in (" (", " or ", ", or ", ' ("', "/")
            and alone
        ):
            end = (
                mention.end
                + len(text[mention.end : mention.end + 2])
                - len(text[mention.end : mention.end + 2].lstrip('")'))
            )
            joined[-1] = Mention(
                last.start, end if "(" in text[last.end : mention.start] else mention.end, last.type, last.values
            )
            continue
        if last and mention.start < last.end:
            continue  # inside a ticker or a parenthesis of other names
        if mention.type == Kind.ADC and (others := PARENTHESIS.match(text, mention.end)):
            # "xyzumab vedotin (Xyz, formerly ABC-1)"
            inside = [m for m in mentions if others.start(1) <= m.start < others.end(1)]
            if len(inside) > 1 and all(m.values == mention.values for m in inside):
                mention = Mention(mention.start, others.end(), mention.type, mention.values)
        if (
            last
            and last.type == mention.type == Kind.ADC
            and last.values == mention.values
            and _ALSO.fullmatch(text[last.end : mention.start])
        ):
            joined[-1] = Mention(last.start, mention.end, last.type, last.values)
            continue
        if last and last.type == Kind.REGION and mention.type == Kind.AGENCY and text[last.end : mention.start] == " ":
            # "the US FDA" names the region too
            joined[-1] = Mention(last.start, mention.end, mention.type, (*mention.values, *last.values))
            continue
        if mention.type == Kind.ORGANISATION:
            form = _LEGAL_FORM.match(text, mention.end)
            end = form.end() if form else mention.end
            ticker = _TICKER.match(text, end)
            mention = Mention(mention.start, ticker.end() if ticker else end, mention.type, mention.values)
        joined.append(mention)
    return joined


@dataclass(slots=True)
class Discourse:
    """What the sentences read so far are about."""

    forms: Forms
    publisher: Entity | None
    main: Entity | None
    """the ADC of most of the document"""
    focus: Entity | None = None
    section: Entity | None = None
    """the ADC that the section is headed by"""
    pair: tuple[Entity, Entity] | None = None
    """the parties of the deal last told of"""
    quoted: Entity | None = None
    """the company of who is being quoted"""
    company: Entity | None = None
    """the company that the section is about"""
    speaks: bool = True
    """whether the publisher is a company that speaks of itself"""
    firm: Entity | None = None
    """the company that a sentence spoke of last"""
    adcs: list[Entity] = field(default_factory=list)
    """the ADCs spoken of, the last one last"""
    firms: Firms | None = None
    """the companies spoken of so far"""
    listed: Entity | None = None
    """the ADC that the item of a list began with which the text has gone on with"""

    def resolve(self, found: Read) -> list[Mention]:
        """Return the sentence's mentions with "the compound", "it" and "the Company" among them, each with its entity.

        An ADC that another is measured against becomes a mention of type `drug`.
        """
        text = found.words.text
        mentions = [
            Mention(m.start, m.end, Kind.DRUG, m.values)
            if m.type == Kind.ADC and _AGAINST.search(text, max(0, m.start - _BEFORE), m.start)
            else m
            for m in found.mentions
        ]
        adcs = [m for m in mentions if m.type == Kind.ADC]
        added: list[Mention] = []

        def add(start: int, end: int, kind: str, entity: Entity | None) -> None:
            if entity and not any(m.start < end and start < m.end for m in (*mentions, *added)):
                added.append(Mention(start, end, kind, (entity,)))

        for match in self.forms.anaphora.finditer(text):
            # "the ADC Xyz" is Xyz
            named = any(m.start == match.end() + 1 for m in adcs)
            if not named and not self.forms.not_before.match(text, match.end()):
                add(*match.span(), Kind.ADC, self._antecedent(match.start(), adcs))
        for match in _GROUP.finditer(text):
            several = self._several(_NUMBERS[(match["number"] or "both").lower()], match.start(), adcs)
            if several and not any(m.start < match.end() and match.start() < m.end for m in (*mentions, *added)):
                added.append(Mention(*match.span(), Kind.ADC, several))
        for match in self.forms.it.finditer(text):
            add(*match.span(), "it", self._antecedent(match.start(), adcs))
        speaker = self._speaker(text, mentions)
        for match in self.forms.publisher.finditer(text):
            if match.group() != "US":
                whose = speaker
                if match.group().lower() == "the company":
                    # in a text by someone else it is the one named last
                    firms = [m.entity for m in mentions if m.type == Kind.ORGANISATION and m.end <= match.start()]
                    whose = self.company or (speaker if self.speaks else firms[-1] if firms else self.firm or speaker)
                add(*match.span(), Kind.ORGANISATION, whose)
        if pair := self.pair or (self.firms.two if self.firms else None):
            for match in self.forms.parties.finditer(text):
                if not any(m.start < match.end() and match.start() < m.end for m in (*mentions, *added)):
                    added.append(Mention(*match.span(), Kind.ORGANISATION, pair))
        if self.firms:
            for mention in self.firms.resolve(text, found.sentence, sorted([*mentions, *added])):
                if not any(m.start < mention.end and mention.start < m.end for m in (*mentions, *added)):
                    added.append(mention)
            self.firms.advance(text, sorted([*mentions, *added]))
        joined = join(text, sorted([*mentions, *added]))
        if found.sentence.role == "bullet" and joined and is_headed(text, joined[0]):
            # "- Acme. Holds …": the company is what the bullet goes on about
            first = joined[0]
            joined[0] = Mention(first.start, first.end + 1, first.type, first.values, first.more)
        return joined

    def pass_over(self, found: Read) -> None:
        """Take note of a sentence that can tell nothing."""
        self._speaker(found.words.text, found.mentions)
        self.advance(found)

    def _speaker(self, text: str, mentions: Sequence[Mention]) -> Entity | None:
        """Return whose "we" it is: in a quotation the company of who is quoted, else the publisher."""
        if '"' not in text:
            return self.publisher
        said = _SAID.search(text)
        if said:
            theirs = [
                m.entity for m in mentions if m.type == Kind.ORGANISATION and said.end() <= m.start < said.end() + 200
            ]
            self.quoted = theirs[0] if theirs else None
        return self.quoted or self.publisher

    def _antecedent(self, start: int, adcs: Sequence[Mention]) -> Entity | None:
        before = [m for m in adcs if m.end <= start]
        return before[-1].entity if before else self.focus

    def _several(self, number: int, start: int, adcs: Sequence[Mention]) -> tuple[Entity, ...]:
        """Return the ADCs that so many of them stand for: the last ones spoken of; none if there are fewer."""
        spoken = [*self.adcs, *(m.entity for m in adcs if m.end <= start)]
        last = list(dict.fromkeys(reversed(spoken)))[:number]
        return tuple(reversed(last)) if len(last) == number else ()

    def turn(self, found: Read) -> None:
        """Begin a new paragraph: another product mentioned in passing is over, unless the section is its own."""
        self.quoted = None
        if found.sentence.role == "text" and self.focus and (own := self.section or self.main):
            self.focus = own
        if found.sentence.role == "bullet":
            # each item of such a list is about another, by name or not
            first = next((m for m in found.mentions if m.type == Kind.ADC and m.start < _AT_HEAD), None)
            if self.listed and not first and self.focus == self.listed:
                self.focus = self.section or self.main
            self.listed = first.entity if first else None

    def advance(self, found: Read) -> None:
        """Take note of what a sentence was about: the main ADC where it is named, else the first that is."""
        text = found.words.text
        adcs = [
            m.entity
            for m in found.mentions
            if m.type == Kind.ADC and not _AGAINST.search(text, max(0, m.start - _BEFORE), m.start)
        ]
        if found.sentence.role == "heading":
            self.section = adcs[0] if adcs else None
            firms = [m.entity for m in found.mentions if m.type == Kind.ORGANISATION]
            self.company = firms[0] if firms and text.lower().startswith("about") else None
        self.adcs = [*self.adcs, *adcs][-_REMEMBERED:]
        firms = [m.entity for m in found.mentions if m.type == Kind.ORGANISATION]
        self.firm = firms[0] if firms else self.firm
        if adcs:
            self.focus = self.main if self.main in adcs and found.sentence.role != "heading" else adcs[0]
        elif found.sentence.role == "heading":
            about = [
                m
                for m in found.mentions
                if m.type in (Kind.ORGANISATION, Kind.TECHNOLOGY, Kind.CONDITION, Kind.TARGET, Kind.DRUG, Kind.ANTIBODY)
            ]
            self.focus = None if about and text.lower().startswith("about") else self.main


_WE = re.compile(r"\b(?:[Ww]e|[Oo]urs?|us)\b")
_WIRE = re.compile(
    r"\(?/?\b(?:PR ?Newswire|Globe ?Newswire|Business ?Wire|Accesswire"
    r"|ACN Newswire|Marketwired?|Newsfile)\b[^-]{0,30}-{1,2} ",
    re.IGNORECASE,
)
"""What a release's own words begin after."""


def main_organisation(reads: Sequence[Read]) -> Entity | None:
    """Return the organisation that a text by someone else is about: named in at least a third of its mentions."""
    counts: Counter[Entity] = Counter()
    for found in reads:
        for mention in found.mentions:
            if mention.type == Kind.ORGANISATION and mention.entity:
                # a company that does something counts for more than one that is mentioned
                counts[mention.entity] += 3 if found.sentence.role == "title" else 2 if mention.start < 3 else 1
    if not counts:
        return None
    entity, most = counts.most_common(1)[0]
    return entity if most * 3 >= sum(counts.values()) else None


def publisher(document: Document, reads: Sequence[Read], vocabulary: Vocabulary) -> Entity | None:
    """Return the organisation that speaks: the document's publisher, else the first one named that "announced"
    something, else the one of the last "About" section.
    """
    if document.publisher and (named := vocabulary.find(document.publisher, Kind.ORGANISATION)):
        return named
    for found in reads[:14]:
        organisations = [m for m in found.mentions if m.type == Kind.ORGANISATION]
        wire = _WIRE.search(found.words.text)
        if wire and (speakers := [m for m in organisations if m.start >= wire.end()]):
            return speakers[0].entity
        if organisations and re.search(r"\b(?:announce[sd]?|report(?:s|ed)|today)\b", found.words.text, re.IGNORECASE):
            return organisations[0].entity
    for found in reversed(reads):
        if found.sentence.role == "heading" and found.words.text.startswith("About"):
            for mention in found.mentions:
                if mention.type == Kind.ORGANISATION:
                    return mention.entity
    # a letter: who writes "we" throughout stands at its head
    ours = sum(1 for found in reads if '"' not in found.words.text and _WE.search(found.words.text))
    if ours > 3 and ours * 4 >= len(reads):
        return next((m.entity for found in reads[:3] for m in found.mentions if m.type == Kind.ORGANISATION), None)
    return None
