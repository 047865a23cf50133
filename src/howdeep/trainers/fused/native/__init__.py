"""Nets in C, where a compiler was found when howdeep was installed: the same nets in less time.

`_steps` trains one net at a time, so that its weights stay in cache and nothing lies between its
products, and evaluates nets one after another (`steps.c`, which looks at the processor when it
runs). It knows chains of linear layers with ReLU (`Family.chain`); `_convs` knows stacks of
convolutions (`stacks`). Every other net, and every net where they were not built, takes PyTorch's
way. Which way a study took is part of its platform. `HOWDEEP_KERNELS=torch` turns this off, and the
name of a kind asks for it. In bf16 there are kernels of chains for AVX512-BF16 alone: without these
instructions rounding only takes time, and PyTorch's way does that as well; evaluations are fp32's.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Precision, Rung
from howdeep.data.task import RowIndex
from howdeep.metrics import Loss
from howdeep.nets.families import Chain, family
from howdeep.trainers.fused.encoded import EncodedFold
from howdeep.trainers.fused.weights import FusedWeights, Tensors

VARIABLE = "HOWDEEP_KERNELS"
NONE = "torch"  # PyTorch's way
LOSSES: dict[Loss, int] = {"cross_entropy": 0, "squared": 1, "absolute": 2}  # as net.h counts


def _module() -> Any:
    """The compiled module, or None where it was not built, or not with the one for `stacks`."""
    try:
        importlib.import_module(f"{__name__}._convs")
        return importlib.import_module(f"{__name__}._steps")
    except ImportError:
        return None


def kinds(precision: Precision = "fp32") -> tuple[str, ...]:
    """The ways to train in a precision that there are here, fastest first.

    >>> kinds()[-1], kinds("bf16")[-1]
    ('torch', 'torch')
    """
    module = _module()
    return (*(module.kinds(precision == "bf16") if module else ()), NONE)


def kind(precision: Precision = "fp32") -> str:
    """The way that is taken: the fastest, or what `HOWDEEP_KERNELS` names; PyTorch's where that
    does not know the precision.

    Raises:
        ConfigError: it names none that there is here.
    """
    asked = os.environ.get(VARIABLE, "") or kinds()[0]
    if asked not in kinds():
        raise ConfigError(
            f"{VARIABLE}={asked!r}: there is none here", f"one of {', '.join(kinds())}"
        )
    return asked if asked in kinds(precision) else NONE


def slower(precisions: Collection[Precision]) -> Iterator[str]:
    """A sentence for each way in which nets train slower here than they could, unless
    `HOWDEEP_KERNELS` asks for it.

    >>> list(slower(["fp32"])) == [] or kinds() == (NONE,)
    True
    """
    if os.environ.get(VARIABLE):
        return
    if kinds() == (NONE,):
        yield (
            "howdeep was installed without a C compiler, so that nets take 1.2 to 4 times as long. "
            "Install gcc or clang, then howdeep again (pip install --force-reinstall "
            "--no-cache-dir)."
        )
    if "bf16" in precisions and kind("bf16") == NONE:
        yield (
            "bf16 takes longer than fp32 here: howdeep's kernels for it need a processor with "
            "AVX512-BF16."
        )


def chain_of(rung: Rung, precision: Precision = "fp32") -> Chain | None:
    """The rung as `_steps` wants it; None where its nets go PyTorch's way."""
    chain = family(rung.family).chain
    return chain(rung) if chain is not None and kind(precision) != NONE else None


def _parameters(chain: Chain) -> list[str]:
    """Names of a chain's parameters in the order in which `_steps` takes them."""
    return [f"{layer}.{part}" for layer in chain.layers for part in ("weight", "bias")]


def outputs(
    rung: Rung, chain: Chain, weights: Tensors, fold: EncodedFold, rows: RowIndex
) -> NDArray[np.float32]:
    """Outputs (M, n, C) of M nets on `rows` of their fold: as `Family.apply` gives them."""
    parts = tuple(weights[name].detach().numpy() for name in _parameters(chain))
    out = np.empty((len(parts[0]), len(rows), rung.outputs), dtype=np.float32)
    shape = (rung.blocks, chain.branch is not None, rung.inputs.columns, rung.width, rung.outputs)
    _module().outputs(
        kind(),
        (*shape, len(out)),
        (fold.shift is not None, chain.branch or 0.0),
        parts,
        _array(fold.x),
        _bytes(fold.shift),
        _bytes(fold.spread),
        np.ascontiguousarray(rows, dtype=np.int64),
        out,
    )
    return out


class Steps:
    """What stays the same while the nets of one program train for `count` steps."""

    def __init__(self, fused: FusedWeights, chain: Chain, count: int, loss: Loss) -> None:
        rung, r = fused.rung, fused.recipe
        self.fused, self.module, self.kind = fused, _module(), kind(r.precision)
        self.bf16 = r.precision == "bf16"
        self.net = (rung.blocks, chain.branch is not None, rung.inputs.columns, rung.width)
        self.loss = LOSSES[loss]
        self.numbers = (chain.branch or 0.0, r.beta1, r.beta2, r.adam_eps)
        weights, _, first, second, averages = fused.stores
        self.state = tuple(s.whole.detach().numpy() for s in (weights, first, second, averages))
        names = _parameters(chain)
        self.first = np.array([weights.place(name, 0) for name in names])
        self.apart = np.array([weights.parts[name].shape[1] for name in names])
        of = {name: (k.scale, k.decay) for k in fused.kinds for name in k.names}
        self.scaling = np.array([of[name] for name in names], dtype=np.float32)
        steps = range(fused.step, fused.step + count)
        self.warmth = np.array([fused.warmth(step) for step in steps])
        self.moves = np.array([fused.move(step) for step in steps])

    def train(self, net: int, data: EncodedFold, order: Tensor) -> float:
        """Train net `net` of the program on rows `order` (steps, B); the last step's loss."""
        shift, spread = (_bytes(part) for part in (data.shift, data.spread))
        shape = (*self.net, self.fused.rung.outputs, order.shape[1], len(order))
        found: float = self.module.steps(
            self.kind,
            shape,
            (self.fused.step, self.loss, data.shift is not None, self.bf16),
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
            2.0 ** self.fused.rates[net] * self.warmth,
            self.moves,
        )
        return found


def _array(tensor: Tensor) -> NDArray[Any]:
    return np.ascontiguousarray(tensor.numpy())


def _bytes(part: Tensor | None) -> NDArray[Any] | bytes:
    return b"" if part is None else _array(part)
