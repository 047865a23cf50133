"""Named tables of experiments (`needs` of a claim), read from their folder: Adult."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from howdeep.base.errors import InputError
from howdeep.claims._data import Data, Rows
from howdeep.claims._lab import Lab

FILES = {"adult": ("train.csv", "test.csv")}
NUMBERS = {"age": 0, "education-num": 4, "capital-gain": 10, "capital-loss": 11, "hours": 12}
WORDS = {"workclass": 1, "marital-status": 5, "occupation": 6, "relationship": 7, "race": 8,
         "sex": 9, "country": 13}  # fmt: skip
SEX, INCOME = 9, 14
RARE = 50  # training rows; rarer words are one column


@dataclass(frozen=True, eq=False)
class Grouped:
    """Data with the group of each test row (N,): 0 or 1."""

    data: Data
    group: NDArray[np.int64]


def there(name: str, folder: Path | None) -> bool:
    """Are all files of a named table in its folder?"""
    return folder is not None and all((folder / one).is_file() for one in FILES[name])


def adult(lab: Lab, counts: tuple[int, int, int]) -> Grouped:
    """Census income (Kohavi 1996; UCI): over 50,000 dollars is class 1; group 1 are men.

    Test rows are the first of its own test file. Left out are what a row stands for in the
    population (fnlwgt) and education in words, which its number tells. Numbers are standardised by
    the training rows, sums of money by their logarithm; words are one column each.

    Raises:
        InputError: the files are of something else, or cut short.
    """
    folder = lab.folder_of("adult")
    assert folder is not None
    main, held = (_read(folder / name) for name in FILES["adult"])
    a, b, c = counts
    if len(main) < a + b or len(held) < c:
        raise InputError(
            f"{folder}: {len(main)} and {len(held)} rows of Adult, not {a + b} and {c} or more",
            "download train.csv and test.csv of the census again",
        )
    order = lab.numpy("rows", "adult").permutation(len(main))[: a + b]
    parts = [[main[i] for i in order[:a]], [main[i] for i in order[a:]], held[:c]]
    x = _encoded(parts)
    y = [torch.tensor([">50K" in row[INCOME] for row in part]).long() for part in parts]
    rows = [Rows(own, truth) for own, truth in zip(x, y, strict=True)]
    group = np.array([row[SEX] == "Male" for row in parts[2]], dtype=np.int64)
    return Grouped(Data("adult", rows[0], rows[1], rows[2], 2), group)


def _read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file, skipinitialspace=True) if len(row) > INCOME]
    if rows and not rows[0][0].strip().isdigit():  # the names of the columns
        rows = rows[1:]
    for row in rows:
        for name, at in NUMBERS.items():
            if not row[at].strip().isdigit():
                raise InputError(
                    f"{path}: {name} is {row[at][:40]!r}, which is no whole number",
                    "download the file again",
                )
    return rows


def _encoded(parts: list[list[list[str]]]) -> list[Tensor]:
    """Columns (N, p) of each part, by what is in the first."""
    columns: list[list[NDArray[np.float64]]] = [[] for _ in parts]
    for name, at in NUMBERS.items():
        values = [np.array([float(row[at]) for row in part]) for part in parts]
        if name.startswith("capital"):
            values = [np.log1p(own) for own in values]
        mean, spread = values[0].mean(), values[0].std() or 1.0
        for found, own in zip(columns, values, strict=True):
            found.append((own - mean) / spread)
    for at in WORDS.values():
        counts = Counter(row[at] for row in parts[0])
        for word in sorted(word for word, count in counts.items() if count >= RARE):
            for found, part in zip(columns, parts, strict=True):
                found.append(np.array([row[at] == word for row in part], dtype=np.float64))
    return [torch.from_numpy(np.stack(found, 1)).float() for found in columns]
