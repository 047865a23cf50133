"""New rows of a table for a trained net, and the code that is handed over with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep import modalities
from howdeep.base.errors import ConfigError, TableError
from howdeep.base.words import listed, nearest, show, show_path
from howdeep.data import matching, notation, number
from howdeep.data.column import Column
from howdeep.data.notation import PLAIN
from howdeep.data.task import Task
from howdeep.modalities import New
from howdeep.modalities.table import fitted, normal, runtime, typed
from howdeep.modalities.table import reading as reading_file
from howdeep.modalities.table.apart import Said
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.notations import check_signs, plain, signs
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.reading import NotRead, Reading, read_codes, read_numbers
from howdeep.modalities.table.samples import (
    CODES,
    NUMBERS,
    codes_of,
    names_of,
    numbers_of,
    written_of,
)
from howdeep.modalities.table.source import FILE, SIDES
from howdeep.modalities.table.table import Table

Read = Callable[[str, Any, Reading], tuple[Any, tuple[str, ...]]]
FILES = (number, notation, matching, typed, reading_file, normal, fitted, runtime)
USAGE = 'net.predict({"column": ["cells", ...]})    # or a frame: labels, or numbers'
WHAT = "a table"


def reading(task: Task, known: Mapping[str, str]) -> Reading:
    """How the study read its own table, and new ones are to be read."""
    said = f",{known.get('types', '')},"  # names may hold commas: not parsed
    names, written = names_of(task), written_of(task)
    hows = {} if written is None else {name: written.notation(name) for name in names.numbers}
    gaps = np.concatenate([np.isnan(numbers_of(task)), codes_of(task) == -1], axis=1)
    gappy = [bool(column.any()) for column in np.delete(gaps, task.test, axis=0).T]
    every = (*names.numbers, *names.codes)
    return Reading(
        tuple(name for name in names.numbers if f",{name}=number," in said),
        known.get("inf") == "missing",
        dict(zip(names.codes, names.levels, strict=True)),
        {name: how for name, how in hows.items() if how != PLAIN},
        written is not None,
        tuple(name for name, some in zip(every, gappy, strict=True) if not some),
    )


def new(path: str, options: Any, task: Task, known: Mapping[str, str]) -> New:
    """A table file, read as the options say.

    Raises:
        InputError: what is wrong with it.
    """
    for other in modalities.every():
        if other.rank and other.source.recognise(path):
            what = f"{show_path(path)} holds {other.what}: the net was trained on {WHAT}"
            raise ConfigError(what, f"give {WHAT}")
    how = {name: getattr(options, name) for name in FILE}
    how |= {n: known.get(n) for n in ("inf", "quotes") if how[n] is None}  # as the study did
    table = read_table(path, **how)
    said = Said(options.decimal, options.thousands, how["inf"] == "missing")
    check_signs(said)
    written = written_of(task)
    if written is None:  # before 0.5 each file was read by itself
        table = plain(table, said)
    elif said.decimal or said.thousands:
        table = replace(table, notation=signs(said, written.decimal))
    return New(table, notes=table.notes)


def new_of(data: Any, task: Task, known: Mapping[str, str]) -> New:
    """A frame, columns by name, or an array, whose columns are those of training."""
    return New(to_table(data, names=_names(data, known), inf=known.get("inf")))  # type: ignore[arg-type]


def _names(data: Any, known: Mapping[str, str]) -> list[str] | None:
    """The study's own names for the columns of an array, which has none.

    Its target is not among them, and weights, groups and times need not be.
    """
    if not isinstance(data, np.ndarray | list) or "names" not in known:
        return None
    names = [name for name in known["names"].split(",") if name != known.get("target")]
    apart = {known.get(side) for side in SIDES}
    lists = (names, [name for name in names if name not in apart])
    return next((some for some in lists if np.shape(data)[1:] == (len(some),)), None)


def samples(
    rows: Any, task: Task, reading: Reading
) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """A table's columns as the task's numbers (N, p) and codes (N, q), and what to say of them.

    Columns that the net does not know are ignored.

    Raises:
        TableError: a column that the net needs is missing, or holds text where numbers were.
    """
    if not isinstance(rows, Table):
        raise TableError("these are no rows of a table: the net was trained on one", f"give {WHAT}")
    table, names = rows, names_of(task)
    found = {column.name: column for column in table.columns}
    missing = [name for name in (*names.numbers, *names.codes) if name not in found]
    if missing:
        raise TableError(
            f"{table.name}: the net needs columns that are not there: {listed(missing)}",
            f"give them (the nearest to {show(missing[0])} are {_near(missing[0], found)}); "
            "an empty cell is a missing value",
        )
    reading = _as_said(reading, table, task)
    read = [_read(read_numbers, table, found[name], reading) for name in names.numbers]
    codes = [_read(read_codes, table, found[name], reading) for name in names.codes]
    n = table.rows
    made: dict[str, NDArray[Any]] = {
        NUMBERS: np.stack([c for c, _ in read], axis=1) if read else np.empty((n, 0)),
        CODES: np.stack([c for c, _ in codes], axis=1) if codes else np.empty((n, 0), np.int64),
    }
    return made, tuple(note for _, notes in (*read, *codes) for note in notes)


def _as_said(reading: Reading, table: Table, task: Task) -> Reading:
    """With the signs that the user says new rows have, which need not be those of training."""
    written, said = written_of(task), table.notation
    if written is None or said is None:
        return reading
    one, parts = said.decimal, said.thousands
    hows = {
        name: replace(written.notation(name), decimal=one, thousands=parts)
        for name in names_of(task).numbers
    }
    return replace(reading, notations=hows)


def _read(read: Read, table: Table, column: Column, how: Reading) -> tuple[Any, tuple[str, ...]]:
    try:
        return read(column.name, column.values, how)
    except NotRead as error:
        where = f"{table.name}, column {show(column.name)}{error.what}"
        raise TableError(where, error.fix) from None


def _near(name: str, found: Iterable[str]) -> str:
    return listed(nearest(name, tuple(found), 3))
