"""Labels from a table next to the images: which column names the files, and which the classes.

A table (.csv, .tsv or .txt) above or beside the images, of which one column holds names of image
files, with their folders or without, with their extensions or without. Another column holds the
labels: the only one that can, or the one that is named. The table's own name, the folders and a
column such as "split" say which images are those of the test.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from howdeep.base.errors import ConfigError, ImageError
from howdeep.base.words import count, listed, show, show_path
from howdeep.modalities.image.read.layout import Entry, Path, entries_of, shown
from howdeep.modalities.image.read.roles import filling, role_of, words_of

ENDS = (".csv", ".tsv", ".txt")
MAX_TABLE_BYTES = 1 << 26
SEPARATORS = (",", ";", "\t", "|", " ")
LEAST = 0.5  # of the rows, or of the images, that a column of file names finds
NO_LABELS = {"submission", "sample", "readme"}  # in names of tables that give no labels
SAMPLE = 200  # rows by which the separator is found
MANY = 0.5  # of the rows: so many different texts are no classes
Places = dict[str, list[str]]  # files by what they may be called
Rows = list[list[str]]


@dataclass(frozen=True)
class Labels:
    """A table that names images: its rows, without the header, and what its columns are called."""

    name: str
    header: tuple[str, ...]
    rows: Rows
    files: int  # the column of file names
    role: str  # train, val or test, by the table's own name
    named: tuple[int, ...]  # all columns that name files


def is_table(name: str) -> bool:
    """Whether a file may be a table of labels, by its name.

    >>> is_table("a/Labels.CSV"), is_table("a/1.png")
    (True, False)
    """
    return name.lower().endswith(ENDS)


def tables_of(tables: Mapping[str, bytes], images: Collection[str]) -> list[Labels]:
    """The tables that name images, in the order of their names."""
    if not tables:
        return []
    places, homes = _places(images), {name.rpartition("/")[0] for name in images}
    found = []
    for name in sorted(tables):
        if NO_LABELS & set(words_of(name.rpartition("/")[2])) or _of_one_class(name, images, homes):
            continue
        table = _read(name, tables[name], places, len(images))
        found += [table] if table else []
    return found


def _of_one_class(name: str, images: Collection[str], homes: Collection[str]) -> bool:
    """Whether a table lies among images of one folder, while others lie elsewhere."""
    home = name.rpartition("/")[0]
    return home in homes and bool(home) and not all(i.startswith(f"{home}/") for i in images)


def _places(images: Collection[str]) -> Places:
    """Every image by all ends of its path, with its extension and without."""
    places: Places = {}
    for image in sorted(images):
        parts = image.split("/")
        for i in range(len(parts)):
            end = "/".join(parts[i:])
            for key in {_key(end), _key(os.path.splitext(end)[0])}:
                places.setdefault(key, []).append(image)
    return places


def _key(cell: str) -> str:
    """A cell, or a path, as the name of a file: in small letters, with the slashes of archives."""
    return cell.strip().replace("\\", "/").removeprefix("./").lstrip("/").casefold()


def _read(name: str, data: bytes, places: Places, images: int) -> Labels | None:
    """The table in `data`, if a column of it names images."""
    rows = _rows(data)
    if len(rows) < 2:
        return None
    found = [sum(_key(row[j]) in places for row in rows) for j in range(len(rows[0]))]
    files = max(range(len(found)), key=lambda j: (found[j], -j))
    if found[files] < max(2, LEAST * min(len(rows) - 1, images)):
        return None
    headless = _key(rows[0][files]) in places
    header = [f"column {j + 1}" for j in range(len(rows[0]))] if headless else rows[0]
    named = tuple(j for j, n in enumerate(found) if n >= LEAST * found[files])
    stem = os.path.splitext(name.rpartition("/")[2])[0]
    own = rows if headless else rows[1:]
    return Labels(name, tuple(h.strip() for h in header), own, files, role_of(stem), named)


def _rows(data: bytes) -> Rows:
    """The rows of a table of two columns or more, all equally long; none where it is no such."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\0" in text:
        return []
    head = "\n".join(text.split("\n", SAMPLE)[:SAMPLE])
    for separator in SEPARATORS:
        widths = {len(row) for row in _parsed(head, separator)}
        if len(widths) == 1 and min(widths) > 1:
            rows = list(_parsed(text, separator))
            return rows if len({len(row) for row in rows}) == 1 else []
    return []


def _parsed(text: str, separator: str) -> Iterator[list[str]]:
    try:
        for row in csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True):
            if any(cell.strip() for cell in row):
                yield row
    except csv.Error:  # a cell that is too long, and the like: no table of labels
        yield []


# ---- which column holds the labels --------------------------------------------------------------
def split_column(table: Labels) -> int | None:
    """The column that says of each row whether it trains or tests, if there is one."""
    for j in range(len(table.header)):
        roles = {role_of(row[j]) for row in table.rows} if j != table.files else {""}
        if "" not in roles and "train" in roles and len(roles) > 1:
            return j
    return None


def candidates(table: Labels) -> list[int]:
    """Columns that may hold labels: of a few different texts, more than one."""
    taken = {*table.named, split_column(table)}
    found = []
    for j, name in enumerate(table.header):
        values = {row[j].strip() for row in table.rows} - {""}
        free = len(values) > max(2, MANY * len(table.rows))
        index = not name or name.startswith("Unnamed:")
        if j not in taken and len(values) > 1 and not free and not index:
            found.append(j)
    return found


def label_column(tables: Sequence[Labels], target: str | None) -> str:
    """The name of the column of labels; empty where no table has one.

    Raises:
        ConfigError: no such column, or several that may be meant.
    """
    named = list(dict.fromkeys(h for t in tables for j, h in enumerate(t.header) if j != t.files))
    where = listed([table.name for table in tables])
    if target is not None:
        if target not in named:
            what = f"--target {show(target)}: {where} has no such column"
            raise ConfigError(what, f"say one of {listed(named)}")
        return target
    found = list(dict.fromkeys(t.header[j] for t in tables for j in candidates(t)))
    if len(found) > 1:
        raise ConfigError(
            f"{where} names the images, and {listed(found)} may hold their labels",
            f"say which with --target, as --target {found[0]}",
        )
    return found[0] if found else ""


def labelled(
    path: Path,
    folders: Sequence[str],
    readable: tuple[Collection[str], Collection[str]],
    tables: Mapping[str, bytes],
    target: str | None,
    test: bool = False,
) -> tuple[list[Entry], str, tuple[str, ...]]:
    """Files with their labels, the column that these are from, if it is one, and what is said.

    `readable`: files that are images, and those that are not; `test`: these are the images of a
    test, to which `target` need not apply.

    Raises:
        ImageError: as `layout.entries_of` and `entries_by`.
        ConfigError: labels that may be those of folders or of several columns.
    """
    images = {*readable[0], *readable[1]} - {*tables}
    found = tables_of(tables, images)
    if not found:
        if not test:
            refuse_target(target, show_path(os.fspath(path)))
        try:
            entries, notes = entries_of(path, folders, *readable)
        except ImageError as error:
            raise ImageError(error.what, _beside(path, images) or error.fix) from None
        return entries, "", notes
    try:
        entries, notes = entries_of(path, folders, *readable)
    except ImageError:
        entries, notes = [], ()
    classes = {e.name: e.label for e in entries if e.name in readable[0]}
    meant = any(not (role_of(name) or filling(name)) for name in classes.values())
    if meant and target is None:
        _check_folders(path, found, classes)
        return entries, "", notes
    column = label_column(found, target)
    if not column:
        what = f"{listed([table.name for table in found])} names the images"
        raise ImageError(f"{what}, and has no column of classes", "add a column of labels")
    entries, notes = entries_by(path, found, column, images)
    return entries, column, notes


def _beside(path: Path, images: Collection[str]) -> str:
    """What helps where a table that names these images lies next to their folder; else nothing."""
    home = os.path.dirname(os.path.abspath(path))
    names = [n for n in sorted(os.listdir(home)) if is_table(n)] if os.path.isdir(path) else []
    places = _places(images)
    for file in (os.path.join(home, name) for name in names):
        if os.path.isfile(file) and 0 < os.path.getsize(file) <= MAX_TABLE_BYTES:
            with open(file, "rb") as opened:
                if _read(file, opened.read(), places, len(images)):
                    return f"give the folder that holds them and their table, {show_path(home)}"
    return ""


def _check_folders(path: Path, tables: Sequence[Labels], classes: Mapping[str, str]) -> None:
    """Refuse tables that give images other labels than their folders do.

    Raises:
        ConfigError: either may be meant.
    """
    places = _places(classes)
    for table in tables:
        rows = [(row, places.get(_key(row[table.files]), ())) for row in table.rows]
        known = [(row, classes[found[0]]) for row, found in rows if len(found) == 1]
        columns = candidates(table)
        same = [j for j in columns if all(row[j].strip() == label for row, label in known)]
        if columns and not same:
            names = [table.header[j] for j in columns]
            raise ConfigError(
                f"{show_path(os.fspath(path))} has class folders, and {show(table.name)} gives the"
                f" images other labels, {listed(names)}",
                f"say --target {names[0]} to learn that column, or move the table away to learn"
                " the folders",
            )


def refuse_target(target: str | None, where: str) -> None:
    """Refuse a column of labels where no table names the images.

    Raises:
        ConfigError: one was named.
    """
    if target is not None:
        what = f"--target: {where} is read as images, whose labels are classes"
        raise ConfigError(what, "leave it out")


# ---- entries ------------------------------------------------------------------------------------
def entries_by(
    path: Path, tables: Sequence[Labels], column: str, images: Collection[str]
) -> tuple[list[Entry], tuple[str, ...]]:
    """Images with the labels of `column`, sorted by name; and what is to be said of them.

    Raises:
        ImageError: a file name that may mean several images, two labels for one, several tables of
            the same images, or none with a label.
    """
    own = [table for table in tables if column in table.header]
    _check_tables(path, own)
    places = _places(images)
    labels: dict[str, tuple[str, str]] = {}  # label and role by image
    lost: list[str] = []
    for table in own:
        label, split = table.header.index(column), split_column(table)
        for row in table.rows:
            value, cell = row[label].strip(), row[table.files]
            role = role_of(row[split]) if split is not None else table.role
            image = _meant(table, cell, role, places)
            if image is None:
                lost.append(cell)
            elif value:
                before = labels.setdefault(image, (value, role))
                if before[0] != value:
                    what = f"{shown(path, image)} is {show(before[0], 40)} and {show(value, 40)}"
                    raise ImageError(f"{what} in {show(table.name)}", "leave the right row")
    if not labels:
        raise ImageError(f"{listed([t.name for t in own])}: no image has a label", "give labels")
    roles = {name: labels[name][1] or folder_role(name) for name in labels}
    tests, part_notes = _tests(roles)
    entries = [Entry(name, labels[name][0], roles[name] in tests) for name in sorted(labels)]
    return entries, _said(own, column, sorted(set(images) - set(labels)), lost) + part_notes


def _check_tables(path: Path, tables: Sequence[Labels]) -> None:
    """Refuse several tables of which none says that it is another part."""
    roles = [table.role for table in tables]
    if len(set(roles)) < len(roles) or (len(roles) > 1 and "" in roles):
        names = listed([table.name for table in tables])
        what = f"{shown(path, '')}: {names} all give labels of the images"
        raise ImageError(what, "leave one of them, or call them train.csv and test.csv")


def folder_role(image: str) -> str:
    """What the folders of an image say: train, val, test or nothing."""
    return next((role for part in image.split("/")[:-1] if (role := role_of(part))), "")


def _meant(table: Labels, cell: str, role: str, places: Places) -> str | None:
    """The image that a row names, of several the one in a folder of the row's own part."""
    found = places.get(_key(cell), [])
    if len(found) > 1 and role:
        found = [image for image in found if folder_role(image) == role] or found
    if len(found) > 1:
        raise ImageError(
            f"{show(table.name)} names {show(cell)}, which may be {listed(found[:3])}",
            "write the folders into the table, as train/1.png",
        )
    return found[0] if found else None


def _tests(roles: Mapping[str, str]) -> tuple[set[str], tuple[str, ...]]:
    """Which roles test, and what is said of it: validation images do where no others do."""
    there = set(roles.values())
    if not there & {"train", ""} or not there & {"test", "val"}:
        return set(), ()
    tests = {"test"} if "test" in there else {"val"}
    many = sum(role in tests for role in roles.values())
    notes = [f"{count(many, 'image')} of the {'/'.join(tests)} part are the test images."]
    if "val" in there - tests:
        notes += ["The images of the validation part joined the training images."]
    return tests, tuple(notes)


def _said(
    tables: Sequence[Labels], column: str, unlabelled: Sequence[str], lost: Sequence[str]
) -> tuple[str, ...]:
    """What is to be said of the tables, and of images and labels that lack the other."""
    notes = [
        f"Labels are from {show(table.name)}: column {show(table.header[table.files])} names the"
        f" files, column {show(column)} the classes."
        for table in tables
    ]
    unused = [t.header[j] for t in tables for j in range(len(t.header)) if j not in t.named]
    unused = [name for name in unused if name != column]
    if unused:
        notes += [f"Other columns of the table, not used: {listed(dict.fromkeys(unused))}."]
    if unlabelled:
        many = count(len(unlabelled), "image")
        notes += [f"Without a label in the table, and left out: {many}: {listed(unlabelled, 4)}."]
    if lost:
        many = count(len(lost), "row")
        notes += [f"Rows of the table that name no image here: {many}: {listed(lost, 4)}."]
    return tuple(notes)
