"""`check_fault`: what every fault of training keeps to; for one's own as for those that ship."""

from __future__ import annotations

import torch

from howdeep.faults import Diagnosis, Fault, Patient, examine


def check_fault(fault: Fault, sick: Patient, well: Patient) -> Diagnosis:
    """Check a fault on a patient that has it and on one that has not; an `AssertionError` says what
    does not hold. Gives the diagnosis of the sick one, its cure tried.

    It is found where it is, the same every time, with evidence, cause and cure in whole sentences;
    its cure is of a copy and takes it away; nothing is found where there is nothing; both patients'
    nets, rows and the generator of random numbers stay as they were.

    >>> from howdeep import faults
    >>> net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Softmax(1))
    >>> rows = torch.randn(64, 3), torch.arange(64) % 2
    >>> sick = faults.patient(net, rows, "cross_entropy")
    >>> well = faults.patient(net[0], rows, "cross_entropy")
    >>> check_fault(faults.get("loss_fit"), sick, well).cures[0].works
    True
    """
    name = fault.name
    assert fault.title.strip(), f"{name}: no title"
    for what, text in (("cause", fault.cause), ("remedy", fault.remedy)):
        assert text.endswith((".", ")")), f"{name}: its {what} is no sentence"
    before = _state(sick), _state(well)
    healthy = examine(well, (fault,))
    assert not healthy.findings, f"{name}: found in a healthy net: {healthy.findings}"
    found = examine(sick, (fault,), cure=True)
    assert found.faults == (name,), f"{name}: not found where it is"
    (finding,) = found.findings
    for what, text in (("evidence", finding.evidence), ("cure", finding.cure)):
        assert text.strip(), f"{name}: no {what}"
    again = examine(sick, (fault,))
    assert again.findings == found.findings, f"{name}: another finding the second time"
    assert found.cures[0].works, f"{name}: its cure leaves it there: {found.cures[0]}"
    after = _state(sick), _state(well)
    for old, new in zip(before, after, strict=True):
        for what in old:
            assert old[what] == new[what], f"{name}: it leaves other {what}"
    return found


def _state(patient: Patient) -> dict[str, object]:
    """What a diagnosis may not change, by name."""
    net = patient.net
    held = [*net.parameters(), *net.buffers()]
    return {
        "weights": [value.detach().numpy().tobytes() for value in held],
        "gradients": [p.grad is None for p in net.parameters()],
        "flags of parameters": [p.requires_grad for p in net.parameters()],
        "modes": [module.training for module in net.modules()],
        "rows": [x.numpy().tobytes() for x in patient.train.inputs],
        "targets": patient.train.targets.numpy().tobytes(),
        "random numbers": torch.get_rng_state().numpy().tobytes(),
    }
