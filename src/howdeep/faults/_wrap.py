"""Nets with one thing changed around them: what cures give back instead of editing a forward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from howdeep.instruments._trace import FUNCTIONS


class _Last(TorchFunctionMode):
    """Leaves out the call of one activation by its number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number, self.calls = number, 0

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in FUNCTIONS:
            self.calls += 1
            if self.calls == self.number:
                return args[0] if args else (kwargs or {})["input"]
        return func(*args, **(kwargs or {}))


class Without(nn.Module):
    """A net without its activation of this number (from 1), be it a module or a function."""

    def __init__(self, net: nn.Module, number: int) -> None:
        super().__init__()
        self.net, self.number = net, number

    def forward(self, *inputs: Tensor) -> Any:
        with _Last(self.number):
            return self.net(*inputs)


class _Safe(TorchFunctionMode):
    """Keeps logarithms, roots and quotients where they are defined."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in LOGS and args and isinstance(args[0], Tensor):
            args = (args[0].clamp_min(1e-6), *args[1:])
        elif func in QUOTIENTS and len(args) > 1 and isinstance(args[1], Tensor):
            below = args[1]
            near = below.abs() < 1e-6
            args = (args[0], torch.where(near, torch.full_like(below, 1e-6), below), *args[2:])
        elif func in EXPS and args and isinstance(args[0], Tensor):
            args = (args[0].clamp_max(20), *args[1:])
        return func(*args, **(kwargs or {}))


LOGS = {torch.log, Tensor.log, torch.log2, Tensor.log2, torch.log10, Tensor.log10, torch.sqrt,
        Tensor.sqrt, torch.rsqrt, Tensor.rsqrt}  # fmt: skip
QUOTIENTS = {torch.div, Tensor.div, torch.true_divide, Tensor.true_divide, Tensor.__truediv__}
EXPS = {torch.exp, Tensor.exp}


class Safe(nn.Module):
    """A net whose logarithms, roots, quotients and exponentials stay finite."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, *inputs: Tensor) -> Any:
        with _Safe():
            return self.net(*inputs)


class Reshaped(nn.Module):
    """A net whose outputs pass through one more function."""

    def __init__(self, net: nn.Module, then: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.net, self.then = net, then

    def forward(self, *inputs: Tensor) -> Any:
        return self.then(self.net(*inputs))
