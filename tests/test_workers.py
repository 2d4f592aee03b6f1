"""Processes and clusters: the same bytes, whoever does the work, and work that lost its worker is done again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adckg.build import build
from adckg.errors import WorkersError
from adckg.export import render_store
from adckg.store import Store
from adckg.workers import Processes, open_workers

ADCKG = Path(sys.executable).parent / "adckg"


def content(store: Path) -> bytes:
    with Store.open(store, read_only=True) as opened:
        return render_store(opened, "nquads")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 documents as JSON Lines."""
    path = tmp_path_factory.mktemp("corpus") / "corpus.jsonl"
    drugs = ("T-DM1", "SAR3419", "IMGN853", "xonatamab vedotin")
    with path.open("w") as file:
        for number in range(120):
            drug = drugs[number % len(drugs)]
            text = f"New data for {drug} presented\n\nIn {number + 20} patients the response rate of {drug} was 40%.\n"
            file.write(json.dumps({"id": f"d{number}", "text": text}) + "\n")
    return path


@pytest.fixture(scope="module")
def alone(corpus: Path) -> bytes:
    """What one process makes of the documents."""
    build([corpus], store=corpus.parent / "alone")
    return content(corpus.parent / "alone")


DIE_ONCE = """
import os, pathlib
mark = pathlib.Path({mark!r})
if not mark.exists():
    mark.touch()
    os.abort()
mark.write_text("done")
"""


def test_one_job_needs_no_workers() -> None:
    with open_workers() as workers:
        assert workers is None


def test_work_that_lost_its_process_is_done_again(tmp_path: Path) -> None:
    with Processes(2) as workers:
        before = [workers.submit(abs, -number) for number in range(20)]
        lost = workers.submit(exec, DIE_ONCE.format(mark=str(tmp_path / "mark")))
        after = [workers.submit(abs, -number) for number in range(20)]
        lost.result()
        assert (tmp_path / "mark").read_text() == "done"
        assert [future.result() for future in before + after] == [*range(20), *range(20)]


def test_work_that_always_kills_its_process_is_an_error() -> None:
    with Processes(1) as workers:
        with pytest.raises(WorkersError, match="3 processes died"):
            workers.submit(os.abort).result()
        with pytest.raises(ValueError, match="invalid literal"):
            workers.submit(int, "x").result()
        assert workers.submit(abs, -2).result() == 2, "the next work is done"


def test_processes_end_with_the_one_that_began_them() -> None:
    code = (
        "import os; from adckg.workers import Processes\n"
        "if __name__ == '__main__': print(Processes(1).submit(os.getpid).result(), flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as begun:
        assert begun.stdout is not None
        worker = int(begun.stdout.readline())
        begun.kill()
    for _ in range(100):
        state = Path(f"/proc/{worker}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the worker outlives its parent")


def test_two_processes_of_which_one_is_killed_give_the_same_bytes(tmp_path: Path, corpus: Path, alone: bytes) -> None:
    killed: list[int] = []

    def kill_one(what: str, done: int, _of: int | None) -> None:
        if what == "extract" and done == 30:
            killed.append(next(iter(workers._pool._processes)))
            os.kill(killed[0], signal.SIGKILL)

    with Processes(2) as workers:
        report = build([corpus], store=tmp_path / "store", executor=workers, progress=kill_one)
    assert (report.added, len(killed)) == (120, 1)
    assert content(tmp_path / "store") == alone


def test_a_second_build_holds_little_in_memory(corpus: Path, alone: bytes) -> None:
    # over 10,000 documents, and how long it takes, is measured by `benchmarks/builds.py again`
    # a process begins with the peak of the one that started it, so a small one stands between
    measured = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", measured, ADCKG, "build", corpus, "--store", corpus.parent / "alone"]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert "120 unchanged" in told
    kilobytes = int(told.split()[-1])
    assert kilobytes < 300 * 1024
    assert content(corpus.parent / "alone") == alone


def test_workers_that_know_something_else_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from adckg import build as module

    (tmp_path / "a.txt").write_text("T-DM1 is an antibody-drug conjugate.")
    with Processes(1) as workers:
        monkeypatch.setattr(module, "knowledge_digest", lambda: "another vocabulary")
        with pytest.raises(WorkersError, match="another version of adckg"):
            build([tmp_path / "a.txt"], store=tmp_path / "store", executor=workers)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler and two workers on the loopback: its address, and them."""
    pytest.importorskip("distributed", reason="needs Dask: pip install 'adckg[dask]'")
    started: list[subprocess.Popen[bytes]] = []

    def start(module: str, *options: str) -> None:
        code = f"from distributed.cli.{module} import main; main()"
        command = [sys.executable, "-c", code, "--host", "127.0.0.1", "--no-dashboard", *options]
        started.append(subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    place = tmp_path / "scheduler.json"
    try:
        start("dask_scheduler", "--port", "0", "--scheduler-file", str(place))
        for _ in range(600):
            if place.exists() and place.read_text().endswith("}"):
                break
            time.sleep(0.1)
        address = json.loads(place.read_text())["address"]
        for _ in range(2):
            start("dask_worker", address, "--nthreads", "1", "--no-nanny")
        yield address, started[1:]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(
    tmp_path: Path, corpus: Path, alone: bytes, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    # `benchmarks/builds.py dask` does the same with 2000 documents
    address, workers = cluster
    options = ["--store", str(tmp_path / "store"), "--scheduler", address]
    with subprocess.Popen([ADCKG, "build", corpus, *options], stdout=subprocess.PIPE) as building:
        for _ in range(1200):
            if list(tmp_path.glob("store/generations/*")) or building.poll() is not None:
                break
            time.sleep(0.05)
        time.sleep(1)
        assert building.poll() is None, "the build is done before a worker could be killed"
        workers[0].kill()
        said, _ = building.communicate()
    assert building.returncode == 0
    assert b"120 new" in said
    assert content(tmp_path / "store") == alone


def test_a_scheduler_out_of_reach_is_one_clear_line(tmp_path: Path, corpus: Path) -> None:
    pytest.importorskip("distributed", reason="needs Dask: pip install 'adckg[dask]'")
    command = [ADCKG, "build", corpus, "--store", tmp_path / "store", "--scheduler", "tcp://127.0.0.1:9"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("adckg: tcp://127.0.0.1:9: no Dask scheduler can be reached there")
    assert not (tmp_path / "store").exists()
