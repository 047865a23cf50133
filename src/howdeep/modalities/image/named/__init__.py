"""Public sets of images by name: a file per set, and the folder is the list of them.

Read from a folder that the user names, or from the cache; downloaded only where neither has them.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from dataclasses import replace
from pathlib import Path

from howdeep.base.errors import ImageError
from howdeep.base.words import show_path
from howdeep.modalities.image.imageset import ImageSet
from howdeep.modalities.image.named._fetch import fetched, is_published
from howdeep.modalities.image.named._set import NamedSet, cache_folder
from howdeep.modalities.image.read.images import Sets, read_images

__all__ = ["NamedSet", "cache_folder", "find", "load", "names"]


def names() -> tuple[str, ...]:
    """The named sets, sorted.

    >>> names()
    ('cifar10', 'fashion-mnist', 'mnist')
    """
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name.replace("_", "-") for name in found if not name.startswith("_")))


def find(name: str) -> NamedSet:
    """The set of this name, which is one of `names()`."""
    found: NamedSet = importlib.import_module(f"{__name__}.{name.replace('-', '_')}").SET
    return found


def load(
    name: str,
    data_dir: str | os.PathLike[str] | None = None,
    *,
    image_size: int | None = None,
    skip_unreadable: bool = False,
) -> Sets:
    """A named set: its images to learn from and its test images, classes by name.

    With `data_dir` (IDX files, CIFAR's binary batches, or class folders) the network is not used.

    Raises:
        ImageError: no such files and no network, or files of another set.
        InputError: as `read_images`.
    """
    wanted = find(name)
    folder = Path(data_dir) if data_dir is not None else fetched(wanted)
    path = folder
    if len(wanted.files) == 1 and (folder / wanted.files[0].name).is_file():
        path = folder / wanted.files[0].name
    main, test = read_images(path, image_size=image_size, skip_unreadable=skip_unreadable)
    classes = set(main.labels)
    digits = {str(i) for i in range(len(wanted.classes))}
    if classes not in (digits, set(wanted.classes)) or (
        main.shape != wanted.shape and image_size is None
    ):
        raise ImageError(
            f"{show_path(str(folder))} is not {name}: images of shape {main.shape} in"
            f" {len(classes)} classes, not {wanted.shape} in {len(wanted.classes)}",
            "name the folder of its files with --data-dir",
        )
    notes = (*main.notes, f"Source: {wanted.citation}.", _checked(wanted, folder))
    main = replace(_named(main, wanted), notes=notes)
    return main, None if test is None else _named(test, wanted)


def _checked(wanted: NamedSet, folder: Path) -> str:
    """A note on whose files they are; refuses others under their names."""
    if all((folder / file.name).is_file() for file in wanted.files):
        for file in wanted.files:
            if not is_published(folder / file.name, file):
                what = f"{show_path(str(folder / file.name))} is not the file of {wanted.name}"
                raise ImageError(what, "download it again, or name the folder itself as the data")
        return "The files are those published (SHA-256)."
    return f"Read from {show_path(str(folder))}, which was not checked against what is published."


def _named(images: ImageSet, wanted: NamedSet) -> ImageSet:
    words = {str(i): word for i, word in enumerate(wanted.classes)}
    labels = tuple(words.get(label, label) for label in images.labels)
    return replace(images, name=wanted.name, labels=labels)
