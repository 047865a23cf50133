"""What the benchmarks share: data sets, a net as a study trains it, seconds, fair turns.

No benchmark by itself. Data: the folder named by HOWDEEP_TEST_DATA (default ../shared/data).
"""

from __future__ import annotations

import argparse
import gzip
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from howdeep.base.nouns import Recipe, Rung
from howdeep.base.trials import Group, Member
from howdeep.data.cap import cap_train
from howdeep.data.compact import compact
from howdeep.data.task import Task, View
from howdeep.modalities.image import named
from howdeep.modalities.image.prepare import image_task
from howdeep.modalities.image.read import read_images
from howdeep.modalities.table import builtin
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.read import read_table
from howdeep.nets import recipe
from howdeep.trainers.fused import encoded

ROOT = Path(os.environ.get("HOWDEEP_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
ADULT = (
    "age,workclass,fnlwgt,education,education-num,marital-status,occupation,relationship,race,sex,"
    "capital-gain,capital-loss,hours-per-week,native-country,income"
)
# Tables of one file: the file, its target, and what else `howdeep run` has to be told of it.
FILES: dict[str, tuple[str, str, dict[str, bool]]] = {
    "california": ("california_housing/housing.csv", "median_house_value", {}),
    "letter": ("letter_recognition/letter.csv", "lettr", {}),
    "phoneme": ("phoneme/phoneme.csv", "-1", {"no_header": True}),
    "pima": ("pima/pima.csv", "-1", {"no_header": True}),
    "shoppers": ("online_shoppers/online_shoppers_intention.csv", "Revenue", {}),
    "wine-red": ("wine_quality/red.csv", "-1", {"no_header": True}),
    "wine-white": ("wine_quality/white.csv", "-1", {"no_header": True}),
}
# Threads wait without spinning; every library of numbers is told how many it may have.
ENVIRONMENT = {"OMP_WAIT_POLICY": "passive", "TF_CPP_MIN_LOG_LEVEL": "3"}
COUNTS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
K = TypeVar("K")
T = TypeVar("T")


# ---- data sets ----------------------------------------------------------------------------------
def adult(seed: int = 0) -> Task:
    """Incomes: a file to learn from and one to test on."""
    both = [
        read_table(ROOT / "adult" / f"{part}.csv", names=ADULT.split(","))
        for part in ("train", "test")
    ]
    return make_task(both[0], "income", test=both[1], seed=seed)


def phoneme(seed: int = 0) -> Task:
    """Nasal or oral sounds."""
    return _task("phoneme", seed)


def letter(seed: int = 0) -> Task:
    """Letters by measurements of their pictures."""
    return _task("letter", seed)


def california(seed: int = 0) -> Task:
    """Prices of houses."""
    return _task("california", seed)


def shoppers(seed: int = 0) -> Task:
    """Visits of a shop that end with a purchase, or without."""
    return _task("shoppers", seed)


def pima(seed: int = 0) -> Task:
    """Diabetes."""
    return _task("pima", seed)


def wine(seed: int = 0) -> Task:
    """White wines, their grade as a number."""
    table = read_table(ROOT / FILES["wine-white"][0], header=False)
    return make_task(table, table.names[-1], kind="regression", seed=seed)


def _task(name: str, seed: int) -> Task:
    file, target, more = FILES[name]
    table = read_table(ROOT / file, header=False if more else None)
    return make_task(table, target, seed=seed)


def columns(name: str) -> tuple[dict[str, object], str]:
    """A set of signals or images as a frame of numbers and labels, and the labels' name.

    `name`: a built-in set with "-csv", or "mnist-csv", the first 5,000 images.
    """
    if name == "mnist-csv":
        images, digits = idx("mnist", "train")
        cells = images[:5_000].reshape(5_000, -1).astype(float)
        frame: dict[str, object] = {f"p{i}": cells[:, i] for i in range(cells.shape[1])}
        return frame | {"digit": digits[:5_000].astype(str)}, "digit"
    table = builtin.load(name.removesuffix("-csv")).table
    return {c.name: c.values for c in table.columns}, table.names[-1]


def idx(folder: str, part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (N, 28, 28) and labels (N,) of a part, "train" or "t10k", of a set like MNIST."""
    out = []
    for kind, head in (("images-idx3", 16), ("labels-idx1", 8)):
        raw = gzip.decompress((ROOT / folder / f"{part}-{kind}-ubyte.gz").read_bytes())
        out.append(np.frombuffer(raw, np.uint8, offset=head))
    return out[0].reshape(-1, 28, 28), out[1]


def image_part(data: str, data_dir: str | None, rows: int) -> Task:
    """`rows` training rows of a named set, or of a path of images, in one hold-out split.

    2,000 rows to choose checkpoints, 3,000 that are scored, few to test.
    """
    if data in named.names():
        main, test = named.load(data, data_dir)
    else:
        main, test = read_images(data)
    task = cap_train(image_task(main, test, seed=0), rows, 0)
    fold = task.folds[0]
    kept = np.random.default_rng(0).permutation(len(fold.views[0].choose))
    choose = np.sort(fold.views[0].choose[kept[:2_000]])
    score = fold.views[0].score[:3_000]
    fold = replace(fold, views=(View(choose, score),), tune_val=choose)
    return compact(replace(task, folds=(fold,), test=task.test[:10]))


# ---- nets ---------------------------------------------------------------------------------------
def image_net(
    task: Task,
    how: Recipe,
    family: str,
    blocks: int,
    rate: int,
    seed: int,
    width: int = recipe.CONV_WIDTH,
) -> Group:
    """One net of images with the same learning rate, 2**`rate`, in every fold."""
    inputs = encoded.inputs(task, encoded.encoders(task))
    rung = Rung(family, blocks, width, inputs, task.outputs)
    member = Member(seed, (rate,) * len(task.folds))
    return Group("main", f"{family}-{blocks}", rung, (member,), "", how, 0)


# ---- seconds ------------------------------------------------------------------------------------
def timed(call: Callable[[], T], clock: Callable[[], float] = time.process_time) -> tuple[T, float]:
    """What a call gives and the seconds it took, of the processor unless told."""
    begun = clock()
    found = call()
    return found, clock() - begun


def in_turns(ways: Mapping[K, Callable[[], T]], turns: int) -> dict[K, list[T]]:
    """What every way gives in each turn: one after another, so that a busy machine harms all alike.

    >>> in_turns({"a": lambda: 1, "b": lambda: 2}, 2)
    {'a': [1, 1], 'b': [2, 2]}
    """
    found: dict[K, list[T]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            found[name].append(way())
    return found


def environment(threads: int, **more: str) -> dict[str, str]:
    """For a process of its own: this one's variables, with so many threads for every library."""
    return {**os.environ, **ENVIRONMENT, **dict.fromkeys(COUNTS, str(threads)), **more}


# ---- the command line ---------------------------------------------------------------------------
def arguments(doc: str | None) -> argparse.ArgumentParser:
    """A parser whose `--help` shows all that a benchmark's docstring says of it."""
    raw = argparse.RawDescriptionHelpFormatter
    return argparse.ArgumentParser(description=doc, formatter_class=raw)
