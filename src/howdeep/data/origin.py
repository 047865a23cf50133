"""How rows belong together: which are alike, of one group, or at one time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.data.units import Ints


@dataclass(frozen=True, eq=False)
class Origin:
    """How rows belong together, and what the user has said of it.

    `alike` (N,): equal numbers where rows, or images, are; `units` (n,): those of the n rows that
    are not of a test file, with groups joined. `copies` (N,): rows alike and, in the order of time,
    at the same time (n where that of test rows is not known); `tied`: they stay in one part.
    """

    alike: Ints
    units: Ints
    grouped: bool = False
    time: NDArray[np.float64] | None = None
    test_given: bool = False
    merged: bool = False  # rare classes
    copies: Ints | None = None
    tied: bool = True

    @property
    def main(self) -> int:
        return len(self.units)

    @property
    def timed(self) -> bool:
        return self.time is not None
