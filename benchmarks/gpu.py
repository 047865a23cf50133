"""howdeep on a CUDA GPU: against an eager loop there, and against one core of the processor.

    python benchmarks/gpu.py eager      # W1 and W2, by the loop of peers/loop.py and by howdeep
    python benchmarks/gpu.py core       # by width and depth: where does the GPU begin to pay?

"eager": the same nets, rows and steps (`workloads.py`), in turns, wall-clock seconds of all of it
from rows in the processor's memory and no nets to accuracies, after one warm-up of each; medians
of `--repeats`. The accuracies at each depth must agree. "core": milliseconds that a step of a group
of nets takes on one core (by the way that a study takes there) and on the GPU, from two lengths of
training so that what happens once falls out, and their ratio: a GPU pays against as many cores as
the ratio says. Without a GPU it says so and ends with 2; `--device cpu --quick` shows that it
works.
"""

from __future__ import annotations

import dataclasses
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import torch
from rich.console import Console
from rich.table import Table

from howdeep.base.errors import ConfigError
from howdeep.base.limits import MAX_NETS_IN_GROUP
from howdeep.base.nouns import Inputs, Recipe, Rung
from howdeep.base.trials import Group, Member
from howdeep.data.task import Task
from howdeep.trainers.fused import backends, static
from howdeep.trainers.fused import loop as fused
from howdeep.trainers.fused.encoded import EncodedFold, Placed, placed
from peers import howdeep_engine, loop
from shared import arguments, in_turns, timed
from workloads import BATCH, EXPONENT, WORKLOADS, Workload

WIDTHS = (32, 64, 128, 256, 512, 1024)
DEPTHS = (1, 2, 4, 8, 16, 32)
Accuracies = dict[int, list[float]]  # of every seed, by depth
STEPS = {"core": (4, 16), "gpu": (100, 600)}


def smaller(work: Workload) -> Workload:
    """A few nets for a moment, to see that everything works."""
    return dataclasses.replace(work, depths=(0, 2), seeds=2, epochs=1)


def against_the_loop(name: str, device: torch.device, repeats: int, quick: bool) -> None:
    """The table of one workload."""
    work = smaller(WORKLOADS[name]()) if quick else WORKLOADS[name]()
    little, made = smaller(work), howdeep_engine.task(work)
    engines: dict[str, Callable[[Workload], Accuracies]] = {
        "howdeep": lambda work: howdeep_engine.train_on(work, device, *made),
        "loop": lambda work: loop.train(work, str(device)),
    }
    for train in engines.values():
        train(little)
    # Accuracies are read, so that everything is done when the clock stops.
    calls = {engine: partial(train, work) for engine, train in engines.items()}
    ways = {engine: partial(timed, call, time.perf_counter) for engine, call in calls.items()}
    turns = in_turns(ways, repeats)
    median = {e: statistics.median(seconds for _, seconds in turns[e]) for e in engines}
    table = Table("engine", "s", "ratio", *map(str, work.depths), title=f"{name} on {device}")
    for engine, own in turns.items():
        found, _ = own[-1]
        means = [f"{statistics.mean(found[depth]):.3f}" for depth in work.depths]
        ratio = median[engine] / median["howdeep"]
        table.add_row(engine, f"{median[engine]:.3f}", f"{ratio:.1f}", *means)
    Console().print(table)


def step_ms(group: Group, lengths: tuple[int, int], train: Callable[[Group], object]) -> float:
    """Milliseconds of a step of the group."""
    taken = []
    for steps in lengths:
        how = dataclasses.replace(group.how, max_steps=steps, evaluate_every=steps)
        longer = dataclasses.replace(group, recipe=how)
        taken.append(timed(partial(train, longer), time.perf_counter)[1])
    return 1e3 * max(taken[1] - taken[0], 1e-9) / (lengths[1] - lengths[0])


def group_of(data: EncodedFold, width: int, depth: int, nets: int) -> Group:
    """Seeds of one plain net, as the recipe of a study has them."""
    columns = data.x.shape[1]
    rung = Rung("mlp", depth, width, Inputs(columns, columns, columns), 4)
    members = tuple(Member(seed, (EXPONENT,)) for seed in range(nets))
    return Group("rate", "bench", rung, members, "", Recipe(BATCH, 1, 1), 0)


def against_a_core(device: torch.device, nets: int, quick: bool) -> None:
    """The table by width and depth."""
    made, data = howdeep_engine.task(smaller(WORKLOADS["W2"]()))
    there = placed((data,), device)
    widths, depths = ((32, 64), (1, 2)) if quick else (WIDTHS, DEPTHS)
    table = Table("width", *(f"{d} deep" for d in depths))
    table.title = f"{nets} nets, batches of {BATCH}: ms a step on a core / on {device} = ratio"
    ratios: dict[tuple[int, int], float] = {}
    for width in widths:
        cells = []
        for depth in depths:
            group = group_of(data, width, depth, nets)
            here = step_ms(group, STEPS["core"], on_a_core(made, data))
            gpu = step_ms(group, STEPS["core" if quick else "gpu"], on_a_gpu(made, there))
            ratios[width, depth] = here / gpu
            cells.append(f"{here:.2f} / {gpu:.2f} = {here / gpu:.1f}")
        table.add_row(str(width), *cells)
    Console(width=160).print(table)
    for depth in depths:
        pays = next((width for width in widths if ratios[width, depth] > 1), None)
        said = f"from a width of {pays}" if pays else f"nowhere up to a width of {widths[-1]}"
        print(f"{depth} deep: against one core the GPU pays {said}")


def on_a_core(made: Task, data: EncodedFold) -> Callable[[Group], object]:
    """Trains a group as a study does on the processor."""
    return lambda group: fused.train(group, made, (data,))


def on_a_gpu(made: Task, there: Placed) -> Callable[[Group], object]:
    """Trains a group as a study does on a GPU."""
    return lambda group: static.train(group, made, there)


def main() -> None:
    """One of the two tables."""
    parser = arguments(__doc__)
    parser.add_argument("what", choices=("eager", "core"))
    parser.add_argument("--device", choices=(backends.CUDA, backends.CPU), default=backends.CUDA)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--nets", type=int, default=MAX_NETS_IN_GROUP)
    parser.add_argument("--quick", action="store_true", help="see that it works, measure nothing")
    args = parser.parse_args()
    try:
        device = backends.device(args.device)
    except ConfigError as error:
        print(f"Nothing is measured: {error.what}.", file=sys.stderr)
        sys.exit(2)
    for name, value in backends.platform(args.device).items():
        print(f"{name}: {value}")
    if args.what == "core":
        against_a_core(device, args.nets, args.quick)
        return
    for name in ("W1", "W2"):
        against_the_loop(name, device, args.repeats, args.quick)


if __name__ == "__main__":
    main()
