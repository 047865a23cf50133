"""A study of signals in a table: the encoding that it takes, and the net that it hands over."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import howdeep
from howdeep.route import session, tasks
from howdeep.route.options import parse_options
from howdeep.store.study import Study

SMALL = {"depths": "0,1", "family": "mlp", "max_seeds": 2, "rivals": "none", "max_steps": 300}
POINTS = 24


def signals(rows: int, seed: int) -> dict[str, np.ndarray]:
    """A bump to the left or to the right of a dip, anywhere: only sums over points say which."""
    rng = np.random.default_rng(seed)
    at, side = rng.integers(3, POINTS - 3, rows), rng.choice([-2, 2], rows)
    x = rng.normal(0, 0.15, (rows, POINTS))
    x[np.arange(rows), at] += 1
    x[np.arange(rows), at + side] -= 1
    frame: dict[str, np.ndarray] = {f"t{i}": x[:, i] * 1e-3 for i in range(POINTS)}
    return frame | {"side": np.where(side > 0, "right", "left")}


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    out = tmp_path_factory.mktemp("studies") / "signals.study"
    return howdeep.run(signals(600, 0), "side", out=str(out), jobs=1, epsilon=0.02, **SMALL)


def test_signals_are_not_taken_for_unlike_columns(answer: howdeep.Answer) -> None:
    found = answer.verdict.encoding
    assert found is not None
    assert [name for name, _ in found.tried] == ["", "standard", "linear"]
    assert found.name == "standard"
    scores = dict(found.tried)
    assert scores["standard"] > scores[""] + 0.02
    result = json.loads((answer.path / "result.json").read_text())
    assert any("as signals and pixels want it" in text for text in result["details"])
    assert answer.dossier.plan.cells[0].rung.inputs.columns == POINTS
    with Study.open(answer.path) as study:
        main = [t for t in study.trials() if t.stage == "main"]
        assert {t.rung.inputs.encoding for t in main} == {"standard"}


def test_two_workers_reach_the_same_verdict(answer: howdeep.Answer, tmp_path: Path) -> None:
    out = str(tmp_path / "two.study")
    two = howdeep.run(signals(600, 0), "side", out=out, jobs=2, epsilon=0.02, **SMALL)
    assert two.verdict.digest == answer.verdict.digest


@pytest.mark.filterwarnings("ignore:The net, .*, is provisional")
def test_the_net_handed_over_encodes_as_it_was_trained(answer: howdeep.Answer) -> None:
    new = signals(300, 1)
    said = np.asarray(answer.predict({name: new[name] for name in new if name != "side"}))
    assert (said == new["side"]).mean() > 0.8
    sys.path.insert(0, str(answer.path / "net"))
    try:
        from net import load  # type: ignore[import-not-found]

        columns = {n: [repr(float(v)) for v in new[n]] for n in new if n != "side"}
        assert list(load().predict(columns)) == said.tolist()
    finally:
        sys.path.remove(str(answer.path / "net"))
        sys.modules.pop("net", None)


@pytest.mark.parametrize(("columns", "tried"), [(3, ()), (4, ("standard", "linear"))])
def test_few_columns_of_numbers_have_one_encoding(
    columns: int, tried: tuple[str, ...], tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    head = ",".join([*(f"x{i}" for i in range(columns)), "y"])
    cells = rng.normal(size=(80, columns)).round(3)
    lines = [",".join([*map(str, row.tolist()), "ab"[int(row[0] > 0)]]) for row in cells]
    path = tmp_path / "few.csv"
    path.write_text("\n".join([head, *lines]) + "\n")
    options = parse_options({"data": str(path), "target": "y"})
    plan, task = session.plan_of(tasks.task_of(options), options)
    assert tuple(inputs.encoding for inputs in plan.encodings) == tried
    assert task.others == tried


def test_a_built_in_set_knows_its_own() -> None:
    options = parse_options({"data": "digits"})
    plan, _ = session.plan_of(tasks.task_of(options), options)
    assert plan.encodings == ()
