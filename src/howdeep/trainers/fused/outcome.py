"""From finished nets to results: row scores, curves, and the weights to hand over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from howdeep.base import naming
from howdeep.base.trials import Group, Result, Trial
from howdeep.data import scoring
from howdeep.data.task import RowIndex, Task
from howdeep.nets.families import family
from howdeep.trainers.fused import evaluate, seeding
from howdeep.trainers.fused.encoded import EncodedFold
from howdeep.trainers.fused.track import NetTrack, ViewTrack
from howdeep.trainers.fused.weights import Tensors

Arrays = dict[str, NDArray[np.float32]]


def results(
    group: Group, task: Task, data: Sequence[EncodedFold], tracks: Sequence[Sequence[NetTrack]]
) -> tuple[Result, ...]:
    """One result per member; `tracks` (members, folds)."""
    tuning = seeding.stream(group) == "tune"
    _look_at_training_rows(group, task, data, tracks)
    trials = [_trial(group, task, i, nets) for i, nets in enumerate(tracks)]
    arrays: list[Arrays] = [{"curve": _curve(nets)} for nets in tracks]
    if not tuning:
        for part in ("select", "test"):
            for own, scores in zip(arrays, _scores(group, task, data, tracks, part), strict=True):
                own[part] = scores
        best = max(range(len(trials)), key=lambda i: (_mean(trials[i].val), -trials[i].seed))
        arrays[best] |= _handed_over(group, task, data, tracks[best], arrays[best]["test"])
    return tuple(Result(trial, own) for trial, own in zip(trials, arrays, strict=True))


def _mean(values: Sequence[float | None]) -> float:
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if len(known) == len(values) else -np.inf


def _over_views(net: NetTrack, name: str) -> float | None:
    values = [getattr(view, name) for view in net.views]
    return None if net.nonfinite or None in values else float(np.mean(values))


def _look_at_training_rows(
    group: Group, task: Task, data: Sequence[EncodedFold], tracks: Sequence[Sequence[NetTrack]]
) -> None:
    """Tell each view the metric of its checkpoint on training rows."""
    for f, fold in enumerate(task.folds[: len(tracks[0])]):
        rows = evaluate.sampled(fold.tune_train if seeding.stream(group) == "tune" else fold.train)
        for views in zip(*(member[f].views for member in tracks), strict=True):
            scores = _view_scores(group, task, data[f], views, rows)
            for view, own in zip(views, scores, strict=True):
                view.train = None if own is None else float(own.mean(dtype=np.float64))


def _trial(group: Group, task: Task, member: int, nets: Sequence[NetTrack]) -> Trial:
    cost = family(group.net.family).cost(group.net)
    steps = tuple(net.steps for net in nets)
    return Trial(
        key=naming.trial_key(group, member),
        group=naming.group_key(group),
        stage=group.stage,
        cell=group.cell,
        rung=group.rung,
        seed=group.members[member].seed,
        rates=group.members[member].rates,
        val=tuple(_over_views(net, "metric") for net in nets),
        tie=tuple(_over_views(net, "tie") for net in nets),
        floor=tuple(_floor(group, task, fold) for fold in range(len(nets))),
        train=tuple(_over_views(net, "train") for net in nets),
        steps=steps,
        best_step=tuple(max(view.step for view in net.views) for net in nets),
        capped=sum(not net.stopped for net in nets),
        nonfinite=sum(net.nonfinite for net in nets),
        flops=3.0 * cost.flops * group.how.batch * sum(steps),
        cap=group.how.max_steps,
    )


def _floor(group: Group, task: Task, fold: int) -> float:
    """The constant predictor's metric on the rows that judge this stage's checkpoints."""
    here = task.folds[fold]
    if seeding.stream(group) == "tune":
        return float(scoring.constant_scores(task, here.tune_train, here.tune_val).mean())
    each = [scoring.constant_scores(task, here.train, view.choose).mean() for view in here.views]
    return float(np.mean(each))


def _curve(nets: Sequence[NetTrack]) -> NDArray[np.float32]:
    """(evaluations, 3): step, train, val, averaged over the folds that came that far."""
    rows: dict[int, list[tuple[float, float]]] = {}
    for net in nets:
        for step, train, val in net.curve:
            rows.setdefault(step, []).append((train, val))
    out = [[step, *np.mean(rows[step], axis=0)] for step in sorted(rows)]
    return np.asarray(out, dtype=np.float32).reshape(-1, 3)


def _scores(
    group: Group,
    task: Task,
    data: Sequence[EncodedFold],
    tracks: Sequence[Sequence[NetTrack]],
    part: str,
) -> list[NDArray[np.float32]]:
    """Contributions (n,) per member: "select" view after view, "test" a mean over checkpoints."""
    if part == "select" and scoring.metric_of(task).joint:
        return _together(group, task, data, tracks)
    pieces: list[list[NDArray[np.float32]]] = [[] for _ in tracks]
    for f, fold in enumerate(task.folds):
        for v, view in enumerate(fold.views):
            rows = view.score if part == "select" else task.test
            nets = [member[f] for member in tracks]
            fallback = scoring.constant_scores(task, fold.train, rows).astype(np.float32)
            scores = _view_scores(group, task, data[f], [net.views[v] for net in nets], rows)
            for i, net in enumerate(nets):
                own = scores[i]
                bad = net.nonfinite or own is None or not np.isfinite(own).all()
                pieces[i].append(fallback if bad or own is None else own)
    if part == "select":
        return [np.concatenate(own) for own in pieces]
    return [np.stack(own).mean(axis=0, dtype=np.float64).astype(np.float32) for own in pieces]


def _together(
    group: Group, task: Task, data: Sequence[EncodedFold], tracks: Sequence[Sequence[NetTrack]]
) -> list[NDArray[np.float32]]:
    """Contributions (n_select,) per member where rows only contribute together.

    A view whose net has no finite outputs there is guessed.
    """
    outputs: list[list[NDArray[np.floating]]] = [[] for _ in tracks]
    scales = []
    for f, fold in enumerate(task.folds):
        for v, view in enumerate(fold.views):
            nets = [member[f] for member in tracks]
            fallback, scale = scoring.constant_outputs(task, fold.train, len(view.score))
            scales.append(scale)
            found = _view_outputs(group, data[f], [net.views[v] for net in nets], view.score)
            for i, net in enumerate(nets):
                own = found[i]
                bad = net.nonfinite or own is None or not np.isfinite(own).all()
                outputs[i].append(fallback if bad or own is None else own)
    return [scoring.joined(task, own, scales).astype(np.float32) for own in outputs]


def _view_outputs(
    group: Group, fold: EncodedFold, views: Sequence[ViewTrack], rows: RowIndex
) -> list[NDArray[np.float32] | None]:
    """Outputs (n, C) of each view's checkpoint; `None` where a net never had one."""
    have = [i for i, view in enumerate(views) if view.weights]
    out: list[NDArray[np.float32] | None] = [None] * len(views)
    if have:
        stacked = {
            name: torch.stack([views[i].weights[name] for i in have])
            for name in views[have[0]].weights
        }
        found = evaluate.outputs(group.net, stacked, fold, rows)
        for i, own in zip(have, found, strict=True):
            out[i] = own
    return out


def _view_scores(
    group: Group, task: Task, fold: EncodedFold, views: Sequence[ViewTrack], rows: RowIndex
) -> list[NDArray[np.float32] | None]:
    """Contributions (n,) of each view's checkpoint; `None` where a net never had one."""
    found, by = _view_outputs(group, fold, views, rows), scoring.scorer(task, rows)
    with np.errstate(over="ignore", invalid="ignore"):
        return [
            None if own is None else by.contributions(own, fold.scale).astype(np.float32)
            for own in found
        ]


def _handed_over(
    group: Group,
    task: Task,
    data: Sequence[EncodedFold],
    nets: Sequence[NetTrack],
    test: NDArray[np.float32],
) -> Arrays:
    """The weights of this member's best checkpoint, its fold, and its own test scores.

    `test`: the mean over its checkpoints, which is those scores where there is one checkpoint.
    """
    fold, view = max(
        ((f, v) for f, net in enumerate(nets) for v in range(len(net.views))),
        key=lambda at: _key(nets[at[0]], at[1]),
    )
    weights: Tensors = nets[fold].views[view].weights
    if nets[fold].nonfinite or not weights:
        return {}
    scores: NDArray[np.float32] | None = test
    if len(nets) > 1 or len(nets[fold].views) > 1:
        scores = _view_scores(group, task, data[fold], [nets[fold].views[view]], task.test)[0]
    out: Arrays = {f"net/{name}": value.cpu().numpy() for name, value in weights.items()}
    out["net.fold"] = np.asarray([fold], dtype=np.float32)
    if scores is not None:
        out["net.test"] = scores
    return out


def _key(net: NetTrack, view: int) -> tuple[float, float]:
    own = net.views[view]
    if net.nonfinite or own.metric is None or own.tie is None:
        return (-np.inf, -np.inf)
    return (own.metric, own.tie)
