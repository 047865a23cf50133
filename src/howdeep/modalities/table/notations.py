"""In what notation the numbers of a table are written: one decision, from all of its columns.

A column counts that is mostly numbers in some notation. Where cells can mean one thing only, they
are rewritten as plain numbers and it is said; where they can mean two, the table is refused with
the option that says which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from howdeep.base.errors import ConfigError, TableError
from howdeep.base.words import listed, show
from howdeep.data import cells
from howdeep.data.column import Column
from howdeep.data.notation import SAME, Notation, plainly, rewritten, singular
from howdeep.modalities.table.apart import (
    MARKS,
    MOSTLY,
    Marked,
    Said,
    distinct,
    is_marked,
    taken_apart,
    text_of,
    where,
    with_cells,
)
from howdeep.modalities.table.commas import read_whole
from howdeep.modalities.table.signs import decimal_sign
from howdeep.modalities.table.table import Table

DASHES = [char for char, same in SAME.items() if same == "-"]
UNSEEN = [char for char, same in SAME.items() if same == ""]
NAMES = {mark: name for name, mark in MARKS.items()}


def plain(table: Table, said: Said) -> Table:
    """The table with its numbers written plainly, and how they were written.

    Raises:
        TableError: cells that can mean two numbers, or columns of several notations, currencies or
            units; named with a cell and its row.
        ConfigError: one sign for decimals and thousands.
    """
    mark = None if said.thousands is None else MARKS[said.thousands]
    check_signs(said)
    free = [c for c in table.columns if not (c.numeric or c.declared or c.name in said.kept)]
    whole = {c.name: both for c in free if mark is None and (both := read_whole(c))}
    marked = _marked(free, said, {name: one for name, (one, _) in whole.items()})
    decimal = decimal_sign(table, free, marked, said, mark)
    if decimal != ",":
        marked, whole = _marked(free, said, {}) if whole else marked, {}
    if decimal == ",":
        seen = {one.name for one in marked}
        dotted = [c for c in free if c.name not in seen and "." in text_of(c) and not is_marked(c)]
        marked += [found for c in dotted if (found := taken_apart(c, said))]
    other = "," if decimal == "." else "."
    thousands = mark
    if thousands is None:
        grouped = any(other in p.core for one in marked for p in one.found.values())
        thousands = other if grouped else ""
    points = {name: column for name, (_, column) in whole.items()}
    return _rewritten(table, marked, decimal, thousands, said, points)


def _marked(free: Sequence[Column], said: Said, known: Mapping[str, Marked]) -> list[Marked]:
    """The columns with other cells than plain numbers, taken apart where that is not `known`."""
    every = (known.get(c.name) or (taken_apart(c, said) if is_marked(c) else None) for c in free)
    return [one for one in every if one]


def check_signs(said: Said) -> None:
    """Are decimal and thousands two signs?

    Raises:
        ConfigError: they are one.
    """
    if said.thousands is not None and MARKS[said.thousands] == (said.decimal or "?"):
        what = f"--decimal {said.decimal} and --thousands {said.thousands}: one sign for both"
        raise ConfigError(what, "leave one of them out")


def followed(test: Table, table: Table) -> Table:
    """A test table with its numbers written plainly, read by the notation of the main `table`.

    What is no number by it stays as it is, and is refused where numbers are asked for.
    """
    known = {column.name: column for column in table.columns}
    columns = []
    for column in test.columns:
        how = table.notations.get(column.name)
        like = known.get(column.name)
        if how is None and like is not None and not like.numeric and not is_marked(like):
            how = table.notation
        if how is not None and not column.numeric and (is_marked(column) or how.decimal != "."):
            new = {c: plainly(c, how) for c in distinct(column)}
            column = with_cells(column, {c: text for c, text in new.items() if text is not None})
        columns.append(column)
    return replace(test, columns=tuple(columns))


def signs(said: Said, decimal: str) -> Notation:
    """The signs that the user says; where only one is said, the other follows, or is `decimal`."""
    mark = None if said.thousands is None else MARKS[said.thousands]
    follows = {",": ".", ".": ","}
    sign = said.decimal or follows.get(mark or "", decimal)
    return Notation(sign, follows[sign] if mark is None else mark)


# ---- columns ------------------------------------------------------------------------------------
def _rewritten(
    table: Table,
    marked: Sequence[Marked],
    decimal: str,
    thousands: str,
    said: Said,
    points: Mapping[str, Column],
) -> Table:
    """`points`: columns that are there as rewritten."""
    found = {c.name: c for c in table.columns}
    hows: dict[str, Notation] = {}
    notes: list[tuple[str, str, str]] = []  # what was done, a column, and an example
    for one in marked:
        how = _notation(table, one, decimal, thousands, said)
        new = {c: text for c, p in one.found.items() if (text := rewritten(p, how)) is not None}
        _check_read(table, one, new, how, said)
        changed = {cell: text for cell, text in new.items() if text != cell}
        gone = {c: "" for c in one.odd if said.infinite and cells.is_infinite(c)}
        if not changed and not gone:
            continue
        hows[one.name] = how
        done = points.get(one.name)
        found[one.name] = done or with_cells(found[one.name], changed | gone)
        notes += [(what, one.name, cell) for what, cell in _done(changed, one, how)]
        notes += [("Infinite numbers were taken as missing", one.name, "")] * bool(gone)
    columns = tuple(found[c.name] for c in table.columns)
    said_of = tuple(_sentences(notes, said))
    return replace(
        table,
        columns=columns,
        notation=Notation(decimal, thousands),
        notations=hows,
        notes=table.notes + said_of,
    )


def _notation(table: Table, one: Marked, decimal: str, thousands: str, said: Said) -> Notation:
    """How a column is written, given the signs of the table."""
    parts = one.found.values()
    signs = [sign for sign in (" ", "'") if any(sign in p.core for p in parts)]
    if signs and said.thousands is None:
        thousands = max(signs, key=lambda sign: sum(sign in p.core for p in parts))
    units = Counter(p.unit for p in parts)
    unit = units.most_common(1)[0][0]
    most = sum(n for other, n in units.items() if singular(other) == singular(unit))
    if most < MOSTLY * len(one.found) and one.name not in said.numbers:
        _refuse_units(table, one, unit)
    currencies = dict.fromkeys(p.currency for p in parts if p.currency)
    if len(currencies) > 1:
        two = [next(c for c, p in one.found.items() if p.currency == s) for s in currencies][:2]
        _refuse_two(table, one.name, two, "currencies differ")
    brackets = any(p.brackets for p in parts)
    return Notation(decimal, thousands, next(iter(currencies), ""), unit, brackets)


def _refuse_units(table: Table, one: Marked, unit: str) -> NoReturn:
    first = next(c for c, p in one.found.items() if p.unit == unit)
    other = next(c for c, p in one.found.items() if singular(p.unit) != singular(unit))
    bare = not unit or not one.found[other].unit
    why = "some numbers have a sign or word behind them, and some have none"
    _refuse_two(table, one.name, [first, other], why if bare else "units differ")


def _refuse_two(table: Table, name: str, two: Sequence[str], why: str) -> NoReturn:
    places = [where(table, (name, cell)).removeprefix(f"column {show(name)}, ") for cell in two]
    raise TableError(
        f"{table.name}, column {show(name)} holds numbers whose {why}"
        if not why.startswith("some")
        else f"{table.name}, column {show(name)}: {why}",
        f"write them alike ({'; '.join(places)}), or keep the text with --types {name}=category",
    )


def _check_read(
    table: Table, one: Marked, new: Mapping[str, str], how: Notation, said: Said
) -> None:
    """Is a column that looks like numbers one in the notation of the table?"""
    if one.name in said.numbers or len(new) >= MOSTLY * (len(one.found) + len(one.odd)):
        return
    odd = next(cell for cell in one.found if cell not in new)
    sign = "point" if how.decimal == "." else "comma"
    raise TableError(
        f"{table.name}, {where(table, (one.name, odd))} is no number where the decimal sign is a"
        f" {sign} and {_mark(how)} parts thousands",
        "say --decimal and --thousands as the table is written, or keep the text with"
        f" --types {one.name}=category",
    )


def _mark(how: Notation) -> str:
    """What parts thousands, with its article."""
    name = NAMES[how.thousands]
    return "nothing" if not how.thousands else f"{'an' if name[0] == 'a' else 'a'} {name}"


def _done(changed: Mapping[str, str], one: Marked, how: Notation) -> Iterator[tuple[str, str]]:
    """What was done to cells of a column, each with the first cell that it was done to."""
    parts = {cell: one.found[cell] for cell in changed}
    commas = [c for c, p in parts.items() if how.decimal == "," and "," in p.core]
    groups = [c for c, p in parts.items() if how.thousands and how.thousands in p.core]
    money = [c for c, p in parts.items() if p.currency]
    minus = [c for c in parts if any(dash in c for dash in DASHES)]
    within = [c for c, p in parts.items() if p.brackets and ")" in c]
    after = [c for c, p in parts.items() if p.brackets and ")" not in c]
    script = [c for c in parts if any(char.isdecimal() and not char.isascii() for char in c)]
    unseen = [c for c in parts if any(char in c for char in UNSEEN)]
    behind = "" if not how.unit else f"Numbers with {show(how.unit, 20)} behind each were read"
    every = {
        "Numbers with a decimal comma were read": commas,
        f"Numbers with {_mark(how)} between thousands were read": groups,
        f"Numbers with the sign {show(how.currency, 20)} were read": money,
        behind: list(parts) if behind else [],
        "Numbers in brackets were read as negative": within,
        "Numbers with a minus behind them were read as negative": after,
        "Numbers with a long dash before them were read as negative": minus,
        "Numbers in digits of another script were read": script,
        "Numbers with characters that nobody sees were read without them": unseen,
    }
    for what, found in every.items():
        if found:
            yield what, f"{show(found[0], 40)} is {changed[found[0]]}"


def _sentences(notes: Sequence[tuple[str, str, str]], said: Said) -> Iterator[str]:
    """Columns of one kind share a sentence, with the example of the first."""
    for what in dict.fromkeys(what for what, _, _ in notes):
        names = [name for other, name, _ in notes if other == what]
        example = next(example for other, _, example in notes if other == what)
        how = "--types NAME=category keeps the text"
        if "comma were" in what:
            how = "" if said.decimal else "guessed; --decimal . overrides"
        elif "thousands" in what:
            how = "" if said.thousands else "guessed; --thousands overrides"
        brackets = "; ".join(part for part in (example, how if example else "") if part)
        yield f"{what} in {listed(names)}{f' ({brackets})' if brackets else ''}."
