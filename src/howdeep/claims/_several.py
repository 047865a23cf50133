"""Several experiments at a time, each in a process; one whose process dies leaves the others."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")


def several(
    work: Callable[[str], T], names: Sequence[str], jobs: int
) -> Iterator[tuple[str, T | None]]:
    """What `work(name)` gives for each name, as it is there, `jobs` processes at a time.

    None for one whose process was ended from outside (by the system where memory is short): as it
    is not known which of those that ran then was the cause, each is tried once more, alone.
    """
    rest: Sequence[str] = names
    while rest:
        suspects, rest = yield from _pool(work, rest, jobs)
        for name in suspects:
            lost, _ = yield from _pool(work, [name], 1)
            if lost:
                yield name, None


def _pool(
    work: Callable[[str], T], names: Sequence[str], jobs: int
) -> Generator[tuple[str, T], None, tuple[list[str], list[str]]]:
    """Works until all is done, or a process dies: then names that were at work, and those left."""
    rest, running = deque(names), dict[Future[T], str]()
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            while rest or running:
                while rest and len(running) < jobs:  # no more: who is handed in is at work
                    future = pool.submit(work, rest[0])
                    running[future] = rest.popleft()
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                dead = [one for one in done if isinstance(one.exception(), BrokenExecutor)]
                for future in done.difference(dead):
                    yield running.pop(future), future.result()
                if dead:
                    return list(running.values()), list(rest)
        except BrokenExecutor:  # it died between two of them
            return list(running.values()), list(rest)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [], []
