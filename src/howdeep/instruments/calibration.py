"""May its probabilities be believed? Calibration error, temperature, conformal sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from howdeep.instruments import _calibrate as formulas
from howdeep.instruments import _classes as said
from howdeep.instruments import _design as design
from howdeep.instruments._calibration_section import TITLE, section
from howdeep.instruments._design import Design
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._intervals import mean, paired, share, three
from howdeep.instruments._subject import Rows, Subject
from howdeep.instruments._values import number, numbers

Floats = NDArray[np.float64]
COVER = 0.9  # of conformal sets and intervals


@dataclass(frozen=True, eq=False)
class _Parts:
    """Rows that temperature is fitted on, and rows that judge; `name`, `fitted`: which they are."""

    fit: Rows
    judge: Rows
    name: str
    fitted: str


def _parts(subject: Subject, effort: Effort) -> _Parts:
    """Temperature has rows of its own: those that chose the checkpoint, else a third."""
    name = said.part_of(subject)
    unseen = subject.unseen.some(effort.rows)
    own = subject.parts.get("choose")
    if name == "test" and own is not None and len(own) >= said.FEW:
        return _Parts(own.some(effort.rows), unseen, name, "choose")
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(unseen)))
    third = len(unseen) // 3
    return _Parts(unseen.take(order[:third]), unseen.take(order[third:]), name, name)


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """`before` and `after` temperature scaling, on rows that it was not fitted on; `sets`."""
    parts = _parts(subject, effort)
    found = {
        "kind": subject.kind,
        "part": parts.name,
        "rows": len(parts.judge),
        "fit_part": parts.fitted,
        "fit_rows": len(parts.fit),
    }
    if subject.kind == "numbers":
        return found | {"sets": _intervals(subject, parts)}
    fit, judge = said.logits(subject, parts.fit), said.logits(subject, parts.judge)
    hot = formulas.temperature(fit, parts.fit.targets.long(), design.of(parts.fit))
    raw, scaled = said.probabilities(judge), said.probabilities(judge / hot)
    truth = parts.judge.targets.long().numpy()
    by = design.of(parts.judge)
    gain = paired(formulas.log_losses(raw, truth), formulas.log_losses(scaled, truth), by=by)
    return found | {
        "right": three(share((raw.argmax(1) == truth).astype(np.float64), by=by)),
        "temperature": number(hot),
        "gain": three(gain),
        "before": _judged(raw, truth, by),
        "after": _judged(scaled, truth, by),
        "sets": _sets(scaled, truth),
    }


def _judged(found: Floats, truth: NDArray[np.int64], by: Design) -> dict[str, Any]:
    """What probabilities (N, C) are worth, and their reliability diagram."""
    confidence = found.max(1)
    hit = (found.argmax(1) == truth).astype(np.float64)
    bins = formulas.equal_rows(confidence, hit, by=by)
    return {
        "ece": number(formulas.ece(formulas.equal_width(confidence, hit, by=by))),
        "error": three(formulas.rms_error(bins)),
        "loss": three(mean(formulas.log_losses(found, truth), by=by)),
        "brier": three(mean(formulas.brier_scores(found, truth), by=by)),
        "confidence": numbers(bins.confidence),
        "kept": numbers(bins.accuracy),
        "bin_rows": [int(n) for n in bins.rows],
        "mean_confidence": number(confidence.mean()),
    }


def _sets(found: Floats, truth: NDArray[np.int64]) -> dict[str, Any]:
    """Split conformal sets: all classes of some probability (Sadinle, Lei and Wasserman 2019).

    One half of the rows fixes it, the other is covered: neither chose anything about the net.
    """
    half = len(truth) // 2
    scores = 1 - np.take_along_axis(found, truth[:, None], 1)[:, 0]
    cut = formulas.quantile(scores[:half], COVER)
    inside = 1 - found[half:] <= cut
    sizes = inside.sum(1).astype(np.float64)
    covered = np.take_along_axis(inside, truth[half:, None], 1)[:, 0].astype(np.float64)
    return _covered(covered, half) | {
        "cut": number(cut),
        "size": three(mean(sizes)),
        "single": number((sizes == 1).mean()),
        "empty": number((sizes == 0).mean()),
    }


def _intervals(subject: Subject, parts: _Parts) -> dict[str, Any]:
    """Split conformal intervals around predictions, as wide everywhere (Lei et al. 2018)."""
    rows = parts.judge
    errors = np.abs(said.numbers(subject, rows) - _flat(rows.targets)) * subject.scale
    half = len(errors) // 2
    cut = formulas.quantile(errors[:half], COVER)
    covered = (errors[half:] <= cut).astype(np.float64)
    spread = float(_flat(rows.targets).std()) * subject.scale
    more = {"width": number(2 * cut), "share": number(2 * cut / spread) if spread else None}
    return _covered(covered, half) | more


def _covered(covered: Floats, fitted: int) -> dict[str, Any]:
    band = formulas.band(fitted, len(covered), COVER)
    return {
        "level": COVER,
        "coverage": number(covered.mean()),
        "band": numbers(band),
        "fitted": fitted,
        "judged": len(covered),
    }


def _flat(targets: Tensor) -> Floats:
    return targets.double().reshape(-1).numpy()


INSTRUMENT = Instrument("calibration", TITLE, 70, _measure, section, suits=said.known)
