"""Why a deeper net is worse: planted reasons are found, and the others are not named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tests import fake

import howdeep
from howdeep import cli, reasons
from howdeep.base.errors import ConfigError
from howdeep.base.trials import Group, Outcome, Round
from howdeep.base.verdicts import Interval
from howdeep.data.task import Task
from howdeep.reasons.compare import by_rows, by_seeds, says
from howdeep.reasons.experiments import explain
from howdeep.store.study import Study

ROWS = 200


class Planted:
    """Trains nets whose scores are planted: `lost` on training rows, `gap`, `steps`, `rate`.

    The rung of 4 blocks is worse by their sum; each is won back by its own experiment only.
    """

    name = "planted"

    def __init__(self, **truth: float) -> None:
        self.truth = {"lost": 0.0, "gap": 0.0, "steps": 0.0, "rate": 0.0} | truth
        self.groups: list[Group] = []
        self.flops = 1e10  # of the study's nets; those of the experiments cost less

    def __call__(self, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
        self.groups += groups
        for group in groups:
            done = fake.train(group)
            results = tuple(self._planted(group, one, i) for i, one in enumerate(done.results))
            yield replace(done, results=results)

    def _planted(self, group: Group, result, index: int):  # type: ignore[no-untyped-def]
        rng = np.random.default_rng([index, group.members[index].seed, group.net.blocks])
        trained, seen = (0.95, 0.9) if group.net.blocks else (0.85, 0.8)
        if group.net.blocks == 4:
            own = dict(self.truth)
            if group.how.max_steps > 100:
                own["steps"] = 0.0
            if group.members[index].rates[0] > -6:
                own["rate"] = 0.0
            trained -= own["lost"] + own["steps"] + own["rate"]
            seen -= sum(own.values())
        noise = rng.normal(0, 0.002)
        select = np.full(ROWS, seen + noise) + np.random.default_rng(3).normal(0, 0.05, ROWS)
        trial = replace(
            result.trial,
            train=(trained + noise,),
            val=(seen + noise,),
            cap=group.how.max_steps,
            flops=self.flops,
        )
        arrays = dict(result.arrays) | {"select": select.astype(np.float32)}
        return replace(result, trial=trial, arrays=arrays)


def study_of(path: Path, executor: Planted, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A study with two rungs, of 2 and of 4 blocks, both of three seeds."""
    fake.install(monkeypatch.setattr)
    task = fake.task()
    plan = fake.plan(depths=(0, 2, 4))
    study = Study.create(path, plan, task, platform=dict(fake.PLATFORM))
    groups = [fake.group(blocks=b, seeds=(0, 1, 2)) for b in (0, 2, 4)]
    groups = [replace(g, fingerprint=plan.task.fingerprint) for g in groups]
    study.add_round(Round("main", "look 1: 3 seeds", tuple(groups)))
    for outcome in executor(groups, task):
        study.commit(outcome)
    executor.flops = 1e9
    return study


CASES = {
    "optimisation": {"lost": 0.05},
    "generalisation": {"gap": 0.05},
    "budget": {"steps": 0.05},
    "learning_rate": {"rate": 0.05},
}


@pytest.mark.parametrize("planted", CASES)
def test_a_planted_reason_is_named(
    planted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = Planted(**CASES[planted])
    with study_of(tmp_path / "s", executor, monkeypatch) as study:
        monkeypatch.setattr("howdeep.reasons.bench.worst_flops", lambda plan, group: 1e8)
        (reason,) = explain(study, executor)
    assert (reason.cell, reason.best) == ("resmlp-4", "resmlp-2")
    said = {cause.name: cause.says for cause in reason.causes}
    assert said.pop(planted) == "yes", reason
    if planted in ("budget", "learning_rate"):  # it is also worse on its training rows
        assert said.pop("optimisation") == "yes"
    assert set(said.values()) == {"no"}, reason
    effect = reason.cause(planted).effect
    assert effect is not None
    assert effect.value == pytest.approx(0.05, abs=0.005)
    assert reason.loss.value == pytest.approx(0.05, abs=0.005)


def test_nothing_is_explained_where_the_deepest_is_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = Planted(gap=-0.05)
    with study_of(tmp_path / "s", executor, monkeypatch) as study:
        assert explain(study, executor) == ()


def test_the_operations_are_kept_to_and_what_they_leave_out_is_not_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = Planted(gap=0.05)
    monkeypatch.setattr("howdeep.reasons.bench.worst_flops", lambda plan, g: 1e9 * len(g.members))
    with study_of(tmp_path / "s", executor, monkeypatch) as study:
        for share in (1.0, 0.3, 0.02):
            (reason,) = explain(study, executor, share=share)
            assert reason.operations <= share * 9e10  # nine nets of 1e10 each
    said = {cause.name: cause.says for cause in reason.causes}
    assert said["budget"] == said["learning_rate"] == "not tested"
    assert said["generalisation"] == "yes"


def test_what_is_trained_again_differs_in_one_thing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = Planted(steps=0.05)
    monkeypatch.setattr("howdeep.reasons.bench.worst_flops", lambda plan, g: 1e8)
    with study_of(tmp_path / "s", executor, monkeypatch) as study:
        first = executor.groups[-1]
        explain(study, executor)
    for group in executor.groups[3:]:
        assert group.stage == "main", "other stages draw other weights"
        assert group.seed == first.seed
        if group.net.blocks != 4:
            continue
        longer = group.how != first.how
        other = any(m.rates != first.members[0].rates for m in group.members)
        assert not (longer and other)
        if longer:
            assert group.how == replace(first.how.longer(2), patience=first.how.patience * 2)


def test_intervals_are_those_of_scipy() -> None:
    from scipy import stats

    rng = np.random.default_rng(0)
    values = list(rng.normal(0.1, 1, 9))
    mean, error = float(np.mean(values)), stats.sem(values)
    low, high = stats.t.interval(0.9, 8, mean, error)
    found = by_seeds(values, 0.9)
    assert (found.low, found.high) == pytest.approx((low, high))


def test_by_rows_and_seeds_covers() -> None:
    """Both are samples: seeds and rows of planted variances, at the level that is said."""
    rng, hit, draws = np.random.default_rng(1), 0, 400
    for _ in range(draws):
        rows, seeds = rng.normal(0, 1, 80), rng.normal(0, 0.2, (8, 1))
        noise = rng.normal(0, 0.5, (8, 80))
        found = by_rows(list(rows + seeds + noise), [np.zeros(80)] * 8, 0.95)
        assert found.low is not None
        assert found.high is not None
        hit += found.low <= 0 <= found.high
    assert hit / draws > 0.92


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        (Interval(0.1, 0.05, 0.2), "yes"),
        (Interval(0.0, -0.01, 0.009), "no"),
        (Interval(-0.1, -0.2, -0.05), "no"),
        (Interval(0.05, -0.01, 0.1), "unclear"),
        (Interval(0.05, None, None), "unclear"),
        (Interval(0.0, 0.0, 0.0), "no"),
    ],
)
def test_what_an_interval_says(interval: Interval, said: str) -> None:
    assert says(interval, 0.01) == said


def test_a_real_study_is_explained_and_its_page_says_it(tmp_path: Path) -> None:
    """Nets of 16 plain layers with few steps: they are trained less well."""
    out = tmp_path / "s"
    howdeep.run("spirals", depths=(0, 2, 16), family="mlp", max_seeds=2, max_steps=300,
                rivals="none", jobs=1, out=str(out))  # fmt: skip
    (reason,) = howdeep.why(out, jobs=1)
    assert reason.cell == "mlp-16"
    assert reason.cause("optimisation").says == "yes"
    with Study.open(out) as study:
        assert reasons.kept(study) == (reason,)
    done = CliRunner().invoke(cli.app, ["report", str(out)])
    assert done.exit_code == 0, done.output
    page = (out / "report.html").read_text()
    assert "Why are deeper nets worse?" in page
    assert "it is trained less well" in page
    with pytest.raises(ConfigError, match="the study has no 'mlp-3'"):
        howdeep.why(out, cells="mlp-3")
    with pytest.raises(ConfigError, match="--budget '200%'"):
        howdeep.why(out, budget="200%")
    nothing = CliRunner().invoke(cli.app, ["why", str(out), "--cells", "mlp-2"])
    assert "No deeper net" in nothing.output
