"""From a folder or file of images, a named set, arrays or datasets to a task."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from howdeep import metrics
from howdeep.base.errors import ConfigError
from howdeep.base.nouns import TaskInfo
from howdeep.base.words import listed, show_path
from howdeep.data.label_type import labelled, type_of
from howdeep.data.plain import own_labels
from howdeep.data.task import Task
from howdeep.modalities._modality import Asked, Settings, refuse
from howdeep.modalities.image import named
from howdeep.modalities.image.datasets import parts_of
from howdeep.modalities.image.frames import is_images, to_images
from howdeep.modalities.image.imageset import ImageSet
from howdeep.modalities.image.options import Pictures
from howdeep.modalities.image.prepare import image_task
from howdeep.modalities.image.read import read_images
from howdeep.modalities.image.read.images import kind_of, source_digest

TABLES = (".csv", ".tsv", ".tab", ".parquet", ".csv.gz", ".xlsx", ".xls", ".json", ".jsonl")


@dataclass(frozen=True)
class Options(Pictures, Asked):
    """What a study of images may be asked for; the target is a column next to the images."""


def recognise(path: str) -> str:
    """
    >>> recognise("no such file")
    ''

    Raises:
        ConfigError: a folder that is empty, or holds nothing but tables.
    """
    kind = kind_of(path)
    if kind is None:
        return ""
    if kind != "folder":
        return "read as images"
    _check_folder(path)
    return "a directory, read as images"


def takes(data: Any) -> bool:
    """Arrays (N, H, W[, C]), datasets of (image, label)."""
    return is_images(data)


def task(options: Options) -> Task:
    """The task of the images at `options.data`.

    Raises:
        InputError: whatever is wrong with the files, their content or the options.
    """
    path = options.data or ""
    refuse(options, ("data_dir",), f"{show_path(path)} is no named set of images")
    return labelled(_task(options, *_labelled(options, path)))


def task_of(data: Any, y: Any, test: Any, options: Options) -> Task:
    """The task of images given from Python.

    Raises:
        ImageError: no images, or no labels for them.
        ConfigError: options of files.
    """
    refuse(options, ("skip_unreadable", "data_dir"), "the images are not read from files")
    made = _handed(data, y, test, options)
    return labelled(made, "" if y is None else type_of(own_labels(y)))


def _handed(data: Any, y: Any, test: Any, options: Options) -> Task:
    """The task of images given from Python, whose labels are text as yet."""
    size, target = options.image_size, options.target
    if isinstance(data, Mapping):  # a Hugging Face dataset of several splits
        data, more, own, notes = parts_of(data)
        test = own if test is None else test
        main = to_images(data, y, target=target, image_size=size)
        if more is not None:
            main = _joined(main, to_images(more, target=target, like=main))
        main = replace(main, notes=(*main.notes, *notes))
    else:
        main = to_images(data, y, target=target, image_size=size)
    if isinstance(test, str | Path):
        return _task(replace(options, test=str(test)), main, None)
    if test is None:
        return _task(options, main, None)
    pair = isinstance(test, list | tuple) and len(test) == 2
    if pair or isinstance(test, tuple):
        if not pair:
            raise ConfigError("test is no pair", "give (images, labels)")
        return _task(options, main, to_images(*test, like=main))
    if not is_images(test):
        what = f"test is of type {type(test).__name__}, and the data are images"
        raise ConfigError(what, "give test=(images, labels)")
    return _task(options, main, to_images(test, target=target, like=main))


def _joined(main: ImageSet, more: ImageSet) -> ImageSet:
    """Images of two sets in one."""
    sha = hashlib.sha256((main.sha256 + more.sha256).encode()).hexdigest()
    images = np.concatenate([main.images, more.images])
    return replace(main, sha256=sha, images=images, labels=main.labels + more.labels)


def _labelled(
    options: Options, path: str, like: ImageSet | None = None
) -> tuple[ImageSet, ImageSet | None]:
    """Images read as the options say, and the test images that they bring."""
    return read_images(
        path,
        image_size=None if like else options.image_size,
        skip_unreadable=options.skip_unreadable,
        target=options.target if not like or like.path else None,
        like=like,
    )


def _task(options: Options, main: ImageSet, test: ImageSet | None) -> Task:
    """The task of images that were read or given; `options.test` names others to test on.

    Raises:
        ConfigError: two sets of test images.
    """
    if options.test:
        if test is not None:
            what = f"--test: {show_path(main.path)} brings its own test images"
            raise ConfigError(what, "leave it out")
        test, more = _labelled(options, options.test, main)
        if more is not None:
            what = f"--test: {show_path(options.test)} holds training and test images"
            raise ConfigError(what, "name the folder of the test images alone")
    return image_task(
        main,
        test,
        metric=options.metric,
        seed=options.seed,
        merge_rare=options.merge_rare,
        alike_labels=options.alike_labels,
        allow_conflict=options.allow_conflict,
    )


# ---- named sets, and where the data are ---------------------------------------------------------
def sets() -> tuple[str, ...]:
    """The public sets that are known by name."""
    return named.names()


def set_task(name: str, options: Options) -> Task:
    """The task of a named set of images."""
    brought = ("target", "test", "merge_rare", "alike_labels", "allow_conflict")
    refuse(options, brought, f"the named set {name} brings its own")
    main, test = named.load(
        name,
        options.data_dir,
        image_size=options.image_size,
        skip_unreadable=options.skip_unreadable,
    )
    usual = metrics.default("classification").name  # nothing is guessed of images
    return labelled(image_task(main, test, metric=options.metric or usual, seed=options.seed))


def settings(name: str) -> Settings:
    """As for any images."""
    return Settings()


def said(info: TaskInfo) -> Sequence[str]:
    """The path; of a named set its name and the folder of its files, unless it is the cache."""
    if info.name not in named.names():
        return [info.source]
    folder = info.source if os.path.isdir(info.source) else os.path.dirname(info.source)
    cached = os.path.abspath(folder) == os.path.abspath(named.cache_folder() / info.name)
    return [info.name, *([] if cached else ["--data-dir", folder])]


def is_there(path: str) -> bool:
    """Whether the file or folder is still there."""
    return os.path.exists(path)


def digest(path: str) -> str:
    """SHA-256 of the files that hold the images."""
    return source_digest(path)


def _check_folder(path: str) -> None:
    """
    Raises:
        ConfigError: the folder is empty, or holds nothing but tables.
    """
    with os.scandir(path) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    if not entries:
        raise ConfigError(f"{show_path(path)} is an empty folder", "give a file, or images")
    seen = [entry for entry in entries if not entry.name.startswith(".")]
    tables = [e.name for e in seen if e.is_file() and e.name.lower().endswith(TABLES)]
    if tables and len(tables) == len(seen):
        what = f"{show_path(path)} is a folder of tables, not of images: {listed(tables, 4)}"
        raise ConfigError(what, f"give one file: {shlex.quote(os.path.join(path, tables[0]))}")
