"""A folder with a table and builders of nets, and a finished study."""

from __future__ import annotations

from pathlib import Path

import pytest
from doctor_calls import BUILD

import howdeep


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nets_of_mine.py").write_text(BUILD)
    (tmp_path / "net.pt").write_bytes(b"\x80\x02}q\x00.")
    rows = ["a,b,y"]
    rows += [f"{i % 37 / 10},{i % 11 / 3},{'up' if i % 37 / 10 > i % 11 / 3 else 'down'}"
             for i in range(400)]  # fmt: skip
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study; copy it."""
    out = tmp_path_factory.mktemp("doctor") / "s.study"
    howdeep.run("friedman1", depths=(0, 2), max_seeds=2, max_steps=200, rivals="none", jobs=1,
                out=str(out))  # fmt: skip
    return out
