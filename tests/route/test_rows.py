"""Row scores from disk: some are kept, all are verified, and keeping changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import fake
from howdeep.base import limits
from howdeep.base.errors import StudyCorrupt
from howdeep.judge.conclude import conclude
from howdeep.judge.look import look
from howdeep.route.drive import drive
from howdeep.route.stored_scores import StoredScores
from howdeep.store.study import Study

pytestmark = pytest.mark.usefixtures("fake_ladder", "quick_disk")


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with Study.create(tmp_path / "s", fake.plan(), fake.task(1), platform=fake.PLATFORM) as study:
        list(drive(study, fake.here, look, conclude))
        yield study


def kept(rows: StoredScores) -> int:
    return sum(array.nbytes for array in rows._kept.values())


@pytest.mark.parametrize("room", [0, 1_000, 10**9])
def test_how_much_is_kept_changes_no_verdict(
    study: Study, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ROWS_KEPT_BYTES", room)
    rows = StoredScores(study)
    assert conclude(study.plan, study.trials(), rows) == study.verdict()
    assert kept(rows) <= room
    assert (kept(rows) > 0) == (room > 0)


def test_what_is_not_kept_is_verified_each_time(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ROWS_KEPT_BYTES", 0)
    trial = next(t for t in study.trials() if t.stage == "main")
    rows = StoredScores(study)
    before = rows.trial(trial, "select")
    assert np.array_equal(rows.trial(trial, "select"), before)
    (file,) = study.path.rglob(f"{trial.blob}.safetensors")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(StudyCorrupt, match="not what was written"):
        rows.trial(trial, "select")
