"""The same Optuna search with the pruner's defaults, which prune from the first report on."""

from __future__ import annotations

from searches import Answer, optuna_tpe

NEEDS = ("optuna",)


def search(name: str, repeat: int) -> Answer:
    """The best trial."""
    return optuna_tpe.search(name, repeat, {})
