"""What the numbers of images mean: decided once, on all images that are learnt from, and said.

Bytes are what they are. Floats are on the first of `scaling.FIXED` that holds all of them and of
which they use enough; other floats, and whole numbers of more than 8 bits, are scaled by the range
that they use.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ImageError
from howdeep.base.nouns import PixelScale
from howdeep.modalities.image.imageset import BYTES
from howdeep.modalities.image.scaling import FIXED, rescaled

WIDE = PixelScale("wide", 0, 0xFFFF, 0, 0xFFFF)  # colour of 16 bits: the high bytes
LEAST_USED = 1 / 8  # of a fixed scale, below which the range itself is the scale
TAIL = 0.001  # of the numbers at either end, where a few of them would set the range
LONG_TAIL = 8  # times the range without the ends: so far out are ends left out
FEW = 8  # levels
SAMPLE = 1 << 10  # numbers of each image that tell the usual range
SAMPLES = 1 << 23  # numbers in all
FIX = "give all images as bytes (0 to 255), or all with the numbers that they were measured with"
Numbers = NDArray[Any]


@dataclass
class Range:
    """What is known of the numbers of some images."""

    least: float = np.inf
    most: float = -np.inf
    whole: bool = True
    kinds: set[str] = field(default_factory=set)  # of numbers: u1, i and f
    first: dict[str, str] = field(default_factory=dict)  # the first image of each kind
    sample: list[Numbers] = field(default_factory=list)
    sampled: int = 0

    def add(self, numbers: Numbers, shown: str) -> None:
        """Take the numbers of one image or several in.

        Raises:
            ImageError: some are missing or infinite, or they are no numbers.
        """
        kind = "u1" if numbers.dtype in (np.uint8, np.bool_) else numbers.dtype.kind
        kind = "i" if kind == "u" else kind
        if kind not in ("u1", "i", "f"):
            raise ImageError(f"{shown} holds {numbers.dtype}, not numbers", FIX)
        self.kinds.add(kind)
        self.first.setdefault(kind, shown)
        if kind == "u1" and len(self.kinds) == 1:
            return  # nothing depends on what bytes are
        least, most = float(numbers.min()), float(numbers.max())
        if not (np.isfinite(least) and np.isfinite(most)):
            raise ImageError(f"{shown} holds numbers that are missing or infinite", "repair it")
        self.least, self.most = min(self.least, least), max(self.most, most)
        self.whole = self.whole and (kind == "i" or bool((numbers == np.rint(numbers)).all()))
        if self.sampled < SAMPLES:
            flat = numbers.reshape(-1)
            part = flat[:: max(1, flat.size // SAMPLE)].astype(np.float64)
            self.sample.append(part)
            self.sampled += len(part)


def range_of(images: Iterable[tuple[str, Numbers]]) -> Range:
    """The range of images, each with what it is called."""
    found = Range()
    for shown, numbers in images:
        found.add(numbers, shown)
    return found


def scale_of(found: Range, shown: str, files: bool = False) -> PixelScale:
    """What numbers of this range mean; `files`: they are stored with more than 8 bits.

    Raises:
        ImageError: bytes among other numbers, or all numbers are one.
    """
    if len(found.kinds) > 1:
        named = [f"{found.first[kind]} holds {_WORDS[kind]}" for kind in sorted(found.kinds)]
        raise ImageError(f"{shown}: {' and '.join(named)}", FIX)
    kind, least, most = next(iter(found.kinds), "u1"), found.least, found.most
    if kind == "u1" or (kind == "i" and least >= 0 and most <= 255 and not files):
        return BYTES
    if kind == "f":
        for low, high in FIXED:
            enough = most - least >= LEAST_USED * (high - low)
            lossless = high == 255 and found.whole  # whole numbers stay what they are
            if least >= low and most <= high and (enough or lossless):
                return PixelScale("floats", low, high, least, most)
    if least == most:
        raise ImageError(f"{shown}: all pixels are {least:g}", "give images that differ")
    low, high = _usual(found)
    return PixelScale("floats" if kind == "f" else "whole", low, high, least, most)


_WORDS = {"u1": "bytes", "i": "whole numbers of more bits", "f": "floats"}


def _usual(found: Range) -> tuple[float, float]:
    """The range of the numbers, without ends of few numbers that lie far outside."""
    low, high = (float(q) for q in np.quantile(np.concatenate(found.sample), (TAIL, 1 - TAIL)))
    if low < high and found.most - found.least > LONG_TAIL * (high - low):
        return low, high
    return found.least, found.most


def said(scale: PixelScale, found: Range | None = None) -> tuple[str, ...]:
    """What is to be said of how numbers became bytes."""
    if scale.kind == "bytes" or (scale.kind == "floats" and scale.high == 255 and not scale.low):
        return ()
    if scale.kind == "wide":
        return ("Of 16 bits a channel the high 8 were taken: 65,535 is white.",)
    ends = f"{scale.low:g} became black (0) and {scale.high:g} white (255)"
    if scale.kind == "floats" and (scale.low, scale.high) in FIXED:
        return (f"Floats from {scale.least:g} to {scale.most:g}: {ends}.",)
    what = "Floats" if scale.kind == "floats" else "Whole numbers of more than 8 bits"
    clipped = ""
    if (scale.low, scale.high) != (scale.least, scale.most) and found is not None:
        sample = np.concatenate(found.sample)
        share = float(((sample < scale.low) | (sample > scale.high)).mean())
        clipped = f"; numbers beyond ({share:.2%}, far from all others) became the same"
    return (
        f"{what} from {scale.least:g} to {scale.most:g}, scaled by the range that the training"
        f" images use: {ends}{clipped}. The same scale is kept for test images and in predict.",
    )


def to_bytes(numbers: Numbers, scale: PixelScale, shown: str) -> NDArray[np.uint8]:
    """Numbers as bytes, by the scale of the study.

    Raises:
        ImageError: they are not what the study's images hold.
    """
    try:
        return rescaled(numbers, dataclasses.asdict(scale))
    except ValueError as error:
        raise ImageError(f"{shown} holds {error}", _fix(scale)) from None


def _fix(scale: PixelScale) -> str:
    if scale.kind == "bytes":
        return "give bytes: of floats from 0 to 1, (x * 255).round().astype('uint8')"
    return "give images as those that the study was trained on, neither rescaled nor converted"


def held(found: Range) -> int:
    """How many different numbers images hold, as far as is known: at least so many."""
    return len(np.unique(np.concatenate(found.sample))) if found.sample else 0


def level_notes(
    images: NDArray[np.uint8], holds: Callable[[], int], shown: str, why: str
) -> tuple[str, ...]:
    """What is said of images of few grey levels; `holds`: how many what was read holds at least.

    Raises:
        ImageError: fewer than `FEW` are left of more; `why` says of what.
    """
    used = np.zeros(256, bool)
    for part in np.array_split(images, max(1, len(images) // 1_000)):
        used |= np.bincount(part.reshape(-1), minlength=256) > 0
        if used.sum() >= FEW:
            return ()
    levels = np.flatnonzero(used).tolist()
    shades = ", ".join(map(str, levels))
    held = holds()
    if held >= FEW:
        left = f"are left with {len(levels)} grey levels"
        look = {"0": "turn black", "255": "turn white"}.get(shades, left)
        raise ImageError(
            f"{shown}: the images {look} ({shades}), while what was read holds {held} levels"
            f" or more: {why}",
            "save them with 8 bits a channel, from black (0) to white (255)",
        )
    return (f"The images hold {len(levels)} grey levels: {shades}.",) if len(levels) > 1 else ()
