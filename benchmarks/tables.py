"""Whole studies of seventeen tables: what is decided, how well, how long; and all depths on test.

    python benchmarks/tables.py run FOLDER [--seed N] [--jobs N] [NAME ...]
    python benchmarks/tables.py test FOLDER [NAME ...]
    python benchmarks/tables.py agree FOLDER FOLDER ...

`run` carries out `howdeep run` with its defaults and keeps the studies in FOLDER; those that are
there are gone on with. A line each: status, depth, tolerance, half-width (of the named cell against
the closest other), rows compared on, nets, seconds. `test` scores the nets of all cells on the test
rows, which no study has looked at but for the cell that it names: is that within the tolerance of
the best, and is it shown (95 %, paired over rows and seeds) to be worse by more? `agree` tells
whether the ranges [at_least, enough] of the same table in several folders overlap. Data: the folder
named by HOWDEEP_TEST_DATA (default ../shared/data); `-csv` are built-in sets as tables, `mnist-csv`
the first 5,000 images as 784 columns.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import howdeep
from howdeep.judge.fixed import fixed
from howdeep.route.stored_scores import StoredScores
from howdeep.stats.intervals import two_way
from howdeep.store.study import Study
from shared import ADULT, FILES, ROOT, arguments, columns, timed

BUILTIN = ("digits", "friedman1", "linear", "mnist1d", "spirals", "tent")
CSV = ("digits-csv", "mnist-csv", "mnist1d-csv")
NAMES = ("adult", *FILES, *BUILTIN, *CSV)


def study(name: str, options: Mapping[str, Any]) -> None:
    """`howdeep run` on a set."""
    if name == "adult":
        data = ROOT / "adult"
        test = data / "test.csv"
        howdeep.run(data / "train.csv", "income", test=test, names=ADULT, **options)
    elif name in FILES:
        file, target, more = FILES[name]
        howdeep.run(ROOT / file, target, **options, **more)
    elif name in BUILTIN:
        howdeep.run(name, **options)
    else:
        frame, label = columns(name)
        howdeep.run(frame, label, **options)


def run(name: str, folder: Path, seed: int, jobs: int | None) -> None:
    """Carry out or go on with one study; its first seconds are kept next to it."""
    options: dict[str, Any] = {"seed": seed, "quiet": True, "jobs": jobs}
    options |= {"out": folder / f"{name}.study"}
    _, seconds = timed(lambda: study(name, options), time.perf_counter)
    if not (folder / f"{name}.seconds").exists():
        (folder / f"{name}.seconds").write_text(f"{seconds:.0f}")


def line(name: str, folder: Path) -> str:
    """What a study found."""
    with Study.open(folder / f"{name}.study") as study:
        v, plan = study.verdict(), study.plan
        assert v is not None
        nets = sum(len(t.steps) for t in study.trials() if t.stage == "main")
        flops = sum(t.flops for t in study.trials())
    named = "-" if v.blocks is None else f"{v.family or ''}-{v.blocks}"
    first = "-" if v.at_least is None else v.at_least.name
    seconds = (folder / f"{name}.seconds").read_text()
    half = "-" if v.resolvable is None else f"{100 * v.resolvable:.2f}"
    cells = (
        name, v.status, named, first, f"{100 * v.epsilon:.2f}", half, f"{plan.task.select_rows:,}",
        f"{v.seeds} x {plan.folds}", f"{nets:,}", v.ended or "-", f"{flops / 1e12:.1f}", seconds,
        v.rival.name if v.rival else "-",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


HEADS = "table status depth at_least tolerance half-width rows seeds nets ended TFLOP s rival"


def header(heads: str) -> str:
    """The head of a table, from its columns' names."""
    names = heads.split()
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}"


def test(name: str, folder: Path) -> tuple[str, bool, bool]:
    """The named cell on test rows against the best there: within the tolerance, shown worse."""
    with Study.open(folder / f"{name}.study") as study:
        verdict, trials, rows = study.verdict(), study.trials(), StoredScores(study)
        assert verdict is not None
        epsilon = fixed(study.plan, trials).epsilon
        by_cell: dict[str, dict[int, NDArray[np.float64]]] = {}
        for t in trials:
            if t.stage == "main" and not t.failed:
                by_cell.setdefault(t.cell, {})[t.seed] = rows.trial(t, "test")
    named = verdict.enough
    if verdict.status == "extend" or named is None:
        return f"| {name} | {verdict.status} | - |", True, False
    means = {c: float(np.mean([z.mean() for z in own.values()])) for c, own in by_cell.items()}
    best = max(means, key=lambda c: means[c])
    gap, low = means[best] - means[named.name], -1.0
    common = sorted(by_cell[best].keys() & by_cell[named.name].keys())
    if best != named.name and len(common) > 1:
        d = np.stack([by_cell[best][s] - by_cell[named.name][s] for s in common])
        low = two_way(d, 0.95).low or -1.0
    points = " | ".join(f"{100 * x:.2f}" for x in (gap, epsilon, low))
    said = f"| {name} | {named.name} | {best} | {points} |"
    return said, gap <= epsilon, low > epsilon


def ranges(name: str, folder: Path) -> tuple[float, float] | None:
    """[at_least, enough] as places in the order of the cells."""
    with Study.open(folder / f"{name}.study") as study:
        v, cells = study.verdict(), [c.name for c in study.plan.cells]
    if v is None or v.at_least is None:
        return None
    high = len(cells) if v.enough is None else cells.index(v.enough.name)
    return cells.index(v.at_least.name), high


def agree(folders: list[Path], names: list[str]) -> Iterator[str]:
    """A line for each set and folder: does its range overlap with that of the first?"""
    first, *others = folders
    for name in names:
        for other in others:
            if (other / f"{name}.study").exists():
                a, b = ranges(name, first), ranges(name, other)
                same = a == b or bool(a and b and a[0] <= b[1] and b[0] <= a[1])
                said = "overlap" if same else "DISJOINT"
                yield f"{name}, {other.name}: {a} and {b}: {said}"


def main() -> None:
    """Parse; carry out, score on test rows, or compare."""
    parser = arguments(__doc__)
    parser.add_argument("what", choices=("run", "test", "agree"))
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int)
    args = parser.parse_args()
    folders = [Path(n) for n in args.names if n not in NAMES]
    names = [n for n in args.names if n in NAMES] or list(NAMES)
    folder = folders[0]
    folder.mkdir(parents=True, exist_ok=True)
    if args.what == "agree":
        print(*agree(folders, names), sep="\n")
        return
    if args.what == "run":
        print(header(HEADS), flush=True)
        for name in names:
            run(name, folder, args.seed, args.jobs)
            print(line(name, folder), flush=True)
        return
    print(
        "| table | named | best on test | gap | tolerance | lower end |\n|---|---|---|---|---|---|"
    )
    found = [test(name, folder) for name in names if (folder / f"{name}.study").exists()]
    print(*(said for said, _, _ in found), sep="\n")
    within, worse = sum(ok for _, ok, _ in found), sum(bad for _, _, bad in found)
    print(f"within the tolerance: {within} of {len(found)}; shown to be worse: {worse}")


if __name__ == "__main__":
    main()
