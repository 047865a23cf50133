"""Real sets of images as a newcomer would give them."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from howdeep.base.errors import ImageError
from howdeep.data.cap import cap_train
from howdeep.data.compact import compact
from howdeep.modalities.image.prepare import image_task
from howdeep.modalities.image.read import read_images
from howdeep.modalities.image.samples import images_of
from howdeep.modalities.table.read import read_table
from howdeep.route.options import parse_options
from howdeep.route.tasks import task_of

ROOT = Path(os.environ.get("HOWDEEP_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


def real(name: str) -> Path:
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"{name} is not there; HOWDEEP_TEST_DATA names the folder of real sets")
    return path


@pytest.mark.parametrize(("name", "mean"), [("fashion_mnist", 0.2860), ("mnist", 0.1307)])
def test_idx_sets_bring_their_test_rows(name: str, mean: float) -> None:
    task = task_of(parse_options({"data": real(name), "metric": "accuracy"}))
    assert task.info.shape == (28, 28, 1)
    assert task.info.classes == tuple("0123456789")
    assert dict(task.info.rows) == {
        "all": 70_000,
        "train": 46_000,
        "val": 5_000,
        "select": 9_000,
        "test": 10_000,
    }
    assert images_of(task)[:60_000].mean() / 255 == pytest.approx(
        mean, abs=1e-4
    )  # as is well known
    small = compact(cap_train(task, 5_000, seed=0, fewer_val=True))
    assert len(images_of(small)) == 25_000


def test_a_named_set_from_a_folder_is_checked_and_has_names() -> None:
    options = parse_options({"data": "fashion-mnist", "data_dir": real("fashion_mnist")})
    task = task_of(options)
    assert "Ankle boot" in task.info.classes
    assert (task.info.metric, task.info.test_rows) == ("accuracy", 10_000)
    assert "The files are those published (SHA-256)." in task.info.notes
    with pytest.raises(ImageError, match="is not the file of mnist"):
        task_of(parse_options({"data": "mnist", "data_dir": real("fashion_mnist")}))


def test_photographs_of_many_sizes() -> None:
    main, test = read_images(real("hymenoptera.tar.gz"))
    assert (main.shape, len(main.labels)) == ((64, 64, 3), 245)  # one of them a GIF
    assert test is not None
    assert len(test.labels) == 153
    task = image_task(main, test)
    assert task.info.classes == ("ants", "bees")
    assert (task.info.scheme, task.info.test_rows) == ("folds", 153)


def test_a_part_of_cifar_from_its_archive(tmp_path: Path) -> None:
    """2,000 of the 60,000 files, as the archive has them; all of them in a campaign."""
    part = tmp_path / "part.tar.gz"
    with tarfile.open(real("cifar10.tar.gz")) as whole, tarfile.open(part, "w:gz") as out:
        taken = 0
        for member in whole:
            if member.isdir() or (member.isfile() and member.name[-6:-4] in ("03", "40")):
                out.addfile(member, whole.extractfile(member) if member.isfile() else None)
                taken += member.isfile()
    main, test = read_images(part)
    assert test is not None
    assert len(main.labels) + len(test.labels) == taken > 500
    assert main.shape == (32, 32, 3)
    assert sorted(set(main.labels))[:2] == ["airplane", "automobile"]


@pytest.mark.campaign("real sets")
def test_the_whole_of_cifar() -> None:
    task = task_of(parse_options({"data": real("cifar10.tar.gz")}))
    assert len(images_of(task)) == 60_000
    assert np.bincount(task.target).tolist() == [6_000] * 10
    assert task.info.test_rows == 10_000


def test_a_table_s_reader_still_says_that_images_are_none() -> None:
    from howdeep.base.errors import TableError

    with pytest.raises(TableError, match="directory"):
        read_table(real("mnist"))
