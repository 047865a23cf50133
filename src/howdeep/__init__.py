"""howdeep: how deep should your neural network be? Measured, not guessed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from howdeep.api import Answer, open_study, resume, run
    from howdeep.api_look import Seen, doctor, inspect, why
    from howdeep.base.errors import HowdeepError, InputError, StudyError
    from howdeep.base.verdicts import Dossier, Verdict
    from howdeep.faults import Diagnosis
    from howdeep.instruments import trainable

__version__ = "0.7.0"
__all__ = [
    "Answer",
    "Diagnosis",
    "Dossier",
    "HowdeepError",
    "InputError",
    "Seen",
    "StudyError",
    "Verdict",
    "doctor",
    "inspect",
    "open_study",
    "resume",
    "run",
    "trainable",
    "why",
]

_HOMES = {
    **dict.fromkeys(("Answer", "open_study", "resume", "run"), "howdeep.api"),
    **dict.fromkeys(("Seen", "doctor", "inspect", "why"), "howdeep.api_look"),
    "Diagnosis": "howdeep.faults",
    **dict.fromkeys(("HowdeepError", "InputError", "StudyError"), "howdeep.base.errors"),
    **dict.fromkeys(("Dossier", "Verdict"), "howdeep.base.verdicts"),
    "trainable": "howdeep.instruments",
}


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


def __getattr__(name: str) -> Any:
    """Public names load what they need when first used: `import howdeep` alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'howdeep' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
