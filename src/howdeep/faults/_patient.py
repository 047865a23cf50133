"""`Patient`: a net with its rows, its loss and the way it is trained, as faults see it."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, ValuesView
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer

from howdeep.base.errors import ConfigError, InstrumentError
from howdeep.instruments import Rows, Subject, subject
from howdeep.instruments._own import rows_of
from howdeep.instruments._subject import Kind, Loss

Make = Callable[[Iterable[nn.Parameter], float], Optimizer]


def _momentum(parameters: Iterable[nn.Parameter], rate: float) -> Optimizer:
    return torch.optim.SGD(parameters, rate, momentum=0.9)


OPTIMIZERS: dict[str, Make] = {
    "adam": lambda parameters, rate: torch.optim.Adam(parameters, rate),
    "adamw": lambda parameters, rate: torch.optim.AdamW(parameters, rate),
    "sgd": lambda parameters, rate: torch.optim.SGD(parameters, rate),
    "momentum": _momentum,
}
USUAL = {"adam": 3e-3, "adamw": 3e-3, "sgd": 0.1, "momentum": 0.03}  # where no rate is said


@dataclass(frozen=True, eq=False)
class Patient:
    """A net, the rows it learns from, its loss and how it is trained.

    `rate`: the learning rate, 0 where none was said. `usual`: the one to try first then. `make`:
    the optimiser. `left_out`: parameters that the optimiser was not given.
    """

    net: nn.Module
    train: Rows
    loss: Loss
    test: Rows | None = None
    kind: Kind = ""
    rate: float = 0.0
    usual: float = USUAL["adam"]
    make: Make = OPTIMIZERS["adam"]
    left_out: frozenset[str] = frozenset()
    name: str = ""

    def but(self, **changed: Any) -> Patient:
        """The same patient with something else in its place.

        >>> import torch
        >>> from howdeep.instruments import Rows
        >>> rows = Rows((torch.zeros(4, 2),), torch.zeros(4))
        >>> one = Patient(torch.nn.Linear(2, 1), rows, torch.nn.functional.mse_loss)
        >>> one.but(rate=0.1).rate
        0.1
        """
        return replace(self, **changed)


def copied(net: nn.Module) -> nn.Module:
    """A copy on the processor that may be trained and mended.

    Raises:
        InstrumentError: the net cannot be copied.
    """
    try:
        return copy.deepcopy(net, _results(net)).cpu()
    except Exception as error:  # a net is anyone's: what its copying raises may be anything
        what = f"{type(net).__name__} cannot be copied: {error}"
        raise InstrumentError(what[:300], "make it copyable by copy.deepcopy") from error


def _results(net: nn.Module) -> dict[int, Tensor]:
    """What copying leaves to its caller: what a net keeps of an earlier pass, as weight_norm of
    torch.nn.utils does (autograd's results cannot be copied, their values can), and weights that
    have no size before the first pass.
    """
    found: dict[int, Tensor] = {}
    for module in net.modules():
        for held in vars(module).values():
            many = held.values() if isinstance(held, dict) else held
            for value in many if isinstance(many, list | tuple | ValuesView) else (many,):
                if isinstance(value, Tensor) and is_lazy(value):
                    found[id(value)] = type(value)()
                elif isinstance(value, Tensor) and not value.is_leaf:
                    found[id(value)] = value.detach().clone()
    return found


def patient(
    net: nn.Module,
    data: Any,
    loss: Any = None,
    *,
    rate: float | None = None,
    optimizer: str | Optimizer = "adam",
    test: Any = None,
    name: str = "",
) -> Patient:
    """A module with data as people have them (`howdeep.instruments.subject`) as a patient.

    `optimizer`: "adam", "adamw", "sgd", "momentum", or an optimiser with its settings.

    Raises:
        InstrumentError: the net does not take the rows, or cannot be copied.
        ConfigError: no such optimiser, or a rate that is none.
    """
    if not isinstance(net, nn.Module):
        subject(net, data)  # says what is wrong
    net = getattr(net, "_orig_mod", net)  # of torch.compile, whose hooks are compiled as well
    if any(isinstance(module, torch.jit.ScriptModule) for module in net.modules()):
        what = f"{type(net).__name__} is compiled by torch.jit: nothing inside it can be looked at"
        raise InstrumentError(what, "give the module that it was made from")
    own = copied(net)
    if any(map(is_lazy, [*own.parameters(), *own.buffers()])):
        data = _sized(own, data)
    one = subject(own, data, loss, test=test, name=name or type(net).__name__)
    return of_subject(one, net=net, rate=rate, optimizer=optimizer)


def _sized(net: nn.Module, data: Any) -> tuple[Any, Tensor]:
    """Give a copy's lazy layers their sizes by two rows; its data as rows."""
    rows = rows_of(data)
    modes = [(module, module.training) for module in net.modules()]
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            net.eval()(*[x[:2] for x in rows.inputs])
    except Exception as error:  # a net is anyone's
        what = f"{type(net).__name__} does not take rows: {error}"
        raise InstrumentError(what[:300], "build it for these rows") from error
    for module, mode in modes:
        module.training = mode
    return rows.inputs, rows.targets


def of_subject(
    one: Subject,
    *,
    net: nn.Module | None = None,
    rate: float | None = None,
    optimizer: str | Optimizer = "adam",
    start: nn.Module | None = None,
) -> Patient:
    """A subject of the instruments as a patient; `start`: another net in its place.

    `net`: the one whose parameters the optimiser holds, if it is not the subject's.

    Raises:
        ConfigError: no such optimiser, or a rate that is none.
    """
    if rate is not None and not 0 < rate < 1e6:
        raise ConfigError(f"rate: {rate} is no learning rate", "say a positive number, as 1e-3")
    left_out: frozenset[str] = frozenset()
    usual = USUAL["adam"]
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZERS:
            known = ", ".join(OPTIMIZERS)
            raise ConfigError(f"optimizer {optimizer[:40]!r}: there is none", f"say one of {known}")
        make, usual = OPTIMIZERS[optimizer], USUAL[optimizer]
    else:
        make = _like(optimizer)
        rate = float(optimizer.param_groups[0]["lr"]) if rate is None else rate
        left_out = _left_out(net or one.net, optimizer)
    test = one.parts.get("test")
    return Patient(
        net=copied(start or one.net),
        train=one.train,
        loss=one.loss,
        test=test if test is not None and len(test) else None,
        kind=one.kind,
        rate=rate or 0.0,
        usual=usual,
        make=make,
        left_out=left_out,
        name=one.name,
    )


def _like(optimizer: Optimizer) -> Make:
    """What makes an optimiser of the same class and settings, those of its first group."""
    group = optimizer.param_groups[0]
    known = {
        key: value for key, value in group.items() if key in optimizer.defaults and key != "lr"
    }
    kind: Any = type(optimizer)
    takes = inspect.signature(kind.__init__).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in takes.values()):  # AdamW holds what it fixes itself
        known = {key: value for key, value in known.items() if key in takes}

    def make(parameters: Iterable[nn.Parameter], rate: float) -> Optimizer:
        return kind(list(parameters), lr=rate, **known)  # type: ignore[no-any-return]

    return make


def _left_out(net: nn.Module, optimizer: Optimizer) -> frozenset[str]:
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    own: list[tuple[str, Tensor]] = list(net.named_parameters())
    return frozenset(name for name, p in own if p.requires_grad and id(p) not in held)
