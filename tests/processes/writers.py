"""Processes that write to one database at the same moment."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from threading import Barrier

from settlement.store.database import Database
from tests.unit.store.builders import append_entry

PATIENCE_S = 300
WRITERS = 8

Task = Callable[[Database, int, int], list[str]]

_begin: Barrier


def together(task: Task, url: str, *, times: int) -> list[list[str]]:
    """What each writer got from its task, of which all began at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    begin = context.Barrier(WRITERS)
    with ProcessPoolExecutor(WRITERS, context, initializer=_wait_with, initargs=(begin,)) as pool:
        begun = [pool.submit(_run, task, url, writer, times) for writer in range(WRITERS)]
        return [each.result(PATIENCE_S) for each in begun]


def append_many(database: Database, writer: int, times: int) -> list[str]:
    """Add entries to the audit log; their subjects."""
    subjects = [f"{writer}-{number}" for number in range(times)]
    for subject in subjects:
        with database.transaction() as tx:
            append_entry(tx, subject=subject)
    return subjects


def _wait_with(begin: Barrier) -> None:
    global _begin
    _begin = begin


def _run(task: Task, url: str, writer: int, times: int) -> list[str]:
    with Database.open(url) as database:
        _begin.wait(PATIENCE_S)
        return task(database, writer, times)
