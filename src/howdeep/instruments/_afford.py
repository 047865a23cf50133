"""How many rows a long measurement may take of a net: by operations, never by the clock."""

from __future__ import annotations

import torch

from howdeep.instruments._operations import counted
from howdeep.instruments._subject import Rows, Subject, untouched

BUDGET = 4e12  # operations of one measurement of one net: a few minutes of a core
LEAST = 16  # rows, however large the net


def afforded(subject: Subject, rows: Rows, passes: float, budget: float = BUDGET) -> Rows:
    """So many of the rows, drawn alike for every net, as `passes` through it leave in the budget.

    A pass with its way back counts three times. Of rows as few as 16 nothing is left out.
    """
    if len(rows) <= LEAST:
        return rows
    with untouched(subject.net):
        subject.net.eval()
        work = counted(subject.net, rows.take(torch.arange(1)))
    return rows.some(max(LEAST, int(budget / max(work * passes, 1.0))))
