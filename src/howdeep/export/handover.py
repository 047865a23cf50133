"""A study's trained net as files of its own: plain PyTorch, safetensors and JSON in STUDY/net/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor, nn

from howdeep import modalities
from howdeep.base import keys
from howdeep.base.nouns import Inputs, Rung
from howdeep.base.trials import Trial
from howdeep.base.verdicts import Verdict
from howdeep.data import scoring
from howdeep.data.task import Task
from howdeep.export.code import source
from howdeep.nets.families import family
from howdeep.store import derived
from howdeep.store.study import Study
from howdeep.trainers.fused.encoded import encoders, inputs

FOLDER = "net"
REQUIREMENTS = "numpy>=1.26\nsafetensors>=0.4.5\ntorch>=2.11\n"  # what net.py imports


@dataclass(frozen=True, eq=False)
class HandedOver:
    """A trained net with all that raw rows need to go through it."""

    rung: Rung
    modality: str
    encoder: Any  # of the modality, as `reading`
    inputs: Inputs
    reading: Any
    shift: float  # of the target, in its units; 0 and 1 for classes
    spread: float
    classes: tuple[str, ...]
    labels: str  # the type of the classes
    target: str
    net: nn.Module

    def encode(self, samples: Mapping[str, NDArray[Any]]) -> Tensor:
        """Samples of N rows, as a task of this modality has them, to encoded rows (N, D)."""
        encode = modalities.modality(self.modality).encode
        return torch.from_numpy(encode.transform(self.encoder, samples, self.inputs))

    @torch.no_grad()
    def outputs(self, x: Tensor) -> NDArray[np.float32]:
        """Logits (N, C), or standardised predictions (N, 1)."""
        return np.concatenate([self.net(part).numpy() for part in torch.split(x, 1024)])  # type: ignore[no-untyped-call]


def trial_of(study: Study, verdict: Verdict) -> Trial | None:
    """The trial whose net the verdict hands over, for good or for now; `None` where it has none."""
    if verdict.handed_over is None:
        return None
    key = verdict.handed_over.handed_over_trial
    return next((trial for trial in study.trials() if trial.key == key), None)


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
        modality=task.info.modality,
        encoder=fitted[fold],
        inputs=inputs(task, fitted, encoding),
        reading=modalities.of(task.info).serve.reading(task, dict(study.plan.options)),
        shift=scale.shift,
        spread=scale.spread,
        classes=task.info.classes,
        labels=task.info.labels,
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
        "labels": net.labels,
        "provisional": verdict.provisional is not None,
    }


def write(study: Study, verdict: Verdict, readme: str) -> Path | None:
    """Write STUDY/net/ (net.py, net.json, net.safetensors, what it needs and its `readme`).

    `None` where there is no net.
    """
    trial = trial_of(study, verdict)
    net = handed_over(study, study.task(), trial) if trial else None
    if trial is None or net is None:
        derived.remove_folder(study.path, FOLDER)  # of an earlier verdict
        return None
    title = f"The net of {study.plan.task.name}: {trial.cell}, predicting {net.target!r}."
    weights = save({name: value.contiguous() for name, value in net.net.state_dict().items()})
    files = {
        "net.py": source(title, net.net, modalities.modality(net.modality).serve).encode(),
        "net.json": keys.dumps(about(net, verdict), indent=1).encode(),
        "net.safetensors": weights,
        "requirements.txt": REQUIREMENTS.encode(),
        "README.md": readme.encode(),
    }
    return derived.put_folder(study.path, FOLDER, files)
