"""Nets on images: learning, folds, the same bits in company, and the net handed over."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests import toys

from howdeep import api
from howdeep.base.errors import ConfigError
from howdeep.data import cap
from howdeep.data.task import Fold, Task, View, from_arrays, to_arrays
from howdeep.export.predict import predict
from howdeep.modalities import New
from howdeep.modalities.image import encode
from howdeep.modalities.image.samples import IMAGES, images_of
from howdeep.route import session
from howdeep.store.study import Study
from howdeep.trainers.fused import encoded, loop


def trained(task: Task, family: str, blocks: int, members: tuple, **more: int):  # type: ignore[no-untyped-def]
    inputs = encoded.inputs(task, encoded.encoders(task))
    group = toys.group(task, inputs, family, blocks, members, **more)  # type: ignore[arg-type]
    return loop.train(group, task, encoded.encoded(task))


def select(result) -> float:  # type: ignore[no-untyped-def]
    return float(result.arrays["select"].mean())


def test_convolutions_learn_what_pixels_alone_do_not_say() -> None:
    task = toys.image_task()
    conv = trained(task, "resnet", 1, ((0, -6),), steps=200)[0]
    linear = trained(task, "resmlp", 0, ((0, -5),), steps=200)[0]
    assert select(conv) > 0.95
    assert select(linear) < 0.75


@pytest.mark.parametrize("family", ["resnet", "mlp"])
def test_in_folds_a_net_has_the_same_bits_in_any_company(family: str) -> None:
    task = toys.image_task(300, channels=3, folds=3)
    members = ((0, -6), (1, 3), (2, -8))  # one of them diverges
    together = trained(task, family, 1, members, steps=50)
    for i, member in enumerate(members):
        alone = trained(task, family, 1, (member,), steps=50)[0]
        assert alone.trial.val == together[i].trial.val
        for name in ("select", "test", "curve"):
            assert np.array_equal(alone.arrays[name], together[i].arrays[name], equal_nan=True)


def test_images_are_standardised_by_training_rows_only() -> None:
    task = toys.image_task(300, channels=3)
    train = task.folds[0].train
    fitted = encode.fit(task, train)
    x = encode.transform(fitted, {IMAGES: images_of(task)[train]}, fitted.inputs)
    each = x.reshape(len(train), 8, 8, 3)
    assert np.allclose(each.mean((0, 1, 2)), 0, atol=1e-5)
    assert np.allclose(each.std((0, 1, 2)), 1, atol=1e-5)
    fold = encoded.encoded(task)[0]
    assert fold.x.dtype == torch.uint8
    assert np.array_equal(fold.rows(torch.from_numpy(train)).numpy(), x)
    other = images_of(task).copy()
    other[np.setdiff1d(np.arange(300), train)] = 255
    assert encode.fit(replace(task, samples={IMAGES: other}), train) == fitted


def test_a_task_of_images_survives_its_arrays() -> None:
    task = toys.image_task(120)
    again = from_arrays(*to_arrays(task))
    assert np.array_equal(images_of(again), images_of(task))
    assert again.info.shape == (8, 8, 1)


def test_convolutions_on_a_table_are_refused() -> None:
    with pytest.raises(ConfigError, match="need images"):
        toys.begin(toys.task(), family=("resnet",))


@pytest.fixture(scope="module", params=[("resnet",), ("resmlp",)], ids=lambda f: f[0])
def study(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study of bars, whose best net is of the family asked for."""
    out = tmp_path_factory.mktemp("images") / "bars.study"
    task = toys.image_task(400, channels=3)
    settings = {"depths": (1,), "max_seeds": 2, "max_steps": 50, "width": 8, "epsilon": 0.9}
    plan, task = toys.begin(task, family=request.param, **settings)  # type: ignore[arg-type]
    with Study.create(out, plan, task) as opened:
        list(session.events(opened, jobs=1))
        api.write(opened, opened.verdict())  # type: ignore[arg-type]
    return out


def test_the_net_handed_over_is_ordinary_pytorch(study: Path, tmp_path: Path) -> None:
    with Study.open(study) as opened:
        task = opened.task()
        mine = predict(opened, New(images_of(task)[task.test]))
        score = opened.verdict().test_score  # type: ignore[union-attr]
        trial = next(t for t in opened.trials() if t.key == score.handed_over_trial)
        stored = opened.arrays(trial)["net.test"]
    classes = [task.info.classes[k] for k in task.target[task.test]]
    right = [a == b for a, b in zip(mine.values, classes, strict=True)]
    assert np.array_equal(np.asarray(right, np.float32), stored)
    np.save(tmp_path / "test.npy", images_of(task)[task.test])
    code = (
        "import sys, json, numpy as np; sys.modules['howdeep'] = None\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from net import load\n"
        "net = load()\n"
        "print(json.dumps(net.predict(np.load(sys.argv[2]))))\n"
        "try: net.predict(np.zeros((2, 9, 8, 3), np.uint8))\n"
        "except ValueError as error: assert '(8, 8, 3)' in str(error)\n"
        "else: raise AssertionError\n"
    )
    words = [sys.executable, "-c", code, str(study / "net"), str(tmp_path / "test.npy")]
    bare = subprocess.run(words, capture_output=True, text=True, check=True)
    assert json.loads(bare.stdout) == mine.values


def test_few_training_rows_keep_few_that_choose() -> None:
    task = toys.image_task(12_000, side=4)
    parts = np.split(np.arange(12_000), [8_000, 10_000, 11_000])
    fold = Fold(parts[0], (View(parts[1], parts[2]),), parts[0], parts[1])
    task = replace(task, folds=(fold,), test=parts[3])
    capped = cap.cap_train(task, 6_000, 0, fewer_val=True).folds[0]
    view = capped.views[0]
    assert abs(len(capped.train) - 6_000) <= 3
    assert abs(len(view.choose) - 1_200) <= 3
    assert np.array_equal(view.choose, capped.tune_val)
    assert np.array_equal(view.score, parts[2])
    shares = np.bincount(task.target[view.choose]) / len(view.choose)
    assert np.allclose(shares, np.bincount(task.target[parts[1]]) / 2_000, atol=0.01)
    nearly = cap.cap_train(task, 7_999, 0, fewer_val=True).folds[0]
    assert len(nearly.views[0].choose) == 1_599
