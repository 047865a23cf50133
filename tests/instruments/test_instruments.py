"""Every instrument of the folder keeps to what a page relies on; the doors; the trace."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import any_nets
import pytest
import torch
from click.testing import CliRunner
from tests import fake
from torch import nn

import howdeep
from howdeep import cli, instruments
from howdeep.base.errors import ConfigError, InstrumentError
from howdeep.instruments._subject import untouched
from howdeep.instruments._trace import hooked, trace
from howdeep.store.study import Study
from howdeep.testing import check_instrument


@pytest.mark.parametrize("name", instruments.names())
def test_an_instrument_keeps_to_the_rules(name: str) -> None:
    check_instrument(instruments.get(name), any_nets.subjects())


def test_every_layer_and_activation_is_found_however_it_is_written() -> None:
    one = any_nets.subject("functional")
    with untouched(one.net):
        found = trace(one.net, one.train, one.loss)
    assert [(site.name, site.what) for site in found.sites] == [
        ("stem", "linear"),
        ("relu", "relu"),
        ("twice", "linear"),
        ("tanh", "tanh"),
        ("twice#2", "linear"),
        ("relu#2", "relu"),
        ("head", "linear"),
    ]
    assert all(site.slope is not None for site in found.sites)
    first = found.sites[1]
    assert first.entered is not None
    assert (first.entered < 0).any(), "what an in-place function wrote over is not what it took"


def test_slopes_are_those_of_autograd() -> None:
    one = any_nets.subject("plain")
    with untouched(one.net):
        found = trace(one.net, one.train, one.loss)
    layers = list(one.net)
    h = layers[0](one.train.inputs[0])
    one.loss(nn.Sequential(*layers[1:])(h.retain_grad() or h), one.train.targets).backward()
    assert h.grad is not None
    torch.testing.assert_close(found.sites[0].slope, h.grad)
    for name, parameter in one.net.named_parameters():
        torch.testing.assert_close(found.gradients[name], parameter.grad)


def test_hooks_of_others_are_called_and_stay() -> None:
    one, heard = any_nets.subject("plain"), []
    handle = one.net[0].register_forward_hook(lambda *_: heard.append(1))
    instruments.get("signal").measure(one, instruments.Effort())
    assert heard
    handle.remove()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "gives no rows"),
        ("x.csv", "gives no rows"),
        ([], "there are no rows"),
        ([1, 2], "not \\(x, y\\)"),
        ((torch.randn(8, 5), torch.zeros(8)), "does not take rows of shape \\(2, 5\\)"),
    ],
)
def test_rows_that_no_net_takes_are_refused(data: object, says: str) -> None:
    with pytest.raises(InstrumentError, match=says):
        instruments.subject(nn.Linear(3, 2), data)


def test_loaders_datasets_and_arrays_are_rows() -> None:
    x, y = torch.randn(30, 3), torch.arange(30) % 2
    data = torch.utils.data.TensorDataset(x, y)
    for one in (data, torch.utils.data.DataLoader(data, 7), (x.numpy(), y.numpy())):
        rows = instruments.subject(nn.Linear(3, 2), one).train
        torch.testing.assert_close(rows.inputs[0], x)
        assert torch.equal(rows.targets, y)


def test_a_study_is_looked_into_and_its_page_shows_it(tmp_path: Path) -> None:
    out = tmp_path / "s"
    answer = howdeep.run("friedman1", depths=(0, 2, 4), max_seeds=2, max_steps=200, rivals="none",
                         jobs=1, out=str(out))  # fmt: skip
    before = answer.verdict
    done = CliRunner().invoke(cli.app, ["inspect", str(out), "signal"])
    assert done.exit_code == 0, done.output
    page = (out / "report.html").read_text()
    assert instruments.get("signal").title in page
    again = howdeep.inspect(out, "signal", cells="resmlp-2")
    assert [one.net for one in again.found] == ["resmlp-2"]
    answer = howdeep.open_study(out)
    assert answer.verdict == before
    kept = CliRunner().invoke(cli.app, ["report", str(out)])
    assert kept.exit_code == 0, kept.output
    assert instruments.get("signal").title in (out / "report.html").read_text()
    with pytest.raises(ConfigError, match="the study has no 'resmlp-3'"):
        howdeep.inspect(out, "signal", cells=["resmlp-3"])
    with pytest.raises(ConfigError, match="instrument 'sigmal': there is none"):
        howdeep.inspect(out, "sigmal")


def test_hooks_are_gone_after_an_error() -> None:
    one = any_nets.subject("plain")
    with (
        pytest.raises(ZeroDivisionError),
        hooked([module.register_forward_hook(lambda *_: None) for module in one.net.modules()]),
    ):
        raise ZeroDivisionError
    assert not any(module._forward_hooks for module in one.net.modules())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],  # cut off
        lambda text: text.replace('"values"', '"valves"'),  # of another shape
        lambda text: text.replace(f'"{version("howdeep")}"', '"0.0.1"'),  # of another version
        lambda text: "[]",
        lambda text: "\xff",
    ],
)
def test_what_is_no_more_as_it_was_written_is_nothing_measured(
    spoil: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.install(monkeypatch.setattr)
    with Study.create(tmp_path / "s", fake.plan(), fake.task(), platform=fake.PLATFORM) as study:
        found = (instruments.Measurement("signal", "mlp-1", 1, {"layers": ["a", "b"]}),)
        file = instruments.keep(study, found, ())
        assert instruments.kept(study) == found
        file.write_text(spoil(file.read_text()), encoding="latin-1")
        assert instruments.kept(study) == ()
        instruments.keep(study, found, ())
        assert instruments.kept(study) == found
