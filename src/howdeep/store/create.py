"""What a study fixes when it is begun: filling its directory, and comparing plans later."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from howdeep.base import keys
from howdeep.base.errors import StudyMismatch
from howdeep.base.nouns import Plan
from howdeep.base.trials import Outcome
from howdeep.data.task import Task, to_arrays
from howdeep.store import blobs, disk, encoders, schema

DATABASE, BLOBS, LOCK = "study.sqlite", "blobs", "lock"


def build(draft: Path, plan: Plan, task: Task, platform: dict[str, str]) -> None:
    """Fill the directory `draft`, whose lock the caller holds, from nothing."""
    for path in sorted(draft.rglob("*"), reverse=True):  # what a killed creator left
        if path != draft / LOCK:
            disk.remove(path)
    disk.make_dir(draft / BLOBS)
    arrays, meta = to_arrays(task)
    if task.encoders:
        floats, meta["encoders"] = encoders.packed(task)
        arrays |= floats
    meta["blob"] = blobs.put_all(draft / BLOBS, [arrays])[0]
    schema.create(draft / DATABASE)
    connection = disk.connect(draft / DATABASE, "rw")
    try:
        disk.sql(connection, "PRAGMA synchronous=FULL")
        disk.sql(connection, "BEGIN IMMEDIATE")
        for name, noun in (("plan", plan), ("platform", platform), ("task", meta)):
            disk.sql(connection, "INSERT INTO meta VALUES (?, ?, ?)", (name, *schema.seal(noun)))
        disk.sql(connection, "COMMIT")
    finally:
        connection.close()
    disk.sync_dir(draft)


def differences(old: Plan, new: Plan) -> list[str]:
    """Where two plans differ: "--depths: 0,1, now 0,1,2", or "recipe.batch: 64, now 128".

    What the user said differently is the cause of other differences, which are then left out.
    """
    said = _differences(dict(old.options), dict(new.options), "")
    if said:
        return [
            f"--{item.split(':')[0].replace('_', '-')}:{item.split(':', 1)[1]}" for item in said
        ]
    return _differences(keys.to_plain(old), keys.to_plain(new), "")


def _differences(old: Any, new: Any, place: str) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        names = sorted(old.keys() | new.keys())
        places = {n: f"{place}.{n}".lstrip(".").replace(".[", "[") for n in names}
        parts = [_differences(old.get(n), new.get(n), places[n]) for n in names]
        return [item for part in parts for item in part]
    if _nouns(old) and _nouns(new) and len(old) == len(new):
        was, now = ({f"[{i}]": item for i, item in enumerate(items)} for items in (old, new))
        return _differences(was, now, place)
    if old == new:
        return []
    texts = ["not given" if value is None else str(value)[:40] for value in (old, new)]
    return [f"{place}: {texts[0]}, now {texts[1]}"]


def _nouns(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(item, dict) for item in items)


def platform_differences(begun: dict[str, str], now: dict[str, str]) -> list[str]:
    """Where two platforms differ.

    >>> platform_differences({"torch": "2.13"}, {"torch": "2.14"})
    ['torch: 2.13, now 2.14']
    """
    return [
        f"{name}: {begun.get(name)}, now {now.get(name)}"
        for name in sorted(begun.keys() | now.keys())
        if begun.get(name) != now.get(name)
    ]


def check_platform(path: Path, begun: dict[str, str], outcome: Outcome) -> None:
    """Refuse what was trained on another platform than the study was begun on, if that is known.

    Raises:
        StudyMismatch: naming the study, the nets and what differs.
    """
    differ = platform_differences(begun, outcome.platform) if begun else []
    if differ:
        raise StudyMismatch(
            f"{path}: {outcome.group.cell} was trained on another platform than the study was "
            f"begun on: {'; '.join(differ)}",
            "let only machines like that one train it" + or_mixed(path),
        )


def or_mixed(path: Path) -> str:
    """The other way out for a study that another platform would join."""
    resume = f"howdeep resume {shlex.quote(str(path))} --mixed-platforms"
    return f"; `{resume}` goes on all the same, and the verdict will say so"
