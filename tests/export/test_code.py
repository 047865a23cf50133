"""The code that a study prints builds the net that it hands over, with its weights and outputs."""

from __future__ import annotations

import ast
import json
import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import nn

import howdeep
import tiny
from howdeep.cli import app
from howdeep.export.door import _load
from howdeep.testing.families import layers

FEW = {"max_seeds": 2, "max_steps": 100, "epsilon": 0.5, "jobs": 1, "rivals": ("none",)}


def study(folder: Path, depths: tuple[int, ...], **more: Any) -> howdeep.Answer:
    """A short study of a table whose answer is the shallowest depth that is asked for."""
    data = tiny.table(folder / "t.csv")
    return howdeep.run(data, target="y", depths=depths, out=folder / "s.study", **{**FEW, **more})


def built(code: str, folder: Path) -> nn.Module:
    """What the code builds where nothing is known: it imports what it needs, PyTorch alone."""
    nodes = list(ast.walk(ast.parse(code)))
    imported = {n.module for n in nodes if isinstance(n, ast.ImportFrom)}
    imported |= {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    assert imported <= {"torch", "math"}
    (folder / "printed.py").write_text(code, encoding="utf-8")
    names = runpy.run_path(str(folder / "printed.py"))
    assert isinstance(names["net"], nn.Module)
    assert isinstance(names["optimizer"], torch.optim.AdamW)
    assert names["batch"] > 0 < names["steps"]
    return names["net"].eval()


def check(answer: howdeep.Answer, rows: Any, image: tuple[int, ...] = ()) -> None:
    shown, whole = built(answer.code, answer.path.parent), _load(answer.path / "net")
    found = answer.dossier.build
    assert found is not None
    weights = load_file(answer.path / "net" / "net.safetensors")
    trained = sum(v.numel() for n, v in weights.items() if "running_" not in n and "num_" not in n)
    assert sum(p.numel() for p in shown.parameters()) == trained == found.cell.parameters
    x = whole.encode(rows)
    taken = x.reshape(len(x), *image).permute(0, 3, 1, 2) if image else x
    real = whole.net
    for own, theirs in zip(layers(shown, taken), layers(real, x), strict=True):
        own.load_state_dict(theirs.state_dict())
    with torch.no_grad():
        assert torch.allclose(shown(taken), real(x), rtol=1e-5, atol=1e-5)


ROWS = {"a": [0.5, -1.0, 2.0], "b": [1.0, 1.0, -0.5], "colour": ["red", "blue", "green"]}


@pytest.mark.parametrize(
    ("family", "depths", "blocks"),
    [
        ("mlp", (0, 1), None),
        ("mlp", (3, 4), 3),
        ("resmlp", (1, 2), 1),
        ("resmlp", (4, 6), 4),
        ("preln", (2, 3), 2),
        ("preln", (5, 6), 5),
        ("dcn", (1, 2), 1),
        ("dcn", (3, 4), 3),
    ],
)
def test_the_code_of_a_study_with_its_weights_is_the_net_of_the_study(
    tmp_path: Path, family: str, depths: tuple[int, ...], blocks: int | None
) -> None:
    answer = study(tmp_path, depths, family=(family,))
    assert answer.dossier.build is not None
    check(answer, ROWS)


def pictures(count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, count)
    images = rng.integers(0, 90, (count, 12, 12), dtype=np.uint8)
    images[labels == 1, 3:9] += 100
    return images, labels


@pytest.mark.parametrize(("family", "depths"), [("resnet", (0, 1)), ("cnn", (1, 2))])
def test_the_code_of_a_convolutional_net_with_its_weights_is_the_net_of_the_study(
    tmp_path: Path, family: str, depths: tuple[int, ...]
) -> None:
    images, labels = pictures(150)
    how = {**FEW, "max_steps": 100, "family": (family,), "depths": depths}
    answer = howdeep.run(images, y=labels, out=tmp_path / "s.study", **how)
    check(answer, images[:5], (12, 12, 1))


def test_a_provisional_net_has_its_code_and_says_that_it_is_for_now(tmp_path: Path) -> None:
    answer = study(tmp_path, (0, 1, 2), epsilon=1e-4, family=("mlp",))
    assert answer.verdict.provisional is not None
    assert "For now: the study has not named a depth." in " ".join(
        line.removeprefix("# ") for line in answer.code.splitlines() if line.startswith("#")
    )
    check(answer, ROWS)


def test_the_code_is_in_the_terminal_on_the_page_in_the_result_and_with_the_net(
    tmp_path: Path,
) -> None:
    answer = study(tmp_path, (1, 2), family=("resmlp",))
    code = answer.code.strip()
    told = CliRunner().invoke(app, ["report", str(answer.path), "--show-code"])
    assert told.exit_code == 0
    assert code in told.output
    assert code not in CliRunner().invoke(app, ["report", str(answer.path)]).output
    result = json.loads((answer.path / "result.json").read_text())
    assert result["code"].strip() == code
    assert f"```python\n{code}\n```" in (answer.path / "net" / "README.md").read_text()
    html = (answer.path / "report.html").read_text()
    shown = re.search(r'<pre class="scroll program"[^>]*><code>(.*?)</code></pre>', html, re.DOTALL)
    assert shown is not None
    assert shown[1].replace("&#39;", "'").replace("&gt;", ">").strip() == code
    assert 'class="boxes"' in html


def test_where_nothing_is_handed_over_there_is_no_code_and_it_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = {"a": rng.normal(size=150), "b": rng.normal(size=150)}
    y = rng.choice(["x", "y"], 150)
    how = {**FEW, "epsilon": None, "depths": (0, 1)}
    answer = howdeep.run(frame, y=y, out=tmp_path / "s.study", **how)
    assert answer.verdict.status == "nothing_learnt"
    assert answer.code == ""
    told = CliRunner().invoke(app, ["report", str(answer.path), "--show-code"])
    assert "No code: the verdict is 'nothing_learnt'" in told.output
