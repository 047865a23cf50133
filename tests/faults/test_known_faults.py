"""Every fault of the folder is found where it is, and its cure mends it and no other."""

from __future__ import annotations

from functools import cache

import faulty_nets
import nets_of_all_kinds as make
import pytest
import torch
from planted_case import Case, optimizer_of, stands
from torch import Tensor, nn
from torch.nn import functional as F

import howdeep
from howdeep import faults
from howdeep.base.errors import ConfigError, InstrumentError
from howdeep.faults import Patient
from howdeep.testing import check_fault

TRIES = 6


@cache
def case_of(name: str) -> Case:
    """The first net with this fault that it hurts, as the table draws them."""
    number = list(faulty_nets.FAULTS).index(name)
    for again in range(TRIES):
        case = faulty_nets.faulty_case("fit", number, again)
        if stands(case, make_copy(case.net))[0]:
            return case
    raise AssertionError(f"{name}: no net that it hurts in {TRIES}")


def make_copy(net: nn.Module) -> nn.Module:
    import copy

    return copy.deepcopy(net)


def patient_of(case: Case) -> Patient:
    optimizer = optimizer_of(case, case.net) if case.left_out else case.optimizer
    return faults.patient(
        case.net, case.train, case.loss, rate=case.rate or None, optimizer=optimizer,
        test=case.test,
    )  # fmt: skip


def well() -> Patient:
    data = make.blobs(3)
    net = make.mlp(data, 3, 32, "relu", 3, norm="batch")
    return faults.patient(net, data.train, data.loss, rate=3e-3, test=data.test)


@pytest.mark.parametrize("name", faults.names())
def test_a_fault_keeps_to_the_rules_and_its_cure_works(name: str) -> None:
    found = check_fault(faults.get(name), patient_of(case_of(name)), well())
    cured = found.cures[0]
    if name not in ("duplicates", "frozen", "batch_norm"):  # which the training loss does not see
        worse = cured.end[0] / cured.guess[0] if cured.guess[0] > 0 else float("inf")
        assert not worse <= cured.end[1] / cured.guess[1], "the cure does not make it learn more"


# What a cure is for, and a fault that it must leave as it is.
OTHERS = {
    "nan": "loss_fit", "loss_fit": "vanishing", "labels_constant": "zero_start",
    "zero_start": "loss_fit", "unreached": "dead", "frozen": "loss_fit", "batch_norm": "vanishing",
    "input_scale": "dead", "dead": "loss_fit", "saturation": "unreached", "exploding": "loss_fit",
    "vanishing": "labels_shuffled", "rank_collapse": "loss_fit", "wrong_start": "unreached",
    "rate_high": "zero_start", "rate_low": "zero_start", "labels_shuffled": "loss_fit",
    "duplicates": "dead",
}  # fmt: skip


@pytest.mark.parametrize("name", faults.names())
def test_a_cure_fails_on_another_fault(name: str) -> None:
    other = OTHERS[name]
    sick = patient_of(case_of(other))
    if name in ("rate_high", "rate_low"):
        sick = sick.but(rate=sick.rate or sick.usual)
    finding = faults.get(other).find(faults.Signs(sick))
    assert finding is not None
    told = faults.get(name).finding(finding)
    mended = faults.get(name).cure(sick, told)
    assert faults.get(other).find(faults.Signs(mended)) is not None


def layers(depth: int, act: type[nn.Module], gain: float = 0.0, width: int = 48) -> nn.Sequential:
    with make.seeded(1):
        parts: list[nn.Module] = []
        inside = 16
        for _ in range(depth):
            layer = nn.Linear(inside, width)
            if gain:
                nn.init.normal_(layer.weight, 0, gain / inside**0.5)
            parts += [layer, act()]
            inside = width
        return nn.Sequential(*parts, nn.Linear(inside, 4))


def twice() -> nn.Module:
    with make.seeded(1):
        return nn.Sequential(
            nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten(),
            nn.Linear(128, 4), nn.Softmax(dim=1),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("net", "name", "layer"),
    [
        (lambda: layers(20, nn.Sigmoid), "vanishing", "0"),
        (lambda: layers(50, nn.ReLU), "vanishing", "0"),
        (lambda: layers(20, nn.ReLU, 3.0), "exploding", "40"),
        (twice, "loss_fit", "5"),
    ],
    ids=["sigmoid, 20 layers", "ReLU, 50 layers", "gain 3", "softmax twice"],
)
def test_known_ills_are_named_and_cured(net: object, name: str, layer: str) -> None:
    data = make.images(2) if name == "loss_fit" else make.blobs(2)
    found = howdeep.doctor(net(), data.train, data.loss, cure=True)  # type: ignore[operator]
    assert (found.findings[0].fault, found.findings[0].layer) == (name, layer)
    cured = found.cures[0]
    assert cured.works
    assert cured.end[1] < 0.3 * cured.guess[1] < cured.end[0]
    text = " ".join(repr(found).split())
    assert "seen" in text
    assert f"from {cured.start[1]:.3g} to {cured.end[1]:.3g} with the cure" in text


def test_dead_layer_zero_start_and_vanishing_are_told_apart() -> None:
    data = make.blobs(4)
    dead, zero = layers(4, nn.ReLU), layers(4, nn.Tanh)
    with torch.no_grad():
        dead[2].bias.fill_(-30)
        for layer in make.weighted(zero):
            layer.weight.zero_()
            layer.bias.zero_()
    found = [
        howdeep.doctor(net, data.train, data.loss).faults[0]
        for net in (dead, zero, layers(20, nn.Sigmoid))
    ]
    assert found == ["dead", "zero_start", "vanishing"]


def test_hooks_of_others_are_called_and_stay_and_the_net_is_as_it_was() -> None:
    data, net, heard = make.blobs(5), layers(2, nn.ReLU), []
    net[0].register_forward_hook(lambda *_: heard.append(1))
    net.eval()
    net[2].weight.grad = torch.ones_like(net[2].weight)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    assert howdeep.doctor(net, data.train, data.loss).faults == ()
    assert heard
    assert len(net[0]._forward_hooks) == 1
    assert not net.training
    assert net[2].weight.grad.eq(1).all()
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_two_inputs_shared_weights_and_autocast() -> None:
    net, data = make.two(make.rings(1), 32, 1)
    assert howdeep.doctor(net, data.train, data.loss).faults == ()
    again = make.rings(2)
    shared = make.shared(again, 32, 3, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert howdeep.doctor(shared, again.train, again.loss).faults == ()
        sick = howdeep.doctor(layers(20, nn.Sigmoid), make.blobs(2).train, F.cross_entropy)
    assert sick.faults[0] == "vanishing"


def test_parameters_that_the_optimiser_lacks_are_named() -> None:
    data, net = make.blobs(6), layers(3, nn.ReLU)
    optimizer = torch.optim.Adam([p for n, p in net.named_parameters() if not n.startswith("4")])
    found = howdeep.doctor(net, data.train, data.loss, optimizer=optimizer)
    named = found.findings[0]
    assert (named.fault, named.layer, named.place) == ("frozen", "4", 2)


def test_a_frozen_first_part_is_meant() -> None:
    data, net = make.blobs(6), layers(3, nn.ReLU)
    net[0].requires_grad_(False)
    assert howdeep.doctor(net, data.train, data.loss).faults == ()


def test_rows_of_few_values_are_no_duplicates() -> None:
    draw = torch.Generator().manual_seed(0)
    x = torch.randint(0, 2, (400, 5), generator=draw).float()
    y = (x.sum(1) > 2).long()
    found = howdeep.doctor(
        nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2)), (x[:300], y[:300]),
        test=(x[300:], y[300:]),
    )  # fmt: skip
    assert found.faults == ()


class Broken(nn.Module):
    def __deepcopy__(self, memo: object) -> nn.Module:
        raise RuntimeError("no copies")

    def forward(self, x: Tensor) -> Tensor:
        return x


def test_what_cannot_be_looked_at_is_refused() -> None:
    data = make.blobs(1)
    with pytest.raises(ConfigError, match="optimizer 'adm': there is none"):
        howdeep.doctor(layers(1, nn.ReLU), data.train, optimizer="adm")
    with pytest.raises(ConfigError, match="rate: -1 is no learning rate"):
        howdeep.doctor(layers(1, nn.ReLU), data.train, rate=-1)
    with pytest.raises(InstrumentError, match="does not take rows"):
        howdeep.doctor(nn.Linear(3, 2), data.train)
    with pytest.raises(InstrumentError, match="cannot be copied"):
        howdeep.doctor(Broken(), data.train)
    with pytest.raises(InstrumentError, match="is no torch"):
        howdeep.doctor(3, data.train)
    with pytest.raises(ConfigError, match="fault 'vanish': there is none"):
        faults.get("vanish")
