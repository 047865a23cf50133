"""What every door does between its options and a study: one path for Python and the command line.

PyTorch is imported late: no refusal waits for it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from howdeep.base.errors import StorageError, StudyNotFound
from howdeep.base.nouns import Plan
from howdeep.base.verdicts import Verdict
from howdeep.data.task import Task
from howdeep.executors.crew import Crew, ahead, cores
from howdeep.route import tasks
from howdeep.route.options import Options
from howdeep.route.tasks import Handed

if TYPE_CHECKING:
    from howdeep.store.study import Study

Tell = Callable[[tuple[str, ...]], None]


def _silent(notes: tuple[str, ...]) -> None:
    """Python reads what was guessed in the answer."""


def out_of(options: Options) -> str:
    """The folder of the study that these options write."""
    return options.out or tasks.default_out(options.data or "data")


@contextmanager
def begun(
    options: Options, handed: Handed | None = None, *, tell: Tell = _silent, early: bool = False
) -> Iterator[tuple[Study, Crew | None]]:
    """The study that these options ask for, begun or gone on with, and what will train for it.

    `handed`: data that no option can name. `tell` hears what was guessed, dropped or grouped.
    `early`: worker processes start while the study is planned.

    Raises:
        InputError: the data or an option are refused; nothing is written.
        StudyError: trouble with the study's folder.
    """
    out = out_of(options)
    refuse_foreign(out)
    task = task_of(options, handed)
    tell(task.info.notes)
    from howdeep.route import session

    with ExitStack() as held:
        crew = held.enter_context(ahead(_workers(options, out))) if early else None
        study = held.enter_context(session.start(task, options, out))
        del task  # the study has its own, with no row too many
        yield study, crew


def planned(options: Options, tell: Tell = _silent) -> tuple[Plan, Task]:
    """The plan of the study that these options ask for, and its task; nothing is written."""
    refuse_foreign(out_of(options))
    task = task_of(options)
    tell(task.info.notes)
    from howdeep.route import session

    return session.plan_of(task, options)


def task_of(options: Options, handed: Handed | None = None) -> Task:
    """The task of what the options name, or of what was handed over."""
    return tasks.task_of(options) if handed is None else tasks.handed_task(handed, options)


@contextmanager
def resumed(path: str, options: Options) -> Iterator[Study]:
    """A study to go on with."""
    from howdeep.route import session

    with session.reopen(path, options.mixed_platforms, options.device) as study:
        yield study


@contextmanager
def answered(path: str) -> Iterator[tuple[Study, Verdict]]:
    """A study that has its verdict, to read.

    Raises:
        StudyNotFound: there is none, or it has no verdict yet.
    """
    from howdeep.route.answer import verdict_of
    from howdeep.store.study import Study

    with Study.open(path) as study:
        verdict = verdict_of(study)
        if verdict is None:
            fix = f"howdeep resume {shlex.quote(path)}"
            raise StudyNotFound(f"{path}: no verdict yet", fix)
        yield study, verdict


def _workers(options: Options, out: str) -> int:
    """How many worker processes a new study on this machine will want."""
    begun = (Path(out) / "study.sqlite").exists()  # it may have its answer already
    jobs = options.jobs or cores()
    return 0 if begun or jobs == 1 or options.device == "cuda" else jobs


def refuse_foreign(out: str) -> None:
    """A folder that is there and is no study is never written into; said before any reading."""
    path = Path(out)
    if not path.absolute().parent.is_dir():
        raise StorageError(f"--out {out}: there is no folder {path.parent}", "make it first")
    if found := study_around(out):
        raise StorageError(f"--out {out}: lies in the study {found}", "name a folder outside it")
    if path.exists() and not (path / "study.sqlite").exists():
        if path.is_dir() and not any(path.iterdir()):
            return
        raise StorageError(f"{path}: exists and is no study", "name another folder with --out")


def study_around(path: str) -> Path | None:
    """The study in whose folder a path lies, at any depth, through links as well."""
    places = (Path(path).resolve(), Path(path).absolute())
    every = (folder for place in places for folder in place.parents)
    return next((folder for folder in every if (folder / "study.sqlite").exists()), None)
