"""Puts this folder on the path, so that tests share `fake`; fixtures for several folders."""

from __future__ import annotations

import pytest

import fake
import howdeep.training


@pytest.fixture
def fake_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rungs cost and widen as `fake` says: its rungs are of no real family."""
    monkeypatch.setattr(howdeep.training, "ladder", fake.LADDER, raising=False)
