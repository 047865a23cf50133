"""howdeep from Python: the same route as the command line, from files, arrays or frames.

import howdeep
study = howdeep.run(frame, target="churned", out="churn.study")
study.verdict.status, study.verdict.blocks
study.predict(new_frame)
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from howdeep.base.errors import ConfigError, StudyNotFound
from howdeep.base.events import Finished
from howdeep.base.verdicts import Dossier, Verdict
from howdeep.data.frames import to_table, typed_like
from howdeep.data.image_frames import is_images, new_images, to_images
from howdeep.data.table import Table
from howdeep.data.task import Task
from howdeep.export import handover
from howdeep.export import predict as exported
from howdeep.report import page, result
from howdeep.report.sentence import headline
from howdeep.route import session, source
from howdeep.route.dossier import dossier
from howdeep.route.options import Options, parse_options
from howdeep.store import derived
from howdeep.store.study import Study


@dataclass(frozen=True, repr=False)
class Answer:
    """A finished study: its verdict, everything a report shows, and the way to its net."""

    path: Path
    verdict: Verdict
    dossier: Dossier

    def predict(self, data: Any) -> list[str] | list[float]:
        """Labels (as text) or numbers for new rows: a frame, an array with the same columns, or
        images: an array (N, H, W[, C]) of bytes, or a list of images.

        What is odd about the rows, as categories never seen in training, is a `UserWarning`.

        Raises:
            StudyNotFound: the verdict recommends no net.
            TableError: a column is missing or holds text where numbers were.
            ImageError: no images, or images of another kind.
        """
        with Study.open(self.path) as study:
            if study.plan.task.shape:
                height, width, channels = study.plan.task.shape
                images = new_images(data, (height, width, channels))
                return exported.predict_images(study, images).values
            known = dict(study.plan.options)
            table = to_table(data, names=_names(data, known), inf=known.get("inf"))  # type: ignore[arg-type]
            found = exported.predict(study, table)
        for note in found.notes:
            warnings.warn(note, stacklevel=2)
        return found.values

    def __repr__(self) -> str:
        return f"<howdeep.Answer {self.path}: {headline(self.dossier)}>"


def run(
    data: Any, target: str | None = None, *, y: Any = None, test: Any = None, **options: Any
) -> Answer:
    """Find out how deep a net the data need; blocks until the verdict.

    `data`: the path of a table or of images, the name of a known set, a pandas or polars frame, a
    dict of columns, a numpy array (N, p) with `y` (N,), or images: an array (N, H, W) or
    (N, H, W, C) with `y` (N,), a PyTorch dataset of (image, label), a Hugging Face dataset. `test`:
    test rows or images alike, as a path, a frame, (rows, y), (images, labels) or a dataset. The
    other options are those of `howdeep run` (`depths=(0, 1, 2)`, `max_seeds=12`, `out="my.study"`,
    ...). A study that is at `out` already is gone on with.

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
    if target is not None and not isinstance(target, str | int):
        raise ConfigError("target is the name of a column", "give labels as y=")
    if isinstance(data, str | Path):
        if y is not None:
            raise ConfigError("y: a file holds its own labels", "name their column as target")
        chosen = parse_options({"data": data, "target": target, "test": test, **options})
        task = source.task_of(chosen)
    else:
        chosen = parse_options({"target": target, **options})
        make = image_array_task if is_images(data) else array_task
        task = make(data, y, test, chosen)
    out = chosen.out or source.default_out(chosen.data or "data")
    with session.start(task, chosen, out) as study:
        del task  # the study has its own, with no row too many
        return finish(study, chosen)


def resume(
    path: str | Path,
    *,
    jobs: int | None = None,
    device: str | None = None,
    budget: float | None = None,
    mixed_platforms: bool = False,
) -> Answer:
    """Go on with an interrupted study, or with one that its budget stopped.

    `mixed_platforms`: also with other versions of PyTorch or processors than it was begun with;
    the verdict then says that its nets come from more than one platform. `device`: "cpu" or
    "cuda", the one that it was begun on unless told.

    Raises:
        StudyError: there is no study, another process writes it, or it is damaged.
        ConfigError: there is no such device here; `jobs` or `budget` (seconds, or as "10m")
            outside its rule.
    """
    options = parse_options({"jobs": jobs, "device": device, "budget": budget})
    with session.reopen(str(path), mixed_platforms, options.device) as study:
        return finish(study, options)


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


def _names(data: Any, known: Mapping[str, str]) -> list[str] | None:
    """The study's own names for the columns of an array, which has none."""
    if not isinstance(data, np.ndarray | list) or "names" not in known:
        return None
    names = [name for name in known["names"].split(",") if name != known.get("target")]
    return names if np.shape(data)[1:] == (len(names),) else None


def array_task(data: Any, y: Any, test: Any, options: Options) -> Task:
    """The task of arrays or frames; with `y` given, it is the target.

    Raises:
        ConfigError: `y` beside `target`, or options that only a file can have.
    """
    if y is not None and options.target:
        raise ConfigError("y and target are both given", "give the one or the other")
    files = [name for name in source.READING if name not in ("names", "inf")]
    source.refuse(options, (*files, "data_dir"), "frames and arrays are not read from a file")
    source.refuse(options, source.IMAGES_ONLY, "the data are a table, not images")
    table = to_table(data, y, names=options.names, inf=options.inf)
    target = options.target or (table.names[-1] if y is not None else None)
    test = options.test if test is None else test  # that of a config file
    tested = None if test is None else _tested(test, table, options)
    return source.table_task(table, options, tested, target=target)


def _tested(test: Any, table: Table, options: Options) -> Table:
    """Test rows beside a table from Python: a file, a frame, or (rows, y)."""
    if isinstance(test, str | Path):
        return typed_like(source.read(replace(options, names=None), str(test)), table)
    if isinstance(test, tuple):
        if len(test) != 2:
            raise ConfigError("test is no pair", "give (rows, y), or a frame with all columns")
        names = table.names[:-1] if isinstance(test[0], np.ndarray | list) else None
        named = to_table(*test, names=names, inf=options.inf, name="test")
        last = replace(named.columns[-1], name=table.names[-1])  # y may bring a name of its own
        return replace(named, columns=(*named.columns[:-1], last))
    names = table.names if isinstance(test, np.ndarray | list) else None
    return to_table(test, names=names, inf=options.inf, name="test")


def image_array_task(data: Any, y: Any, test: Any, options: Options) -> Task:
    """The task of images given from Python.

    Raises:
        ImageError: no images, or no labels for them.
        ConfigError: options of tables or of files.
    """
    source.refuse(options, ("skip_unreadable", "data_dir"), "the images are not read from files")
    if isinstance(data, Mapping):  # a Hugging Face dataset of several splits
        test = data.get("test") if test is None else test
        data = data["train"]
    size, target = options.image_size, options.target
    main = to_images(data, y, target=target, image_size=size)
    options = replace(options, given=options.given - {"target"} if target else options.given)
    if isinstance(test, str | Path):
        return source.images_task(replace(options, test=str(test)), main, None)
    if test is None:
        return source.images_task(options, main, None)
    if isinstance(test, tuple):
        if len(test) != 2:
            raise ConfigError("test is no pair", "give (images, labels)")
        return source.images_task(options, main, to_images(*test, shape=main.shape))
    return source.images_task(options, main, to_images(test, target=target, shape=main.shape))


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
    derived.put_file(study.path, "result.json", result.result_json(found))
    derived.put_file(study.path, "report.html", page.page(found))
    handover.write(study, verdict)
    return found
