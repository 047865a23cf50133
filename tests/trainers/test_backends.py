"""What training sets in a process is put back: howdeep is a guest there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests import toys

from howdeep.base.errors import ConfigError
from howdeep.trainers.fused import backends, encoded, loop


def state() -> tuple[object, ...]:
    smallest = np.nextafter(0.0, 1.0)
    return (
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.utils.deterministic.fill_uninitialized_memory,
        torch.backends.mkldnn.matmul.fp32_precision,
        torch.backends.cuda.matmul.fp32_precision,
        torch.backends.cudnn.conv.fp32_precision,
        torch.backends.cudnn.benchmark,
        bool(smallest * np.float64(1.0) == 0.0),
        torch.random.get_rng_state().sum().item(),
        np.random.get_state()[2],
    )


def test_training_leaves_the_process_as_it_was() -> None:
    toy = toys.task()
    data = encoded.encoded(toy)
    group = toys.group(toy, encoded.inputs(toy, encoded.encoders(toy)))
    torch.set_num_threads(2)
    before = state()
    loop.train(group, toy, data)
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


def test_on_a_gpu_products_and_convolutions_are_full_float32_inside() -> None:
    before = torch.backends.cudnn.conv.fp32_precision
    assert before == "tf32", "PyTorch's default has changed: is the switch still wanted?"
    with backends.prepared():
        assert torch.backends.cuda.matmul.fp32_precision == "ieee"
        assert torch.backends.cudnn.conv.fp32_precision == "ieee"
        assert not torch.backends.cudnn.benchmark


def test_a_device_that_is_not_here_or_would_not_repeat_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert backends.device("cpu") == torch.device("cpu")
    with pytest.raises(ConfigError, match="there is none"):
        backends.device("abacus")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="finds no CUDA GPU"):
        backends.platform("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setenv(backends.WORKSPACE, ":8:1")
    with pytest.raises(ConfigError, match=backends.WORKSPACE):
        backends.device("cuda")


@pytest.mark.parametrize("words", ["a CUBLAS_WORKSPACE_CONFIG that is not set", "a broken GPU"])
def test_a_process_that_used_the_gpu_before_is_told_what_to_set(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bmm(*given: object) -> None:
        raise RuntimeError(words)

    monkeypatch.setattr(torch, "bmm", bmm)
    expected = ConfigError if backends.WORKSPACE in words else RuntimeError
    with pytest.raises(expected):
        backends._check_repeats(torch.device("cpu"))
