"""What an experiment is given: how much to do, its random numbers, its data, and what it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import torch

from howdeep.base import keys

Preset = Literal["quick", "full"]
T = TypeVar("T")
Keep = Callable[[str, Callable[[], Any]], Any]


def _never(_key: str, make: Callable[[], Any]) -> Any:
    return make()


@dataclass(frozen=True)
class Lab:
    """Where one claim is measured.

    `control`: the claim's control data are to be used. `data_dir`: the folder of the named sets.
    `keep(key, make)`: what an earlier, interrupted run has made under this key, or what `make`
    gives now.
    """

    claim: str
    preset: Preset = "quick"
    control: bool = False
    seed: int = 0
    data_dir: str | None = None
    keep: Keep = field(default=_never, compare=False)

    def by(self, quick: T, full: T) -> T:
        """One of the two, by the preset."""
        return quick if self.preset == "quick" else full

    def kept(self, name: str, make: Callable[..., Any], /, **asked: Any) -> Any:
        """What `make(**asked)` gives, as JSON has it; made once for these arguments.

        Pieces of an experiment that take seconds go through this, so that it can be gone on with.
        """
        key = keys.digest([self.claim, name, self.preset, self.control, self.seed, asked])
        return self.keep(key, lambda: make(**asked))

    def seeded(self, *words: str | int) -> int:
        """A seed of 63 bits for what these words name."""
        return keys.seed_of("howdeep.claims", self.claim, self.seed, *words)

    def numpy(self, *words: str | int) -> np.random.Generator:
        """A generator of its own for what these words name."""
        return np.random.default_rng(self.seeded(*words))

    def torch(self, *words: str | int) -> torch.Generator:
        """As `numpy`, of PyTorch."""
        return torch.Generator().manual_seed(self.seeded(*words))

    def folder_of(self, name: str) -> Path | None:
        """Where the files of a named set are: in a folder or archive of its name, or in `data_dir`.

        An archive has the ending .tar.gz.
        """
        if self.data_dir is None:
            return None
        own = Path(self.data_dir) / name.replace("-", "_")
        packed = own.with_name(f"{own.name}.tar.gz")
        if own.is_dir():
            return own
        return packed if packed.is_file() else Path(self.data_dir)
