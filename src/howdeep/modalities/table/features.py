"""What each column is: numbers, a category, or nothing to learn from. Every decision is a remark.

A text column is one of numbers if every cell is a plain number or a missing value; identifiers
with leading zeros and whole numbers beyond 2**53 stay text, exactly as written. Columns of frames
and arrays keep the type they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, TableError
from howdeep.base.words import count, listed, nearest, show
from howdeep.data import cells
from howdeep.data.matching import label
from howdeep.data.number import number
from howdeep.modalities.table.dates import DateColumn
from howdeep.modalities.table.typed import as_numbers

FREE_TEXT = 0.9  # of the cells are distinct: nothing to learn from a category
FREE_TEXT_MIN = 20  # distinct cells, below which a category is a category
Choice = Literal["number", "category", "date", "drop"]
Values = NDArray[np.object_] | NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Feature:
    """A column ready to learn from: `numbers` (N,) with NaN, or `codes` (N,) with -1 and levels."""

    name: str
    kind: Literal["number", "category"]
    numbers: NDArray[np.float64] | None = None
    codes: NDArray[np.int64] | None = None
    levels: tuple[str, ...] = ()
    made_of: DateColumn | None = None  # a column of dates, of which this is a part

    @property
    def column(self) -> str:
        """The name of the table's column that it is, or was made of."""
        return self.made_of.name if self.made_of is not None else self.name

    @property
    def values(self) -> NDArray[np.float64]:
        """The numbers or codes as float64 (N,)."""
        out = self.numbers if self.numbers is not None else self.codes
        assert out is not None
        return out.astype(np.float64)


@dataclass
class Remarks:
    """Sentences in the making: columns of one remark share one sentence."""

    shared: dict[str, list[str]] = field(default_factory=dict)
    single: list[str] = field(default_factory=list)

    def of(self, reason: str, name: str) -> None:
        self.shared.setdefault(reason, []).append(name)

    def say(self, sentence: str) -> None:
        self.single.append(sentence)

    @property
    def sentences(self) -> tuple[str, ...]:
        lists = (f"{reason}: {listed(names)}." for reason, names in self.shared.items())
        return (*self.single, *lists)


def check_types(types: Mapping[str, str], names: Iterable[str]) -> None:
    """Are these kinds of these columns?

    Raises:
        ConfigError: an unknown column (naming the nearest) or an unknown kind.
    """
    known = list(names)
    for name, kind in types.items():
        if name not in known:
            raise ConfigError(
                f"--types: there is no column {show(name)}",
                f"the nearest names are {listed(nearest(name, known))}",
            )
        if kind not in get_args(Choice):
            raise ConfigError(
                f"--types: column {show(name)} cannot be {show(kind)}",
                "say number, category, date or drop",
            )


def make_feature(
    name: str, values: Values, main: int, choice: str | None, typed: bool, remarks: Remarks
) -> Feature | None:
    """The feature of one column, or `None` where it is left out.

    The first `main` rows decide; rows of a test file behind them only follow. `typed`: the column
    comes from a frame, so that text is a category however it looks.
    """
    if choice == "drop":
        remarks.of("Left out as asked", name)
        return None
    if values.dtype == np.float64:
        feature = _from_floats(name, values.astype(np.float64), choice)
    else:
        text = values.tolist()
        text = ["" if value is None else str(value) for value in text] if typed else text
        judged = choice or _judge(name, text[:main], typed, remarks)
        if judged is None:
            return None
        as_number = judged == "number"
        feature = _numbers(name, text, main, choice, remarks) if as_number else _codes(name, text)
    why = _useless(feature, main, choice)
    if why:
        remarks.of(why, name)
        return None
    if _are_dates(feature.levels):
        remarks.of("Look like dates or times and were taken as categories", name)
    return feature


def _from_floats(name: str, values: NDArray[np.float64], choice: str | None) -> Feature:
    if choice == "category":
        return _codes(name, [label(value) for value in values.tolist()])
    return Feature(name, "number", numbers=values + 0.0)  # no minus zero: equal cells, equal bits


def _judge(name: str, text: list[str], typed: bool, remarks: Remarks) -> Choice | None:
    """What a column of text cells is; `None` (with a remark) if every cell is missing."""
    present = set(text) - {""}
    if not present or (not typed and len(present) == 1 and cells.is_missing(next(iter(present)))):
        remarks.of("Left out, as all cells are missing", name)
        return None
    if typed:
        return "category"
    # By how they are written: a number that overflows is refused later, and is no category.
    numbers = {cell for cell in present if cells.NUMBER.fullmatch(cell.strip())}
    words = {cell for cell in present - numbers if number(cell) is None}
    if not numbers:
        return "category"
    if words:
        _remark_mixed(name, text, words, remarks)
        return "category"
    written = [cell.strip() for cell in numbers]
    if any(cell.lstrip("+-")[0] == "0" and cells.CODE.fullmatch(cell) for cell in written):
        remarks.of("Taken as categories, as some values have leading zeros (--types)", name)
        return "category"
    if any(len(cell) > 15 and cells.is_inexact(cell) for cell in written):
        remarks.of("Taken as categories, as whole numbers beyond 2^53 would be rounded", name)
        return "category"
    return "number"


def _remark_mixed(name: str, text: list[str], words: set[str], remarks: Remarks) -> None:
    """Name the first cell of the minority: one typo in numbers, or one number in text."""
    rows = [i for i, cell in enumerate(text) if cell in words]
    what, how = "text", " (--types NAME=number takes its text as missing)"
    if len(rows) > len(text) / 2:
        rows = [i for i, cell in enumerate(text) if cells.NUMBER.fullmatch(cell.strip())]
        what, how = "numbers", ""
    remarks.say(
        f"Column {show(name, 40)} mixes numbers and text ({count(len(rows), 'cell')} of {what},"
        f" the first {show(text[rows[0]], 40)} in row {rows[0] + 1:,}) and was taken as a"
        f" category{how}."
    )


def _numbers(
    name: str, text: list[str], main: int, choice: str | None, remarks: Remarks
) -> Feature:
    out, odd = as_numbers(text)
    if len(odd):
        row = int(odd[0])
        where = f"row {row + 1:,}" if row < main else f"row {row - main + 1:,} of the test file"
        if choice is None:
            raise TableError(
                f"column {show(name)} holds numbers, but {where} is {show(text[row])}",
                "correct the cell, or say --types with NAME=category",
            )
        cell = f"{show(text[row], 40)} in {where}"
        remarks.say(f"Text in column {show(name, 40)} was taken as missing (the first: {cell}).")
    gone = np.flatnonzero(np.isnan(out[:main]))
    if len(gone):
        kinds = sorted({text[i] for i in gone})
        how = ", ".join("empty" if not kind else show(kind, 20) for kind in kinds[:4])
        missing = count(len(gone), "missing cell")
        remarks.say(f"Column {show(name, 40)} has {missing} of {main:,} ({how}).")
    return Feature(name, "number", numbers=out)


def _codes(name: str, text: list[str]) -> Feature:
    levels = sorted(set(text) - {""})
    place = {level: i for i, level in enumerate(levels)} | {"": -1}
    codes = np.fromiter(map(place.__getitem__, text), np.int64, len(text))
    return Feature(name, "category", codes=codes, levels=tuple(levels))


def _useless(feature: Feature, main: int, choice: str | None) -> str:
    """Why nothing can be learned from the column, or ""."""
    if feature.numbers is not None:
        return _useless_numbers(feature.numbers[:main])
    assert feature.codes is not None
    return _useless_codes(feature, feature.codes[:main], choice)


def _useless_numbers(values: NDArray[np.float64]) -> str:
    present = values[~np.isnan(values)]
    if not len(present):
        return "Left out, as all cells are missing"
    if len(present) == len(values) and (present == present[0]).all():
        return "Left out, as all cells are equal"
    return ""


def _useless_codes(feature: Feature, codes: NDArray[np.int64], choice: str | None) -> str:
    present = codes[codes >= 0]
    if not len(present):
        return "Left out, as all cells are missing"
    distinct = len(np.unique(present))
    if distinct == 1 and len(present) == len(codes):
        return "Left out, as all cells are equal"
    if choice is None and distinct > FREE_TEXT_MIN and distinct > FREE_TEXT * len(present):
        what = (
            "dates (and rows were not put in their order)"
            if _are_dates(feature.levels)
            else "free text or identifiers"
        )
        return f"Left out as {what}: nearly all values differ (--types NAME=category keeps)"
    return ""


def _are_dates(levels: tuple[str, ...]) -> bool:
    found = sum(cells.DATE.fullmatch(level) is not None for level in levels)
    return found > len(levels) / 2
