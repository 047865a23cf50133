"""One image file to pixels: decided by its content, turned as its camera says, made to fit.

JPEG, PNG, BMP, WebP, TIFF and PPM are read, by Pillow. An image is grey where its file stores one
channel; the high bytes of 16 bits are taken; CMYK, palettes and other colours become RGB; what is
transparent is laid on white; of several frames or pages the first is taken.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, HowdeepError, ImageError, LimitError
from howdeep.base.limits import MAX_PAGES, MAX_PIXELS
from howdeep.base.words import show

FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM")
READ = "JPEG, PNG, BMP, WebP, TIFF and PPM are read"
SKIP = "remove it, or say --skip-unreadable to leave such files out"
ORIENTATION = 0x0112  # the EXIF tag: how the camera was held
TIFF_SIZE = (256, 257)  # the tags of width and height
TURNED = (5, 6, 7, 8)  # its values that exchange height and width
OTHERS = (  # what is often found where an image should be
    (b"GIF8", "a GIF"),
    (b"%PDF", "a PDF"),
    (b"%!PS", "PostScript"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "XML, as SVG drawings are"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip-compressed"),
)


@dataclass(frozen=True)
class Header:
    """What a file says of its image before it is decoded; sizes as it is to be seen."""

    height: int
    width: int
    grey: bool
    several: bool  # frames or pages


def header(data: bytes, shown: str) -> Header:
    """Size and kind of the image in `data`, not yet decoded.

    Raises:
        ImageError: no image that is read, or a damaged one.
        LimitError: more than `MAX_PIXELS` pixels or `MAX_PAGES` pages, or swelling metadata.
        ConfigError: Pillow is not installed.
    """
    with _guard(shown):
        image = _open(data, shown)
        width, height = image.size
        if image.format == "TIFF":  # some versions of Pillow have turned its size already
            width, height = (int(image.tag_v2[tag]) for tag in TIFF_SIZE)
        if _orientation(image) in TURNED:
            width, height = height, width
        return Header(height, width, is_grey(image.mode), _several(image, shown))


def pixels(data: bytes, shown: str, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """The image in `data` at `shape` (H, W, C).

    Raises:
        ImageError, LimitError, ConfigError: as `header`.
    """
    with _guard(shown):
        from PIL import ImageOps

        image = _open(data, shown)
        _several(image, shown)
        image.load()
        if _orientation(image) != 1:
            image = ImageOps.exif_transpose(image)
        return fitted(image, shown, shape)


def fitted(image: Any, shown: str, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """A decoded PIL image at `shape` (H, W, C): the centre of its longer side, scaled.

    Scaled with Pillow's bilinear filter, which averages where it makes smaller.
    """
    height, width, channels = shape
    image = _coloured(image, shown, "L" if channels == 1 else "RGB")
    if image.size != (width, height):
        from PIL.Image import Resampling

        box = _centre(image.width, image.height, width, height)
        image = image.resize((width, height), Resampling.BILINEAR, box)
    return np.asarray(image, dtype=np.uint8).reshape(shape)


def _centre(w: int, h: int, width: int, height: int) -> tuple[float, float, float, float]:
    """The largest part of w x h in the middle that has the proportions width : height."""
    scale = min(w / width, h / height)
    left, top = (w - width * scale) / 2, (h - height * scale) / 2
    return left, top, left + width * scale, top + height * scale


def _coloured(image: Any, shown: str, mode: str) -> Any:
    """The image in `mode` L or RGB: 8 bits a channel, nothing transparent."""
    from PIL import Image

    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 0xFFFF:
            raise ImageError(f"{shown} has more than 16 bits a channel", "save it with 8 bits")
        high = np.empty(values.shape, np.uint8)
        np.right_shift(values, 8, out=high, casting="unsafe")  # without a copy of four bytes each
        image = Image.fromarray(high)
    elif image.mode == "F":
        raise ImageError(f"{shown} has floating-point pixels", "save it with 8 bits a channel")
    if image.mode.endswith(("A", "a")) or "transparency" in image.info:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    return image if image.mode == mode else image.convert(mode)


def _open(data: bytes, shown: str) -> Any:
    Image = pillow()
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    other = next((kind for magic, kind in OTHERS if start.startswith(magic.lower())), "")
    if other or not data.strip():
        raise ImageError(f"{shown} is {other or 'empty'}; {READ}", SKIP)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.UnidentifiedImageError:
        raise ImageError(f"{shown} is not an image, or damaged; {READ}", SKIP) from None
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise LimitError(_too_large(shown, f"{width:,} x {height:,}"), "make it smaller")
    return image


def _too_large(shown: str, size: str) -> str:
    return f"{shown} has {size} pixels; the limit is {MAX_PIXELS:,}"


def is_grey(mode: str) -> bool:
    """Whether a PIL mode is of one channel of light."""
    return mode in ("1", "L", "LA", "La", "F") or mode.startswith("I")


def _orientation(image: Any) -> int:
    return int(image.getexif().get(ORIENTATION, 1) or 1)


def _several(image: Any, shown: str) -> bool:
    """Whether the file has more than one frame or page; pages are counted as far as allowed."""
    frames = 1
    if image.format == "TIFF":
        try:
            image.seek(MAX_PAGES)
            frames = MAX_PAGES + 1
        except EOFError:
            image.seek(0)
    elif image.format in ("PNG", "WEBP"):
        frames = getattr(image, "n_frames", 1)
    if frames > MAX_PAGES:
        fix = "take the pages that are meant"
        raise LimitError(f"{shown} has more than {MAX_PAGES:,} pages or frames", fix)
    return bool(getattr(image, "is_animated", False))


@contextmanager
def _guard(shown: str) -> Iterator[None]:
    """Whatever Pillow raises for a damaged file becomes one of our errors; it warns of nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except HowdeepError:
        raise
    except Exception as error:  # decoders raise ValueError, SyntaxError, struct.error and others
        said = str(error)
        if isinstance(error, MemoryError) or "DecompressionBomb" in type(error).__name__:
            raise LimitError(_too_large(shown, "too many"), "make it smaller") from None
        if "too large" in said or "MAX_TEXT" in said:
            raise LimitError(
                f"{shown} holds metadata that swell: {show(said)}", "save it without metadata"
            ) from None
        raise ImageError(f"{shown} cannot be decoded: {show(said)}", SKIP) from None


def pillow() -> Any:
    """PIL.Image.

    Raises:
        ConfigError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise ConfigError(
            "Pillow is not installed, which reads image files", 'pip install "howdeep[images]"'
        ) from None
    return Image
