"""What builds cost: again with nothing changed, one document more, two processes, a Dask cluster, and many kills.

    python benchmarks/builds.py again [--documents 10000]
    python benchmarks/builds.py one [--sizes 1000 10000 100000]
    python benchmarks/builds.py jobs [--documents 2000]
    python benchmarks/builds.py dask [--documents 2000]        (needs pip install 'adckg[dask]')
    python benchmarks/builds.py kills [--kills 200]

All builds are processes of the command line, over generated press releases. Where two ways are compared, the N-Quads of
both stores must be the same to the byte, or the benchmark fails.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from adckg import queries
from adckg.errors import StoreError
from adckg.store import Store

ADCKG = str(Path(sys.executable).with_name("adckg"))
ADCS = (
    "T-DM1",
    "SAR3419",
    "IMGN901",
    "IMGN853",
    "IMGN529",
    "brentuximab vedotin",
    "inotuzumab ozogamicin",
    "SAR650984",
)
COMPANIES = ("ImmunoGen", "Sanofi", "Genentech", "Seattle Genetics", "Pfizer", "Biotest", "Bayer", "Amgen")
DISEASES = ("breast cancer", "multiple myeloma", "non-Hodgkin lymphoma", "ovarian cancer", "small-cell lung cancer")
PAYLOADS = ("DM1", "DM4", "MMAE", "calicheamicin", "MMAF")
REACTIONS = ("nausea", "fatigue", "thrombocytopenia", "neutropenia", "diarrhea")
TARGETS = ("HER2", "CD19", "CD56", "CD37", "folate receptor alpha")


def write_corpus(path: Path, count: int, seed: int = 1) -> Path:
    """Write so many press releases as JSON Lines, the same in every run."""
    chance = random.Random(seed)
    with path.open("w") as file:
        for number in range(count):
            letters = "".join(chance.choices("ABCDEFGHKLMNPRSTVWXZ", k=3))
            adc = chance.choice((*ADCS, f"{letters}-{chance.randint(100, 999)}"))
            company, patients = chance.choice(COMPANIES), chance.randint(20, 400)
            phase, disease = chance.choice(("1", "2", "3")), chance.choice(DISEASES)
            text = (
                f"{company} Announces Phase {phase} Data for {adc}\n\n"
                f"{company} today presented new data for {adc}, an antibody-drug conjugate that targets"
                f" {chance.choice(TARGETS)} and consists of an antibody and {chance.choice(PAYLOADS)}."
                f" In a Phase {phase} trial of {adc} in {patients} patients with {disease}, the objective response rate"
                f" was {chance.randint(5, 90)}%. The most common adverse event was {chance.choice(REACTIONS)}"
                f" ({chance.randint(1, 60)}%). A Phase {phase} trial of {adc} is ongoing.\n"
            )
            date = f"{chance.randint(2001, 2024)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
            record = {"id": f"{date}-made-{number}", "date": date, "publisher": company, "text": text}
            file.write(json.dumps(record) + "\n")
    return path


class Cost(NamedTuple):
    """What a process cost: seconds by the clock, seconds at work, and the most memory that it held, in MB."""

    seconds: float
    work: float
    memory: int


def build(corpus: Path, store: Path, *options: str) -> Cost:
    """Build with the command line."""
    begin = time.perf_counter()
    command = [ADCKG, "build", str(corpus), "--store", str(store), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), f"{command}: exit code {process.returncode}"
    return Cost(time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)


def content(path: Path) -> str:
    """Return the SHA-256 of a store's N-Quads."""
    hashed = hashlib.sha256()
    with Store.open(path, read_only=True) as store:
        for graph in store.graphs():
            hashed.update(b"".join(line + f"<{graph}>\n".encode() for line in store.dump(graph)))
    return hashed.hexdigest()


def again(folder: Path, documents: int) -> None:
    """Build twice, with nothing changed."""
    corpus = write_corpus(folder / "corpus.jsonl", documents)
    first = build(corpus, folder / "store")
    print(f"first build of {documents} documents: {first.seconds:.1f} s ({first.work:.1f} at work), {first.memory} MB")
    second = build(corpus, folder / "store")
    share = 100 * second.seconds / first.seconds
    print(
        f"second: {second.seconds:.2f} s ({second.work:.2f} at work), {share:.2f} % (asked: 2), {second.memory} MB (asked: 300)"
    )


def one(folder: Path, sizes: Sequence[int]) -> None:
    """Add one document to stores of several sizes; each ADC of it is spoken of in thousands of others."""
    base = 200
    build(write_corpus(folder / "corpus.jsonl", base), folder / "base")
    more = write_corpus(folder / "more.jsonl", 8, seed=2).read_text().splitlines()
    with Store.open(folder / "base", read_only=True) as store:
        graphs = {graph: b"\n".join(store.dump(graph)) + b"\n" for graph in store.graphs() if "/document/" in graph}
        rest = [graph for graph in store.graphs() if graph not in graphs]
        others = {graph: b"\n".join(store.dump(graph)) + b"\n" for graph in rest}
        notes = store.notes()
    for size in sizes:
        path = folder / f"store-{size}"
        with Store.open(path, create=True) as store:
            for graph, lines in others.items():
                store.replace_graph(graph, quads(lines, graph))
            for about, text in notes.items():
                store.note(about, text)
            for copy in range(size // base):
                copies = (multiply(lines, graph, copy) for graph, lines in graphs.items())
                store.bulk_insert(list(copies))
            store.optimize()
            store.commit()
        costs = []
        for number, line in enumerate(more):
            (folder / f"more-{number}.jsonl").write_text(line)
            costs.append(build(folder / f"more-{number}.jsonl", path))
        middle = len(costs) // 2
        seconds, work = (sorted(values)[middle] for values in ([c.seconds for c in costs], [c.work for c in costs]))
        print(f"one document more than {size}: {seconds:.2f} s ({work:.2f} at work), median of {len(costs)}")
        shutil.rmtree(path)


def quads(lines: bytes, graph: str) -> bytes:
    """Return N-Triples as N-Quads of a graph."""
    return lines.replace(b" .\n", f" <{graph}> .\n".encode())


def multiply(lines: bytes, graph: str, copy: int) -> bytes:
    """Return a document's graph as that of another document, which states facts of its own about the same ADCs."""
    said = re.sub(rb"/id/(fact|evidence)/(\w+)>", rb"/id/\1/\g<2>x%d>" % copy, lines)
    said = said.replace(graph.encode(), f"{graph}-{copy}".encode())
    return quads(said, f"{graph}-{copy}")


def jobs(folder: Path, documents: int) -> None:
    """Build with one process and with two."""
    corpus = write_corpus(folder / "corpus.jsonl", documents)
    alone = build(corpus, folder / "alone").seconds
    both = build(corpus, folder / "both", "--jobs", "2").seconds
    assert content(folder / "alone") == content(folder / "both"), "one and two processes give different bytes"
    print(f"{documents} documents: one process {alone:.1f} s, two {both:.1f} s: {both / alone:.2f} (asked: 0.7)")


def dask(folder: Path, documents: int) -> None:
    """Build on a Dask cluster of two worker processes, one of which is killed in the middle."""
    corpus = write_corpus(folder / "corpus.jsonl", documents)
    alone = build(corpus, folder / "alone").seconds
    with ExitStack() as stack:
        address, workers = open_cluster(stack, folder)
        command = [ADCKG, "build", str(corpus), "--store", str(folder / "cluster"), "--scheduler", address]
        begin = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            time.sleep(alone / 4)
            assert process.poll() is None, "the build is done before a worker could be killed"
            workers[0].kill()
        assert process.returncode in (0, 1), f"exit code {process.returncode}"
    took = time.perf_counter() - begin
    assert content(folder / "alone") == content(folder / "cluster"), "the cluster gives different bytes"
    print(
        f"{documents} documents: one process {alone:.1f} s, two workers of which one was killed {took:.1f} s: same bytes"
    )


def open_cluster(stack: ExitStack, folder: Path) -> tuple[str, list[subprocess.Popen[bytes]]]:
    """Start a scheduler and two workers on the loopback; return its address and them."""
    place = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}

    def start(module: str, *options: str) -> subprocess.Popen[bytes]:
        code = f"from distributed.cli.{module} import main; main()"
        process = subprocess.Popen([sys.executable, "-c", code, *options, "--no-dashboard"], **quiet)  # type: ignore[call-overload]
        stack.callback(process.wait)
        stack.callback(process.kill)
        return process  # type: ignore[no-any-return]

    start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(place))
    while not place.exists():
        time.sleep(0.1)
    options = ("--scheduler-file", str(place), "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1")
    workers = [start("dask_worker", *options) for _ in range(2)]
    return str(json.loads(place.read_text())["address"]), workers


def kills(folder: Path, count: int) -> None:
    """Kill builds at random moments, look at what they left, and finish them."""
    chance = random.Random(5)
    corpora = [write_corpus(folder / f"corpus-{seed}.jsonl", 4, seed) for seed in (1, 2)]
    whole, length = {}, {}
    for corpus in corpora:
        length[corpus] = build(corpus, folder / corpus.stem, "--prune").seconds
        whole[corpus] = content(folder / corpus.stem)
    store, killed = folder / "store", 0
    for number, corpus in enumerate(cycle(corpora)):
        if killed == count:
            break
        if number % 7 == 0:
            shutil.rmtree(store, ignore_errors=True)
        command = [ADCKG, "build", str(corpus), "--store", str(store), "--prune"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(0, length[corpus]))
            process.kill()
        if process.returncode == -signal.SIGKILL:
            killed += 1
        else:
            length[corpus] *= 0.9  # it was done before it could be killed
        look(store, set(whole.values()))
        build(corpus, store, "--prune")
        assert content(store) == whole[corpus], f"kill {number}: the finished build differs from one never disturbed"
    print(f"{killed} builds killed at work: each store whole, each finished build the same bytes")


def look(path: Path, allowed: set[str]) -> None:
    """Open a store and ask it everything; what it holds is one of these states, or nothing was ever finished."""
    try:
        with Store.open(path, read_only=True) as store:
            for query in queries.load_queries():
                store.query(query.text)
    except StoreError:
        assert not (path / "current").exists(), "a store that had been built can't be opened"
    else:
        assert content(path) in allowed, "readers see a state between the old and the new one"


def main() -> None:
    """Run one of the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("again", "one", "jobs", "dask", "kills"))
    parser.add_argument("--documents", type=int)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--kills", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.what == "again":
            again(folder, asked.documents or 10_000)
        elif asked.what == "one":
            one(folder, asked.sizes)
        elif asked.what == "jobs":
            jobs(folder, asked.documents or 2000)
        elif asked.what == "dask":
            dask(folder, asked.documents or 2000)
        else:
            kills(folder, asked.kills)


if __name__ == "__main__":
    main()
