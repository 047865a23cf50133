"""What a running study is at, in words for people who have never seen one."""

from __future__ import annotations

from howdeep.base.trials import Round
from howdeep.report.words import plural

DOES = {
    "rate": "Finding how fast nets of each depth should learn (their learning rates)",
    "control_rate": "Finding how fast a wider net with fewer blocks should learn",
    "control": "Training wider nets with fewer blocks, to tell depth from size",
}
ENCODINGS = "encodings"  # what the title of a round says that tries them


def doing(found: Round) -> str:
    """What a round is for: the same words for rounds that go on with the same."""
    text = DOES.get(found.stage) or f"Training {_nets(found)}, to compare them"
    if found.stage == "rate" and ENCODINGS in found.title:
        text = "Finding what nets should see of the columns, and how fast they should learn"
    if any(group.stage == "rival" for group in found.groups):
        text += "; fitting classical models beside them"
    return text


def _nets(found: Round) -> str:
    """How many nets of each depth there will be to compare; a seed is a random start."""
    seeds = {m.seed for g in found.groups if g.stage == found.stage for m in g.members}
    many = plural(max(seeds, default=0) + 1, "net")
    return f"{many} of each depth, each from a random start of its own"
