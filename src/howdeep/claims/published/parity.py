"""Parity: units and gates of known constructions, held against every input of up to 16 bits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.claims._claim import Effect, Measured
from howdeep.claims._lab import Lab
from howdeep.claims.published._published import Published, Target

Array = NDArray[np.float64]
SIZES = (2, 4, 8, 12, 16)
BITS = 16


@dataclass(frozen=True, eq=False)
class Net:
    """Layers (W (out, in), b (out,)), the last the output; what hidden units and the output do."""

    layers: tuple[tuple[Array, Array], ...]
    hidden: Callable[[Array], Array]
    out: Callable[[Array], Array]

    @property
    def units(self) -> int:
        return sum(len(bias) for _, bias in self.layers[:-1])

    def __call__(self, x: Array) -> Array:
        for weight, bias in self.layers[:-1]:
            x = self.hidden(x @ weight.T + bias)
        weight, bias = self.layers[-1]
        return self.out(x @ weight.T + bias)[:, 0]


def _step(v: Array) -> Array:
    return (v >= 0).astype(np.float64)


def _relu(v: Array) -> Array:
    return np.maximum(v, 0.0)


def _same(v: Array) -> Array:
    return v


def _threshold(n: int) -> Net:
    """h_k = [sum x >= k], y = [sum of (-1)^(k+1) h_k >= 1]."""
    k = np.arange(1, n + 1)
    first: tuple[Array, Array] = np.ones((n, n)), -k.astype(np.float64)
    signs: Array = np.where(k % 2 == 1, 1.0, -1.0)
    return Net((first, (signs[None, :], np.array([-1.0]))), _step, _step)


def _relu_shallow(n: int) -> Net:
    """y = relu(s) + sum over k = 1 .. n - 1 of 2 (-1)^k relu(s - k), s the sum of the bits."""
    k = np.arange(n)
    slopes = np.where(k == 0, 1.0, 2.0 * (-1.0) ** k)
    return Net(((np.ones((n, n)), -k.astype(float)), (slopes[None, :], np.zeros(1))), _relu, _same)


def _relu_deep(n: int) -> Net:
    """Tent maps 2 relu(v) - 4 relu(v - 1/2), log2 n of them, of the sum of the bits over 2^k."""
    tents = max(1, int(np.ceil(np.log2(n))))
    tent, cuts = np.array([[2.0, -4.0]]), np.array([0.0, -0.5])
    layers = [(np.ones((2, n)) / 2**tents, cuts)]
    layers += [(np.repeat(tent, 2, 0), cuts)] * (tents - 1)
    return Net((*layers, (tent, np.zeros(1))), _relu, _same)


def _tree(x: Array) -> tuple[Array, int, int]:
    """Parity by a tree of exclusive ors of three threshold gates: values, gates, gates in a row."""
    row, gates, deep = list(x.T), 0, 0
    while len(row) > 1:
        pairs = zip(row[::2], row[1::2], strict=False)
        new = [_step(_step(a + b - 1) - _step(a + b - 2) - 1) for a, b in pairs]
        gates, deep = gates + 3 * len(new), deep + 2
        row = new + ([row[-1]] if len(row) % 2 else [])
    return row[0], gates, deep


def _terms(odd: NDArray[np.bool_], n: int) -> int:
    """Terms that an OR of ANDs needs: one for each true input, as no two true ones are neighbours.

    A term that leaves a bit out is true of two inputs that differ in that bit alone.
    """
    at = np.arange(2**n)
    lonely = all(not (odd & odd[at ^ (1 << bit)]).any() for bit in range(n))
    return int(odd.sum()) if lonely else 0


def _measure(lab: Lab) -> Measured:
    wrong, units, gates, deep, terms = 0, {}, 0, 0, 0
    for n in SIZES:
        x = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.float64)
        odd = x.sum(1) % 2
        for build in (_threshold, _relu_shallow, _relu_deep):
            net = build(n)
            wrong += int((net(x) != odd).sum())
            units[build] = net.units
        found, gates, deep = _tree(x)
        wrong += int((found != odd).sum())
        terms = _terms(odd == 1, n)
    ours = (wrong, *units.values(), gates, deep, terms)
    return Measured(
        {
            target.name: Effect((float(value),), exact=True)
            for target, value in zip(TARGETS, ours, strict=True)
        }
    )


TARGETS = (
    Target("errors, 2 to 16 bits", 0.0, 0.0),
    Target("threshold units, 1 layer", float(BITS), 0.0, "units"),
    Target("ReLU units, 1 layer", float(BITS), 0.0, "units"),
    Target("ReLU units, 4 layers", 8.0, 0.0, "units"),
    Target("tree: threshold gates", 3.0 * (BITS - 1), 0.0, "gates"),
    Target("tree: gates in a row", 8.0, 0.0, "gates"),
    Target("OR of ANDs: terms", 2.0 ** (BITS - 1), 0.0, "terms"),
)
PUBLISHED = Published(
    title="Sizes for the parity of 16 bits",
    source="Known constructions: n threshold or ReLU units in one layer, 2 log2 n ReLU units in "
    "log2 n layers (tent maps: Telgarsky 2016, arXiv 1602.04485), 3 (n - 1) threshold gates in a "
    "tree, 2^(n - 1) terms of an OR of ANDs",
    targets=TARGETS,
    measure=_measure,
    order=80,
)
