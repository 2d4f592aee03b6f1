"""Shapes and check queries -> violations, each led back to the words it came from.

The shapes (SHACL, shapes/*.ttl) look at one node at a time and run in pySHACL. What needs several nodes or graphs is a
check query (queries/checks/*.rq), which must answer nothing and runs once over the whole store.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from adckg import names, queries, resources
from adckg.errors import GraphError, KnowledgeError
from adckg.export import render_triples
from adckg.model import Violation
from adckg.store import Format, Store, convert

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

SEVERITIES = ("violation", "warning", "info")
"""from worst to mildest"""

_SHAPES = names.BASE + "shapes#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SH = "http://www.w3.org/ns/shacl#"
_OA = "http://www.w3.org/ns/oa#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_IRI = re.compile(r'(?:https?|urn|info|mailto|tag):[^\x00-\x20<>"{}|^`\\]+')

# The evidence of a node: its own, what it is itself, or that of the statements that speak of it.
_ORIGINS = f"""
SELECT ?focus ?near ?document ?quote ?start ?end WHERE {{
  VALUES ?focus {{ %s }}
  {{ ?focus <{names.term("evidence")}> ?evidence BIND(0 AS ?near) }}
  UNION {{ ?focus <{_OA}hasSource> ?source BIND(?focus AS ?evidence) BIND(0 AS ?near) }}
  UNION {{ ?evidence <{_OA}hasSelector> ?focus BIND(0 AS ?near) }}
  UNION {{ ?statement ?argument ?focus ; <{names.term("evidence")}> ?evidence BIND(1 AS ?near) }}
  ?evidence <{_OA}hasSource> ?document
  OPTIONAL {{
    ?evidence <{_OA}hasSelector> ?passage
    OPTIONAL {{ ?passage <{_OA}exact> ?quote }}
    OPTIONAL {{ ?passage <{_OA}start> ?start ; <{_OA}end> ?end }}
  }}
}}
"""


def check_graph(
    data: bytes, form: Format = "nquads", *, shapes: Sequence[Path] = (), where: str = "the data"
) -> list[Violation]:
    """Return what is wrong with RDF data, worst first; the data is read as it is written, no literal is mended.

    `shapes` are files of further shapes. `where` names the data in errors.

    Raises:
        GraphError: the data or a file of shapes is malformed.
    """
    with Store.in_memory() as store:
        store.insert(data, form, where=where)
        return _check(store, convert(data, form, "ntriples", where=where), shapes)


def check_store(store: Store, *, shapes: Sequence[Path] = ()) -> list[Violation]:
    """Return what is wrong with the graphs of a store, worst first.

    Raises:
        GraphError: a file of shapes is malformed.
    """
    # the ontology has shapes of its own kind (OWL), and is read beside the data in any case
    graphs = [None, *(graph for graph in store.graphs() if graph != names.ONTOLOGY_GRAPH)]
    lines = {line for graph in graphs for line in store.dump(graph)}
    return _check(store, b"\n".join(sorted(lines)), shapes)


def _check(store: Store, ntriples: bytes, shapes: Sequence[Path]) -> list[Violation]:
    return check_queries(store, besides=check_shapes(ntriples, shapes))


def check_shapes(ntriples: bytes, shapes: Sequence[Path] = ()) -> list[Violation]:
    """Return what the shapes find in N-Triples that hold all that they speak of; not yet led back to any words.

    Raises:
        GraphError: a file of further shapes is malformed.
    """
    return list(_check_shapes(ntriples, shapes))


def check_queries(store: Store, *, besides: Iterable[Violation] = ()) -> list[Violation]:
    """Return what the check queries find in a store, and what was found `besides`, led back to its words, worst first."""
    return sort_violations(lead_back({*besides, *_check_queries(store)}, store))


def sort_violations(violations: Iterable[Violation]) -> list[Violation]:
    """Return violations worst first."""
    order = {severity: number for number, severity in enumerate(SEVERITIES)}
    return sorted(
        violations, key=lambda v: (order[v.severity], v.check, v.focus, v.path or "", v.value or "", v.message)
    )


def _check_shapes(ntriples: bytes, shapes: Sequence[Path]) -> Iterator[Violation]:
    import pyshacl
    from rdflib import Graph
    from rdflib.namespace import RDF, SH

    with _quiet("rdflib.term"):
        data = Graph(bind_namespaces="none")
        data.parse(data=ntriples, format="nt")
        known = _own_shapes() + _parse_turtle(shapes) if shapes else _own_shapes()
        data += _classes_graph()
        _, report, _ = pyshacl.validate(data, shacl_graph=known, inplace=True)
    if not isinstance(report, Graph):
        raise KnowledgeError(f"shapes/: pySHACL can't use the shapes: {' '.join(str(report).split())[:300]}")
    for result in report.subjects(RDF.type, SH.ValidationResult):
        path, value = report.value(result, SH.resultPath), report.value(result, SH.value)
        yield Violation(
            check=_shape_name(report.value(result, SH.sourceShape), known),
            severity=str(report.value(result, SH.resultSeverity)).removeprefix(_SH).lower(),
            focus=_text(report.value(result, SH.focusNode)) or "",
            message=" ".join(sorted(map(str, report.objects(result, SH.resultMessage)))),
            path=_text(path),
            value=_text(value),
        )


def _text(node: Node | None) -> str | None:
    """Return the text of a node, and for a blank one `_:` and a name that is the same from run to run."""
    from rdflib import BNode

    return None if node is None else "_:blank" if isinstance(node, BNode) else str(node)


def _shape_name(shape: Node | None, shapes: Graph) -> str:
    """Return the local name of a shape, or, if it has none, of the shape that it is part of."""
    from rdflib import URIRef

    while shape is not None and not isinstance(shape, URIRef):
        shape = next(iter(shapes.subjects(None, shape)), None)
    return re.split(r"[#/]", str(shape))[-1] if shape is not None else "shape without a name"


@cache
def _own_shapes() -> Graph:
    """Return our shapes in one graph; prefixes come along for shapes that hold SPARQL."""
    return _parse_turtle([*resources.files("shapes", "*.ttl"), *resources.files("ontology", "prefixes.ttl")])


@cache
def _classes_graph() -> Graph:
    """Return the class hierarchy of the ontology, by which `sh:class` and `sh:targetClass` go."""
    from rdflib import Graph, URIRef
    from rdflib.namespace import RDFS

    classes = Graph(bind_namespaces="none")
    for triple in _parse_turtle(resources.files("ontology", "adc.ttl")).triples((None, RDFS.subClassOf, None)):
        if isinstance(triple[2], URIRef):
            classes.add(triple)
    return classes


def _parse_turtle(paths: Iterable[Path]) -> Graph:
    from rdflib import Graph

    graph = Graph(bind_namespaces="none")
    for path in paths:
        try:
            graph.parse(path, format="turtle")
        except Exception as error:  # rdflib's parsers raise whatever they happen to meet
            raise GraphError(f"{path}: malformed Turtle: {' '.join(str(error).split())[:300]}") from error
    return graph


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep rdflib from logging each ill-typed literal with its traceback: the shapes report them."""
    import logging

    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _check_queries(store: Store) -> Iterator[Violation]:
    for query in queries.load_queries("checks"):
        header = _header(query)
        for row in queries.ask(store, query.text).records():
            yield Violation(
                check=query.name,
                severity=header["severity"],
                focus=row.get("focus", ""),
                message=row.get("message") or header["message"],
                path=row.get("path"),
                value=row.get("value"),
            )


def _header(query: queries.SavedQuery) -> dict[str, str]:
    """Return what the header of a check query says beyond what every saved query's does."""
    import yaml

    header = yaml.safe_load("\n".join(re.findall(r"^#\+ ?(.*)$", query.text, re.MULTILINE)))
    if header.get("severity") not in SEVERITIES or "message" not in header:
        raise KnowledgeError(f"{query.path}: a check needs a message and a severity ({', '.join(SEVERITIES)})")
    return {key: str(value) for key, value in header.items()}


def lead_back(violations: Iterable[Violation], store: Store) -> Iterator[Violation]:
    """Yield each violation with the document, quote and offsets of the evidence of its focus, where there is any."""
    violations = list(violations)
    wanted = sorted({v.focus for v in violations if _IRI.fullmatch(v.focus)})
    origins: dict[str, dict[str, str]] = {}
    for at in range(0, len(wanted), 1000):
        answer = queries.ask(store, _ORIGINS % " ".join(f"<{focus}>" for focus in wanted[at : at + 1000]))
        for row in sorted(answer.records(), key=_nearness):
            origins.setdefault(row["focus"], row)
    for violation in violations:
        # a document speaks for itself: the words of its statements aren't what is wrong with it
        is_document = violation.focus.startswith(f"{names.BASE}document/") and "#" not in violation.focus
        origin = {"document": violation.focus} if is_document else origins.get(violation.focus, {})
        yield replace(
            violation,
            document=origin.get("document"),
            quote=origin.get("quote"),
            start=_offset(origin.get("start")),
            end=_offset(origin.get("end")),
        )


def _nearness(row: dict[str, str]) -> tuple[str, str, int, str]:
    return row["near"], row["document"], _offset(row.get("start")) or 0, row.get("quote", "")


def _offset(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"-?\d{1,18}", text) else None


def render_report(violations: Sequence[Violation]) -> str:
    """Return a report for people: what was found, at which node, and the words it came from."""
    if not violations:
        return "The graph conforms: no shape and no check query finds anything.\n"
    counts = Counter(violation.severity for violation in violations)
    lines = [", ".join(f"{counts[s]} {s}{'s' * (counts[s] > 1 and s != 'info')}" for s in SEVERITIES if counts[s]), ""]
    for violation in violations:
        lines.append(f"{violation.severity.upper()} {violation.check}: {violation.message}")
        lines.append(f"    at     {_shorten(violation.focus)}")
        if violation.path:
            value = "" if violation.value is None else f" = {_shorten(violation.value)}"
            lines.append(f"    says   {_shorten(violation.path)}{value}")
        elif violation.value is not None:
            lines.append(f"    value  {_shorten(violation.value)}")
        if violation.document:
            place = f", characters {violation.start} to {violation.end}" if violation.start is not None else ""
            lines.append(f"    from   {_shorten(violation.document)}{place}")
        if violation.quote:
            lines.append(f"    words  “{' '.join(violation.quote.split())}”")
        lines.append("")
    return "\n".join(lines)


def _shorten(text: str) -> str:
    return text.removeprefix(names.BASE).replace("ontology#", "adc:")


def render_json(violations: Sequence[Violation]) -> str:
    """Return a report as JSON: `conforms`, and `violations` with the fields of `Violation`."""
    body = {"conforms": conforms(violations), "violations": [asdict(violation) for violation in violations]}
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def render_shacl(violations: Sequence[Violation]) -> bytes:
    """Return a report as a SHACL validation report in Turtle; document, quote and offsets are on each result."""
    conforming = f'"{str(conforms(violations)).lower()}"^^<{_XSD}boolean>'
    lines = [f"_:report <{_RDF}type> <{_SH}ValidationReport> .", f"_:report <{_SH}conforms> {conforming} ."]
    for number, violation in enumerate(violations):
        result = f"_:result{number:06d}"
        lines.append(f"_:report <{_SH}result> {result} .")
        properties = {
            f"{_RDF}type": f"<{_SH}ValidationResult>",
            f"{_SH}resultSeverity": f"<{_SH}{violation.severity.capitalize()}>",
            f"{_SH}focusNode": _node(violation.focus),
            f"{_SH}resultMessage": _literal(violation.message),
            f"{_SH}sourceShape": f"<{_SHAPES}{violation.check}>",
            f"{_SH}resultPath": _node(violation.path),
            f"{_SH}value": _node(violation.value),
            f"{_OA}hasSource": _node(violation.document),
            f"{_OA}exact": _literal(violation.quote),
            f"{_OA}start": _integer(violation.start),
            f"{_OA}end": _integer(violation.end),
        }
        lines += [f"{result} <{predicate}> {value} ." for predicate, value in properties.items() if value]
    return render_triples("".join(f"{line}\n" for line in lines).encode(), "turtle")


def _literal(text: str | None) -> str:
    # what JSON escapes, N-Triples escapes in the same way
    return "" if text is None else json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _integer(number: int | None) -> str:
    return "" if number is None else f'"{number}"^^<{_XSD}integer>'


def _node(text: str | None) -> str:
    """Return an IRI where the text is one, else a literal."""
    if text is not None and _IRI.fullmatch(text):
        return f"<{text}>"
    return _literal(text)


def conforms(violations: Iterable[Violation]) -> bool:
    """Return whether there is no violation among them: warnings and infos don't count."""
    return all(violation.severity != "violation" for violation in violations)
