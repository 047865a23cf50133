"""What `howdeep doctor` looks at: the nets of a study, as they start and ended, or a builder's."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from howdeep.base.errors import ConfigError
from howdeep.faults._diagnosis import Diagnosis, examine
from howdeep.faults._fault import Fault
from howdeep.faults._named import named
from howdeep.faults._patient import Patient, of_subject
from howdeep.instruments import subjects
from howdeep.route import doors
from howdeep.route.options import Options
from howdeep.store.study import Study


def patients(study: Study, cells: Sequence[str] = ()) -> Iterator[Patient]:
    """One net of each cell, or of those named, shallow first, as it starts and as it ended.

    Its rate is not said: the study searched for it, with a warm-up that short trainings lack.

    Raises:
        StudyError: the study is damaged.
    """
    for one in subjects(study, cells):
        if one.fresh is not None:
            began = replace(one, name=f"{one.name} as it starts")
            yield of_subject(began, start=one.fresh(0))
        yield of_subject(replace(one, name=f"{one.name} as it ended"))


def diagnoses(
    what: str, options: Options, every: Sequence[Fault], tell: Callable[[tuple[str, ...]], None]
) -> Iterator[Diagnosis]:
    """The diagnoses of a study's nets, or of the net that "module:build" gives; `tell` hears on
    what is worked.

    Raises:
        InputError: there is no such builder, its net does not fit the data, or no data are named.
        StudyError: there is no finished study of this name.
    """
    faults = tuple(every)
    if ":" in what and not os.path.lexists(what):
        if options.data is None:
            fix = f"howdeep doctor {shlex.quote(what)} --data FILE"
            raise ConfigError(f"{what}: what does this net learn from?", fix)
        task = doors.task_of(options)
        tell(task.info.notes)
        one = named(what, task, options.loss, options.rate, options.optimizer)
        yield examine(one, faults, cure=options.cure)
        return
    with doors.answered(what) as (study, _):
        for one in patients(study, options.cells or ()):
            tell((one.name,))
            yield examine(one, faults, cure=options.cure)
