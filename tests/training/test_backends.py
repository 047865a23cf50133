"""What training sets in a process is put back: howdeep is a guest there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests import toys

from howdeep.training import backends, encoded, fused


def state() -> tuple[object, ...]:
    smallest = np.nextafter(0.0, 1.0)
    return (
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.utils.deterministic.fill_uninitialized_memory,
        torch.backends.mkldnn.matmul.fp32_precision,
        bool(smallest * np.float64(1.0) == 0.0),
        torch.random.get_rng_state().sum().item(),
        np.random.get_state()[2],
    )


def test_training_leaves_the_process_as_it_was() -> None:
    toy = toys.task()
    data = encoded.encoded(toy)
    group = toys.group(toy, encoded.inputs(encoded.encoders(toy)))
    torch.set_num_threads(2)
    before = state()
    fused.train(group, toy, data)
    assert state() == before


def test_an_error_inside_puts_it_back_too() -> None:
    before = state()
    with pytest.raises(RuntimeError), backends.prepared():
        raise RuntimeError
    assert state() == before


def test_the_fast_product_is_taken_only_where_it_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    for errors, path in (((1e-5, 1.1e-5), "onednn-fp32"), ((1e-5, 1e-2), "default")):
        backends._path.cache_clear()
        monkeypatch.setattr(backends, "_errors", lambda errors=errors: errors)
        assert backends._path() == path
    backends._path.cache_clear()
