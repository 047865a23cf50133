"""CIFAR-10 in its binary version: records of a label and 3 x 32 x 32 bytes, red first.

Source: A. Krizhevsky (2009), Learning multiple layers of features from tiny images;
https://www.cs.toronto.edu/~kriz/cifar.html, "binary version".
"""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ImageError
from howdeep.base.words import show_path
from howdeep.data.read.members import members

SIDE = 32
RECORD = 1 + 3 * SIDE * SIDE
TEST, META = "test_batch.bin", "batches.meta.txt"
AGAIN = "download cifar-10-binary.tar.gz again"
Pair = tuple[NDArray[np.uint8], tuple[str, ...]]


def is_batch(name: str, data: bytes) -> bool:
    """Whether a file is a batch of records, by its name and its length."""
    base = name.rpartition("/")[2]
    return base.startswith("data_batch_") and base.endswith(".bin") and len(data) % RECORD == 0


def read_cifar(path: str | os.PathLike[str]) -> tuple[Pair, Pair | None]:
    """Images (N, 32, 32, 3) with labels to learn from, and those of the test batch.

    Raises:
        ImageError: batches of another size, or labels without a name.
        ArchiveError, LimitError: as `members`.
    """
    files = {n.rpartition("/")[2]: data for n, data in members(path) if data is not None}
    shown = show_path(os.fspath(path))
    names = files.get(META, b"").decode("ascii", "replace").split()
    batches = sorted(n for n in files if n.startswith("data_batch_") and n.endswith(".bin"))
    parts = [_records(files[name] or b"", names, f"{shown}, {name}") for name in batches]
    main = (np.concatenate([images for images, _ in parts]), sum((p[1] for p in parts), ()))
    test = files.get(TEST)
    return main, None if test is None else _records(test, names, f"{shown}, {TEST}")


def _records(data: bytes, names: list[str], shown: str) -> Pair:
    if not data or len(data) % RECORD:
        raise ImageError(f"{shown} is not made of records of {RECORD:,} bytes", AGAIN)
    table = np.frombuffer(data, np.uint8).reshape(-1, RECORD)
    images = table[:, 1:].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    codes = table[:, 0].tolist()
    if names and max(codes) >= len(names):
        raise ImageError(f"{shown}: label {max(codes)} has no name in {META}", AGAIN)
    labels = tuple(names[c] if names else str(c) for c in codes)
    return np.ascontiguousarray(images), labels
