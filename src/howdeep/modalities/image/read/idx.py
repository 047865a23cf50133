"""IDX files, the format of MNIST, gzipped or not: one file of images and one of labels a part.

Format: two zero bytes, the type (0x08: bytes), the number of dimensions, each dimension as a
big-endian 32-bit number, then the values (Y. LeCun, C. Cortes, C. Burges, The MNIST database).
"""

from __future__ import annotations

import io
import math
import os
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ArchiveError, ImageError, LimitError
from howdeep.base.limits import MAX_IMAGE_BYTES
from howdeep.base.words import listed, show_path
from howdeep.data.read.files import opened
from howdeep.data.read.inflate import MAGIC as GZIP
from howdeep.data.read.inflate import Inflated

BYTES = 0x08  # the type of the values
NAMING = "name them as MNIST does: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-..."
Reader = io.BufferedReader | Inflated


def is_idx(head: bytes) -> bool:
    """Whether a file's first bytes are those of an IDX file."""
    return len(head) >= 4 and head[:2] == b"\0\0" and head[2] in range(8, 15) and 0 < head[3] < 5


def read_idx(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """The array in an IDX file of bytes, by its own dimensions.

    Raises:
        ImageError: no IDX file of bytes, or one that is longer or shorter than it says.
        LimitError: it claims too much, or swells.
    """
    shown = show_path(os.fspath(path))
    with opened(path) as (file, _):
        packed = file.read(2) == GZIP
        file.seek(0)
        try:
            return _array(Inflated(file, shown) if packed else file, shown)  # type: ignore[arg-type]
        except ArchiveError as error:
            raise ImageError(error.what, error.fix) from None


def _array(file: Reader, shown: str) -> NDArray[np.uint8]:
    head = file.read(4)
    if not is_idx(head) or head[2] != BYTES:
        raise ImageError(f"{shown} begins with {head.hex() or 'nothing'}: no IDX of bytes", NAMING)
    sizes = file.read(4 * head[3])
    if len(sizes) != 4 * head[3]:
        raise ImageError(f"{shown} is cut off in its header", "download it again")
    shape = struct.unpack(f">{head[3]}I", sizes)
    size = math.prod(shape)
    if size > MAX_IMAGE_BYTES:
        raise LimitError(f"{shown} claims {size:,} bytes; the limit is {MAX_IMAGE_BYTES:,}", NAMING)
    parts = []
    left = size + 1  # one more than it says: what is too long is noticed, never followed
    while left and (part := file.read(min(left, 1 << 20))):
        parts.append(part)
        left -= len(part)
    data = b"".join(parts)
    if len(data) != size:
        many = "more" if len(data) > size else f"{len(data):,}"
        raise ImageError(f"{shown} says it has {size:,} values and has {many}", "download it again")
    return np.frombuffer(data, np.uint8).reshape(shape)


def find_pairs(files: Mapping[str, int]) -> tuple[tuple[str, str], tuple[str, str] | None]:
    """Names of images and labels to learn from, and those of the test, if any.

    `files`: {name: number of dimensions} of the IDX files of a folder.

    Raises:
        ImageError: they cannot be told apart by their names.

    >>> find_pairs({"a-images.idx": 3, "a-labels.idx": 1})
    (('a-images.idx', 'a-labels.idx'), None)
    """
    images = [name for name, dims in files.items() if dims > 1]
    labels = [name for name, dims in files.items() if dims == 1]
    tests = [[n for n in part if n.startswith(("t10k", "test"))] for part in (images, labels)]
    mains = [[n for n in part if n not in tests[i]] for i, part in enumerate((images, labels))]
    if len(mains[0]) != 1 or len(mains[1]) != 1 or len(tests[0]) != len(tests[1]) or tests[0][1:]:
        raise ImageError(f"the IDX files {listed(files)} are no pairs", NAMING)
    test = (tests[0][0], tests[1][0]) if tests[0] else None
    return (mains[0][0], mains[1][0]), test


def label_file(images: Path) -> Path:
    """The file of labels that belongs to a file of images, by its name.

    Raises:
        ImageError: there is none next to it.
    """
    wanted = images.name.replace("images", "labels").replace("idx3", "idx1")
    there = [images.with_name(n) for n in (wanted, wanted + ".gz", wanted.removesuffix(".gz"))]
    found = next((file for file in there if file.exists() and file != images), None)
    if found is None:
        raise ImageError(f"{show_path(str(images))} has no labels next to it ({wanted})", NAMING)
    return found
