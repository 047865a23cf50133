"""The file `net.py` beside a handed-over net: its model and preprocessing without howdeep.

The text is put together from the very functions that trained and encoded the net, so that it
cannot drift away from them. It needs torch, numpy and safetensors, and for tables scipy.
"""

from __future__ import annotations

import inspect

from torch import nn

from howdeep.data import cells, columns, matching

HEAD = '''"""{title}

Written by howdeep; needs torch, numpy, scipy and safetensors, not howdeep.

    from net import load
    net = load()                                # an ordinary nn.Module in eval mode
    {call}
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
'''

CALLS = {
    False: 'net.predict({"column": ["cells", ...]})   # labels or numbers; net(x): encoded rows',
    True: "net.predict(images)                         # bytes (N, {shape}); net(x): encoded rows",
}

ALIASES = """
from scipy.special import ndtri

Floats = np.ndarray
NORMAL_CLIP = {NORMAL_CLIP!r}
NOTHING = {NOTHING!r}
EXACT = {EXACT!r}
NUMBER = re.compile({NUMBER!r})
"""

ACTIVATIONS = """
ACTIVATIONS = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "gelu": nn.functional.gelu,
    "sigmoid": torch.sigmoid,
}
"""

CELLS = '''
def _block(plain):
    return None if plain is None else Block(tuple(plain["means"]), plain["spread"])


def _number(plain):
    fixed = {"missing": _block(plain["missing"]), "bins": _block(plain["bins"])}
    return Number(**{**plain, **fixed})


def _numbers(cells):
    """Cells of a numeric column as float64 (N,): text that is no number is missing."""

    def one(cell):
        try:
            value = float(cell)
        except (TypeError, ValueError):
            return np.nan
        return value if math.isfinite(value) else np.nan

    return np.array([one(cell) for cell in cells])
'''

CLASS = '''
class Deployed(nn.Module):
    """A trained net with its preprocessing: `net(x)` for encoded rows, `predict` for raw ones."""

    def __init__(self, about):
        super().__init__()
        self.about = about
        self.net = NET(**about["net"])

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, classes), or the prediction in units of the target (B, 1) as float64."""
        target, out = self.about["target"], self.net(x)
        return out if self.about["classes"] else out.double() * target["spread"] + target["shift"]
'''

ENCODE_TABLE = '''
    def encode(self, table) -> Tensor:
        """Raw columns {name: cells}, or a frame, to encoded rows (B, D)."""
        pad = self.about["inputs"]
        numbers = [_number(n) for n in self.about["encoder"]["numbers"]]
        categories = self.about["encoder"]["categories"]
        names = [c.name for c in numbers] + [c["name"] for c in categories]
        missing = [name for name in names if name not in table]
        if missing:
            raise ValueError(f"columns are missing: {missing}")
        front, back = [], []
        for column in numbers:
            cells = _numbers(table[column.name])
            values = in_range(column, cells)
            if column.leading:
                front.append(leading_columns(column, cells, values))
            if column.edges:
                filled = piecewise_linear(values, np.array(column.edges))
                back.append(apply_block(column.bins, filled))
        for column in categories:
            place = dict(zip(column["levels"], column["codes"]))
            cells = [label(cell) for cell in table[column["name"]]]
            codes = np.array(match(cells, place, unseen=max(place.values(), default=0) + 1))
            hot = one_hot(codes, tuple(column["codes"]), column["missing"])
            front.append(apply_block(_block(column["block"]), hot))
        n = len(table[names[0]])
        x = np.zeros((n, pad["columns"]), dtype=np.float32)
        place = 0
        for part in front:
            x[:, place : place + part.shape[1]] = part
            place += part.shape[1]
        place = pad["zero_from"]
        for part in back:
            x[:, place : place + part.shape[1]] = part
            place += part.shape[1]
        return torch.from_numpy(x)
'''

ENCODE_IMAGES = '''
    def encode(self, images) -> Tensor:
        """Images of the trained size as bytes (B, H, W, C) to standardised, flat rows (B, D)."""
        pixels = np.asarray(images)
        shape, wanted = pixels.shape, tuple(self.about["encoder"]["shape"])
        if pixels.dtype != np.uint8 or wanted not in (shape[1:], (*shape[1:], 1)):
            raise ValueError(f"uint8 images of shape {wanted} are needed: {pixels.dtype}, {shape}")
        mean, spread = (
            np.tile(np.array(self.about["encoder"][name], np.float32), wanted[0] * wanted[1])
            for name in ("means", "spreads")
        )
        flat = pixels.reshape(len(pixels), -1).astype(np.float32)
        return torch.from_numpy((flat - mean) / spread)
'''

TAIL = '''
    @torch.no_grad()
    def predict(self, data):
        """Labels (list of str), or numbers in the target's units (list of float)."""
        rows = self.encode(data)
        out = torch.cat([self(part) for part in torch.split(rows, 1024)])
        if self.about["classes"]:
            return [self.about["classes"][i] for i in out.argmax(1).tolist()]
        return out[:, 0].tolist()


def load(folder=Path(__file__).parent):
    """The net of this folder, ready to predict."""
    folder = Path(folder)
    net = Deployed(json.loads((folder / "net.json").read_text(encoding="utf-8")))
    net.net.load_state_dict(load_file(folder / "net.safetensors"))
    return net.eval()
'''

BORROWED = (
    columns.Block,
    columns.Number,
    columns.apply_block,
    columns.in_units,
    columns.normal_scores,
    columns.piecewise_linear,
    columns.in_range,
    columns.base_column,
    columns.leading_columns,
    columns.one_hot,
    matching.label,
    matching.meaning,
    matching.match,
)


def source(title: str, net: nn.Module, shape: tuple[int, ...] = ()) -> str:
    """The text of `net.py` for a module whose class stands by itself; `shape` of its images."""
    own = inspect.getsource(type(net))
    call = CALLS[bool(shape)].replace("{shape}", ", ".join(map(str, shape)))
    parts = [HEAD.format(title=title, call=call)]
    if not shape:
        parts.append(
            ALIASES.format(
                NORMAL_CLIP=columns.NORMAL_CLIP,
                NOTHING=columns.NOTHING,
                EXACT=cells.EXACT,
                NUMBER=cells.NUMBER.pattern,
            )
        )
        parts += [inspect.getsource(thing) for thing in BORROWED]
        parts.append(CELLS)
    if "ACTIVATIONS" in own:
        parts.append(ACTIVATIONS)
    methods = [ENCODE_IMAGES if shape else ENCODE_TABLE, TAIL]
    deployed = CLASS.replace("NET", type(net).__name__) + "".join(methods)
    return "\n\n\n".join(text.strip("\n") for text in (*parts, own, deployed)) + "\n"
