"""Options that only tables have: how a file is read, and what its columns are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from howdeep.base import parsers
from howdeep.base.nouns import TaskKind
from howdeep.base.rules import READ, Rule, choice
from howdeep.modalities.table import parsers as own


@dataclass(frozen=True)
class Reading:
    """How a table's file is read."""

    section = "Reading a table"
    sep: Annotated[
        str | None,
        Rule(
            own.separator,
            "separator: comma, semicolon, tab, pipe, blanks (runs of them) or a character",
            metavar="S",
            on=READ,
        ),
    ] = None
    names: Annotated[
        tuple[str, ...] | None,
        Rule(own.names, "column names: a,b,c or a file of names", metavar="A,B|FILE", on=READ),
    ] = None
    header: Annotated[
        bool | None, Rule(parsers.flag, "whether the first line holds the column names", on=READ)
    ] = None
    encoding: Annotated[
        str | None,
        Rule(own.encoding, "text encoding of the file, as cp1252", metavar="NAME", on=READ),
    ] = None
    decimal: Annotated[
        Literal[".", ","] | None, choice("decimal sign", Literal[".", ","], on=READ)
    ] = None
    thousands: Annotated[
        Literal["comma", "dot", "blank", "apostrophe", "none"] | None,
        choice(
            "what parts groups of three digits",
            Literal["comma", "dot", "blank", "apostrophe", "none"],
            on=READ,
        ),
    ] = None
    inf: Annotated[
        Literal["missing"] | None,
        choice("what to take infinite numbers as", Literal["missing"], on=READ),
    ] = None
    quotes: Annotated[
        Literal["double", "none"] | None,
        choice("what quotation marks mean", Literal["double", "none"], on=READ),
    ] = None


@dataclass(frozen=True)
class Columns:
    """What the columns are."""

    section = "Data"
    kind: Annotated[TaskKind | None, choice("classes or numbers to predict", TaskKind)] = None
    types: Annotated[
        tuple[tuple[str, str], ...],
        Rule(own.types, "COL=number|category|date|drop, ...", metavar="COL=KIND"),
    ] = ()
    weights: Annotated[
        own.Side, Rule(own.side, "column of how much each row counts", metavar="COL")
    ] = None
    groups: Annotated[
        own.Side,
        Rule(own.side, "column of what rows belong to: kept in one part", metavar="COL"),
    ] = None
    time: Annotated[
        own.Side,
        Rule(own.side, "column of times: later rows are compared and tested", metavar="COL"),
    ] = None


@dataclass(frozen=True)
class Leaks:
    """What odd columns are let in."""

    section = "Odd data"
    allow_leak: Annotated[bool, Rule(parsers.flag, "keep columns that give the target away")] = (
        False
    )
