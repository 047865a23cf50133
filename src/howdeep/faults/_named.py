"""A net that is named as "package.module:build", with data that are read as a study reads them."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from howdeep.base.errors import ConfigError, InstrumentError
from howdeep.data.task import Task
from howdeep.faults._patient import Patient, patient
from howdeep.instruments._subject import main, untouched
from howdeep.modalities import of
from howdeep.trainers.fused.encoded import encoders, inputs

MOST = 4_096  # rows of each part


def builder(name: str) -> Callable[..., nn.Module]:
    """The function of "package.module:build"; the folder at work is looked into as well.

    Raises:
        ConfigError: there is no such module, or no function of this name in it.
    """
    place, _, attribute = name.partition(":")
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(place), attribute)
    except Exception as error:  # the module is anyone's code
        what = f"{name[:80]}: cannot be imported: {type(error).__name__}: {error}"
        raise ConfigError(what[:300], "say package.module:function, as seen from here") from error
    if not callable(found):
        raise ConfigError(f"{name[:80]} is no function", "name one that gives an nn.Module")
    return found  # type: ignore[no-any-return]


def built(build: Callable[..., Any], task: Task, columns: int, name: str) -> nn.Module:
    """What build(), or build(columns, outputs), gives.

    Raises:
        ConfigError: it takes other arguments, fails, or gives no module.
    """
    outputs = len(task.info.classes) or 1
    try:
        wanted = [
            p for p in inspect.signature(build).parameters.values()
            if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]  # fmt: skip
    except (TypeError, ValueError):
        wanted = []
    if len(wanted) not in (0, 2):
        what = f"{name} takes {len(wanted)} arguments"
        raise ConfigError(what, "let it take none, or the columns (or channels) and the outputs")
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            net = build(columns, outputs) if wanted else build()
    except Exception as error:
        what = f"{name} failed: {type(error).__name__}: {error}"
        raise ConfigError(what[:300], "mend it, or let it take no arguments") from error
    if not isinstance(net, nn.Module):
        raise ConfigError(f"{name} gives {type(net).__name__}", "let it give an nn.Module")
    return net


def named(name: str, task: Task, loss: str | None, rate: float | None, optimizer: str) -> Patient:
    """The net of a builder as a patient, with the task's training and test rows.

    Images are given as (N, channels, height, width), or, where the net refuses those, laid out.

    Raises:
        ConfigError: there is no such builder.
        InstrumentError: the net does not take the rows.
    """
    fitted = encoders(task)
    encode, common = of(task.info).encode, inputs(task, fitted)
    fold = task.folds[0]

    def rows(index: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        index = np.sort(np.random.default_rng(0).permutation(index)[:MOST])
        samples = {key: values[index] for key, values in task.samples.items()}
        x = torch.from_numpy(np.asarray(encode.transform(fitted[0], samples, common)))
        return x.float(), _target(task, fold.train, index)

    train, test = rows(fold.train), rows(task.test) if len(task.test) else None
    image = common.image
    net = built(builder(name), task, image[2] if image else common.columns, name)
    if image:
        train = _pictures(net, train, image)
        test = None if test is None else _pictures(net, test, image)
    if task.info.classes == () and _outputs(net, train[0]).ndim == 2:
        train = train[0], train[1][:, None]
        test = None if test is None else (test[0], test[1][:, None])
    return patient(net, train, loss, rate=rate, optimizer=optimizer, test=test, name=name)


def _target(task: Task, train: NDArray[np.int64], index: NDArray[np.int64]) -> Tensor:
    """Class numbers, or numbers of mean 0 and deviation 1 over the training rows."""
    if task.info.classes:
        return torch.from_numpy(task.target[index].astype(np.int64))
    own = task.target[train]
    spread = float(own.std()) or 1.0
    return torch.from_numpy(((task.target[index] - own.mean()) / spread).astype(np.float32))


def _pictures(
    net: nn.Module, part: tuple[Tensor, Tensor], image: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    x, y = part
    many = x.reshape(len(x), *image).permute(0, 3, 1, 2).contiguous()
    try:
        _outputs(net, many)
    except InstrumentError:
        return x, y
    return many, y


def _outputs(net: nn.Module, x: Tensor) -> Tensor:
    try:
        with untouched(net), torch.no_grad():
            return main(net.eval()(x[:2]))
    except Exception as error:
        what = f"the net does not take rows of shape {tuple(x[:2].shape)}: {error}"
        raise InstrumentError(what[:300], "build it for the data's columns") from error
