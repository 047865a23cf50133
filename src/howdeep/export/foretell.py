"""New rows or images from a file through a study's net."""

from __future__ import annotations

from howdeep.base.errors import ConfigError
from howdeep.base.nouns import TaskInfo
from howdeep.data.cells import show_path
from howdeep.data.read import read_table
from howdeep.data.read.images import kind_of, read_unlabelled
from howdeep.export.predict import Predictions, predict, predict_images
from howdeep.route.options import Options
from howdeep.route.source import READING, refuse
from howdeep.store.study import Study


def foretell(study: Study, options: Options) -> tuple[Predictions, tuple[str, ...]]:
    """Predictions for `options.data`; with them the images' names, none for a table's rows.

    Raises:
        InputError: what is wrong with the file, or that it is not what the net was trained on.
        StudyNotFound: the study has no net to hand over.
    """
    info, data = study.plan.task, options.data or ""
    if info.shape:
        return _images(study, info, data, options)
    if kind_of(data) is not None:
        what = f"{show_path(data)} holds images: the net was trained on a table"
        raise ConfigError(what, "give a table")
    known = dict(study.plan.options)  # a study that needed --inf reads new files alike
    how = {name: getattr(options, name) for name in READING}
    how |= {n: known.get(n) for n in ("inf", "quotes") if how[n] is None}
    table = read_table(data, **how)
    return _noted(predict(study, table), table.notes), ()


def _images(
    study: Study, info: TaskInfo, data: str, options: Options
) -> tuple[Predictions, tuple[str, ...]]:
    refuse(options, READING, "the net was trained on images")
    height, width, channels = info.shape
    names, images, notes = read_unlabelled(data, (height, width, channels), options.skip_unreadable)
    return _noted(predict_images(study, images), notes), names


def _noted(found: Predictions, notes: tuple[str, ...]) -> Predictions:
    return Predictions(found.target, found.values, found.chances, (*notes, *found.notes))
