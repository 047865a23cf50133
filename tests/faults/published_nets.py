"""Nets whose weights were published, as their makers wrote them; parts have their names."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Block(nn.Module):
    """A basic block; where the size changes, the skip takes every other pixel and pads channels."""

    def __init__(self, inside: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.pad = (out - inside) // 2

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        skip = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad)) if self.pad else x
        return F.relu(out + skip)


class ResNet(nn.Module):
    """He et al. 2015, section 4.2, as akamaster/pytorch_resnet_cifar10 trained it."""

    def __init__(self, each: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        sizes = ((16, 16, 1), (16, 32, 2), (32, 64, 2))
        self.layer1, self.layer2, self.layer3 = (
            nn.Sequential(Block(a, b, s), *[Block(b, b, 1) for _ in range(each - 1)])
            for a, b, s in sizes
        )
        self.linear = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


class Same(nn.Conv2d):
    """A convolution that pads as TensorFlow's "same" does: the odd pixel below and to the right."""

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        pads = []
        for side in (x.shape[-1], x.shape[-2]):
            whole = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            pads += [whole // 2, whole - whole // 2]
        return super().forward(F.pad(x, pads))


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Inverted(nn.Module):
    """Expand, filter by channel, project (Sandler et al. 2018, arXiv 1801.04381)."""

    def __init__(self, inside: int, out: int, kernel: int, stride: int, times: int) -> None:
        super().__init__()
        wide = inside * times
        if times > 1:
            self._expand_conv = Same(inside, wide, 1, bias=False)
            self._bn0 = _norm(wide)
        self._depthwise_conv = Same(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = _norm(wide)
        self._project_conv = Same(wide, out, 1, bias=False)
        self._bn2 = _norm(out)
        self.act, self.times, self.skips = nn.ReLU6(), times, stride == 1 and inside == out

    def forward(self, x: Tensor) -> Tensor:
        h = self.act(self._bn0(self._expand_conv(x))) if self.times > 1 else x
        h = self.act(self._bn1(self._depthwise_conv(h)))
        h = self._bn2(self._project_conv(h))
        return x + h if self.skips else h


# Kernel, stride, channels and blocks of each stage: Tan & Le 2019 (arXiv 1905.11946), table 1.
STAGES = ((3, 1, 16, 1), (3, 2, 24, 2), (5, 2, 40, 2), (3, 2, 80, 3), (5, 1, 112, 3),
          (5, 2, 192, 4), (3, 1, 320, 1))  # fmt: skip


class EfficientNetLite0(nn.Module):
    """As tensorflow/tpu has it (models/official/efficientnet/lite): ReLU6, no squeezing."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = Same(3, 32, 3, 2, bias=False), _norm(32)
        blocks: list[nn.Module] = []
        inside = 32
        for number, (kernel, stride, out, many) in enumerate(STAGES):
            for i in range(many):
                step, times = (1, 6) if i else (stride, 6 if number else 1)
                blocks.append(Inverted(inside, out, kernel, step, times))
                inside = out
        self._blocks = nn.Sequential(*blocks)
        self._conv_head, self._bn1 = Same(inside, 1280, 1, bias=False), _norm(1280)
        self.act, self._dropout, self._fc = nn.ReLU6(), nn.Dropout(0.2), nn.Linear(1280, 1000)

    def forward(self, x: Tensor) -> Tensor:
        h = self._blocks(self.act(self._bn0(self._conv_stem(x))))
        h = self.act(self._bn1(self._conv_head(h)))
        return self._fc(self._dropout(torch.mean(h, (2, 3))))
