"""One image file to pixels: decided by its content, turned as its camera says, made to fit.

JPEG, PNG, GIF, BMP, WebP, TIFF and PPM are read, by Pillow. An image is grey where its file stores
one channel; numbers of more than 8 bits become bytes by the study's scale (`levels`); CMYK,
palettes and other colours become RGB; what is transparent is laid on white; animations and files of
several pages are refused, as nothing says which picture is meant.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, HowdeepError, ImageError, LimitError
from howdeep.base.limits import MAX_PAGES, MAX_PIXELS
from howdeep.base.nouns import PixelScale
from howdeep.base.words import show
from howdeep.modalities.image.read.levels import to_bytes
from howdeep.modalities.image.scaling import FIXED

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
READ = "JPEG, PNG, GIF, BMP, WebP, TIFF and PPM are read"
SKIP = "remove it, or say --skip-unreadable to leave such files out"
ORIENTATION = 0x0112  # the EXIF tag: how the camera was held
UNSIGNED = "howdeep: unsigned"  # in `info` of images whose numbers have no sign
TIFF_SIZE = (256, 257)  # the tags of width and height
SUBFILE = 254  # the TIFF tag of what a page is: with the first bit, a smaller copy of another
TURNED = (5, 6, 7, 8)  # its values that exchange height and width
OTHERS = (  # what is often found where an image should be
    (b"%PDF", "a PDF"),
    (b"%!PS", "PostScript"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "XML, as SVG drawings are"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip-compressed"),
    (b"8BPS", "a Photoshop file"),
    (b"\0\0\0\x0cjP", "JPEG 2000"),
    (b"\0\0\1\0", "an icon"),
    (b"DICM", "DICOM"),
    (b"version https://git-lfs", "a Git LFS pointer (git lfs pull fetches the file)"),
    (b"\x89HDF", "HDF5"),
)
BRANDS = {  # what ISO files say of themselves, behind "ftyp"
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"heim": "HEIC",
    b"hevc": "HEIC",
    b"mif1": "HEIC",
    b"msf1": "HEIC",
    b"avif": "AVIF",
    b"avis": "AVIF",
}
CONVERT = "save it as PNG or JPEG, or say --skip-unreadable to leave such files out"
Depth = Literal["bytes", "whole", "wide", "floats"]  # as `PixelScale.kind`
DEPTHS: dict[str, str] = {
    "bytes": "8 bits a channel",
    "whole": "more than 8 bits a pixel",
    "wide": "16 bits a channel, in colour",
    "floats": "floating-point pixels",
}


@dataclass(frozen=True)
class Header:
    """What a file says of its image before it is decoded; sizes as it is to be seen."""

    height: int
    width: int
    grey: bool
    several: bool  # frames or pages, of which none is said to be the one that is meant
    depth: Depth = "bytes"
    alpha: bool = False  # some of it may be transparent


def header(data: bytes, shown: str) -> Header:
    """Size and kind of the image in `data`, not yet decoded.

    Raises:
        ImageError: no image that is read, or a damaged one.
        LimitError: more than `MAX_PIXELS` pixels or `MAX_PAGES` pages, or swelling metadata.
        ConfigError: Pillow is not installed.
    """
    with _guard(shown):
        image = _open(data, shown)
        depth = depth_of(image)  # which looking for EXIF, that decodes some files, forgets
        width, height = image.size
        if image.format == "TIFF":  # some versions of Pillow have turned its size already
            width, height = (int(image.tag_v2[tag]) for tag in TIFF_SIZE)
        if _orientation(image) in TURNED:
            width, height = height, width
        several, alpha = _several(image, shown), _transparent(image)
        return Header(height, width, _is_grey_file(image), several, depth, alpha)


def pixels(
    data: bytes, shown: str, shape: tuple[int, int, int], scale: PixelScale | None = None
) -> NDArray[np.uint8]:
    """The image in `data` at `shape` (H, W, C), its numbers on the study's `scale`.

    Raises:
        ImageError, LimitError, ConfigError: as `header`; numbers of another kind than the study's.
    """
    with _guard(shown):
        image = _open(data, shown)
        if scale is not None:
            check_depth(depth_of(image), scale, shown)
        _several(image, shown)
        return fitted(_loaded(image), shown, shape, scale)


def numbers(data: bytes, shown: str) -> NDArray[Any]:
    """The numbers (H, W) of a grey image of more than 8 bits.

    Raises:
        ImageError, LimitError, ConfigError: as `header`.
    """
    with _guard(shown):
        return deep(_loaded(_open(data, shown)))


def bands(data: bytes, shown: str) -> NDArray[np.uint8]:
    """Red, green, blue and opacity (H, W, 4) as the file has them.

    Raises:
        ImageError, LimitError, ConfigError: as `header`.
    """
    with _guard(shown):
        return np.asarray(_loaded(_open(data, shown)).convert("RGBA"))


def _loaded(image: Any) -> Any:
    """The image decoded and turned as its camera says."""
    from PIL import ImageOps

    unsigned = any(raw.startswith("I;32") and raw[-1] != "S" for raw in _raw_modes(image))
    image.load()
    if _orientation(image) != 1:
        image = ImageOps.exif_transpose(image)
    if unsigned:
        image.info[UNSIGNED] = True
    return image


def deep(image: Any) -> NDArray[Any]:
    """The numbers (H, W) of a PIL image of modes I and F."""
    values = np.asarray(image)
    # Pillow has no mode for whole numbers of 32 bits without a sign: their bits are those of others
    return values.view(np.uint32) if UNSIGNED in image.info else values


def depth_of(image: Any) -> Depth:
    """What numbers a PIL image, not yet decoded, is stored with."""
    if image.mode.startswith("I"):
        return "whole"
    if image.mode == "F":
        return "floats"
    codec = [(tile[0], tile[3]) for tile in getattr(image, "tile", ())]
    long = any(name == "ppm" and isinstance(a, tuple) and a[-1] > 255 for name, a in codec)
    sixteen = getattr(image, "format", "") in ("PNG", "TIFF")
    sixteen = sixteen and any(";16" in raw for raw in _raw_modes(image))
    return "wide" if long or sixteen else "bytes"


def _raw_modes(image: Any) -> list[str]:
    """What the parts of a file are stored as, in Pillow's words."""
    found = [tile[3] for tile in getattr(image, "tile", ())]
    found = [args[0] if isinstance(args, tuple) and args else args for args in found]
    return [raw for raw in found if isinstance(raw, str) and raw]


def check_depth(depth: Depth, scale: PixelScale, shown: str) -> None:
    """Refuse an image whose numbers have no place on the study's scale.

    Raises:
        ImageError: there is none.
    """
    fixed = scale.kind == "floats" and (scale.low, scale.high) in FIXED
    if depth == scale.kind or (depth == "bytes" and fixed):
        return
    what = f"{shown} has {DEPTHS[depth]}, the images to learn from have {DEPTHS[scale.kind]}"
    raise ImageError(what, "give all images with the same bits, as they were measured or saved")


def fitted(
    image: Any, shown: str, shape: tuple[int, int, int], scale: PixelScale | None = None
) -> NDArray[np.uint8]:
    """A decoded PIL image at `shape` (H, W, C): the centre of its longer side, scaled.

    Scaled with Pillow's bilinear filter, which averages where it makes smaller.
    """
    height, width, channels = shape
    image = _coloured(image, shown, "L" if channels == 1 else "RGB", scale)
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


def _coloured(image: Any, shown: str, mode: str, scale: PixelScale | None) -> Any:
    """The image in `mode` L or RGB: 8 bits a channel, nothing transparent."""
    from PIL import Image

    if scale is not None and (image.mode.startswith("I") or image.mode == "F"):
        image = Image.fromarray(to_bytes(deep(image), scale, shown))
    elif image.mode.startswith("I"):  # of a study that recorded no scale
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 0xFFFF:
            raise ImageError(f"{shown} has more than 16 bits a channel", "save it with 8 bits")
        high = np.empty(values.shape, np.uint8)
        np.right_shift(values, 8, out=high, casting="unsafe")  # without a copy of four bytes each
        image = Image.fromarray(high)
    elif image.mode == "F":
        raise ImageError(f"{shown} has floating-point pixels", "save it with 8 bits a channel")
    if _transparent(image):
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
        raise ImageError(f"{shown} is {other or 'empty'}; {READ}", CONVERT if other else SKIP)
    if data[4:8] == b"ftyp":
        kind = BRANDS.get(data[8:12], "a film or another ISO media file")
        raise ImageError(f"{shown} is {kind}; {READ}", CONVERT)
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


def _is_grey_file(image: Any) -> bool:
    """Whether a file is of one channel of light; GIFs store one as a palette."""
    if image.format == "GIF" and image.mode == "P" and image.palette and not _transparent(image):
        colours = np.frombuffer(image.palette.tobytes(), np.uint8)
        shades = colours[: len(colours) // 3 * 3].reshape(-1, 3)
        return image.palette.mode == "RGB" and bool((shades == shades[:, :1]).all())
    return is_grey(image.mode)


def _transparent(image: Any) -> bool:
    return bool(image.mode.endswith(("A", "a")) or "transparency" in image.info)


def _orientation(image: Any) -> int:
    return int(image.getexif().get(ORIENTATION, 1) or 1)


def _several(image: Any, shown: str) -> bool:
    """Whether the file has pictures of which none is said to be the one that is meant.

    Smaller copies in a TIFF and what phones add to a JPEG (MPO) are none.

    Raises:
        LimitError: more than `MAX_PAGES` frames or pages.
    """
    if image.format == "TIFF":
        return _several_pages(image, shown)
    frames = getattr(image, "n_frames", 1) if image.format in ("PNG", "WEBP", "GIF") else 1
    _check_pages(frames, shown)
    return frames > 1


def _several_pages(image: Any, shown: str) -> bool:
    """Whether a TIFF has pages that are no smaller copies; counted as far as allowed."""
    found = False
    for page in range(1, MAX_PAGES + 1):
        try:
            image.seek(page)
        except EOFError:
            break
        found = found or not int(image.tag_v2.get(SUBFILE, 0)) & 1
    else:
        _check_pages(MAX_PAGES + 1, shown)
    image.seek(0)
    return found


def refuse_several(found: Header, shown: str) -> None:
    """Refuse an animation, or a file of several pages.

    Raises:
        ImageError: it is one.
    """
    if found.several:
        what = f"{shown} has several frames or pages, and nothing says which is meant"
        raise ImageError(what, f"save that one alone, {SKIP.partition(', ')[2]}")


def _check_pages(pages: int, shown: str) -> None:
    if pages > MAX_PAGES:
        fix = "take the pages that are meant"
        raise LimitError(f"{shown} has more than {MAX_PAGES:,} pages or frames", fix)


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
