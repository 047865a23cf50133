"""`howdeep run` with its defaults, as a user types it, on two worker processes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from howdeep.base.trials import Trial
from howdeep.base.verdicts import CellStanding, Verdict
from howdeep.store.study import Study
from searches import Answer
from searches.problem import arguments

NEEDS: tuple[str, ...] = ()


def search(name: str, repeat: int, *more: str) -> Answer:
    """The verdict; where no depth is named, the best of those that may be the best."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "verdict.study")
        words = [*arguments(name, repeat), "--jobs", "2", "--quiet", "--out", out, *more]
        command = [sys.executable, "-P", "-m", "howdeep.cli", "run", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with Study.open(out) as study:
            verdict, trials = study.verdict(), study.trials()
            assert verdict is not None
            cell = _chosen(verdict)
            mine = [t for t in trials if t.stage == "main" and t.cell == cell]
            best = max(mine, key=_validated)
            score = float(study.arrays(best)["test"].mean())
        nets = [trial for trial in trials if trial.stage != "rival"]
        return Answer(cell, _layers(verdict, cell), score, len(nets), sum(t.flops for t in nets))


def _chosen(verdict: Verdict) -> str:
    if verdict.family is not None:
        return next(
            s.standing.cell.name
            for s in verdict.cells
            if (s.standing.cell.family, s.standing.cell.blocks) == (verdict.family, verdict.blocks)
        )
    maybe = {ref.name for ref in verdict.candidates}
    best = max((s.standing for s in verdict.cells if s.standing.cell.name in maybe), key=_score)
    return best.cell.name


def _score(standing: CellStanding) -> float:
    return standing.score


def _validated(trial: Trial) -> float:
    known = [value for value in trial.val if value is not None]
    return float(np.mean(known)) if known else -np.inf


def _layers(verdict: Verdict, cell: str) -> tuple[int, int, int]:
    """Weight layers of the cell, of "at least", and of "enough", or of all that may be the best."""
    refs = {s.standing.cell.name: s.standing.cell for s in verdict.cells}
    low = [verdict.at_least] if verdict.at_least else []
    high = [verdict.enough] if verdict.enough else verdict.candidates
    every = [ref.weight_layers for ref in (refs[cell], *low, *high)]
    return refs[cell].weight_layers, min(every), max(every)
