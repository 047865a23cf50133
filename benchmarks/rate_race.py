"""Would learning rates be found sooner by a race among them? (docs/performance.md)

    python benchmarks/rate_race.py ONE.study [OTHER.study ...]

Replays the rates that studies have tried, from their curves; nothing is trained. In the race every
rate trains up to a part of the steps, and only the best of them, its neighbours, and those of
whatever turns out better, train to the end: `anew`, or going `on` from where they were, which would
make a net depend on the company it was trained in. Operations, of all that the rates took and of
all that the whole study did, and at how many cells the race ends at the same rate.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from howdeep.base.trials import Trial
from howdeep.judge import rates
from howdeep.store.study import Study

PARTS = (0.125, 0.25, 0.5)
FEW = 4  # rates of a cell that are tried anyway: a transferred one, its neighbours and a step


@dataclass(frozen=True)
class Rate:
    """What one rate of a cell took and came to, to the end and up to a part of the steps."""

    flops: float
    score: float
    early_flops: float
    early_score: float


def rate_of(study: Study, trials: Sequence[Trial], until: float) -> Rate:
    """Sums and means over tuning seeds; a net that has not been looked at by then is last."""
    early_flops, early_scores = 0.0, []
    for trial in trials:
        step, _, val = study.arrays(trial)["curve"].T
        early_scores.append(val[step <= until].max(initial=-np.inf))
        early_flops += trial.flops * min(1.0, until / max(np.mean(trial.steps), 1.0))
    score = rates.tried(trials, study.plan.folds)[trials[0].rates[0]]
    return Rate(
        sum(trial.flops for trial in trials),
        float(np.mean([metric for metric, _ in score])),
        early_flops,
        float(np.mean(early_scores)),
    )


def finalists(tried: dict[int, Rate], step: int) -> tuple[set[int], int]:
    """Rates that train to the end when the race starts from the early scores, and the best."""
    best, to_the_end = max(tried, key=lambda r: (tried[r].early_score, -r)), set[int]()
    while new := ({best - step, best, best + step} & tried.keys()) - to_the_end:
        to_the_end |= new
        best = max(to_the_end, key=lambda r: (tried[r].score, -r))
    return to_the_end, best


def raced(study: Study, part: float) -> tuple[float, float, float, list[float]]:
    """TFLOP of the rates as they were, raced anew and going on; what each cell's score loses."""
    by_cell: dict[str, dict[int, list[Trial]]] = defaultdict(lambda: defaultdict(list))
    for trial in study.trials():
        if trial.stage == "rate":
            by_cell[trial.cell][trial.rates[0]].append(trial)
    was = anew = on = 0.0
    lost = []
    for cell in (c for c in study.plan.cells if c.name in by_cell):
        own = study.plan.ladder(cell)
        until = part * own.recipe.max_steps
        tried = {r: rate_of(study, some, until) for r, some in by_cell[cell.name].items()}
        to_the_end, best = finalists(tried, own.search.step)
        took = sum(r.flops for r in tried.values())
        was += took
        if len(tried) <= FEW:
            anew, on = anew + took, on + took
            continue
        ends = sum(tried[r].flops for r in to_the_end)
        anew += ends + sum(r.early_flops for r in tried.values())
        on += ends + sum(r.early_flops for e, r in tried.items() if e not in to_the_end)
        lost.append(max(r.score for r in tried.values()) - tried[best].score)
    return was / 1e12, anew / 1e12, on / 1e12, lost


def main() -> None:
    """A line for each study and part of the steps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", nargs="+")
    for path in parser.parse_args().study:
        with Study.open(path) as study:
            whole = sum(trial.flops for trial in study.trials()) / 1e12
            for part in PARTS:
                was, anew, on, lost = raced(study, part)
                same = sum(gap == 0.0 for gap in lost)
                print(
                    f"{study.plan.task.name}, {part:.3f} of the steps: rates {was:.2f} of "
                    f"{whole:.2f} TFLOP; anew {anew / was:.2f} ({(anew - was) / whole:+.1%} of "
                    f"all), on {on / was:.2f} ({(on - was) / whole:+.1%}); "
                    f"{same} of {len(lost)} cells alike, at most {max(lost, default=0):.4f} lost"
                )


if __name__ == "__main__":
    main()
