"""Images as read: the rules of size, colour and layout, each on images made here."""

from __future__ import annotations

import builtins
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from howdeep.base.errors import ConfigError, ImageError
from howdeep.modalities.image.read import read_images, read_unlabelled
from howdeep.modalities.image.read.arrays import as_images, as_labels
from howdeep.modalities.image.read.images import kind_of, source_digest
from howdeep.modalities.image.read.pixels import header, pixels
from image_files import coded, idx, noise, npy


def written(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def grey(seed: int) -> bytes:
    return coded(noise(seed, 9, 9))


# ---- one image -----------------------------------------------------------------------------------
def test_colours_become_bytes_by_the_stated_rules() -> None:
    rgb = noise(0, 6, 5, 3)
    np.testing.assert_array_equal(pixels(coded(rgb), "x", (6, 5, 3)), rgb)
    wide = noise(1, 6, 5).astype(np.uint16) * 256 + 255
    high = pixels(coded(wide), "x", (6, 5, 1))[..., 0]
    np.testing.assert_array_equal(high, noise(1, 6, 5))
    alpha = np.dstack([rgb, np.zeros((6, 5), np.uint8)])
    assert (pixels(coded(alpha), "x", (6, 5, 3)) == 255).all()  # on white
    cmyk = Image.new("CMYK", (5, 6), (0, 255, 255, 0))
    red = pixels(coded(cmyk, "TIFF"), "x", (6, 5, 3))[0, 0]
    assert red.tolist() == [255, 0, 0]
    bits = Image.fromarray(rgb[..., 0] > 127)
    assert set(np.unique(pixels(coded(bits), "x", (6, 5, 1)))) <= {0, 255}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_the_camera_s_turn_is_applied_once(kind: str) -> None:
    image = np.zeros((8, 16, 3), np.uint8)
    image[:, :8] = 255  # white on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise: what is left comes to the top
    data = coded(image, kind, exif=exif)
    found = header(data, "x")
    assert (found.height, found.width) == (16, 8)
    turned = pixels(data, "x", (16, 8, 3))
    assert turned[:6].mean() > 250
    assert turned[-6:].mean() < 5


def test_the_centre_of_the_longer_side_is_taken() -> None:
    image = np.zeros((10, 30, 3), np.uint8)
    image[:, 10:20] = 200
    assert (pixels(coded(image), "x", (10, 10, 3)) == 200).all()
    assert (pixels(coded(np.rot90(image)), "x", (10, 10, 3)) == 200).all()
    assert (pixels(coded(image), "x", (5, 5, 3))[:, 1:-1] == 200).all()


def test_making_smaller_averages() -> None:
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    small = pixels(coded(board), "x", (8, 8, 1))
    assert abs(small.astype(float) - 127.5).max() < 2


# ---- folders -------------------------------------------------------------------------------------
def test_equal_sizes_are_kept_and_litter_is_ignored(tmp_path: Path) -> None:
    files = {f"{c}/{i}.png": coded(noise(i, 5, 7, 3)) for i, c in enumerate("abab")}
    litter = {".DS_Store": b"x", "a/._0.png": b"x", "a/Thumbs.db": b"x", "README": b"two classes"}
    main, test = read_images(written(tmp_path, files | litter))
    assert test is None
    assert main.shape == (5, 7, 3)
    assert main.labels == ("a", "a", "b", "b")
    assert main.places == ("a/0.png", "a/2.png", "b/1.png", "b/3.png")
    np.testing.assert_array_equal(main.images[1], noise(2, 5, 7, 3))
    assert any("'README'" in note for note in main.notes)


def test_one_channel_only_where_all_are_grey(tmp_path: Path) -> None:
    files = {"a/1.png": grey(1), "b/2.png": grey(2)}
    assert read_images(written(tmp_path / "grey", files))[0].shape == (9, 9, 1)
    files["b/3.png"] = coded(noise(3, 9, 9, 3))
    main, _ = read_images(written(tmp_path / "some", files))
    assert main.shape == (9, 9, 3)
    assert (main.images[0] == main.images[0][..., :1]).all()


@pytest.mark.parametrize(
    ("sides", "size", "found"),
    [((80, 100), None, 64), ((20, 100), None, 20), ((20, 100), 32, 32), ((16, 16), 32, 32)],
)
def test_mixed_sizes_become_one(
    sides: tuple[int, int], size: int | None, found: int, tmp_path: Path
) -> None:
    files = {
        f"{c}/{i}.png": coded(noise(i, side, side + 3 * i))
        for i, (c, side) in enumerate(zip("ab", sides, strict=True))
    }
    main, _ = read_images(written(tmp_path, files), image_size=size)
    assert main.shape == (found, found, 1)
    assert any(f"{found} x {found}" in note for note in main.notes)


PARTS = {
    "train/a/1.png": grey(1),
    "train/b/2.png": grey(2),
    "{}/a/3.png": grey(3),
    "{}/b/4.png": grey(4),
}


@pytest.mark.parametrize("name", ["test", "val", "valid", "Test"])
@pytest.mark.parametrize("top", ["", "flowers/"])
def test_test_images_beside_training_images(name: str, top: str, tmp_path: Path) -> None:
    files = {top + n.format(name): data for n, data in PARTS.items()}
    main, test = read_images(written(tmp_path, files))
    assert test is not None
    assert main.places == (f"{top}train/a/1.png", f"{top}train/b/2.png")
    assert test.labels == ("a", "b")
    assert test.images[0, 0, 0, 0] == noise(3, 9, 9)[0, 0]


def test_with_val_and_test_the_val_images_are_trained_on(tmp_path: Path) -> None:
    files = {n.format("test"): data for n, data in PARTS.items()} | {"val/a/5.png": grey(5)}
    main, test = read_images(written(tmp_path, files))
    assert test is not None
    assert "val/a/5.png" in main.places
    assert len(test.labels) == 2
    assert any("'val'" in note for note in main.notes)


def test_train_may_be_a_class_and_odd_parts_are_refused(tmp_path: Path) -> None:
    vehicles = {"train/1.png": grey(1), "bus/2.png": grey(2)}
    assert read_images(written(tmp_path / "v", vehicles))[0].labels == ("bus", "train")
    odd = {n.format("test"): data for n, data in PARTS.items()} | {"more/a/5.png": grey(5)}
    with pytest.raises(ImageError, match="'more'"):
        read_images(written(tmp_path / "o", odd))


def test_links_are_followed_but_not_round(tmp_path: Path) -> None:
    written(tmp_path / "real", {"1.png": grey(1)})
    (tmp_path / "set" / "b").mkdir(parents=True)
    (tmp_path / "set" / "a").symlink_to(tmp_path / "real")
    (tmp_path / "set" / "b" / "1.png").symlink_to(tmp_path / "real" / "1.png")
    assert read_images(tmp_path / "set")[0].labels == ("a", "b")
    (tmp_path / "set" / "b" / "again").symlink_to(tmp_path / "set")
    with pytest.raises(ImageError, match="leads back"):
        read_images(tmp_path / "set")


def test_pipes_among_the_images_are_refused(tmp_path: Path) -> None:
    import os

    written(tmp_path, {"a/1.png": grey(1), "b/2.png": grey(2)})
    os.mkfifo(tmp_path / "b" / "3.png")
    with pytest.raises(ImageError, match="pipe"):
        read_images(tmp_path)


def test_skipping_says_what_was_skipped_but_not_a_whole_class(tmp_path: Path) -> None:
    files = {"a/1.png": grey(1), "b/2.png": grey(2), "b/cut.png": grey(3)[:-30], "a/x": b"x"}
    written(tmp_path, files)
    with pytest.raises(ImageError, match="--skip-unreadable"):
        read_images(tmp_path)
    main, _ = read_images(tmp_path, skip_unreadable=True)
    assert main.places == ("a/1.png", "b/2.png")
    assert any("'a/x', 'b/cut.png'" in note for note in main.notes)
    (tmp_path / "b" / "2.png").unlink()
    with pytest.raises(ImageError, match="no image of 'b'"):
        read_images(tmp_path, skip_unreadable=True)


def test_without_pillow_the_way_to_get_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, {"a/1.png": grey(1), "b/2.png": grey(2)})
    real = builtins.__import__

    def no_pillow(name: str, *rest: Any) -> Any:
        if name.split(".")[0] == "PIL":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_pillow)
    with pytest.raises(ConfigError, match=r'pip install "howdeep\[images\]"'):
        read_images(tmp_path)


# ---- arrays --------------------------------------------------------------------------------------
def test_shapes_of_arrays() -> None:
    x = noise(0, 6, 8, 9, 3)
    np.testing.assert_array_equal(as_images(x, "x"), x)
    np.testing.assert_array_equal(as_images(x.transpose(0, 3, 1, 2), "x"), x)
    assert as_images(x[..., 0], "x").shape == (6, 8, 9, 1)
    np.testing.assert_array_equal(as_images(x / 255.0, "x"), x)
    np.testing.assert_array_equal(as_images(x.astype(np.float32), "x"), x)
    np.testing.assert_array_equal(as_images(x > 99, "x"), (x > 99) * np.uint8(255))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 3)),
        np.zeros((4, 3, 5, 3), np.uint8),
        np.zeros((4, 8, 8, 4), np.uint8),
        np.zeros((4, 2, 8, 8), np.uint8),
        np.zeros((0, 8, 8), np.uint8),
        np.full((4, 8, 8), 256),
        np.full((4, 8, 8), -1),
        np.full((4, 8, 8), 1.5),
        np.full((4, 8, 8), np.nan),
        np.full((4, 8, 8), "a"),
    ],
)
def test_what_is_no_array_of_images_is_refused(array: np.ndarray) -> None:
    with pytest.raises(ImageError):
        as_images(array, "x")


def test_labels_are_text() -> None:
    assert as_labels(np.array([[1], [0]]), 2, "y") == ("1", "0")
    assert as_labels(np.array([1.0, 0.0]), 2, "y") == ("1", "0")
    assert as_labels(np.array(["b", "a"]), 2, "y") == ("b", "a")
    for odd in (np.array([0.5, 1]), np.eye(2), np.array([1, 2, 3]), np.array([b"x", b"y"])):
        with pytest.raises(ImageError):
            as_labels(odd, 2, "y")


def test_named_arrays_in_an_npz(tmp_path: Path) -> None:
    x, y = noise(0, 12, 8, 8), np.arange(12) % 2
    keras = {"x_train": x[:8], "y_train": y[:8], "x_test": x[8:], "y_test": y[8:]}
    np.savez(tmp_path / "k.npz", **keras)
    main, test = read_images(tmp_path / "k.npz")
    assert (len(main.labels), len(test.labels)) == (8, 4)  # type: ignore[union-attr]
    med = {"train_images": x[:6], "train_labels": y[:6, None], "val_images": x[6:8]}
    med |= {"val_labels": y[6:8, None], "test_images": x[8:], "test_labels": y[8:, None]}
    np.savez_compressed(tmp_path / "m.npz", **med)
    again, _ = read_images(tmp_path / "m.npz", image_size=16)
    assert (len(again.labels), again.shape) == (8, (16, 16, 1))
    assert any("val_images" in note for note in again.notes)


def test_npy_files_go_with_the_labels_beside_them(tmp_path: Path) -> None:
    for role in ("train", "test"):
        np.save(tmp_path / f"x_{role}.npy", noise(1, 6, 8, 8))
        np.save(tmp_path / f"y_{role}.npy", np.array(["a", "b"] * 3))
    main, test = read_images(tmp_path / "x_train.npy")
    assert main.labels == test.labels == ("a", "b") * 3  # type: ignore[union-attr]


# ---- the content decides -------------------------------------------------------------------------
def test_kinds_by_content(tmp_path: Path) -> None:
    (tmp_path / "t.png").write_bytes(b"a,y\n1,2\n")
    (tmp_path / "i.csv").write_bytes(grey(1))
    np.save(tmp_path / "a", noise(1, 3, 8, 8))
    assert kind_of(tmp_path / "t.png") is None
    assert kind_of(tmp_path / "i.csv") == "image"
    assert kind_of(tmp_path / "a.npy") == "npy"
    assert kind_of(tmp_path) == "folder"
    assert kind_of(tmp_path / "none") is None
    assert kind_of("/dev/zero") is None
    (tmp_path / "bmi").write_bytes(b"BMI,age,y\n20,30,1\n")  # begins as bitmaps do
    assert kind_of(tmp_path / "bmi") is None
    (tmp_path / "bmp").write_bytes(coded(noise(1, 4, 4), "BMP"))
    assert kind_of(tmp_path / "bmp") == "image"
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.csv", "a,y")
    assert kind_of(tmp_path / "t.zip") is None


def test_a_changed_file_changes_the_digest(tmp_path: Path) -> None:
    written(tmp_path, {"a/1.png": grey(1), "b/2.png": grey(2)})
    before = source_digest(tmp_path)
    assert before == read_images(tmp_path)[0].sha256
    (tmp_path / "a" / "1.png").write_bytes(grey(3))
    assert source_digest(tmp_path) != before


@pytest.mark.parametrize(
    ("images", "labels", "write"),
    [("images.npy", "labels.npy", npy), ("a-images-idx3-ubyte", "a-labels-idx1-ubyte", idx)],
)
def test_changed_labels_beside_a_file_change_its_digest(
    images: str, labels: str, write: Callable[[np.ndarray], bytes], tmp_path: Path
) -> None:
    codes = np.array([0, 1, 0, 1], np.uint8)
    (tmp_path / images).write_bytes(write(noise(1, 4, 8, 8)))
    (tmp_path / labels).write_bytes(write(codes))
    before = source_digest(tmp_path / images)
    assert before == read_images(tmp_path / images)[0].sha256
    (tmp_path / labels).write_bytes(write(1 - codes))
    assert source_digest(tmp_path / images) != before


# ---- new images ----------------------------------------------------------------------------------
def test_new_images_come_at_the_task_s_shape(tmp_path: Path) -> None:
    written(tmp_path, {"1.png": grey(1), "deep/2.jpg": coded(noise(2, 30, 20, 3), "JPEG")})
    names, images, notes = read_unlabelled(tmp_path, (9, 9, 3))
    assert names == ("1.png", "deep/2.jpg")
    assert images.shape == (2, 9, 9, 3)
    assert notes == ()
    np.testing.assert_array_equal(images[0, ..., 0], noise(1, 9, 9))
    names, one, _ = read_unlabelled(tmp_path / "1.png", (9, 9, 1))
    assert (names, one.shape) == (("1.png",), (1, 9, 9, 1))
    (tmp_path / "bad.png").write_bytes(b"x")
    with pytest.raises(ImageError, match=r"bad\.png"):
        read_unlabelled(tmp_path, (9, 9, 3))
    names, images, notes = read_unlabelled(tmp_path, (9, 9, 3), skip_unreadable=True)
    assert len(names) == len(images) == 2
    assert "'bad.png'" in notes[0]


def test_new_arrays_come_at_the_task_s_shape(tmp_path: Path) -> None:
    np.save(tmp_path / "new.npy", noise(1, 3, 8, 8))
    names, images, _ = read_unlabelled(tmp_path / "new.npy", (16, 16, 3))
    assert names == ("1", "2", "3")
    assert images.shape == (3, 16, 16, 3)
    np.savez(tmp_path / "new.npz", x=noise(1, 3, 8, 8))
    assert read_unlabelled(tmp_path / "new.npz", (8, 8, 1))[1].shape == (3, 8, 8, 1)


@pytest.mark.parametrize("name", ["none.png", "empty"])
def test_no_new_images_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImageError):
        read_unlabelled(tmp_path / name, (9, 9, 3))
