"""`Column`: named cells as read, nothing guessed away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

END = "\0"  # of a packed cell: no text table that is read holds this character


@dataclass(frozen=True, eq=False)
class Packed:
    """Text cells one after another in one string: a tenth of what they take one by one."""

    text: str
    rows: int

    @staticmethod
    def of(cells: Sequence[str]) -> Packed:
        """The cells, of which none may hold NUL."""
        return Packed(END.join(cells), len(cells))

    def cells(self) -> list[str]:
        return self.text.split(END) if self.rows else []


@dataclass(frozen=True, eq=False)
class Coded:
    """Text cells by the different ones: these in the order of their first rows, and codes (N,)."""

    levels: tuple[str, ...]
    codes: NDArray[np.int32]

    @property
    def rows(self) -> int:
        return len(self.codes)

    @staticmethod
    def of(cells: Iterable[object]) -> Coded:
        """Any cells as text, None as an empty one."""
        every = list(cells)
        place = {cell: i for i, cell in enumerate(dict.fromkeys(every))}
        codes = np.fromiter(map(place.__getitem__, every), np.int32, len(every))
        return _coded(["" if cell is None else str(cell) for cell in place], codes)

    def rewritten(self, new: Callable[[str], str]) -> Coded:
        """The cells written in another way, by which some may become the same."""
        return _coded([new(level) for level in self.levels], self.codes)

    def cells(self) -> list[str]:
        levels = np.empty(len(self.levels), dtype=object)
        levels[:] = self.levels
        return levels[self.codes].tolist()

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many rows have each level."""
        return np.bincount(self.codes, minlength=len(self.levels)).astype(np.int64)

    def first(self, main: int) -> tuple[str, ...]:
        """The different cells of the first `main` rows."""
        if main >= len(self.codes):
            return self.levels
        seen = np.zeros(len(self.levels), dtype=bool)
        seen[self.codes[:main]] = True
        return tuple(self.levels[i] for i in np.flatnonzero(seen).tolist())

    def rows_of(self, levels: Iterable[str]) -> NDArray[np.int64]:
        """The rows, in order, whose cells are among some."""
        wanted = frozenset(levels)
        among = np.array([level in wanted for level in self.levels], dtype=bool)
        return np.flatnonzero(among[self.codes]).astype(np.int64)


def _coded(written: Sequence[str], codes: NDArray[np.int32]) -> Coded:
    """Cells by codes of texts, of which some may be the same."""
    place = {text: i for i, text in enumerate(dict.fromkeys(written))}
    if len(place) == len(written):
        return Coded(tuple(written), codes)
    where = np.array([place[text] for text in written], dtype=np.int32)
    return Coded(tuple(place), where[codes])


@dataclass(frozen=True, eq=False)
class Numerals:
    """Text cells that are plain numbers or missing, by what they say; some is a number.

    numbers (N,): NaN where missing. `missing`: the ways in which missing cells are written, of the
    table's own rows. `whole`: each number is written as Python writes an int. `parts`: what gives
    the cells of each part of the rows as they are written. `stripped`: blanks around were removed.
    """

    numbers: NDArray[np.float64]
    missing: tuple[str, ...]
    whole: bool
    parts: tuple[Callable[[], list[str]], ...]
    stripped: bool = False

    @property
    def rows(self) -> int:
        return len(self.numbers)

    def cells(self) -> list[str]:
        return [cell for part in self.parts for cell in part()]


Kept = NDArray[np.object_] | NDArray[np.float64] | Packed | Coded | Numerals


def coded(kept: Kept) -> Coded:
    """Cells of text by the different ones, None as an empty one."""
    if isinstance(kept, Coded):
        return kept
    return Coded.of(kept.tolist() if isinstance(kept, np.ndarray) else kept.cells())


def floats(kept: Kept) -> NDArray[np.float64] | None:
    """The values (N,) of a column of numbers that came as such; else None."""
    if isinstance(kept, np.ndarray) and kept.dtype == np.float64:
        return kept.astype(np.float64, copy=False)
    return None


@dataclass(frozen=True, eq=False)
class Column:
    """One column of text cells exactly as read (object array (N,) of str), or typed values.

    A reader of text files leaves strings ("" = empty cell), in one of three smaller forms. Columns
    that come from numpy, pandas or polars are float64 (NaN = missing) or object arrays of str
    (None = missing). `declared`: its own type says that it is one of categories, however they look.
    """

    name: str
    kept: Kept
    declared: bool = False

    @property
    def values(self) -> NDArray[np.object_] | NDArray[np.float64]:
        """The cells (N,); text of a file is made again each time."""
        if isinstance(self.kept, np.ndarray):
            return self.kept
        return np.array(self.kept.cells(), dtype=object)

    @property
    def coded(self) -> Coded:
        """The cells of text by the different ones, None as an empty one."""
        return self._coded if isinstance(self.kept, np.ndarray) else coded(self.kept)

    @cached_property
    def _coded(self) -> Coded:
        return coded(self.kept)

    @property
    def numeric(self) -> bool:
        """Whether the values are float64."""
        return floats(self.kept) is not None

    @property
    def rows(self) -> int:
        return len(self.kept) if isinstance(self.kept, np.ndarray) else self.kept.rows
