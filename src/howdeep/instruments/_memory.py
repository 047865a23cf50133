"""Bytes that a pass holds at once: of all tensors alive, and of what is kept for the way back."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from howdeep.instruments._subject import Loss, Rows, main


class _Alive(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the storages of what operations give, until each is freed."""

    def __init__(self, known: Iterator[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.known = {t.untyped_storage()._cdata: None for t in known}
        self.now = self.peak = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        for value in tree_leaves(out):
            if isinstance(value, Tensor):
                self._add(value)
        return out

    def _add(self, value: Tensor) -> None:
        storage = value.untyped_storage()
        if storage._cdata in self.known:
            return
        self.known[storage._cdata] = None
        size = storage.nbytes()
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._free, storage._cdata, size)

    def _free(self, ident: int, size: int) -> None:
        if self.known.pop(ident, self) is None:
            self.now -= size


def held(net: nn.Module) -> int:
    """Bytes of parameters and buffers; what is shared counts once."""
    storages = {t.untyped_storage()._cdata: t.untyped_storage().nbytes() for t in _own(net)}
    return sum(storages.values())


@torch.no_grad()
def passing(net: nn.Module, rows: Rows) -> int:
    """The most bytes of activations alive at once in a pass without gradients.

    The storages of all tensors that operations give; scratch space inside one is not seen.
    """
    alive = _Alive(iter([*_own(net), *rows.inputs]))
    with alive:
        net(*rows.inputs)
    return alive.peak


def kept(net: nn.Module, rows: Rows, loss: Loss) -> int:
    """Bytes that are kept from the way forward for the way back, parameters not among them."""
    own = {t.untyped_storage()._cdata for t in _own(net)}
    storages: dict[int, Any] = {}

    def pack(value: Tensor) -> Tensor:
        storage = value.untyped_storage()
        if storage._cdata not in own:
            storages[storage._cdata] = storage
        return value

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
        graph = loss(main(net(*rows.inputs)), rows.targets)  # alive while bytes are added up
        total = sum(storage.nbytes() for storage in storages.values())
        del graph
    return total


@contextmanager
def training(net: nn.Module) -> Iterator[None]:
    """Training mode, and gradients for all that had them."""
    net.train()
    yield
    net.eval()


def _own(net: nn.Module) -> list[Tensor]:
    return [*net.parameters(), *net.buffers()]
