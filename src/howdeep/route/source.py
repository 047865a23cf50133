"""From what the user named to a task: a built-in or named set, images, or a table file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from howdeep import metrics
from howdeep.base.errors import ConfigError
from howdeep.data import builtin, named
from howdeep.data.cells import show_path
from howdeep.data.imageset import ImageSet
from howdeep.data.prepare import make_task
from howdeep.data.prepare_images import image_task
from howdeep.data.read import read_images, read_table
from howdeep.data.read.images import Shape, kind_of
from howdeep.data.sides import Given
from howdeep.data.table import Table
from howdeep.data.task import Task
from howdeep.route.options import BY_NAME, Options, Reading
from howdeep.route.values import PerRow, Side

# What describes a table, what a file of one, and what images; a set of either knows its own.
TABLE_ONLY = ("target", "kind", "types", "weights", "groups", "time", "allow_leak")
SHARED = ("test", "metric", "merge_rare")
READING = tuple(one.name for one in fields(Reading))
SIDES = ("weights", "groups", "time")
IMAGES_ONLY = ("image_size", "skip_unreadable", "allow_conflict")


def task_of(options: Options) -> Task:
    """The task that `options.data` names: what there is of that name on disk, else a known set.

    Raises:
        InputError: whatever is wrong with the files, their content or the options.
    """
    if not options.data:
        raise ConfigError("no data were named", f"give a file or a folder, or say one of {known()}")
    if is_named(options.data):
        return named_task(options, options.data)
    refuse(options, ("data_dir",), f"{show_path(options.data)} is no named set of images")
    if is_builtin(options.data):
        every = (*TABLE_ONLY, *SHARED, *READING, *IMAGES_ONLY)
        refuse(options, every, f"the built-in set {options.data} brings its own")
        return builtin.task(options.data, options.seed)
    if not os.path.lexists(options.data) and not {".", "/"} & set(options.data):
        raise ConfigError(
            f"{show_path(options.data)} is neither a file nor a folder nor a known set",
            f"check the path; the sets are {known()}",
        )
    if kind := kind_of(options.data):
        what = "a directory, read as images" if kind == "folder" else "read as images"
        why = f"{show_path(options.data)} is {what}, whose labels are classes"
        refuse(options, (*TABLE_ONLY, *READING), why)
        return images_task(options, *labelled(options, options.data))
    refuse(options, IMAGES_ONLY, f"{show_path(options.data)} is a table, not images")
    _refuse_values(options)
    test = read(options, options.test) if options.test else None
    return table_task(read(options, options.data), options, test)


def known() -> str:
    """The sets that need no file."""
    return ", ".join((*builtin.names(), *named.names()))


def is_named(data: str) -> bool:
    """Whether `data` names a public set of images; what is on disk under that name comes first."""
    return data in named.names() and not os.path.lexists(data)


def named_task(options: Options, name: str) -> Task:
    """The task of a named set of images."""
    brought = (*TABLE_ONLY, *READING, "test", "merge_rare", "allow_conflict")
    refuse(options, brought, f"the named set {name} brings its own")
    main, test = named.load(
        name,
        options.data_dir,
        image_size=options.image_size,
        skip_unreadable=options.skip_unreadable,
    )
    usual = metrics.default("classification").name  # nothing is guessed of images
    return image_task(main, test, metric=options.metric or usual, seed=options.seed)


def labelled(
    options: Options, path: str, shape: Shape | None = None
) -> tuple[ImageSet, ImageSet | None]:
    """Images read as the options say, and the test images that they bring."""
    size = None if shape else options.image_size
    skip = options.skip_unreadable
    return read_images(path, image_size=size, skip_unreadable=skip, shape=shape)


def images_task(options: Options, main: ImageSet, test: ImageSet | None) -> Task:
    """The task of images that were read or given; `options.test` names others to test on.

    Raises:
        ConfigError: options of tables, or two sets of test images.
    """
    refuse(options, (*TABLE_ONLY, *READING), "images have none of that; their labels are classes")
    if options.test:
        if test is not None:
            what = f"--test: {show_path(main.path)} brings its own test images"
            raise ConfigError(what, "leave it out")
        test, more = labelled(options, options.test, main.shape)
        if more is not None:
            what = f"--test: {show_path(options.test)} holds training and test images"
            raise ConfigError(what, "name the folder of the test images alone")
    return image_task(
        main,
        test,
        metric=options.metric,
        seed=options.seed,
        merge_rare=options.merge_rare,
        allow_conflict=options.allow_conflict,
    )


def default_out(data: str) -> str:
    """Where a study of `data` goes unless told: beside the caller, named after the data.

    >>> default_out("tables/churn.csv"), default_out("flowers.tar.gz"), default_out("photos/")
    ('churn.study', 'flowers.study', 'photos.study')
    """
    name = Path(os.path.abspath(data)).name
    return f"{Path(name.removesuffix('.gz')).stem}.study"


def refuse(options: Options, names: Iterable[str], why: str) -> None:
    """Options that would be without effect are refused, not ignored."""
    said = [BY_NAME[name].flag for name in names if name in options.given]
    if said:
        raise ConfigError(f"{', '.join(said)}: {why}", "leave it out")


def is_builtin(data: str) -> bool:
    """Whether `data` names a built-in set; a file of that name comes first."""
    return data in builtin.names() and not os.path.lexists(data)


def table_task(
    table: Table, options: Options, test: Table | None = None, target: str | None = None
) -> Task:
    """The task of a table that was read, or that came from arrays or frames."""
    return make_task(
        table,
        target or options.target,
        kind=options.kind,
        metric=options.metric,
        types=dict(options.types),
        test=test,
        seed=options.seed,
        weights=_side(options.weights),
        groups=_side(options.groups),
        time=_side(options.time),
        allow_leak=options.allow_leak,
        merge_rare=options.merge_rare,
    )


def _side(chosen: Side) -> Given:
    return chosen.values if isinstance(chosen, PerRow) else chosen


def _refuse_values(options: Options) -> None:
    """A file's rows may be read otherwise than values beside them are counted."""
    given = [name for name in SIDES if isinstance(getattr(options, name), PerRow)]
    if given:
        what = f"{given[0]}: a file holds its own values"
        raise ConfigError(what, f"name their column, as {given[0]}='NAME', or give a frame")


def read(options: Options, path: str) -> Table:
    """A table file, read as the options say."""
    return read_table(
        path,
        sep=options.sep,
        header=options.header,
        names=options.names,
        encoding=options.encoding,
        decimal=options.decimal,
        inf=options.inf,
        quotes=options.quotes,
    )
