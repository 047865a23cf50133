"""Does theory say before training which depths will train? Nets of many depths and starts, trained.

    python benchmarks/trainability.py FILE                        # trains; goes on where it stopped
    python benchmarks/trainability.py FILE --show --page chart.html

Plain nets of 10 to 80 layers of width 96 on 4,000 rows of Fashion-MNIST (14 x 14), started with
weights of variance `weight / inputs`: 300 steps of SGD (batch 64, momentum 0.9) at three rates, the
best counts. A cell has learnt where it is right on half of its training rows or more. Predicted
before anything is trained: layers < min(limit, width), the limit by theory (6 correlation scales, 8
gradient scales where no size settles: `howdeep.instruments._mean_field`). All nets of a depth are
one batched program: some ten minutes of a core in all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.instruments._mean_field import mean_field
from howdeep.instruments._reach import reach
from howdeep.instruments._trainable_page import StartCell, chaos
from howdeep.report.page import body
from shared import arguments, idx

BIAS = {"tanh": 0.05, "relu": 0.0}
STARTS = {
    "tanh": (0.8, 1.0, 1.3, 1.6, 1.76, 2.0, 2.5, 3.2, 4.5),
    "relu": (0.8, 1.0, 1.3, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0),
}
DEPTHS, WIDTH, RATES = (10, 20, 40, 80), 96, (0.001, 0.005, 0.025)
ROWS, TEST, STEPS, BATCH, MOMENTUM = 4_000, 2_000, 300, 64, 0.9
LEARNT = 0.5
ACT = {"tanh": torch.tanh, "relu": torch.relu}


@dataclass(frozen=True)
class Cell:
    """The best of the rates for one start and depth: shares of rows that are right."""

    activation: str
    weight: float
    layers: int
    seed: int
    rate: float
    train: float
    test: float


def data(folder: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training rows (ROWS, 196) with their classes, and test rows; each pixel of mean 0."""
    parts = []
    for part, rows in (("train", ROWS), ("t10k", TEST)):
        images, labels = idx(folder, part)
        kept = np.random.default_rng(21).permutation(len(images))[:rows]
        small = images[kept].reshape(rows, 14, 2, 14, 2).mean((2, 4)).reshape(rows, -1)
        parts += [small, labels[kept].astype(np.int64)]
    centre = parts[0].mean(0)
    size = np.sqrt(((parts[0] - centre) ** 2).mean())
    x, test = (((part - centre) / size).astype(np.float32) for part in (parts[0], parts[2]))
    return tuple(map(torch.from_numpy, (x, parts[1], test, parts[3])))  # type: ignore[return-value]


def start(activation: str, layers: int, seed: int, inputs: int) -> list[Tensor]:
    """Weights (M, in, out) and biases (M, 1, out) of all starts at all rates: the same draw for
    all, so that they differ in what is compared alone.
    """
    made = torch.Generator().manual_seed(1_000 * seed + layers)
    sizes = torch.tensor([w for w in STARTS[activation] for _ in RATES]).sqrt()[:, None, None]
    widths, held = [inputs, *[WIDTH] * layers, 10], []
    for i, (before, after) in enumerate(pairwise(widths)):
        w = torch.randn(1, before, after, generator=made) / before**0.5
        b = torch.randn(1, 1, after, generator=made) * BIAS[activation] ** 0.5
        last = i == layers
        held += [w.expand(len(sizes), -1, -1) * (1 if last else sizes)]
        held += [(b * (0 if last else 1)).expand(len(sizes), -1, -1).clone()]
    return [value.contiguous().requires_grad_() for value in held]


def outputs(
    held: list[Tensor], x: Tensor, activation: str, inner: list[Tensor] | None = None
) -> Tensor:
    """Logits (M, B, 10) of rows (M, B, inputs); what layers give is added to `inner`."""
    for i in range(0, len(held), 2):
        x = torch.baddbmm(held[i + 1], x, held[i])
        if inner is not None:
            inner.append(x)
        if i < len(held) - 2:
            x = ACT[activation](x)
    return x


def trained(activation: str, layers: int, seed: int, folder: str) -> Iterator[Cell]:
    """Train all starts at all rates together, and give the best rate of each start."""
    x, y, test_x, test_y = data(folder)
    held = start(activation, layers, seed, x.shape[1])
    nets, order = len(held[0]), torch.Generator().manual_seed(seed)
    rates = torch.tensor(RATES * len(STARTS[activation]))[:, None, None]
    moving = [torch.zeros_like(value) for value in held]
    for _ in range(STEPS):
        rows = torch.randint(len(x), (BATCH,), generator=order)
        out = outputs(held, x[rows].expand(nets, -1, -1), activation)
        loss = F.cross_entropy(out.flatten(0, 1), y[rows].repeat(nets)) * nets
        gradients = torch.autograd.grad(loss, held)
        with torch.no_grad():
            for value, move, gradient in zip(held, moving, gradients, strict=True):
                move.mul_(MOMENTUM).add_(gradient)
                value.sub_(rates * move)
    train, test = (right(held, *part, activation) for part in ((x, y), (test_x, test_y)))
    for i, weight in enumerate(STARTS[activation]):
        own = slice(i * len(RATES), (i + 1) * len(RATES))
        best = i * len(RATES) + int(train[own].argmax())
        rate = RATES[best % len(RATES)]
        yield Cell(activation, weight, layers, seed, rate, float(train[best]), float(test[best]))


@torch.no_grad()
def right(held: list[Tensor], x: Tensor, y: Tensor, activation: str) -> Tensor:
    """The share (M,) of rows that are right; what is no number is the first class."""
    found = [
        (outputs(held, rows.expand(len(held[0]), -1, -1), activation).nan_to_num().argmax(2) == own)
        for rows, own in zip(torch.split(x, 500), torch.split(y, 500), strict=True)
    ]
    return torch.cat(found, 1).double().mean(1)


def predicted(cell: Cell) -> bool:
    """Does theory say that it trains?"""
    field = mean_field(cell.activation, cell.weight, BIAS[cell.activation])
    return cell.layers < min(field.layers, WIDTH)


def by_gradient(own: list[Cell], folder: str) -> int:
    """How many cells the gradient of the untrained nets tells right, as `howdeep.trainable` does:
    layers < min(8 xi, width), with xi of one pass of 128 rows back.
    """
    x, y, _, _ = data(folder)
    told = {}
    for activation, layers, seed in {(c.activation, c.layers, c.seed) for c in own}:
        held = start(activation, layers, seed, x.shape[1])
        inner: list[Tensor] = []
        out = outputs(held, x[:128].expand(len(held[0]), -1, -1), activation, inner)
        loss = F.cross_entropy(out.flatten(0, 1), y[:128].repeat(len(out))) * len(out) * 128
        slopes = torch.autograd.grad(loss, inner[1:-1])  # as they are for each row
        energy = torch.stack([g.double().square().sum(2).mean(1) for g in slopes], 1)
        for i, weight in enumerate(STARTS[activation]):
            scale = reach([energy[i * len(RATES)].tolist()])
            xi = 0.0 if scale is None else scale.xi  # gradients of all layers are none
            told[activation, weight, layers, seed] = layers < min(8 * xi, WIDTH)
    return sum(told[c.activation, c.weight, c.layers, c.seed] == (c.train >= LEARNT) for c in own)


def show(found: list[Cell], page: Path | None, folder: str) -> None:
    """Print what was measured and predicted, by activation and seed; and the charts as a page."""
    sections = []
    for activation, seed in sorted({(c.activation, c.seed) for c in found}):
        own = [c for c in found if (c.activation, c.seed) == (activation, seed)]
        right = sum(predicted(c) == (c.train >= LEARNT) for c in own)
        print(f"{activation}, seed {seed}: {right} of {len(own)} predictions are right")
        print(f"  by the gradient of untrained nets: {by_gradient(own, folder)}")
        for weight in STARTS[activation]:
            field = mean_field(activation, weight, BIAS[activation])
            told = [
                f"{c.train:.2f}{'+' if predicted(c) else ' '}" for c in own if c.weight == weight
            ]
            print(f"  {weight:5.2f}  limit {min(field.layers, WIDTH):5.1f}  {'  '.join(told)}")
        chart = [StartCell(c.weight, c.layers, c.train, predicted(c)) for c in own]
        sections.append(chaos(chart, f"{activation}, seed {seed}", LEARNT))
    if page is not None:
        style = files("howdeep.report").joinpath("style.css").read_text(encoding="utf-8")
        page.write_text(f"<meta charset=utf-8><style>{style}</style><main>{body(sections)}</main>")


def cells(path: Path) -> list[Cell]:
    """What was trained so far."""
    if not path.exists():
        return []
    return [Cell(**json.loads(line)) for line in path.read_text().splitlines() if line.strip()]


def main() -> None:
    """Train what is not in the file yet."""
    parser = arguments(__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--data", default="fashion_mnist", help="a folder like MNIST's")
    parser.add_argument("--activations", nargs="+", default=["tanh", "relu"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[101])
    parser.add_argument("--show", action="store_true", help="train nothing more")
    parser.add_argument("--page", type=Path, help="write the charts to this file")
    asked = parser.parse_args()
    torch.set_flush_denormal(True)  # what ReLU nets fade into costs a hundred times the time
    for seed in () if asked.show else asked.seeds:
        for activation in asked.activations:
            for layers in DEPTHS:
                done = {(c.activation, c.layers, c.seed) for c in cells(asked.file)}
                if (activation, layers, seed) not in done:
                    found = list(trained(activation, layers, seed, asked.data))
                    with asked.file.open("a") as file:
                        file.writelines(json.dumps(asdict(cell)) + "\n" for cell in found)
                    print(activation, layers, seed, [round(c.train, 2) for c in found], flush=True)
    show(cells(asked.file), asked.page, asked.data)


if __name__ == "__main__":
    main()
