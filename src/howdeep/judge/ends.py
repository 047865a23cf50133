"""Intervals end where the metric does: no accuracy is above 1, no R² either."""

from __future__ import annotations

from howdeep import metrics
from howdeep.base.verdicts import Interval

Ends = tuple[float | None, float | None]

ROUNDING = 1e-6  # of sums of float32 row scores


def score_ends(metric: str) -> Ends:
    """The least and the most that a score can be."""
    return metrics.metric(metric).ends


def over_guess_ends(metric: str, constant: float) -> Ends:
    """How far below and above the constant predictor's a score can lie."""
    least, most = metrics.metric(metric).ends
    return None if least is None else least - constant, most - constant


def difference_ends(metric: str) -> Ends:
    """How far apart two scores can lie."""
    least, most = metrics.metric(metric).ends
    return (None, None) if least is None else (least - most, most - least)


def within(interval: Interval, ends: Ends) -> Interval:
    """The interval without what lies beyond the ends of a metric; a value that rounding took over
    an end is the end.

    >>> within(Interval(0.3, -0.6, 1.2), (-0.5, 0.5))
    Interval(value=0.3, low=-0.5, high=0.5)
    >>> within(Interval(1.0000000002, 0.97, None), (None, 1.0))
    Interval(value=1.0, low=0.97, high=None)
    """
    least, most = ends
    value, low, high = interval.value, interval.low, interval.high
    value = next((end for end in ends if end is not None and _rounds_to(value, end)), value)
    if low is not None and least is not None:
        low = max(low, min(value, least))
    if high is not None and most is not None:
        high = min(high, max(value, most))
    return Interval(value, low, high)


def _rounds_to(value: float, end: float) -> bool:
    return abs(value - end) <= ROUNDING * max(abs(end), 1.0)
