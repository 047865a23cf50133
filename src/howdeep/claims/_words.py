"""Verdicts and effects in words, the same in a terminal and on the page."""

from __future__ import annotations

from howdeep.claims._claim import Claim
from howdeep.claims._judge import Judged, Outcome

CHAPTERS = (
    (100, "What depth is, and what layers represent"),
    (200, "What depth can express"),
    (300, "Training deep nets"),
    (400, "Depth and data"),
    (500, "Convolutions"),
    (600, "What depth costs, and whether it can be trusted"),
)
SAID = {
    "supported": "Supported",
    "depends": "It depends",
    "refuted": "Refuted",
    "undecided": "Undecided",
}
STATES = {"holds": "holds", "fails": "does not hold", "open": "open"}


def sentence(claim: Claim, outcome: Outcome) -> str:
    """The verdict with what it rests on, in one sentence."""
    return f"{SAID[outcome.verdict]}: {because(outcome)}."


def because(outcome: Outcome) -> str:
    """What a verdict rests on, as a clause."""
    if outcome.because:
        return outcome.because
    held = [one.expect.says for one in outcome.expects if one.state == "holds"]
    failed = [one.expect.says for one in outcome.expects if one.state == "fails"]
    if outcome.verdict == "supported":
        return _all(held)
    if outcome.verdict == "refuted":
        return "it is not so that " + ", nor that ".join(failed)
    if outcome.verdict == "depends":
        return _all(held) + ", but it is not so that " + ", nor that ".join(failed)
    open_ = [one.expect.says for one in outcome.expects if one.state == "open"]
    return "not shown, and not excluded, that " + ", or that ".join(open_)


def _all(clauses: list[str]) -> str:
    """Clauses in a row.

    >>> _all(["a"]), _all(["a", "b"]), _all(["a", "b", "c"])
    ('a', 'a and b', 'a; b; and c')
    """
    if len(clauses) < 3:
        return " and ".join(clauses)
    return "; ".join([*clauses[:-1], f"and {clauses[-1]}"])


def amount(one: Judged) -> str:
    """The estimate with its interval, in the unit of the expectation."""
    if one.estimate is None:
        return "not measurable"
    if one.low is None or one.high is None:
        return f"{_number(one.estimate, one)} (no interval)"
    if one.seeds == 0:
        return f"{_number(one.estimate, one)}{_unit(one)} (exact)"
    ends = f"{_number(one.low, one)} to {_number(one.high, one)}"
    return f"{_number(one.estimate, one)}{_unit(one)} ({ends})"


def margin(one: Judged) -> str:
    """What the effect is held against."""
    return f"over {_number(one.expect.over, one)}{_unit(one)}"


def _number(value: float, one: Judged) -> str:
    shown = 100 * value if one.expect.unit == "points" else value
    digits = f"{shown:,.3g}" if abs(shown) < 1_000 else f"{shown:,.0f}"
    return digits.replace("-", "−")


def _unit(one: Judged) -> str:
    return f" {one.expect.unit}" if one.expect.unit else ""
