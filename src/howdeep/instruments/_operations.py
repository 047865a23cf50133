"""Operations of a pass: of each layer by formula, and of all that PyTorch does by its own counter.

A multiplication with its addition counts as two, as `torch.utils.flop_counter` does; activations,
norms and additions alone are not counted, as is usual.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from howdeep.instruments._subject import Rows, main

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def operations(module: nn.Module, args: tuple[Any, ...], output: Any) -> float | None:
    """Of one call of a layer with weights; `None` where there is no formula for it.

    Convolution: 2 outputs x kernel x channels in / groups; linear: 2 outputs x columns in;
    recurrent: 2 rows x steps x gates x units x (columns in + units) for each layer and direction;
    attention: its four projections and two products of queries and keys.
    """
    x = args[0] if args and isinstance(args[0], Tensor) else None
    y = main(output)
    if isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
        return 0.0
    if x is None:
        return None
    if isinstance(module, nn.Linear):
        return 2.0 * y.numel() * module.in_features
    if isinstance(module, nn.Bilinear):
        return 2.0 * y.numel() * module.in1_features * module.in2_features
    if isinstance(module, nn.modules.conv._ConvTransposeNd):
        return 2.0 * x.numel() * _kernel(module) * module.out_channels / module.groups
    if isinstance(module, nn.modules.conv._ConvNd):
        return 2.0 * y.numel() * _kernel(module) * module.in_channels / module.groups
    if isinstance(module, nn.RNNBase):
        return _recurrent(module, x)
    if isinstance(module, nn.RNNCellBase):
        gates = GATES[type(module).__name__.removesuffix("Cell")]
        rows = x.numel() / module.input_size
        return 2.0 * rows * gates * module.hidden_size * (module.input_size + module.hidden_size)
    if isinstance(module, nn.MultiheadAttention):
        return _attention(module, args)
    return None


def counted(net: nn.Module, rows: Rows) -> float:
    """Operations of one pass of rows, counted by PyTorch where each is called."""
    with all_seen(), torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(*rows.inputs)
    return float(counter.get_total_flops())


@contextmanager
def all_seen() -> Iterator[None]:
    """Fused kernels are taken apart meanwhile, as no counter looks inside them."""
    fast, fused = torch.backends.mha.get_fastpath_enabled(), torch._C._get_mkldnn_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    torch._C._set_mkldnn_enabled(False)  # its LSTM is one operation; `flags` warns of other things
    try:
        with sdpa_kernel(SDPBackend.MATH):  # the counter knows no attention of processors
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        torch._C._set_mkldnn_enabled(fused)


def _kernel(module: Any) -> float:
    return float(math.prod(module.kernel_size))


def _recurrent(module: nn.RNNBase, x: Tensor) -> float:
    gates = GATES[module.mode.split("_")[0]]
    hidden, out = module.hidden_size, module.proj_size or module.hidden_size
    steps = x.numel() / module.input_size  # rows x steps
    ways = 2 if module.bidirectional else 1
    total = 0.0
    for layer in range(module.num_layers):
        columns = module.input_size if layer == 0 else out * ways
        total += ways * steps * gates * hidden * (columns + out)
        total += ways * steps * hidden * module.proj_size
    return 2.0 * total


def _attention(module: nn.MultiheadAttention, args: tuple[Any, ...]) -> float:
    query, key, value = (*args, *args[-1:] * 2)[:3]
    width = module.embed_dim
    axis = 1 if module.batch_first else 0
    asks, answers = query.numel() / width, query.shape[axis] if query.ndim == 3 else len(query)
    keys = key.shape[axis] if key.ndim == 3 else len(key)
    projected = asks * width + key.numel() + value.numel() + asks * width
    products = 2 * (asks / answers) * answers * keys
    return 2.0 * width * (projected + products)
