"""`check_instrument`: what every instrument keeps to; for one's own as for those that ship."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from howdeep.base import keys
from howdeep.base.errors import InstrumentError
from howdeep.instruments import ALL, Effort, Instrument, Measurement, Subject
from howdeep.testing.sections import check_parts

EFFORT = Effort(rows=64, draws=2, steps=10)


def check_instrument(instrument: Instrument, subjects: Iterable[Subject]) -> None:
    """Check an instrument on nets; an `AssertionError` says what does not hold.

    It measures those that suit it: the same values every time (but those `clocked`), which JSON can
    hold without a number that is none; or it refuses with an `InstrumentError`. Parameters,
    buffers, gradients, modes, hooks and the generators of random numbers are afterwards as they
    were. Its section can be shown on page and terminal for one net, for several, and for none,
    where it has no parts.

    >>> import torch
    >>> from howdeep import instruments
    >>> net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    >>> one = instruments.subject(net, (torch.randn(64, 3), torch.arange(64) % 2))
    >>> check_instrument(instruments.get("signal"), [one])
    """
    name = instrument.name
    assert instrument.title.strip(), f"{name}: no title"
    found = []
    for subject in subjects:
        if instrument.suits(subject):
            continue
        at = f"{name} of {subject.name}"
        before = _state(subject)
        try:
            values = instrument.measure(subject, EFFORT)
        except InstrumentError:
            values = None
        after = _state(subject)
        for what in before:
            assert before[what] == after[what], f"{at}: it leaves other {what}"
        if values is None:
            continue
        _check_json(at, values)
        again = instrument.measure(subject, replace(EFFORT))
        assert _steady(instrument, again) == _steady(instrument, values), (
            f"{at}: other values the second time"
        )
        found.append(Measurement(name, subject.name, subject.depth, values))
        check_parts(at, instrument.section((found[-1],)))
        if instrument.together is not None:
            found.append(_check_together(at, instrument, subject))
            check_parts(f"{at} and itself", instrument.section(tuple(found[-2:])))
    check_parts(f"{name} of all", instrument.section(tuple(found)))
    assert not instrument.section(()).parts, f"{name}: it says something of no net"


def _check_together(at: str, instrument: Instrument, subject: Subject) -> Measurement:
    """Check what it finds about a net and the same net by another name."""
    assert instrument.together is not None
    two, before = (subject, replace(subject, name=f"{subject.name} again")), _state(subject)
    values = instrument.together(two, EFFORT)
    again = instrument.together(two, EFFORT)
    for what, was in before.items():
        assert was == _state(subject)[what], f"{at} and itself: it leaves other {what}"
    _check_json(f"{at} and itself", values)
    assert _steady(instrument, again) == _steady(instrument, values), (
        f"{at} and itself: other values the second time"
    )
    return Measurement(instrument.name, ALL, -1, values)


def _steady(instrument: Instrument, values: dict[str, Any]) -> str:
    """What has to be the same every time, as text: all but what a clock gave."""
    return keys.dumps({k: v for k, v in values.items() if k not in instrument.clocked})


def _check_json(at: str, values: object) -> None:
    assert isinstance(values, dict), f"{at}: values are {type(values).__name__}, not a dict"
    try:
        text = json.dumps(values, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"{at}: JSON cannot hold its values: {error}") from error
    assert json.loads(text) == values, f"{at}: its values are others when read again"


def _state(subject: Subject) -> dict[str, object]:
    """What a measurement may not change, by name."""
    net: nn.Module = subject.net
    held = [*net.parameters(), *net.buffers()]
    return {
        "weights": [value.detach().cpu().numpy().tobytes() for value in held],
        "gradients": [None if p.grad is None else p.grad.sum().item() for p in net.parameters()],
        "flags of parameters": [p.requires_grad for p in net.parameters()],
        "modes": [module.training for module in net.modules()],
        "hooks": [
            (
                len(module._forward_hooks),
                len(module._forward_pre_hooks),
                len(module._backward_hooks),
            )
            for module in net.modules()
        ],
        "random numbers": torch.get_rng_state().numpy().tobytes(),
        "rows": [x.numpy().tobytes() for rows in subject.parts.values() for x in rows.inputs],
    }
