"""What `howdeep doctor` looks at: the nets of a study, as they start and ended, or a builder's."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from howdeep.base.errors import ConfigError
from howdeep.base.rules import flag
from howdeep.base.words import show_path
from howdeep.faults._diagnosis import examine
from howdeep.faults._fault import Fault
from howdeep.faults._kept import WORDS, Visit, When
from howdeep.faults._named import named
from howdeep.faults._patient import Patient, of_subject
from howdeep.instruments import Tell, subjects
from howdeep.route import doors, tasks
from howdeep.route.options import Options
from howdeep.store.study import Study

Kind = Literal["study", "builder", "data"]
WEIGHTS = (".pt", ".pth", ".pkl", ".ckpt", ".safetensors", ".onnx", ".bin", ".h5", ".keras")
WHY: dict[Kind, str] = {
    "study": "a study has its own data and training",
    "builder": "the net is no study's",
    "data": "no net of your own is looked at",
}
TRAINS = {"cure", "rate", "optimizer"}  # what --before, which trains nothing, has no use for


def kind_of(what: str, options: Options) -> Kind:
    """What `howdeep doctor` was given: a study's folder, "module:build", or data (with --before).

    Raises:
        ConfigError: it is a file of weights, of a program, or data without --before, or an option
            does not fit it.
    """
    kind = _kind(what, options)
    said = _unfit(kind, options)
    if said:
        why = "--before trains nothing" if options.before and said <= TRAINS else WHY[kind]
        flags = ", ".join(flag(name) for name in sorted(said))
        raise ConfigError(f"{flags}: not for {show_path(what)}: {why}", "leave it out")
    return kind


def _unfit(kind: Kind, options: Options) -> set[str]:
    """Options that were said and would be without effect."""
    if kind == "study":
        fit = {"depths"} if options.before else {"cells", "cure"}
        return set(options.given - fit - {"json", "before"})
    unfit = {"cells", "family"} if kind == "builder" else {"cells", "data", "loss"}
    return set(options.given & (unfit | (TRAINS if options.before else set())))


def _kind(what: str, options: Options) -> Kind:
    shown = show_path(what)
    if not os.path.lexists(what) and ":" in what:
        return "builder"
    if what.lower().endswith(WEIGHTS):
        fix = "name the function that builds the net: howdeep doctor module:build --data FILE"
        raise ConfigError(f"{shown} holds weights, no net: howdeep loads no pickles", fix)
    if what.endswith(".py"):
        fix = f"howdeep doctor {shlex.quote(Path(what).stem)}:build --data FILE"
        raise ConfigError(f"{shown} is a file: which function builds the net?", fix)
    if (Path(what) / "study.sqlite").exists():
        return "study"
    if os.path.isfile(what) or tasks.brings(what) or (options.before and os.path.isdir(what)):
        if options.before:
            return "data"
        fix = f"howdeep doctor module:build --data {shlex.quote(what)}, or add --before"
        raise ConfigError(f"{shown} holds data: which net is to be looked at?", fix)
    return "study"  # which is not there: opening it says so


def patients(study: Study, cells: Sequence[str] = ()) -> Iterator[Patient]:
    """One net of each cell, or of those named, shallow first, as it starts and as it ended.

    Its rate is not said: the study searched for it, with a warm-up that short trainings lack.

    Raises:
        StudyError: the study is damaged.
    """
    for _, _, _, patient in _of_study(study, cells):
        yield patient()


Waiting = tuple[str, When, int, Callable[[], Patient]]


def _of_study(study: Study, cells: Sequence[str]) -> Iterator[Waiting]:
    for one in subjects(study, cells):
        if one.fresh is not None:
            began = replace(one, name=f"{one.name} {WORDS['start']}")
            fresh = one.fresh
            yield one.name, "start", one.depth, lambda s=began, f=fresh: of_subject(s, start=f(0))  # type: ignore[misc]
        ended = replace(one, name=f"{one.name} {WORDS['end']}")
        yield one.name, "end", one.depth, lambda s=ended: of_subject(s)  # type: ignore[misc]


def study_visits(
    study: Study, options: Options, every: Sequence[Fault], tell: Tell
) -> Iterator[Visit]:
    """The nets of a study, each looked at as it starts and as it ended.

    Raises:
        StudyError: the study is damaged.
    """
    waiting = list(_of_study(study, options.cells or ()))
    for at, (net, when, depth, patient) in enumerate(waiting):
        tell(f"faults of {net} {WORDS[when]}", at, len(waiting))
        yield Visit(net, when, depth, examine(patient(), tuple(every), cure=options.cure))


def built_visits(
    what: str, options: Options, every: Sequence[Fault], tell: Tell,
    notes: Callable[[tuple[str, ...]], None],
) -> Iterator[Visit]:  # fmt: skip
    """The net that "module:build" gives, or one for each of --depths; `notes` hears of the data.

    Raises:
        InputError: there is no such builder, its net does not fit the data, or no data are named.
    """
    task = doors.task_of(with_data(what, options))
    notes(task.info.notes)
    depths: Sequence[int | None] = options.depths or (None,)
    for at, depth in enumerate(depths):
        name = what if depth is None else f"{what}({depth})"
        tell(f"faults of {name}", at, len(depths))
        one = named(what, task, options.loss, options.rate, options.optimizer, depth)
        found = examine(one.but(name=name), tuple(every), cure=options.cure)
        yield Visit(name, "", -1 if depth is None else depth, found)


def with_data(what: str, options: Options) -> Options:
    """The options, which have to name data.

    Raises:
        ConfigError: they do not.
    """
    if options.data is None:
        fix = f"howdeep doctor {shlex.quote(what)} --data FILE"
        raise ConfigError(f"{what}: what does this net learn from?", fix)
    return options
