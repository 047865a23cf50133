"""Receptive fields by arithmetic: which inputs a unit can depend on, read off the autograd graph.

From a unit of some layer backwards an interval on every axis is carried through each operation:
kernel, stride, dilation and padding of convolutions and poolings (Araujo, Norris & Sim 2019,
distill.pub/2019/computing-receptive-fields, eq. 2), the hull of both sides of a sum, everything of
an axis where an operation mixes it. The graph knows operations, not modules, so that functional
code, residual sums and pooling inside a `forward` are seen as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

Interval = tuple[int, int]  # first and last place, both included; may lie beyond the edge
Box = tuple[Interval, ...]  # one interval an axis
BIG = 1 << 31  # PyTorch keeps negative sizes as unsigned numbers
EACH = {  # what works place by place, whatever it does there
    "Relu", "LeakyRelu", "Elu", "Gelu", "Silu", "Mish", "Softplus", "Hardtanh", "Hardswish",
    "Hardsigmoid", "Sigmoid", "Tanh", "Add", "Sub", "Mul", "Div", "Neg", "Abs", "Pow", "Sqrt",
    "Rsqrt", "Exp", "Log", "Clamp", "ClampMin", "ClampMax", "Clone", "Copy", "ToCopy",
    "NativeDropout", "FusedDropout", "NativeBatchNorm", "NativeGroupNorm", "CudnnBatchNorm",
    "Where", "Maximum", "Minimum", "Erf", "PreluKernel", "LogSigmoid", "Alias", "Expand",
    "Contiguous", "Detach",
}  # fmt: skip
RESHAPES = {"View", "UnsafeView", "ReshapeAlias", "Unsqueeze"}
MERGES = {"Add", "Sub", "Mul", "Div", "Where", "Maximum", "Minimum"}


def seen(output: Tensor, unit: Box, entered: Tensor) -> tuple[Box, tuple[int, ...]] | None:
    """What of `entered` (a leaf with gradient) a box of `output` depends on, and the axes' sizes.

    The axes are those of the first operation's result where `entered` is only reshaped there
    (images laid out flat), otherwise those of `entered`; `None` where it depends on nothing of it.
    """
    node = output.grad_fn
    if node is None:
        return None
    held: dict[Any, Box] = {node: unit}
    found: tuple[Box, tuple[int, ...]] | None = None
    for at in _order(node):
        box = held.get(at)
        if box is None:
            continue
        for (before, _), reached in zip(at.next_functions, _back(at, box), strict=True):
            if before is None or reached is None:
                continue
            if not _leaf(before):
                held[before] = _hull(held[before], reached) if before in held else reached
            elif before.variable is entered:
                flat = _name(at) in RESHAPES
                shape = _shape(at) if flat else tuple(entered.shape)
                assert shape is not None
                own = box if flat else reached
                same = found is not None and found[1] == shape
                found = (_hull(found[0], own) if found and same else own, shape)
    return found


def _order(node: Any) -> list[Any]:
    """Nodes from the output back, each after all that use it."""
    seen: set[Any] = set()
    order: list[Any] = []
    stack: list[tuple[Any, bool]] = [(node, False)]
    while stack:
        at, done = stack.pop()
        if done:
            order.append(at)
            continue
        if at in seen:
            continue
        seen.add(at)
        stack.append((at, True))
        stack += [(f, False) for f, _ in at.next_functions if f is not None and f not in seen]
    return order[::-1]


def _back(node: Any, box: Box) -> list[Box | None]:
    """The box of each thing that an operation took; `None` for what holds no place (weights)."""
    name, own = _name(node), _shape(node)
    sizes = [_shape(before) for before, _ in node.next_functions]
    if own is None or len(own) != len(box):
        return [None if size is None else _everything(size) for size in sizes]
    if name in RULES:
        most = len(sizes) if name == "Cat" else 1
        return [
            RULES[name](node, box, size) if i < most and size is not None else None
            for i, size in enumerate(sizes)
        ]
    if name in EACH:
        most = len(sizes) if name in MERGES else 1
        return [
            _broadcast(box, own, size) if i < most and size is not None else None
            for i, size in enumerate(sizes)
        ]
    return [None if size is None else _everything(size) for size in sizes]


def _broadcast(box: Box, own: Sequence[int], size: Sequence[int]) -> Box | None:
    """The box of one side of a sum or product.

    A side that has one place where the result has many (a gate over the whole image) is left out,
    as is usual.
    """
    if len(size) != len(box) or any(a == 1 and b > 1 for a, b in zip(size, own, strict=True)):
        return None
    return box


def _convolution(node: Any, box: Box, size: Sequence[int]) -> Box:
    kernel = node._saved_weight.shape[2:]
    stride, padding, dilation = map(
        _ints, (node._saved_stride, node._saved_padding, node._saved_dilation)
    )
    spatial = []
    for i, (a, b) in enumerate(box[2:]):
        k, s, p, d = kernel[i], stride[i], padding[i], dilation[i]
        if node._saved_transposed:
            spatial.append((-(-(a + p - (k - 1) * d) // s), (b + p) // s))
        else:
            spatial.append((a * s - p, b * s - p + (k - 1) * d))
    return (box[0], (0, size[1] - 1), *spatial)


def _pool(node: Any, box: Box, size: Sequence[int]) -> Box:
    kernel = _ints(node._saved_kernel_size)
    stride = _ints(node._saved_stride) or kernel
    padding = _ints(node._saved_padding)
    dilation = _ints(getattr(node, "_saved_dilation", (1,)))
    n = len(kernel) if len(kernel) > 1 else len(box) - 2
    kernel, stride, padding, dilation = (
        values * n if len(values) == 1 else values for values in (kernel, stride, padding, dilation)
    )
    places = [
        (a * stride[i] - padding[i], b * stride[i] - padding[i] + (kernel[i] - 1) * dilation[i])
        for i, (a, b) in enumerate(box[-n:])
    ]
    return (*box[:-n], *places)


def _adaptive(node: Any, box: Box, size: Sequence[int]) -> Box:
    own = _shape(node)
    assert own is not None
    return tuple(
        (a, b) if n == m else (a * n // m, -(-(b + 1) * n // m) - 1)
        for (a, b), n, m in zip(box, size, own, strict=True)
    )


def _pad(node: Any, box: Box, size: Sequence[int]) -> Box:
    pads = [_signed(p) for p in getattr(node, "_saved_pad", None) or node._saved_padding]
    before = [0] * len(box)
    for i in range(len(pads) // 2):
        before[len(box) - 1 - i] = pads[2 * i]
    return tuple((a - p, b - p) for (a, b), p in zip(box, before, strict=True))


def _permute(node: Any, box: Box, size: Sequence[int]) -> Box:
    order = [_signed(d) % len(box) for d in node._saved_dims]
    found = list(box)
    for new, old in enumerate(order):
        found[old] = box[new]
    return tuple(found)


def _transpose(node: Any, box: Box, size: Sequence[int]) -> Box:
    a, b = (_signed(d) % len(box) for d in (node._saved_dim0, node._saved_dim1))
    found = list(box)
    found[a], found[b] = box[b], box[a]
    return tuple(found)


def _view(node: Any, box: Box, size: Sequence[int]) -> Box:
    """Axes that stay as they are keep their interval, counted from both ends; others are mixed."""
    own = _shape(node)
    assert own is not None
    left = 0
    while left < min(len(own), len(size)) and own[left] == size[left]:
        left += 1
    right = 0
    while right < min(len(own), len(size)) - left and own[-1 - right] == size[-1 - right]:
        right += 1
    middle = tuple((0, n - 1) for n in size[left : len(size) - right])
    return (*box[:left], *middle, *(box[len(box) - right :] if right else ()))


def _cat(node: Any, box: Box, size: Sequence[int]) -> Box:
    axis = _signed(node._saved_dim) % len(box)
    return tuple((0, size[i] - 1) if i == axis else own for i, own in enumerate(box))


def _mean(node: Any, box: Box, size: Sequence[int]) -> Box:
    """Axes that a mean, a sum or a maximum runs over are mixed, the others kept."""
    dims = getattr(node, "_saved_dim", None)
    if dims is None:
        return _everything(size)
    over = {_signed(d) % len(size) for d in (dims if isinstance(dims, (tuple, list)) else (dims,))}
    kept = iter(box)
    keeps = bool(getattr(node, "_saved_keepdim", False))
    found = []
    for i, n in enumerate(size):
        if i in over:
            found.append((0, n - 1))
            if keeps:
                next(kept, None)
        else:
            found.append(next(kept, (0, n - 1)))
    return tuple(found)


def _interpolate(node: Any, box: Box, size: Sequence[int]) -> Box:
    """Nearest neighbours, and one place further for interpolation between them."""
    own = _shape(node)
    assert own is not None
    more = 0 if "Nearest" in _name(node) else 2 if "Bicubic" in _name(node) else 1
    return tuple(
        (a, b) if n == m else (a * n // m - more, b * n // m + more)
        for (a, b), n, m in zip(box, size, own, strict=True)
    )


def _slice(node: Any, box: Box, size: Sequence[int]) -> Box:
    axis = _signed(node._saved_dim) % len(size)
    start, step = _signed(node._saved_start), int(node._saved_step)
    start = max(start + size[axis], 0) if start < 0 else start
    a, b = box[axis]
    return (*box[:axis], (start + a * step, start + b * step), *box[axis + 1 :])


def _name(node: Any) -> str:
    """ "Relu" of "ReluBackward0"."""
    return re.sub(r"Backward\d*$", "", node.name())  # type: ignore[no-any-return]


def _leaf(node: Any) -> bool:
    return hasattr(node, "variable")


def _shape(node: Any) -> tuple[int, ...] | None:
    """The shape of what an operation gave."""
    if node is None:
        return None
    if _leaf(node):
        return tuple(node.variable.shape)
    kept = node._input_metadata
    return tuple(int(n) for n in kept[0].shape) if kept else None


def _everything(size: Sequence[int]) -> Box:
    return tuple((0, n - 1) for n in size)


def _hull(a: Box, b: Box) -> Box:
    if len(a) != len(b):
        return a
    return tuple((min(p, r), max(q, s)) for (p, q), (r, s) in zip(a, b, strict=True))


def _signed(value: Any) -> int:
    return int(value) - (1 << 64) if int(value) > BIG else int(value)


def _ints(values: Any) -> tuple[int, ...]:
    return tuple(map(_signed, values)) if isinstance(values, (tuple, list)) else (int(values),)


Rule = Callable[[Any, Box, Sequence[int]], Box]
RULES: dict[str, Rule] = {
    "Convolution": _convolution, "MaxPool2DWithIndices": _pool, "AvgPool2D": _pool,
    "MaxPool3DWithIndices": _pool, "AvgPool3D": _pool, "AdaptiveAvgPool2D": _adaptive,
    "AdaptiveMaxPool2D": _adaptive, "ConstantPadNd": _pad, "ReflectionPad1D": _pad,
    "ReflectionPad2D": _pad, "ReplicationPad1D": _pad, "ReplicationPad2D": _pad,
    "Permute": _permute, "Transpose": _transpose, "View": _view,
    "UnsafeView": _view, "ReshapeAlias": _view, "Unsqueeze": _view, "Squeeze": _view,
    "Cat": _cat, "Mean": _mean, "Sum": _mean, "Amax": _mean, "Slice": _slice,
    "UpsampleNearest1D": _interpolate, "UpsampleNearest2D": _interpolate,
    "UpsampleLinear1D": _interpolate, "UpsampleBilinear2D": _interpolate,
    "UpsampleBicubic2D": _interpolate,
}  # fmt: skip
