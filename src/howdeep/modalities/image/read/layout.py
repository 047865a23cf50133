"""Which files of a folder are images of which class, from the names of its folders alone.

A folder per class; the folder's name is the label. On top there may be `train` next to `test`,
`val` or `valid`: then those are the test images. Where there are both, `test` is, and the others
join the training images. A class may be called "train": only a folder that holds folders is a part.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from howdeep.base.errors import ImageError
from howdeep.base.words import listed, show, show_path

ROLES = {
    "train": ("train", "training"),
    "test": ("test", "testing"),
    "val": ("val", "valid", "validation"),
}
LAYOUT = "put the images into one folder per class, as flowers/rose/1.jpg"
Path = str | os.PathLike[str]


@dataclass(frozen=True)
class Entry:
    """One image of the set: its file, its label, and whether it is a test image."""

    name: str
    label: str
    test: bool


def entries_of(
    path: Path, folders: Sequence[str], images: Collection[str], others: Collection[str]
) -> tuple[list[Entry], tuple[str, ...]]:
    """Files with their labels, sorted by name; and what is to be said of the folders.

    `images`, `others`: paths inside `path` of files that are images, and of those that are not.

    Raises:
        ImageError: an image outside class folders, an empty class, or more folders on top than
            those of training and test images.
    """
    top = _top(folders, images)
    inside = [name.removeprefix(top) for name in folders if name.startswith(top)]
    roles = {name: _role(name, inside) for name in sorted({n.split("/")[0] for n in inside})}
    split = "train" in roles.values()
    odd = [name for name, role in roles.items() if split and not role]
    if odd:
        what = (
            f"{show_path(os.fspath(path))} has {listed(odd)} next to its folder of training images"
        )
        raise ImageError(what, "leave only folders of training and test images there")
    has_test = "test" in roles.values()
    tests = [n for n, role in roles.items() if split and role == ("test" if has_test else "val")]
    joined = [n for n, role in roles.items() if split and role == "val" and has_test]
    depth = 2 if split else 1
    entries, ignored = [], []
    for name in sorted(n for n in (*images, *others) if n.startswith(top)):
        parts = name.removeprefix(top).split("/")
        if len(parts) > depth:
            entries.append(Entry(name, parts[depth - 1], parts[0] in tests))
        elif name in images:
            raise ImageError(f"{shown(path, name)} lies outside the class folders", LAYOUT)
        else:
            ignored.append(name)
    _check_classes(path, top, inside, depth, {entry.name for entry in entries})
    notes = [(tests, "Test images are those in"), (joined, "Joined the training images: those in")]
    notes += [(ignored, "No images, outside the class folders, and ignored:")]
    return entries, tuple(f"{said} {listed(names)}." for names, said in notes if names)


def shown(path: Path, name: str) -> str:
    """A file inside `path`, as errors show it."""
    return show_path(os.path.join(os.fspath(path), name))


def _top(folders: Sequence[str], images: Collection[str]) -> str:
    """The path of what holds the class folders: as long as one folder holds all others, inside."""
    top = ""
    while True:
        here = {n.removeprefix(top).split("/")[0] for n in folders if n.startswith(top)}
        loose = any(n.startswith(top) and "/" not in n.removeprefix(top) for n in images)
        below = f"{top}{next(iter(here), '')}/"
        if len(here) != 1 or loose or not any(n.startswith(below) for n in folders):
            return top
        top = below


def _role(name: str, inside: Sequence[str]) -> str:
    """train, test or val, or nothing, for a folder on top."""
    if not any(n.startswith(f"{name}/") for n in inside):
        return ""
    return next((role for role, names in ROLES.items() if name.casefold() in names), "")


def _check_classes(
    path: Path, top: str, inside: Sequence[str], depth: int, files: Collection[str]
) -> None:
    """Refuse class folders without a file, and names that are no text."""
    used = {"/".join(name.removeprefix(top).split("/")[:depth]) for name in files}
    for folder in inside:
        if folder.count("/") == depth - 1 and folder not in used:
            raise ImageError(f"{shown(path, top + folder)} is a class without images", "remove it")
    for folder in used:
        try:
            folder.encode()
        except UnicodeEncodeError:
            raise ImageError(
                f"the name of the folder {show(folder)} is not UTF-8", "rename it"
            ) from None
