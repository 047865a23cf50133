"""howdeep from Python: the same route as the command line, from files, arrays or frames.

import howdeep
study = howdeep.run(frame, target="churned", out="churn.study")
study.verdict.status, study.verdict.blocks
study.predict(new_frame)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from howdeep.base.errors import StudyNotFound
from howdeep.base.events import Finished
from howdeep.base.verdicts import Dossier, Verdict
from howdeep.data.frames import to_table
from howdeep.data.task import Task
from howdeep.export import handover
from howdeep.export import predict as exported
from howdeep.report import page, result
from howdeep.route import session, source
from howdeep.route.dossier import dossier
from howdeep.route.options import Options, parse_options
from howdeep.store.study import Study


@dataclass(frozen=True)
class Answer:
    """A finished study: its verdict, everything a report shows, and the way to its net."""

    path: Path
    verdict: Verdict
    dossier: Dossier

    def predict(self, data: Any) -> list[str] | list[float]:
        """Labels or numbers for new rows: a frame, or arrays with the columns of the training data.

        Raises:
            StudyNotFound: the verdict recommends no net.
            TableError: a column is missing or holds text where numbers were.
        """
        with Study.open(self.path) as study:
            return exported.predict(study, to_table(data))[1]


def run(data: Any, target: str | None = None, *, y: Any = None, **options: Any) -> Answer:
    """Find out how deep a net the data need; blocks until the verdict.

    `data`: a file's path, the name of a built-in set, a pandas or polars frame, a dict of columns,
    or a numpy array (N, p) with `y` (N,). The other options are those of `howdeep run`
    (`depths=(0, 1, 2)`, `max_seeds=12`, `out="my.study"`, ...). A study that is at `out` already
    is gone on with.

    Raises:
        InputError: the data or an option are refused; nothing is written.
        StudyError: trouble with the study's folder.
    """
    named = isinstance(data, str | Path)
    given = {"target": target, **options}
    chosen = parse_options({"data": str(data) if named else None, **given})
    task = source.task_of(chosen) if named else array_task(data, y, chosen)
    out = chosen.out or source.default_out(str(data) if named else "data")
    with session.start(task, chosen, out) as study:
        return finish(study, chosen)


def resume(path: str | Path, **options: Any) -> Answer:
    """Go on with an interrupted study; `jobs` and `budget` as in `run`."""
    chosen = parse_options(options)
    with session.reopen(str(path)) as study:
        return finish(study, chosen)


def open_study(path: str | Path) -> Answer:
    """The answer of a finished study.

    Raises:
        StudyNotFound: there is none, or it has no verdict yet.
    """
    with Study.open(path) as study:
        verdict = study.verdict()
        if verdict is None:
            raise StudyNotFound(f"{path}: no verdict yet", f"howdeep resume {path}")
        return Answer(study.path, verdict, dossier(study, verdict))


def array_task(data: Any, y: Any, options: Options) -> Task:
    """The task of arrays or frames; with `y` given, it is the target."""
    table = to_table(data, y)
    target = options.target or (table.names[-1] if y is not None else None)
    return source.table_task(table, options, target=target)


def finish(study: Study, options: Options) -> Answer:
    """Drive a study to its verdict and write what comes out of it."""
    verdict = None
    for event in session.events(study, jobs=options.jobs, budget=options.budget):
        if isinstance(event, Finished):
            verdict = event.verdict
    assert verdict is not None  # without `stop` the loop ends with a verdict or an error
    return Answer(study.path, verdict, write(study, verdict))


def write(study: Study, verdict: Verdict) -> Dossier:
    """Write result.json, report.html and the net of a study with a verdict."""
    found = dossier(study, verdict)
    study.save_file("result.json", result.result_json(found))
    study.save_file("report.html", page.page(found))
    handover.write(study, verdict)
    return found
