"""What the numbers of images mean: decided on the set, said, and the same ever after."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset

from howdeep.base import keys
from howdeep.base.errors import ImageError
from howdeep.base.nouns import PixelScale
from howdeep.data.task import Task, from_arrays, to_arrays
from howdeep.modalities.image import encode, runtime, serve
from howdeep.modalities.image.frames import new_images, to_images
from howdeep.modalities.image.imageset import ImageSet
from howdeep.modalities.image.prepare import image_task
from howdeep.modalities.image.read import read_images, read_unlabelled
from howdeep.modalities.image.samples import IMAGES
from howdeep.route.options import parse_options
from howdeep.route.tasks import Handed, handed_task
from image_files import coded, noise

N = 60
Make = Callable[[int], bytes]


def drawn(seed: int, low: float, high: float, *shape: int) -> np.ndarray:
    """Numbers from `low` to `high`, both there."""
    rng = np.random.Generator(np.random.PCG64(seed))
    out = rng.uniform(low, high, shape or (9, 9))
    out.flat[0], out.flat[1] = low, high
    return out


def png(values: np.ndarray) -> bytes:
    return coded(Image.fromarray(values.astype(np.uint16)))


def tiff(values: np.ndarray, kind: type) -> bytes:
    return coded(Image.fromarray(values.astype(kind)), "TIFF")


def colour(values: np.ndarray) -> bytes:
    """A PNG of 16 bits a channel (H, W, 3), which Pillow does not write."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def written(root: Path, make: Make, images: int = 6, end: str = "png") -> Path:
    """Two classes of images of 9 x 9 pixels."""
    for i in range(images):
        file = root / "ab"[i % 2] / f"{i}.{end}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(make(i))
    return root


DEEP: dict[str, tuple[float, float, Callable[[np.ndarray], bytes]]] = {
    "millimetres": (200, 700, png),
    "12 bits": (0, 4095, png),
    "all 16": (0, 65535, png),
    "tiff": (300, 1300, lambda x: tiff(x, np.uint16)),
    "32 bits": (70_000, 900_000, lambda x: tiff(x, np.int32)),
    "Hounsfield": (-1000, 3000, lambda x: tiff(x, np.int32)),
    "metres": (0.4, 7.5, lambda x: tiff(x, np.float32)),
}


@pytest.mark.parametrize("name", DEEP)
def test_files_of_more_bits_are_scaled_by_the_range_of_the_set(name: str, tmp_path: Path) -> None:
    low, high, write = DEEP[name]
    main, _ = read_images(written(tmp_path, lambda i: write(drawn(i, low, high))))
    wanted = (drawn(0, low, high) - low) * 255 / (high - low)
    assert main.shape == (9, 9, 1)
    assert np.abs(main.images[0, ..., 0] - wanted).max() <= 1
    assert len(np.unique(main.images)) > 100
    assert (main.scale.least, main.scale.most) == pytest.approx((low, high))
    assert any(f"{low:g} became black (0) and {high:g} white" in note for note in main.notes)


def test_test_images_and_new_ones_are_on_the_scale_of_the_training_images(tmp_path: Path) -> None:
    for part, span in (("train", (200, 700)), ("test", (300, 600))):
        written(tmp_path / "set" / part, lambda i, s=span: png(drawn(i, *s)))  # type: ignore[misc]
    main, test = read_images(tmp_path / "set")
    assert test is not None
    wanted = np.rint((drawn(0, 300, 600) - 200) * 255 / 500)
    assert np.abs(test.images[0, ..., 0] - wanted).max() <= 1
    new = tmp_path / "set" / "test"
    _, images, _ = read_unlabelled(new, main.shape, scale=main.scale)
    np.testing.assert_array_equal(images, test.images)
    _, one, _ = read_unlabelled(new / "a" / "0.png", main.shape, scale=main.scale)
    np.testing.assert_array_equal(one[0], test.images[0])
    again, _ = read_images(new, like=main)
    np.testing.assert_array_equal(again.images, test.images)


@pytest.mark.parametrize(
    ("deep", "flat"),
    [
        (lambda i: png(drawn(i, 200, 700)), "8 bits a channel"),
        (lambda i: png(drawn(i, 0, 200)), "8 bits a channel"),
        (lambda i: tiff(drawn(i, 0, 1), np.float32), "8 bits a channel"),
        (lambda i: colour(drawn(i, 0, 65535, 9, 9, 3)), "8 bits a channel"),
    ],
)
def test_files_of_different_bits_are_refused_by_name(deep: Make, flat: str, tmp_path: Path) -> None:
    def make(i: int) -> bytes:
        return deep(i) if i else coded(noise(i, 9, 9))

    with pytest.raises(ImageError, match=r"a/0\.png") as caught:
        read_images(written(tmp_path / "mixed", make))
    assert flat in caught.value.what
    assert "a/2.png" in caught.value.what
    main, _ = read_images(written(tmp_path / "flat", lambda i: coded(noise(i, 9, 9))))
    (tmp_path / "new.png").write_bytes(deep(1))
    with pytest.raises(ImageError, match=r"new\.png"):
        read_unlabelled(tmp_path / "new.png", main.shape, scale=main.scale)
    with pytest.raises(ImageError, match=r"0\.png"):
        read_images(written(tmp_path / "deep", deep), like=main)


def test_a_file_of_8_bits_has_no_place_among_millimetres(tmp_path: Path) -> None:
    main, _ = read_images(written(tmp_path / "set", lambda i: png(drawn(i, 200, 700))))
    (tmp_path / "new.png").write_bytes(coded(noise(1, 9, 9)))
    with pytest.raises(ImageError, match="8 bits a channel"):
        read_unlabelled(tmp_path / "new.png", main.shape, scale=main.scale)
    (tmp_path / "far.png").write_bytes(png(drawn(1, 9_000, 12_000)))
    with pytest.raises(ImageError, match="from 200 to 700"):
        read_unlabelled(tmp_path / "far.png", main.shape, scale=main.scale)


@pytest.mark.parametrize("outlier", [65535, 30_000])
def test_a_few_numbers_far_out_do_not_make_all_others_black(outlier: int, tmp_path: Path) -> None:
    def make(i: int) -> bytes:
        values = drawn(i, 200, 260, 40, 40)
        if i == 3:
            values[0, 0] = outlier
        return png(values)

    main, _ = read_images(written(tmp_path, make))
    assert len(np.unique(main.images)) > 40
    assert any("far from all others" in note for note in main.notes)


def black_and_white(i: int) -> bytes:
    return coded(Image.fromarray(noise(i, 9, 9) > 127))


@pytest.mark.parametrize(
    ("make", "levels"),
    [
        (black_and_white, "2 grey levels: 0, 255"),
        (lambda i: coded((noise(i, 9, 9) > 99).astype(np.uint8)), "2 grey levels: 0, 1"),
        (lambda i: coded(noise(i, 9, 9) % 4), "4 grey levels: 0, 1, 2, 3"),
        (lambda i: png(noise(i, 9, 9) % 3), "3 grey levels: 0, 128, 255"),
        (lambda i: colour((noise(i, 9, 9, 3) > 99) * 65535), "2 grey levels: 0, 255"),
    ],
)
def test_sets_that_have_few_levels_are_read_and_said(
    make: Make, levels: str, tmp_path: Path
) -> None:
    main, _ = read_images(written(tmp_path, make))
    assert any(levels in note for note in main.notes)


def two_far_ends(i: int) -> bytes:
    """Numbers around 5 and around 50,000: what differs among either is lost."""
    return png(drawn(i, 0, 9) + 50_000 * (np.arange(81).reshape(9, 9) < 8 * i))


def hidden(i: int) -> bytes:
    """A white shape on a ground that is transparent."""
    rgba = np.full((9, 9, 4), 255, np.uint8)
    rgba[..., 3] = noise(i, 9, 9)
    return coded(Image.fromarray(rgba, "RGBA"))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (hidden, "turn white"),
        (lambda i: colour(drawn(i, 200, 700, 9, 9, 3)), "left with 3 grey levels"),
        (lambda i: colour(drawn(i, 0, 250, 9, 9, 3)), "turn black"),
        (two_far_ends, "left with 2 grey levels"),
    ],
)
def test_sets_that_become_black_white_or_of_few_levels_are_refused(
    make: Make, says: str, tmp_path: Path
) -> None:
    written(tmp_path, make)
    with pytest.raises(ImageError, match=says) as caught:
        read_images(tmp_path)
    assert caught.value.fix


def test_colour_of_16_bits_that_fills_its_range_is_read_and_said(tmp_path: Path) -> None:
    main, _ = read_images(written(tmp_path, lambda i: colour(drawn(i, 0, 65535, 9, 9, 3))))
    wanted = drawn(0, 0, 65535, 9, 9, 3).astype(np.uint16) >> 8
    np.testing.assert_array_equal(main.images[0], wanted)
    assert any("the high 8 were taken" in note for note in main.notes)


# ---- arrays --------------------------------------------------------------------------------------
STANDARD = np.random.Generator(np.random.PCG64(5)).normal(0, 1, (N, 6, 5, 3))
ARRAYS: dict[str, tuple[np.ndarray, PixelScale]] = {
    "bytes": (noise(0, N, 6, 5, 3), PixelScale()),
    "ints": (noise(0, N, 6, 5, 3).astype(np.int64), PixelScale()),
    "unit": (noise(0, N, 6, 5, 3) / 255, PixelScale("floats", 0, 1, 0, 1)),
    "unit32": (noise(0, N, 6, 5, 3).astype(np.float32) / 255, PixelScale("floats", 0, 1, 0, 1)),
    "signed": (noise(0, N, 6, 5, 3) / 127.5 - 1, PixelScale("floats", -1, 1, -1, 1)),
    "255": (noise(0, N, 6, 5, 3) * 0.999, PixelScale("floats", 0, 255, 0, 254.745)),
    "standard": (STANDARD, PixelScale("floats", *[STANDARD.min(), STANDARD.max()] * 2)),
    "uint16": (noise(0, N, 6, 5, 3).astype(np.uint16) * 9, PixelScale("whole", 0, 2295, 0, 2295)),
    "int16": (
        noise(0, N, 6, 5, 3).astype(np.int16) * 16 - 1000,
        PixelScale("whole", -1000, 3080, -1000, 3080),
    ),
    "small": (noise(0, N, 6, 5, 3) / 5100, PixelScale("floats", 0, 0.05, 0, 0.05)),
}
CODES = np.arange(N) % 2


class Pairs(Dataset):  # type: ignore[type-arg]
    def __init__(self, images: np.ndarray) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int) -> tuple[Any, int]:
        return torch.from_numpy(self.images[i]), int(CODES[i])


def task(data: Any, y: Any = CODES, test: Any = None) -> Task:
    return handed_task(Handed(data, y, test), parse_options({}))


@pytest.mark.parametrize("name", ARRAYS)
def test_the_scale_of_arrays_is_decided_on_the_whole_set(name: str) -> None:
    array, scale = ARRAYS[name]
    found = to_images(array, CODES)
    assert (found.scale.kind, found.scale.low) == (scale.kind, pytest.approx(scale.low))
    assert found.scale.high == pytest.approx(scale.high)
    wanted = (array.astype(float) - scale.low) * 255 / (scale.high - scale.low)
    assert np.abs(found.images - wanted).max() <= 0.51
    said = any("became black (0)" in note for note in found.notes)
    assert said == (scale.kind != "bytes" and name != "255")


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_and_datasets_of_them_are_one_task(name: str) -> None:
    array, _ = ARRAYS[name]
    tasks = [task(array), task(Pairs(array), None)] if name != "uint16" else [task(array)]
    assert len({one.info.fingerprint for one in tasks}) == 1
    assert len({one.info.scale for one in tasks}) == 1
    again = from_arrays(*to_arrays(tasks[0]))
    assert again.info.scale == tasks[0].info.scale
    assert keys.loads(PixelScale, keys.dumps(again.info.scale)) == tasks[0].info.scale


@pytest.mark.parametrize("name", ARRAYS)
def test_one_image_and_a_batch_agree_in_predict_and_in_the_code(name: str) -> None:
    """The darkest image alone is read as among all others."""
    array, _ = ARRAYS[name]
    array = array.copy()
    array[7] = array[7] * 0 + array.min()
    array[8] = array[7] + (array[8] - array.min()) * 0.02
    made = task(array)
    shape, scale = (6, 5, 3), made.info.scale
    every = new_images(array, shape, scale)
    np.testing.assert_array_equal(every, made.samples[IMAGES])
    encoder = encode.fit(made, made.folds[0].train)
    about = {
        "encoder": keys.to_plain(encoder),
        "reading": keys.to_plain(serve.reading(made, {})),
    }
    wanted = encode.transform(encoder, {IMAGES: every}, encoder.inputs)
    np.testing.assert_array_equal(runtime.encode(about, array).numpy(), wanted)
    for i in (3, 7, 8):
        one = new_images(array[i : i + 1], shape, scale)
        np.testing.assert_array_equal(one, every[i : i + 1])
        np.testing.assert_array_equal(new_images([array[i]], shape, scale), one)
        np.testing.assert_array_equal(runtime.encode(about, array[i : i + 1]).numpy()[0], wanted[i])


WRONG = [
    ("bytes", "unit", "bytes from 0 to 255"),
    ("bytes", "signed", "bytes from 0 to 255"),
    ("bytes", "standard", "bytes from 0 to 255"),
    ("bytes", "uint16", "bytes from 0 to 255"),
    ("unit", "255", "the scale from 0 to 1"),
    ("unit", "standard", "the scale from 0 to 1"),
    ("signed", "255", "the scale from -1 to 1"),
    ("signed", "standard", "the scale from -1 to 1"),
    ("255", "unit", "the scale from 0 to 255"),
    ("255", "standard", "the scale from 0 to 255"),
    ("standard", "255", "hold numbers from -"),
    ("standard", "bytes", "hold numbers from -"),
    ("uint16", "bytes", "from 0 to 2295"),
    ("int16", "bytes", "from -1000 to 3080"),
    ("small", "unit", "from 0 to 0.05"),
]


@pytest.mark.parametrize(("trained", "given", "says"), WRONG)
def test_numbers_of_another_scale_are_refused_by_the_study_and_by_its_code(
    trained: str, given: str, says: str
) -> None:
    made, array = task(ARRAYS[trained][0]), ARRAYS[given][0]
    for data in (array, list(array)):
        with pytest.raises(ImageError, match=says) as caught:
            new_images(data, (6, 5, 3), made.info.scale)
        assert caught.value.fix
    encoder = encode.fit(made, made.folds[0].train)
    about = {"encoder": keys.to_plain(encoder), "reading": keys.to_plain(serve.reading(made, {}))}
    with pytest.raises(ValueError, match=says):
        runtime.encode(about, array)
    with pytest.raises(ImageError, match=says):
        task(ARRAYS[trained][0], CODES, (array, CODES))


@pytest.mark.parametrize("name", ["unit", "signed", "255"])
def test_bytes_have_their_place_on_scales_that_pictures_are_shown_by(name: str) -> None:
    made = task(ARRAYS[name][0])
    pixels = ARRAYS["bytes"][0]
    np.testing.assert_array_equal(new_images(pixels, (6, 5, 3), made.info.scale), pixels)
    np.testing.assert_array_equal(
        new_images(list(map(Image.fromarray, pixels)), (6, 5, 3), made.info.scale), pixels
    )


def test_a_little_beyond_the_range_is_clipped() -> None:
    made = task(STANDARD)
    more = np.full((1, 6, 5, 3), STANDARD.max() + 0.5)
    assert (new_images(more, (6, 5, 3), made.info.scale) == 255).all()
    with pytest.raises(ImageError):
        new_images(more + 9, (6, 5, 3), made.info.scale)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_missing_or_infinite_are_refused(odd: float) -> None:
    array = ARRAYS["unit"][0].copy()
    scale = task(array).info.scale
    array[4, 0, 0, 0] = odd
    for broken in (lambda: task(array), lambda: new_images(array, (6, 5, 3), scale)):
        with pytest.raises(ImageError, match="missing or infinite"):
            broken()
    with pytest.raises(ImageError, match="image 5"):
        task(Pairs(array), None)


def test_a_dataset_of_bytes_and_floats_is_refused_by_name() -> None:
    class Mixed(Pairs):
        def __getitem__(self, i: int) -> tuple[Any, int]:
            image, label = super().__getitem__(i)
            return (image / 255 if i == 2 else image), label

    with pytest.raises(ImageError, match=r"image 3 holds floats and image 1 holds bytes"):
        to_images(Mixed(ARRAYS["bytes"][0]))


def test_tensors_that_were_computed_with_are_read() -> None:
    tensor = torch.from_numpy(ARRAYS["unit"][0]).requires_grad_()
    np.testing.assert_array_equal(to_images(tensor, CODES).images, ARRAYS["bytes"][0])
    sparse = tensor.detach().to_sparse()
    np.testing.assert_array_equal(to_images(sparse, CODES).images, ARRAYS["bytes"][0])
    rough = to_images(tensor.detach().to(torch.bfloat16), CODES)
    assert np.abs(rough.images.astype(int) - ARRAYS["bytes"][0]).max() <= 1


def test_an_npz_has_one_scale_for_training_and_test(tmp_path: Path) -> None:
    array = ARRAYS["unit"][0]
    parts = {"x_train": array[:50], "y_train": CODES[:50], "y_test": CODES[50:]}
    np.savez(tmp_path / "s.npz", x_test=array[50:] * 0.003, **parts)
    _, test = read_images(tmp_path / "s.npz")
    assert test is not None
    assert test.images.max() <= 1
    np.savez(tmp_path / "t.npz", x_test=array[50:] * 255, **parts)
    with pytest.raises(ImageError, match="the scale from 0 to 1"):
        read_images(tmp_path / "t.npz")


# ---- what earlier versions wrote ----------------------------------------------------------------
def test_studies_that_recorded_no_scale_read_as_they_did(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png(noise(1, 9, 9).astype(int) * 256 + 255))
    _, image, _ = read_unlabelled(tmp_path / "x.png", (9, 9, 1))
    np.testing.assert_array_equal(image[0, ..., 0], noise(1, 9, 9))
    pixels = noise(0, 3, 6, 5, 3)
    np.testing.assert_array_equal(new_images(pixels / 255, (6, 5, 3)), pixels)
    np.testing.assert_array_equal(new_images(list(pixels / 255.0), (6, 5, 3)), pixels)
    images = ImageSet("x", "", "", noise(0, N, 6, 5, 3), tuple("ab" * (N // 2)))
    about = {"encoder": asdict(encode.fit(image_task(images), np.arange(9))), "reading": {}}
    assert runtime.encode(about, pixels).shape == (3, 90)
    with pytest.raises(ValueError, match="uint8 images"):
        runtime.encode(about, pixels / 255)
