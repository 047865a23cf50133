"""A part of the table of planted faults (`benchmarks/planted_faults.py`): one net of each kind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from faulty_nets import FAULTS
from healthy_nets import fit_kinds, report_kinds

from planted_faults import drawn, look, placed

LONG = {"residual of 100", "residual", "ResNet", "residual, zero branch"}  # seconds each


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_named_at_its_layer(name: str) -> None:
    case, _, _ = drawn("report", "faulty", list(FAULTS).index(name))
    assert case is not None
    found = look(case)["found"]
    assert name in [one[0] for one in found], found
    line = {"fault": name, "places": case.places, "found": found}
    assert placed(line) is not False, (case.name, case.places, found)


KINDS = [("fit", i) for i, k in enumerate(fit_kinds()) if k not in LONG] + [
    ("report", i) for i, k in enumerate(report_kinds()) if k not in LONG
]


@pytest.mark.parametrize(("half", "number"), KINDS)
def test_nothing_is_found_in_a_healthy_net(half: str, number: int) -> None:
    case, progress, _ = drawn(half, "healthy", number)
    if case is None:
        pytest.skip(f"not shown to train: {progress:.2f} of the guess's loss in the short budget")
    assert look(case)["found"] == []
