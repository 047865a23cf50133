"""From a table's file, a built-in set, arrays or frames to a task."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from howdeep.base.errors import ConfigError, TableError, TargetError
from howdeep.base.nouns import TaskInfo
from howdeep.base.words import count, show
from howdeep.data.given import order_note
from howdeep.data.label_type import labelled, type_of
from howdeep.data.plain import Odd, own_labels
from howdeep.data.read.files import read_bytes
from howdeep.data.target import guess_kind
from howdeep.data.task import Task
from howdeep.modalities._modality import Asked, Settings, refuse
from howdeep.modalities.table import builtin
from howdeep.modalities.table.apart import Said
from howdeep.modalities.table.find import find_column, find_target
from howdeep.modalities.table.frames import column_at, rows_of, to_table, typed_like
from howdeep.modalities.table.notations import followed, plain
from howdeep.modalities.table.options import Columns, Leaks, Reading
from howdeep.modalities.table.parsers import PerRow, Side
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.sides import Given
from howdeep.modalities.table.table import Table

READING = tuple(one.name for one in fields(Reading))
SIDES = ("weights", "groups", "time")
SIGNS = ("decimal", "thousands")  # of numbers in columns of text, wherever the table is from
FILE = tuple(name for name in READING if name not in SIGNS)
FRAMES = ("names", "inf", *SIGNS)  # what of `READING` frames and arrays have, too


@dataclass(frozen=True)
class Options(Leaks, Reading, Columns, Asked):
    """What a study of a table may be asked for."""


def recognise(path: str) -> str:
    """Any file may hold a table."""
    return "a table"


def takes(data: Any) -> bool:
    """Whatever nobody else takes: frames, columns, arrays (N, p)."""
    return True


def task(options: Options) -> Task:
    """The task of the file `options.data`.

    Raises:
        InputError: whatever is wrong with the files, their content or the options.
    """
    given = [name for name in SIDES if isinstance(getattr(options, name), PerRow)]
    if given:  # a file's rows may be read otherwise than values next to them are counted
        what = f"{given[0]}: a file holds its own values"
        raise ConfigError(what, f"name their column, as {given[0]}='NAME', or give a frame")
    test = read(options, options.test) if options.test else None
    table = read(options, options.data or "")
    made = table_task(table, options, test)
    column = next(column for column in table.columns if column.name == made.info.target)
    text = table.typed and not column.numeric
    truths = set(made.info.classes) <= {"True", "False"}  # as typed files are read, of flags
    return labelled(made, "str" if text and not truths else "")


def task_of(data: Any, y: Any, test: Any, options: Options) -> Task:
    """The task of arrays or frames; with `y` given, it is the target.

    Raises:
        ConfigError: `y` next to `target`, or options that only a file can have.
    """
    if y is not None and options.target:
        raise ConfigError("y and target are both given", "give the one or the other")
    files = [name for name in READING if name not in FRAMES]
    refuse(options, files, "frames and arrays are not read from a file")
    data = rows_of(data)
    table = to_table(data, y, names=options.names, inf=options.inf)
    table = replace(table, notes=(*table.notes, *_side_notes(data, options)))
    _check_index(data, options.target)
    target = options.target or (table.names[-1] if y is not None else None)
    test = options.test if test is None else test  # that of a config file
    tested = None if test is None else _tested(test, table, options)
    made = table_task(table, options, tested, target=target)
    own = column_at(data, table.names.index(made.info.target)) if y is None else own_labels(y)
    return labelled(made, type_of(own))


def _tested(test: Any, table: Table, options: Options) -> Table:
    """Test rows next to a table from Python: a file, a frame, or (rows, y)."""
    if isinstance(test, str | Path):
        return typed_like(read(replace(options, names=None), str(test)), table)
    if isinstance(test, tuple) or _is_pair(test):
        if len(test) != 2 or test[1] is None:
            raise ConfigError("test is no pair", "give (rows, y), or a frame with all columns")
        rows, labels = rows_of(test[0], "test"), test[1]
        _check_width(rows, len(table.names) - 1)
        names = table.names[:-1] if isinstance(rows, np.ndarray | list) else None
        named = to_table(rows, labels, names=names, inf=options.inf, name="test")
        last = replace(named.columns[-1], name=table.names[-1])  # y may bring a name of its own
        return replace(named, columns=(*named.columns[:-1], last))
    test = rows_of(test, "test")
    _check_width(test, len(table.names))
    names = table.names if isinstance(test, np.ndarray | list) else None
    return to_table(test, names=names, inf=options.inf, name="test")


def _side_notes(data: Any, options: Options) -> list[str]:
    """That weights, groups or times were taken row by row, where their index is another.

    Raises:
        ConfigError: their index is that of the rows in another order.
    """
    sides = ((name, getattr(options, name)) for name in SIDES)
    given = [(name, side.values) for name, side in sides if isinstance(side, PerRow)]
    try:
        notes = [order_note(data, values, name) for name, values in given]
    except Odd as error:
        raise ConfigError(error.what, error.fix) from None
    return [note for note in notes if note]


def _check_index(data: Any, target: str | int | None) -> None:
    """Refuse a target that is the index of a frame of pandas."""
    names = getattr(getattr(data, "index", None), "names", ())
    known = {str(name) for name in getattr(data, "columns", ())}
    if target is not None and target in names and str(target) not in known:
        raise TargetError(f"{show(target)} is the frame's index", "give data.reset_index()")


def _is_pair(test: Any) -> bool:
    """Is it a list of rows and labels?"""
    if not isinstance(test, list) or len(test) != 2:
        return False
    return len(getattr(test[0], "shape", ())) == 2 and hasattr(test[1], "__len__")


def _check_width(rows: Any, columns: int) -> None:
    """Refuse test rows without names that are not as wide as the others."""
    shape = np.shape(rows) if isinstance(rows, np.ndarray) else ()
    if len(shape) == 2 and shape[1] != columns:
        what = f"test has {count(shape[1], 'column')}, where {columns:,} are needed"
        raise TableError(what, "give test=(rows, y), the rows with the columns of the others")


def table_task(
    table: Table, options: Options, test: Table | None = None, target: str | None = None
) -> Task:
    """The task of a table that was read, or that came from arrays or frames."""
    wanted = target or options.target
    table = _plain(table, options, wanted)
    if test is not None:
        test = followed(test, table)
    return make_task(
        table,
        wanted,
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
        alike_labels=options.alike_labels,
    )


def _plain(table: Table, options: Options, target: str | None) -> Table:
    """The table with its numbers written plainly, but for columns that are no numbers.

    Labels stay as they are written, as do groups and times, and what was said to be a category.
    """
    column = table.columns[find_target(table, target)]
    kept = {name for name, kind in options.types if kind != "number"}
    for flag in ("groups", "time"):
        if isinstance(named := getattr(options, flag), str):
            kept.add(table.names[find_column(table, named, f"--{flag}", ConfigError)])
    kept |= {column.name} if options.kind == "classification" else set()
    said = Said(
        options.decimal,
        options.thousands,
        options.inf == "missing",
        frozenset(kept),
        frozenset(name for name, kind in options.types if kind == "number"),
    )
    made = plain(table, said)
    if column.name in made.notations and options.kind is None and _are_classes(made, column.name):
        return plain(table, replace(said, kept=said.kept | {column.name}))
    return made


def _are_classes(table: Table, target: str) -> bool:
    column = next(c for c in table.columns if c.name == target)
    try:
        return guess_kind(target, set(column.coded.levels), False, []) == "classification"
    except TargetError:  # asked for later
        return False


def _side(chosen: Side) -> Given:
    return chosen.values if isinstance(chosen, PerRow) else chosen


def read(options: Any, path: str) -> Table:
    """A table file, read as the options say."""
    return read_table(path, **{name: getattr(options, name) for name in FILE})


# ---- built-in sets, and where the data are ------------------------------------------------------
def sets() -> tuple[str, ...]:
    """The built-in sets."""
    return builtin.names()


def set_task(name: str, options: Any) -> Task:
    """The task of a built-in set, which brings all that describes it."""
    every = [one.name for part in (Columns, Reading, Leaks) for one in fields(part)]
    refuse(
        options,
        (*every, "target", "test", "metric", "merge_rare", "alike_labels"),
        f"the built-in set {name} brings its own",
    )
    return labelled(builtin.task(name, options.seed))


def settings(name: str) -> Settings:
    """The size of study that a built-in set brings."""
    return builtin.load(name).settings


def said(info: TaskInfo) -> Sequence[str]:
    """The path, or the name of a built-in set."""
    return [info.name if info.builtin else info.source]


def is_there(path: str) -> bool:
    """Whether the file is still there."""
    return os.path.isfile(path)


def digest(path: str) -> str:
    """SHA-256 of the file."""
    return read_bytes(path, formats=False)[1]
