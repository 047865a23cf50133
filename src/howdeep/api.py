"""howdeep from Python: the same route as the command line, from files, arrays or frames.

import howdeep
study = howdeep.run(frame, target="churned", out="churn.study")
study.verdict.status, study.verdict.blocks
study.predict(new_frame)
"""

from __future__ import annotations

import builtins
import logging
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from howdeep import faults, instruments, modalities, reasons
from howdeep.base.errors import ConfigError
from howdeep.base.verdicts import Dossier, Verdict
from howdeep.base.words import show
from howdeep.export import handover
from howdeep.export import predict as exported
from howdeep.export.door import typed_labels
from howdeep.export.tested import tested
from howdeep.report import net_code, net_readme, page, result, terminal
from howdeep.report.sentence import headline
from howdeep.report.understood import understood
from howdeep.report.words import clean, unit
from howdeep.route import doors, session
from howdeep.route.dossier import dossier
from howdeep.route.options import Options, parse_options
from howdeep.route.tasks import Handed
from howdeep.store import derived
from howdeep.store.study import Study

LOG = logging.getLogger("howdeep")
Say = Callable[[str], None]


@dataclass(frozen=True, repr=False)
class Answer:
    """A finished study: its verdict, everything a report shows, and the way to its net."""

    path: Path
    verdict: Verdict
    dossier: Dossier

    @property
    def classes(self) -> tuple[Any, ...]:
        """The classes in the order of `predict_proba`, of the target's type; empty for numbers."""
        info = self.dossier.plan.task
        return typed_labels(info.classes, info.labels)

    @property
    def code(self) -> str:
        """The net that is handed over as PyTorch code to copy, with how it was trained.

        It defines `net` when it is executed. Where a classical model is better its constructor
        comes first; empty where the verdict hands over nothing.
        """
        return net_code.code(self.dossier)

    def predict(self, data: Any) -> list[Any]:
        """Labels of the target's own type, or numbers, for N new rows: a frame, an array with the
        same columns, or images: an array (N, H, W[, C]) of bytes, or a list of images.

        What is odd about the rows, as categories never seen in training, is a `UserWarning`, and
        so is a net that is provisional.

        Raises:
            StudyNotFound: the verdict hands over no net.
            TableError: a column is missing or holds text where numbers were.
            ImageError: no images, or images of another kind.
        """
        return self._predicted(data).values

    def predict_proba(self, data: Any) -> NDArray[np.float64]:
        """Probabilities (N, classes) of all `classes` for new rows, as `predict` takes them.

        Raises:
            ConfigError: the target is a number.
            StudyNotFound, TableError, ImageError: as `predict`.
        """
        if not self.dossier.plan.task.classes:
            target = show(self.dossier.plan.task.target, 40)
            raise ConfigError(f"{target} is a number: it has no classes", "use predict")
        found = self._predicted(data).probabilities
        assert found is not None
        return found

    def _predicted(self, data: Any) -> exported.Predictions:
        with Study.open(self.path) as study:
            found = exported.predict_rows(study, data)
        for note in found.notes:
            warnings.warn(note, stacklevel=3)
        return found

    def __repr__(self) -> str:
        return f"<howdeep.Answer {self.path}: {headline(self.dossier)}>"


def run(
    data: Any,
    target: str | None = None,
    *,
    y: Any = None,
    test: Any = None,
    progress: bool | None = None,
    **options: Any,
) -> Answer:
    """Find out how deep a net the data need; blocks until the verdict.

    `data`: the path of a table or of images, the name of a known set, a pandas or polars frame, a
    dict of columns, a numpy array (N, p) with `y` (N,), or images: an array (N, H, W) or
    (N, H, W, C) with `y` (N,), a PyTorch dataset of (image, label), a Hugging Face dataset. `test`:
    test rows or images alike, as a path, a frame, (rows, y), (images, labels) or a dataset. The
    other options are those of `howdeep run` (`depths=(0, 1, 2)`, `max_seeds=12`, `out="my.study"`,
    ...); next to arrays and frames `weights`, `groups` and `time` may be a column's name or one
    value per row. A study that is at `out` already is gone on with. Columns that look like groups,
    and rows in the order of a column of dates, are a `UserWarning` before anything trains.

    `progress`: whether it is shown on stderr what is guessed and planned, how far it is and how
    long it will take; unless told where somebody looks on (a terminal, a notebook). Else it goes
    to the log "howdeep".

    >>> import howdeep, tempfile
    >>> rows = {"a": [i / 50 for i in range(300)], "b": [i % 7 for i in range(300)]}
    >>> y = ["up" if a > 3 else "down" for a in rows["a"]]
    >>> out = tempfile.mkdtemp() + "/up.study"
    >>> answer = howdeep.run(rows, y=y, depths=(0, 1), max_seeds=2, epsilon=0.1, jobs=1, out=out)
    >>> answer.verdict.metric, answer.predict({"a": [0.1, 5.9], "b": [1, 1]})
    ('accuracy', ['down', 'up'])

    Raises:
        InputError: the data or an option are refused; nothing is written.
        StudyError: trouble with the study's folder.
    """
    if isinstance(target, np.integer):
        target = int(target)
    if isinstance(target, tuple) and target in list(getattr(data, "columns", ())):
        target = str(target)  # of several levels of names
    if isinstance(target, list | tuple) and len(target) > 1:
        drop = dict.fromkeys(target[1:], "drop")
        fix = f"say target={target[0]!r}, types={drop!r}"
        raise ConfigError(f"target names {len(target)} columns: one target only", fix)
    if isinstance(target, list | tuple) and target:
        (target,) = target
    if target is not None and not isinstance(target, str | int):
        raise ConfigError("target is the name of a column", "give labels as y=")
    if isinstance(data, str | Path):
        if y is not None:
            raise ConfigError("y: a file holds its own labels", "name their column as target")
        handed = None
        chosen = parse_options({"data": data, "target": target, "test": test, **options})
    else:
        handed = Handed(data, y, test)
        chosen = parse_options({"target": target, **options})
    shows = _shows(progress, chosen)

    def tell(notes: tuple[str, ...]) -> None:
        _pointed_out(notes)
        for note in notes:
            _say(shows)(f"  · {clean(note, 400)}")

    with doors.begun(chosen, handed, tell=tell) as (study, _):
        return finish(study, chosen, shows)


def _pointed_out(notes: tuple[str, ...]) -> None:
    """What the data look like and nobody said: a warning, whether progress is shown or not."""
    for hint in modalities.hints(notes):
        warnings.warn(hint, stacklevel=3)


def _shows(progress: bool | None, options: Options) -> bool:
    """Whether progress is shown: unless told where somebody looks on."""
    if progress is not None:
        return progress
    notebook = hasattr(builtins, "__IPYTHON__") or hasattr(sys, "ps1")
    return not options.quiet and (notebook or sys.stderr.isatty())


def _say(shows: bool) -> Say:
    """Where a line of progress goes."""
    return (lambda line: print(line, file=sys.stderr, flush=True)) if shows else LOG.info


def resume(
    path: str | Path,
    *,
    jobs: int | None = None,
    device: str | None = None,
    budget: float | None = None,
    mixed_platforms: bool = False,
    progress: bool | None = None,
) -> Answer:
    """Go on with an interrupted study, or with one that its budget stopped.

    `mixed_platforms`: also with other versions of PyTorch or processors than it was begun with;
    the verdict then says that its nets come from more than one platform. `device`: "cpu" or
    "cuda", the one that it was begun on unless told. `progress`: as in `run`.

    Raises:
        StudyError: there is no study, another process writes it, or it is damaged.
        ConfigError: there is no such device here; `jobs` or `budget` (seconds, or as "10m")
            outside its rule.
    """
    given = {"jobs": jobs, "device": device, "budget": budget, "mixed_platforms": mixed_platforms}
    options = parse_options(given, "resume")
    with doors.resumed(str(path), options) as study:
        return finish(study, options, _shows(progress, options))


def open_study(path: str | Path) -> Answer:
    """The answer of a finished study.

    Raises:
        StudyNotFound: there is none, or it has no verdict yet.
    """
    with doors.answered(str(path)) as (study, verdict):
        return Answer(study.path, verdict, told(study, verdict))


def finish(study: Study, options: Options, shows: bool = False) -> Answer:
    """Drive a study to its verdict and write what comes out of it.

    `shows`: its progress on stderr, as the command line does; else it is logged.
    """
    say, workers = _say(shows), session.workers(study, options.jobs)
    for what, words in understood(study.plan):
        say(f"  · {what}: {words}.")
    events = session.events(study, jobs=options.jobs, budget=options.budget)
    console = Console(stderr=True, highlight=False)
    if shows and console.is_terminal:
        verdict = terminal.watch(events, console, workers=workers)
    else:
        verdict = terminal.follow(events, say, workers=workers)
    assert verdict is not None  # without `stop` the loop ends with a verdict or an error
    found = write(study, verdict)
    say(headline(found))
    return Answer(study.path, verdict, found)


def told(study: Study, verdict: Verdict) -> Dossier:
    """Everything that a report shows, with what the net handed over gets wrong on test rows."""
    return replace(dossier(study, verdict), tested=tested(study, verdict))


def write(study: Study, verdict: Verdict) -> Dossier:
    """Write result.json, report.html and the net of a study with a verdict."""
    found = told(study, verdict)
    derived.put_file(study.path, "result.json", result.result_json(found))
    _write_page(study, found)
    handover.write(study, verdict, net_readme.readme(found))
    return found


def write_page(study: Study, verdict: Verdict) -> None:
    """Write report.html alone: what was looked at afterwards changes nothing else."""
    _write_page(study, told(study, verdict))


def _write_page(study: Study, found: Dossier) -> None:
    why = reasons.section(reasons.kept(study), unit(found.plan.task.metric))
    wrong = faults.section(faults.kept(study))
    seen = instruments.sections(instruments.kept(study))
    derived.put_file(study.path, "report.html", page.page(found, (why, wrong, *seen)))
