"""Another package brings a metric, a family and a trainer; no file here knows it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tests import toys

import howdeep
from howdeep import faults, metrics, trainers
from howdeep.base.errors import ConfigError
from howdeep.modalities.table.samples import numbers_of
from howdeep.nets import families
from howdeep.testing import check_metric
from howdeep.trainers.fused import encoded, loop

CODE = '''
"""A metric that is accuracy by another name, a family of tanh nets, and a trainer of one model."""

from dataclasses import replace

from howdeep import metrics
from howdeep.faults import Fault, Seen
from howdeep.base.nouns import Model, RateSearch
from howdeep.nets.families._dense import dense
from howdeep.trainers import Trainer

METRIC = replace(metrics.metric("accuracy"), name="hit_rate", rank=50, printed="hit rate")
OPTIONS = {"skip": "none", "norm": "none", "activation": "tanh"}
FAMILY = dense(RateSearch(transfers=False), "plain hidden layers of tanh", **OPTIONS)


def models(task, wanted, work, nets_flops):
    rows = len(task.folds[0].train)
    return tuple(Model(name, 1, rows, 1, 1, 1, 1.0, "shelf", "a shelf") for name in wanted), ()


def fit(group, task, data):
    raise ValueError("the shelf is empty")


def find(signs):
    return Seen("", -1, "there are rows") if len(signs.seen) > 10 else None


FAULT = Fault("rows", "Too many rows", 1, find, "It has rows.", "Drop them.", lambda one, _: one)
TRAINER = Trainer("shelf", fit, lambda: ("shelf",), models=models)
NOTHING = 7
'''
POINTS = """
[howdeep.metrics]
hit_rate = shelf_for_howdeep:METRIC
broken_rate = shelf_for_howdeep:MISSING
[howdeep.families]
shelf_tanh = shelf_for_howdeep:FAMILY
[howdeep.faults]
rows = shelf_for_howdeep:FAULT
wrong = shelf_for_howdeep:NOTHING
[howdeep.trainers]
shelf = shelf_for_howdeep:TRAINER
empty = shelf_for_howdeep:NOTHING
"""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package as an installer would leave it."""
    info = tmp_path / "shelf_for_howdeep-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shelf-for-howdeep\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(POINTS)
    (tmp_path / "shelf_for_howdeep.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    forget()
    yield
    forget()
    sys.modules.pop("shelf_for_howdeep", None)


def forget() -> None:
    for kept in (metrics.names, metrics.metric, families.family):
        kept.cache_clear()


@pytest.mark.usefixtures("shelf")
def test_a_metric_of_another_package_is_one_of_them() -> None:
    assert "hit_rate" in metrics.of_kind("classification")
    check_metric(metrics.metric("hit_rate"))
    assert "broken_rate" not in metrics.names()
    with pytest.raises(ConfigError, match=r"broken_rate.*shelf-for-howdeep 1\.2 cannot be loaded"):
        metrics.metric("broken_rate")


@pytest.mark.usefixtures("shelf")
def test_a_family_of_another_package_is_trained() -> None:
    assert "shelf_tanh" in families.names()
    toy = toys.task(rows=300)
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, "shelf_tanh", 2, steps=50)
    found = loop.train(group, toy, encoded.encoded(toy))
    assert found[0].trial.val[0] is not None


@pytest.mark.usefixtures("shelf")
def test_a_fault_of_another_package_is_looked_for() -> None:
    assert "rows" in faults.names()
    net = torch.nn.Linear(3, 2)
    rows = torch.randn(64, 3), torch.arange(64) % 2
    one = faults.patient(net, rows, "cross_entropy")
    assert faults.examine(one, (faults.get("rows"),)).faults == ("rows",)
    assert "wrong" not in faults.names()
    assert "the fault wrong is not looked for" in faults.broken()[0]
    with pytest.raises(ConfigError, match="is no fault"):
        faults.get("wrong")


@pytest.mark.usefixtures("shelf")
def test_a_trainer_of_another_package_fits_its_model_and_may_fail_alone(tmp_path: Path) -> None:
    assert "shelf" in trainers.offered()
    with pytest.raises(ConfigError, match="is no trainer"):
        trainers.trainer("empty")
    toy = toys.task(rows=300)
    answer = howdeep.run(
        numbers_of(toy),
        y=[toy.info.classes[i] for i in toy.target],
        out=tmp_path / "a.study",
        rivals="shelf",
        depths=(0, 1),
        max_seeds=2,
        max_steps=100,
        epsilon=0.3,
        jobs=1,
    )
    (rival,) = answer.verdict.rivals
    assert (rival.says, rival.settings) == ("failed", "the shelf is empty")
    assert "a shelf" in (tmp_path / "a.study" / "report.html").read_text()
