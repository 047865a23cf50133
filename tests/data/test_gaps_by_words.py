"""Cells with empty ones below each are seen however the empty ones are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from howdeep.modalities.table import source

ROWS = 120


@pytest.mark.parametrize("word", ["", "NA", "NaN", "null"])
def test_blocks_are_pointed_out_whatever_the_missing_word(tmp_path: Path, word: str) -> None:
    lines = ["x,block,y"]
    lines += [
        f"{(i * 37 % 101) / 7:.3f},{i / 10 + 0.5 if i % 4 == 0 else word},{'ab'[i % 3 == 0]}"
        for i in range(ROWS)
    ]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines) + "\n")
    options = source.Options(data=str(path), target="y")
    task = source.table_task(source.read(options, str(path)), options)
    assert any("'block'" in note and "fill it down" in note for note in task.info.notes)
