"""`python clocks.py PATTERN MODULE ARGS...`: run a module under a clock that lies."""

from __future__ import annotations

import os
import random
import runpy
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

YEAR = 365.25 * 86_400
SPRING, AUTUMN = 1_774_746_000.0, 1_792_890_000.0  # Berlin's changes of 2026, in seconds UTC
Clock = Callable[[int, float], float]  # its reading at the n-th look, where it truly is so late


@dataclass(frozen=True)
class Pattern:
    """A wall clock; the zone it is shown in; and whether the steady clock goes the same way."""

    wall: Clock
    zone: str = "UTC"
    steady: bool = False


def jumping(size: float) -> Clock:
    return lambda n, now: now + (size if n % 2 else 0.0)


def shaken(n: int, now: float) -> float:
    return now + random.Random(n).uniform(-10, 10) * YEAR


PATTERNS: dict[str, Pattern] = {
    "ten years on": Pattern(lambda n, now: now + 10 * YEAR),
    "ten years back": Pattern(lambda n, now: now - 10 * YEAR),
    "ten years on, later": Pattern(lambda n, now: now + (10 * YEAR if n > 5 else 0)),
    "ten years back, later": Pattern(lambda n, now: now - (10 * YEAR if n > 5 else 0)),
    "to and fro by ten years": Pattern(jumping(10 * YEAR)),
    "to and fro by a second": Pattern(jumping(1.0)),
    "to and fro by a millisecond": Pattern(jumping(1e-3)),
    "backwards by the hour": Pattern(lambda n, now: now - 3_600 * n),
    "backwards by the second": Pattern(lambda n, now: now - 2 * n),
    "frozen": Pattern(lambda n, now: 1.7e9),
    "frozen at the beginning": Pattern(lambda n, now: 0.0),
    "before the beginning": Pattern(lambda n, now: now - 60 * YEAR),
    "beyond 2038": Pattern(lambda n, now: 2.0**31 + now % 100),
    "spring forward": Pattern(lambda n, now: SPRING - 1 + n / 10, "Europe/Berlin"),
    "fall back": Pattern(lambda n, now: AUTUMN - 1 + n / 10, "Europe/Berlin"),
    "half-hour zone": Pattern(lambda n, now: now, "Asia/Kathmandu"),
    "no such zone": Pattern(lambda n, now: now, "Nowhere/None"),
    "a year a look": Pattern(lambda n, now: now + n * YEAR),
    "at random": Pattern(shaken),
    "all clocks frozen": Pattern(lambda n, now: 1.7e9, steady=True),
    "all clocks at random": Pattern(shaken, steady=True),
    "all clocks backwards": Pattern(lambda n, now: now - 3_600 * n, steady=True),
}


def install(pattern: Pattern) -> None:
    """Replace Python's clocks in this process."""
    os.environ["TZ"] = pattern.zone
    time.tzset()
    true, looks = time.time, [0]

    def wall() -> float:
        looks[0] += 1
        return pattern.wall(looks[0], true())

    def nanoseconds() -> int:
        return int(wall() * 1e9)

    time.time, time.time_ns = wall, nanoseconds
    if pattern.steady:
        time.monotonic = time.perf_counter = wall
        time.monotonic_ns = time.perf_counter_ns = nanoseconds


def main() -> None:
    install(PATTERNS[sys.argv[1]])
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
