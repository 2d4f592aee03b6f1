"""How long each saved query takes on a large graph, beside raw pyoxigraph on the same store and text.

    python benchmarks/queries.py [TRIPLES]

The graph is the five seed documents over and over, each time as other documents about other ADCs, with the ontology.
Asked: 1 s on 1,000,000 triples, no more than 10% plus 5 ms above pyoxigraph, and a runaway query stopped within 1 s of its limit.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from adckg import names, queries, resources
from adckg.build import extract_to_graph, render_ontology
from adckg.errors import QueryError
from adckg.sources import Limited, Place
from adckg.store import Store

ROUNDS = 3
OURS = re.compile(rf"({re.escape(names.BASE)}(?:document/|id/(?:fact|evidence|adc|trial|antibody|linker)/))")
LABEL = re.compile(r'(<[^>]*/id/adc/[^>]*> <[^>]*#prefLabel> "[^"]*)"')


def copies(nquads: str, triples: int) -> Iterator[bytes]:
    """Yield the same N-Quads under other names until there are so many triples."""
    for number in range(triples // nquads.count("\n")):
        yield LABEL.sub(rf'\g<1> {number}"', OURS.sub(rf"\g<1>{number}-", nquads)).encode()


def seconds(act: Callable[[], object]) -> float:
    """Return how long something takes."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def main() -> None:
    """Make the graph, run all queries in both ways in turn, print the medians and their difference."""
    triples = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    graphs, _ = extract_to_graph([resources.folder("seeds") / "documents"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store"
        with Store.open(path, create=True) as store:
            store.bulk_insert(copies(graphs.decode(), triples))
            store.insert(render_ontology())
            store.optimize()
            store.commit()
        with Store.open(path, read_only=True) as raw, Limited(Place("store", str(path)), seconds=300) as ours:
            print(f"{len(raw):,} triples\n{'query':<28}{'rows':>8}{'pyoxigraph s':>14}{'adckg s':>9}{'above ms':>10}")
            for query in queries.load_queries():
                measure(query, raw, ours)
        stop(Place("store", str(path)))


def stop(place: Place) -> None:
    """Print how long after its limit a query that would run for hours is stopped, and how soon the next one is answered."""
    with Limited(place, seconds=2) as limited:
        limited.query("ASK {}")
        begin = time.perf_counter()
        try:
            limited.query("SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
        except QueryError:
            late = time.perf_counter() - begin - 2
        print(f"a runaway query is stopped {late:.3f} s after its limit; ", end="")
        print(f"the next one is answered after {seconds(lambda: limited.query('ASK { ?s ?p ?o }')):.3f} s")


def measure(query: queries.SavedQuery, raw: Store, ours: Limited) -> None:
    """Print one line: the medians of both ways."""
    text = query.text
    answer = list(raw._store.query(text))
    try:
        queries.run_text(ours, text)
    except QueryError as error:
        print(f"{query.name:<28}{len(answer):>8}  {error}")
        return
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        times[0].append(seconds(lambda: [tuple(row) for row in raw._store.query(text)]))
        times[1].append(seconds(lambda: queries.run_text(ours, text)))
    theirs, mine = map(statistics.median, times)
    print(f"{query.name:<28}{len(answer):>8}{theirs:>14.3f}{mine:>9.3f}{1000 * (mine - theirs):>10.0f}")


if __name__ == "__main__":
    main()
