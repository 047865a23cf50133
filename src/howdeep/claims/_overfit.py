"""The gap between rows learnt from and new ones, by depth and rows: for two claims that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from howdeep.claims._arms import brief
from howdeep.claims._claim import Effect
from howdeep.claims._data import built_in
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, at_rate, more, summary, tuned
from howdeep.report.parts import Picture

ROWS = (250, 2_000)
NETS = {  # hidden layers and width: of one width, and of about 5,400 parameters
    "width 1": (1, 24),
    "width 8": (8, 24),
    "size 1": (1, 106),
    "size 8": (8, 24),
}
SAME = ("size 8", "width 8")  # one net of eight layers is both, and trained once


def arms(lab: Lab) -> dict[str, dict[str, Any]]:
    """Each net on few and on many rows, trained to the end, at its own best rate on other rows.

    A few nets find the rate, among such as get all of the few rows right: at higher ones eight
    layers are still learning when training ends, which would pass for a small gap. Both claims
    have the same rows and nets. With the control data no row is new.
    """
    lab = replace(lab, claim="overfitting")
    seeds = lab.by(20, 40)
    found: dict[str, dict[str, Any]] = {}
    for rows in ROWS:
        for name in NETS:
            if name != SAME[0]:
                found[f"{name} of {rows}"] = lab.kept(
                    "net", lambda name, rows: _one(lab, name, rows, seeds), name=name, rows=rows
                )
        found[f"{SAME[0]} of {rows}"] = found[f"{SAME[1]} of {rows}"]
    return found


def _one(lab: Lab, name: str, rows: int, seeds: int) -> dict[str, Any]:
    """A net's scores; each seed has few rows of its own, and the many that all have."""
    few = rows == ROWS[0]
    count = seeds * rows if few else rows
    data = built_in(lab, "mnist1d", (count, 2_000, 5_000))
    arm = of_family("mlp", data.columns, data.outputs, *NETS[name], f"{name} of {rows}")
    how = How(
        steps=lab.by(1_000, 3_000), rates=(-9, -8, -7), finish="last", looks=1, grow=0,
        apart=rows if few else 0,
    )  # fmt: skip
    rate = tuned(arm, data, how, 4, lab).rate
    found = summary(at_rate(arm, data, how, seeds, lab, rate))
    return found | {"test": found["seen"]} if lab.control else found


def gap(found: Mapping[str, Mapping[str, Any]], name: str, rows: int) -> list[float]:
    """By seed: how much better a net is on rows that it learnt from."""
    one = found[f"{name} of {rows}"]
    return [a - b for a, b in zip(one["seen"], one["test"], strict=True)]


def fits(found: Mapping[str, Mapping[str, Any]]) -> Effect:
    """By seed: the share of the few rows that the net which learnt them worst gets right."""
    own = [found[f"{name} of {ROWS[0]}"]["seen"] for name in NETS]
    return Effect(tuple(min(values) for values in zip(*own, strict=True)))


def wider(found: Mapping[str, Mapping[str, Any]], regime: str, rows: int) -> Effect:
    """How much larger the gap of eight layers is than that of one."""
    deep, flat = f"{regime} 8", f"{regime} 1"
    pairs = zip(gap(found, deep, rows), gap(found, flat, rows), strict=True)
    error = more(dict(found[f"{deep} of {rows}"]), dict(found[f"{flat} of {rows}"])).row_error
    return Effect(tuple(a - b for a, b in pairs), row_error=error)


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
        if name != SAME[0]
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
