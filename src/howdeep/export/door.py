"""A trained net with its preprocessing: `load` it from its folder, and `predict` with it."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

Encode = Callable[[Mapping[str, Any], Any], Tensor]
Label = str | int | float | bool


class Labels(list[Any]):
    """Labels, one a row: a list that is compared label by label.

    `np.mean(labels == y)` is the share that is right, be `y` a list, an array, a column or a
    tensor; as a condition `labels == y` is true where all of them are the same.
    """

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> Any:
        values = _values(other)
        if values is None:
            return NotImplemented  # arrays and pandas do it themselves
        if len(values) != len(self):
            return False
        found = [bool(a == b) for a, b in zip(self, values, strict=True)]
        return np.array(found, dtype=bool).view(Rowwise)

    def __ne__(self, other: object) -> Any:
        if _values(other) is None:
            return NotImplemented
        same = self == other
        return (~same).view(Different) if isinstance(same, Rowwise) else not same


class Rowwise(np.ndarray):
    """What is the same, row by row (N,); as a condition: whether all are."""

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return np.asarray(array)[()]  # its mean is a number like any other

    def __bool__(self) -> bool:
        return bool(np.asarray(self).all())


class Different(Rowwise):
    """What differs, row by row (N,); as a condition: whether any does."""

    def __bool__(self) -> bool:
        return bool(np.asarray(self).any())


def _values(other: Any) -> list[Any] | tuple[Any, ...] | None:
    """What labels are compared with as Python values; None where it compares by itself."""
    if isinstance(other, list | tuple):
        return other
    if isinstance(other, np.ndarray) or hasattr(other, "iloc"):
        return None
    for name in ("to_pylist", "to_list", "tolist"):  # Arrow, polars, tensors
        if hasattr(other, name):
            found = getattr(other, name)()
            return found if isinstance(found, list) else None
    return None


class Deployed(nn.Module):
    """`net(x)` for encoded rows, `predict` for raw ones; `about` is what net.json holds.

    `classes` are those of `predict_proba`, in its order; empty where numbers are predicted.
    """

    def __init__(self, about: Mapping[str, Any], net: nn.Module, encode: Encode) -> None:
        super().__init__()
        self.about, self.net, self._encode = about, net, encode
        self.classes = typed_labels(about["classes"], about.get("labels", ""))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, classes), or the prediction in units of the target (B, 1) as float64."""
        out: Tensor = self.net(x)
        target = self.about["target"]
        return out if self.classes else out.double() * target["spread"] + target["shift"]

    def encode(self, data: Any) -> Tensor:
        """Raw rows to encoded ones (B, D).

        Raises:
            ValueError: what is wrong with them.
        """
        return self._encode(self.about, data)

    @torch.no_grad()
    def _outputs(self, data: Any) -> Tensor:
        parts = torch.split(self.encode(data), 1024)  # as many at a time as `howdeep predict`
        return torch.cat([self(part) for part in parts])

    def predict(self, data: Any) -> list[Any]:
        """Labels of the target's own type, or numbers in its units, one a row.

        Raises:
            ValueError: what is wrong with the rows.
        """
        out = self._outputs(data)
        if self.classes:
            return Labels(self.classes[i] for i in out.argmax(1).tolist())
        values: list[float] = out[:, 0].tolist()
        return values

    def predict_proba(self, data: Any) -> NDArray[np.float64]:
        """Probabilities (N, classes) of all `classes`, in their order.

        Raises:
            ValueError: what is wrong with the rows, or that numbers are predicted.
        """
        if not self.classes:
            name = self.about["target"]["name"]
            raise ValueError(f"{name!r} is a number: it has no classes; use predict")
        return probabilities(self._outputs(data).numpy())


def probabilities(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Softmax (N, C) in float64."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True), dtype=np.float64)
    shares: NDArray[np.float64] = shifted / shifted.sum(axis=1, keepdims=True)
    return shares


def typed_labels(classes: Sequence[str], kind: str) -> tuple[Label, ...]:
    """Classes as the target has them: whole numbers, numbers, truths or text."""
    if kind == "bool":
        return tuple(label.lower() == "true" for label in classes)
    as_type = {"int": int, "float": float}.get(kind, str)
    return tuple(as_type(label) for label in classes)


# ---- the net of a folder ------------------------------------------------------------------------
HERE = Path(__file__).parent


def _load(folder: str | Path | None = None, parts: Mapping[str, Any] | None = None) -> Deployed:
    """The net of a folder, ready to predict; of the folder that this file is in unless told.

    Another folder brings its own code. `parts` has `Net`, the class of its family, and `encode`, of
    its kind of data; in a handed-over file both stand above.
    """
    folder = HERE if folder is None else Path(folder)
    own = folder / "net.py"
    if parts is None and own.is_file() and own.resolve() != Path(__file__).resolve():
        other: Deployed = _module(own).load()
        return other
    parts = globals() if parts is None else parts
    about = json.loads((folder / "net.json").read_text(encoding="utf-8"))
    found = Deployed(about, parts["Net"](**about["net"]), parts["encode"])
    found.net.load_state_dict(load_file(folder / "net.safetensors"))
    return found.eval()


def __getattr__(name: str) -> Any:
    """`load`, of the net.py that stands first on sys.path now.

    The files of all studies have one name, and Python imports a name once: without this a second
    `from net import load` would give the net of the first study.
    """
    if name != "load":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    now = _first_on_path()
    return _load if now is None else _module(now).load


def _first_on_path() -> Path | None:
    """Another study's file that `import` would find under this one's name, if there is one."""
    if "." in __name__:
        return None
    importlib.invalidate_caches()
    spec = importlib.machinery.PathFinder.find_spec(__name__)
    found = Path(spec.origin) if spec is not None and spec.origin else None
    if found is None or not (found.parent / "net.json").is_file():
        return None
    return None if found.resolve() == Path(__file__).resolve() else found


def _module(file: Path) -> ModuleType:
    """The code of another study's net, under a name of its own."""
    text = file.read_bytes()
    name = "net_" + hashlib.sha256(str(file.resolve()).encode() + text).hexdigest()[:16]
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]
