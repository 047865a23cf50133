"""Options that only tables have: how a file is read, and what its columns are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from howdeep.base import parsers
from howdeep.base.nouns import TaskKind
from howdeep.base.rules import READ, Command, Rule, choice
from howdeep.modalities.table import parsers as own

GUESSED = "told by the file's first lines"
WHOLE = "told by all cells of the table"
TRAINED: tuple[tuple[Command, str], ...] = (("predict", "as in training"),)
FIRST: tuple[tuple[Command, str], ...] = (("predict", "those of the first line, or of training"),)


@dataclass(frozen=True)
class Reading:
    """How a table's file is read."""

    section = "Reading a table"
    sep: Annotated[
        str | None,
        Rule(
            own.separator,
            "separator: comma, semicolon, tab, pipe, blanks (runs of them) or up to 8 signs",
            metavar="S",
            on=READ,
            usual=GUESSED,
        ),
    ] = None
    names: Annotated[
        tuple[str, ...] | None,
        Rule(
            own.names,
            "column names: a,b,c or a file of names",
            metavar="A,B|FILE",
            on=READ,
            usual="those of the first line",
            usual_of=FIRST,
        ),
    ] = None
    header: Annotated[
        bool | None,
        Rule(parsers.flag, "whether the first line holds the column names", on=READ, usual=GUESSED),
    ] = None
    encoding: Annotated[
        str | None,
        Rule(
            own.encoding,
            "text encoding of the file, as cp1252",
            metavar="NAME",
            on=READ,
            usual="utf-8, or what a byte-order mark says",
        ),
    ] = None
    decimal: Annotated[
        Literal[".", ","] | None,
        choice("decimal sign", Literal[".", ","], on=READ, usual=WHOLE, usual_of=TRAINED),
    ] = None
    thousands: Annotated[
        Literal["comma", "dot", "blank", "apostrophe", "none"] | None,
        choice(
            "what parts groups of three digits",
            Literal["comma", "dot", "blank", "apostrophe", "none"],
            on=READ,
            usual=WHOLE,
            usual_of=TRAINED,
        ),
    ] = None
    inf: Annotated[
        Literal["missing"] | None,
        choice(
            "what to take infinite numbers as",
            Literal["missing"],
            on=READ,
            usual="refused",
            usual_of=TRAINED,
        ),
    ] = None
    quotes: Annotated[
        Literal["double", "none"] | None,
        choice(
            "what quotation marks mean",
            Literal["double", "none"],
            on=READ,
            usual=GUESSED,
            usual_of=TRAINED,
        ),
    ] = None


@dataclass(frozen=True)
class Columns:
    """What the columns are."""

    section = "Data"
    kind: Annotated[
        TaskKind | None,
        choice("classes or numbers to predict", TaskKind, usual="told by the target's values"),
    ] = None
    types: Annotated[
        tuple[tuple[str, str], ...],
        Rule(
            own.types,
            "COL=number|category|date|drop, ...",
            metavar="COL=KIND",
            usual="told by each column's cells",
        ),
    ] = ()
    weights: Annotated[
        own.Side,
        Rule(own.side, "column of how much each row counts", metavar="COL", usual="all alike"),
    ] = None
    groups: Annotated[
        own.Side,
        Rule(
            own.side,
            "column of what rows belong to: kept in one part",
            metavar="COL",
            usual="each row by itself",
        ),
    ] = None
    time: Annotated[
        own.Side,
        Rule(
            own.side,
            "column of times: later rows are compared and tested",
            metavar="COL",
            usual="rows of all times are",
        ),
    ] = None


@dataclass(frozen=True)
class Leaks:
    """What odd columns are let in."""

    section = "Odd data"
    allow_leak: Annotated[bool, Rule(parsers.flag, "keep columns that give the target away")] = (
        False
    )
