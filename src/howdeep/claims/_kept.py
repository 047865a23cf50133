"""The folder of results: a file for each claim, and the pieces of experiments under way.

Everything is written whole or appended line by line, so that a run that was killed goes on where
it was. A result holds the hash of the criterion that it was first judged by.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from howdeep.base import keys
from howdeep.base.errors import StorageError
from howdeep.claims._claim import Claim, Effect, Measured, criterion
from howdeep.store import derived, disk

SCHEMA = 1
RESULTS, PIECES = "results", "pieces"


@dataclass(frozen=True)
class Result:
    """What was measured for a claim: `measured`, with the hash of its first criterion.

    `seconds`: of the processor, for readers; no verdict rests on them.
    """

    claim: str
    preset: str
    seed: int
    criterion: str
    version: str
    seconds: float
    measured: Measured

    def stale(self, claim: Claim) -> bool:
        """Was the criterion changed after this was measured?"""
        return self.criterion != criterion(claim)


def begin(folder: Path) -> None:
    """Make the folder, or take one that holds results.

    Raises:
        StorageError: it holds other things, or the disk refuses.
    """
    if folder.exists() and not folder.is_dir():
        raise StorageError(f"{folder}: there is a file of this name", "name another with --out")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / RESULTS).is_dir():
        raise StorageError(
            f"{folder}: the folder holds other things than results of claims",
            "name a new folder with --out",
        )
    with disk.translated(folder):
        for place in (folder, folder / RESULTS, folder / PIECES):
            disk.make_dir(place)


def put(folder: Path, result: Result) -> None:
    """Write a result whole.

    Raises:
        StorageError: the disk refuses.
    """
    held = {
        "preset": result.preset,
        "seed": result.seed,
        "criterion": result.criterion,
        "version": result.version,
        "seconds": result.seconds,
        "effects": dict(result.measured.effects),
        "shown": dict(result.measured.shown),
    }
    name = _file(result.claim, result.preset, result.seed)
    derived.put_json(folder / RESULTS, name, _stamp(result.claim), held)


def get(folder: Path, claim: str, preset: str, seed: int) -> Result | None:
    """The result of a claim; None where there is none, or the file is damaged."""
    found = derived.get_json(folder / RESULTS, _file(claim, preset, seed), _stamp(claim))
    if found is None:
        return None
    try:
        effects = {name: keys.build(Effect, plain) for name, plain in found["effects"].items()}
        return Result(
            claim,
            preset,
            seed,
            str(found["criterion"]),
            str(found["version"]),
            float(found["seconds"]),
            Measured(effects, found["shown"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _stamp(claim: str) -> dict[str, object]:
    return {"schema": SCHEMA, "claim": claim}


def _file(claim: str, preset: str, seed: int) -> str:
    tail = "" if seed == 0 else f"-{seed}"
    return f"{claim}-{preset}{tail}.json"


# ---- pieces -------------------------------------------------------------------------------------
def keeper(folder: Path, claim: str, preset: str) -> Callable[[str, Callable[[], Any]], Any]:
    """Keeps the pieces of one experiment in a file of lines; a line cut short is made again."""
    path = folder / PIECES / f"{claim}-{preset}.jsonl"
    have: dict[str, Any] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                one = json.loads(line)
                have[one["key"]] = one["made"]
            except (ValueError, KeyError, TypeError):
                continue

    def keep(key: str, make: Callable[[], Any]) -> Any:
        if key not in have:
            made = json.loads(keys.dumps(make()))
            with disk.translated(path), path.open("a", encoding="utf-8") as file:
                file.write("\n" + keys.dumps({"key": key, "made": made}))
                file.flush()
            have[key] = made
        return have[key]

    return keep


def forget(folder: Path, claim: str, preset: str) -> None:
    """Remove the pieces of a claim that has its result."""
    (folder / PIECES / f"{claim}-{preset}.jsonl").unlink(missing_ok=True)


def every(folder: Path) -> dict[str, list[Result]]:
    """All results of a folder by claim, those first that speak for it: full, and seed 0."""
    from howdeep.claims import names

    found = {}
    for name in names():
        asked = [
            (preset, seed) for preset in ("full", "quick") for seed in _seeds(folder, name, preset)
        ]
        own = [get(folder, name, preset, seed) for preset, seed in asked]
        whole = [one for one in own if one is not None]
        if whole:
            found[name] = whole
    return found


def main(folder: Path) -> list[Result]:
    """The results that speak for their claims, in the order of the textbook."""
    return [own[0] for own in every(folder).values()]


def _seeds(folder: Path, claim: str, preset: str) -> list[int]:
    """Of the files that there are."""
    start = f"{claim}-{preset}"
    tails = (path.stem.removeprefix(start) for path in (folder / RESULTS).glob(f"{start}*.json"))
    return sorted(int(tail[1:] or 0) for tail in tails if re.fullmatch(r"(-[0-9]+)?", tail))
