"""What the first nets of a study fix for all that follow: the encoding, and the tolerance."""

from __future__ import annotations

from collections.abc import Sequence

from howdeep.base.nouns import Plan
from howdeep.base.trials import Trial
from howdeep.judge import encoding, tolerance


def fixed(plan: Plan, trials: Sequence[Trial]) -> Plan:
    """The plan with its nets on the encoding taken, and with the epsilon of its tolerance.

    Both follow from the nets that try learning rates, and stay as they are planned until known.
    """
    return tolerance.with_epsilon(encoding.resolved(plan, trials), trials)
