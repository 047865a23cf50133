"""Reasons in a study's folder: `reasons.json`, a derived file that can be made again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from howdeep.base import keys
from howdeep.reasons.nouns import Reason
from howdeep.store import derived
from howdeep.store.study import Study

FILE = "reasons.json"
SCHEMA = 1


def put(study: Study, found: Sequence[Reason]) -> Path:
    """Write what was found.

    Raises:
        StorageError: the disk refuses.
    """
    verdict = study.verdict()
    held = {
        "schema": SCHEMA,
        "verdict": "" if verdict is None else verdict.digest,
        "reasons": [keys.to_plain(one) for one in found],
    }
    return derived.put_file(study.path, FILE, keys.dumps(held, indent=1))


def get(study: Study) -> tuple[Reason, ...]:
    """What was found for this verdict; nothing where nothing was, or the file is damaged."""
    verdict = study.verdict()
    try:
        held = json.loads((study.path / FILE).read_text(encoding="utf-8"))
        if held["schema"] != SCHEMA or verdict is None or held["verdict"] != verdict.digest:
            return ()
        return tuple(keys.build(Reason, plain) for plain in held["reasons"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()
