"""Training steps in C, where a compiler was found when howdeep was installed: same nets, less time.

`_steps` trains one net at a time, so that its weights stay in cache and nothing lies between its
products (`steps.c`, which looks at the processor when it runs). It knows chains of linear layers
with ReLU (`Family.chain`); `_convs` knows stacks of convolutions (`stacks`). Every other net, and
every net where they were not built, takes PyTorch's way. Which way a study took is part of its
platform. `HOWDEEP_KERNELS=torch` turns this off, and the name of a kind asks for it.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Metric
from howdeep.families import Chain, family
from howdeep.training.bank import Bank
from howdeep.training.encoded import EncodedFold

VARIABLE = "HOWDEEP_KERNELS"
NONE = "torch"  # PyTorch's way
LOSSES = {"mse": 1, "mae": 2}  # any other metric is learnt by cross-entropy, 0


def _module() -> Any:
    """The compiled module, or None where it was not built, or not with the one for `stacks`."""
    try:
        importlib.import_module(f"{__name__}._convs")
        return importlib.import_module(f"{__name__}._steps")
    except ImportError:
        return None


def kinds() -> tuple[str, ...]:
    """The ways to train that there are here, fastest first.

    >>> kinds()[-1]
    'torch'
    """
    module = _module()
    return (*(module.kinds() if module else ()), NONE)


def kind() -> str:
    """The way that is taken: the fastest, or what `HOWDEEP_KERNELS` names.

    Raises:
        ConfigError: it names none that there is here.
    """
    asked = os.environ.get(VARIABLE, "")
    if not asked:
        return kinds()[0]
    if asked not in kinds():
        raise ConfigError(
            f"{VARIABLE}={asked!r}: there is none here", f"one of {', '.join(kinds())}"
        )
    return asked


def chain_of(bank: Bank) -> Chain | None:
    """The nets as `_steps` wants them; None where they go PyTorch's way."""
    chain = family(bank.rung.family).chain
    return chain(bank.rung) if chain is not None and kind() != NONE else None


class Steps:
    """What stays the same while the nets of a bank train for `count` steps."""

    def __init__(self, bank: Bank, chain: Chain, count: int, metric: Metric) -> None:
        self.bank, self.module, self.kind = bank, _module(), kind()
        rung, r = bank.rung, bank.recipe
        self.net = (rung.blocks, chain.branch is not None, rung.inputs.columns, rung.width)
        self.loss = LOSSES.get(metric, 0)
        self.numbers = (chain.branch or 0.0, r.beta1, r.beta2, r.adam_eps)
        weights, _, first, second, averages = bank.stores
        self.state = tuple(s.whole.detach().numpy() for s in (weights, first, second, averages))
        names = [f"{layer}.{part}" for layer in chain.layers for part in ("weight", "bias")]
        self.first = np.array([weights.place(name, 0) for name in names])
        self.apart = np.array([weights.parts[name].shape[1] for name in names])
        of = {name: (k.scale, k.decay) for k in bank.kinds for name in k.names}
        self.scaling = np.array([of[name] for name in names], dtype=np.float32)
        steps = range(bank.step, bank.step + count)
        self.warmth = np.array([bank.warmth(step) for step in steps])
        self.moves = np.array([bank.move(step) for step in steps])

    def train(self, net: int, data: EncodedFold, order: Tensor) -> float:
        """Train net `net` of the bank on rows `order` (steps, B); the last step's loss."""
        shift, spread = (_bytes(part) for part in (data.shift, data.spread))
        shape = (*self.net, self.bank.rung.outputs, order.shape[1], len(order))
        found: float = self.module.steps(
            self.kind,
            shape,
            (self.bank.step, self.loss, data.shift is not None),
            self.numbers,
            self.state,
            self.first + net * self.apart,
            self.scaling,
            _array(data.x),
            shift,
            spread,
            _array(data.y),
            _array(data.w),
            _array(order),
            2.0 ** self.bank.rates[net] * self.warmth,
            self.moves,
        )
        return found


def _array(tensor: Tensor) -> NDArray[Any]:
    return np.ascontiguousarray(tensor.numpy())


def _bytes(part: Tensor | None) -> NDArray[Any] | bytes:
    return b"" if part is None else _array(part)
