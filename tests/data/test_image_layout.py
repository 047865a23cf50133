"""Folders on top of a set of images: parts of it, classes, or asked about."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from howdeep.base.errors import ImageError
from howdeep.modalities.image.read import read_images
from howdeep.modalities.image.read.roles import role_of
from image_files import coded, noise


def made(root: Path, folders: Sequence[str], images: int = 2) -> Path:
    """A folder with so many images in each of `folders`."""
    for i, folder in enumerate(folders):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for j in range(images):
            (root / folder / f"{j}.png").write_bytes(coded(noise(100 * i + j, 9, 9)))
    return root


def zipped(folder: Path) -> Path:
    out = folder.with_suffix(".zip")
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, file.relative_to(folder.parent))
    return out


def tarred(folder: Path) -> Path:
    out = folder.with_suffix(".tar.gz")
    with tarfile.open(out, "w:gz") as archive:
        archive.add(folder, folder.name)
    return out


PARTED: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "sets": (["training_set"], ["test_set"]),
    "long": (["training"], ["testing"]),
    "twice": (["seg_train/seg_train"], ["seg_test/seg_test"]),
    "once more": (["train/train"], ["test/images"]),
    "dev": (["train"], ["dev"]),
    "valid": (["Train"], ["Valid"]),
    "years": (["train2017"], ["val2017"]),
    "camel": (["trainImages"], ["testImages"]),
    "shared": (["cats_train"], ["cats_test"]),
    "shards": (["train_1", "train_2"], ["test"]),
    "with val": (["train", "validation"], ["test"]),
}


@pytest.mark.parametrize("name", PARTED)
@pytest.mark.parametrize("top", ["", "flowers/", "a/b/"])
def test_folders_that_say_a_role_are_parts(name: str, top: str, tmp_path: Path) -> None:
    mains, tests = PARTED[name]
    folders = [f"{top}{part}/{c}" for part in (*mains, *tests) for c in ("cat", "dog")]
    main, test = read_images(made(tmp_path / "set", folders))
    assert test is not None
    assert sorted(set(main.labels)) == sorted(set(test.labels)) == ["cat", "dog"]
    assert len(main.labels) == 4 * len(mains)
    assert all(any(p.startswith(f"{top}{part}") for part in tests) for p in test.places)
    assert any(note.startswith("Training images are those in") for note in main.notes)
    assert any(tests[0].split("/")[0] in note for note in main.notes if "Test images" in note)


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("name", ["sets", "twice", "dev"])
def test_parts_in_archives(name: str, pack: object, tmp_path: Path) -> None:
    mains, tests = PARTED[name]
    folders = [f"in/{part}/{c}" for part in (*mains, *tests) for c in ("cat", "dog")]
    main, test = read_images(pack(made(tmp_path / "set", folders)))  # type: ignore[operator]
    assert test is not None
    assert (len(main.labels), len(test.labels)) == (4, 4)
    assert set(main.labels) == {"cat", "dog"}


def test_parts_inside_every_class(tmp_path: Path) -> None:
    folders = [f"{c}/{part}" for c in ("cat", "dog") for part in ("train", "test")]
    main, test = read_images(made(tmp_path, folders))
    assert test is not None
    assert (main.labels, test.labels) == (("cat",) * 2 + ("dog",) * 2,) * 2
    assert any("of every class are those in 'test'" in note for note in main.notes)


@pytest.mark.parametrize(
    "parts", [("fold_a", "fold_b"), ("2019", "2020"), ("north", "south", "west"), ("test", "val")]
)
@pytest.mark.parametrize("top", ["", "in/"])
def test_folders_with_the_same_folders_are_asked_about(
    parts: Sequence[str], top: str, tmp_path: Path
) -> None:
    made(tmp_path / "set", [f"{top}{part}/{c}" for part in parts for c in ("cat", "dog", "Owl")])
    for path in (tmp_path / "set", zipped(tmp_path / "set")):
        with pytest.raises(ImageError, match=f"'{parts[0]}', '{parts[1]}'") as caught:
            read_images(path)
        assert "--test" in (caught.value.fix or "")
        assert "'cat', 'dog', 'owl'" in caught.value.what
    assert "unpack it" in (caught.value.fix or "")


def test_the_fix_for_parts_works(tmp_path: Path) -> None:
    made(tmp_path, [f"{part}/{c}" for part in ("fold_a", "fold_b") for c in ("cat", "dog")])
    with pytest.raises(ImageError) as caught:
        read_images(tmp_path)
    named = re.findall(r"'(?:…|)[^']*?(fold_.)'", caught.value.fix or "")
    assert named == ["fold_a", "fold_b"]
    main, _ = read_images(tmp_path / "fold_a")
    test, more = read_images(tmp_path / "fold_b", like=main)
    assert (main.labels, more) == (test.labels, None)


@pytest.mark.parametrize(
    "folders",
    [
        ["cat/a", "dog/b"],  # of different folders each
        ["cat/images", "dog/images"],  # of one that says nothing
        ["cat", "cat/more", "dog"],
        ["freight_train/2019", "bus/2020"],
    ],
)
def test_deeper_folders_belong_to_their_class(folders: Sequence[str], tmp_path: Path) -> None:
    main, test = read_images(made(tmp_path, folders))
    assert test is None
    assert set(main.labels) == {folder.split("/")[0] for folder in folders}


@pytest.mark.parametrize("names", [("train", "bus"), ("test", "train"), ("Valid", "void")])
def test_classes_that_are_called_as_parts_are_classes_and_said(
    names: Sequence[str], tmp_path: Path
) -> None:
    main, test = read_images(made(tmp_path, names))
    assert test is None
    assert set(main.labels) == set(names)
    said = next(note for note in main.notes if note.startswith("Classes, as they hold images"))
    assert all((f"'{name}'" in said) == bool(role_of(name)) for name in names)


@pytest.mark.parametrize("names", [("train_images", "test_images"), ("training_set", "test_set")])
def test_images_without_a_label_are_no_classes(names: Sequence[str], tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="without class folders") as caught:
        read_images(made(tmp_path, names))
    assert "labels.csv" in (caught.value.fix or "")


def test_files_beside_the_inner_folder_are_ignored_and_named(tmp_path: Path) -> None:
    made(tmp_path, [f"{p}/{p}/{c}" for p in ("seg_train", "seg_test") for c in ("cat", "dog")])
    (tmp_path / "seg_train" / "readme.md").write_bytes(b"two classes")
    main, test = read_images(tmp_path)
    assert test is not None
    assert any("'seg_train/readme.md'" in note for note in main.notes)
    (tmp_path / "seg_train" / "1.png").write_bytes(coded(noise(1, 9, 9)))
    with pytest.raises(ImageError, match="outside"):
        read_images(tmp_path)


def test_test_images_without_a_label_are_refused_with_what_helps(tmp_path: Path) -> None:
    made(tmp_path, ["train/cat", "train/dog", "test"])
    with pytest.raises(ImageError, match="'test' holds images without class folders") as caught:
        read_images(tmp_path)
    assert caught.value.fix
    made(tmp_path, ["test/cat"])
    with pytest.raises(ImageError, match=r"test/0\.png' lies outside") as caught:
        read_images(tmp_path)
    assert "without a label" in (caught.value.fix or "")


def test_an_empty_class_of_a_part_is_refused(tmp_path: Path) -> None:
    made(tmp_path, ["training_set/cat", "training_set/dog", "test_set/cat"])
    (tmp_path / "test_set" / "dog").mkdir()
    with pytest.raises(ImageError, match=r"test_set/dog.* is a class without images"):
        read_images(tmp_path)
