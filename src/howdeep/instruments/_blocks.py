"""Blocks of a net that can be left out, found by watching one pass, and passes without one.

A block is the branch of a residual sum (x + f(x), however it is written), which is left out by
giving the stream alone; elsewhere a layer, or a part of a Sequential, ModuleList or ModuleDict,
whose output has the shape of its input, which then passes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from howdeep.instruments._subject import Rows, main
from howdeep.instruments._trace import WEIGHTS, hooked

ADDS = {"add", "add_", "__add__", "__radd__", "__iadd__"}
HOLDERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
Kind = Literal["branch", "layer"]


@dataclass(frozen=True)
class Block:
    """One block. `at`: the number of its sum in a pass; -1 of a layer. `stream`: which side of
    the sum is the stream. `scale`: root mean square of what it adds, over that of the stream.
    """

    name: str
    kind: Kind
    scale: float
    at: int = -1
    stream: int = 0


def blocks(net: nn.Module, rows: Rows) -> list[Block]:
    """The blocks of a net in evaluation mode, in the order of the pass; empty where there are none.

    Call it inside `untouched`.
    """
    net.eval()
    watch = _Watch(net)
    inputs = [x.clone().requires_grad_() if x.is_floating_point() else x for x in rows.inputs]
    with watch.listening(), torch.enable_grad(), watch:
        output = main(net(*inputs))
    inside = {name for _, names in watch.sums for name in names}
    layers = _layers(net, watch, inside, output)
    return [found for found, _ in watch.sums] + layers


@contextmanager
def without(net: nn.Module, block: Block | None) -> Iterator[Callable[..., Any]]:
    """What passes inputs through the net but for one block; all of it where there is none."""
    if block is None:
        yield net
        return
    if block.kind == "branch":
        chosen = block

        def run(*inputs: Tensor) -> Any:
            with _Skip(chosen):
                return net(*inputs)

        yield run
        return
    with net.get_submodule(block.name).register_forward_hook(_pass_on):
        yield net


def _pass_on(module: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
    """The input in place of the output, and in place of the first of several."""
    passed = args[0].clone()  # what follows may write over it
    return (passed, *output[1:]) if isinstance(output, tuple) else passed


@dataclass(frozen=True)
class _Call:
    """One call of a module: by how much it changes what it takes, where the shape stays."""

    same: bool
    change: float
    place: int  # of its output in memory


def _call(entered: Tensor, left: Tensor) -> _Call:
    same = entered.shape == left.shape
    return _Call(same, _ratio(left - entered, entered) if same else 0.0, left.data_ptr())


class _Sums(TorchFunctionMode):
    """Counts the sums of two tensors of one shape, as they come in a pass."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in ADDS and _pair(args):
            self.count += 1
            return self.sum(self.count - 1, func, args, kwargs)
        return func(*args, **kwargs)

    def sum(self, at: int, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        raise NotImplementedError


class _Skip(_Sums):
    """Gives the stream alone at one sum."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.block = block

    def sum(self, at: int, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        if at != self.block.at:
            return func(*args, **kwargs)
        stream = args[self.block.stream]
        if func.__name__ not in {"add_", "__iadd__"}:
            return stream.clone()  # what follows may write over it
        return args[0].copy_(stream) if self.block.stream else stream


class _Watch(_Sums):
    """Finds the residual sums of a pass, by the graph: one side was computed from the other."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        self.sums: list[tuple[Block, tuple[str, ...]]] = []
        self.calls: dict[str, list[_Call]] = {}
        self.layer_of: dict[Any, str] = {}  # by node of the graph

    @contextmanager
    def listening(self) -> Iterator[None]:
        handles = [
            module.register_forward_hook(self._note(name))
            for name, module in self.net.named_modules()
            if name
        ]
        with hooked(handles):
            yield

    def _note(self, name: str) -> Any:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            try:
                tensor = main(output)
            except TypeError:
                return
            if isinstance(module, WEIGHTS) and tensor.grad_fn is not None:
                self.layer_of[tensor.grad_fn] = name
            if args and isinstance(args[0], Tensor) and args[0].is_floating_point():
                self.calls.setdefault(name, []).append(_call(args[0].detach(), tensor.detach()))

        return hook

    def sum(self, at: int, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        for stream in (0, 1):
            branch = args[1 - stream]
            if branch.grad_fn is None or args[stream] is branch:
                continue
            before = _behind(_node(args[stream]))
            reached = _behind(branch.grad_fn)
            if _node(args[stream]) not in reached:
                continue
            names = tuple(
                sorted({self.layer_of[node] for node in reached - before if node in self.layer_of})
            )
            if names:
                scale = _ratio(branch.detach(), args[stream].detach())
                self.sums.append((Block(_common(names), "branch", scale, at, stream), names))
            break
        return func(*args, **kwargs)


def _pair(args: Any) -> bool:
    if len(args) < 2 or not all(isinstance(value, Tensor) for value in args[:2]):
        return False
    a, b = args[:2]
    return bool(a.shape == b.shape and a.ndim > 1 and a.is_floating_point())


def _node(value: Tensor) -> Any:
    """Where a tensor stands in the graph."""
    if value.grad_fn is not None:
        return value.grad_fn
    if not value.requires_grad:
        return None
    return value.expand_as(value).grad_fn.next_functions[0][0]  # type: ignore[union-attr]


def _behind(node: Any) -> set[Any]:
    """A node with all that it was computed from."""
    found: set[Any] = set()
    stack = [node]
    while stack:
        at = stack.pop()
        if at is None or at in found:
            continue
        found.add(at)
        stack += [before for before, _ in at.next_functions]
    return found


def _layers(net: nn.Module, watch: _Watch, inside: set[str], output: Tensor) -> list[Block]:
    """Parts whose output has the shape of their input, outside of residual sums, used once."""
    found: list[Block] = []

    def walk(module: nn.Module, path: str) -> None:
        for name, child in module.named_children():
            full = f"{path}.{name}" if path else name
            before = len(found)
            if isinstance(child, HOLDERS) or not fits(full, child):
                walk(child, full)
            if len(found) == before and fits(full, child):
                found.append(Block(full, "layer", watch.calls[full][0].change))

    def fits(name: str, module: nn.Module) -> bool:
        calls = watch.calls.get(name, [])
        if len(calls) != 1 or not any(isinstance(m, WEIGHTS) for m in module.modules()):
            return False
        if not calls[0].same or calls[0].place == output.data_ptr():
            return False  # what gives the outputs is not left out
        return not any(one == name or one.startswith(f"{name}.") for one in inside)

    walk(net, "")
    order = {name: i for i, name in enumerate(watch.calls)}
    return sorted(found, key=lambda block: order[block.name])


def _common(names: tuple[str, ...]) -> str:
    """What the names of a branch's layers, in order, begin with.

    >>> _common(("parts.blocks_1_down", "parts.blocks_1_up"))
    'parts.blocks_1'
    >>> _common(("layer.conv1", "layer.conv2")), _common(("layer.key", "layer.kind"))
    ('layer.conv', 'layer')
    """
    if len(names) == 1:
        return names[0]
    first, last = names[0], names[-1]  # in order, so that what these share all do
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    start = first if same is None else first[:same]
    if start not in names and not all(name[len(start)].isdigit() for name in names):
        start = start[: max(start.rfind("."), start.rfind("_")) + 1]
    return start.rstrip("._") or f"{first} to {last}"


def _ratio(a: Tensor, b: Tensor) -> float:
    """The root mean square of what is added over that of the stream."""
    added, stream = (x.float().square().mean().sqrt() for x in (a, b))
    return float(added / stream.clamp_min(1e-12))
