"""`howdeep doctor --before`: what is said of untrained nets is what training does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from doctor_calls import called, files
from torch import nn

import howdeep
from howdeep import faults
from howdeep.instruments import Rows
from howdeep.route import doors
from howdeep.route.options import parse_options


@pytest.mark.parametrize(("name", "depth"), [("sigmoid", 12), ("relu", 32), ("residual", 32)])
def test_what_is_said_before_is_what_training_does(at: Path, name: str, depth: int) -> None:
    """Against 300 steps of SGD at the better of two rates, on what the rows say plainly."""
    (at / "nets_by_depth.py").write_text(LADDERS)
    words = (f"nets_by_depth:{name}", "--data", "t.csv", "--target", "y", "--before")
    code, text = called(*words, "--depths", f"2,{depth}", "--json")
    assert code == 0
    (found,) = json.loads(text[text.index("{") :])["before"]
    assert [one["depth"] for one in found["depths"]] == [2, depth]
    says = found["depths"][1]["says"]
    options = parse_options({"data": "t.csv", "target": "y"}, "doctor")
    rows = faults.named(words[0], doors.task_of(options), None, None, "adam", 2).train
    build = faults.builder(words[0])
    best = max(learnt(build, rows, depth, rate) for rate in (0.03, 0.1))
    assert says == ("trains" if best > 0.8 else "does not train"), best
    assert name == "residual" or best < 0.7
    code, text = called(*words, "--depths", str(depth))
    assert ("does not train" in text) == (says == "does not train")
    assert "within this budget" in text


LADDERS = """
from torch import nn

class Residual(nn.Module):
    def __init__(self, columns, outputs, depth):
        super().__init__()
        self.stem, self.head = nn.Linear(columns, 32), nn.Linear(32, outputs)
        self.ups = nn.ModuleList(nn.Linear(32, 32) for _ in range(depth))
        self.scale = depth ** -0.5

    def forward(self, x):
        x = self.stem(x)
        for up in self.ups:
            x = x + self.scale * up(x).relu()
        return self.head(x)

def plain(act, columns, outputs, depth):
    sizes = [columns, *[32] * depth]
    parts = [m for a, b in zip(sizes, sizes[1:]) for m in (nn.Linear(a, b), act())]
    return nn.Sequential(*parts, nn.Linear(32, outputs))

def sigmoid(columns, outputs, depth):
    return plain(nn.Sigmoid, columns, outputs, depth)

def relu(columns, outputs, depth):
    return plain(nn.ReLU, columns, outputs, depth)

residual = Residual
"""


def learnt(build: Callable[..., nn.Module], rows: Rows, depth: int, rate: float) -> float:
    """The share of rows that a net gets right after 300 steps, torch's own start."""
    x, y = rows.inputs[0], rows.targets
    torch.manual_seed(0)
    net = build(x.shape[1], 2, depth)
    optimizer = torch.optim.SGD(net.parameters(), rate, momentum=0.9)
    for _ in range(300):
        index = torch.randint(0, len(x), (64,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[index]), y[index]).backward()
        optimizer.step()
    with torch.no_grad():
        return float((net(x).argmax(1) == y).float().mean())


def test_before_says_the_same_from_python(at: Path) -> None:
    words = ("nets_of_mine:third", "--data", "t.csv", "--target", "y", "--before", "--json")
    code, text = called(*words, "--depths", "2,6,20")
    (found,) = json.loads(text[text.index("{") :])["before"]
    assert code == 0
    options = parse_options({"data": "t.csv", "target": "y"}, "doctor")
    one = faults.named("nets_of_mine:third", doors.task_of(options), None, None, "adam", 2)
    build = faults.builder("nets_of_mine:third")
    same = howdeep.trainable(
        lambda depth: build(28, 2, depth), (one.train.inputs[0], one.train.targets),
        depths=(2, 6, 20),
    )  # fmt: skip
    assert json.loads(json.dumps([f.values() for f in same])) == found["depths"]


def test_before_of_data_and_of_a_study_says_its_families(at: Path, study: Path) -> None:
    words = ("t.csv", "--target", "y", "--before", "--json")
    code, text = called(*words, "--depths", "0,2,8", "--family", "resmlp")
    assert code == 0
    every = json.loads(text[text.index("{") :])["before"]
    assert {one["net"] for one in every} == {"resmlp", "mlp"}
    assert [d["depth"] for d in every[0]["depths"]] == [2, 8]
    assert not list(at.glob("*.study"))
    before = files(study)
    code, text = called(str(study), "--before", "--depths", "8")
    assert code == 0
    assert "Which depths will train? resmlp" in text
    assert files(study) == before
