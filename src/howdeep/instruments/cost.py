"""What a net costs: parameters, operations, memory, time and energy, of each layer and in all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from howdeep.instruments import _clock, _memory
from howdeep.instruments._cost_page import TITLE, section
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._operations import all_seen, counted, operations
from howdeep.instruments._subject import Rows, Subject, untouched
from howdeep.instruments._trace import WEIGHTS, hooked
from howdeep.instruments._values import number

BATCHES = (1, 32, 256)
USUAL = 32  # of them, for time within layers and energy
MOST = 2e11  # operations that the clock may take for one size of a batch: some ten seconds
LEAST = 5  # passes, below which a size is left out
ROOM = 1 << 30  # bytes that a batch may take to be tried
ADAM = 4  # copies of each parameter in training: weight, gradient and two moments


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer with weights, with its parameters that no earlier one shares and its operations."""

    name: str
    module: nn.Module
    parameters: int
    operations: float | None


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """`parameters`, `operations` (of one row: in all by PyTorch's counter, of layers by formula),
    `memory` in bytes by size of batch, `latency` in seconds by size of batch, `layer_seconds` and
    `energy` (joules a row) at 32 rows; all of a pass on the processor as it is set here.
    """
    net, rows = subject.net, subject.unseen
    with untouched(net):
        net.eval()
        small = _batch(rows, 2)
        own = _layers(net, small)
        total = counted(net, small) / 2
        memory = _memories(subject)
        net.eval()
        values = {
            "parameters": sum(p.numel() for p in net.parameters()),
            "layers": [[one.name, type(one.module).__name__, one.parameters] for one in own],
            "operations": number(total),
            "layer_operations": [
                None if one.operations is None else number(one.operations / 2) for one in own
            ],
            "held": _memory.held(net),
            "memory": memory,
        }
        with torch.no_grad():
            return {**values, **_timed(subject, own, total, effort)}


def _timed(subject: Subject, own: list[Layer], total: float, effort: Effort) -> dict[str, Any]:
    """All that a clock or a meter gives."""
    net, latency = subject.net, {}
    for at, size in enumerate(BATCHES):
        effort.tell(f"cost of {subject.name}: {size} rows at once", at, len(BATCHES))
        times = _times(total * size, effort)
        if times:
            batch = _batch(subject.unseen, size)
            latency[str(size)] = _clock.spread(
                _clock.seconds(lambda batch=batch: net(*batch.inputs), times)  # type: ignore[misc]
            )
    times = _times(total * USUAL, effort)
    found: dict[str, Any] = {"latency": latency, "layer_seconds": {}, "energy": None}
    found["threads"] = _clock.threads()
    if times:
        batch = _batch(subject.unseen, USUAL)
        named = [(one.name, one.module) for one in own]

        def run() -> object:
            return net(*batch.inputs)

        found["layer_seconds"] = _clock.layer_seconds(net, named, run, max(times // 2, 1))
        spent = _clock.joules(run, times)
        found["energy"] = None if spent is None else number(spent / USUAL)
    return found


def _times(operations: float, effort: Effort) -> int:
    """How many passes are clocked: by the operations, never by the clock; 0 for too large ones."""
    found = min(10 * effort.draws, int(MOST / max(operations, 1.0)))
    return found if found >= min(LEAST, 10 * effort.draws) else 0


def _memories(subject: Subject) -> dict[str, dict[str, int]]:
    """By size of batch, but for those that two rows show to be too large to be tried."""
    few = _bytes(subject, 2)
    each = max(few.get("kept", 0), few["activations"]) / 2
    return {str(n): _bytes(subject, n) for n in BATCHES if n == 1 or each * n <= ROOM}


def _bytes(subject: Subject, size: int) -> dict[str, int]:
    """Peak of a pass, and of a training step with Adam: parameters, and what passes hold."""
    net, batch = subject.net, _batch(subject.unseen, size)
    held = _memory.held(net)
    net.eval()
    passing = _memory.passing(net, batch)
    parameters = sum(p.numel() * p.element_size() for p in net.parameters() if p.requires_grad)
    if size == 1 and any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in net.modules()):
        return {"activations": passing, "inference": held + passing}  # it trains on two or more
    net.train()
    kept = _memory.kept(net, batch, subject.loss)
    return {
        "activations": passing,
        "inference": held + passing,
        "kept": kept,
        "training": held + (ADAM - 1) * parameters + kept,
    }


def _batch(rows: Rows, size: int) -> Rows:
    """So many rows, the first again where there are fewer."""
    return rows.take(torch.arange(size) % len(rows))


@torch.no_grad()
def _layers(net: nn.Module, rows: Rows) -> list[Layer]:
    """Layers with weights in the order of their first call, with the operations of all calls."""
    with _calls(net) as calls, all_seen():
        net(*rows.inputs)
    names = {module: name or type(module).__name__ for name, module in net.named_modules()}
    known: set[int] = set()
    found = []
    for module, counts in calls.items():
        fresh = [p for p in module.parameters() if id(p) not in known]
        known |= {id(p) for p in fresh}
        each = [count for count in counts if count is not None]
        total = sum(each) if len(each) == len(counts) else None
        found.append(Layer(names[module], module, sum(p.numel() for p in fresh), total))
    return found


@contextmanager
def _calls(net: nn.Module) -> Iterator[dict[nn.Module, list[float | None]]]:
    calls: dict[nn.Module, list[float | None]] = {}

    def note(module: nn.Module, args: Any, output: Any) -> None:
        calls.setdefault(module, []).append(operations(module, args, output))

    handles = [m.register_forward_hook(note) for m in net.modules() if isinstance(m, WEIGHTS)]
    with hooked(handles):
        yield calls


def _suits(subject: Subject) -> str:
    return "" if len(subject.unseen) else "there are no rows"


INSTRUMENT = Instrument(
    "cost",
    TITLE,
    70,
    _measure,
    section,
    _suits,
    clocked=("latency", "layer_seconds", "energy", "threads"),
)
