"""What others test their parts with: a check for each kind of thing that a package may bring.

A check raises `AssertionError`, naming the promise that is not kept; howdeep's own tests run all of
them over its folders.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from howdeep.testing.claims import check_claim as check_claim
    from howdeep.testing.executors import check_executor as check_executor
    from howdeep.testing.families import check_family as check_family
    from howdeep.testing.faults import check_fault as check_fault
    from howdeep.testing.instruments import check_instrument as check_instrument
    from howdeep.testing.metrics import check_metric as check_metric
    from howdeep.testing.modalities import check_modality as check_modality
    from howdeep.testing.sections import check_section as check_section
    from howdeep.testing.trainers import check_trainer as check_trainer

_HOMES = {
    "check_claim": "howdeep.testing.claims",
    "check_executor": "howdeep.testing.executors",
    "check_family": "howdeep.testing.families",
    "check_fault": "howdeep.testing.faults",
    "check_instrument": "howdeep.testing.instruments",
    "check_metric": "howdeep.testing.metrics",
    "check_modality": "howdeep.testing.modalities",
    "check_section": "howdeep.testing.sections",
    "check_trainer": "howdeep.testing.trainers",
}
__all__ = sorted(_HOMES)


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    """A check loads what it needs when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'howdeep.testing' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
