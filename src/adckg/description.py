"""What other tools can find out about the data and the saved queries: VoID and DCAT with counts, and SHACL executables.

Counting looks at the whole graph, so it is done when it is asked for, never by an incremental build. The same graph and
the same queries give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from adckg import __version__, names
from adckg.export import FORMATS, render_triples, write_atomically
from adckg.model import CLASSES
from adckg.parameters import Parameter
from adckg.queries import SavedQuery, load_queries
from adckg.sources import Source, ask
from adckg.sparql import quote
from adckg.store import Format

DATASET = f"{names.BASE}dataset"
CATALOGUE = f"{names.BASE}catalogue"
_LICENCE = "<https://creativecommons.org/licenses/by/4.0/>"
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_XSD = "http://www.w3.org/2001/XMLSchema#"

# the union of all graphs holds a triple once, though some engines count it once for each graph
_TRIPLES = "{ SELECT DISTINCT ?s ?p ?o WHERE { ?s ?p ?o } }"
PROPERTIES = f"SELECT ?p (COUNT(*) AS ?n) WHERE {{ {_TRIPLES} }} GROUP BY ?p ORDER BY ?p"
"""how many triples each property has"""
CLASS_COUNTS = "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?c } GROUP BY ?c ORDER BY ?c"
"""how many things are of each class"""
SUBJECTS = "SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s ?p ?o }"
OBJECTS = "SELECT (COUNT(DISTINCT ?o) AS ?n) WHERE { ?s ?p ?o }"
DAYS = """
PREFIX adc: <https://w3id.org/adckg/ontology#>
SELECT (MIN(?earliest) AS ?first) (MAX(?latest) AS ?last) WHERE {
  ?document a adc:Document ; adc:earliest ?earliest ; adc:latest ?latest
}
"""
"""from when the documents are"""


def write_description(source: Source, path: Path, *, endpoint: str | None = None) -> None:
    """Write the description of a source and of the saved queries as a Turtle file.

    Raises:
        StoreError: the source can't be queried.
        GraphError: the file can't be written.
    """
    with write_atomically(path) as file:
        file.write(render_description(source, endpoint=endpoint))


def render_description(source: Source, form: Format = "turtle", *, endpoint: str | None = None) -> bytes:
    """Return the description of a source and of the saved queries; `endpoint` is where it can be asked.

    Raises:
        StoreError: the source can't be queried.
    """
    lines = [*_describe_data(source, endpoint), *_describe_queries(load_queries(), endpoint)]
    return render_triples("".join(f"{line} .\n" for line in lines).encode(), form)


def _describe_data(source: Source, endpoint: str | None) -> Iterator[str]:
    """Yield the triples of the catalogue and of the data set, with its counts."""
    properties = [(row["p"], int(row["n"])) for row in ask(source, PROPERTIES).records()]
    classes = [(row["c"], int(row["n"])) for row in ask(source, CLASS_COUNTS).records()]
    (subjects,), (objects,) = ask(source, SUBJECTS).records(), ask(source, OBJECTS).records()
    about = "The open knowledge graph of antibody-drug conjugates: every fact with the words that say it"
    yield from _say(
        CATALOGUE,
        a=[_term("dcat:Catalog")],
        dcterms_title=[_text("adckg")],
        dcterms_license=[_LICENCE],
        dcat_dataset=[f"<{DATASET}>"],
    )
    yield from _say(
        DATASET,
        a=[_term("void:Dataset"), _term("dcat:Dataset")],
        dcterms_title=[_text("adckg")],
        dcterms_description=[_text(about)],
        dcterms_license=[_LICENCE],
        dcat_version=[quote(__version__)],
        dcat_keyword=[_text(word) for word in ("antibody-drug conjugate", "oncology", "clinical trial")],
        void_uriSpace=[quote(names.BASE)],
        void_vocabulary=[f"<{names.prefixes()[p]}>" for p in ("adc", "dcterms", "oa", "prov", "skos")],
        void_sparqlEndpoint=[f"<{endpoint}>"] if endpoint else [],
        void_triples=[_number(sum(count for _, count in properties))],
        void_properties=[_number(len(properties))],
        void_classes=[_number(len(classes))],
        void_distinctSubjects=[_number(int(subjects["n"]))],
        void_distinctObjects=[_number(int(objects["n"]))],
        void_documents=[_number(dict(classes).get(names.term("Document"), 0))],
        void_classPartition=[f"<{_partition('class', iri)}>" for iri, _ in classes],
        void_propertyPartition=[f"<{_partition('property', iri)}>" for iri, _ in properties],
        dcat_distribution=[f"<{DATASET}/{writer.extension[1:]}>" for writer in FORMATS.values()],
    )
    for iri, count in classes:
        yield from _say(_partition("class", iri), void_class=[f"<{iri}>"], void_entities=[_number(count)])
    for iri, count in properties:
        yield from _say(_partition("property", iri), void_property=[f"<{iri}>"], void_triples=[_number(count)])
    for writer in FORMATS.values():
        yield from _say(
            f"{DATASET}/{writer.extension[1:]}",
            a=[_term("dcat:Distribution")],
            dcterms_title=[_text(f"`adckg export -o adckg{writer.extension}`")],
            dcterms_license=[_LICENCE],
            dcat_mediaType=[f"<{_MEDIA_TYPES}{writer.media_type}>"],
        )
    (days,) = ask(source, DAYS).records() or [{}]
    if "first" in days:
        yield from _say(DATASET, dcterms_temporal=[f"<{DATASET}/time>"])
        yield from _say(
            f"{DATASET}/time",
            a=[_term("dcterms:PeriodOfTime")],
            dcat_startDate=[_typed(days["first"], "date")],
            dcat_endDate=[_typed(days["last"], "date")],
        )


def query_iri(name: str) -> str:
    """Return the IRI of a saved query."""
    return f"{names.BASE}query/{name}"


def _describe_queries(queries: Sequence[SavedQuery], endpoint: str | None) -> Iterator[str]:
    """Yield the triples of saved queries, as the sparql-examples of SIB have them, with their parameters beside."""
    for query in queries:
        iri = query_iri(query.name)
        yield from _say(
            iri,
            a=[_term("sh:SPARQLExecutable"), _term("sh:SPARQLSelectExecutable")],
            rdfs_label=[_text(query.summary)],
            rdfs_comment=[_text(query.description)],
            schema_keywords=[quote(tag) for tag in query.tags],
            schema_target=[f"<{endpoint}>"] if endpoint else [],
            skos_example=[_text(example) for example in query.examples],
            sh_prefixes=[f"<{names.BASE}prefixes>"],
            sh_select=[quote(re.sub(r"\A(?:#\+.*\n)+\n*", "", query.text))],
            sh_parameter=[f"<{iri}#{parameter.name}>" for parameter in query.parameters],
        )
        for parameter in query.parameters:
            yield from _describe_parameter(f"{iri}#{parameter.name}", parameter)
    for prefix, namespace in names.prefixes().items():
        declared = f"{names.BASE}prefixes#{prefix}"
        yield from _say(f"{names.BASE}prefixes", sh_declare=[f"<{declared}>"])
        yield from _say(
            declared,
            a=[_term("sh:PrefixDeclaration")],
            sh_prefix=[quote(prefix)],
            sh_namespace=[_typed(namespace, "anyURI")],
        )


def _describe_parameter(iri: str, parameter: Parameter) -> Iterator[str]:
    datatype = parameter.type if parameter.type in ("date", "decimal", "integer") else "string"
    yield from _say(
        iri,
        a=[_term("sh:Parameter")],
        sh_path=[f"<{names.BASE}query/parameter#{parameter.name}>"],
        sh_name=[quote(parameter.name)],
        sh_description=[_text(parameter.description)],
        sh_datatype=[f"<{_XSD}{datatype}>"],
        sh_optional=[_typed("true", "boolean")],
        sh_defaultValue=[_typed(parameter.default, datatype)] if parameter.default is not None else [],
        # what bears the name that it takes
        dcterms_references=[f"<{names.term(CLASSES[parameter.kind])}>"] if parameter.kind else [],
    )


def _say(subject: str, **said: Sequence[str]) -> Iterator[str]:
    """Yield the triples of a subject: a property is written `prefix_name`, and `a` is its class."""
    for property_, objects in said.items():
        predicate = _term("rdf:type" if property_ == "a" else property_.replace("_", ":", 1))
        for object_ in objects:
            yield f"<{subject}> {predicate} {object_}"


def _term(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return f"<{names.prefixes()[prefix]}{local}>"


def _text(text: str) -> str:
    return f"{quote(text)}@en"


def _number(number: int) -> str:
    return _typed(str(number), "integer")


def _typed(text: str, datatype: str) -> str:
    return quote(text) if datatype == "string" else f"{quote(text)}^^<{_XSD}{datatype}>"


def _partition(kind: str, iri: str) -> str:
    """Return the IRI of the part of the data that a class or a property makes."""
    curie = names.converter().compress(iri)
    return f"{DATASET}/{kind}/{curie.replace(':', '.') if curie and '/' not in curie else names.digest(iri)}"
