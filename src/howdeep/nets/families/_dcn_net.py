"""Cross layers as a plain `nn.Module`, in a file that stands by itself: it is handed over."""

from __future__ import annotations

from torch import Tensor, nn


class Net(nn.Module):
    """The same net in plain PyTorch, for one net without a leading axis: (B, D) -> (B, C)."""

    def __init__(self, layers: list[tuple[str, int, int]], blocks: int) -> None:
        super().__init__()
        self.blocks = blocks
        self.parts = nn.ModuleDict({n.replace(".", "_"): nn.Linear(i, o) for n, i, o in layers})

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, C), or the standardised prediction (B, 1)."""
        if self.blocks:
            x = first = self.parts["stem"](x)
            for i in range(self.blocks):
                x = x + first * self.parts[f"blocks_{i}"](x) / self.blocks
        return self.parts["head"](x)  # type: ignore[no-any-return]
