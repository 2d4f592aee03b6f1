"""IRIs and CURIEs. The only place that mints an IRI; prefixes come from ontology/prefixes.ttl alone."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from adckg import resources
from adckg.errors import KnowledgeError
from adckg.model import Entity, Evidence, Fact, Value

if TYPE_CHECKING:
    from curies import Converter

BASE = "https://w3id.org/adckg/"
ONTOLOGY = f"{BASE}ontology#"
ONTOLOGY_GRAPH = f"{BASE}graph/ontology"
REFERENCE_GRAPH = f"{BASE}graph/reference"
DERIVED_GRAPH = f"{BASE}graph/derived"
"""one graph for each ADC stands below it"""

_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "λ": "lambda", "μ": "mu"}
_NOT_SLUG = re.compile(r"[^a-z0-9.+]+")


@cache
def converter() -> Converter:
    """Return the CURIE converter over the one list of prefixes.

    Raises:
        KnowledgeError: the list can't be read.
    """
    from curies import Converter

    path = resources.folder("ontology") / "prefixes.ttl"
    try:
        return Converter.from_shacl(str(path), format="turtle")
    except Exception as error:
        raise KnowledgeError(f"ontology/prefixes.ttl can't be read: {error}") from error


@cache
def prefixes() -> dict[str, str]:
    """Return the namespace IRI of each prefix."""
    return dict(sorted(converter().bimap.items()))


def term(local: str) -> str:
    """Return the IRI of a term of the ontology.

    >>> term("Result")
    'https://w3id.org/adckg/ontology#Result'
    """
    return ONTOLOGY + local


@lru_cache(maxsize=1 << 14)
def slug(text: str) -> str:
    """Fold a name to the form used in IRIs: lower case ASCII, words joined by hyphens.

    >>> slug("FRα"), slug("Val-Cit (vc)"), slug("Médecins Σ")
    ('fralpha', 'val-cit-vc', 'medecins-u3c3')
    """
    text = "".join(_GREEK.get(c, c) for c in text.casefold())
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c if c.isascii() else f"u{ord(c):x}" for c in text if not unicodedata.combining(c))
    return _NOT_SLUG.sub("-", text).strip("-.") or "x"


_PLAIN = re.compile(r"[a-z0-9.-]+")
"""what stands in an IRI as it is"""


def entity_iri(entity: Entity) -> str:
    """Return `id/KIND/SLUG`."""
    said = entity.slug
    return f"{BASE}id/{entity.kind}/{said if _PLAIN.fullmatch(said) else quote(said, safe='+-.~_')}"


def document_iri(document_id: str) -> str:
    """Return the IRI of a document, which is also the name of its graph."""
    return f"{BASE}document/{quote(document_id, safe='-._~+')}"


def derived_graph(product: str) -> str:
    """Return the name of the graph of what is derived for one ADC, given by its IRI.

    >>> derived_graph("https://w3id.org/adckg/id/adc/x")
    'https://w3id.org/adckg/graph/derived/adc/x'
    """
    return f"{DERIVED_GRAPH}/{product.removeprefix(f'{BASE}id/')}"


def passage_iri(document_id: str, start: int, end: int) -> str:
    """Return the IRI of a stretch of a document's text, as RFC 5147 names it."""
    return f"{document_iri(document_id)}#char={start},{end}"


def digest(*parts: str) -> str:
    """Return sixteen hexadecimal digits that stand for these texts, in this order."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def value_text(value: Value) -> str:
    """Return the canonical text of a slot's value: an entity's IRI, a plain number, an ISO date, or the string.

    >>> value_text(Decimal("7.0")), value_text(PartialDate(2012, 8))
    ('7', '2012-08')
    """
    if isinstance(value, Entity):
        return entity_iri(value)
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(value)


def fact_iri(fact: Fact) -> str:
    """Return the IRI of a fact: the same claim on the same basis has the same IRI, whoever makes it.

    The digest is over the kind, the basis and `slot=value` of each argument, sorted.
    """
    claim = sorted(f"{slot}={value_text(value)}" for slot, value in fact.arguments)
    return f"{BASE}id/fact/{digest(fact.kind, fact.basis, *claim)}"


def evidence_iri(fact: Fact, document_id: str, evidence: Evidence) -> str:
    """Return the IRI of one piece of evidence: what is claimed, where it is said, by which rule it was read."""
    return f"{BASE}id/evidence/" + digest(
        fact_iri(fact), document_id, str(evidence.start), str(evidence.end), evidence.rule
    )


def run_iri(version: str, knowledge_digest: str) -> str:
    """Return the IRI of a run of the extractor, named by what went into it."""
    return f"{BASE}id/run/{digest(version, knowledge_digest)}"
