"""Measurements in a study's folder: `measurements.json`, a derived file like the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from howdeep.base import keys
from howdeep.instruments._instrument import Measurement
from howdeep.store import derived
from howdeep.store.study import Study

FILE = "measurements.json"
SCHEMA = 1


def put(study: Study, found: Sequence[Measurement], notes: Sequence[str]) -> Path:
    """Write what was found next to what was found before; a net measured again is replaced.

    Raises:
        StorageError: the disk refuses.
    """
    again = {(one.instrument, one.net) for one in found}
    before = [one for one in get(study) if (one.instrument, one.net) not in again]
    held = {
        "schema": SCHEMA,
        "version": version("howdeep"),
        "plan": keys.digest(study.plan),
        "notes": list(notes),
        "measurements": [keys.to_plain(one) for one in (*before, *found)],
    }
    return derived.put_file(study.path, FILE, keys.dumps(held, indent=1))


def get(study: Study) -> tuple[Measurement, ...]:
    """What was measured in this study; nothing where nothing was, or where the file is no more
    what was written, or was written by another version (it can be measured again).
    """
    try:
        held = json.loads((study.path / FILE).read_text(encoding="utf-8"))
        if held["schema"] != SCHEMA or held["plan"] != keys.digest(study.plan):
            return ()
        if held["version"] != version("howdeep"):  # its values may have had other names
            return ()
        return tuple(
            Measurement(m["instrument"], m["net"], m["depth"], m["values"])
            for m in held["measurements"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ()
