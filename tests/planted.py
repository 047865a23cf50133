"""Ladders with a planted truth: a plan, trials, and row scores held in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from howdeep.base.nouns import (
    Cell,
    Cost,
    Inputs,
    Ladder,
    Plan,
    RateSearch,
    Recipe,
    Rung,
    Stage,
    TaskInfo,
)
from howdeep.base.trials import Trial
from howdeep.stats.layout import Layout
from howdeep.stats.looks import schedule

INPUTS = Inputs(8, 8, 8)


def cell(family: str, blocks: int, width: int = 32) -> Cell:
    layers = 1 + blocks * (2 if family == "resmlp" else 1)
    rung = Rung(family, blocks, width, INPUTS, 2)
    return Cell(rung, Cost(layers, 10 + layers * width * width, 1e4 * layers))


def plan(
    depths: Sequence[int] = (0, 1, 2, 4, 8),
    families: Sequence[str] = ("resmlp",),
    *,
    max_seeds: int = 20,
    extend_to: int = 0,
    epsilon: float = 0.5,
    **changes: object,
) -> Plan:
    """A plan whose cells are all that may be trained, extension by doubling included."""
    every = [d for d in depths if d]
    while extend_to and every[-1] * 2 <= extend_to:
        every.append(every[-1] * 2)
    cells = [cell(families[0], 0)] if 0 in depths else []
    cells += [cell(f, d) for f in families for d in every]
    looks, spending = schedule(max_seeds)
    info = TaskInfo(
        name="planted",
        fingerprint="0" * 64,
        kind="classification",
        metric="accuracy",
        scheme="holdout",
        classes=("no", "yes"),
        target="y",
        features=(("a", "number"),),
        rows=(("all", 1000),),
        select_rows=400,
        test_rows=100,
        modality="table",
    )
    fields: dict[str, object] = {
        "task": info,
        "seed": 0,
        "ladders": tuple(
            Ladder(f, tuple(depths), extend_to, 8, Recipe(64, 100, 25), RateSearch())
            for f in families
        ),
        "cells": tuple(sorted(cells, key=lambda c: c.order)),
        "epsilon": epsilon,
        "confidence": 0.95,
        "looks": looks,
        "spending": spending,
        "folds": 1,
        "tune_rows": 80,
        "allowance": 1e12,
        "flops_planned": 1e9,
        "train_rows": 200,
        "train_rows_full": 200,
    }
    return Plan(**(fields | changes))  # type: ignore[arg-type]


def trial(
    at: Cell, seed: int, *, stage: Stage = "main", val: float = 50.0, **changes: object
) -> Trial:
    """One net's record, unremarkable but for what `changes` say."""
    made = Trial(
        key=f"{stage}/{at.name}/{seed}",
        group=f"{stage}/{at.name}",
        stage=stage,
        cell=at.name,
        rung=at.rung,
        seed=seed,
        rates=(-7,),
        val=(val,),
        tie=(-0.5,),
        floor=(10.0,),
        train=(60.0,),
        steps=(100,),
        best_step=(75,),
        capped=0,
        nonfinite=0,
        flops=at.cost.flops,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


class Memory:
    """Trials with their rows; what a study gives the judge, without the disk."""

    def __init__(self, rows: int = 40, constant: float = 10.0) -> None:
        self.trials: list[Trial] = []
        self.rows = {("", part): np.full(rows, constant) for part in ("select", "test")}

    def put(self, trial: Trial, select: np.ndarray, test: np.ndarray | None = None) -> None:
        self.trials.append(trial)
        self.rows[trial.key, "select"] = select
        self.rows[trial.key, "test"] = select if test is None else test

    def trial(self, trial: Trial, part: str) -> np.ndarray:
        return self.rows[trial.key, part.removeprefix("net.")]

    def constant(self, part: str) -> np.ndarray:
        return self.rows["", part]

    def layout(self) -> Layout:
        return Layout()


def ladder(
    plan: Plan,
    means: dict[str, float],
    *,
    sd: float | dict[str, float] = 0.1,
    seeds: int | dict[str, int] | None = None,
    rows: int = 40,
    row_sd: float = 0.5,
    draw: int = 0,
    cells: Iterable[str] | None = None,
) -> Memory:
    """Scores mean + seed effect + row effect (shared by cells and own) + rest, all Gaussian."""
    out = Memory(rows)
    rng = np.random.default_rng(draw)
    shared = rng.normal(0, 5, rows)
    for at in plan.cells:
        own = rng.normal(0, row_sd, rows)
        n = plan.looks[-1]
        effect = rng.normal(0, 1, n) * (sd[at.name] if isinstance(sd, dict) else sd)
        rest = rng.normal(0, row_sd, (n, rows))
        if at.name not in means or (cells is not None and at.name not in cells):
            continue
        n = n if seeds is None else seeds if isinstance(seeds, int) else seeds[at.name]
        for s in range(n):
            z = means[at.name] + shared + own + effect[s] + rest[s]
            out.put(trial(at, s, val=means[at.name]), z)
    return out
