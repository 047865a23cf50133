"""Would learning rates be found sooner by a race among them? (docs/performance.md)

    python benchmarks/rate_race.py ONE.study [OTHER.study ...]

Replays the rates that studies have tried, from their curves; nothing is trained. In the race every
rate trains up to a part of the steps, and only the best of them, its neighbours, and those of
whatever turns out better, train to the end: `anew`, or going `on` from where they were, which would
make a net depend on the company it was trained in. Operations, of all that the rates took and of
all that the whole study did, and at how many cells the race ends at another rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from howdeep.base.nouns import Cell, RateSearch
from howdeep.base.trials import Trial
from howdeep.judge import rates
from howdeep.store.study import Study
from shared import arguments

WAYS = ("was", "anew", "on")
PARTS = (0.125, 0.25, 0.5)
FEW = 4  # rates of a cell that are tried anyway: a transferred one, its neighbours and a step


@dataclass(frozen=True)
class Race:
    """Operations of a cell's rates as they were, raced anew and going on; whether the race ends
    at another rate, None where there is none, and what the metric loses by that.
    """

    was: float
    anew: float
    on: float
    other: bool | None = None
    lost: float = 0.0


def early(study: Study, trials: Sequence[Trial], until: float) -> tuple[rates.Tried, float]:
    """Score of each rate up to a step, alike in every fold, and the operations up to there."""
    flops, scores = 0.0, dict[int, list[float]]()
    for trial in trials:
        step, _, val = study.arrays(trial)["curve"].T
        scores.setdefault(trial.rates[0], []).append(val[step <= until].max(initial=-np.inf))
        flops += trial.flops * min(1.0, until / max(float(np.mean(trial.steps)), 1.0))
    folds = study.plan.folds
    return {r: ((float(np.mean(some)), 0.0),) * folds for r, some in scores.items()}, flops


def finished(first: rates.Tried, tried: rates.Tried, search: RateSearch) -> rates.Tried:
    """Those of the tried rates that train to the end in a race that starts from early scores."""
    done: rates.Tried = {}
    while True:
        near = rates.around([rates.best(done or first, search.step)], search)
        new = (near & tried.keys()) - done.keys()
        if not new:
            return done
        done |= {rate: tried[rate] for rate in new}


def raced(study: Study, cell: Cell, tried: rates.Tried, part: float) -> Race:
    """What a race up to a part of the steps would have taken and found in one cell."""
    ladder = study.plan.ladder(cell)
    own = [t for t in study.trials() if t.stage == "rate" and t.cell == cell.name]
    was = sum(t.flops for t in own)
    if len(tried) <= FEW:
        return Race(was, was, was)
    until = part * ladder.recipe.max_steps
    first, begun = early(study, own, until)
    done = finished(first, tried, ladder.search)
    ends = sum(t.flops for t in own if t.rates[0] in done)
    _, left = early(study, [t for t in own if t.rates[0] not in done], until)
    step = ladder.search.step
    old, new = rates.best(tried, step), rates.best(done, step)
    lost = float(np.mean([a[0] - b[0] for a, b in zip(tried[old], tried[new], strict=True)]))
    return Race(was, ends + begun, ends + left, new != old, lost)


def main() -> None:
    """A line for each study and part of the steps."""
    parser = arguments(__doc__)
    parser.add_argument("study", nargs="+")
    for path in parser.parse_args().study:
        with Study.open(path) as study:
            whole = sum(trial.flops for trial in study.trials())
            found = {n: one.tried for n, one in rates.searches(study.plan, study.trials()).items()}
            cells = [cell for cell in study.plan.cells if cell.name in found]
            for part in PARTS:
                races = [raced(study, cell, found[cell.name], part) for cell in cells]
                was, anew, on = (sum(getattr(r, way) for r in races) for way in WAYS)
                others = [r.other for r in races if r.other is not None]
                print(
                    f"{study.plan.task.name}, {part:.3f} of the steps: rates {was / 1e12:.2f} of "
                    f"{whole / 1e12:.2f} TFLOP; anew {anew / was:.2f} ({(anew - was) / whole:+.1%} "
                    f"of all), on {on / was:.2f} ({(on - was) / whole:+.1%}); another rate at "
                    f"{sum(others)} of {len(others)} cells, at most "
                    f"{max(r.lost for r in races):.4f} lost"
                )


if __name__ == "__main__":
    main()
