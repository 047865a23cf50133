"""A study's trained net as files of its own: plain PyTorch, safetensors and JSON in STUDY/net/."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor, nn

from howdeep.base import keys
from howdeep.base.nouns import Inputs, Rung
from howdeep.base.trials import Trial
from howdeep.base.verdicts import Verdict
from howdeep.data import encode, pixels, scoring
from howdeep.data.encode import Encoder
from howdeep.data.pixels import Pixels
from howdeep.data.task import Task
from howdeep.export.source import IMAGES, TABLES, source
from howdeep.nets.families import family
from howdeep.store import derived
from howdeep.store.study import Study
from howdeep.trainers.fused.encoded import encoders, inputs, pad

FOLDER = "net"


@dataclass(frozen=True)
class Reading:
    """How the cells of new tables are read, as the study's options say and its levels tell.

    `text_is_missing`: columns that were said to be of numbers, whose text is missing.
    `levels`: of every column of categories, in the order of their codes.
    """

    text_is_missing: tuple[str, ...]
    infinite_is_missing: bool
    levels: dict[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class HandedOver:
    """A trained net with all that raw rows need to go through it."""

    rung: Rung
    encoder: Encoder | Pixels
    inputs: Inputs
    reading: Reading
    shift: float  # of the target, in its units; 0 and 1 for classes
    spread: float
    classes: tuple[str, ...]
    target: str
    net: nn.Module

    def encode(self, numbers: NDArray[np.float64], codes: NDArray[np.int64]) -> Tensor:
        """Raw columns (N, p), (N, q) in the task's order to encoded rows (N, D)."""
        assert isinstance(self.encoder, Encoder)
        x = encode.transform(self.encoder, numbers, codes)
        return torch.from_numpy(pad(x, self.encoder.inputs, self.inputs))

    def encode_images(self, images: NDArray[np.uint8]) -> Tensor:
        """Images (N, H, W, C) of the trained shape to encoded rows (N, D)."""
        assert isinstance(self.encoder, Pixels)
        return torch.from_numpy(pixels.transform(self.encoder, images))

    @torch.no_grad()
    def outputs(self, x: Tensor) -> NDArray[np.float32]:
        """Logits (N, C), or standardised predictions (N, 1)."""
        return np.concatenate([self.net(part).numpy() for part in torch.split(x, 1024)])  # type: ignore[no-untyped-call]


def trial_of(study: Study, verdict: Verdict) -> Trial | None:
    """The trial whose net the verdict hands over; `None` where no depth was settled on."""
    if verdict.test_score is None:
        return None
    key = verdict.test_score.handed_over_trial
    return next((trial for trial in study.trials() if trial.key == key), None)


def reading(study: Study, task: Task) -> Reading:
    """How the study read its own table, and new ones are to be read."""
    known = dict(study.plan.options)
    said = f",{known.get('types', '')},"  # names may hold commas: not parsed
    return Reading(
        tuple(name for name in task.number_names if f",{name}=number," in said),
        known.get("inf") == "missing",
        dict(zip(task.code_names, task.levels, strict=True)),
    )


def handed_over(study: Study, task: Task, trial: Trial) -> HandedOver | None:
    """The net of a trial in plain PyTorch; `None` where its group kept another member's weights."""
    arrays = study.arrays(trial)
    weights = {
        name.removeprefix("net/"): torch.from_numpy(value.copy())
        for name, value in arrays.items()
        if name.startswith("net/")
    }
    if not weights:
        return None
    fold = int(arrays["net.fold"][0])
    encoding = trial.net.inputs.encoding
    fitted = encoders(task, encoding)
    scale = scoring.scale(task, task.folds[fold].train)
    fam = family(trial.net.family)
    net = fam.module(trial.net)
    net.load_state_dict(fam.state_dict(trial.net, weights))
    return HandedOver(
        rung=trial.net,
        encoder=fitted[fold],
        inputs=inputs(fitted, encoding),
        reading=reading(study, task),
        shift=scale.shift,
        spread=scale.spread,
        classes=task.info.classes,
        target=task.info.target,
        net=net.eval(),
    )


def about(net: HandedOver, verdict: Verdict) -> dict[str, Any]:
    """What `net.json` holds."""
    return {
        "schema": 1,
        "verdict": verdict.digest,
        "rung": keys.to_plain(net.rung),
        "net": keys.to_plain(family(net.rung.family).config(net.rung)),
        "encoder": keys.to_plain(net.encoder),
        "inputs": keys.to_plain(net.inputs),
        "reading": keys.to_plain(net.reading),
        "target": {"name": net.target, "shift": net.shift, "spread": net.spread},
        "classes": list(net.classes),
    }


def write(study: Study, verdict: Verdict) -> Path | None:
    """Write STUDY/net/ (net.py, net.json, net.safetensors); `None` where there is no net."""
    trial = trial_of(study, verdict)
    net = handed_over(study, study.task(), trial) if trial else None
    if trial is None or net is None:
        derived.remove_folder(study.path, FOLDER)  # of an earlier verdict
        return None
    title = f"The net of {study.plan.task.name}: {trial.cell}, predicting {net.target!r}."
    weights = save({name: value.contiguous() for name, value in net.net.state_dict().items()})
    files = {
        "net.py": source(title, net.net, IMAGES if net.inputs.image else TABLES).encode(),
        "net.json": keys.dumps(about(net, verdict), indent=1).encode(),
        "net.safetensors": weights,
    }
    return derived.put_folder(study.path, FOLDER, files)
