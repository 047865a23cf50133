"""The gap between rows learnt from and new ones, by depth and rows: for two claims that differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import brief, trained
from howdeep.claims._claim import Effect
from howdeep.claims._data import built_in
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How
from howdeep.report.parts import Picture

ROWS = (250, 2_000)
NETS = {  # hidden layers and width: of one width, and of about 5,400 parameters
    "width 1": (1, 24),
    "width 8": (8, 24),
    "size 1": (1, 106),
    "size 8": (8, 24),
}


def arms(lab: Lab) -> dict[str, dict[str, Any]]:
    """Each net on few and on many rows, trained to the end, at its own best rate on other rows.

    With the control data all nets have one layer of one width.
    """
    found: dict[str, dict[str, Any]] = {}
    for rows in ROWS:
        data = built_in(lab, "mnist1d", (ROWS[-1], 500, 2_000)).fewer(rows)
        nets = {}
        for name, (layers, width) in NETS.items():
            shape = (1, 24) if lab.control else (layers, width)
            label = f"{name} of {rows}"
            nets[label] = of_family("mlp", data.columns, data.outputs, *shape, label)
        how = How(steps=lab.by(500, 2_000), rates=(-9, -7, -5), finish="last", grow=1)
        found |= trained(lab, data, nets, how, lab.by(10, 20))
    return found


def gap(found: Mapping[str, Mapping[str, Any]], name: str, rows: int) -> list[float]:
    """By seed: how much better a net is on rows that it learnt from."""
    one = found[f"{name} of {rows}"]
    return [a - b for a, b in zip(one["seen"], one["test"], strict=True)]


def wider(found: Mapping[str, Mapping[str, Any]], regime: str, rows: int) -> Effect:
    """How much larger the gap of eight layers is than that of one."""
    deep, flat = gap(found, f"{regime} 8", rows), gap(found, f"{regime} 1", rows)
    return Effect(tuple(a - b for a, b in zip(deep, flat, strict=True)), row_error=0.005)


def shown(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What the pages of both claims show."""
    gaps = {f"{name} of {rows}": gap(found, name, rows) for name in NETS for rows in ROWS}
    return {"arms": brief(found), "gaps": gaps}


def picture(ident: str, values: Mapping[str, Any]) -> Picture:
    """The gap by rows, of each net."""
    lines = {
        f"{layers} layer{'s' if layers > 1 else ''}, {width} wide": [
            (float(i), values["gaps"][f"{name} of {rows}"]) for i, rows in enumerate(ROWS)
        ]
        for name, (layers, width) in NETS.items()
        if name != "size 8"  # the same net as "width 8"
    }
    return curves(
        ident, "Better on rows learnt from than on new ones", lines, "training rows", "points",
        times=100, ticks=[(float(i), f"{n:,}") for i, n in enumerate(ROWS)],
    )  # fmt: skip


def reading(values: Mapping[str, Any]) -> str:
    """The gaps in a sentence."""
    at = {name: 100 * sum(v) / len(v) for name, v in values["gaps"].items()}
    few, many = ROWS
    return (
        f"With {few} rows the gap between training rows and new ones is "
        f"{at[f'width 1 of {few}']:.1f} points with one layer of 24 units, "
        f"{at[f'size 1 of {few}']:.1f} with one of 106, and {at[f'width 8 of {few}']:.1f} with "
        f"eight layers of 24; with {many:,} rows {at[f'width 1 of {many}']:.1f}, "
        f"{at[f'size 1 of {many}']:.1f} and {at[f'width 8 of {many}']:.1f}."
    )
