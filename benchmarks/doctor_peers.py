"""What torchmortem and traintools say of the same nets, run as their pages say.

Each of their messages is counted for the fault it comes nearest to (`torchmortem`: warnings and
criticals by category, its notes of kind INFO are none; `traintools`: whatever a `BatchInspector`
or `GradientHealthMonitor` reports as not ok, but for the line that gradients will be clipped).
"""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from nets_of_all_kinds import seeded
from planted_case import BATCH, STEPS, Case, optimizer_of, said, taken

MEANT = {  # words of a torchmortem finding: the faults that they name
    "vanishing": ("vanishing", "unreached"), "stalling": ("vanishing", "unreached"),
    "exploding": ("exploding",), "dead_units": ("dead", "zero_start"),
    "saturation": ("saturation",), "rank_collapse": ("rank_collapse", "zero_start"),
    "ratio too high": ("rate_high",), "ratio too low": ("rate_low", "frozen", "unreached"),
    "diverge": ("rate_high", "nan"), "weight norm explosion": ("rate_high",),
}  # fmt: skip


def torchmortem_says(case: Case) -> dict[str, Any]:
    """An `Autopsy` around the training loop of its page."""
    from torchmortem import Autopsy

    logging.getLogger("torchmortem").setLevel(logging.CRITICAL)
    net = copy.deepcopy(case.net)
    optimizer = _optimizer(case, net)
    with _quiet():
        try:
            with Autopsy(net, optimizer=optimizer) as autopsy:
                for x, y in _batches(case):
                    if optimizer is not None:
                        optimizer.zero_grad()
                    loss = case.loss(said(net, x), y)
                    loss.backward()
                    if optimizer is not None:
                        optimizer.step()
                    autopsy.step(loss=loss.item())
        except Exception as error:
            return {"said": [], "named": [], "stopped": f"{type(error).__name__}: {error}"[:200]}
    report = autopsy.get_report()
    found = [f for f in report.findings if f.severity.name != "INFO"] if report else []
    texts = [f"{f.category}: {f.title} {f.summary}" for f in found]
    return {"said": [text[:120] for text in texts], "named": sorted(_meant(texts))}


def _meant(texts: list[str]) -> set[str]:
    found: set[str] = set()
    for text in map(str.lower, texts):
        for word, faults in MEANT.items():
            if all(part in text for part in word.split()):
                found |= set(faults)
    return found


def traintools_says(case: Case) -> dict[str, Any]:
    """`BatchInspector`, `GradientHealthMonitor` and `TraintoolsTracker` in the loop of its page."""
    from traintools import BatchInspector, GradientHealthMonitor
    from traintools.callbacks.pytorch import TraintoolsTracker

    net = copy.deepcopy(case.net)
    optimizer = _optimizer(case, net)
    y = case.train[1]
    classes = None if y.is_floating_point() else int(y.max()) + 1
    texts: list[str] = []
    with _quiet():
        try:
            tracker = TraintoolsTracker(net, case.loss)
            inspector = BatchInspector(expected_num_classes=classes)
            health = GradientHealthMonitor(max_grad_norm=1.0)
            for step, (x, target) in enumerate(_batches(case)):
                for part in x:
                    texts += _warnings(inspector.inspect(part, target, step=step))
                if optimizer is not None:
                    optimizer.zero_grad()
                case.loss(said(net, x), target).backward()
                rate = optimizer.param_groups[0]["lr"] if optimizer is not None else None
                texts += _warnings(health.inspect(net, step=step, lr=rate))
                if optimizer is not None:
                    optimizer.step()
                tracker.step(step=step, inputs=x[0], targets=target)
        except Exception as error:
            texts.append(f"stopped: {type(error).__name__}: {error}"[:200])
    counted = [t for t in dict.fromkeys(texts) if not t.startswith("stopped")]
    return {"said": counted[:5], "named": sorted(_of_traintools(counted))}


def _warnings(report: Any) -> list[str]:
    """What a report says, but for the line on clipping."""
    if report.ok:
        return []
    return [str(w) for w in getattr(report, "warnings", ()) if "clipping threshold" not in str(w)]


def _of_traintools(texts: list[str]) -> set[str]:
    found: set[str] = set()
    for text in map(str.lower, texts):
        if "vanished" in text:  # of a dead layer and a zero start it says the same
            found |= {"vanishing", "dead", "zero_start", "unreached"}
        if "very large" in text:
            found |= {"exploding", "rate_high"}
        if "ratio is high" in text:
            found |= {"rate_high"}
        if "ratio is tiny" in text:
            found |= {"rate_low"}
        if "non-finite" in text or "nan" in text:
            found |= {"nan"}
        if "no gradients" in text:
            found |= {"frozen"}
        if "abs max" in text or ("inputs" in text and "nearly constant" in text):
            found |= {"input_scale"}
        if "dominant class covers 100" in text or "targets is nearly constant" in text:
            found |= {"labels_constant"}
    return found


def _optimizer(case: Case, net: torch.nn.Module) -> torch.optim.Optimizer | None:
    if not any(p.requires_grad for p in net.parameters()):
        return None
    return optimizer_of(case, net)


def _batches(case: Case) -> Iterator[Any]:
    n = len(case.train[1])
    draw = torch.Generator().manual_seed(3)
    for _ in range(STEPS):
        yield taken(case.train, torch.randperm(n, generator=draw)[:BATCH])


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), seeded(3):
        warnings.simplefilter("ignore")
        yield
