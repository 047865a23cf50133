"""What happens inside a net while rows pass: every layer and activation, forward and backward.

Activations are found whether they are modules or functions (`torch.relu(x)` in a `forward`), so
that a net needs not be written in any one way. A module that is called twice is two sites.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from howdeep.instruments._subject import Loss, Rows, main

SiteKind = Literal["weights", "norm", "activation", "other"]
WEIGHTS = (
    nn.Linear, nn.Bilinear, nn.Embedding, nn.EmbeddingBag, nn.RNNBase, nn.RNNCellBase,
    nn.MultiheadAttention, nn.modules.conv._ConvNd,
)  # fmt: skip
NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
FUNCTIONS: dict[Callable[..., Any], str] = {
    torch.relu: "relu", torch.relu_: "relu", Tensor.relu: "relu", Tensor.relu_: "relu",
    F.relu: "relu", F.relu6: "relu6", F.leaky_relu: "leaky_relu", F.elu: "elu", F.selu: "selu",
    F.gelu: "gelu", F.silu: "silu", F.mish: "mish", F.softplus: "softplus", F.prelu: "prelu",
    F.hardtanh: "hardtanh", F.hardswish: "hardswish", F.hardsigmoid: "hardsigmoid",
    torch.tanh: "tanh", Tensor.tanh: "tanh", F.tanh: "tanh",
    torch.sigmoid: "sigmoid", Tensor.sigmoid: "sigmoid", F.sigmoid: "sigmoid",
    torch.softmax: "softmax", Tensor.softmax: "softmax", F.softmax: "softmax",
    F.log_softmax: "log_softmax", torch.log_softmax: "log_softmax",
    Tensor.log_softmax: "log_softmax", F.logsigmoid: "logsigmoid",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Site:
    """One place in a net where a layer or an activation was at work, in the order of the pass.

    `name`: of the module, dotted, or of the module around a function and the function's
    ("block.relu"); the second call of one has "#2". `what`: "linear", "conv2d", "relu", ...
    `layer`: the module; `None` for a function. `entered` and `output`: what went in and came out,
    (N, ...). `slope`: the gradient of the loss there, like `output`; `None` where none arrived.
    """

    name: str
    kind: SiteKind
    what: str
    layer: nn.Module | None
    entered: Tensor | None
    output: Tensor
    slopes: list[Tensor] = field(default_factory=list, repr=False)

    @property
    def slope(self) -> Tensor | None:
        """The gradient of the loss at the output, (N, ...)."""
        return self.slopes[0] if self.slopes else None


@dataclass(frozen=True, eq=False)
class Trace:
    """One pass: its sites in order, the loss, and the gradient of each parameter by name.

    A parameter that the loss does not depend on has `None`.
    """

    sites: tuple[Site, ...]
    outputs: Tensor
    loss: float
    gradients: dict[str, Tensor | None]

    def of(self, *kinds: SiteKind) -> tuple[Site, ...]:
        """The sites of some kinds."""
        return tuple(site for site in self.sites if site.kind in kinds)


def trace(net: nn.Module, rows: Rows, loss: Loss | None = None, *, training: bool = False) -> Trace:
    """One pass of rows through a net, and back from the loss where it is given.

    Call it inside `untouched`: with `training` batch norms take the batch's statistics and move
    their own. Hooks of others stay where they are and are called as ever.
    """
    net.train(training)
    recorder = _Recorder(net, backward=loss is not None)
    with recorder.listening(), torch.set_grad_enabled(loss is not None):
        outputs = main(net(*rows.inputs))
        value = loss(outputs, rows.targets) if loss is not None else None
        named = {n: p for n, p in net.named_parameters() if p.requires_grad}
        gradients: Sequence[Tensor | None] = [None] * len(named)
        if value is not None and value.requires_grad and named:
            gradients = torch.autograd.grad(value, list(named.values()), allow_unused=True)
    return Trace(
        tuple(recorder.sites),
        outputs.detach(),
        float("nan") if value is None else float(value.detach()),
        dict(zip(named, gradients, strict=True)),
    )


def live(net: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[tuple[str, Tensor], ...]:
    """The outputs of the layers with weights, by name, as autograd holds them: what a Jacobian is
    taken of. Call it inside `untouched`, with gradients enabled.
    """
    net.eval()
    recorder = _Live(net, backward=False)
    with recorder.listening():
        net(*inputs)
    return tuple(recorder.held)


@contextmanager
def hooked(handles: Iterable[RemovableHandle]) -> Iterator[None]:
    """Hooks that were just set, and are gone afterwards."""
    with ExitStack() as stack:
        for handle in handles:
            stack.callback(handle.remove)
        yield


class _Recorder:
    """Hooks on modules, and a mode that sees functions; the path of the module at work."""

    def __init__(self, net: nn.Module, backward: bool) -> None:
        self.sites: list[Site] = []
        self.backward = backward
        self.paths = {module: name for name, module in net.named_modules()}
        self.at: list[str] = []
        self.calls: dict[str, int] = {}
        self.net = net

    @contextmanager
    def listening(self) -> Iterator[None]:
        with ExitStack() as stack:
            for module in self.paths:
                if getattr(module, "inplace", False) is True:  # would write over what is recorded
                    module.inplace = False  # type: ignore[assignment]
                    stack.callback(setattr, module, "inplace", True)
                stack.callback(module.register_forward_pre_hook(self._enter).remove)
                stack.callback(module.register_forward_hook(self._leave, always_call=True).remove)
            stack.enter_context(_Functions(self))
            yield

    def add(
        self, name: str, kind: SiteKind, what: str, layer: nn.Module | None,
        entered: Any, output: Any,
    ) -> None:  # fmt: skip
        """Note a site, unless nothing came out of it that could be looked at."""
        try:
            tensor = main(output)
        except TypeError:
            return
        if not tensor.is_floating_point():
            return
        self.calls[name] = self.calls.get(name, 0) + 1
        count = self.calls[name]
        before = entered.detach() if isinstance(entered, Tensor) else None
        label = name if count == 1 else f"{name}#{count}"
        site = Site(label, kind, what, layer, before, tensor.detach().clone())
        self.sites.append(site)
        if self.backward and tensor.requires_grad:
            tensor.register_hook(lambda slope: site.slopes.append(slope.detach().clone()))  # type: ignore[no-untyped-call]

    def _enter(self, module: nn.Module, args: Any) -> None:
        self.at.append(self.paths[module])

    def _leave(self, module: nn.Module, args: Any, output: Any) -> None:
        path = self.at.pop()
        kind = _kind(module)
        if kind is not None and output is not None:
            entered = args[0].detach().clone() if args and isinstance(args[0], Tensor) else None
            name = path or type(module).__name__
            self.add(name, kind, type(module).__name__.lower(), module, entered, output)


class _Live(_Recorder):
    """Keeps outputs with their graphs."""

    def __init__(self, net: nn.Module, backward: bool) -> None:
        super().__init__(net, backward)
        self.held: list[tuple[str, Tensor]] = []

    def add(
        self, name: str, kind: SiteKind, what: str, layer: nn.Module | None,
        entered: Any, output: Any,
    ) -> None:  # fmt: skip
        before = len(self.sites)
        super().add(name, kind, what, layer, None, output)
        if kind == "weights" and len(self.sites) > before:
            self.held.append((self.sites[-1].name, main(output)))


def _kind(module: nn.Module) -> SiteKind | None:
    """What a module is to instruments; `None` where its parts, or its functions, are looked at."""
    if isinstance(module, WEIGHTS):
        return "weights"
    if isinstance(module, NORMS):
        return "norm"
    return None


class _Functions(TorchFunctionMode):
    """Sees the activations among PyTorch's functions, also those that modules call."""

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self.recorder = recorder

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        what = FUNCTIONS.get(func)
        if what is None:
            return func(*args, **(kwargs or {}))
        entered = args[0] if args else (kwargs or {}).get("input")
        if isinstance(entered, Tensor):
            entered = entered.detach().clone()  # now: the function may write over it
        output = func(*args, **(kwargs or {}))
        owner = self.recorder.at[-1] if self.recorder.at else ""
        name = f"{owner}.{what}" if owner else what
        self.recorder.add(name, "activation", what, None, entered, output)
        return output
