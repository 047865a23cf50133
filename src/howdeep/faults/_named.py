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
from howdeep.base.nouns import Inputs
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
    if not place or not attribute or ":" in attribute:
        raise ConfigError(f"{name[:80]!r}: names no function", "say package.module:function")
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(place), attribute)
    except (Exception, SystemExit) as error:  # the module is anyone's code
        what = f"{name[:80]}: cannot be imported: {type(error).__name__}: {error}"
        raise ConfigError(what[:300], "say package.module:function, as seen from here") from error
    if not callable(found):
        raise ConfigError(f"{name[:80]} is no function", "name one that gives an nn.Module")
    return found  # type: ignore[no-any-return]


def by_depth(build: Callable[..., Any], name: str) -> tuple[int, str]:
    """How a builder is called: with how many arguments, and by which name it takes a depth.

    A parameter called depth, layers, blocks, n_layers or num_layers takes it by keyword; else it is
    the only one without a default, or the third of (columns, outputs, depth); "" is none at all.

    >>> by_depth(lambda depth: None, "b"), by_depth(lambda columns, outputs, n: None, "b")
    ((0, 'depth'), (2, '*'))

    Raises:
        ConfigError: it takes other arguments.
    """
    try:
        every = inspect.signature(build).parameters.values()
    except (TypeError, ValueError):
        every = {}.values()  # type: ignore[assignment]
    named = next((p.name for p in every if p.name in DEPTHS and p.kind in KEYWORD), "")
    wanted = [p for p in every if p.default is p.empty and p.kind in NEEDED and p.name != named]
    alone = not named and len(wanted) in (1, 3)
    others = len(wanted) - alone
    if others not in (0, 2) or any(p.kind is p.KEYWORD_ONLY for p in wanted):
        what = f"{name} takes {len(wanted)} arguments"
        raise ConfigError(what, TAKES)
    return others, "*" if alone else named


DEPTHS = ("depth", "layers", "blocks", "n_layers", "num_layers")
KEYWORD = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
NEEDED = (inspect.Parameter.POSITIONAL_ONLY, *KEYWORD)
TAKES = "let it take none, or the columns (or channels) and the outputs; and a depth, if any, last"


def built(
    build: Callable[..., Any], task: Task, columns: int, name: str, depth: int | None = None
) -> nn.Module:
    """What build() or build(columns, outputs) gives, with a depth as well where it takes one.

    Raises:
        ConfigError: it takes other arguments, fails, or gives no module; a depth is not said where
            it needs one, or said where it takes none.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return called(build, task, columns, name, depth)


def called(
    build: Callable[..., Any], task: Task, columns: int, name: str, depth: int | None
) -> nn.Module:
    """The same, with torch's random numbers as they are."""
    others, how = by_depth(build, name)
    if depth is None and how == "*" and others == 2:
        raise ConfigError(f"{name} takes 3 arguments: {TAKES}", "say --depths, as --depths 8")
    if depth is None and (how == "*" or (how and _needed(build, how))):
        raise ConfigError(f"{name} takes a depth", "say which: --depths 8")
    if depth is not None and not how:
        fix = "give it a parameter called depth, as build(columns, outputs, depth)"
        raise ConfigError(f"{name} takes no depth, but --depths are to be looked at", fix)
    words: tuple[int, ...] = (columns, len(task.info.classes) or 1) if others else ()
    named: dict[str, int] = {}
    if depth is not None:
        words, named = ((*words, depth), {}) if how == "*" else (words, {how: depth})
    at = f"{name}({', '.join([*map(str, words), *(f'{k}={v}' for k, v in named.items())])})"
    try:
        net = build(*words, **named)
    except (Exception, SystemExit) as error:  # it is anyone's code
        what = f"{at} failed: {type(error).__name__}: {error}"
        raise ConfigError(what[:300], "mend it, or let it take no arguments") from error
    if not isinstance(net, nn.Module):
        raise ConfigError(f"{at} gives {type(net).__name__}", "let it give an nn.Module")
    return net


def _needed(build: Callable[..., Any], parameter: str) -> bool:
    return inspect.signature(build).parameters[parameter].default is inspect.Parameter.empty


def named(
    name: str, task: Task, loss: str | None, rate: float | None, optimizer: str,
    depth: int | None = None,
) -> Patient:  # fmt: skip
    """The net of a builder as a patient, with the task's training and test rows.

    Images are given as (N, channels, height, width), or, where the net refuses those, laid out.

    Raises:
        ConfigError: there is no such builder, or it does not take a depth as it should.
        InstrumentError: the net does not take the rows.
    """
    fitted = encoders(task)
    common, fold = inputs(task, fitted), task.folds[0]
    train = rows_of(task, fitted, common, fold.train)
    test = rows_of(task, fitted, common, task.test) if len(task.test) else None
    image = common.image
    net = built(builder(name), task, image[2] if image else common.columns, name, depth)
    if image:
        train = _pictures(net, train, image)
        test = None if test is None else _pictures(net, test, image)
    outputs = _outputs(net, train[0])
    if task.info.classes:
        _check_classes(outputs, len(task.info.classes), name, loss)
    elif outputs.ndim == 2:
        train = train[0], train[1][:, None]
        test = None if test is None else (test[0], test[1][:, None])
    return patient(net, train, loss, rate=rate, optimizer=optimizer, test=test, name=name)


def rows_of(
    task: Task, fitted: tuple[Any, ...], common: Inputs, index: NDArray[np.int64]
) -> tuple[Tensor, Tensor]:
    """At most 4,096 rows of the first fold as nets of one's own take them: (N, columns), (N,)."""
    index = np.sort(np.random.default_rng(0).permutation(index)[:MOST])
    samples = {key: values[index] for key, values in task.samples.items()}
    x = torch.from_numpy(np.asarray(of(task.info).encode.transform(fitted[0], samples, common)))
    return x.float(), _target(task, task.folds[0].train, index)


def _check_classes(outputs: Tensor, classes: int, name: str, loss: str | None) -> None:
    """Can these be outputs of so many classes? A loss that was named may take others."""
    if loss is not None or outputs.ndim != 2 or outputs.shape[1] >= classes:
        return
    what = f"{name}: {outputs.shape[1]} outputs for {classes} classes"
    raise InstrumentError(what, f"let it give {classes} outputs, or name its --loss")


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
