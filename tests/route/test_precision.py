"""`--precision`: said at any door it reaches every net of a study, and stays; scores are fp32's."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from tests import tiny, toys

import howdeep
from howdeep.base import keys, naming
from howdeep.base.errors import ConfigError, StudyMismatch
from howdeep.base.nouns import Plan, Recipe
from howdeep.cli import app
from howdeep.data import scoring
from howdeep.judge.conclude import ROUNDED
from howdeep.nets.families import family
from howdeep.route import session, tasks
from howdeep.route.options import parse_options
from howdeep.store.study import Study
from howdeep.trainers.fused import encoded, loop, native


def precisions(plan: Plan) -> set[str]:
    return {ladder.recipe.precision for ladder in plan.ladders}


def command(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


# ---- the recipe and its keys ---------------------------------------------------------------------
def test_keys_are_those_from_before_there_was_a_precision() -> None:
    recipe = Recipe(64, 100, 10)
    before = {f.name: getattr(recipe, f.name) for f in dataclasses.fields(recipe)}
    assert before.pop("precision") == "fp32"
    assert keys.digest(recipe) == keys.digest(before)
    assert keys.loads(Recipe, keys.dumps(before)) == recipe


def test_another_precision_is_another_trial() -> None:
    toy = toys.task()
    group = toys.group(toy, encoded.inputs(toy, encoded.encoders(toy)))
    other = replace(group, recipe=replace(group.recipe, precision="bf16"))
    assert naming.trial_key(group, 0) != naming.trial_key(other, 0)
    assert keys.loads(Recipe, keys.dumps(other.recipe)) == other.recipe


# ---- the doors -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("said", "found"), [({}, "fp32"), ({"precision": "bf16"}, "bf16")])
def test_every_ladder_has_it(said: dict[str, str], found: str, tmp_path: Path) -> None:
    config = tmp_path / "options.json"
    config.write_text(json.dumps(said))
    for options in (said, {"config": str(config)}):
        plan, _ = session.plan_of(toys.task(), parse_options(options))
        assert precisions(plan) == {found}
        assert {ladder.family for ladder in plan.ladders} == {"resmlp", "mlp"}


def test_the_command_line_says_it_and_keeps_to_it(tmp_path: Path) -> None:
    data = tiny.table(tmp_path / "t.csv")
    words = ("run", data, "--target", "y", *tiny.QUICK, "--rivals", "none", "--jobs", "1")
    planned = command(*words, "--dry-run", "--precision", "bf16")
    assert planned.exit_code == 0, planned.output
    assert "Trained in bf16, scored in fp32." in planned.output
    assert "bf16" not in command(*words, "--dry-run").output

    out = tmp_path / "t.study"
    done = command(*words, "--out", out, "--precision", "bf16", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert {own["recipe"]["precision"] for own in told["plan"]["ladders"]} == {"bf16"}
    assert ROUNDED in told["verdict"]["notes"]
    assert "of numbers rounded to bf16" in (out / "report.html").read_text()
    refused = command(*words, "--out", out)
    assert refused.exit_code == 3
    assert "--precision: bf16, now not given" in refused.output


def test_the_command_line_says_what_makes_training_slower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(native.VARIABLE, raising=False)
    monkeypatch.setattr(native, "_module", lambda: None)  # as where no compiler was
    data = tiny.table(tmp_path / "t.csv")
    words = ("run", data, "--target", "y", *tiny.QUICK, "--rivals", "none", "--jobs", "1")
    planned = command(*words, "--dry-run", "--precision", "bf16")
    assert planned.exit_code == 0, planned.output
    assert "without a C compiler" in planned.stderr
    assert "longer than fp32" in planned.stderr
    done = command(*words, "--out", tmp_path / "t.study")
    assert done.exit_code == 0, done.output
    assert "without a C compiler" in done.stderr
    assert "longer than fp32" not in done.stderr
    with Study.open(tmp_path / "t.study") as study:
        assert session.slower(study.plan, "cuda") == ()


@pytest.mark.parametrize("families", [None, ("resnet",), ("mlp", "cnn")])
def test_convolutions_have_no_bf16(families: tuple[str, ...] | None) -> None:
    with pytest.raises(ConfigError, match="can only be trained in fp32") as caught:
        toys.begin(toys.image_task(600), family=families, precision="bf16")
    assert "--family resmlp,mlp" in caught.value.fix
    plan, _ = toys.begin(toys.image_task(600), family=("resmlp", "mlp"), precision="bf16")
    assert precisions(plan) == {"bf16"}


def test_a_resumed_study_keeps_it(tmp_path: Path) -> None:
    data, digests = tiny.table(tmp_path / "t.csv"), []
    for name in ("whole", "stopped"):
        path = tmp_path / f"{name}.study"
        tiny.begin(path, data, precision="bf16")
        if name == "stopped":
            stopping = iter((False, True))
            with session.reopen(str(path)) as study:
                list(session.events(study, jobs=1, stop=lambda it=stopping: next(it)))
                assert study.verdict() is None
                assert study.trials()
        digests.append(howdeep.resume(path, jobs=1).verdict.digest)
        with Study.open(path) as study:
            groups = [group for made in study.rounds() for group in made.groups]
            assert {group.recipe.precision for group in groups} == {"bf16"}
            assert {group.stage for group in groups} >= {"rate", "main"}
    assert digests[0] == digests[1]


def test_another_precision_on_a_study_that_is_there_is_refused(tmp_path: Path) -> None:
    data = tiny.table(tmp_path / "t.csv")
    said = {"data": str(data), "target": "y", "depths": "0,1", "rivals": "none"}
    options = parse_options({**said, "precision": "bf16"})
    session.start(tasks.task_of(options), options, str(tmp_path / "t.study")).close()
    options = parse_options({**said, "precision": "fp32"})
    with pytest.raises(StudyMismatch, match="--precision: bf16, now fp32"):
        session.start(tasks.task_of(options), options, str(tmp_path / "t.study"))


# ---- what is not rounded -------------------------------------------------------------------------
def test_scores_are_those_of_the_net_in_full() -> None:
    """The plain net with the stored weights in float64; bf16 products would be 1e-2 apart."""
    toy = toys.task(kind="regression")
    data, inputs = encoded.encoded(toy), encoded.inputs(toy, encoded.encoders(toy))
    group = toys.group(toy, inputs, members=((0, -7),))
    group = replace(group, recipe=replace(group.recipe, precision="bf16"))
    arrays = loop.train(group, toy, data)[0].arrays
    weights = {n[4:]: torch.from_numpy(a) for n, a in arrays.items() if n.startswith("net/")}
    assert any(not torch.equal(w, w.bfloat16().float()) for w in weights.values())
    own = family("resmlp")
    net = own.module(group.rung)
    net.load_state_dict(own.state_dict(group.rung, weights))
    rows = data[0].x[toy.test]
    with torch.no_grad():
        out = net.double()(rows.double()).numpy()[None]
        coarse = net.bfloat16()(rows.bfloat16()).double().numpy()[None]
    wanted, rough = (
        scoring.scorer(toy, toy.test).contributions(each, data[0].scale)[0]
        for each in (out, coarse)
    )
    np.testing.assert_allclose(arrays["net.test"], wanted, rtol=1e-4, atol=1e-5)
    assert abs(rough - wanted).max() > 1e-3
