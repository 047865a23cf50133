"""What is fast on this device, switched on only after it was checked here; and the platform's name.

One intra-op thread per process: two spinning threads can be a hundred times slower than one on a
busy machine. Cores are used by worker processes instead.
"""

from __future__ import annotations

import functools
import platform as host
import sys

import numpy as np
import torch

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
def prepare() -> str:
    """Set this process up for training, once; returns the matrix-product path that runs.

    On CPUs without matrix tiles oneDNN's "bf16" setting computes in full fp32 and is about twice
    as fast as the default path (docs/performance.md); on CPUs with them it may truly round. So it
    stays on only where its error is that of fp32.
    """
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.use_deterministic_algorithms(True, warn_only=False)
    if not hasattr(torch.backends.mkldnn, "matmul") or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return "default"
    plain, switched = _errors()
    if switched <= ERROR_FACTOR * max(plain, 1e-6):
        return "onednn-fp32"
    _switch("none")
    return "default"


def platform() -> dict[str, str]:
    """What may change the bits of a trial: versions, CPU, threads, the matrix-product path."""
    return {
        "device": "cpu",
        "machine": host.machine(),
        "matmul": prepare(),
        "numpy": np.__version__,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "python": ".".join(map(str, sys.version_info[:2])),
        "threads": str(torch.get_num_threads()),
        "torch": torch.__version__,
    }
