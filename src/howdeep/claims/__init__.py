"""The executable textbook: claims about depth, a file each; the folder is the list.

A claim is a sentence of three study documents, an experiment with its control, and a criterion
that was fixed beforehand (`Claim`). `run` measures some of them into a folder and `results` reads
it; verdicts follow from what was measured, whenever they are asked for.

Another package brings one by an entry point of the group "howdeep.claims";
`howdeep.testing.check_claim` says what one keeps to.
"""

from __future__ import annotations

from howdeep.base import registry
from howdeep.base.registry import Registry
from howdeep.claims._claim import (
    LEVEL,
    Claim,
    Effect,
    Expect,
    Measured,
    Quote,
    Reference,
    criterion,
)
from howdeep.claims._judge import Outcome, adjusted, false_verdicts, judge
from howdeep.claims._lab import Lab

__all__ = [
    "LEVEL", "Claim", "Effect", "Expect", "Lab", "Measured", "Outcome", "Quote", "Reference",
    "adjusted", "broken", "criterion", "every", "false_verdicts", "get", "judge", "names",
]  # fmt: skip
REGISTRY: Registry[Claim] = Registry(
    kind="claim",
    folder=__name__,
    attribute="CLAIM",
    group="howdeep.claims",
    fits=lambda found: isinstance(found, Claim),
)


def names() -> tuple[str, ...]:
    """The claims there are, in the order of the textbook; without those of another package that
    cannot be loaded, which are told of when they are asked for.

    >>> "tent_maps" in names()
    True
    """
    found, _ = registry.every(REGISTRY)
    return tuple(sorted(found, key=lambda name: (found[name].order, name)))


def broken() -> tuple[str, ...]:
    """What other packages bring and cannot be loaded, a sentence each."""
    _, lost = registry.every(REGISTRY)
    return tuple(f"the claim {name} is left out: {why}" for name, why in lost.items())


def get(name: str) -> Claim:
    """The claim of this name.

    Raises:
        ConfigError: there is none, or the package that brings it cannot be loaded.
    """
    return registry.get(REGISTRY, name)


def every() -> dict[str, Claim]:
    """All claims by name, in the order of the textbook."""
    return {name: get(name) for name in names()}
