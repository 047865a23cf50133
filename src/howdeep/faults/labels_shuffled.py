"""Targets that have nothing to do with the rows: shuffled, or joined by the wrong key."""

from __future__ import annotations

import torch
from torch import Tensor

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient
from howdeep.faults._signs import Signs
from howdeep.faults._trial import trial
from howdeep.instruments import Rows
from howdeep.instruments._subject import main

LEAST, MOST = 100, 1024  # rows to tell anything by, and that are looked at
TIMES, FOLDS, FEATURES, NEAR = 40, 4, 256, 7


def _find(signs: Signs) -> Seen | None:
    """No model says more of rows it did not see than of shuffled targets: ridge regression, the
    same on random features, neighbours, and the net itself.
    """
    rows = signs.patient.train.some(MOST)
    said = targets(rows.targets)
    if said is None or len(rows) < LEAST or signs.trained or signs.refused or not signs.finite:
        return None
    reaches = related(inputs(rows), said)
    if max(reaches.values()) >= CUT:
        return None
    reaches["the net itself"] = _own(signs, rows, said)
    if max(reaches.values()) >= CUT:
        return None
    best = max(reaches, key=lambda name: reaches[name])
    return Seen("the targets", -1, f"on rows kept back, none of {len(reaches)} models beats "
                f"shuffled targets; the best, {best}, stands {max(0.0, reaches[best]):.1f} of "
                f"their deviations above them ({len(rows)} rows)")  # fmt: skip


CUT = 3.2  # standard deviations above shuffled targets


def targets(y: Tensor) -> Tensor | None:
    """Targets (N, k) as numbers to regress on: one column a class; `None` where there are none."""
    if y.is_floating_point():
        flat = y.reshape(len(y), -1).float()
        return flat if flat.shape[1] <= 64 and bool(torch.isfinite(flat).all()) else None
    if y.ndim != 1:
        return None
    classes, number = torch.unique(y, return_inverse=True)
    if not 1 < len(classes) <= len(y) // 4:
        return None
    return torch.nn.functional.one_hot(number).float()


def inputs(rows: Rows) -> Tensor:
    """Inputs as columns (N, p), of mean 0 and deviation 1; whole numbers as counts."""
    found = []
    for x in rows.inputs:
        if x.is_floating_point():
            found.append(x.reshape(len(x), -1).float())
            continue
        flat = x.reshape(len(x), -1).long()
        flat = flat - flat.min()  # -1 often stands for a place without a token
        top = int(flat.max()) + 1
        if top <= 512:
            counts = torch.zeros(len(flat), top)
            found.append(counts.scatter_add_(1, flat, torch.ones(flat.shape)))
        if flat.shape[1] * top <= 2048:  # also what stands where
            found.append(torch.nn.functional.one_hot(flat, top).float().flatten(1))
    x = torch.cat(found, 1) if found else torch.zeros(len(rows), 1)
    x = x - x.mean(0)
    return x / x.std(0).clamp_min(1e-6)


def related(x: Tensor, y: Tensor) -> dict[str, float]:
    """How far each model stands above shuffled targets on rows kept back, in deviations of them.

    All of these models are linear in the targets, so that a shuffled fit costs one product.
    """
    draw = torch.Generator().manual_seed(0)
    order = torch.randperm(len(x), generator=draw)
    mix = torch.randn(x.shape[1], FEATURES, generator=draw) / x.shape[1] ** 0.5
    wide = torch.relu(x @ mix + torch.randn(FEATURES, generator=draw))
    wide = torch.cat([x, wide - wide.mean(0), (x @ mix[:, :64]).square()], 1)
    shuffled = [torch.randperm(len(x), generator=draw) for _ in range(TIMES)]
    found = {}
    for name, model, rows in (
        ("ridge", _ridge, x),
        ("ridge on random features", _ridge, wide),
        ("neighbours", _near, x),
    ):
        hats = []
        for i in range(FOLDS):
            out = order[i::FOLDS]
            inside = order[torch.arange(len(order)) % FOLDS != i]
            hats.append((inside, out, model(rows[inside], rows[out])))
        real = _score(hats, y)
        null = torch.tensor([_score(hats, y[p]) for p in shuffled])
        found[name] = float((real - null.mean()) / null.std().clamp_min(1e-9))
    return found


def _score(hats: list[tuple[Tensor, Tensor, Tensor]], y: Tensor) -> float:
    """Correlation of what is said of rows kept back with their targets."""
    said, true = [], []
    for inside, out, hat in hats:
        mean = y[inside].mean(0)
        said.append(hat @ (y[inside] - mean))
        true.append(y[out] - mean)
    a, b = torch.cat(said).flatten(), torch.cat(true).flatten()
    return float((a * b).sum() / (a.norm() * b.norm()).clamp_min(1e-12))


def _ridge(train: Tensor, new: Tensor) -> Tensor:
    """What ridge regression makes of targets, as a matrix (new, train)."""
    gram: Tensor = train @ train.T
    weight = 0.1 * float(torch.diagonal(gram).mean())
    return torch.linalg.solve(gram + weight * torch.eye(len(gram)), train @ new.T).T


def _near(train: Tensor, new: Tensor) -> Tensor:
    nearest = torch.cdist(new, train).topk(NEAR, largest=False).indices
    return torch.zeros(len(new), len(train)).scatter_(1, nearest, 1 / NEAR)


def _own(signs: Signs, rows: Rows, y: Tensor) -> float:
    """The same of the net, trained for the short budget on half of the rows."""
    half = len(rows) // 2
    train, rest = rows.take(torch.arange(half)), rows.take(torch.arange(half, len(rows)))
    done = trial(signs.patient.but(train=train), signs.steps, rows=half)
    if done.broke >= 0:
        return 0.0
    with torch.no_grad():
        out = main(done.net.eval()(*rest.inputs)).float().flatten(1)
    if out.shape[1] != y.shape[1] or not bool(torch.isfinite(out).all()):
        return 0.0
    draw, true = torch.Generator().manual_seed(1), y[half:] - y[half:].mean(0)
    out = out - out.mean(0)
    top = float((out * true).sum())
    null = torch.tensor([
        float((out * true[torch.randperm(len(true), generator=draw)]).sum()) for _ in range(TIMES)
    ])  # fmt: skip
    return float((top - null.mean()) / null.std().clamp_min(1e-12))


def _cure(patient: Patient, finding: Finding) -> Patient:
    """The same rows with targets that do follow from them: the class of the nearest of a few rows
    chosen by chance, or the sum of the first numbers.
    """
    rows = patient.train
    x = inputs(rows)
    y = rows.targets
    draw = torch.Generator().manual_seed(0)
    if y.is_floating_point():
        made = x @ torch.randn(x.shape[1], generator=draw) / x.shape[1] ** 0.5
        made = made.reshape(-1, *[1] * (y.ndim - 1)).to(y.dtype).expand_as(y) * y.std() + y.mean()
        if signs_are_labels(y):
            made = (made > made.median()).to(y.dtype)
        return patient.but(train=Rows(rows.inputs, made.contiguous(), rows.index))
    classes = torch.unique(y)
    chosen = x[torch.randperm(len(x), generator=draw)[: len(classes)]]
    return patient.but(
        train=Rows(rows.inputs, classes[torch.cdist(x, chosen).argmin(1)], rows.index)
    )


def signs_are_labels(y: Tensor) -> bool:
    """The numbers are 0 and 1."""
    return bool(((y == 0) | (y == 1)).all())


FAULT = Fault(
    "labels_shuffled",
    "The targets have nothing to do with the rows",
    90,
    _find,
    "Rows and targets were shuffled or joined apart, or these columns do not tell the target.",
    "Look at ten rows by hand, and at how rows and targets are joined. (To show that the net can "
    "learn, the copy is given targets made from its inputs.)",
    _cure,
    after=("nan", "loss_fit", "labels_constant"),
)
