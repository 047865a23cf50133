"""Convolutional nets as people write them: some lines of PyTorch, and what a drawing shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from howdeep.base.nouns import Part, Rung

Conv = tuple[str, int, int, int, int]  # name, inputs, outputs, kernel, stride
FEW = 2  # blocks of a stage that are written out one by one

CONV = """\
def conv(inputs, outputs, stride=1):
    convolution = nn.Conv2d(inputs, outputs, 3, stride, 1{bias})
    return nn.Sequential({norm}nn.ReLU(), convolution)


"""
SKIP = """\
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(conv(width, width), conv(width, width))

    def forward(self, x):
        return x + math.sqrt(2 / {blocks}) * self.inner(x)


"""
PLAIN = """\
def Block(width):
    return nn.Sequential(conv(width, width), conv(width, width))


"""
POOL = """\
class Pool(nn.Module):  # the mean of each channel, and its maximum next to it
    def forward(self, x):
        return torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)


"""


def code(rung: Rung, opt: Mapping[str, str], stem: Conv, widths: Sequence[int]) -> str:
    """PyTorch that defines `net`: images (B, C, H, W) to outputs (B, outputs)."""
    normed, last = opt["norm"] == "batch", widths[-1]
    bias = ", bias=False" if normed else ""
    out = ""
    if rung.blocks or len(widths) > 1:
        out += CONV.format(norm="nn.BatchNorm2d(inputs), " * normed, bias=bias)
    if rung.blocks:
        block = SKIP if opt["skip"] == "identity" else PLAIN
        out += block.format(blocks=rung.blocks * len(widths))
    _, inputs, outputs, kernel, stride = stem
    lines = [f"nn.Conv2d({inputs}, {outputs}, {kernel}, {stride}, {kernel // 2}{bias})"]
    lines += [f"conv({a}, {b}, 2)" for a, b in pairwise(widths)]
    again = _again(rung.blocks)
    lines = [line + again.format(width=w) for line, w in zip(lines, widths, strict=True)]
    end = f"nn.BatchNorm2d({last}), " * normed
    lines.append(f"{end}nn.ReLU(), Pool(), nn.Linear({2 * last}, {rung.outputs})")
    inside = "".join(f"    {line},\n" for line in lines)
    return f"{out}{POOL}net = nn.Sequential(\n{inside})\n"


def _again(blocks: int) -> str:
    """What follows on a stage's first convolution."""
    if blocks <= FEW:
        return ", Block({width})" * blocks
    return f", *[Block({{width}}) for _ in range({blocks})]"


def parts(
    rung: Rung, opt: Mapping[str, str], stem: Conv, widths: Sequence[int]
) -> tuple[Part, ...]:
    """What images go through, from input to head."""
    height, width, colours = rung.inputs.image
    out = [Part("input", f"{height} x {width} pixels, {_count(colours, 'channel')}")]
    for stage, channels in enumerate(widths):
        kernel, stride = (3, 2) if stage else (stem[3], stem[4])
        half = f", every {stride}nd pixel" if stride == 2 else f", every {stride}th pixel"
        label = f"convolution {kernel} x {kernel}{half if stride > 1 else ''}"
        out.append(Part(label, _count(channels, "channel"), 1))
        if rung.blocks:
            skip = opt["skip"] == "identity"
            many = _count(channels, "channel")
            out.append(Part("block: two convolutions", many, 2, rung.blocks, skip))
    out.append(Part("mean and maximum of each channel", f"{2 * widths[-1]} numbers"))
    return *out, Part("output layer", _count(rung.outputs, "output"), 1)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
