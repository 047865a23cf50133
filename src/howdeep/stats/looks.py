"""When the race is looked at, and how much of alpha each look may spend.

The shares add up to 1, so by Bonferroni over the looks all bounds of all looks hold together with
probability 1 - alpha (alpha spending: Lan & DeMets 1983, Biometrika 70, 659-663).
"""

from __future__ import annotations

from howdeep.base.errors import ConfigError

# Seeds at each look, and its share. In folds a seed is several nets, so that two tell something.
PLANNED = (3, 5, 8, 12, 20, 32, 50)
SHARES = (0.02, 0.04, 0.08, 0.12, 0.20, 0.24, 0.30)
PLANNED_IN_FOLDS = (2, 3, 5, 8, 12, 20, 32, 50)
SHARES_IN_FOLDS = (0.02, 0.04, 0.08, 0.12, 0.16, 0.18, 0.20, 0.20)
FIRST_OF_TWO = 0.10  # where there are two looks only: at .02 the first would drop little
LAST_BEYOND = 0.15  # of a last look past the planned ones; taken from the share of the one before
FEW_FOLDS = 2  # up to so many, two seeds tell nothing yet


def schedule(max_seeds: int, folds: int = 1) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Looks (seeds at each) and shares of alpha for at most `max_seeds` seeds.

    A planned look keeps its share, unless there are two looks only; the last gets what is left.

    >>> schedule(12)[0], [round(share, 2) for share in schedule(12)[1]]
    ((3, 5, 8, 12), [0.02, 0.04, 0.08, 0.86])
    >>> schedule(5)
    ((3, 5), (0.1, 0.9))
    >>> schedule(10)[0], schedule(2), schedule(8, folds=5)[0]
    ((3, 5, 8, 10), ((2,), (1.0,)), (2, 3, 5, 8))

    Raises:
        ConfigError: fewer than 2 seeds, of which no variance can be estimated.
    """
    if max_seeds < 2:
        raise ConfigError(
            f"--max-seeds {max_seeds}: depths are compared over at least 2 seeds",
            "leave it out, or choose 12 for a quick look",
        )
    many = folds > FEW_FOLDS
    planned, usual = (PLANNED_IN_FOLDS, SHARES_IN_FOLDS) if many else (PLANNED, SHARES)
    looks = tuple(n for n in planned if n < max_seeds)
    shares = usual[: len(looks)] if len(looks) != 1 else (FIRST_OF_TWO,)
    if len(looks) == len(planned):
        shares = (*usual[:-1], usual[-1] - LAST_BEYOND)
    return (*looks, max_seeds), (*shares, 1.0 - sum(shares))
