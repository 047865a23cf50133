"""What an outlook says, in words: how far gradients reach, and which depths train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from howdeep.instruments._instrument import Measurement
from howdeep.report.words import clean

FAR = 1_000.0  # layers; a longer scale is as good as none


def reach_words(told: Mapping[str, Any]) -> str:
    """Of `Reach.values()`.

    >>> told = reach_words({"growth": -0.5, "xi": 2.0, "xi_low": 1.5, "xi_high": 3.0})
    >>> told[39:]
    'falls by a factor of e every 2.0 layers (95 % interval 1.5 to 3.0)'
    """
    low, high, xi = told["xi_low"], told["xi_high"], told["xi"]
    if high is None or xi is None or xi > FAR:
        least = (
            ""
            if low is None
            else f" (if it does, by a factor of e in no fewer than {low:.1f} layers)"
        )
        return f"the gradient neither grows nor fades by layer, as far as can be told{least}"
    does = "falls" if told["growth"] < 0 else "grows"
    return (
        f"towards the input the squared gradient {does} by a factor of e every {xi:.1f} layers "
        f"(95 % interval {low:.1f} to {high:.1f})"
    )


def start_words(found: Sequence[Measurement]) -> list[str]:
    """What untrained nets say, of the deepest with a scale; nothing where none has one."""
    for one in reversed(found):
        told = one.values["start"]
        if told and told["reach"]:
            return [
                f"An untrained {clean(one.net)}: {reach_words(told['reach'])}. {limit_words(told)}"
            ]
    return []


def limit_words(told: Mapping[str, Any]) -> str:
    """Of `Outlook.values()`."""
    layers = told["layers"]
    by_theory = ""
    if told["theory"]:
        own = told["theory"]
        xi = own["xi_gradient"]
        scale = "without limit" if xi > FAR else f"{xi:.1f} layers"
        by_theory = f" By theory (chi {own['chi']:.3g}) its scale is {scale}."
    if told["limit"] is None:
        return f"No limit of depth is seen from the start.{by_theory}"
    lies = "within" if layers < told["limit"] else "beyond"
    bound = ", which here is its width" if told["limit"] == told["width"] else ""
    if told["reach"]["xi_high"] is None and told["limit_low"] < told["limit"]:
        lies = "within" if layers < told["limit_low"] else "at the edge of"
        return (
            f"By the rule of 8 such scales at least {told['limit_low']:.0f} layers train within "
            f"this budget: its {layers} are {lies} that.{by_theory}"
        )
    return (
        f"By the rule of 8 such scales up to {told['limit']:.0f} layers train within this "
        f"budget{bound}: its {layers} are {lies} that.{by_theory}"
    )
