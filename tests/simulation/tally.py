"""How often the promises of docs/decision.md were kept, with their Monte-Carlo error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from ladders import Kind, Ran

TINY = 1e-9


@dataclass(frozen=True)
class Share:
    """A share of ladders; its standard error counts two runs on the same rows as one sample."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ± {self.error:.4f}"


@dataclass(frozen=True)
class Tally:
    ladders: int
    wrong_seen: Share  # wrong, although nets of some depth were seen to collapse
    wrong: Share  # `enough` is worse than the best by epsilon (at the boundary: counted) or more
    at_least_wrong: Share  # the first cell within epsilon had been dropped
    covered: Share  # all intervals against the best hold together
    prices_covered: Share
    agree: float  # two runs on the same rows name the same `enough`
    undetermined: Share
    settled: Share
    seeds: float


def tally(scenario: Kind, ran: Iterable[Ran]) -> Tally:
    """Compare each ladder's end with the planted truth."""
    ends = sorted(ran, key=lambda end: end.replicate)
    plan = scenario.plan
    mu = dict(zip((c.name for c in plan.cells), scenario.truth, strict=True))
    names = [end.standing.enough for end in ends]

    def share(flags: Iterable[bool]) -> Share:
        pairs = np.asarray(list(flags), dtype=float).reshape(-1, 2).mean(1)
        return Share(float(pairs.mean()), float(pairs.std(ddof=1) / np.sqrt(len(pairs))))

    return Tally(
        ladders=len(ends),
        wrong_seen=share(_wrong(end, mu) and _seen(end) for end in ends),
        wrong=share(_wrong(end, mu) for end in ends),
        at_least_wrong=share(_too_deep(end, mu) for end in ends),
        covered=share(_covered(mu, end) for end in ends),
        prices_covered=share(_prices_covered(mu, end) for end in ends),
        agree=float(np.mean([a == b for a, b in zip(names[::2], names[1::2], strict=True)])),
        undetermined=share(end.verdict.status == "undetermined" for end in ends),
        settled=share(end.standing.settled for end in ends),
        seeds=float(np.mean([end.standing.seeds for end in ends])),
    )


def _wrong(end: Ran, mu: dict[str, float]) -> bool:
    enough = end.standing.enough
    return enough != "" and mu[enough] <= max(mu.values()) - end.verdict.epsilon + TINY


def _seen(end: Ran) -> bool:
    return any("collapsed" in note for note in end.verdict.notes)


def _too_deep(end: Ran, mu: dict[str, float]) -> bool:
    order, at_least = list(mu), end.standing.at_least
    limit = max(mu.values()) - end.verdict.epsilon - TINY
    first = next(i for i, name in enumerate(order) if mu[name] >= limit)
    return at_least != "" and order.index(at_least) > first


def _covered(mu: dict[str, float], end: Ran) -> bool:
    """Whether mu_c minus the best other lies in [low, high] for every cell of the race."""
    raced = {s.cell.name: s for s in end.standing.cells}
    gaps = {c: mu[c] - max(mu[e] for e in raced if e != c) for c in raced}
    return all(s.low - TINY <= gaps[c] <= s.high + TINY for c, s in raced.items())


def _prices_covered(mu: dict[str, float], end: Ran) -> bool:
    verdict = end.verdict  # of a ladder to be extended the prices are those of its best depth
    named = end.standing.enough or f"{verdict.family}-{verdict.blocks}"
    return all(
        p.loss.low - TINY <= mu[named] - mu[p.cell.name] <= p.loss.high + TINY
        for p in end.verdict.price
        if p.loss.low is not None and p.loss.high is not None
    )


HEADER = """\
| truth | wrong | at_least | intervals | prices | agree | settled | undetermined | seeds |
|---|---|---|---|---|---|---|---|---|"""


def line(scenario: Kind, t: Tally) -> str:
    """One row of the table."""
    cells = (t.wrong, t.at_least_wrong, t.covered, t.prices_covered)
    middle = " | ".join(str(share) for share in cells)
    shares = f"{t.agree:.3f} | {t.settled.value:.3f} | {t.undetermined.value:.3f}"
    return f"| {scenario.name} | {middle} | {shares} | {t.seeds:.1f} |"
