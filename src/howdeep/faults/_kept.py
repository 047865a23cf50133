"""`Visit`: the diagnosis of one net of several; and `doctor.json`, which keeps those of a study."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from howdeep.base import keys
from howdeep.faults._diagnosis import Cured, Diagnosis
from howdeep.faults._fault import Finding
from howdeep.store import derived
from howdeep.store.study import Study

FILE = "doctor.json"
When = Literal["start", "end", ""]
WORDS: dict[str, str] = {"start": "as it starts", "end": "as it ended", "": ""}


@dataclass(frozen=True)
class Visit:
    """What was found about one net: `when` it was looked at, of a study's as it starts or as it
    ended. `depth`: blocks of a study's net, or what a builder was called with; -1 for neither.
    """

    net: str
    when: When
    depth: int
    diagnosis: Diagnosis


def plain(visit: Visit) -> dict[str, Any]:
    """A visit as JSON (docs/doctor.md has its shape); a loss that is no number is `None`."""
    one = visit.diagnosis
    return {
        "net": visit.net,
        "when": visit.when,
        "depth": visit.depth,
        "layers": list(one.layers),
        "steps": one.steps,
        "learns": one.learns,
        "findings": [keys.to_plain(finding) for finding in one.findings],
        "cures": [_numbers({**vars(cured), "works": cured.works}) for cured in one.cures],
        "notes": list(one.notes),
    }


def put(study: Study, found: Sequence[Visit]) -> Path:
    """Write what was found next to what was found before; a net looked at again is replaced, but
    for its cures where none was tried this time and the faults are the same.

    Raises:
        StorageError: the disk refuses.
    """
    before = {(one.net, one.when): one for one in get(study)}
    new = {(one.net, one.when): _with_cures(one, before.get((one.net, one.when))) for one in found}
    order = {cell.name: place for place, cell in enumerate(study.plan.cells)}
    every = sorted(
        {**before, **new}.values(), key=lambda one: (order.get(one.net, 0), one.when != "start")
    )
    held = {"nets": [plain(one) for one in every]}
    return derived.put_json(study.path, FILE, _stamp(study), held)


def get(study: Study) -> tuple[Visit, ...]:
    """What was found in this study; nothing where nothing was looked at, the file is no more what
    was written, or it tells of another verdict's nets or was written by another version.
    """
    held = derived.get_json(study.path, FILE, _stamp(study)) or {}
    try:
        return tuple(_visit(one) for one in held.get("nets", ()))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()


def _with_cures(new: Visit, old: Visit | None) -> Visit:
    one = new.diagnosis
    if old is None or one.cures or one.findings != old.diagnosis.findings:
        return new
    return replace(new, diagnosis=replace(one, cures=old.diagnosis.cures))


def _stamp(study: Study) -> dict[str, object]:
    verdict = study.verdict()
    digest = "" if verdict is None else verdict.digest
    return {"schema": 1, "version": version("howdeep"), "verdict": digest}


def _visit(held: Mapping[str, Any]) -> Visit:
    cures = []
    for one in held["cures"]:
        told = {k: _back(v) for k, v in one.items() if k not in ("works", "fault", "steps")}
        cures.append(Cured(fault=str(one["fault"]), steps=int(one["steps"]), **told))
    name = f"{held['net']} {WORDS[held['when']]}".strip()
    diagnosis = Diagnosis(
        name,
        tuple(keys.build(Finding, one) for one in held["findings"]),
        tuple(cures),
        tuple(map(str, held["notes"])),
        int(held["steps"]),
        held["learns"],
        tuple(map(str, held["layers"])),
    )
    return Visit(str(held["net"]), held["when"], int(held["depth"]), diagnosis)


def _numbers(value: Any) -> Any:
    """JSON has no number that is none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _numbers(one) for key, one in value.items()}
    return [_numbers(one) for one in value] if isinstance(value, tuple) else value


def _back(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_back, value))
    return math.nan if value is None else value
