"""The loss of saying the same about every row: what a net has to beat to have learnt anything."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from howdeep.faults._patient import Patient

SQUASH = {
    "softmax": lambda z: torch.softmax(z, 1), "log_softmax": lambda z: torch.log_softmax(z, 1),
    "sigmoid": torch.sigmoid, "logsigmoid": torch.nn.functional.logsigmoid, "tanh": torch.tanh,
    "relu": torch.nn.functional.softplus, "softplus": torch.nn.functional.softplus,
}  # fmt: skip


def guess(patient: Patient, outputs: Tensor, targets: Tensor, last: str = "") -> float:
    """The least loss that one output for all rows attains, found by 25 steps of L-BFGS.

    `outputs`: (N, ...) of the net. `last`: the activation that makes them, whose range the constant
    keeps to. Infinite where no constant has a finite loss, and minus infinity where there is no
    least one, as of a loss that is linear in its outputs.
    """
    squash = SQUASH.get(last)
    exact = torch.promote_types(outputs.dtype, torch.float32)
    free = torch.zeros_like(outputs[:1], dtype=exact).requires_grad_()
    targets = targets.to(exact) if targets.dtype in (torch.float16, torch.bfloat16) else targets
    many = (len(targets), *outputs.shape[1:])
    solver = torch.optim.LBFGS([free], max_iter=25, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        solver.zero_grad()
        said = squash(free) if squash else free
        loss = patient.loss(said.expand(many), targets)
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]
        return loss

    try:
        with torch.enable_grad():
            solver.step(closure)  # type: ignore[arg-type,no-untyped-call]
            found = float(closure().detach())
    except Exception:  # the loss is anyone's: some take no constants
        return math.inf
    unbounded = float(free.detach().abs().max()) > 1e6
    return -math.inf if unbounded else (found if math.isfinite(found) else math.inf)
