"""From a study to its dossier: everything a report shows, as nouns."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from howdeep import metrics, modalities, trainers
from howdeep.base.errors import ConfigError
from howdeep.base.naming import python_call
from howdeep.base.nouns import Model, Plan, Rung
from howdeep.base.trials import Trial
from howdeep.base.verdicts import Build, CellCurve, CellRef, Dossier, RatePoint, Spent, Verdict
from howdeep.data import scoring
from howdeep.judge.encoding import resolved
from howdeep.judge.rates import chosen_rates, searched
from howdeep.nets.families import family
from howdeep.store.study import Study

Curve = NDArray[np.float32]  # (evaluations, 3): step, train, val


def dossier(study: Study, verdict: Verdict) -> Dossier:
    """Read what the report needs; `verdict` is the study's."""
    trials = [trial for trial in study.trials() if not trial.failed]
    main = [trial for trial in trials if trial.stage == "main"]
    plan = resolved(study.plan, study.trials())
    return Dossier(
        verdict=verdict,
        plan=plan,
        curves=tuple(_curves(study, main)),
        rates=tuple(_rates(study, plan, trials)),
        seconds=(*_seconds(study, main), *_rival_seconds(study, trials)),
        platform=tuple(sorted(study.begun_on().items())),
        study=str(study.path),
        command=command(study.plan, str(study.path), study.begun_on().get("device", "cpu")),
        build=_build(plan, verdict, main),
        rival_from=_rival_from(plan, verdict),
        spent=_spent(study),
    )


def _spent(study: Study) -> Spent:
    """What all nets and fits of a study took together, those that try learning rates too."""
    trials, seconds = [t for t in study.trials() if not t.failed], study.seconds()
    nets = [trial for trial in trials if isinstance(trial.rung, Rung)]
    return Spent(
        nets=sum(len(trial.steps) for trial in nets),
        fits=len(trials) - len(nets),
        operations=sum(trial.flops for trial in nets),
        seconds=sum(seconds.get(trial.key, 0.0) for trial in trials),
    )


def _build(plan: Plan, verdict: Verdict, main: Sequence[Trial]) -> Build | None:
    """The net that is handed over, to build; None where there is none, or its family is gone."""
    if verdict.handed_over is None:
        return None
    key = verdict.handed_over.handed_over_trial
    trial = next((trial for trial in main if trial.key == key), None)
    if trial is None:
        return None
    try:
        own = family(trial.net.family)
    except ConfigError:  # of a package that is not installed here
        return None
    cell = plan.cell(trial.cell)
    recipe = plan.ladder(cell).recipe
    decay = recipe.weight_decay if own.decayed(trial.net) else 0.0
    return Build(
        cell=CellRef.of(cell),
        code=own.code(trial.net),
        parts=own.parts(trial.net),
        rate=trial.rates[0],
        branch=min(own.scales(trial.net).values(), default=1.0),
        recipe=replace(recipe, max_steps=trial.cap or recipe.max_steps, weight_decay=decay),
    )


def _rival_from(plan: Plan, verdict: Verdict) -> str:
    """The module of the classical model that wins."""
    name = verdict.rival.name if verdict.rival else ""
    model = next((one for one in plan.rivals if one.name == name), None)
    if not isinstance(model, Model):
        return ""
    try:
        return trainers.trainer(model.trainer).module(name)
    except ConfigError:
        return ""


def command(plan: Plan, out: str, device: str = "cpu") -> str:
    """The command line, or the Python call, that makes this study again."""
    where = {} if device == "cpu" else {"device": device}
    if not plan.task.builtin and not plan.task.source:
        return python_call({**dict(plan.options), **where}, out)
    words = ["howdeep", "run", *modalities.of(plan.task).source.said(plan.task)]
    for name, value in (*plan.options, *where.items()):
        words += _flag(name, value)
    return " ".join(shlex.quote(word) for word in [*words, "--out", out])


def _flag(name: str, value: str) -> list[str]:
    flag = "--" + name.replace("_", "-")
    if name == "header":
        return ["--header" if value == "True" else "--no-header"]
    if value in ("True", "False"):
        return [flag] if value == "True" else []
    return [flag, value]


def _by_cell(trials: Iterable[Trial]) -> dict[str, list[Trial]]:
    out: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        out[trial.cell].append(trial)
    return out


def _curves(study: Study, main: Sequence[Trial]) -> Iterable[CellCurve]:
    for cell, trials in _by_cell(main).items():
        each = [study.arrays(trial)["curve"] for trial in trials]
        mean = mean_curve([curve for curve in each if len(curve)])
        if len(mean):
            steps, train, val = mean.T.tolist()
            yield CellCurve(cell, tuple(int(s) for s in steps), tuple(train), tuple(val))


def mean_curve(curves: Sequence[Curve]) -> NDArray[np.float64]:
    """Mean over nets, as far as half of them came; nets that stopped keep their last value.

    Training rows are not looked at each time: what lies between two looks is on a straight line.

    >>> a = np.array([[25, 0.5, 0.4], [50, 0.7, 0.6]]); b = np.array([[25, 0.7, 0.6]])
    >>> mean_curve([a, b]).round(2).tolist()
    [[25.0, 0.6, 0.5], [50.0, 0.7, 0.6]]
    >>> c = np.array([[25, 0.5, 0.4], [50, np.nan, 0.6], [75, 0.7, 0.6]])
    >>> mean_curve([c]).round(2).tolist()
    [[25.0, 0.5, 0.4], [50.0, 0.6, 0.6], [75.0, 0.7, 0.6]]
    >>> mean_curve([np.array([[25, np.nan, 0.4]])]).tolist()  # outputs that are none
    [[25.0, nan, 0.4]]
    """
    if not curves:
        return np.empty((0, 3))
    curves = [_between(curve) for curve in curves]
    far = int(np.median([len(curve) for curve in curves]) + 0.5)
    longest = max(curves, key=len)[:far, 0]
    padded = [
        np.concatenate([curve[:far], np.repeat(curve[-1:], max(0, far - len(curve)), axis=0)])
        for curve in curves
    ]
    out = np.stack(padded).astype(np.float64).mean(axis=0)
    out[:, 0] = longest
    return out


def _between(curve: Curve) -> Curve:
    step, train, val = curve.T
    known = ~np.isnan(train)
    if not known.any():
        return curve
    return np.stack([step, np.interp(step, step[known], train[known]), val], 1)


def _rates(study: Study, plan: Plan, trials: Sequence[Trial]) -> Iterable[RatePoint]:
    chosen, full = chosen_rates(plan, trials), _full(study)
    for cell, tried in searched(plan, trials).items():
        for rate in sorted({trial.rates[0] for trial in tried}):
            values = [
                share(v, full[f] if full else 1.0)
                for trial in tried
                if trial.rates[0] == rate
                for f, v in enumerate(trial.val)
                if v is not None
            ]
            score = float(np.mean(values)) if values else None
            yield RatePoint(cell, rate, score, rate in chosen.get(cell, ()))


def _full(study: Study) -> tuple[float, ...]:
    """What a net without mistakes scores on the rows that judge rates, fold by fold.

    Empty where that is the metric's most whichever rows are looked at.
    """
    own = metrics.metric(study.plan.task.metric)
    if own.weigh is None or own.joint:
        return ()
    task = study.task()
    return tuple(scoring.most(task, fold.tune_val) for fold in task.folds)


def share(score: float, full: float) -> float:
    """A score on rows of which all right scores `full`, as a share of that.

    >>> share(1.1, 1.1), share(0.6, 1.2), share(0.5, 0.0)
    (1.0, 0.5, 0.5)
    """
    return score / full if full > 0 else score


def _seconds(study: Study, main: Sequence[Trial]) -> Iterable[tuple[str, float]]:
    seconds = study.seconds()
    for cell, trials in _by_cell(main).items():
        yield cell, float(np.mean([seconds[trial.key] for trial in trials])) / study.plan.folds


def _rival_seconds(study: Study, trials: Sequence[Trial]) -> Iterable[tuple[str, float]]:
    """Seconds of each classical model, all of its seeds and settings together."""
    seconds = study.seconds()
    for name, fits in _by_cell(t for t in trials if t.stage == "rival").items():
        yield name, sum(seconds[fit.key] for fit in fits)
