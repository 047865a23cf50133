"""Measurements in a study's folder: `measurements.json`, a derived file like the page."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from howdeep.base import keys
from howdeep.instruments._instrument import Measurement
from howdeep.store import derived
from howdeep.store.study import Study

FILE = "measurements.json"


def put(study: Study, found: Sequence[Measurement], notes: Sequence[str]) -> Path:
    """Write what was found next to what was found before; a net measured again is replaced.

    Raises:
        StorageError: the disk refuses.
    """
    again = {(one.instrument, one.net) for one in found}
    before = [one for one in get(study) if (one.instrument, one.net) not in again]
    every = [keys.to_plain(one) for one in (*before, *found)]
    held = {"notes": list(notes), "measurements": every}
    return derived.put_json(study.path, FILE, _stamp(study), held)


def get(study: Study) -> tuple[Measurement, ...]:
    """What was measured in this study; nothing where nothing was, or where the file is no more
    what was written, or was written by another version (it can be measured again).
    """
    held = derived.get_json(study.path, FILE, _stamp(study)) or {}
    try:
        return tuple(
            Measurement(m["instrument"], m["net"], m["depth"], m["values"])
            for m in held.get("measurements", ())
        )
    except (KeyError, TypeError):
        return ()


def _stamp(study: Study) -> dict[str, object]:
    """Values of another version may have other names."""
    return {"schema": 1, "version": version("howdeep"), "plan": keys.digest(study.plan)}
