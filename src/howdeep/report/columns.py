"""Columns that several tables of nets share: what a net is and how large.

A subject of these tables has a `ref`, the `CellRef` of its net.
"""

from __future__ import annotations

from howdeep.base.verdicts import CellRef
from howdeep.report.table import Column, Group, Name
from howdeep.report.words import clean, compact


def _sees(ref: CellRef) -> str:
    """Pixels along a side; nothing where a net does not see images."""
    return f"{ref.receptive_field} px" if ref.receptive_field else ""


SIZES = (
    Column("family", "net", lambda net: Name(clean(net.ref.family))),
    Column("blocks", "blocks", lambda net: str(net.ref.blocks), "right"),
    Column(
        "layers",
        "weight layers",
        lambda net: str(net.ref.weight_layers),
        "right",
        short="weight\nlayers",
    ),
    Column("sees", "sees", lambda net: _sees(net.ref), "right", sparse=True),
    Column(
        "parameters",
        "parameters",
        lambda net: compact(net.ref.parameters),
        "right",
        short="para-\nmeters",
        group=Group.COST,
        drop=2,
    ),
)
