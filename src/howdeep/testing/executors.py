"""Does an executor keep what `howdeep.executors.Executor` promises?"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from howdeep.base import limits
from howdeep.base.naming import group_key
from howdeep.base.trials import Group, Outcome
from howdeep.executors import Executor
from howdeep.testing._executor_bench import (
    Bench,
    Pids,
    below,
    bench,
    bits,
    files,
    settings,
    shapes,
)

SILENCE = 3.0  # seconds without an answer, after which the endless group is what is worked on
GONE = 5.0  # seconds in which a process has to end once its executor was closed


def check_executor(make: Callable[[], Executor], *, workers: Pids = below) -> None:
    """Check an executor on a small study of real nets; it takes seconds, more to start workers.

    `make` gives a fresh executor at each call. `workers`: process ids of the workers that there are
    now, so that one can be ended while it trains; as found, all processes below this one. An
    executor without worker processes is not asked what it does when one dies, and neither can be
    one that trains nets in this process next to its workers: say `workers=set`.

    Raises:
        AssertionError: naming the executor and the promise that it breaks.

    >>> from howdeep.executors.here import Here
    >>> check_executor(Here)
    """
    with bench(workers) as given:
        with _closed(make, given) as executor, given.watched():
            _check_rounds(executor, given)
        if given.seen:
            with _closed(make, given) as executor:
                _check_deaths(executor, given)
        with _closed(make, given) as executor:
            _check_left_in_the_middle(executor, given)


# ---- the promises -------------------------------------------------------------------------------
def _check_rounds(executor: Executor, given: Bench) -> None:
    """Two rounds and an empty one."""
    told, before, held = _Teller(executor), settings(), files(given.study.path)
    told(isinstance(executor.name, str) and bool(executor.name), "says its name")
    told(not _answers(executor, (), given), "answers a round of no groups with no outcome")
    first = _answers(executor, (*given.groups, given.failing), given)
    again = _answers(executor, given.groups[:0:-1], given)
    failed = first.pop(given.failing)
    says = f"{failed.state!r}, {failed.reason!r}"
    told(failed.state == "failed" and bool(failed.reason), f"says why a group failed ({says})")
    for found in (first, again):
        for group, outcome in found.items():
            _check_result(told, outcome, given.wanted[group], first[group])
    told(settings() == before, "leaves threads and random numbers of this process alone")
    told(files(given.study.path) == held, "writes nothing into the study")


def _check_result(told: _Teller, found: Outcome, wanted: Outcome, first: Outcome) -> None:
    """`wanted`: from this process, which counts on its platform; `first`: from the executor."""
    name = f"{found.group.stage} {found.group.cell}"
    told(found.state == "done", f"trains {name}, every time ({found.state}: {found.reason})")
    texts = [text for pair in found.platform.items() for text in pair]
    where = bool(texts) and all(isinstance(text, str) for text in texts)
    told(where, f"says on which platform {name} was trained ({found.platform})")
    like = wanted if found.platform == wanted.platform else first
    same = found.platform != like.platform or bits(found) == bits(like)
    told(same, f"gives {name} the bits that it has on its platform")
    told(shapes(found) == shapes(wanted), f"gives trials and arrays of {name} as `here` does")


def _check_deaths(executor: Executor, given: Bench) -> None:
    """A worker is ended while it trains; what was lost is asked for again, as a study does."""
    told, few = _Teller(executor), given.groups[1:]
    with _killer(given) as heard:
        found = _answers(executor, (few[0], given.endless, *few[1:]), given, heard)
    lost = found.pop(given.endless)
    says = f"{lost.state!r}, {lost.reason!r}"
    told(lost.state == "lost" and bool(lost.reason), f"says that a worker died ({says})")
    for _ in range(limits.MAX_ATTEMPTS):
        again = [group for group, outcome in found.items() if outcome.state == "lost"]
        found |= _answers(executor, again, given)
    for group, outcome in found.items():
        _check_result(told, outcome, given.wanted[group], outcome)


def _check_left_in_the_middle(executor: Executor, given: Bench) -> None:
    """Closed with groups under way; where there are workers, with one that has no end."""
    endless = (given.endless,) if given.seen else ()
    outcomes = executor((*given.groups[1:], *endless), given.task)
    _answered(executor, outcomes)
    given.running()
    getattr(outcomes, "close", lambda: None)()


@contextmanager
def _closed(make: Callable[[], Executor], given: Bench) -> Iterator[Executor]:
    """A fresh executor, closed twice in the end, after which nothing of it may run."""
    executor = make()
    told = _Teller(executor)
    try:
        yield executor
    finally:
        executor.close()
    with told.able("can be closed twice"):
        executor.close()
    end = time.monotonic() + GONE
    while given.running() and time.monotonic() < end:
        time.sleep(0.05)
    left = given.running()
    told(not left, f"leaves no process behind when it is closed ({sorted(left)})")


@contextmanager
def _killer(given: Bench) -> Iterator[Callable[[Outcome], None]]:
    """Ends all workers after each silence, until what is called hears of the endless group."""
    heard, end, last = threading.Lock(), threading.Event(), [time.monotonic()]

    def hear(outcome: Outcome) -> None:
        with heard:
            last[0] = time.monotonic()
            if outcome.group == given.endless:
                end.set()

    def kill() -> None:
        while not end.wait(0.1):
            with heard:
                if not end.is_set() and time.monotonic() - last[0] > SILENCE:
                    last[0] = time.monotonic()
                    for pid in given.running():
                        with suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield hear
    finally:
        end.set()
        thread.join()


# ---- what they are told by -----------------------------------------------------------------------
class _Teller:
    """Raises where an executor does not do what it should."""

    def __init__(self, executor: Executor) -> None:
        self.name = getattr(executor, "name", None) or type(executor).__name__

    def __call__(self, kept: bool, promise: str) -> None:
        if not kept:
            raise AssertionError(f"executor {self.name}: not true that it {promise}")

    @contextmanager
    def able(self, promise: str) -> Iterator[None]:
        """Within it no error is raised."""
        try:
            yield
        except Exception as error:
            raised = f"{type(error).__name__}: {error}"
            raise AssertionError(
                f"executor {self.name}: not true that it {promise}: {raised}"
            ) from error


def _answers(
    executor: Executor,
    groups: Sequence[Group],
    given: Bench,
    hear: Callable[[Outcome], None] = lambda outcome: None,
) -> dict[Group, Outcome]:
    """What it answers to a round: each group once."""
    told, found = _Teller(executor), dict[Group, Outcome]()
    with told.able("raises no error of a group"):
        outcomes = executor(groups, given.task)
    while (outcome := _answered(executor, outcomes)) is not None:
        hear(outcome)
        given.running()
        name = f"{outcome.group.cell} ({group_key(outcome.group)[:12]})"
        told(outcome.group in groups, f"answers only what it was asked (not {name})")
        told(outcome.group not in found, f"answers each group once (not {name})")
        found[outcome.group] = outcome
    missing = [group.cell for group in groups if group not in found]
    told(not missing, f"answers every group (not {', '.join(missing)})")
    return found


def _answered(executor: Executor, outcomes: Iterator[Outcome]) -> Outcome | None:
    """The next outcome; None at the end."""
    with _Teller(executor).able("raises no error of a group"):
        return next(outcomes, None)
