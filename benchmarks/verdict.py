"""How long until a depth is chosen, how good and how steady is the choice? (docs/performance.md)

    python benchmarks/verdict.py mnist1d --repeats 5          # letter_recognition, fashion_mnist

howdeep's default run next to Optuna (TPE, median pruner, 100 trials), Keras Tuner (RandomSearch, 30
trials of three executions) and the full grid of depths, nine learning rates and 20 seeds
(`grid_tenth`: two of them). All of them have the same rows, split by the repeat's number, the same
nets and step cap, and two cores; each runs in a process of its own, in turns. The table gives
medians of seconds and processor seconds from the command to the answer, nets and operations
trained, the mean test accuracy of the chosen net with its spread, the weight layers of each
repeat's choice, and how steady that is: the share of repeats whose range holds the depth that was
chosen most often. `--keep FILE` keeps each result, and goes on where it stopped.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

import searches
from searches.problem import SETS
from shared import arguments, environment

HERE = Path(__file__).parent
OURS = "howdeep_run"
Found = dict[str, Any]


def measured(name: str, how: str, repeat: int) -> Found | None:
    """One search in a process of its own with two cores; None where it cannot run here."""
    command = [sys.executable, str(HERE / "verdict.py"), name, "--child", how]
    begun, load = time.monotonic(), os.getloadavg()[0]
    child = subprocess.Popen(
        [*command, "--repeat", str(repeat)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(1),
    )
    assert child.stdout is not None
    told = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)  # with its own children's time
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        print(f"{how} did not run on {name}", file=sys.stderr)
        return None
    seconds = {"seconds": time.monotonic() - begun, "cpu": used.ru_utime + used.ru_stime}
    answer = json.loads(told.splitlines()[-1])
    return {"set": name, "search": how, "repeat": repeat, "load": load, **seconds, **answer}


def table(name: str, runs: dict[str, list[Found]]) -> Table:
    """A row a search; ratios are to howdeep's medians."""
    shown = Table(title=f"{name}: until a depth is chosen, on two cores")
    heads = ("search", "seconds", "to howdeep", "CPU s", "to howdeep", "nets", "TFLOP")
    for head in (*heads, "to howdeep", "test accuracy", "weight layers", "steady"):
        shown.add_column(head, justify="left" if head == "search" else "right")
    for how, found in runs.items():
        if not found:
            continue
        cells = [how]
        for key, unit in (("seconds", 1.0), ("cpu", 1.0), ("nets", 0.0), ("flops", 1e12)):
            own = statistics.median(float(f[key]) for f in found)
            ours = statistics.median([float(f[key]) for f in runs[OURS]] or [float("nan")])
            cells.append(f"{own / unit:,.1f}" if unit else f"{own:,.0f}")
            cells += [f"{own / ours:.2f}"] if unit else []
        scores = [float(f["score"]) for f in found]
        spread = f" ± {statistics.stdev(scores):.4f}" if len(scores) > 1 else ""
        cells += [f"{statistics.mean(scores):.4f}{spread}", ", ".join(map(said, found))]
        shown.add_row(*cells, f"{steady(found):.0%}")
    return shown


def said(found: Found) -> str:
    """The choice's weight layers, and the range where there is one."""
    chosen, low, high = found["layers"]
    return f"{chosen}" if low == high else f"{chosen} ({low}-{high})"


def steady(found: list[Found]) -> float:
    """The share of repeats whose range holds the depth that was chosen most often."""
    mode = Counter(f["layers"][0] for f in found).most_common(1)[0][0]
    return statistics.mean(f["layers"][1] <= mode <= f["layers"][2] for f in found)


def main() -> None:
    """Parse, run each search in turn, print."""
    parser = arguments(__doc__)
    parser.add_argument("set", choices=SETS)
    parser.add_argument("--searches", default="all", help="names with commas")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="file of results, a line each")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--repeat", type=int, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        answer = searches.named(args.child).search(args.set, args.repeat)
        print(json.dumps(dataclasses.asdict(answer)))
        return
    others = [n for n in searches.names() if n != OURS]
    asked = [OURS, *(others if args.searches == "all" else args.searches.split(","))]
    asked = list(dict.fromkeys(asked))
    if unknown := set(asked) - set(searches.names()):
        parser.error(f"--searches: no {', '.join(unknown)}; one of {', '.join(searches.names())}")
    lines = args.keep.read_text().splitlines() if args.keep and args.keep.exists() else []
    kept = {(f["set"], f["search"], f["repeat"]): f for f in map(json.loads, lines)}
    runs: dict[str, list[Found]] = {how: [] for how in asked}
    turns = [(how, repeat) for repeat in range(args.repeats) for how in asked]
    for how, repeat in track(turns, description=args.set, console=Console(stderr=True)):
        found = kept.get((args.set, how, repeat)) or measured(args.set, how, repeat)
        if found is None:
            continue
        runs[how].append(found)
        if args.keep and (args.set, how, repeat) not in kept:
            with args.keep.open("a") as out:
                out.write(json.dumps(found) + "\n")
    Console(width=180).print(table(args.set, runs))
    load = statistics.mean(float(f["load"]) for found in runs.values() for f in found)
    print(f"load before a search, mean {load:.1f}")


if __name__ == "__main__":
    main()
