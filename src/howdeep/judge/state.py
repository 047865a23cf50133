"""What a race knows after its last completed look: which cells are in it, and how they compare."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from howdeep.base.nouns import Plan
from howdeep.base.trials import Trial
from howdeep.judge.guess import Guess
from howdeep.judge.rate_noise import Noise
from howdeep.judge.row_scores import CachedScores, Floats, Seeds, first_seeds

CONFIDENCE = 0.95  # of the bound of a rate of collapses


@dataclass(frozen=True)
class Collapses:
    """Of one cell: how many of its nets collapsed, and by how much they fell on average."""

    seen: int
    nets: int
    loss: float = 0.0

    @property
    def high(self) -> float:
        """The rate of collapses is at most that, with 95 % confidence.

        >>> round(Collapses(0, 59).high, 3), Collapses(3, 3).high
        (0.05, 1.0)
        """
        if self.seen >= self.nets:
            return 1.0
        own = special.betaincinv(self.seen + 1, self.nets - self.seen, CONFIDENCE)
        return float(own)


@dataclass(eq=False)
class Race:
    """The state after the last completed look; cells are numbered as in `plan.cells`.

    `difference`, `width` (K, K): m_ce and w_ce, row minus column, at the last look that both took
    part in, NaN where there was none, and `both` what bounds both sides; `beaten[c, e]`: at some
    look m_ec - w_ec > epsilon.
    """

    plan: Plan
    trials: dict[str, tuple[Trial, ...]]
    rows: CachedScores
    look: int = -1
    joined: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)  # extension cells yet to be trained
    dropped: dict[int, tuple[int, int]] = field(default_factory=dict)  # cell: (seeds, by)
    unreliable: dict[int, int] = field(default_factory=dict)  # cell: seeds
    took_part: list[list[int]] = field(default_factory=list)  # by look
    spread: dict[int, float] = field(default_factory=dict)  # seeds of a look: median variance
    done: bool = False
    ended: str = ""  # why there is no further look, although some are left (`affordable.ends`)
    tuned: dict[str, float] = field(default_factory=dict)  # FLOPs of the nets that tried rates
    collapses: dict[int, Collapses] = field(default_factory=dict)  # at each cell's last look
    noise: dict[str, Noise] = field(default_factory=dict)  # of the rates that they chose
    guesses: dict[tuple[tuple[int, int], ...], Guess] = field(default_factory=dict)  # by seeds

    def __post_init__(self) -> None:
        k = self.plan.k
        self.difference, self.width = np.full((k, k), np.nan), np.full((k, k), np.nan)
        self.both, self.seed_share = np.full((k, k), np.nan), np.full((k, k), np.nan)
        self.beaten = np.zeros((k, k), dtype=bool)

    @property
    def seeds(self) -> int:
        """Seeds at the last completed look."""
        return self.plan.looks[self.look] if self.look >= 0 else 0

    @property
    def reliable(self) -> list[int]:
        """Cells in the race, dropped ones among them, in order."""
        return [c for c in self.joined if c not in self.unreliable]

    @property
    def alive(self) -> list[int]:
        """Cells still trained, in order."""
        return [c for c in self.reliable if c not in self.dropped]

    @property
    def lower(self) -> Floats:
        """Lower bounds of mu_row - mu_column."""
        bounds: Floats = self.difference - self.width
        return bounds

    def name(self, c: int) -> str:
        return self.plan.cells[c].name

    def last_seeds(self, c: int) -> int:
        """Seeds of a cell at the last look it took part in; an unreliable one failed by so many.

        A cell that is back in the race lags behind the others until the next look.
        """
        if c in self.unreliable:
            return self.unreliable[c]
        pairs = zip(self.plan.looks, self.took_part, strict=False)
        return max((seeds for seeds, here in pairs if c in here), default=0)

    def taken(self, c: int, n: int) -> Seeds:
        """The first n seeds of a cell with the diverged rule applied."""
        return first_seeds(self.trials.get(self.name(c), ()), n, self.plan.epsilon)

    def shared(self, cells: Iterable[int]) -> tuple[Floats, Floats]:
        """The variance of each cell's mean that its seeds share, with its degrees of freedom."""
        found = [self.noise.get(self.name(c), Noise()) for c in cells]
        return np.asarray([n.variance for n in found]), np.asarray([n.df for n in found])

    def has(self, c: int, n: int) -> bool:
        return len(self.trials.get(self.name(c), ())) >= n
