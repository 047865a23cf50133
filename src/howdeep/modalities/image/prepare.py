"""`ImageSet` to `Task`: labels judged, equal images kept together, rows split as for tables."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
from numpy.typing import NDArray

from howdeep import metrics
from howdeep.base.errors import ConfigError, ImageError, LimitError
from howdeep.base.limits import MAX_CLASSES, MIN_ROWS
from howdeep.base.nouns import Alike, TaskInfo
from howdeep.base.words import count, listed, show
from howdeep.data.choose_metric import choose_metric
from howdeep.data.column import Column
from howdeep.data.identity import stamped
from howdeep.data.origin import Origin
from howdeep.data.parts import parted
from howdeep.data.target import Target, make_target
from howdeep.data.task import Task
from howdeep.data.units import Ints, alike
from howdeep.modalities.image import MODALITY, PARTING
from howdeep.modalities.image.imageset import ImageSet
from howdeep.modalities.image.read.layout import LAYOUT
from howdeep.modalities.image.samples import IMAGES, STANDARD

CONFLICT = "correct the labels, or say --allow-conflict to keep both"


def image_task(
    images: ImageSet,
    test: ImageSet | None = None,
    *,
    metric: str | None = None,
    seed: int = 0,
    merge_rare: bool = False,
    alike_labels: Alike | None = None,
    allow_conflict: bool = False,
) -> Task:
    """Everything a study needs to know of its images; `test`: images of the same shape.

    Its images (N, H, W, C) are those to learn from, then those of the test.

    Raises:
        ImageError: too few images, one class, or equal images with different labels.
        TargetError: a class with too few images, or one that only the test has.
        LimitError: too many classes.
        ConfigError: a metric that scores no classes.
    """
    main = len(images.labels)
    _check(images, test, metric)
    pixels = images.images if test is None else np.concatenate([images.images, test.images])
    units = alike({IMAGES: pixels})
    y = _target(images, test, units[:main] if merge_rare else None, alike_labels)
    notes = _equal_notes(images, test, units, allow_conflict)
    origin = Origin(units, units[:main], test_given=test is not None, merged=merge_rare)
    task, split_notes = parted(_assemble(images, test, y, pixels), origin, seed, PARTING)
    chosen, metric_notes = choose_metric(task, y, metric)
    said = (*images.notes, *_test_notes(test), *y.notes, *notes, *split_notes, *metric_notes)
    info = dataclasses.replace(task.info, metric=chosen, notes=said)
    return stamped(dataclasses.replace(task, info=info))


def _check(images: ImageSet, test: ImageSet | None, metric: str | None) -> None:
    main, classes = len(images.labels), set(images.labels)
    if metric is not None and metric not in metrics.of_kind("classification"):
        known = listed(metrics.of_kind("classification"))
        raise ConfigError(f"--metric {metric} does not score classes", f"say one of {known}")
    if main < MIN_ROWS:
        raise ImageError(
            f"{images.name} has {count(main, 'image')}; at least {MIN_ROWS} are needed",
            "give more images",
        )
    if len(classes) == 1:
        raise ImageError(f"{images.name} has one class, {listed(classes)}", LAYOUT)
    if len(classes) > MAX_CLASSES:
        raise LimitError(
            f"{images.name} has {len(classes):,} classes; the limit is {MAX_CLASSES:,}",
            "give fewer, or merge them",
        )
    if test is not None and test.shape != images.shape:
        raise ImageError(
            f"the test images have the shape {test.shape}, the others {images.shape}",
            "say --image-size to give all of them one size",
        )


def _target(
    images: ImageSet, test: ImageSet | None, merging: Ints | None, alike: Alike | None
) -> Target:
    column, later = (
        Column(images.target, np.array(s.labels, dtype=object)) if s is not None else None
        for s in (images, test)
    )
    assert column is not None
    return make_target(column, later, "classification", True, merging, alike)


def _equal_notes(
    images: ImageSet, test: ImageSet | None, units: NDArray[np.int64], allow: bool
) -> tuple[str, ...]:
    """What is to be said of equal images.

    Raises:
        ImageError: some of them have different labels, and that is not allowed, or too few differ.
    """
    main = len(images.labels)
    distinct = len(np.unique(units[:main]))
    if distinct == 1:
        what = f"{images.name}: all {main:,} images are the same{_plain_words(images, 0)}"
        raise ImageError(what, "look at how they were made or converted")
    sets = [(images, i) for i in range(main)]
    sets += [(test, i) for i in range(len(test.labels))] if test is not None else []
    first: dict[int, tuple[ImageSet, int]] = {}
    differ: list[str] = []
    for unit, (own, i) in zip(units.tolist(), sets, strict=True):
        before, j = first.setdefault(unit, (own, i))
        if before.labels[j] != own.labels[i]:
            said = f"{_named(before, j)} and {_named(own, i)}"
            differ.append(said + ("" if differ else _plain_words(own, i)))
    notes: tuple[str, ...] = ()
    if differ:
        said = f"Equal images with different labels: {len(differ):,}, as {differ[0]}"
        if not allow:
            raise ImageError(f"{images.name}: {said}", CONFLICT)
        notes += (f"{said}; both were kept, as asked.",)
    if distinct < MIN_ROWS:
        raise ImageError(
            f"{images.name} has {distinct} different images among {main:,}; at least {MIN_ROWS} are"
            " needed",
            "give more images",
        )
    again = main - distinct
    if again:
        notes += (
            f"Pixels as in an earlier image: {count(again, 'image')}; equal images were kept in"
            " one part.",
        )
    return notes


def _plain_words(images: ImageSet, row: int) -> str:
    """That all pixels of an image are one."""
    low, high = int(images.images[row].min()), int(images.images[row].max())
    return f", all pixels {low}" if low == high else ""


def _named(images: ImageSet, row: int) -> str:
    return f"{show(images.place(row))} ({show(images.labels[row], 40)})"


def _assemble(
    images: ImageSet, test: ImageSet | None, y: Target, pixels: NDArray[np.uint8]
) -> Task:
    """The task without splits, metric and notes."""
    own = test is None or (images.path and test.path == images.path)
    sha = images.sha256 if own else _both(images.sha256, test.sha256)  # type: ignore[union-attr]
    info = TaskInfo(
        name=images.name,
        fingerprint="",
        kind="classification",
        metric=metrics.default("classification").name,
        scheme="holdout",
        classes=y.classes,
        target=y.name,
        features=(),
        rows=(),
        select_rows=0,
        test_rows=0,
        source=images.path,
        source_sha256=sha,
        shape=images.shape,
        modality=MODALITY.name,
        scale=images.scale,
    )
    return Task(
        info=info,
        samples={IMAGES: pixels},
        target=y.values,
        weights=None,
        folds=(),
        test=np.empty(0, np.int64),
        encoding=STANDARD,
    )


def _both(one: str, other: str) -> str:
    return hashlib.sha256((one + other).encode()).hexdigest()


def _test_notes(test: ImageSet | None) -> tuple[str, ...]:
    if test is None:
        return ()
    own = () if test.path else test.notes  # those of a file are said of all of it
    return (f"{count(len(test.labels), 'image')} of {test.name} are the test images.", *own)
