"""What each column is: numbers, a category, or nothing to learn from. Every decision is a remark.

A text column is one of numbers if every cell is a plain number or a missing value (`notations` made
them plain before); one that is mostly numbers is refused. Identifiers with leading zeros and whole
numbers beyond 2**53 stay text, exactly as written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NoReturn, get_args

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, TableError
from howdeep.base.words import count, listed, nearest, show
from howdeep.data import cells
from howdeep.data.column import Coded, Kept, Numerals, coded, floats
from howdeep.data.matching import label
from howdeep.data.number import INTEGER, is_gone, number
from howdeep.modalities.table.dates import DateColumn
from howdeep.modalities.table.near import SUMS, UNKNOWN, are_nearly, nearly
from howdeep.modalities.table.typed import as_numbers

FREE_TEXT = 0.9  # of the cells are distinct: nothing to learn from a category
MOSTLY = 0.9  # of the different cells are numbers: a column of numbers
SHOWN = 3  # cells that are none, of a column of numbers
HANDFUL = 5  # cells that may be offered to be taken as missing
FEW = 20  # different whole numbers up to which, given as text, they are categories
FREE = "Left out as"
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
    name: str,
    values: Kept,
    main: int,
    choice: str | None,
    typed: bool,
    remarks: Remarks,
    declared: bool = False,
) -> Feature | None:
    """The feature of one column, or `None` where it is left out.

    The first `main` rows decide; rows of a test file behind them only follow. `typed`: the column
    comes from a frame, so that few whole numbers as text are a category; `declared`: it is a
    category by its own type, however it looks.

    Raises:
        TableError: it is mostly numbers, and some cells are none; or a test row's cell is none.
    """
    if choice == "drop":
        remarks.of("Left out as asked", name)
        return None
    numbers = floats(values)
    if numbers is not None:
        feature = _from_floats(name, numbers, main, choice, remarks)
    elif isinstance(values, Numerals) and choice != "category" and not typed:
        gone = int(np.isnan(values.numbers[:main]).sum())
        _remark_missing(name, gone, values.missing, main, remarks)
        feature = Feature(name, "number", numbers=values.numbers)
    else:
        text = coded(values)
        judged = choice or _judge(name, text, main, typed, remarks, declared)
        if judged is None:
            return None
        as_number = judged == "number"
        feature = (
            _numbers(name, text, main, choice, remarks)
            if as_number
            else _codes(name, text, main, remarks)
        )
    why = _useless(feature, main, choice)
    if why.startswith(FREE):
        _check_loss(name, feature)
    if why:
        remarks.of(why, name)
        return None
    if _are_dates(feature.levels):
        remarks.of("Look like dates or times and were taken as categories", name)
    return feature


def _from_floats(
    name: str, values: NDArray[np.float64], main: int, choice: str | None, remarks: Remarks
) -> Feature:
    if choice == "category":
        text = Coded.of(label(value) for value in values.tolist())
        return _codes(name, text, main, remarks)
    gone = int(np.isnan(values[:main]).sum())
    if gone < main:  # else it is left out, as all are missing
        _remark_missing(name, gone, ("",), main, remarks)
    return Feature(name, "number", numbers=values + 0.0)  # no minus zero: equal cells, equal bits


def _judge(
    name: str, text: Coded, main: int, typed: bool, remarks: Remarks, declared: bool
) -> Choice | None:
    """What a column of text cells is; `None` (with a remark) if every cell is missing."""
    present = {cell for cell in text.first(main) if not is_gone(cell)}
    if not present or (not typed and len(present) == 1 and cells.is_missing(next(iter(present)))):
        remarks.of("Left out, as all cells are missing", name)
        return None
    if declared:
        return "category"
    # By how they are written: a number that overflows is refused later, and is no category.
    numbers = {cell for cell in present if cells.NUMBER.fullmatch(cell.strip())}
    words = {cell for cell in present - numbers if number(cell) is None}
    if not numbers:
        return "category"
    written = [cell.strip() for cell in numbers]
    codes = any(cell.lstrip("+-")[0] == "0" and cells.CODE.fullmatch(cell) for cell in written)
    rounded = any(len(cell) > 15 and cells.is_inexact(cell) for cell in written)
    if words:
        signed = nearly(words) if len(numbers) > FEW else set()
        if not (codes or rounded) and len(numbers | signed) >= MOSTLY * len(numbers | words):
            _refuse_mixed(name, text, main, words)
        _remark_mixed(name, text, main, words, remarks)
        return "category"
    if codes:
        remarks.of("Taken as categories, as some values have leading zeros (--types)", name)
        return "category"
    if rounded:
        remarks.of("Taken as categories, as whole numbers beyond 2^53 would be rounded", name)
        return "category"
    if typed and len(numbers) == len(present):
        return _text_of_numbers(name, written, remarks)
    return "number"


def _text_of_numbers(name: str, written: list[str], remarks: Remarks) -> Choice:
    """Plain numbers as text, in a frame: few whole ones were made a category by that."""
    if len(written) <= FEW and all(map(INTEGER.fullmatch, written)):
        remarks.of("Numbers given as text were taken as categories (--types NAME=number)", name)
        return "category"
    remarks.of("Numbers given as text were read as numbers (--types NAME=category)", name)
    return "number"


def _among(text: Coded, main: int, some: Iterable[str]) -> tuple[int, list[tuple[int, str]]]:
    """How many of the first `main` cells are among some, and the first of them with their rows."""
    rows = text.rows_of(some)
    rows = rows[: np.searchsorted(rows, main)]
    return len(rows), [(row + 1, text.levels[text.codes[row]]) for row in rows[:SHOWN].tolist()]


def _refuse_mixed(name: str, text: Coded, main: int, words: set[str]) -> NoReturn:
    """A column that is mostly numbers is no category: name the cells that are none."""
    odd, shown = _among(text, main, words)
    first = ", ".join(f"row {row:,}: {show(cell, 40)}" for row, cell in shown)
    more = f" and {odd - SHOWN:,} more" if odd > SHOWN else ""
    sums = all(SUMS.fullmatch(cell) for cell in words)
    what = "remove the row that sums up others" if sums else "correct or empty them"
    raise TableError(
        f"column {show(name)} holds numbers, but for {count(odd, 'cell')} of text ({first}{more})",
        f"{what}, or say --types {name}=category{'' if sums else _lost(name, odd, words, ' or')}",
    )


def _lost(name: str, odd: int, words: set[str], word: str) -> str:
    """The option that takes a handful of cells as missing, with how many it would lose."""
    if odd > HANDFUL and not all(cell.casefold() in UNKNOWN for cell in words):
        return ""
    what = "this value as missing" if odd == 1 else f"these {odd:,} values as missing"
    return f",{word} --types {name}=number, which takes {what}"


def _remark_mixed(name: str, text: Coded, main: int, words: set[str], remarks: Remarks) -> None:
    """Name the first cell of the minority: one typo in numbers, or one number in text."""
    odd, shown = _among(text, main, words)
    what, how = "text", _lost(name, odd, words, "")
    if odd > main / 2:
        numbers = [c for c in text.levels if cells.NUMBER.fullmatch(c.strip())]
        (odd, shown), what, how = _among(text, main, numbers), "numbers", ""
    how = f" ({how.removeprefix(', ')})" if how else ""
    remarks.say(
        f"Column {show(name, 40)} mixes numbers and text ({count(odd, 'cell')} of {what},"
        f" the first {show(shown[0][1], 40)} in row {shown[0][0]:,}) and was taken as a"
        f" category{how}."
    )


def _numbers(name: str, text: Coded, main: int, choice: str | None, remarks: Remarks) -> Feature:
    found, odd = as_numbers(list(text.levels))
    out = found[text.codes]
    if len(odd):
        row = int(text.rows_of(text.levels[i] for i in odd.tolist())[0])
        where = f"row {row + 1:,}" if row < main else f"row {row - main + 1:,} of the test file"
        shown = text.levels[text.codes[row]]
        if choice is None:
            raise TableError(
                f"column {show(name)} holds numbers, but {where} is {show(shown)}",
                "correct the cell, or say --types with NAME=category",
            )
        cell = f"{show(shown, 40)} in {where}"
        remarks.say(f"Text in column {show(name, 40)} was taken as missing (the first: {cell}).")
    gone = {level for level, value in zip(text.levels, found, strict=True) if np.isnan(value)}
    _remark_gone(name, text, gone, main, remarks)
    return Feature(name, "number", numbers=out)


def _remark_gone(name: str, text: Coded, gone: set[str], main: int, remarks: Remarks) -> None:
    rows = text.rows_of(gone)
    kinds = gone.intersection(text.first(main))
    _remark_missing(name, int(np.searchsorted(rows, main)), kinds, main, remarks)


def _remark_missing(
    name: str, gone: int, kinds: Iterable[str], main: int, remarks: Remarks
) -> None:
    """How many cells are missing, and how they are written."""
    if gone:
        how = ", ".join("empty" if not kind else show(kind, 20) for kind in sorted(kinds)[:4])
        missing = count(gone, "missing cell")
        remarks.say(f"Column {show(name, 40)} has {missing} of {main:,} ({how}).")


def _codes(name: str, text: Coded, main: int, remarks: Remarks) -> Feature:
    """Codes of levels; what is missing wherever it stands, as an empty cell or NA, is no level."""
    gone = {cell for cell in text.levels if is_gone(cell)}
    levels = sorted(set(text.levels) - gone)
    place = {level: i for i, level in enumerate(levels)} | dict.fromkeys(gone, -1)
    if gone:
        _remark_gone(name, text, gone, main, remarks)
    codes = np.array([place[level] for level in text.levels], dtype=np.int64)[text.codes]
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
    distinct = int((np.bincount(present) > 0).sum())
    if distinct == 1 and len(present) == len(codes):
        return "Left out, as all cells are equal"
    if choice is None and distinct > FREE_TEXT_MIN and distinct > FREE_TEXT * len(present):
        what = (
            "dates (and rows were not put in their order)"
            if _are_dates(feature.levels)
            else "free text or identifiers"
        )
        return f"{FREE} {what}: nearly all values differ (--types NAME=category keeps)"
    return ""


def _check_loss(name: str, feature: Feature) -> None:
    """
    Raises:
        TableError: what would be left out as free text are numbers with signs that are not read,
            or mostly numbers with a fraction.
    """
    levels = feature.levels
    numbers = [cell for cell in levels if cells.NUMBER.fullmatch(cell)]
    known = set(numbers)
    odd = [show(cell, 40) for cell in levels if cell not in known][:SHOWN]
    measured = any("." in cell for cell in numbers) and 2 * len(numbers) >= len(levels)
    codes = any(map(cells.CODE.fullmatch, numbers))
    if not odd or codes or not (measured or are_nearly(levels)):
        return  # identifiers of digits alone, with zeros in front or too long, are no numbers
    raise TableError(
        f"column {show(name)} holds numbers, many of them with signs that are not read"
        f" ({', '.join(odd)})",
        f"write plain numbers, or leave it out with --types {name}=drop",
    )


def _are_dates(levels: tuple[str, ...]) -> bool:
    found = sum(cells.DATE.fullmatch(level) is not None for level in levels)
    return found > len(levels) / 2
