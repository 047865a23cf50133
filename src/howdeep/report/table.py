"""A table as data: columns declared once, for every place that shows them, and rows of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Literal

from howdeep.base.errors import HowdeepError

Medium = Literal["page", "terminal"]
MEDIA: tuple[Medium, ...] = ("page", "terminal")
Align = Literal["left", "right"]


class Group(IntEnum):
    """What a column tells. The page stands columns in this order, a terminal as declared."""

    SUBJECT = 0  # what the row is about
    ANSWER = 1
    SCORE = 2
    SEEDS = 3
    COST = 4


# ---- cells --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Name:
    """A name that may run in another direction than the text around it; `gloss` explains it.

    `colour`: the number that its kind of net has in figures; None where it is none.
    """

    text: str
    gloss: str = ""
    colour: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Brief:
    """Words that are `short` in a terminal."""

    text: str
    short: str


@dataclass(frozen=True)
class Flag:
    """A word of judgement; `raised` in the row that the reader should find."""

    text: str
    raised: bool


@dataclass(frozen=True)
class Bar:
    """A share, 0 to 1, as a length."""

    share: float


@dataclass(frozen=True)
class Heat:
    """A count on a ground that is the stronger the larger its share, 0 to 1, of its row is."""

    text: str
    share: float
    good: bool  # rather what is wanted than what is not


@dataclass(frozen=True)
class Link:
    """Words that lead to `to`: a section of this page ("#ident") or of one next to it."""

    text: str
    to: str


Cell = str | Name | Brief | Flag | Bar | Heat | Link


# ---- tables -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Column:
    """One column, wherever its table is shown.

    `cell` gives the cell of one subject: what a row is about, one type for each table. Headings
    may hold `{words}` that the table fills.
    """

    key: str
    heading: str
    cell: Callable[[Any], Cell]
    align: Align = "left"
    short: str | None = None  # the heading in a terminal, over several lines; None: `heading`
    group: Group = Group.SUBJECT
    drop: int = 0  # a terminal too narrow leaves out 1 first, then 2 as well ...; 0: never
    on: tuple[Medium, ...] = MEDIA
    sparse: bool = False  # left out where no row has anything in it
    value: Callable[[Any], float | None] | None = None  # what the page sorts by; None: the text
    width: int = 0  # characters in a terminal; 0: as many as it needs


@dataclass(frozen=True)
class Row:
    """Cells by the key of their column, absent where the column does not apply."""

    cells: Mapping[str, Cell]
    state: str = ""  # a word for styles and colours
    values: Mapping[str, float] = field(default_factory=dict)  # to sort by, where there are such


@dataclass(frozen=True)
class Table:
    """Columns and rows.

    Raises:
        HowdeepError: two columns of one key, or a cell without a column.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    region: str = ""  # what the page calls the box in which a wide table scrolls; "": small
    kind: str = ""  # of the rows, a word for styles before each row's state
    sorts: bool = True  # by a click on a heading of the page
    roomy: int = 0  # the width from which a terminal drops no column; 0: what the cells need

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise HowdeepError(f"table of {keys}: {twice[0]!r} twice", "give each column its key")
        loose = sorted({key for row in self.rows for key in row.cells} - set(keys))
        if loose:
            raise HowdeepError(f"table of {keys}: a cell of {loose[0]!r}", "declare its column")


def titled(columns: tuple[Column, ...], **words: str) -> tuple[Column, ...]:
    """The columns with the `words` of their headings filled in.

    >>> [c.heading for c in titled((Column("score", "in {unit}", str),), unit="points")]
    ['in points']

    Raises:
        KeyError: a heading asks for a word that is not given.
    """
    return tuple(
        replace(
            column,
            heading=column.heading.format_map(words),
            short=None if column.short is None else column.short.format_map(words),
        )
        for column in columns
    )


def row(columns: tuple[Column, ...], subject: object, state: str = "") -> Row:
    """The row of one subject: what each column says of it.

    >>> row((Column("half", "half", lambda n: f"{n / 2:g}"),), 5).cells
    {'half': '2.5'}
    """
    cells = {column.key: column.cell(subject) for column in columns}
    found = {c.key: c.value(subject) for c in columns if c.value is not None}
    return Row(cells, state, {key: value for key, value in found.items() if value is not None})


def shown(table: Table, medium: Medium, dropped: int = 0) -> tuple[Column, ...]:
    """The columns that a medium shows, in its order, less those dropped first to `dropped`.

    >>> a, b = Column("a", "a", str, drop=1), Column("b", "b", str, on=("page",))
    >>> [c.key for c in shown(Table((a, b), ()), "page")]
    ['a', 'b']
    >>> [c.key for c in shown(Table((a, b), ()), "terminal", dropped=1)]
    []
    """
    columns = [
        column
        for column in table.columns
        if medium in column.on
        and not 0 < column.drop <= dropped
        and not (column.sparse and not any(row.cells.get(column.key) for row in table.rows))
    ]
    return tuple(sorted(columns, key=lambda c: c.group) if medium == "page" else columns)
