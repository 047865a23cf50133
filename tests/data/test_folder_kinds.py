"""Folders of images as they lie on disks: parts, litter and what is no image, each by its cause."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from howdeep.base.errors import HowdeepError
from howdeep.data.task import Task
from howdeep.route.options import parse_options
from howdeep.route.tasks import task_of

RNG = np.random.Generator(np.random.PCG64(0))


def put(path: Path, kind: str = "PNG") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 256, (8, 8, 3), dtype=np.uint8)).save(path, kind)


def classes(
    root: Path, n: int = 26, names: tuple[str, ...] = ("cat", "dog"), end: str = "png"
) -> None:
    for name in names:
        for i in range(n):
            put(root / name / f"{i}.{end}", {"png": "PNG", "tga": "TGA", "jp2": "JPEG2000"}[end])


def read(path: Path) -> Task:
    return task_of(parse_options({"data": str(path)}))


@pytest.mark.parametrize(
    "names",
    [
        ("traindata", "testdata"), ("TrainImages", "testimages"), ("trainval", "test"),
        ("train", "holdout"), ("01.train", "02.test"), ("pets_trainset", "pets_testset"),
        ("train set", "valid set"), ("train.", "test."), ("TRN", "TST"),
    ],
)  # fmt: skip
def test_names_of_parts(names: tuple[str, str], tmp_path: Path) -> None:
    classes(tmp_path / names[0])
    classes(tmp_path / names[1], 5)
    found = read(tmp_path)
    assert len(found.test) == 10
    assert found.info.classes == ("cat", "dog")


@pytest.mark.parametrize("name", ["testimony", "trainers", "valley", "evaluate", "devices"])
def test_names_that_only_begin_so_are_classes(name: str, tmp_path: Path) -> None:
    classes(tmp_path, names=("train", name))
    assert len(read(tmp_path).info.classes) == 2


@pytest.mark.parametrize(
    "name", ["__pycache__", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"]
)
def test_what_systems_leave_is_no_class(name: str, tmp_path: Path) -> None:
    classes(tmp_path)
    put(tmp_path / name / "0.png")
    put(tmp_path / "cat" / name / "0.png")
    found = read(tmp_path)
    assert (found.info.classes, len(found.target)) == (("cat", "dog"), 52)


def unknown(root: Path) -> None:
    classes(root / "train")
    classes(root / "test", 5, ("unknown",))


def again(root: Path) -> None:
    classes(root / "train")
    classes(root / "test", 5, ("test_images_all",))


def nothing(root: Path) -> None:
    classes(root / "train")
    (root / "test").mkdir()


def unequal(root: Path) -> None:
    classes(root / "a_check", 5)
    classes(root / "the_rest")


def masks(root: Path) -> None:
    classes(root, names=("images", "masks"))


def truths(root: Path) -> None:
    classes(root, names=("Image", "Ground_Truth", "gt"))


def table(name: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        classes(root, 52, ("images",))
        (root / name).write_text("[]")

    return make


def targa(root: Path) -> None:
    classes(root, end="tga")


def jpeg_2000(root: Path) -> None:
    classes(root, end="jp2")


def arrays(root: Path) -> None:
    for name in ("cat", "dog"):
        (root / name).mkdir(parents=True)
        np.save(root / name / "0.npy", np.zeros((8, 8), np.uint8))


def packed(root: Path) -> None:
    source = root.parent / "source"
    classes(source, 2)
    shutil.make_archive(str(root / "pets"), "zip", source)


def pointer(root: Path) -> None:
    classes(root)
    (root / "cat" / "x.jpg").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"
    )


def black(root: Path) -> None:
    for name in ("cat", "dog"):
        for i in range(26):
            (root / name).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8)).save(root / name / f"{i}.png")


REFUSED: list[tuple[Callable[[Path], None], str, str]] = [
    (unknown, "the test images lie in 'unknown', which is none of the classes", "keep those"),
    (again, "lie in 'test_images_all', which is none of the classes", "keep those"),
    (nothing, "'test' holds no images", "remove it"),
    (unequal, "may be parts of one set as well as classes", "the_rest' as the data and"),
    (masks, "images and masks", "masks are not learnt"),
    (truths, "images and masks", "masks are not learnt"),
    (table("labels.json"), "labels are not read from 'labels.json'", "labels.csv"),
    (table("train.jsonl"), "labels are not read from 'train.jsonl'", "labels.csv"),
    (table("Labels.XLSX"), "labels are not read from 'Labels.XLSX'", "labels.csv"),
    (targa, "0.tga' is not an image, or damaged; JPEG, PNG", "save all as PNG or JPEG"),
    (jpeg_2000, "is JPEG 2000", "save all as PNG or JPEG"),
    (arrays, "0.npy' is not an image", "save all as PNG or JPEG"),
    (packed, "pets.zip' is a zip archive", "give the archive itself"),
    (pointer, "a Git LFS pointer (git lfs pull fetches the file)", "--skip-unreadable"),
    (black, "all 52 images are the same, all pixels 0", "converted"),
]


@pytest.mark.parametrize(("make", "said", "fix"), REFUSED)
def test_it_is_refused_by_its_cause(
    make: Callable[[Path], None], said: str, fix: str, tmp_path: Path
) -> None:
    root = tmp_path / "set"
    root.mkdir()
    make(root)
    with pytest.raises(HowdeepError) as caught:
        read(root)
    assert said in caught.value.what
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    ("name", "start", "said"),
    [
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(90), "a 7-Zip archive"),
        ("a.rar", b"Rar!\x1a\x07\x00" + bytes(90), "a RAR archive"),
        ("a.tar", bytes(257) + b"ustar" + bytes(250), "a tar archive"),
    ],
)
def test_archives_that_are_not_read_are_named(
    name: str, start: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(start)
    with pytest.raises(HowdeepError) as caught:
        read(tmp_path / name)
    assert said in caught.value.what
    assert "unpack it" in caught.value.fix
