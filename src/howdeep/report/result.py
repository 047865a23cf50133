"""`result.json`: the whole dossier for programs, by the schema of docs/result.md.

Wall-clock seconds are left out on purpose: a study that was interrupted and resumed gives the
same bytes as one that was not.
"""

from __future__ import annotations

from typing import Any

from howdeep.base import keys
from howdeep.base.nouns import Plan, TaskInfo
from howdeep.base.verdicts import CellRef, CellSummary, Dossier
from howdeep.report.as_printed import as_printed
from howdeep.report.net_code import code
from howdeep.report.sentence import details, headline, next_steps


def result_json(dossier: Dossier) -> str:
    """Canonical JSON (sorted keys, two spaces, a line end) of everything in the report but seconds.

    Scores are in larger-is-better form: accuracy as a share, log loss negated, regression as
    minus the error relative to the constant predictor's (docs/result.md); `as_printed` has the main
    ones as people read them, R² among them.
    """
    plan = dossier.plan
    plain = {
        "schema": dossier.schema,
        "howdeep": plan.version,
        "study": dossier.study,
        "command": dossier.command,
        "sentence": headline(dossier),
        "details": details(dossier),
        "next": [{"command": command, "does": does} for command, does in next_steps(dossier)],
        "code": code(dossier),
        "as_printed": as_printed(dossier),
        "verdict": _verdict(dossier),
        "cells": [_cell(summary) for summary in dossier.verdict.cells],
        "plan": _plan(plan),
        "task": _task(plan.task),
        "rates": keys.to_plain(dossier.rates),
        "curves": keys.to_plain(dossier.curves),
        "platform": dict(dossier.platform),
        "tested": _tested(dossier),
        "cost": _cost(dossier),
    }
    return keys.dumps(plain, indent=2) + "\n"


def _verdict(dossier: Dossier) -> dict[str, Any]:
    plain: dict[str, Any] = keys.to_plain(dossier.verdict)
    del plain["cells"]
    plain["rival"] = dossier.verdict.rival.name if dossier.verdict.rival else None
    if plain["encoding"]:
        plain["encoding"]["tried"] = dict(dossier.verdict.encoding.tried)  # type: ignore[union-attr]
    for score in (plain["test_score"], (plain["provisional"] or {}).get("test_score")):
        if score:
            score["extra"] = dict(score["extra"])
    return plain


def _tested(dossier: Dossier) -> dict[str, Any] | None:
    """What the net handed over gets wrong on test rows; of points of a picture nothing."""
    found, labels = dossier.tested, dossier.plan.task.classes
    if found is None:
        return None
    plain: dict[str, Any] = keys.to_plain(found)
    plain["classes"] = (
        [{"label": label, **own} for label, own in zip(labels, plain["classes"], strict=True)]
        if labels
        else []
    )
    plain["mistakes"] = [
        {"true": labels[true], "said": labels[said], "rows": rows}
        for true, said, rows in found.mistakes
    ]
    if plain["errors"]:
        del plain["errors"]["points"]
    return plain


def _cost(dossier: Dossier) -> dict[str, Any] | None:
    """What was trained, and its operations; seconds are no answer."""
    spent = dossier.spent
    if spent is None:
        return None
    return {"nets": spent.nets, "fits": spent.fits, "operations": spent.operations}


def _cell(summary: CellSummary) -> dict[str, Any]:
    plain: dict[str, Any] = keys.to_plain(summary)
    standing = plain.pop("standing")
    ref = standing.pop("cell")
    return {"name": summary.standing.cell.name, **ref, **standing, **plain}


def _plan(plan: Plan) -> dict[str, Any]:
    plain: dict[str, Any] = keys.to_plain(plan)
    del plain["task"]
    plain["options"] = dict(plan.options)
    plain["cuts"] = dict(plan.cuts)
    del plain["encodings"]  # the verdict has what was tried and taken
    plain["cells"] = [
        {"name": cell.name, **keys.to_plain(CellRef.of(cell)), "flops": cell.cost.flops}
        for cell in plan.cells
    ]
    return plain


def _task(task: TaskInfo) -> dict[str, Any]:
    plain: dict[str, Any] = keys.to_plain(task)
    plain["features"] = [{"name": name, "kind": kind} for name, kind in task.features]
    plain["rows"] = dict(task.rows)
    plain["distinct"] = dict(task.distinct)
    plain["levels"] = dict(task.levels)
    plain["yards"] = dict(task.yards)
    return plain
