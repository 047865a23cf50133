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
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.instruments import _chaos
from howdeep.instruments._chaos import BIAS, RATES, STARTS
from howdeep.instruments._mean_field import mean_field
from howdeep.instruments._reach import reach
from howdeep.instruments._trainable_page import StartCell, chaos
from howdeep.report.page import body
from shared import arguments, idx

DEPTHS, WIDTH = (10, 20, 40, 80), 96
ROWS, TEST, STEPS = 4_000, 2_000, 300
LEARNT = 0.5


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


def trained(activation: str, layers: int, seed: int, folder: str) -> Iterator[Cell]:
    """Train all starts at all rates together, and give the best rate of each start."""
    x, y, test_x, test_y = data(folder)
    how = _chaos.Plain(activation, STARTS[activation], WIDTH, STEPS)
    held = _chaos.trained(how, layers, seed, x, y, 10)
    train, test = (_chaos.right(held, *part, activation) for part in ((x, y), (test_x, test_y)))
    for i, weight in enumerate(STARTS[activation]):
        own = slice(i * len(RATES), (i + 1) * len(RATES))
        best = i * len(RATES) + int(train[own].argmax())
        rate = RATES[best % len(RATES)]
        yield Cell(activation, weight, layers, seed, rate, float(train[best]), float(test[best]))


def predicted(cell: Cell) -> bool:
    """Does theory say that it trains?"""
    return _chaos.predicted(cell.activation, cell.weight, cell.layers, WIDTH)


def by_gradient(own: list[Cell], folder: str) -> int:
    """How many cells the gradient of the untrained nets tells right, as `howdeep.trainable` does:
    layers < min(8 xi, width), with xi of one pass of 128 rows back.
    """
    x, y, _, _ = data(folder)
    told = {}
    for activation, layers, seed in {(c.activation, c.layers, c.seed) for c in own}:
        how = _chaos.Plain(activation, STARTS[activation], WIDTH, STEPS)
        held = _chaos.start(how, layers, seed, x.shape[1], 10)
        inner: list[Tensor] = []
        out = _chaos.said(held, x[:128].expand(len(held[0]), -1, -1), activation, inner)
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
