"""What happens inside a net while rows pass: every layer and activation, forward and backward.

Activations are found whether they are modules or functions (`torch.relu(x)` in a `forward`), so
that a net needs not be written in any one way. A module that is called twice is two sites.

What passes is held as it is and not copied, so that a trace takes no more than autograd does; a net
that writes over its own values is passed a second time, with copies. Where the values of many rows
are not needed together, `_follow` keeps none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    F.celu: "celu", F.softsign: "softsign", torch.prelu: "prelu", torch.celu: "celu",
    torch.tanh: "tanh", Tensor.tanh: "tanh", F.tanh: "tanh",
    torch.tanh_: "tanh", Tensor.tanh_: "tanh", torch.sigmoid_: "sigmoid",
    torch.sigmoid: "sigmoid", Tensor.sigmoid: "sigmoid", F.sigmoid: "sigmoid",
    Tensor.sigmoid_: "sigmoid",
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
    `again`: an activation with the constants of this call (ends, slopes), of other values.
    """

    name: str
    kind: SiteKind
    what: str
    layer: nn.Module | None
    entered: Tensor | None
    output: Tensor
    slopes: list[Tensor] = field(default_factory=list, repr=False)
    again: Callable[[Tensor], Tensor] | None = field(default=None, repr=False)

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
    random = torch.get_rng_state()
    found, whole = _traced(net, rows, loss, copies=False)
    if not whole:
        torch.set_rng_state(random)  # the same masks of dropout
        found, _ = _traced(net, rows, loss, copies=True)
    return found


def _traced(net: nn.Module, rows: Rows, loss: Loss | None, copies: bool) -> tuple[Trace, bool]:
    """One pass, and whether all that was noted is still what it was."""
    recorder = _Recorder(net, loss is not None, copies)
    with recorder.listening(), torch.set_grad_enabled(loss is not None):
        outputs = main(net(*rows.inputs))
        value = loss(outputs, rows.targets) if loss is not None else None
        whole = recorder.whole()
        gradients = slopes_of(net, value) if whole else {}
    own = outputs.detach().clone() if copies else outputs.detach()
    told = float("nan") if value is None else float(value.detach())
    return Trace(tuple(recorder.sites), own, told, gradients), whole


def follow(
    net: nn.Module,
    rows: Rows,
    look: Callable[[Site], None],
    loss: Loss | None = None,
    feel: Callable[[str, Tensor], None] = lambda name, slope: None,
) -> None:
    """One pass in evaluation mode of which nothing is kept: `look` is called with each site while
    its values are there, and `feel` with its name and the gradient of the loss there.

    Call it inside `untouched`.
    """
    net.eval()
    recorder = _Passing(net, look, feel, loss is not None)
    with torch.set_grad_enabled(loss is not None):
        # so that gradients pass a net whose weights are frozen
        leaves = [x.detach().requires_grad_() if x.is_floating_point() else x for x in rows.inputs]
        with recorder.listening():
            outputs = main(net(*(x + 0 if x.requires_grad else x for x in leaves)))
            value = None if loss is None else loss(outputs, rows.targets)
            if value is not None and value.requires_grad:
                own = [p for p in (*net.parameters(), *leaves) if p.requires_grad]
                torch.autograd.grad(value, own, allow_unused=True)


def slopes_of(net: nn.Module, value: Tensor | None) -> dict[str, Tensor | None]:
    """The gradient of a loss by each parameter that has one, by name."""
    named = {n: p for n, p in net.named_parameters() if p.requires_grad}
    if value is None or not value.requires_grad or not named:
        return dict.fromkeys(named)
    found = torch.autograd.grad(value, list(named.values()), allow_unused=True)
    return dict(zip(named, found, strict=True))


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

    def __init__(self, net: nn.Module, backward: bool, copies: bool = False) -> None:
        self.sites: list[Site] = []
        self.backward, self.copies = backward, copies
        self.noted: list[tuple[Tensor, int]] = []  # what is held, and how often it was written to
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
        entered: Any, output: Any, again: Callable[[Tensor], Tensor] | None = None,
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
        before = self.hold(entered) if isinstance(entered, Tensor) else None
        label = name if count == 1 else f"{name}#{count}"
        site = Site(label, kind, what, layer, before, self.hold(tensor), again=again)
        self.note(site, tensor)

    def note(self, site: Site, tensor: Tensor) -> None:
        """Keep a site, and its slope when it comes."""
        self.sites.append(site)
        if self.backward and tensor.requires_grad:
            tensor.register_hook(lambda slope: site.slopes.append(slope.detach()))  # type: ignore[no-untyped-call]

    def hold(self, value: Tensor) -> Tensor:
        """What is looked at later: as it is, or a copy of it."""
        own = value.detach()
        if self.copies or own.is_inference():
            return own.clone()
        self.noted.append((own, own._version))
        return own

    def whole(self) -> bool:
        """Was nothing of what is held written over?"""
        return all(value._version == version for value, version in self.noted)

    def _enter(self, module: nn.Module, args: Any) -> None:
        self.at.append(self.paths[module])

    def _leave(self, module: nn.Module, args: Any, output: Any) -> None:
        path = self.at.pop()
        kind = _kind(module)
        if kind is not None and output is not None:
            entered = args[0] if args and isinstance(args[0], Tensor) else None
            name = path or type(module).__name__
            self.add(name, kind, type(module).__name__.lower(), module, entered, output)


class _Live(_Recorder):
    """Keeps outputs with their graphs."""

    def __init__(self, net: nn.Module, backward: bool) -> None:
        super().__init__(net, backward)
        self.held: list[tuple[str, Tensor]] = []

    def note(self, site: Site, tensor: Tensor) -> None:
        if site.kind == "weights":
            self.held.append((site.name, tensor))

    def hold(self, value: Tensor) -> Tensor:
        return value


class _Passing(_Recorder):
    """Shows what passes, and keeps nothing of it."""

    def __init__(
        self, net: nn.Module, look: Callable[[Site], None], feel: Callable[[str, Tensor], None],
        backward: bool,
    ) -> None:  # fmt: skip
        super().__init__(net, backward)
        self.look, self.feel = look, feel

    def note(self, site: Site, tensor: Tensor) -> None:
        self.look(site)
        name, feel = site.name, self.feel  # the site is not held
        if self.backward and tensor.requires_grad:
            tensor.register_hook(lambda slope: feel(name, slope.detach()))  # type: ignore[no-untyped-call]

    def hold(self, value: Tensor) -> Tensor:
        return value.detach()


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
        what, own = FUNCTIONS.get(func), kwargs or {}
        if what is None:
            return func(*args, **own)
        entered = args[0] if args else own.get("input")
        rest, named = args[1:], {k: v for k, v in own.items() if k != "input"}
        if isinstance(entered, Tensor) and writes(func, rest, named):
            entered = entered.detach().clone()  # now, before it is written over
        output = func(*args, **own)
        owner = self.recorder.at[-1] if self.recorder.at else ""
        what = "relu6" if what == "hardtanh" and _ends(rest, named) == (0.0, 6.0) else what
        name = f"{owner}.{what}" if owner else what

        def again(x: Tensor) -> Tensor:
            return func(x + 0, *rest, **named)  # type: ignore[no-any-return]  # it may write to it

        self.recorder.add(name, "activation", what, None, entered, output, again)
        return output


def writes(func: Callable[..., Any], rest: tuple[Any, ...], named: Mapping[str, Any]) -> bool:
    """Does this call of an activation write over what it takes?"""
    told = any(value is True for value in (*rest, named.get("inplace")))
    return told or func.__name__.endswith("_")


def _ends(rest: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[float, float]:
    """The range of a call of hardtanh; torch's ReLU6 is one."""
    low = rest[0] if rest else named.get("min_val", -1.0)
    high = rest[1] if len(rest) > 1 else named.get("max_val", 1.0)
    return float(low), float(high)
