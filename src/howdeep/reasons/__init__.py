"""Why a deeper net is worse: each possible reason is put to the test, and has its interval.

`explain(study)` looks for the rungs of a finished study that are deeper and worse than the best of
their family, trains what tells the reasons apart, and says which of them hold. Four are asked for:

- optimisation: it is worse on the rows that it was trained on, too;
- generalisation: it loses more between those rows and rows that it has not seen;
- budget: with twice the steps (and twice the patience) it is better;
- learning rate: at another rate than the one that its search took it is better.

Nothing is guessed: a reason that no experiment was made for is "not tested".
"""

from __future__ import annotations

from howdeep.reasons.experiments import explain as explain
from howdeep.reasons.experiments import tested as tested
from howdeep.reasons.kept import get as kept
from howdeep.reasons.kept import put as keep
from howdeep.reasons.nouns import CAUSES as CAUSES
from howdeep.reasons.nouns import Cause as Cause
from howdeep.reasons.nouns import Reason as Reason
from howdeep.reasons.words import section as section
from howdeep.reasons.words import sentence as sentence

__all__ = [
    "CAUSES", "Cause", "Reason", "explain", "keep", "kept", "section", "sentence", "tested",
]  # fmt: skip
