"""Both sides and their difference, each column standardised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from howdeep.base.nouns import Inputs
from pairs_for_howdeep.runtime import columns


@dataclass(frozen=True)
class Encoder:
    means: tuple[float, ...]
    spreads: tuple[float, ...]


def others(task) -> tuple[str, ...]:
    return ("centred",)


def fit(task, train, encoding: str = "") -> Encoder:
    x = columns(task.samples["left"][train], task.samples["right"][train])
    spread = np.ones(x.shape[1]) if encoding == "centred" else np.maximum(x.std(0), 1e-9)
    return Encoder(tuple(x.mean(0).tolist()), tuple(spread.tolist()))


fit_earlier = fit


def left_out(task, encoders):
    return ()


def align(encoders):
    return tuple(encoders)


def common(encoders, encoding: str = "") -> Inputs:
    wide = len(encoders[0].means)
    return Inputs(wide, wide, wide, encoding=encoding)


def blocks(encoders):
    return tuple((i,) for i in range(len(encoders[0].means)))


def transform(encoder: Encoder, samples, inputs) -> np.ndarray:
    x = columns(samples["left"], samples["right"])
    return ((x - np.array(encoder.means)) / np.array(encoder.spreads)).astype(np.float32)


def lying(samples) -> None:
    return None


def scaling(encoder: Encoder):
    raise TypeError("pairs are encoded once")
