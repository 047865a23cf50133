"""`Table`: named columns as read, nothing guessed away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from howdeep.data.column import Column
from howdeep.data.notation import Notation


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of equal length (N rows), where they came from, and what was guessed.

    `notation`: by which numbers are read, and `notations`: those of columns whose cells were
    rewritten as plain numbers (`notations.plain`); None before that.
    """

    name: str  # short, for titles: "adult/train.csv"
    path: str  # "" when it did not come from a file
    sha256: str  # of the file's bytes, or of the arrays
    columns: tuple[Column, ...]
    typed: bool = False  # a file that says of each column whether it is of numbers or text
    notes: tuple[str, ...] = field(default=())  # "separator ',' (guessed; --sep)", ...
    notation: Notation | None = None
    notations: Mapping[str, Notation] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.columns[0].rows if self.columns else 0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)
