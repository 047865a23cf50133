"""Published numbers next to ours, as a section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from howdeep.claims.published import Line, Published
from howdeep.report.parts import Element, Prose, Section
from howdeep.report.table import Column, Flag, Row, Table

COLUMNS = (
    Column("what", "published in", str, drop=2),
    Column("name", "what", str),
    Column("published", "published", str, align="right"),
    Column("ours", "ours", str, align="right"),
    Column("tolerance", "tolerance", str, align="right", drop=1),
    Column("passed", "", str),
)
ASKED = {"near": "±", "at_least": "no less, by", "at_most": "no more, by"}


def section(tables: Mapping[str, Published], told: Mapping[str, Sequence[Line]]) -> Section:
    """The table "published / ours / tolerance / pass", and what is known to depart."""
    rows = tuple(
        Row(
            {
                "what": tables[name].title if not i else "",
                "name": line.target.name,
                "published": f"{line.target.published:g}{_unit(line)}",
                "ours": f"{_number(line.ours)}{_unit(line)}",
                "tolerance": f"{ASKED[line.target.how]} {line.target.tolerance:g}",
                "passed": Flag("passed" if line.passed else "departs", not line.passed),
            }
        )
        for name, lines in told.items()
        for i, line in enumerate(lines)
    )
    every = [line for lines in told.values() for line in lines]
    parts: list[Element] = [Table(COLUMNS, rows, region="Published numbers", sorts=False)]
    parts += [Prose(f"{tables[n].title}: {tables[n].departs}") for n in told if tables[n].departs]
    passed = sum(line.passed for line in every)
    parts.append(Prose(f"{passed} of {len(every)} numbers are what was published."))
    return Section("Published numbers, measured again", tuple(parts) if every else ())


def _number(value: float) -> str:
    """Four digits, or all before the point where there are more."""
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def _unit(line: Line) -> str:
    return f" {line.target.unit}" if line.target.unit else ""
