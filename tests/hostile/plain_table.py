"""An honest little table, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

ROWS = 60


def columns(rows: int = ROWS) -> dict[str, list[str]]:
    """An honest little table: two numbers, a category and two classes."""
    rng = np.random.Generator(np.random.PCG64(7))
    a, b = rng.normal(size=rows), rng.normal(size=rows)
    return {
        "a": [f"{v:.3f}" for v in a],
        "b": [f"{v:.3f}" for v in b],
        "c": [("red", "green", "blue")[i % 3] for i in range(rows)],
        "y": ["up" if v > 0 else "down" for v in a + 0.3 * b],
    }


def text(
    cols: Mapping[str, list[str]], sep: str = ",", end: str = "\n", header: bool = True
) -> str:
    """The columns as a text table."""
    lines = [sep.join(cols)] * header + [sep.join(row) for row in zip(*cols.values(), strict=True)]
    return end.join(lines) + end


def table(**changed: list[str] | None) -> bytes:
    """The honest table with columns added, replaced or (None) taken out; y stays the last."""
    cols: dict[str, list[str] | None] = columns() | changed
    kept = {name: values for name, values in cols.items() if values is not None and name != "y"}
    if cols["y"] is not None:
        kept["y"] = cols["y"]
    return text(kept).encode()


def edited(line: int, new: Callable[[str], str]) -> bytes:
    """The honest table with one line (from 1) changed."""
    lines = text(columns()).splitlines()
    lines[line - 1] = new(lines[line - 1])
    return ("\n".join(lines) + "\n").encode()


def cells(value: str, *odd: tuple[int, str]) -> list[str]:
    """A column of one value, but for some rows (from 1)."""
    out = [value] * ROWS
    for row, cell in odd:
        out[row - 1] = cell
    return out


def numbered(pattern: str, start: int = 1) -> list[str]:
    return [pattern.format(i) for i in range(start, start + ROWS)]


def swapped(**by: str) -> list[str]:
    """The target with its labels exchanged."""
    return [by[label] for label in columns()["y"]]
