"""Pooling makes maps, and what is computed on them, smaller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims import _pooling
from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import bars
from howdeep.claims._train import more
from howdeep.report.parts import Element


def _measure(lab: Lab) -> Measured:
    found = _pooling.measured(lab, ("none", "max"))
    none, pooled = found["none"], found["max"]
    return Measured(
        {
            "operations": Effect((none["operations"] / pooled["operations"],), exact=True),
            "parameters": Effect((none["parameters"] / pooled["parameters"],), exact=True),
            "learns": Effect(tuple(v - 0.1 for v in pooled["test"])),
            "kept": more(pooled, none),
        },
        {name: {k: one[k] for k in ("operations", "parameters", "test")}
         for name, one in found.items()},
    )  # fmt: skip


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {"none": "without", "max": "max pooling"}
    values = {names[name]: [float(one["operations"])] for name, one in shown.items()}
    return (bars("pooling-size", "Multiply-adds of a row", values, "multiply-adds"),)


def _reading(shown: Mapping[str, Any]) -> str:
    none, pooled = shown["none"], shown["max"]
    return (
        f"Two convolutions compute {none['operations']:,} multiply-adds a row without pooling and "
        f"{pooled['operations']:,} with it, with {none['parameters']:,} and "
        f"{pooled['parameters']:,} parameters; {mean(none['test']):.1%} and "
        f"{mean(pooled['test']):.1%} of new rows are told right."
    )


CLAIM = Claim(
    title="Pooling reduces dimension and computation",
    rows=(67, 68),
    quotes=(
        Quote("B", "Reduces dimensionality, decreasing computation"),
        Quote("B", "reducing its size while retaining important features"),
    ),
    statement="With a pooling of two after each convolution a net needs clearly fewer "
    "multiplications for a row, and tells new rows no worse.",
    conditions="Two convolutions of 12 channels on signals of 40 points (MNIST-1D), with a "
    "maximum of two after each or without; counted, and trained for what stands next to the "
    "count.",
    measure=_measure,
    expects=(Expect("operations", "pooling saves over a fifth of the multiplications",
                    1.25, "times"),
             Expect("kept", "with pooling at most 2 points fewer of the new rows are told right",
                    -0.02, "points")),
    controls=(Expect("learns", "the net with pooling learns", 0.2, "points"),),
    also=(
        Expect("parameters", "pooling saves over half of the parameters", 2.0, "times"),
    ),
    swap="no pooling under both names",
    literature=(Reference("LeCun et al.", 1998, "Gradient-based learning applied to document "
                          "recognition (Proc. IEEE 86)"),),
    picture=_picture,
    reading=_reading,
    change="Data whose classes lie in fine places, which pooling throws away; the count is one.",
    order=530,
)  # fmt: skip
