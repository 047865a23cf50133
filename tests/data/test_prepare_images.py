"""From images to a task: splits, equal images, labels, and a task without unused rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from howdeep.base.errors import ConfigError, ImageError, LimitError, TargetError
from howdeep.data.cap import cap_train
from howdeep.data.compact import compact, used_rows
from howdeep.data.scoring import constant_on
from howdeep.data.task import Task, from_arrays, to_arrays
from howdeep.modalities.image.imageset import ImageSet
from howdeep.modalities.image.prepare import image_task
from howdeep.modalities.image.samples import IMAGES, images_of


def made(rows: int, classes: int = 2, seed: int = 0, side: int = 4) -> ImageSet:
    rng = np.random.Generator(np.random.PCG64(seed))
    images = rng.integers(0, 256, (rows, side, side, 1), dtype=np.uint8)
    labels = tuple(f"c{i % classes}" for i in range(rows))
    return ImageSet("made", "made", str(seed) * 64, images, labels)


def parts(task: Task) -> list[np.ndarray]:
    fold = task.folds[0]
    return [fold.train, fold.views[0].choose, fold.views[0].score, task.test]


@pytest.mark.parametrize(("rows", "scheme"), [(300, "folds"), (4_000, "holdout")])
def test_every_row_has_one_place(rows: int, scheme: str) -> None:
    task = image_task(made(rows))
    assert task.info.scheme == scheme
    assert task.info.shape == (4, 4, 1)
    assert task.encoding == "image"
    assert images_of(task).shape == (rows, 4, 4, 1)
    assert (set(task.samples), task.names) == ({IMAGES}, ())
    assert sorted(np.concatenate(parts(task)).tolist()) == list(range(rows))
    assert (task.info.target, task.info.features) == ("label", ())


def test_given_test_images_are_the_test_rows() -> None:
    test = made(70, seed=1)
    task = image_task(made(300), test)
    assert task.test.tolist() == list(range(300, 370))
    np.testing.assert_array_equal(images_of(task)[task.test], test.images)
    assert max(map(max, parts(task)[:3])) < 300


def test_equal_images_stay_in_one_part() -> None:
    images = made(4_000)
    twice = images.images.copy()
    twice[2_000:] = twice[:2_000]
    task = image_task(replace(images, images=twice))
    part = np.empty(4_000, int)
    for number, rows in enumerate(parts(task)):
        part[rows] = number
    assert (part[:2_000] == part[2_000:]).all()
    assert any("2,000 images" in note for note in task.info.notes)


def test_equal_images_of_two_classes_are_refused_by_name() -> None:
    images = made(100)
    images.images[31] = images.images[20]
    with pytest.raises(ImageError, match=r"'image 21' \('c0'\) and 'image 32' \('c1'\)") as caught:
        image_task(images)
    assert "--allow-conflict" in str(caught.value)
    task = image_task(images, allow_conflict=True)
    assert any("different labels: 1" in note for note in task.info.notes)
    test = made(60, seed=1)
    test.images[1] = images.images[20]
    images.images[31] = 7
    with pytest.raises(ImageError, match="different labels"):
        image_task(images, test)


def test_test_images_that_are_trained_on_are_left_out_of_the_test_and_said() -> None:
    images, test = made(100), made(60, seed=1)
    test.images[2] = images.images[2]
    test.images[7] = images.images[3]
    task = image_task(images, test)
    assert sorted(set(range(100, 160)) - {102, 107}) == task.test.tolist()
    assert task.info.test_rows == 58
    assert any("left out of the test: 2 of 60 test images" in note for note in task.info.notes)


def test_test_images_that_are_all_trained_on_are_refused() -> None:
    images = made(100)
    with pytest.raises(ImageError, match="all 100 test images"):
        image_task(images, replace(images, path="copy"))


def test_what_cannot_be_learnt_is_refused() -> None:
    images = made(100)
    lone = replace(images, labels=("alone", *images.labels[1:]))
    with pytest.raises(TargetError, match="--merge-rare"):
        image_task(lone)
    few = replace(images, labels=("p", "q", *images.labels[2:]))
    assert "rare" in image_task(few, merge_rare=True).info.classes
    with pytest.raises(ImageError, match="one class"):
        image_task(replace(images, labels=("c0",) * 100))
    with pytest.raises(ImageError, match="49 images"):
        image_task(made(49))
    few_levels = (np.arange(100) % 7).astype(np.uint8)[:, None, None, None]
    with pytest.raises(ImageError, match="different images"):
        image_task(replace(images, images=images.images * 0 + few_levels), allow_conflict=True)
    with pytest.raises(ImageError, match="all 100 images are the same, all pixels 0"):
        image_task(replace(images, images=images.images % 2 // 2), allow_conflict=True)
    with pytest.raises(LimitError, match="1,001 classes"):
        image_task(made(3_003, classes=1_001))
    with pytest.raises(TargetError, match="'c2'"):
        image_task(images, made(60, classes=3, seed=1))
    with pytest.raises(ImageError, match="shape"):
        image_task(images, made(60, seed=1, side=5))
    with pytest.raises(ConfigError, match="mse"):
        image_task(images, metric="mse")


def test_a_rare_class_suggests_balanced_accuracy() -> None:
    images = made(300)
    labels = tuple("rare" if i % 20 == 0 else "usual" for i in range(300))
    assert image_task(replace(images, labels=labels)).info.metric == "balanced_accuracy"
    assert image_task(replace(images, labels=labels), metric="log_loss").info.metric == "log_loss"
    assert image_task(images).info.metric == "accuracy"


def test_the_fingerprint_is_of_pixels_labels_and_splits() -> None:
    images = made(100)
    same = image_task(replace(images, path="elsewhere", name="other"))
    task = image_task(images)
    assert task.info.fingerprint == same.info.fingerprint
    pixel = images.images.copy()
    pixel[5, 0, 0, 0] ^= 1
    swapped = (images.labels[1], images.labels[0], *images.labels[2:])
    others = [
        image_task(replace(images, images=pixel)),
        image_task(replace(images, labels=swapped)),
        image_task(images, seed=1),
    ]
    assert len({t.info.fingerprint for t in (task, *others)}) == 4


def test_a_task_of_images_is_stored_and_read_back() -> None:
    task = image_task(made(100))
    again = from_arrays(*to_arrays(task))
    assert again.info == task.info
    np.testing.assert_array_equal(images_of(again), images_of(task))


@pytest.mark.parametrize("rows", [300, 4_000])
def test_a_compact_task_has_the_same_rows_renumbered(rows: int) -> None:
    task = image_task(made(rows))
    assert compact(task) is task
    capped = cap_train(task, 60, seed=0, fewer_val=True)
    small = compact(capped)
    used = used_rows(capped)
    if rows == 4_000:  # in folds each row is trained on in some fold, or scored
        assert len(small.target) == len(used) < rows
    for before, after in zip(parts(capped), parts(small), strict=True):
        np.testing.assert_array_equal(images_of(task)[before], images_of(small)[after])
        np.testing.assert_array_equal(task.target[before], small.target[after])
    assert small.info.rows == capped.info.rows
    np.testing.assert_array_equal(constant_on(small, "select"), constant_on(capped, "select"))
    assert compact(small) is small
    if len(small.target) < rows:
        assert small.info.fingerprint != capped.info.fingerprint
