"""A trained net with its preprocessing: `load` it from its folder, and `predict` with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

Encode = Callable[[Mapping[str, Any], Any], Tensor]


class Deployed(nn.Module):
    """`net(x)` for encoded rows, `predict` for raw ones; `about` is what net.json holds."""

    def __init__(self, about: Mapping[str, Any], net: nn.Module, encode: Encode) -> None:
        super().__init__()
        self.about, self.net, self._encode = about, net, encode

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, classes), or the prediction in units of the target (B, 1) as float64."""
        out: Tensor = self.net(x)
        target = self.about["target"]
        return out if self.about["classes"] else out.double() * target["spread"] + target["shift"]

    def encode(self, data: Any) -> Tensor:
        """Raw rows to encoded ones (B, D).

        Raises:
            ValueError: what is wrong with them.
        """
        return self._encode(self.about, data)

    @torch.no_grad()
    def predict(self, data: Any) -> list[str] | list[float]:
        """Labels, or numbers in the target's units, one a row.

        Raises:
            ValueError: what is wrong with the rows.
        """
        parts = torch.split(self.encode(data), 1024)  # as many at a time as `howdeep predict`
        out = torch.cat([self(part) for part in parts])
        if self.about["classes"]:
            return [self.about["classes"][i] for i in out.argmax(1).tolist()]
        values: list[float] = out[:, 0].tolist()
        return values


HERE = Path(__file__).parent


def load(folder: str | Path = HERE, parts: Mapping[str, Any] = globals()) -> Deployed:
    """The net of a folder, ready to predict.

    `parts` has `Net`, the class of its family, and `encode`, of its kind of data; in a handed-over
    file both stand above.
    """
    folder = Path(folder)
    about = json.loads((folder / "net.json").read_text(encoding="utf-8"))
    found = Deployed(about, parts["Net"](**about["net"]), parts["encode"])
    found.net.load_state_dict(load_file(folder / "net.safetensors"))
    return found.eval()
