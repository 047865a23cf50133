"""Groups of a study's rows: against fairlearn and by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torch import Tensor, nn

import howdeep
from howdeep import cli, instruments
from howdeep.base.errors import ConfigError
from howdeep.instruments import Effort, Subject
from howdeep.instruments import _fair as fair
from howdeep.instruments._groups import columns
from howdeep.instruments._intervals import difference, paired
from howdeep.store.study import Study


def drawn(rows: int = 500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draws = np.random.default_rng(2)
    group = draws.integers(0, 3, rows)
    truth = draws.integers(0, 2, rows)
    predicted = np.where(draws.random(rows) < 0.6 + 0.1 * group, truth, 1 - truth)
    return predicted, truth, group


def test_differences_are_those_of_fairlearn() -> None:
    theirs = pytest.importorskip("fairlearn.metrics")
    predicted, truth, group = drawn()
    parity = fair.gap(fair.selected(predicted, group, 2))
    odds = fair.gap(fair.rates(predicted, truth, group, 2))
    assert parity is not None
    assert odds is not None
    named = {"sensitive_features": group}
    assert parity[0] == pytest.approx(
        theirs.demographic_parity_difference(truth, predicted, **named)
    )
    assert odds[0] == pytest.approx(theirs.equalized_odds_difference(truth, predicted, **named))


def test_two_classes_as_several_are_the_same() -> None:
    predicted, truth, group = drawn()
    both = [
        *fair.rates(predicted, truth, group, 2),
        *fair.rates(1 - predicted, 1 - truth, group, 2),
    ]
    found, usual = fair.gap(both), fair.gap(fair.rates(predicted, truth, group, 2))
    assert found is not None
    assert usual is not None
    assert found[0] == pytest.approx(usual[0])


def test_a_gap_holds_the_true_one_and_zero_where_there_is_none() -> None:
    draws, held, silent = np.random.default_rng(0), 0, 0
    for _ in range(300):
        some = {
            g: fair.Sample((draws.random(80) < p).astype(float))
            for g, p in enumerate((0.3, 0.5, 0.6))
        }
        same = {g: fair.Sample((draws.random(80) < 0.4).astype(float)) for g in range(3)}
        _, low, high = fair.gap([some]) or (0.0, 1.0, 0.0)
        held += low <= 0.3 <= high
        silent += (fair.gap([same]) or (0.0, 1.0, 0.0))[1] == 0
    assert held >= 285
    assert silent >= 285


def test_intervals_of_shares_are_the_published_ones() -> None:
    """Newcombe 1998, table II, method 10 (56/70 less 48/80; 9/10 less 3/10)."""
    for a, n, b, m, low, high in ((56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090)):
        first, second = np.repeat([1.0, 0.0], [a, n - a]), np.repeat([1.0, 0.0], [b, m - b])
        assert difference(first, second)[1:] == pytest.approx((low, high), abs=1e-4)
    draws, held = np.random.default_rng(1), 0
    for _ in range(400):
        first = (draws.random(200) < 0.95).astype(float)
        second = np.where(draws.random(200) < 0.03, 0.0, first)
        _, low, high = paired(first, second)
        held += low <= 0.95 * 0.03 <= high
    assert held >= 374


@pytest.fixture(scope="module")
def hiring(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Subject]:
    """A study in which "yes" follows from skill, and for one group from less of it."""
    draws = np.random.default_rng(7)
    n = 1_200
    skill, group = draws.normal(size=n), draws.choice(["north", "south"], n)
    town = draws.choice(list("abcdefghij"), n)
    level = draws.integers(1, 4, n)
    yes = skill + 1.2 * (group == "north") + 0.3 * draws.normal(size=n) > 0.6
    rows = {"skill": skill, "group": group, "town": town, "level": level}
    out = str(tmp_path_factory.mktemp("h") / "s")
    howdeep.run(rows, y=np.where(yes, "yes", "no"), depths=(0, 1), max_seeds=2, max_steps=300,
                rivals="none", jobs=1, out=out)  # fmt: skip
    with Study.open(out) as study:
        return Path(out), instruments.subjects(study)[-1]


class Reads(nn.Module):
    """Says yes by one encoded column alone."""

    def __init__(self, column: int) -> None:
        super().__init__()
        self.column = column

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([-x[:, self.column], x[:, self.column]], 1)


def test_flips_are_those_of_a_net_that_reads_the_group_or_does_not(
    hiring: tuple[Path, Subject],
) -> None:
    one = hiring[1]
    assert one.encode is not None
    assert one.task is not None
    numbers, codes = one.task.samples["numbers"][:2].copy(), one.task.samples["codes"][:2].copy()
    codes[0, 0], codes[1, 0], numbers[1], codes[1, 1:] = 0, 1, numbers[0], codes[0, 1:]
    pair = one.encode({"numbers": numbers, "codes": codes})
    differs = (pair[0] != pair[1]).nonzero()[:, 0].tolist()
    other = next(i for i in range(pair.shape[1]) if i not in differs)
    find = instruments.get("fairness").measure
    effort = Effort(groups=("group",))
    assert find(replace(one, net=Reads(differs[0])), effort)["columns"][0]["flips"][0] == 1.0
    assert find(replace(one, net=Reads(other)), effort)["columns"][0]["flips"][0] == 0.0
    real = find(one, effort)["columns"][0]
    assert real["flips"][1] > 0.2, "the net was taught to read it"
    assert real["parity"][1] > 0.1


def test_groups_are_counted_by_hand(hiring: tuple[Path, Subject]) -> None:
    one = hiring[1]
    values = instruments.get("fairness").measure(one, Effort(groups=("group", "level")))
    rows = one.unseen.some(512)
    assert one.task is not None
    predicted = one.outputs(rows).argmax(1).numpy()
    names = one.task.names[2][0]
    for level in values["columns"][0]["levels"]:
        at = one.task.samples["codes"][rows.index, 0] == names.index(level["level"])
        assert level["rows"] == at.sum()
        assert level["selected"][0] == pytest.approx(predicted[at].mean(), abs=1e-5)
        right = predicted[at] == rows.targets.numpy()[at]
        assert level["score"][0] == pytest.approx(right.mean(), abs=1e-5)
    assert [level["level"] for level in values["columns"][1]["levels"]] == ["1", "2", "3"]


def test_columns_are_chosen_or_of_few_categories(hiring: tuple[Path, Subject]) -> None:
    task = hiring[1].task
    assert task is not None
    assert [one.name for one in columns(task)] == ["group"], "ten towns are not few"
    assert [one.name for one in columns(task, ("town", "level"))] == ["town", "level"]
    with pytest.raises(ConfigError, match="there is no column 'gruop'"):
        columns(task, ("gruop",))
    with pytest.raises(ConfigError, match="'skill' has 1,"):
        columns(task, ("skill",))


def test_only_named_columns_get_words(hiring: tuple[Path, Subject]) -> None:
    out = str(hiring[0])
    run = CliRunner().invoke(cli.app, ["inspect", out, "fairness"])
    assert run.exit_code == 0, run.output
    assert "By group" not in run.output
    assert "north" in run.output
    run = CliRunner().invoke(cli.app, ["inspect", out, "fairness", "--groups-by", "group"])
    assert "By group: how often" in run.output
    run = CliRunner().invoke(cli.app, ["inspect", out, "fairness", "--groups-by", "grup"])
    assert run.exit_code == 2
    assert "there is no column 'grup'" in run.output


def test_numbers_have_errors_by_group() -> None:
    errors = {
        0: np.random.default_rng(0).normal(0, 1, 200),
        1: np.random.default_rng(1).normal(2, 1, 200),
    }
    found = fair.mean_gap({group: fair.Sample(own) for group, own in errors.items()})
    assert found is not None
    assert found[1] < abs(errors[1].mean() - errors[0].mean()) < found[2]
    assert fair.mean_gap({0: fair.Sample(np.ones(1))}) is None


def test_rows_without_columns_are_told() -> None:
    one = instruments.subject(nn.Linear(3, 2), (torch.randn(40, 3), torch.arange(40) % 2))
    _, notes = instruments.measured([one], ["fairness"])
    assert notes == ("fairness of Linear: not measured: its rows have no columns with names",)


def test_what_holds_for_all_nets_is_said_once() -> None:
    one = instruments.subject(nn.Linear(3, 2), (torch.randn(40, 3), torch.arange(40) % 2))
    _, notes = instruments.measured([one, replace(one, name="other")], ["fairness"])
    assert notes == ("fairness: not measured: its rows have no columns with names",)
