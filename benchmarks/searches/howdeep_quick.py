"""`howdeep run --preset quick`: fewer seeds."""

from __future__ import annotations

from searches import Answer, howdeep_run

NEEDS: tuple[str, ...] = ()


def search(name: str, repeat: int) -> Answer:
    """The verdict of fewer seeds."""
    return howdeep_run.search(name, repeat, "--preset", "quick")
