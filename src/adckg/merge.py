"""What a document says twice, or in pieces, made one: facts that agree, a trial told of in several sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from adckg.model import Basis, Document, Entity, Evidence, Fact, FactKind, Kind, Value
from adckg.names import slug, value_text
from adckg.vocabulary import Vocabulary

_MANY: Mapping[FactKind, frozenset[str]] = {
    FactKind.TRIAL: frozenset({"condition", "comparator", "combination", "registration"}),
    FactKind.REGULATORY: frozenset({"indication"}),
}
KEYS: Mapping[FactKind, tuple[str, ...]] = {
    FactKind.NAMING: ("about", "name"),
    FactKind.COMPOSITION: ("about", "component"),
    FactKind.CONJUGATION: ("about",),
    FactKind.TRIAL: ("about", "phase", "acronym"),
    FactKind.RESULT: ("about", "endpoint", "value", "valueText"),
    FactKind.DOSING: ("about", "dose"),
    FactKind.SAFETY: ("about", "reaction"),
    FactKind.ROLE: ("about", "organisation", "kind"),
    FactKind.PARTNERSHIP: ("party", "asset"),
    FactKind.REGULATORY: ("about", "kind", "agency", "region"),
    FactKind.CORPORATE: ("child", "parent"),
    FactKind.PRESENTATION: ("about", "meeting", "abstract"),
    FactKind.INDICATION: ("about", "condition"),
}
"""Slots in which two facts must agree to be made one. The rest of their slots must not clash either."""
SILENT: Mapping[FactKind, frozenset[str]] = {
    FactKind.REGULATORY: frozenset({"agency", "region"}),
    FactKind.PARTNERSHIP: frozenset({"asset"}),
}
"""Keys in which one of two facts may be silent."""
STATUSES = ("planned", "ongoing", "completed", "reported", "discontinued")
"""What a document says last of a trial is what it says; of several, the one that stands furthest here."""

Slots = dict[str, set[Value]]
_FIRST = itemgetter(0)


@dataclass(slots=True)
class Merger:
    """Collects a document's facts."""

    document: Document
    vocabulary: Vocabulary
    found: dict[FactKind, list[tuple[Slots, set[Evidence]]]] = field(default_factory=dict)

    def add(self, fact: Fact) -> None:
        """Take a fact in, as one with a fact that it agrees with where there is one."""
        slots: Slots = {}
        for slot, value in fact.arguments:
            slots.setdefault(slot, set()).add(value)
        known = self.found.setdefault(fact.kind, [])
        for other, evidence in known:
            if agree(fact.kind, slots, other):
                _join(fact.kind, other, slots)
                evidence.update(fact.evidence)
                return
        known.append((slots, set(fact.evidence)))

    def facts(self) -> list[Fact]:
        """Return the facts, each trial with its node, in the order of what they claim."""
        self._place_trials()
        merged = []
        for kind, entries in self.found.items():
            for slots, evidence in entries:
                pairs = [(s, v) for s, values in slots.items() for v in values]
                keyed = sorted(((order(pair), pair) for pair in pairs), key=_FIRST)
                fact = Fact(kind, tuple(pair for _, pair in keyed), Basis.STATED, tuple(sorted(evidence)))
                merged.append(((kind, [key for key, _ in keyed]), fact))
        return [fact for _, fact in sorted(merged, key=_FIRST)]

    def _place_trials(self) -> None:
        """Give each trial statement its phase and its trial node; drop one whose phase nothing tells."""
        entries = self.found.pop(FactKind.TRIAL, [])
        phased = [(slots, evidence) for slots, evidence in entries if "phase" in slots]
        told = list(phased)
        for slots, evidence in entries:
            if "phase" not in slots and (family := _family(slots, told)):
                slots.update({slot: family[slot] for slot in ("phase", "acronym", "trial") if slot in family})
                phased.append((slots, evidence))
            elif "phase" not in slots:
                phases = self._phase(slots, evidence, told)
                if len(phases) == 1:
                    slots["phase"] = phases
                    phased.append((slots, evidence))
        kept: list[tuple[Slots, set[Evidence]]] = []
        # named trials first: a statement without a name joins the one named trial of its phase
        for slots, evidence in sorted(
            phased, key=lambda entry: ("acronym" not in entry[0], "registration" not in entry[0])
        ):
            hosts = [entry for entry in kept if _one_trial(slots, entry[0])]
            if len(hosts) == 1:
                _join(FactKind.TRIAL, hosts[0][0], slots)
                hosts[0][1].update(evidence)
            else:
                kept.append((slots, evidence))
        for slots, _ in kept:
            named = {v for v in slots.get("comparator", ()) if isinstance(v, Entity) and v.slug != "standard-of-care"}
            if named:
                slots["comparator"] = set(named)  # what the standard of care was has been said
            if "trial" not in slots:
                slots["trial"] = {self._trial(slots)}
        if kept:
            self.found[FactKind.TRIAL] = kept

    def _phase(
        self, slots: Slots, evidence: set[Evidence], phased: Sequence[tuple[Slots, set[Evidence]]]
    ) -> set[Value]:
        """The phase of a trial that a statement names without it: said of that trial elsewhere, else the one that the
        vocabulary knows where the same sentence or a trial without a name tells it, else the one of trials without a name.
        """
        told = [other for other, _ in phased]
        same = [other for other in told if other["about"] == slots["about"]]
        twins = [other for other in same if _same_trial(slots, other)]
        if twins:
            return {phase for other in twins for phase in other["phase"]}
        phases = {phase for other in same for phase in other["phase"]}
        known = self._known_phase(slots)
        if known:
            # of another trial: "in the Phase 3 ONE and TWO trials"
            starts = {e.start for e in evidence}
            beside = {phase for other, shown in phased if starts & {e.start for e in shown} for phase in other["phase"]}
            beside |= {phase for other in same if "acronym" not in other for phase in other["phase"]}
            return {phase for phase in beside if isinstance(phase, Entity) and phase.slug == known}
        if "acronym" in slots:
            return {phase for other in same if "acronym" not in other for phase in other["phase"]}
        return phases

    def _known_phase(self, slots: Slots) -> str | None:
        """The phase that the vocabulary knows of a named trial: it tells which of those that the document states is meant."""
        for trial in slots.get("trial", ()):
            row = self.vocabulary.rows.get((Kind.TRIAL, trial.slug)) if isinstance(trial, Entity) else None
            if row and row.more.get("phase"):
                return row.more["phase"][0]
        return None

    def _trial(self, slots: Slots) -> Entity:
        registrations = sorted(str(v) for v in slots.get("registration", ()))
        if registrations:
            return Entity(Kind.TRIAL, slug(registrations[0]), registrations[0])
        about, phase = (next(iter(slots[s])) for s in ("about", "phase"))
        assert isinstance(about, Entity)
        assert isinstance(phase, Entity)
        local = f"{slug(self.document.id)}.{about.slug}-{phase.slug}"
        return Entity(Kind.TRIAL, local, f"{phase.label} trial of {about.label}")


def takes_many(kind: FactKind, slot: str) -> bool:
    """Return whether one fact of a kind can fill a slot more than once."""
    return slot in _MANY.get(kind, ())


def order(argument: tuple[str, Value]) -> tuple[str, str]:
    """Return what a fact's arguments are sorted by."""
    return argument[0], value_text(argument[1])


def agree(kind: FactKind, one: Slots, other: Slots) -> bool:
    """Return whether two facts of a kind can be one."""
    for slot in {*one, *other}:
        mine, theirs = one.get(slot), other.get(slot)
        if mine == theirs:
            continue
        if slot in KEYS[kind]:
            if (mine and theirs) or slot not in SILENT.get(kind, ()):
                return False
        elif mine and theirs and not takes_many(kind, slot):
            return False
    return True


def _join(kind: FactKind, into: Slots, slots: Slots) -> None:
    for slot, values in slots.items():
        into.setdefault(slot, set()).update(values)
    if kind == FactKind.TRIAL and len(into.get("status", ())) > 1:
        into["status"] = {max(into["status"], key=lambda v: STATUSES.index(v.label) if isinstance(v, Entity) else -1)}


def _same_trial(one: Slots, other: Slots) -> bool:
    return one["about"] == other["about"] and any(
        one.get(slot, set()) & other.get(slot, set()) for slot in ("acronym", "registration")
    )


def _family(slots: Slots, told: Sequence[tuple[Slots, set[Evidence]]]) -> Slots | None:
    """The trial that a longer name is of ("ALPHA-3", where a phase is told of "ALPHA"), unless it has a phase of its own."""
    names = {str(name).casefold() for name in slots.get("acronym", ())}
    families = {}
    for other, _ in told:
        for known in other.get("acronym", ()):
            if other["about"] == slots["about"] and names & {str(known).casefold()}:
                return None
            if other["about"] == slots["about"] and any(
                re.fullmatch(re.escape(str(known).casefold()) + r"[- ]?\d+", name) for name in names
            ):
                families[str(known), str(sorted(map(str, other["phase"])))] = other
    return next(iter(families.values())) if len(families) == 1 else None


def _one_trial(slots: Slots, named: Slots) -> bool:
    """Whether a statement belongs to a named trial: it says the same name, or none and nothing that speaks against it."""
    if any(slots[s] != named[s] for s in ("about", "phase")):
        return False
    if _same_trial(slots, named):
        return True
    if slots.get("acronym") and named.get("acronym"):
        return False
    if slots.get("registration") and named.get("registration") and not slots["registration"] & named["registration"]:
        return False
    if slots.get("enrollment") and named.get("enrollment") and slots["enrollment"] != named["enrollment"]:
        return False
    if "acronym" not in slots and "acronym" not in named:
        return True
    return slots.get("status", set()) <= named.get("status", set())
