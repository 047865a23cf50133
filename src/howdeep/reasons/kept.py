"""Reasons in a study's folder: `reasons.json`, a derived file that can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from howdeep.base import keys
from howdeep.reasons.nouns import Reason
from howdeep.store import derived
from howdeep.store.study import Study

FILE = "reasons.json"


def put(study: Study, found: Sequence[Reason]) -> Path:
    """Write what was found.

    Raises:
        StorageError: the disk refuses.
    """
    held = {"reasons": [keys.to_plain(one) for one in found]}
    return derived.put_json(study.path, FILE, _stamp(study), held)


def get(study: Study) -> tuple[Reason, ...]:
    """What was found for this verdict; nothing where nothing was, or the file is damaged."""
    held = derived.get_json(study.path, FILE, _stamp(study)) or {}
    try:
        return tuple(keys.build(Reason, plain) for plain in held.get("reasons", ()))
    except (ValueError, KeyError, TypeError):
        return ()


def _stamp(study: Study) -> dict[str, object]:
    verdict = study.verdict()
    return {"schema": 1, "verdict": "" if verdict is None else verdict.digest}
