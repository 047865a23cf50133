"""Puts this folder on the path, so that tests share `fake`; fixtures for several folders."""

from __future__ import annotations

import pytest

import fake
import shim
from promises import (  # noqa: F401  hooks and a fixture, which pytest finds here
    pytest_addoption,
    pytest_runtest_makereport,
    pytest_terminal_summary,
    tally,
)


@pytest.fixture
def fake_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rungs cost and widen as `fake` says."""
    fake.install(lambda at, name, value: monkeypatch.setattr(at, name, value, raising=False))


@pytest.fixture
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting for the disk: for tests in which no machine loses its power."""
    shim.no_waiting(monkeypatch.setattr)
