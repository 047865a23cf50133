"""The same nets with howdeep's engine and with what people use today, interleaved in one run.

    python benchmarks/run.py W1 --peers all

Every engine trains a workload (`workloads.py`) in a process of its own on one thread, engine after
engine, `--repeats` times; what is counted is the processor time of training and testing, without
imports and reading. The table gives medians: seconds, the ratio to howdeep, the share of this
core's measured fp32 matrix-product peak, and the accuracy at each depth, which must agree.
`-kernels`: howdeep without its compiled kernels, in PyTorch alone. `-switch`: that without oneDNN's
fast matrix product (docs/recipe.md), too. `+switch`: the peer with it. `+bf16`: howdeep with
`--precision bf16`, the loop under PyTorch's autocast; `+bf16-kernels`: the former in PyTorch alone.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

import peers
from shared import arguments, environment, timed
from workloads import WORKLOADS, Workload

HERE = Path(__file__).parent
OURS = "howdeep_engine"
BF16 = (f"{OURS}+bf16", f"{OURS}+bf16-kernels", "loop+bf16")  # of fully connected nets
VARIANTS = (f"{OURS}-kernels", f"{OURS}-switch", "loop+switch", *BF16)  # next to the plain ones
Found = dict[str, Any]  # seconds, and accuracies of every seed by depth
JAX_FLAGS = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads={}"


def peak(threads: int) -> float:
    """The most multiplications and additions a second that a fp32 matrix product reaches here."""
    import torch

    torch.set_num_threads(threads)
    best = 0.0
    for precision in ("none", "bf16"):  # both paths are fp32 where the switch is allowed
        torch.backends.mkldnn.matmul.fp32_precision = precision  # type: ignore[attr-defined]
        for size in (512, 1024, 2048):
            a, b = torch.randn(2, size, size)
            for _ in range(6):
                begun = time.perf_counter()
                torch.mm(a, b)
                best = max(best, 2 * size**3 / (time.perf_counter() - begun))
    return best


def child(engine: str, work: Workload, threads: int) -> None:
    """Train, and print seconds and accuracies as JSON."""
    import torch

    torch.set_num_threads(threads)
    name, *signs = re.split(r"(?=[+-])", engine)
    module = peers.peer(name)
    if "+switch" in signs:
        torch.backends.mkldnn.matmul.fp32_precision = "bf16"  # type: ignore[attr-defined]
    if {"-kernels", "-switch"} & set(signs):
        os.environ["HOWDEEP_KERNELS"] = "torch"
    if "-switch" in signs:
        from howdeep.trainers.fused import backends

        backends._path = lambda: "default"  # type: ignore[assignment]
    if "+bf16" in signs:
        module.PRECISION = "bf16"  # type: ignore[attr-defined]
    found, seconds = timed(lambda: module.train(work))
    print(json.dumps({"seconds": seconds, "accuracy": found}))


def measured(engine: str, name: str, threads: int) -> Found | None:
    """One engine in a process of its own; None where it cannot run here."""
    command = [sys.executable, str(HERE / "run.py"), name, "--child", engine]
    done = subprocess.run(
        [*command, "--threads", str(threads)],
        capture_output=True,
        text=True,
        env=environment(threads, XLA_FLAGS=JAX_FLAGS.format(threads)),
        check=False,
    )
    if done.returncode:
        print(f"{engine} did not run:\n{done.stderr[-1500:]}", file=sys.stderr)
        return None
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def table(work: Workload, runs: dict[str, list[Found]], limit: float) -> Table:
    """Medians over repeats, sorted by time."""
    seconds = {name: statistics.median(r["seconds"] for r in rs) for name, rs in runs.items() if rs}
    ours = seconds[OURS]
    shown = Table(title=f"{work.name}: {work.nets} nets, {work.flops / 1e9:,.0f} GFLOP")
    for head in ("engine", "seconds", "to howdeep", "of the peak"):
        shown.add_column(head, justify="left" if head == "engine" else "right")
    for depth in work.depths:
        shown.add_column(f"acc. {depth}", justify="right")
    for name in sorted(seconds, key=lambda n: seconds[n]):
        runs_ = runs[name]
        scores = [
            statistics.mean(a for r in runs_ for a in r["accuracy"][str(depth)])
            for depth in work.depths
        ]
        shown.add_row(
            name,
            f"{seconds[name]:.1f}",
            f"{seconds[name] / ours:.2f}",
            f"{work.flops / seconds[name] / limit:.0%}",
            *(f"{score:.3f}" for score in scores),
        )
    return shown


def main() -> None:
    """Parse, run each engine in turn, print."""
    parser = arguments(__doc__)
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--peers", default="loop", help="all, none, or names with commas")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    work = WORKLOADS[args.workload]()
    if args.child:
        child(args.child, work, args.threads)
        return
    known = [n for n in peers.names() if n != OURS]
    asked = {"all": [*known, *VARIANTS], "none": []}.get(args.peers, args.peers.split(","))
    asked = [n for n in asked if not work.conv or not (n.startswith("sklearn") or n in BF16)]
    engines = [OURS, *asked]
    load = os.getloadavg()[0]
    limit = peak(args.threads)
    runs: dict[str, list[Found]] = {name: [] for name in engines}
    turns = [name for _ in range(args.repeats) for name in engines]
    for name in track(turns, description=work.name, console=Console(stderr=True)):
        if (found := measured(name, work.name, args.threads)) is not None:
            runs[name].append(found)
        elif name == OURS:
            sys.exit(1)
    Console(width=140).print(table(work, runs, limit))
    print(f"peak {limit / 1e9:.0f} GFLOP/s; load before {load:.1f}; {args.repeats} repeats")


if __name__ == "__main__":
    main()
