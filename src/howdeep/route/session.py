"""A study begun, resumed and finished: what every door (command line, Python) does in between."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from howdeep import executors, modalities
from howdeep.base.errors import StudyMismatch
from howdeep.base.events import Event
from howdeep.base.nouns import Plan
from howdeep.data.task import Task
from howdeep.executors import Executor, Setup
from howdeep.executors.crew import Crew, cores
from howdeep.judge.conclude import conclude
from howdeep.judge.look import look
from howdeep.route import memory, tasks
from howdeep.route.drive import drive
from howdeep.route.options import Options, recorded
from howdeep.route.planning import Fixed, Record, plan_study
from howdeep.store.study import Study
from howdeep.trainers.fused import backends, native


def plan_of(task: Task, options: Options) -> tuple[Plan, Task]:
    """The plan that these options make of a task; a built-in set may bring settings of its own."""
    known = tasks.brings(options.data) if options.data else None
    own = known.source.settings(options.data or "") if known else modalities.Settings()
    fewer = None if options.given & {"max_seeds", "preset"} else own.max_seeds
    asked = replace(
        options,
        depths=options.depths or own.depths,
        epsilon=options.epsilon or own.epsilon,
        max_seeds=options.max_seeds or fewer,
        max_steps=options.max_steps or own.max_steps,
    )
    fixed = Fixed(width=own.width, rivals_work=own.rivals_work)
    return plan_study(task, asked, fixed, Record(version("howdeep"), recorded(options)))


def start(task: Task, options: Options, out: str) -> Study:
    """Begin the study at `out`, or go on with the one that is there if it is the same.

    Raises:
        LimitError: the study would not fit into memory.
        ConfigError: there is no such device here.
        StudyMismatch: another study is there, naming what differs.
        StudyLocked, StorageError, StudyCorrupt: trouble with the folder.
    """
    plan, task = plan_of(task, options)
    path = Path(out)
    if not (path / "study.sqlite").exists():
        platform = backends.platform(options.device or backends.CPU)
        gpu = None if platform["device"] == backends.CPU else backends.memory()
        memory.check(plan, task, options.jobs or cores(), gpu)
        return Study.create(path, plan, task, platform=platform)
    study = reopen(out, device=options.device)
    try:
        study.expect(plan)
    except BaseException:
        study.close()
        raise
    return study


def slower(plan: Plan, device: str) -> tuple[str, ...]:
    """Why the plan's nets train slower here than they could, a sentence each."""
    precisions = {ladder.recipe.precision for ladder in plan.ladders}
    return tuple(native.slower(precisions)) if device == backends.CPU else ()


def reopen(out: str, mixed_platforms: bool = False, device: str | None = None) -> Study:
    """Open a study to go on with it, after a look at the file that its data came from.

    `device` None: the one that it was begun on.

    Raises:
        ConfigError: there is no such device here.
    """
    if device is None:
        with Study.open(out) as begun:
            device = begun.begun_on().get("device", backends.CPU)
    study = Study.open(
        out,
        write=True,
        platform=backends.platform(device),
        version=version("howdeep"),
        mixed_platforms=mixed_platforms,
    )
    try:
        check_source(study)
    except BaseException:
        study.close()
        raise
    return study


def check_source(study: Study) -> None:
    """A data file that has changed since is refused; one that is gone is not needed.

    Raises:
        StudyMismatch: naming the file.
    """
    info, test = study.plan.task, dict(study.plan.options).get("test")
    where = modalities.of(info).source
    if info.builtin or not where.is_there(info.source) or (test and not where.is_there(test)):
        return
    now = where.digest(info.source)
    if test:
        now = hashlib.sha256((now + where.digest(test)).encode()).hexdigest()
    if now != info.source_sha256:
        files = f"{info.source} or {test}" if test else info.source
        raise StudyMismatch(
            f"{files}: changed since {study.path} was begun "
            f"(SHA-256 {info.source_sha256[:12]}, now {now[:12]})",
            "bring the old file back, or begin a new study with --out",
        )


def workers(study: Study, jobs: int | None = None) -> int:
    """How many processes train a study's nets here; a GPU counts as one."""
    on_cpu = study.platform.get("device", backends.CPU) == backends.CPU
    return jobs or cores() if on_cpu else 1


def events(
    study: Study,
    *,
    jobs: int | None = None,
    budget: float | None = None,
    stop: Callable[[], bool] = lambda: False,
    crew: Crew | None = None,
    executor: str | Executor | None = None,
) -> Generator[Event, None, None]:
    """Drive a study to its verdict on `jobs` worker processes (one per core unless told).

    Nets train on the device of the platform that the study was opened with. `crew`: workers that
    were started ahead. `executor`: who trains them, None = what suits the device and the jobs; the
    name of an executor, or one that the caller made and closes.

    Raises:
        ConfigError: there is no executor of this name.
    """
    setup = Setup(study.platform.get("device", backends.CPU), jobs or cores(), crew)
    with ExitStack() as ours:
        if executor is None or isinstance(executor, str):
            executor = executors.get(executor or executors.suited(setup))(setup)
            ours.callback(executor.close)
        if study.stopped_by() and study.verdict() is not None:
            study.lift_stop()  # its answer was given; to be resumed is to be asked for a better one
        yield from drive(study, executor, look, conclude, budget_s=budget, stop=stop)
