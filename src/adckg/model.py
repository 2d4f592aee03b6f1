"""What the program talks about: documents, mentions, facts, evidence, violations. Standard library only.

All of it is frozen and picklable, so that documents can be extracted anywhere. Positions are offsets into a
document's text in Unicode code points, end exclusive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Basis(StrEnum):
    """On what a fact rests."""

    STATED = "stated"
    """the words of a document say it"""
    INFERRED = "inferred"
    """it follows from something else by a rule that can err"""
    REFERENCE = "reference"
    """the vocabulary knows it from a named source"""


class Kind(StrEnum):
    """The kinds of entity, as in `id/KIND/SLUG`. `CLASSES` gives the ontology class of each."""

    ADC = "adc"
    ANTIBODY = "antibody"
    LINKER = "linker"
    PAYLOAD = "payload"
    TARGET = "target"
    TECHNOLOGY = "technology"
    ORGANISATION = "organisation"
    CONDITION = "condition"
    DRUG = "drug"
    TRIAL = "trial"
    MEETING = "meeting"
    AGENCY = "agency"
    REGION = "region"
    ENDPOINT = "endpoint"
    REACTION = "reaction"
    DOSE = "dose"
    UNIT = "unit"
    PHASE = "phase"
    TRIAL_STATUS = "trial-status"
    DOSE_ROLE = "dose-role"
    SAFETY_KIND = "safety-kind"
    ROLE_KIND = "role-kind"
    PARTNERSHIP_KIND = "partnership-kind"
    REGULATORY_KIND = "regulatory-kind"
    CORPORATE_KIND = "corporate-kind"
    CONJUGATION = "conjugation"


CLASSES: Mapping[Kind, str] = {
    Kind.ADC: "AntibodyDrugConjugate",
    Kind.ANTIBODY: "Antibody",
    Kind.LINKER: "Linker",
    Kind.PAYLOAD: "Payload",
    Kind.TARGET: "Target",
    Kind.TECHNOLOGY: "Technology",
    Kind.ORGANISATION: "Organisation",
    Kind.CONDITION: "Condition",
    Kind.DRUG: "Drug",
    Kind.TRIAL: "Trial",
    Kind.MEETING: "Meeting",
    Kind.AGENCY: "Agency",
    Kind.REGION: "Region",
    Kind.ENDPOINT: "Endpoint",
    Kind.REACTION: "Reaction",
    Kind.DOSE: "Dose",
    Kind.UNIT: "Unit",
    Kind.PHASE: "Phase",
    Kind.TRIAL_STATUS: "TrialStatus",
    Kind.DOSE_ROLE: "DoseRole",
    Kind.SAFETY_KIND: "SafetyKind",
    Kind.ROLE_KIND: "RoleKind",
    Kind.PARTNERSHIP_KIND: "PartnershipKind",
    Kind.REGULATORY_KIND: "RegulatoryKind",
    Kind.CORPORATE_KIND: "CorporateKind",
    Kind.CONJUGATION: "ConjugationChemistry",
}


class FactKind(StrEnum):
    """The kinds of fact; each value is the local name of its class in the ontology."""

    NAMING = "Naming"
    COMPOSITION = "Composition"
    CONJUGATION = "Conjugation"
    TRIAL = "TrialStatement"
    RESULT = "Result"
    DOSING = "Dosing"
    SAFETY = "SafetyEvent"
    ROLE = "Role"
    PARTNERSHIP = "Partnership"
    REGULATORY = "RegulatoryEvent"
    CORPORATE = "CorporateRelation"
    PRESENTATION = "Presentation"
    INDICATION = "Indication"


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """A thing with a name. `slug` identifies it within its kind, `label` is its one canonical name."""

    kind: Kind
    slug: str
    label: str
    attributes: tuple[tuple[str, Value], ...] = field(default=(), compare=False)
    """further triples about it (a dose's value and unit, say), as (property local name, value)"""

    def __hash__(self) -> int:
        return hash(self.slug)


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date as exact as it was said: a day, a month or a year."""

    year: int
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        """Return ISO 8601: `2012-08-27`, `2012-08` or `2012`."""
        return "-".join(f"{n:02d}" for n in (self.year, self.month, self.day) if n is not None).zfill(4)

    @property
    def earliest(self) -> date:
        """The first day it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day it can mean."""
        if self.month and self.day:
            return date(self.year, self.month, self.day)
        year, month = (self.year, self.month + 1) if self.month and self.month < 12 else (self.year + 1, 1)
        return date.fromordinal(date(year, month, 1).toordinal() - 1)


Value = Entity | PartialDate | Decimal | int | str
"""What a fact's slot can hold. A str becomes a plain string, an int xsd:integer, a Decimal xsd:decimal."""


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """Where a fact is said: the document's text from `start` to `end`, and the rule that read it there."""

    start: int
    end: int
    quote: str
    rule: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One claim: its kind, what fills its slots, on what it rests, and where it is said.

    `arguments` are (slot, value) pairs, sorted; a slot is the local name of an ontology property and may come
    more than once. Two facts that claim the same are equal in everything but their evidence.
    """

    kind: FactKind
    arguments: tuple[tuple[str, Value], ...]
    basis: Basis = Basis.STATED
    evidence: tuple[Evidence, ...] = ()

    def get(self, slot: str) -> Value | None:
        """Return the (first) value of a slot, or None."""
        return next((value for name, value in self.arguments if name == slot), None)

    def all(self, slot: str) -> tuple[Value, ...]:
        """Return every value of a slot."""
        return tuple(value for name, value in self.arguments if name == slot)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of a document that is read at once: a sentence, a heading, a bullet or a table row."""

    start: int
    end: int
    paragraph: int
    role: str = "text"
    """`title`, `heading`, `bullet`, `row` or `text`"""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read: its text never changes after this, and every offset points into it."""

    id: str
    text: str
    sha256: str
    """of the bytes it was decoded from"""
    title: str | None = None
    date: PartialDate | None = None
    date_from: str = ""
    """where the date was found: `metadata`, `dateline` or `file name`"""
    publisher: str | None = None
    source: str | None = None
    sentences: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """An entity or a value named in a document, from `start` to `end`."""

    start: int
    end: int
    type: str
    """a `Kind` value, or the type of a pattern (`percent`, `count`, `money`, `date`, ...)"""
    values: tuple[Value, ...] = field(compare=False)
    """what it stands for: one entity, or the value or values it writes (a count's two numbers, an interval's ends)"""
    more: tuple[tuple[tuple[str, Value], ...], ...] = field(default=(), compare=False)
    """what is said of it right beside it, as (slot, value) pairs; several groups where it is said of more than once"""

    @property
    def entity(self) -> Entity:
        """The entity it names. Raises TypeError where it writes a value."""
        if isinstance(self.values[0], Entity):
            return self.values[0]
        raise TypeError(f"a {self.type} names no entity")


@dataclass(frozen=True, slots=True)
class Violation:
    """Something in a graph that can't be true, led back to where it was said."""

    check: str
    """name of the shape or check query that found it"""
    severity: str
    """`violation`, `warning` or `info`"""
    focus: str
    """IRI of the node that is wrong"""
    message: str
    path: str | None = None
    value: str | None = None
    document: str | None = None
    quote: str | None = None
    start: int | None = None
    end: int | None = None
