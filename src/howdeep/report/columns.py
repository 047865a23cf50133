"""Columns that several tables of nets share: what a net is and how large.

A subject of these tables has a `ref`, the `CellRef` of its net, and the `plan` that it is of.
"""

from __future__ import annotations

from typing import Any

from howdeep.base.verdicts import CellRef
from howdeep.report.colours import colours
from howdeep.report.table import Column, Group, Name
from howdeep.report.words import clean, compact


def _named(net: Any) -> Name:
    """A family's name in the colour that it has in figures."""
    return Name(clean(net.ref.family), colour=colours(net.plan).get(net.ref.family))


def _sees(ref: CellRef) -> str:
    """Pixels along a side; nothing where a net does not see images."""
    return f"{ref.receptive_field} px" if ref.receptive_field else ""


SIZES = (
    Column("family", "net", _named),
    Column(
        "blocks",
        "blocks",
        lambda net: str(net.ref.blocks),
        "right",
        value=lambda net: net.ref.blocks,
    ),
    Column(
        "layers",
        "weight layers",
        lambda net: str(net.ref.weight_layers),
        "right",
        short="weight\nlayers",
        value=lambda net: net.ref.weight_layers,
    ),
    Column(
        "sees",
        "sees",
        lambda net: _sees(net.ref),
        "right",
        sparse=True,
        value=lambda net: net.ref.receptive_field,
    ),
    Column(
        "parameters",
        "parameters",
        lambda net: compact(net.ref.parameters),
        "right",
        short="para-\nmeters",
        group=Group.COST,
        drop=2,
        value=lambda net: net.ref.parameters,
    ),
)
