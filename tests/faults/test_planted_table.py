"""A part of the table of planted faults (`benchmarks/planted_faults.py`): one net of each kind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from faulty_nets import FAULTS
from healthy_nets import fit_kinds, report_kinds

from planted_faults import drawn, look, named, placed

LONG = {"residual of 100", "residual", "ResNet", "residual, zero branch"}  # seconds each


def test_planted_faults_are_named_at_their_layers() -> None:
    """The first net of each fault in the half that is reported; one of 18 may be missed."""
    missed, elsewhere = [], []
    for number, name in enumerate(FAULTS):
        case, _, _ = drawn("report", "faulty", number)
        assert case is not None, f"{name}: no net that it hurts"
        line = {"fault": name, "places": case.places, "found": look(case)["found"]}
        if not named(line):
            missed.append((case.name, line["found"]))
        elif placed(line) is False:
            elsewhere.append((case.name, case.places, line["found"]))
    assert len(missed) <= 1, missed
    assert not elsewhere


KINDS = [("fit", i) for i, k in enumerate(fit_kinds()) if k not in LONG] + [
    ("report", i) for i, k in enumerate(report_kinds()) if k not in LONG
]


@pytest.mark.parametrize(("half", "number"), KINDS)
def test_nothing_is_found_in_a_healthy_net(half: str, number: int) -> None:
    case, progress, _ = drawn(half, "healthy", number)
    if case is None:
        pytest.skip(f"not shown to train: {progress:.2f} of the guess's loss in the short budget")
    assert look(case)["found"] == []
