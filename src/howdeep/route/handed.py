"""From arrays, frames and datasets, as Python hands them over, to a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from howdeep.base.errors import ConfigError
from howdeep.data.frames import to_table, typed_like
from howdeep.data.image_frames import is_images, to_images
from howdeep.data.table import Table
from howdeep.data.task import Task
from howdeep.route import source
from howdeep.route.options import Options


@dataclass(frozen=True, eq=False)
class Handed:
    """Data without a name: rows or images, `y` (N,) where it stands apart, and test rows alike."""

    data: Any
    y: Any = None
    test: Any = None


def task_of(handed: Handed, options: Options) -> Task:
    """The task of what was handed over, read as the options say.

    Raises:
        InputError: whatever is wrong with it, or with the options.
    """
    make = image_array_task if is_images(handed.data) else array_task
    return make(handed.data, handed.y, handed.test, options)


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
