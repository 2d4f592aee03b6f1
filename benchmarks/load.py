"""`adckg load` beside `curl` with the same N-Quads in one transaction, on each server that can be run here.

    python benchmarks/load.py [--triples 1000000] [SERVER...]

Each run begins with an empty server. Oxigraph and RDF4J repeat a triple for each graph that holds it, so `load` has them keep
the union as one more graph: there curl is measured with the graphs alone and with the union too. After the load the
server's triples are compared with the store's, as sets, and a second load has to send nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import servers
from adckg import names
from adckg.remote import UNION_GRAPH
from adckg.servers import load_servers
from adckg.store import Store, convert

GRAPH = f"{names.BASE}document/made"
ADCKG = Path(sys.executable).parent / "adckg"


def write_made(path: Path, triples: int, *graphs: str) -> None:
    """Write a made graph as N-Quads, under each of these names."""
    with path.open("w", encoding="utf-8") as file:
        for graph in graphs:
            for n in range(triples // 4):
                fact = f"<{names.BASE}id/fact/{n:016x}>"
                file.write(
                    f"{fact} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{names.ONTOLOGY}Result> <{graph}> .\n"
                    f'{fact} <{names.ONTOLOGY}value> "{n}.5"^^<http://www.w3.org/2001/XMLSchema#decimal> <{graph}> .\n'
                    f"{fact} <{names.ONTOLOGY}about> <{names.BASE}id/adc/made-{n % 5000}> <{graph}> .\n"
                    f'{fact} <{names.ONTOLOGY}name> "result {n}, \\"naïve\\" α" <{graph}> .\n'
                )


def time_curl(name: str, file: Path, folder: Path) -> float:
    known = load_servers()[name]
    with servers.start(name, folder) as server:
        begin = time.perf_counter()
        subprocess.run(
            ["curl", "-sSf", "-o", "/dev/null", "-X", "POST", "-H", "Content-Type: application/n-quads", "-T", str(file),
             known.service(server.url, str(known.quads))],
            check=True,
        )  # fmt: skip
        return time.perf_counter() - begin


def time_load(name: str, store: Path, folder: Path) -> tuple[float, float]:
    """Return the times of a first and a second load; the first has to bring everything, the second nothing."""
    known = load_servers()[name]
    with servers.start(name, folder) as server:
        times = []
        for _ in range(2):
            begin = time.perf_counter()
            command = [ADCKG, "load", server.url, "--store", store]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            times.append(time.perf_counter() - begin)
        assert "unchanged   1 graph\nsent        0 triples\n" in said, said
        query = urllib.parse.urlencode({"graph": GRAPH})
        request = urllib.request.Request(
            f"{known.service(server.url, str(known.graphs))}?{query}", headers={"Accept": "application/n-triples"}
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=600) as answer:
            there = convert(answer.read(), "ntriples", "ntriples")
    with Store.open(store, read_only=True) as opened:
        assert set(there.splitlines()) == set(opened.dump(GRAPH)), "the server holds something else"
    return times[0], times[1]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("servers", nargs="*", default=servers.NAMES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone, both = folder / "graph.nq", folder / "both.nq"
        write_made(alone, options.triples, GRAPH)
        write_made(both, options.triples, GRAPH, UNION_GRAPH)
        with Store.open(folder / "store", create=True) as store:
            store.bulk_insert([alone.read_bytes()])
            store.commit()
        for server in options.servers:
            if reason := servers.missing(server):
                print(f"{server}: skipped: {reason}")
                continue
            curl = time_curl(server, alone, folder / f"{server}-curl")
            first, second = time_load(server, folder / "store", folder / f"{server}-load")
            line = f"{server}: curl {curl:.1f} s, load {first:.1f} s ({first / curl:.2f} times), again {second:.1f} s"
            if load_servers()[server].repeats:
                with_union = time_curl(server, both, folder / f"{server}-both")
                line += f"; curl with the union {with_union:.1f} s ({first / with_union:.2f} times)"
            print(line, flush=True)


if __name__ == "__main__":
    main()
