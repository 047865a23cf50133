"""Small real tasks and groups for tests that train nets."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from howdeep.base.nouns import Inputs, Plan, Recipe, Rung, Stage, TaskInfo
from howdeep.base.trials import Group, Member
from howdeep.data.task import Fold, Task, View
from howdeep.modalities.image.samples import IMAGES, STANDARD
from howdeep.modalities.table.samples import CODES, NUMBERS, OWN, Names
from howdeep.nets import families
from howdeep.route import planning as route
from howdeep.route.options import Planning
from howdeep.route.planning import Fixed, Record

CLASSES = ("a", "b", "c")


def task(rows: int = 800, columns: int = 5, kind: str = "classification", folds: int = 1) -> Task:
    """sin(2 x0) + x1 x2, as three classes or as a number; the other columns are noise."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, columns))
    signal = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2]
    classes = kind == "classification"
    info = TaskInfo(
        name="toy",
        fingerprint="0" * 64,
        kind=kind,  # type: ignore[arg-type]
        metric="accuracy" if classes else "mse",
        scheme="holdout" if folds == 1 else "folds",
        classes=CLASSES if classes else (),
        target="y",
        features=tuple((f"x{i}", "number") for i in range(columns)),
        rows=(("all", rows),),
        select_rows=rows // 5,
        test_rows=rows // 5,
        modality="table",
    )
    every = np.arange(rows)
    return Task(
        info=info,
        samples={NUMBERS: x, CODES: np.zeros((rows, 0), dtype=np.int64)},
        names=Names(tuple(f"x{i}" for i in range(columns)), (), ()),
        target=np.digitize(signal, [-0.5, 0.5]).astype(np.int64) if classes else signal,
        weights=None,
        folds=_holdout(every) if folds == 1 else _folds(every, folds),
        test=every[-(rows // 5) :],
        encoding=OWN,
    )


def task_for(family: str, rows: int = 800, kind: str = "classification") -> Task:
    """A task that nets of this family can be trained on."""
    images = families.family(family).kind.needs == "images"
    return image_task(rows, kind=kind) if images else task(rows, kind=kind)


def image_task(
    rows: int = 900,
    side: int = 8,
    channels: int = 1,
    folds: int = 1,
    kind: str = "classification",
) -> Task:
    """A bright bar somewhere, lying, standing or slanting: no single pixel says which."""
    rng = np.random.default_rng(0)
    slant = rng.integers(0, 3, rows)
    images = rng.integers(0, 80, (rows, side, side, channels)).astype(np.uint8)
    steps = ((0, 1), (1, 0), (1, 1))
    for i, (dy, dx) in enumerate(steps[k] for k in slant):
        y, x = rng.integers(0, side - 3, 2)
        for j in range(4):
            images[i, y + j * dy, x + j * dx] = 220
    base = task(rows, kind=kind, folds=folds)
    shape = (side, side, channels)
    info = replace(
        base.info,
        name="bars",
        features=(("image", "image"),),
        shape=shape,
        modality="image",
    )
    return replace(
        base,
        info=info,
        samples={IMAGES: images},
        names=(),
        target=slant if kind == "classification" else slant.astype(np.float64),
        encoding=STANDARD,
    )


def _holdout(every: np.ndarray) -> tuple[Fold, ...]:
    n = len(every)
    train, val, select, _ = np.split(every, [n // 2, n * 6 // 10, n * 8 // 10])
    return (Fold(train, (View(val, select),), tune_train=train, tune_val=val),)


def _folds(every: np.ndarray, count: int) -> tuple[Fold, ...]:
    rest = every[: -(len(every) // 5)]
    out = []
    for f in range(count):
        held = rest[f::count]
        train = np.setdiff1d(rest, held)
        one, other = held[::2], held[1::2]
        cut = len(train) * 4 // 5
        views = (View(one, other), View(other, one))
        out.append(Fold(train, views, tune_train=train[:cut], tune_val=train[cut:]))
    return tuple(out)


def group(
    toy: Task,
    inputs: Inputs,
    family: str = "resmlp",
    blocks: int = 2,
    members: tuple[tuple[int, int], ...] = ((0, -7),),
    *,
    width: int = 16,
    steps: int = 100,
    stage: Stage = "main",
    patience: int = 12,
) -> Group:
    """`members` are (seed, rate) pairs; the rate is an exponent of two."""
    return Group(
        stage=stage,
        cell=f"{family}-{blocks}",
        rung=Rung(family, blocks, width, inputs, toy.outputs),
        members=tuple(Member(seed, (rate,) * len(toy.folds)) for seed, rate in members),
        fingerprint=toy.info.fingerprint,
        recipe=Recipe(batch=32, max_steps=steps, evaluate_every=25, patience=patience, warmup=20),
        seed=0,
    )


def begin(task: Task, **said: Any) -> tuple[Plan, Task]:
    """The plan and the task of `route.begin`, from fields of `Planning` and `Fixed` by their names.

    Classical models are left out unless they are said: None is all that there are.
    """
    words = {"rivals": ("none",)} | said
    parts = []
    for part in (Planning, Fixed, Record):
        names = {one.name for one in fields(part)}
        parts.append(part(**{name: words.pop(name) for name in names & set(words)}))
    assert not words, f"no field is called {set(words)}"
    return route.plan_study(task, *parts)  # type: ignore[arg-type]
