"""`Column`: named cells as read, nothing guessed away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False)
class Column:
    """One column of text cells exactly as read (object array (N,) of str), or typed values.

    A reader of text files leaves strings ("" = empty cell), packed. Columns that come from
    numpy, pandas or polars are float64 (NaN = missing) or object arrays of str (None = missing).
    `declared`: its own type says that it is one of categories, however they look.
    """

    name: str
    kept: NDArray[np.object_] | NDArray[np.float64] | Packed
    declared: bool = False

    @property
    def values(self) -> NDArray[np.object_] | NDArray[np.float64]:
        """The cells (N,); packed ones are unpacked again each time."""
        if isinstance(self.kept, Packed):
            return np.array(self.kept.text.split(END), dtype=object)
        return self.kept

    @property
    def numeric(self) -> bool:
        """Whether the values are float64."""
        return not isinstance(self.kept, Packed) and self.kept.dtype == np.float64

    @property
    def rows(self) -> int:
        return self.kept.rows if isinstance(self.kept, Packed) else len(self.kept)
