"""`Unit`: how a metric's scores and differences are printed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from howdeep.base.verdicts import Interval

MINUS = "\u2212"
FREQUENT = "always guessing the most frequent class"


@dataclass(frozen=True)
class Unit:
    """How a metric is printed: offset + factor x score; `gap` is the unit of differences."""

    name: str
    factor: float
    offset: float
    digits: int
    fine: int  # digits of differences, and of scores in tables
    suffix: str
    gap: str
    guess: str  # what the constant predictor does
    better: str = "higher"
    widest: float = math.inf  # how far apart two scores can lie

    def shown(self, score: float) -> float:
        """The number that is printed, without its unit."""
        return self.offset + self.factor * score

    def score(self, score: float, fine: bool = False) -> str:
        digits = self.fine if fine else self.digits
        return _signless(f"{self.shown(score):.{digits}f}") + self.suffix

    def difference(self, value: float, sign: bool = False, near: float | None = None) -> str:
        """A difference of scores (larger is better), in the unit of differences."""
        number = self.number(value, sign, near=near)
        return f"{number} {self.gap[:-1] if number == '1' and self.gap == 'points' else self.gap}"

    def number(
        self, value: float, sign: bool = False, fixed: bool = False, near: float | None = None
    ) -> str:
        """A difference without its unit, with a true minus sign; `fixed` keeps trailing zeros.

        With as many digits more, up to two, as it takes to tell it from what it is `near`.
        """
        value = min(max(value, -self.widest), self.widest)
        digits = self.fine + self._more(value, near)
        text = f"{abs(self.factor) * value:+.{digits}f}"
        if not float(text):
            return "0"
        text = text if fixed else text.rstrip("0").rstrip(".")
        text = text if sign else text.removeprefix("+")
        return text.replace("-", MINUS)

    def _more(self, value: float, near: float | None) -> int:
        """Digits more by which a value is told from `near`, in size; none where they are equal."""
        if near is None or math.isclose(abs(value), abs(near), rel_tol=1e-9):
            return 0
        sizes = [abs(self.factor * x) for x in (value, near)]
        alike = (f"{sizes[0]:.{self.fine + n}f}" == f"{sizes[1]:.{self.fine + n}f}" for n in (0, 1))
        return sum(alike)

    def interval(self, interval: Interval) -> str:
        """`91.2 % (90.7 to 91.7)`, or the bare value where nothing could be estimated."""
        if interval.low is None or interval.high is None:
            return self.score(interval.value)
        ends = sorted(self.shown(bound) for bound in (interval.low, interval.high))
        low, high = (_signless(f"{end:.{self.digits}f}") for end in ends)
        return f"{self.score(interval.value)} ({low} to {high})"

    def span(self, interval: Interval, word: str = "and") -> str:
        """Both ends, as `90.7 % and 91.7 %`; empty where nothing could be estimated."""
        if interval.low is None or interval.high is None:
            return ""
        low, high = sorted((interval.low, interval.high), key=self.shown)
        return f"{self.score(low)} {word} {self.score(high)}"

    def gap_interval(self, interval: Interval, near: float | None = None) -> str:
        """`0.8 points (0.3 to 1.3)`; bounds `near` the tolerance are told from it."""
        if interval.low is None or interval.high is None:
            return self.difference(interval.value)
        low, high = (self.number(end, near=near) for end in (interval.low, interval.high))
        return f"{self.difference(interval.value)} ({low} to {high})"


def _signless(text: str) -> str:
    return text.replace("-", MINUS) if float(text) else text.removeprefix("-")
