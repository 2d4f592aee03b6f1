"""Who does the work of a build: processes on this machine, or a Dask cluster. The only importer of distributed.

The rest of the program knows `concurrent.futures.Executor` alone. Both kinds do the work of a worker that dies again.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import Any, ParamSpec, TypeVar

from adckg.errors import WorkersError

_TRIES = 3
"""how often one task may lose its worker: after that the task is to blame"""

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Processes(Executor):
    """Processes on this machine; where one dies, all are begun anew and what they hadn't done is done again."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._renewing = threading.RLock()
        self._pool = self._begin()

    def _begin(self) -> ProcessPoolExecutor:
        # a fork would inherit the threads and locks of an open store
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._jobs, mp_context=context, initializer=_end_with_parent)

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Have a function called in one of the processes."""
        wanted: Future[_T] = Future()
        wanted.set_running_or_notify_cancel()
        self._try(wanted, partial(fn, *args, **kwargs), _TRIES)
        return wanted

    def _try(self, wanted: Future[_T], work: Callable[[], _T], tries: int) -> None:
        with self._renewing:
            pool = self._pool
            try:
                attempt = pool.submit(work)
            except BrokenProcessPool:
                pool = self._pool = self._begin()
                attempt = pool.submit(work)
        attempt.add_done_callback(partial(self._settle, wanted, work, tries))

    def _settle(self, wanted: Future[_T], work: Callable[[], _T], tries: int, attempt: Future[_T]) -> None:
        if attempt.cancelled():
            wanted.set_exception(CancelledError())
            return
        error = attempt.exception()
        if error is None:
            wanted.set_result(attempt.result())
        elif not isinstance(error, BrokenProcessPool):
            wanted.set_exception(error)
        elif tries > 1:
            self._try(wanted, work, tries - 1)
        else:
            wanted.set_exception(WorkersError(f"{_TRIES} processes died at the same work: is there memory enough?"))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        """End the processes; what they haven't begun is not done."""
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


def _end_with_parent() -> None:
    """Have this process end when the one that began it is killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def open_workers(jobs: int = 1, scheduler: str | None = None) -> Iterator[Executor | None]:
    """Give what does the work: the Dask cluster of a scheduler, else so many processes; for one job, None.

    Raises:
        WorkersError: the scheduler is out of reach, or Dask isn't installed.
    """
    if scheduler is not None:
        with _open_cluster(scheduler) as executor:
            yield executor
    elif jobs > 1:
        with Processes(jobs) as executor:
            yield executor
    else:
        yield None


@contextmanager
def _open_cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise WorkersError("--scheduler needs Dask: pip install 'adckg[dask]'") from None
    try:
        client: Any = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as error:
        raise WorkersError(f"{address}: no Dask scheduler can be reached there: {_one_line(error)}") from error
    with client:
        try:
            # not pure: equal work is done anew rather than looked up, and forgotten when it is done
            yield client.get_executor(pure=False)
        except KilledWorker as error:
            raise WorkersError(
                f"{address}: workers died at the same work again and again: {_one_line(error)}"
            ) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
