"""New rows of a table for a trained net, and the code that is handed over with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep import modalities
from howdeep.base.errors import ConfigError, TableError
from howdeep.base.words import count, listed, nearest, show, show_path
from howdeep.data import headers, matching, notation, number, tensors
from howdeep.data.column import Column
from howdeep.data.headers import (
    INVENTED,
    NoColumns,
    check_nameless,
    invented_names,
    match_names,
    renamed_words,
)
from howdeep.data.notation import PLAIN, Notation
from howdeep.data.task import Task
from howdeep.modalities import New
from howdeep.modalities.table import (
    dateforms,
    dates,
    fitted,
    monthnames,
    normal,
    runtime,
    spans,
    typed,
)
from howdeep.modalities.table import reading as reading_file
from howdeep.modalities.table.apart import Said
from howdeep.modalities.table.dates import DateColumn, NoDate, read_dates
from howdeep.modalities.table.frames import rows_of, to_table
from howdeep.modalities.table.notations import check_signs, plain, signs
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.reading import NotRead, Reading, gaps, read_codes, read_numbers
from howdeep.modalities.table.samples import (
    CODES,
    NUMBERS,
    codes_of,
    dates_of,
    names_of,
    numbers_of,
    written_of,
)
from howdeep.modalities.table.source import FILE, SIDES
from howdeep.modalities.table.table import Table

Read = Callable[[str, Any, Reading], tuple[Any, tuple[str, ...]]]
FILES = (
    number, notation, matching, headers, tensors, monthnames, dateforms, spans, dates, typed,
    reading_file, normal, fitted, runtime,
)  # fmt: skip
USAGE = 'net.predict({"column": ["cells", ...]})    # or a frame: labels, or numbers'
WHAT = "a table"


def reading(task: Task, known: Mapping[str, str]) -> Reading:
    """How the study read its own table, and new ones are to be read."""
    said = f",{known.get('types', '')},"  # names may hold commas: not parsed
    names, dated, written = names_of(task), dates_of(task), written_of(task)
    made = {name for column in dated for name, _ in column.columns}
    asked = (*names.numbers, *(column.name for column in dated))
    hows = {} if written is None else {name: written.notation(name) for name in names.numbers}
    gaps = np.concatenate([np.isnan(numbers_of(task)), codes_of(task) == -1], axis=1)
    gappy = [bool(column.any()) for column in np.delete(gaps, task.test, axis=0).T]
    pairs = list(zip((*names.numbers, *names.codes), gappy, strict=True))
    some = {name for name, gap in pairs if gap}
    return Reading(
        tuple(n for n in dict.fromkeys(asked) if f",{n}=number," in said or f",{n}=date," in said),
        known.get("inf") == "missing",
        dict(zip(names.codes, names.levels, strict=True)),
        {name: how for name, how in hows.items() if how != PLAIN},
        written is not None,
        (
            *(name for name, gap in pairs if not gap and name not in made),
            *(one.name for one in dated if some.isdisjoint(name for name, _ in one.columns)),
        ),
        dated,
        task.info.nameless,
        tuple(n for n in names.numbers if _is_grouped(task, n, hows.get(n, PLAIN))),
    )


def _is_grouped(task: Task, name: str, how: Notation) -> bool:
    """Did its whole numbers have a comma or a dot between thousands?"""
    written = written_of(task)
    own = written is not None and any(name == column for column, *_ in written.columns)
    if not own or how.thousands not in (",", "."):
        return False
    values = numbers_of(task)[:, names_of(task).numbers.index(name)]
    there = values[~np.isnan(values)]
    return bool((there % 1 == 0).all() and (np.abs(there) >= 1000).any())


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
    if how["names"] is None:
        _check_nameless(table, task)
    said = Said(options.decimal, options.thousands, how["inf"] == "missing")
    check_signs(said)
    written = written_of(task)
    if written is None:  # before 0.5 each file was read by itself
        table = plain(table, said)
    elif said.decimal or said.thousands:
        table = replace(table, notation=signs(said, written.decimal))
    notes, target = table.notes, task.info.target
    if target in table.names:
        notes += (f"Column {show(target, 40)} is what the net predicts, and was not looked at.",)
    return New(table, notes=notes)


def new_of(data: Any, task: Task, known: Mapping[str, str]) -> New:
    """A frame, columns by name, or an array, whose columns are those of training."""
    inf: Any = known.get("inf")
    data = rows_of(data)
    table = to_table(data, names=_names(data, known), inf=inf, empty=True)
    if not isinstance(data, Mapping):
        _check_nameless(table, task)
    return New(table)


def _check_nameless(table: Table, task: Task) -> None:
    """Refuse columns that nobody named, if they are not as many as those of training."""
    info = task.info
    names = [info.target, *(name for name, _ in info.features)]
    known = [int(name.rpartition("_")[2]) for name in names if INVENTED.fullmatch(name)]
    nameless = info.nameless
    if not nameless and len(known) == len(names):  # an older study: it does not say how many
        count = len([name for name in table.names if INVENTED.fullmatch(name)])
        nameless = max(max(known), count)
    try:
        check_nameless(table.names, nameless, info.target)
    except NoColumns as error:
        fix = error.fix
        if table.path:  # a file, read by options
            fix = fix.replace("in a dict name", "name").replace("them: ", "them: --names ")
        raise TableError(f"{table.name}: {error.what}", fix) from None


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
    made_of = {made: column.name for column in reading.dates for made, _ in column.columns}
    wanted = dict.fromkeys(made_of.get(name, name) for name in (*names.numbers, *names.codes))
    try:
        same = match_names(tuple(wanted), table.names)
    except NoColumns as error:
        raise TableError(f"{table.name}: {error.what}", error.fix) from None
    given = {column.name: column for column in table.columns}
    found = {name: given[other] for name, other in same.items()}
    missing = [name for name in wanted if name not in found]
    if missing and set(given) <= invented_names(table.names):
        raise TableError(
            f"{table.name}: its columns have no names, and the net needs {listed(missing)}",
            "give it a line of names, or say --names with one for each column, in their order",
        )
    if missing:
        raise TableError(
            f"{table.name}: the net needs columns that are not there: {listed(missing)}",
            f"give them (the nearest to {show(missing[0])} are {_near(missing[0], given)}); "
            "an empty cell is a missing value",
        )
    dated = [_dates(table, found[column.name], column, reading) for column in reading.dates]
    found |= {column.name: column for columns, _ in dated for column in columns}
    reading = _as_said(reading, table, task)
    read = [_read(read_numbers, table, found[name], name, reading) for name in names.numbers]
    codes = [_read(read_codes, table, found[name], name, reading) for name in names.codes]
    n = table.rows
    made: dict[str, NDArray[Any]] = {
        NUMBERS: np.stack([c for c, _ in read], axis=1) if read else np.empty((n, 0)),
        CODES: np.stack([c for c, _ in codes], axis=1) if codes else np.empty((n, 0), np.int64),
    }
    each = (note for _, notes in (*dated, *read, *codes) for note in notes)
    notes = (renamed_words(same), *each)
    return made, tuple(note for note in notes if note)


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
    return replace(reading, notations=hows, grouped=())


def _read(
    read: Read, table: Table, column: Column, name: str, how: Reading
) -> tuple[Any, tuple[str, ...]]:
    try:
        return read(name, column.values, how)
    except NotRead as error:
        where = f"{table.name}, column {show(column.name)}{error.what}"
        raise TableError(where, error.fix) from None


def _near(name: str, found: Iterable[str]) -> str:
    return listed(nearest(name, tuple(found), 3))


def _dates(
    table: Table, column: Column, known: DateColumn, reading: Reading
) -> tuple[list[Column], tuple[str, ...]]:
    """The columns of numbers made of one of dates, and what is to be said of its cells."""
    try:
        made, odd = read_dates(known, column.values, column.name in reading.text_is_missing)
    except NoDate as error:
        where = f"{table.name}, column {show(column.name)}, row {error.row + 1}"
        raise TableError(f"{where}: {error.why}", error.fix) from None
    pairs = zip(known.columns, made, strict=True)
    said = [f"column {show(column.name)}: {count(odd, 'cell')} no date, taken as missing."][:odd]
    said += gaps(known.name, int(np.isnan(made[0]).sum()) - odd, reading)
    return [Column(name, values) for (name, _), values in pairs], tuple(said)
