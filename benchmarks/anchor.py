"""Is howdeep's image recipe as good as the published net? (docs/images.md)

    python benchmarks/anchor.py cifar10 --data-dir FOLDER

Trains the ResNet-20 of He, Zhang, Ren and Sun (2015, arXiv:1512.03385, section 4.2) as its authors
describe it, in plain PyTorch, and rungs of howdeep's `resnet` with howdeep's engine: on the same
training rows, for as many passes over them, without augmentation. Prints the accuracy on the same
unseen rows, convolutions, operations and seconds, over seeds.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from howdeep.base.nouns import Recipe
from howdeep.data.task import RowIndex, Task
from howdeep.modalities.image.samples import images_of
from howdeep.nets import ladder, recipe
from howdeep.trainers.fused import encoded, loop
from shared import arguments, image_net, image_part, timed

BATCH, RATE, MOMENTUM, DECAY = 128, 0.1, 0.9, 1e-4  # section 4.2
DIVIDED_AT = (0.5, 0.75)  # 32k and 48k of 64k steps


@dataclass(frozen=True)
class Figure:
    """One net's accuracy, its size and what it took."""

    name: str
    convolutions: int
    flops: float  # multiplications and additions of all training
    accuracy: float
    seconds: float


class Block(nn.Module):
    """Two 3 x 3 convolutions and a skip; where the map halves, the skip is option A (padded)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.stride = outputs // inputs
        self.first = nn.Conv2d(inputs, outputs, 3, self.stride, 1, bias=False)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(outputs) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.norms[0](self.first(x)))
        out = self.norms[1](self.second(out))
        skip = x[:, :, :: self.stride, :: self.stride]
        missing = out.shape[1] - skip.shape[1]
        return F.relu(out + F.pad(skip, (0, 0, 0, 0, 0, missing)))


def published(channels: int, classes: int, blocks: int) -> nn.Module:
    """ResNet-(6n + 2) for n `blocks` a stage, He initialisation."""
    widths = [16] * (blocks + 1) + [32] * blocks + [64] * blocks
    stem = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
    body = [Block(a, b) for a, b in itertools.pairwise(widths)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes)]
    net = nn.Sequential(stem, nn.BatchNorm2d(16), nn.ReLU(), *body, *head)
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def operations(net: nn.Module, x: Tensor) -> float:
    """Multiplications and additions of one row's forward pass, counted as it runs."""
    total = 0.0

    def count(layer: nn.Module, _: object, out: Tensor) -> None:
        nonlocal total
        if isinstance(layer, nn.Conv2d | nn.Linear):
            positions = out[0].numel() / out.shape[1]
            total += 2 * layer.weight.numel() * positions

    hooks = [layer.register_forward_hook(count) for layer in net.modules()]
    net.eval()(x[:1])
    for hook in hooks:
        hook.remove()
    return total


def pixels(task: Task, rows: RowIndex, mean: Tensor, std: Tensor) -> Tensor:
    """(B, C, H, W), standardised by the training rows."""
    x = torch.from_numpy(images_of(task)[rows]).permute(0, 3, 1, 2).float()
    return ((x - mean) / std).contiguous(memory_format=torch.channels_last)


def theirs(task: Task, passes: float, blocks: int, seed: int) -> Figure:
    """The published net under the published schedule, shrunk to `passes` over the rows."""
    fold = task.folds[0]
    train = torch.from_numpy(images_of(task)[fold.train]).float()
    mean, std = (f(train, dim=(0, 1, 2))[:, None, None] for f in (torch.mean, torch.std))
    x, y = pixels(task, fold.train, mean, std), torch.from_numpy(task.target[fold.train]).long()
    steps = round(passes * len(x) / BATCH)
    torch.manual_seed(seed)
    net = published(x.shape[1], task.outputs, blocks)
    flops = operations(net, x)
    optimiser = torch.optim.SGD(net.parameters(), RATE, MOMENTUM, weight_decay=DECAY)
    marks = [round(share * steps) for share in DIVIDED_AT]
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, marks, 0.1)

    def learn() -> None:
        order, at = torch.randperm(len(x)), 0
        net.train()
        for _ in range(steps):
            if at + BATCH > len(x):
                order, at = torch.randperm(len(x)), 0
            rows, at = order[at : at + BATCH], at + BATCH
            optimiser.zero_grad()
            F.cross_entropy(net(x[rows]), y[rows]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()

    _, seconds = timed(learn)
    net.eval()
    score = fold.views[0].score
    with torch.no_grad():
        parts = [net(pixels(task, rows, mean, std)) for rows in np.array_split(score, 10)]
    right = torch.cat(parts).argmax(1).numpy() == task.target[score]
    return Figure(
        f"ResNet-{6 * blocks + 2}",
        6 * blocks + 1,
        3 * flops * BATCH * steps,
        float(right.mean()),
        seconds,
    )


def ours(task: Task, how: Recipe, blocks: int, rate: int, seed: int) -> Figure:
    """One rung of howdeep's ladder."""
    data, group = encoded.encoded(task), image_net(task, how, "resnet", blocks, rate, seed)
    (result,), seconds = timed(lambda: loop.train(group, task, data))
    cost = ladder.cost(group.net)
    return Figure(
        f"resnet, {blocks} blocks a stage",
        cost.weight_layers - 1,
        ladder.net_flops(cost, how, 1) * result.trial.steps[0] / how.max_steps,
        float(result.arrays["select"].mean()),
        seconds,
    )


def table(figures: list[Figure]) -> str:
    """Means over seeds, and the spread of the accuracy."""
    lines = [
        "| net | convolutions | 10^12 operations | accuracy | spread | seconds |",
        "|---" * 6 + "|",
    ]
    for name in dict.fromkeys(f.name for f in figures):
        own = [f for f in figures if f.name == name]
        accuracy = [f.accuracy for f in own]
        spread = np.std(accuracy, ddof=1) if len(own) > 1 else np.nan
        lines.append(
            f"| {name} | {own[0].convolutions} | {np.mean([f.flops for f in own]) / 1e12:.1f} "
            f"| {np.mean(accuracy):.3f} | {spread:.3f} | {np.mean([f.seconds for f in own]):.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Parse, train, print."""
    parser = arguments(__doc__)
    parser.add_argument("data")
    parser.add_argument("--data-dir")
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rate", type=int, default=-6, help="log2 of howdeep's learning rate")
    parser.add_argument("--published", type=int, default=3, help="its blocks a stage")
    parser.add_argument("--depths", type=int, nargs="+", default=[1, 2, 4])
    args = parser.parse_args()
    torch.set_num_threads(1)
    task, figures = image_part(args.data, args.data_dir, args.rows), []
    how = recipe.conv_recipe(args.rows)
    passes = how.max_steps * how.batch / args.rows
    print(f"{args.rows:,} rows, {passes:.0f} passes, {len(task.folds[0].views[0].score):,} unseen")
    for seed in range(args.seeds):
        for blocks in args.depths:
            figures.append(ours(task, how, blocks, args.rate, seed))
            print(figures[-1], flush=True)
        figures.append(theirs(task, passes, args.published, seed))
        print(figures[-1], flush=True)
    print(table(figures))


if __name__ == "__main__":
    main()
