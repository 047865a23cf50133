"""New rows of a table for a trained net, and the code that is handed over with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep import modalities
from howdeep.base.errors import ConfigError, TableError
from howdeep.base.nouns import LATER
from howdeep.base.words import count, listed, nearest, show, show_path
from howdeep.data import headers, matching, number
from howdeep.data.column import Column
from howdeep.data.headers import INVENTED, NoColumns, check_nameless, match_names, renamed_words
from howdeep.data.matching import label, match
from howdeep.data.task import Task
from howdeep.modalities import New
from howdeep.modalities.table import dates, fitted, normal, runtime, typed
from howdeep.modalities.table.dates import DateColumn, NoDate, read_dates
from howdeep.modalities.table.frames import rows_of, to_table
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.samples import CODES, NUMBERS, dates_of, names_of
from howdeep.modalities.table.source import READING, SIDES
from howdeep.modalities.table.table import Table
from howdeep.modalities.table.typed import as_numbers

FILES = (number, matching, headers, dates, typed, normal, fitted, runtime)
USAGE = 'net.predict({"column": ["cells", ...]})    # or a frame: labels, or numbers'
WHAT = "a table"


@dataclass(frozen=True)
class Reading:
    """How the cells of new tables are read, as the study's options say and its levels tell.

    `text_is_missing`: columns that were said to be of numbers, whose text is missing.
    `levels`: of every column of categories, in the order of their codes; `dates`: the columns that
    several columns of numbers were made of. `nameless`: how many columns there were, if they had
    no names.
    """

    text_is_missing: tuple[str, ...]
    infinite_is_missing: bool
    levels: dict[str, tuple[str, ...]]
    dates: tuple[DateColumn, ...] = field(default=(), metadata=LATER)
    nameless: int = field(default=0, metadata=LATER)


def reading(task: Task, known: Mapping[str, str]) -> Reading:
    """How the study read its own table, and new ones are to be read."""
    said = f",{known.get('types', '')},"  # names may hold commas: not parsed
    names, dated = names_of(task), dates_of(task)
    asked = (*names.numbers, *(column.name for column in dated))
    return Reading(
        tuple(n for n in dict.fromkeys(asked) if f",{n}=number," in said or f",{n}=date," in said),
        known.get("inf") == "missing",
        dict(zip(names.codes, names.levels, strict=True)),
        dated,
        task.info.nameless,
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
    how = {name: getattr(options, name) for name in READING}
    how |= {n: known.get(n) for n in ("inf", "quotes") if how[n] is None}  # as the study did
    table = read_table(path, **how)
    if how["names"] is None:
        _check_nameless(table, task)
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
    if missing:
        raise TableError(
            f"{table.name}: the net needs columns that are not there: {listed(missing)}",
            f"give them (the nearest to {show(missing[0])} are {_near(missing[0], given)}); "
            "an empty cell is a missing value",
        )
    dated = [_dates(table, found[column.name], column, reading) for column in reading.dates]
    found |= {column.name: column for columns, _ in dated for column in columns}
    read = [_numbers(table, found[name], name, reading) for name in names.numbers]
    numbers = [values for values, _ in read]
    pairs = zip(names.codes, names.levels, strict=True)
    codes = [_codes(table, found[name], levels) for name, levels in pairs]
    n = table.rows
    made: dict[str, NDArray[Any]] = {
        NUMBERS: np.stack(numbers, axis=1) if numbers else np.empty((n, 0)),
        CODES: np.stack([c for c, _ in codes], axis=1) if codes else np.empty((n, 0), np.int64),
    }
    notes = (renamed_words(same), *(note for _, note in (*dated, *read, *codes)))
    return made, tuple(note for note in notes if note)


def _near(name: str, found: Iterable[str]) -> str:
    return listed(nearest(name, tuple(found), 3))


def _numbers(
    table: Table, column: Column, name: str, reading: Reading
) -> tuple[NDArray[np.float64], str]:
    """Values (N,), and a sentence where text was taken as missing, as in training."""
    cells = column.values
    out, odd = as_numbers(cells, reading.infinite_is_missing)
    if not len(odd):
        return out, ""
    if name not in reading.text_is_missing:
        row = int(odd[0])
        raise TableError(
            f"{table.name}, column {show(column.name)}, row {row + 1}: {show(cells[row])} is no"
            " number",
            "the net was trained on numbers there; correct the cell or empty it",
        )
    return (
        out,
        f"column {show(column.name)}: {count(len(odd), 'cell')} no number, taken as missing.",
    )


def _dates(
    table: Table, column: Column, known: DateColumn, reading: Reading
) -> tuple[list[Column], str]:
    """The columns of numbers made of one of dates, and a sentence as in `_numbers`."""
    try:
        made, odd = read_dates(known, column.values, column.name in reading.text_is_missing)
    except NoDate as error:
        where = f"{table.name}, column {show(column.name)}, row {error.row + 1}"
        raise TableError(f"{where}: {error.why}", error.fix) from None
    pairs = zip(known.columns, made, strict=True)
    note = f"column {show(column.name)}: {count(odd, 'cell')} no date, taken as missing."
    return [Column(name, values) for (name, _), values in pairs], note if odd else ""


def _codes(table: Table, column: Column, levels: Sequence[str]) -> tuple[NDArray[np.int64], str]:
    """Codes (N,), and a sentence where some cells are no known level (`matching.match`).

    A level that the study never saw gets a code past all levels: all zeros when encoded, whether
    it is in one row or in all.
    """
    cells = [label(cell) for cell in column.values.tolist()]
    new = len(levels)
    codes = match(cells, {level: i for i, level in enumerate(levels)}, new)
    strange = dict.fromkeys(c for c, code in zip(cells, codes, strict=True) if code == new)
    if not strange:
        return np.array(codes, dtype=np.int64), ""
    rows = codes.count(new)
    what = f"column {show(column.name)}: {listed(strange, 3)} {'was' if rows == 1 else 'were'}"
    return np.array(codes, dtype=np.int64), f"{what} not seen in training ({count(rows, 'row')})."
