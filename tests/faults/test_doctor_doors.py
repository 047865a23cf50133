"""`howdeep doctor`: a study's nets, and a net of anyone's that a function builds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import howdeep
from howdeep import cli

BUILD = """
from torch import nn

def deep(columns, outputs):
    parts, inside = [], columns
    for _ in range(20):
        parts += [nn.Linear(inside, 32), nn.Sigmoid()]
        inside = 32
    return nn.Sequential(*parts, nn.Linear(32, outputs))

def sound(columns, outputs):
    return nn.Sequential(nn.Linear(columns, 32), nn.ReLU(), nn.Linear(32, outputs))

def images(channels, outputs):
    return nn.Sequential(nn.Conv2d(channels, 8, 3, 2), nn.ReLU(), nn.Flatten(),
                         nn.LazyLinear(outputs))

def three(a, b, c):
    return None

def text():
    return "net"
"""


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nets_of_mine.py").write_text(BUILD)
    rows = ["a,b,y"]
    rows += [f"{i % 37 / 10},{i % 11 / 3},{'up' if i % 37 / 10 > i % 11 / 3 else 'down'}"
             for i in range(400)]  # fmt: skip
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def called(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.app, ["doctor", *words])
    error = done.exception
    if error is not None and not isinstance(error, SystemExit):
        assert isinstance(error, howdeep.HowdeepError), error
        return error.exit_code, f"{error.what} {error.fix}"
    return done.exit_code, " ".join(done.output.split())


def test_a_builder_with_data_is_looked_at_and_cured(at: Path) -> None:
    code, text = called("nets_of_mine:deep", "--data", "t.csv", "--target", "y", "--cure")
    assert code == 0
    assert "Vanishing gradient, at 0 (layer 1)" in text
    assert "with the cure" in text
    assert "the fault is gone" in text
    code, text = called("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--json")
    (found,) = json.loads(text[text.index("[") :])
    assert (code, found["findings"]) == (0, [])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nets_of_mine:sound",), "what does this net learn from"),
        (("nets_of_mine:none", "--data", "t.csv", "--target", "y"), "cannot be imported"),
        (("nets_of_mine:three", "--data", "t.csv", "--target", "y"), "takes 3 arguments"),
        (("nets_of_mine:text", "--data", "t.csv", "--target", "y"), "gives str"),
        (("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--rate", "-1"), "--rate"),
        (
            ("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--loss", "mist"),
            "has no 'mist'",
        ),
    ],
)
def test_what_does_not_fit_is_refused(at: Path, words: tuple[str, ...], says: str) -> None:
    code, text = called(*words)
    assert code == 2
    assert says in text


def test_no_study_is_told(at: Path) -> None:
    code, text = called("none.study")
    assert code == 3
    assert "none.study" in text


def test_each_depth_of_a_study_is_looked_at(at: Path) -> None:
    howdeep.run("friedman1", depths=(0, 2), max_seeds=2, max_steps=200, rivals="none", jobs=1,
                out="s.study")  # fmt: skip
    code, text = called("s.study")
    assert code == 0
    for name in ("mlp-2 as it starts", "resmlp-2 as it ended"):
        assert f"{name}: no fault found." in text
