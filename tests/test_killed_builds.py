"""Builds killed at random moments: the store opens, answers everything, and the next build makes it whole.

The builds are forks of a process that has read the rules and has no store open, so that the moments fall within the work
and not within the start of Python. Whole processes of the command line are killed by `benchmarks/builds.py kills`.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from adckg import queries
from adckg.errors import StoreError
from adckg.export import render_store
from adckg.store import Store

KILLS = 200

BUILDER = """
import os, sys
from pathlib import Path
from adckg import build, extract, names

# the vocabulary's graph, the ontology's and the shapes have tests of their own
word, mmae = f"<{names.BASE}id/name-word/vedotin>", f"<{names.BASE}id/payload/mmae>"
build.render_reference = lambda: "".join(f"{line} <{names.REFERENCE_GRAPH}> .\\n" for line in (
    f"{word} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{names.term('NameWord')}>",
    f'{word} <{names.term("word")}> "vedotin"',
    f"{word} <{names.term('impliesPayload')}> {mmae}",
    f'{mmae} <http://www.w3.org/2004/02/skos/core#prefLabel> "MMAE"',
)).encode()
build.render_ontology = lambda: b""
build.check_shapes = lambda triples: []
extract.load_knowledge()
build.knowledge_digest()
print("ready", flush=True)

for line in sys.stdin:
    corpus, store = line.split()
    child = os.fork()
    if child == 0:
        build.build([Path(corpus)], store=Path(store), prune=True)
        os._exit(0)
    print(child, flush=True)
    sys.stdin.readline()  # until then the child's number is nobody else's
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Builder:
    """Begins builds, each in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def build(self, corpus: Path, store: Path, *, killed_after: float | None = None) -> int:
        """Build, and return the exit code; kill the build after so many seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(corpus, store, file=self._process.stdin, flush=True)
        child = int(self._process.stdout.readline())
        if killed_after is not None:
            time.sleep(killed_after)
            os.kill(child, signal.SIGKILL)
        print("end", file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@pytest.fixture
def builder() -> Iterator[Builder]:
    command = [sys.executable, "-c", BUILDER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Builder(process)


def write_corpora(folder: Path) -> list[Path]:
    """Write two corpora that share a document, hold another in two versions, and one each that the other has not."""
    corpora = []
    for name, told in (("a", ("T-DM1", "IMGN853", "SAR3419")), ("b", ("T-DM1", "xonatamab vedotin", None, "IMGN529"))):
        corpora.append(folder / name)
        corpora[-1].mkdir()
        for number, drug in enumerate(told):
            if drug:
                (corpora[-1] / f"2012-06-0{number + 1}-release.txt").write_text(
                    f"New data for {drug} presented\n\n{drug} is an antibody-drug conjugate that targets CD19.\n"
                    f"A Phase 2 trial of {drug} is ongoing.\n"
                )
    return corpora


def content(store: Path) -> bytes:
    with Store.open(store, read_only=True) as opened:
        return render_store(opened, "nquads")


def test_a_build_killed_at_any_of_200_moments_leaves_the_old_or_the_new_and_can_be_finished(
    tmp_path: Path, builder: Builder
) -> None:
    moments, asked = random.Random(4), [query.text for query in queries.load_queries()]
    corpora, whole, length = write_corpora(tmp_path), {}, {}
    for corpus in corpora:
        begin = time.perf_counter()
        assert builder.build(corpus, tmp_path / f"undisturbed-{corpus.name}") == 0
        length[corpus] = time.perf_counter() - begin
        whole[corpus] = content(tmp_path / f"undisturbed-{corpus.name}")
    assert b"derived/adc/" in whole[corpora[1]], "something is derived, too"

    store, killed, resumed = tmp_path / "store", 0, 0
    for number, corpus in enumerate(cycle(corpora)):
        if killed == KILLS:
            break
        if number % 7 == 0:
            shutil.rmtree(store, ignore_errors=True)  # so that first builds are killed, too
        old = (store / "current").exists() and content(store)
        code = builder.build(corpus, store, killed_after=moments.uniform(0, length[corpus]))
        if code == 0:
            length[corpus] *= 0.95  # it was done before it could be killed
        killed += code == -signal.SIGKILL
        try:
            with Store.open(store, read_only=True) as opened:
                for text in asked:
                    opened.query(text)
        except StoreError:
            assert not old, "a store that was built before can be opened"
        else:
            assert content(store) in (old, whole[corpus]), "readers see the old state or the new"
        resumed += len(list(store.glob("generations/*"))) > 1
        assert builder.build(corpus, store) == 0
        assert content(store) == whole[corpus], "the same bytes as a build that was never disturbed"
    assert resumed > KILLS / 10, "many were killed in the middle of their work"
