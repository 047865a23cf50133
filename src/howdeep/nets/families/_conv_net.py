"""A convolutional net in plain PyTorch; what is handed over carries this file whole."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """One net, without a leading axis of nets: images (B, D) -> (B, classes)."""

    def __init__(
        self,
        image: list[int],
        convs: list[list],  # type: ignore[type-arg]
        norms: list[list],  # type: ignore[type-arg]
        stages: int,
        blocks: int,
        skip: bool,
        scale: float,
        width: int,
        outputs: int,
    ) -> None:
        super().__init__()
        self.image, self.stages, self.blocks = tuple(image), stages, blocks
        self.skip, self.scale = skip, scale
        parts: dict[str, nn.Module] = {
            name.replace(".", "_"): nn.Conv2d(
                i, o, k, stride=stride, padding=k // 2, bias=not norms
            )
            for name, i, o, k, stride in convs
        }
        parts |= {name.replace(".", "_"): nn.BatchNorm2d(c) for name, c in norms}
        self.parts = nn.ModuleDict({**parts, "head": nn.Linear(2 * width, outputs)})

    def _next(self, name: str, h: Tensor) -> Tensor:
        norm = f"{name}_norm"
        h = torch.relu(self.parts[norm](h) if norm in self.parts else h)
        return self.parts[name](h)  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, classes) of standardised images, (B, H, W, C) or flattened."""
        h = self.parts["stem"](x.reshape(len(x), *self.image).permute(0, 3, 1, 2))
        for s in range(self.stages):
            if s:
                h = self._next(f"stages_{s}_down", h)
            for b in range(self.blocks):
                inner = self._next(f"stages_{s}_{b}_conv2", self._next(f"stages_{s}_{b}_conv1", h))
                h = h + self.scale * inner if self.skip else inner
        h = torch.relu(self.parts["head_norm"](h) if "head_norm" in self.parts else h)
        pooled = torch.cat([h.mean((2, 3)), h.amax((2, 3))], dim=1)
        return self.parts["head"](pooled)  # type: ignore[no-any-return]
