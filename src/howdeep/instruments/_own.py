"""Anyone's net as a subject: a module with data as people have them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from howdeep.base.errors import InstrumentError
from howdeep.instruments._study import loss_of
from howdeep.instruments._subject import Kind, Loss, Rows, Subject, main, untouched

MOST = 4_096  # rows taken of a loader
SEVERAL = "a net of several inputs takes ((x1, x2), y)"


def subject(
    net: nn.Module,
    data: Any,
    loss: Loss | nn.Module | str | None = None,
    *,
    test: Any = None,
    name: str = "",
    fresh: Callable[[int], nn.Module] | None = None,
    rate: float = 0.0,
) -> Subject:
    """A module as what instruments look at.

    `data`: a batch (x, y), x a tensor or array (N, ...) or a tuple of them, or what gives such
    batches: a DataLoader, a Dataset, a list. `test`: rows that it did not learn from, alike.
    `loss(outputs, targets)`: a function, a module or its name in `torch.nn.functional`; guessed
    from the targets (cross-entropy of class numbers, squared error of numbers) where not given.

    >>> import torch
    >>> x, y = torch.randn(40, 3), torch.arange(40) % 2
    >>> found = subject(torch.nn.Linear(3, 2), (x, y))
    >>> found.kind, len(found.train), found.name
    ('classes', 40, 'Linear')

    Raises:
        InstrumentError: no batch of rows and targets can be made of it, or the net does not take
            the rows.
    """
    if not isinstance(net, nn.Module):
        what = f"{type(net).__name__} is no torch.nn.Module"
        raise InstrumentError(what, "give the built net")
    parts = {"train": rows_of(data)}
    if test is not None:
        parts["test"] = rows_of(test)
    kind = _kind(net, parts["train"])
    chosen = loss_of(kind) if loss is None else _loss(loss)
    return Subject(
        name=name or type(net).__name__,
        net=net,
        parts=parts,
        loss=chosen,
        kind=kind,
        fresh=fresh,
        rate=rate,
    )


def rows_of(data: Any) -> Rows:
    """Rows of a batch, or of the first batches of what gives them.

    Raises:
        InstrumentError: it gives no (x, y).
    """
    batch = _batch(data)
    if batch is not None:
        return batch
    if isinstance(data, str) or not hasattr(
        data, "__iter__" if isinstance(data, Iterable) else "__getitem__"
    ):
        raise InstrumentError(
            f"data: {type(data).__name__} gives no rows", "give (x, y), or a DataLoader"
        )
    found: list[Rows] = []
    items = data if isinstance(data, Iterable) else map(data.__getitem__, range(len(data)))
    for item in islice(items, MOST):
        one = _batch(item) or _single(item)
        if one is None:
            what = f"data: its items are {type(item).__name__}, not (x, y)"
            raise InstrumentError(what, SEVERAL)
        found.append(one)
        if sum(map(len, found)) >= MOST:
            break
    if not found:
        raise InstrumentError("data: there are no rows", "give at least one batch")
    inputs = tuple(torch.cat(pieces) for pieces in zip(*(r.inputs for r in found), strict=True))
    return Rows(inputs, torch.cat([r.targets for r in found]))


def _batch(item: Any) -> Rows | None:
    """(x, y) of N rows."""
    if isinstance(item, Mapping):
        item = tuple(item.values())
    if not isinstance(item, (tuple, list)) or len(item) != 2:
        return None
    x, y = item
    inputs = tuple(map(_tensor, x)) if isinstance(x, (tuple, list)) else (_tensor(x),)
    target = _tensor(y)
    if target is None or target.ndim == 0 or any(part is None for part in inputs):
        return None
    known = tuple(part for part in inputs if part is not None)
    if any(part.ndim == 0 or len(part) != len(target) for part in known):
        return None
    return Rows(known, target)


def _single(item: Any) -> Rows | None:
    """(x, y) of one row, as datasets give them."""
    if not isinstance(item, (tuple, list)) or len(item) != 2:
        return None
    x = item[0] if isinstance(item[0], (tuple, list)) else (item[0],)
    parts, target = [_tensor(part) for part in x], _tensor(item[1])
    if target is None or any(part is None for part in parts):
        return None
    return Rows(tuple(part[None] for part in parts if part is not None), target[None])


def _tensor(value: Any) -> Tensor | None:
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, (bool, int, float, np.generic)):
        return torch.tensor(value)
    if hasattr(value, "__array__"):
        array = np.asarray(value)
        if array.dtype.kind in "fiub":
            found = torch.from_numpy(np.ascontiguousarray(array))
            return found.float() if array.dtype == np.float64 else found
    return None


def _kind(net: nn.Module, rows: Rows) -> Kind:
    """Classes or numbers, by the targets and what the net says of two rows.

    Raises:
        InstrumentError: the net does not take the rows.
    """
    few = rows.take(torch.arange(min(2, len(rows))))
    try:
        with untouched(net), torch.no_grad():
            outputs = main(net.eval()(*few.inputs))
    except Exception as error:  # the net is anyone's: what it raises may be anything
        takes = ", ".join(inspect.signature(net.forward).parameters)
        shapes = ", ".join(str(tuple(x.shape)) for x in few.inputs)
        raise InstrumentError(
            f"{type(net).__name__}.forward({takes}) does not take rows of shape {shapes}: "
            f"{type(error).__name__}: {error}"[:400],
            SEVERAL,
        ) from error
    whole = not rows.targets.is_floating_point()
    if whole and outputs.ndim >= 2 and rows.targets.ndim == 1:
        return "classes"
    return "numbers" if rows.targets.is_floating_point() else ""


def _loss(loss: Loss | nn.Module | str) -> Loss:
    if isinstance(loss, str):
        found = getattr(nn.functional, loss, None)
        if not callable(found):
            what = f"loss: torch.nn.functional has no {loss[:60]!r}"
            raise InstrumentError(what, "cross_entropy, mse_loss, or a function")
        return found  # type: ignore[no-any-return]
    return loss
