"""Memory that a plan will need, said and checked before anything is trained."""

from __future__ import annotations

import resource
from pathlib import Path

from howdeep import modalities
from howdeep.base.errors import LimitError
from howdeep.base.limits import memory_words
from howdeep.base.nouns import Cell, Plan
from howdeep.base.trials import Group, Member
from howdeep.data.task import Task
from howdeep.judge import cut
from howdeep.nets import ladder
from howdeep.trainers.fused import static

# Measured: the largest resident memory of workers and leader, less their data and nets.
PROCESS_BYTES = 550e6
LIBRARIES = 800e6  # mapped, hardly touched: they count where the address space is limited


def memory(plan: Plan, task: Task, jobs: int) -> tuple[float, float]:
    """Bytes of one worker process, and of all `jobs` of them with the process that leads.

    Workers share one copy of the rows (`executors.crew.shared`), which is in each one's addresses.
    """
    own = PROCESS_BYTES + max(_group_bytes(plan, cell) for cell in plan.cells)
    rows = _task_bytes(task) + _encoded_bytes(plan, task)
    leader = PROCESS_BYTES + _task_bytes(task)
    return own + rows, own * jobs + rows + leader if jobs > 1 else own + rows


def gpu_memory(plan: Plan, task: Task) -> float:
    """Bytes of a GPU: the encoded rows, and the largest group while it trains."""
    largest = 0.0
    for cell in plan.cells:
        ladder_ = plan.ladder(cell)
        members = (Member(0, (0,) * plan.folds),) * cut.most_members(plan.folds, cell.cost)
        group = Group("main", cell.name, cell.rung, members, "", ladder_.recipe, plan.seed)
        largest = max(largest, static.memory(group, plan.folds))
    return _encoded_bytes(plan, task) + largest


def check(plan: Plan, task: Task, jobs: int, gpu: float | None = None) -> None:
    """Refuse what would not fit, also into the `gpu` bytes of a GPU where one trains.

    Raises:
        LimitError: saying what is needed and what there is.
    """
    if gpu is not None and (needed := gpu_memory(plan, task)) > gpu:
        what = f"the study needs about {memory_words(needed)} of the GPU's memory"
        fix = f"free memory there, say --device cpu, or --rows with fewer than {plan.train_rows:,}"
        raise LimitError(f"{what}, {memory_words(gpu)} are free", fix)
    worker, total = memory(plan, task, jobs)
    limit, free = resource.getrlimit(resource.RLIMIT_AS)[0], available()
    fewer = "--jobs 1 or " if jobs > 1 else ""
    fix = f"free memory, or say {fewer}--rows with fewer than {plan.train_rows:,}"
    if limit != resource.RLIM_INFINITY and worker + LIBRARIES > limit:
        what = f"a process needs about {memory_words(worker + LIBRARIES)} of address space"
        raise LimitError(f"{what}, the limit (ulimit -v) is {memory_words(limit)}", fix)
    if free is not None and total > free:
        what = f"the study needs about {memory_words(total)} of memory on {jobs} processes"
        raise LimitError(f"{what}, {memory_words(free)} are free", fix)


def available(root: Path = Path("/")) -> float | None:
    """Bytes that new processes may use: what is free, and what the control group leaves.

    None where the system does not say (it is not Linux).
    """
    found = []
    for line in _text(root / "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            found.append(float(line.split()[1]) * 1024)
    group = root / "sys/fs/cgroup"
    most, used = _text(group / "memory.max").strip(), _text(group / "memory.current").strip()
    if most.isdigit() and used.isdigit():
        stat = dict(line.split() for line in _text(group / "memory.stat").splitlines())
        cache = float(stat.get("inactive_file", 0))  # of files; the kernel gives it up when asked
        found.append(float(most) - float(used) + cache)
    return min(found, default=None)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _task_bytes(task: Task) -> float:
    return float(sum(array.nbytes for array in (*task.samples.values(), task.target)))


def _encoded_bytes(plan: Plan, task: Task) -> float:
    """As float32, again for each fold; what nets take as it lies, as the bytes that it is."""
    columns = plan.cells[0].rung.inputs.columns
    lying = modalities.of(task.info).encode.lying(task.samples)
    return columns * len(task.target) * (4.0 * plan.folds if lying is None else 1.0)


def _group_bytes(plan: Plan, cell: Cell) -> float:
    """A group at its largest: weights with all that goes with them, and activations."""
    nets = plan.folds * cut.most_members(plan.folds, cell.cost)
    return nets * ladder.net_bytes(cell.cost, cell.rung.width, plan.ladder(cell).recipe.batch)
