"""Which files of a folder are images of which class, from the names of its folders alone.

A folder per class; the folder's name is the label. On top there may be folders for training and
test images (`train`, `training_set`, `seg_train/seg_train`, ...: `roles`); those of validation are
the test images where there are no others, else they join the training images. In every class folder
there may be such folders instead. A class may be called "train": only a folder that holds folders
is a part. Folders on top that hold the same folders and say no role may be parts or classes, which
is asked.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from howdeep.base.errors import ImageError
from howdeep.base.words import listed, show, show_path
from howdeep.modalities.image.read.roles import FILLING, WORDS, filling, role_in, role_of

LAYOUT = "put the images into one folder per class, as flowers/rose/1.jpg"
UNLABELLED = "put each image into the folder of its class, or keep those without a label elsewhere"
ANY = {word for words in WORDS.values() for word in words}
SHARED = 2  # class folders that two folders on top have in common: they may be parts
Path = str | os.PathLike[str]
Roles = dict[str, str]  # by folder


@dataclass(frozen=True)
class Entry:
    """One image of the set: its file, its label, and whether it is a test image."""

    name: str
    label: str
    test: bool


class Tree:
    """Folders and images inside a folder: what lies in what; archives need not list folders."""

    def __init__(
        self, folders: Sequence[str], images: Collection[str], others: Collection[str]
    ) -> None:
        self.holding = {name.rpartition("/")[0] for name in images}
        every = {*folders, *self.holding, *(name.rpartition("/")[0] for name in others)}
        for folder in tuple(every):
            while folder := folder.rpartition("/")[0]:
                every.add(folder)
        self.children: dict[str, list[str]] = {}
        for folder in sorted(every - {""}):
            parent, _, base = folder.rpartition("/")
            self.children.setdefault(parent, []).append(base)

    def below(self, folder: str) -> list[str]:
        """The names of the folders in a folder."""
        return self.children.get(folder, [])

    def only(self, folder: str) -> str:
        """The path of the one folder that a folder holds, if it holds that alone."""
        below = self.below(folder)
        return _join(folder, below[0]) if len(below) == 1 and folder not in self.holding else ""


class Parts:
    """Which folders hold which part of the set."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        has_test = "test" in roles.values()
        self.tests = {f for f, role in roles.items() if role == ("test" if has_test else "val")}
        self.joined = {f for f, role in roles.items() if role == "val" and has_test}

    def notes(self, of: str = "") -> tuple[str, ...]:
        """What is to be said of them."""
        trained = [folder for folder, role in self.roles.items() if role == "train"]
        said: list[tuple[Collection[str], str]]
        said = [(trained, f"Training images{of} are those in")]
        said += [(self.tests, f"Test images{of} are those in")]
        said += [(self.joined, f"Joined the training images{of}: those in")]
        named = ((what, sorted({_base(folder) for folder in found})) for found, what in said)
        return tuple(f"{what} {listed(names)}." for what, names in named if names)


def entries_of(
    path: Path, folders: Sequence[str], images: Collection[str], others: Collection[str]
) -> tuple[list[Entry], tuple[str, ...]]:
    """Files with their labels, sorted by name; and what is to be said of the folders.

    `images`, `others`: paths inside `path` of files that are images, and of those that are not.

    Raises:
        ImageError: an image outside class folders, an empty class, more folders on top than those
            of training and test images, or folders on top that may be parts or classes.
    """
    tree = Tree(folders, images, others)
    top = _top(tree)
    roles = _roles(tree, top)
    inner = {} if roles else _inner_roles(tree, top)
    if roles:
        _check_odd(path, top, tree, roles)
    elif not inner:
        _check_unlabelled(path, top, tree)
        _check_same(path, top, tree, images)
        _check_masks(path, tree.below(top))
    parts = Parts(roles or inner)
    homes = [(_inside(_home(tree, f)), f) for f in roles] or [(_inside(top), "")]
    entries, ignored, used = [], [], set()
    for name in sorted(n for n in (*images, *others) if n.startswith(_inside(top))):
        home, folder = next((pair for pair in homes if name.startswith(pair[0])), (None, ""))
        below = name.removeprefix(home).split("/") if home is not None else []
        if len(below) > 1:
            used.add(f"{home}{below[0]}")
            part = f"{home}{below[0]}/{below[1]}" if inner else folder
            entries.append(Entry(name, below[0], part in parts.tests))
        elif name in images:
            what = f"{shown(path, name)} lies outside the class folders"
            raise ImageError(what, UNLABELLED if folder in parts.tests else LAYOUT)
        else:
            ignored.append(name)
    _check_classes(path, [f"{h}{n}" for h, _ in homes for n in tree.below(h.rstrip("/"))], used)
    _check_tested(path, entries)
    _check_unread(path, entries, ignored)
    notes = parts.notes(" of every class" if inner else "")
    if ignored:
        notes += (f"No images, outside the class folders, and ignored: {listed(ignored)}.",)
    return entries, notes + (() if parts.roles else _named_notes(tree, top))


def shown(path: Path, name: str) -> str:
    """A file inside `path`, as errors show it."""
    return show_path(os.path.join(os.fspath(path), name))


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _inside(folder: str) -> str:
    return f"{folder}/" if folder else ""


def _top(tree: Tree) -> str:
    """The path of what holds the class folders: as long as one folder holds all others, inside."""
    top = ""
    while (below := tree.only(top)) and tree.below(below):
        top = below
    return top


def _roles(tree: Tree, top: str) -> Roles:
    """Training and test folders on top; none where there is none to train on.

    Folders of several roles may share another word: `cats_train` and `cats_test`.
    """
    held = [_join(top, name) for name in tree.below(top)]
    found = {folder: role_in(_base(folder)) for folder in held if tree.below(folder)}
    shared: dict[str, set[str]] = {}
    for role, rest in found.values():
        shared.setdefault(rest, set()).update({role} - {""})
    roles = {
        folder: role
        for folder, (role, rest) in found.items()
        if role and (not rest or len(shared[rest]) > 1)
    }
    return roles if "train" in roles.values() else {}


def _inner_roles(tree: Tree, top: str) -> Roles:
    """Training and test folders inside every class folder, by their paths."""
    classes = [_join(top, name) for name in tree.below(top)]
    parts = {c: [_join(c, name) for name in tree.below(c)] for c in classes}
    roles = {folder: role_of(_base(folder)) for held in parts.values() for folder in held}
    plain = not any(c in tree.holding for c in classes) and not any(map(tree.below, roles))
    every = all("train" in {roles[folder] for folder in held} for held in parts.values())
    return roles if plain and every and all(roles.values()) else {}


def _base(folder: str) -> str:
    return folder.rpartition("/")[2]


def _home(tree: Tree, folder: str) -> str:
    """What of a training or test folder holds the classes: it may hold one such folder again."""
    home = folder
    while below := tree.only(home):
        name = _base(below)
        again = name.casefold() == _base(home).casefold() or bool(role_of(name)) or filling(name)
        if not (again and tree.below(below)):
            break
        home = below
    return home


def _check_odd(path: Path, top: str, tree: Tree, roles: Roles) -> None:
    odd = [name for name in tree.below(top) if _join(top, name) not in roles]
    bare = [name for name in odd if role_of(name) and _join(top, name) in tree.holding]
    if bare:
        what = f"{show_path(os.fspath(path))}: {listed(bare)} holds images without class folders"
        raise ImageError(what, UNLABELLED)
    empty = [n for n in odd if not tree.below(_join(top, n)) and _join(top, n) not in tree.holding]
    if empty:
        what = f"{show_path(os.fspath(path))}: {listed(empty)} holds no images"
        raise ImageError(what, "remove it, or put images into it, in one folder per class")
    if odd:
        what = (
            f"{show_path(os.fspath(path))} has {listed(odd)} next to its folder of training images"
        )
        raise ImageError(what, "leave only folders of training and test images there")


def _check_unlabelled(path: Path, top: str, tree: Tree) -> None:
    """Refuse folders of training and test images that hold them without a label."""
    names = tree.below(top)
    roles = {role_of(name) for name in names}
    plain = all(_join(top, name) in tree.holding for name in names)
    meant = any(name.casefold() not in ANY for name in names)  # classes may be "train" and "test"
    if plain and meant and "train" in roles and len(roles) > 1 and "" not in roles:
        raise ImageError(
            f"{show_path(os.fspath(path))}: {listed(names)} hold images without class folders, and"
            " no table next to them gives their labels",
            f"{LAYOUT}, or add a labels.csv with a column of file names and one of labels",
        )


MASKS = {"mask", "masks", "annotation", "annotations", "segmentation", "groundtruth", "gt"}
MASKS |= {"ground", "truth"}


def _check_masks(path: Path, names: Sequence[str]) -> None:
    """Refuse images and their masks, which are no two classes."""
    words = {word for name in names for word in name.casefold().replace("_", " ").split()}
    if len(names) > 1 and words & MASKS and words - MASKS and words <= MASKS | FILLING:
        what = f"{show_path(os.fspath(path))} has {listed(names)}: images and masks, it seems"
        raise ImageError(what, "give a set of images with one class each; masks are not learnt")


def _check_same(path: Path, top: str, tree: Tree, images: Collection[str]) -> None:
    """Refuse folders on top that hold the same folders: they may be parts as well as classes."""
    held = {name: {n.casefold() for n in tree.below(_join(top, name))} for name in tree.below(top)}
    if len(held) < 2 or any(_join(top, name) in tree.holding for name in held):
        return
    largest = max(held.values(), key=len)
    if len(largest) < SHARED or not all(names and names <= largest for names in held.values()):
        return
    sizes = {n: sum(i.startswith(_inside(_join(top, n))) for i in images) for n in held}
    names = sorted(held, key=lambda name: (-sizes[name], name))  # the larger part trains
    where = os.path.join(os.fspath(path), top)
    one, two = (show_path(os.path.join(where, name)) for name in names[:2])
    fix = f"give {one} as the data and {two} as --test"
    if not os.path.isdir(path):
        fix = f"unpack it, and {fix}"
    raise ImageError(
        f"{show_path(where.rstrip('/'))}: {listed(names)} hold the same folders,"
        f" {listed(sorted(largest))}, and may be parts of one set as well as classes",
        f"if they are parts, {fix}, or call them train and test; if they are classes, put their"
        " images into them without folders",
    )


def _check_tested(path: Path, entries: Sequence[Entry]) -> None:
    """Refuse test images in one folder that is none of the classes: they have no labels."""
    learnt, tested = ({e.label for e in entries if e.test == test} for test in (False, True))
    if learnt and len(tested) == 1 and not tested & learnt:
        where = show_path(os.fspath(path))
        what = f"{where}: the test images lie in {listed(tested)}, which is none of the classes"
        raise ImageError(what, UNLABELLED)


def _check_unread(path: Path, entries: Sequence[Entry], ignored: Sequence[str]) -> None:
    """Refuse one class next to a file of labels of a kind that is not read."""
    other = [name for name in ignored if name.lower().endswith((".json", ".jsonl", ".xlsx"))]
    if other and len({entry.label for entry in entries}) == 1:
        what = f"{show_path(os.fspath(path))}: labels are not read from {listed(other)}"
        raise ImageError(what, "save them as labels.csv: a column of file names and one of labels")


def _check_classes(path: Path, folders: Sequence[str], used: Collection[str]) -> None:
    """Refuse class folders without a file, and names that are no text."""
    for folder in folders:
        if folder not in used:
            raise ImageError(f"{shown(path, folder)} is a class without images", "remove it")
        try:
            folder.encode()
        except UnicodeEncodeError:
            what = f"the name of the folder {show(folder)} is not UTF-8"
            raise ImageError(what, "rename it") from None


def _named_notes(tree: Tree, top: str) -> tuple[str, ...]:
    """What is to be said of classes that are called as parts are."""
    held = [name for name in tree.below(top) if _join(top, name) in tree.holding]
    named = [name for name in held if role_of(name)]
    if not named:
        return ()
    return (f"Classes, as they hold images and no class folders: {listed(named)}.",)
