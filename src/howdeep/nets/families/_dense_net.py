"""A fully connected net in plain PyTorch; what is handed over carries this file whole."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "gelu": nn.functional.gelu,
    "sigmoid": torch.sigmoid,
}


class Net(nn.Module):
    """One net, without a leading axis of nets: encoded rows (B, D) -> (B, C)."""

    def __init__(
        self,
        layers: list[tuple[str, int, int]],
        norms: list[str],
        blocks: int,
        skip: bool,
        activation: str,
        scale: float,
    ) -> None:
        super().__init__()
        self.blocks, self.skip, self.scale, self.activation = blocks, skip, scale, activation
        self.parts = nn.ModuleDict({n.replace(".", "_"): nn.Linear(i, o) for n, i, o in layers})
        for name in norms:
            width = next(o for n, _, o in layers if n == "stem")
            self.parts[name.replace(".", "_")] = nn.LayerNorm(width)

    def _norm(self, name: str, h: Tensor) -> Tensor:
        return self.parts[name](h) if name in self.parts else h  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, C), or the standardised prediction (B, 1)."""
        act = ACTIVATIONS[self.activation]
        if self.blocks == 0:
            return self.parts["head"](x)  # type: ignore[no-any-return]
        h = self.parts["stem"](x)
        if not self.skip:
            h = act(h)
        for i in range(0 if self.skip else 1, self.blocks):
            inner = self._norm(f"blocks_{i}_norm", h)
            if self.skip:
                up, down = self.parts[f"blocks_{i}_up"], self.parts[f"blocks_{i}_down"]
                h = h + self.scale * down(act(up(inner)))
            else:
                h = act(self.parts[f"blocks_{i}"](inner))
        return self.parts["head"](self._norm("head_norm", h))  # type: ignore[no-any-return]
