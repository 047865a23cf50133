"""What is fast on this device, switched on only after it was checked here; and the platform's name.

One intra-op thread per process: two spinning threads can be a hundred times slower than one on a
busy machine. Cores are used by worker processes instead.
"""

from __future__ import annotations

import contextlib
import functools
import platform as host
import sys
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np
import torch

from howdeep.training import native

ERROR_FACTOR = 4.0  # oneDNN's matrix product may be at most so many times less exact than fp32


def _switch(precision: str) -> None:
    """Which path fp32 matrix products take inside oneDNN; "none" is torch's default."""
    torch.backends.mkldnn.matmul.fp32_precision = precision  # type: ignore[attr-defined]


def _errors() -> tuple[float, float]:
    """Largest errors of a (64, 256) x (256, 64) product against float64: plain, and switched."""
    g = torch.Generator().manual_seed(0)
    a, b = torch.randn(4, 64, 256, generator=g), torch.randn(4, 256, 64, generator=g)
    exact = a.double() @ b.double()
    out = []
    for precision in ("none", "bf16"):
        _switch(precision)
        out.append(float((torch.bmm(a, b).double() - exact).abs().max()))
    return out[0], out[1]


@functools.cache
def _path() -> str:
    """The matrix-product path that is fast and exact here.

    On CPUs without matrix tiles oneDNN's "bf16" setting computes in full fp32 and is about twice
    as fast as the default path (docs/recipe.md); on CPUs with them it may truly round. So it is
    taken only where its error is that of fp32.
    """
    if not hasattr(torch.backends.mkldnn, "matmul") or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return "default"
    before = torch.backends.mkldnn.matmul.fp32_precision
    plain, switched = _errors()
    _switch(before)
    return "onednn-fp32" if switched <= ERROR_FACTOR * max(plain, 1e-6) else "default"


@contextlib.contextmanager
def prepared() -> Iterator[str]:
    """This process set up for training, and as it was before when that ends.

    One thread, no denormal numbers, deterministic algorithms, the fast matrix product: whoever
    calls howdeep from a program of their own keeps their settings. Yields the product's path.
    """
    path = _path()
    threads, strict = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    flushed = _flushes_denormals()
    before = None if path == "default" else torch.backends.mkldnn.matmul.fp32_precision  # type: ignore[attr-defined]
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    # The same switch as `use_deterministic_algorithms`, which also loads PyTorch's compiler: that
    # takes seconds and makes a folder of its own in /tmp.
    torch.set_deterministic_debug_mode("error")
    # That would also fill every fresh tensor with NaN, 3 to 4 % of the time of some nets: nothing
    # here reads what it has not written.
    filled = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if before is not None:
        _switch("bf16")
    try:
        yield path
    finally:
        if before is not None:
            _switch(before)
        torch.utils.deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
        torch.set_deterministic_debug_mode(strict)
        torch.set_flush_denormal(flushed)
        torch.set_num_threads(threads)


def _flushes_denormals() -> bool:
    smallest = np.nextafter(0.0, 1.0)
    return bool(smallest * np.float64(1.0) == 0.0)


def platform() -> dict[str, str]:
    """What may change the bits of a trial: versions, CPU, threads, the matrix-product path."""
    with prepared() as path:
        threads = torch.get_num_threads()
    return {
        "device": "cpu",
        "machine": host.machine(),
        "kernels": native.kind(),
        "kernels_bf16": native.kind("bf16"),
        "matmul": path,
        "numpy": np.__version__,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "scikit-learn": version("scikit-learn"),
        "scipy": version("scipy"),
        "python": ".".join(map(str, sys.version_info[:2])),
        "threads": str(threads),
        "torch": torch.__version__,
    }
