"""How fast is a CSV file read, and how fast is it a task? (docs/performance.md)

    python benchmarks/reading.py [--rows N] [--turns N] [--file FILE --target NAME] [--kind K]
        [--before SRC]

Makes a table of 22 columns (17 of numbers, 4 of categories, some cells missing, a class), and reads
it in turns: cut at once by numpy, as it is, and by the strict reader alone, each in a process of
its own. Prints seconds of a core, MB of the file a second and MB of memory at most (as Linux tells
it), for reading, up to the task and up to the plan (of which `--dry-run` tells). `--before`: the
`src` folder of another version, which takes its turn, too. `--kind`: a table of decimal commas, of
exponents, of points in time, or of identifiers and free text instead.
`--frames`: also the task from a frame of the same table that pandas has read.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared import arguments, environment, in_turns

HEAD = """| way | s, reading | MB/s | s, to the task | MB/s | s, to the plan | MB/s | MB at most |
|---|---|---|---|---|---|---|---|"""
KINDS = ("usual", "comma", "exponent", "dates", "ids")
HERE = Path(__file__).parents[1] / "src"
CHILD = """
import json, re, sys, time
from howdeep.modalities.table import source
from howdeep.route.planning import plan_study
import howdeep.trainers

path, target, way = sys.argv[1:]
if way == "strict":
    from howdeep.modalities.table.read import csv
    csv.quick = lambda text, layout: None
options = source.Options(data=path, target=target)
if way == "frame":
    import pandas
    frame = pandas.read_csv(path)
    before = time.process_time()
    task = source.task_of(frame, None, None, source.Options(target=target))
    read = before
else:
    before = time.process_time()
    table = source.read(options, path)
    read = time.process_time()
    task = source.table_task(table, options)
done = time.process_time()
table = frame = None
plan, task = plan_study(task)
planned, status = time.process_time(), open("/proc/self/status").read()
most = int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024
found = {"read": read - before, "all": done - before, "plan": planned - before, "most": most}
print(json.dumps({**found, "fingerprint": task.info.fingerprint}))
"""
Figures = dict[str, float | str]
Columns = dict[str, NDArray[np.str_]]


def write(path: Path, rows: int, kind: str = "usual") -> None:
    """A table of `rows` rows of 22 columns."""
    columns = _usual(rows) if kind == "usual" else _odd(rows, kind)
    sep = ";" if kind == "comma" else ","
    with path.open("w") as file:
        file.write(sep.join(columns) + "\n")
        for at in range(0, rows, 50_000):
            parts = [cells[at : at + 50_000].tolist() for cells in columns.values()]
            file.write("\n".join(map(sep.join, zip(*parts, strict=True))) + "\n")


def _usual(rows: int) -> Columns:
    rng = np.random.default_rng(0)
    columns = {
        f"x{j}": np.char.mod("%.5f" if j % 3 else "%.6g", _spread(rng, rows, j)) for j in range(12)
    }
    columns |= {f"k{j}": rng.integers(0, 10 ** (j + 1), rows).astype(str) for j in range(5)}
    for j, many in enumerate((3, 12, 50, 400)):
        levels = np.array([f"level {i}" if j % 2 else f"cat_{i:03d}x" for i in range(many)])
        columns[f"c{j}"] = levels[rng.integers(0, many, rows)]
    for name, gone in (("x1", "NA"), ("x5", ""), ("k2", "NA"), ("c1", "")):
        columns[name] = np.where(rng.random(rows) < 0.02, gone, columns[name])
    columns["y"] = np.array(["yes", "no", "maybe"])[rng.integers(0, 3, rows)]
    return columns


def _odd(rows: int, kind: str) -> Columns:
    """17 columns of a notation, or three of what differs in every row; whole numbers, a class."""
    rng, columns = np.random.default_rng(1), {}
    if kind in ("comma", "exponent"):
        for j in range(17):
            cells = np.char.mod("%.5f" if kind == "comma" else "%.6e", _spread(rng, rows, j))
            columns[f"x{j}"] = np.char.replace(cells, ".", ",") if kind == "comma" else cells
    elif kind == "dates":
        for j in range(3):
            seconds = rng.integers(0, 300_000_000, rows).astype("timedelta64[s]")
            columns[f"d{j}"] = (np.datetime64("2015-01-01T00:00:00") + seconds).astype(str)
    else:
        words = np.array([f"word{i}" for i in range(500)])
        columns["text"] = np.array([" ".join(words[rng.integers(0, 500, 8)]) for _ in range(rows)])
        columns["id"] = np.array([f"{n:016x}" for n in rng.integers(0, 2**62, rows).tolist()])
        columns["sku"] = np.char.mod("SKU%07d", rng.permutation(rows))
    for j in range(21 - len(columns)):
        columns[f"k{j}"] = rng.integers(0, 10 ** (j % 6 + 1), rows).astype(str)
    columns["y"] = np.array(["yes", "no", "maybe"])[rng.integers(0, 3, rows)]
    return columns


def _spread(
    rng: np.random.Generator, rows: int, j: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return rng.normal(size=rows) * 10.0 ** (j % 4)


def child(path: Path, target: str, way: str, src: Path) -> Figures:
    """Seconds and MB of one way, in a process of its own."""
    command = [sys.executable, "-c", CHILD, str(path), target, way]
    env = environment(1, PYTHONPATH=str(src))
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    found: Figures = json.loads(done.stdout)
    return found


def line(name: str, found: list[Figures], size: float) -> str:
    """The medians of the turns of one way; `size`: MB of the file."""
    read, every, plan, most = (
        statistics.median(float(one[key]) for one in found)
        for key in ("read", "all", "plan", "most")
    )
    reading = f"{read:.2f} | {size / read:.0f}" if read else "- | -"
    spent = " | ".join(f"{s:.2f} | {size / s:.0f}" for s in (every, plan))
    return f"| {name} | {reading} | {spent} | {most:.0f} |"


def main() -> None:
    """Make the file, take turns, print a table."""
    parser = arguments(__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--target", default="y")
    parser.add_argument("--before", type=Path)
    parser.add_argument("--frames", action="store_true")
    parser.add_argument("--kind", choices=KINDS, default="usual")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = args.file or Path(folder) / "table.csv"
        if args.file is None:
            write(path, args.rows, args.kind)
        size = path.stat().st_size / 1e6
        ways: dict[str, Callable[[], Figures]] = {
            "at once": partial(child, path, args.target, "quick", HERE),
            "strict": partial(child, path, args.target, "strict", HERE),
        }
        if args.before:
            ways["before"] = partial(child, path, args.target, "before", args.before)
        if args.frames:
            ways["a frame of pandas"] = partial(child, path, args.target, "frame", HERE)
        print(f"{size:.0f} MB; load {os.getloadavg()[0]:.1f}", flush=True)
        found = in_turns(ways, args.turns)
    same = {
        one["fingerprint"] for name, turns in found.items() for one in turns if "frame" not in name
    }
    print("the same task" if len(same) == 1 else f"DIFFERENT TASKS: {same}")
    print(HEAD)
    for name, turns in found.items():
        print(line(name, turns, size))


if __name__ == "__main__":
    main()
