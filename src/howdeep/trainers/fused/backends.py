"""What is fast on this device, switched on only after it was checked here; and the platform's name.

One intra-op thread per process: two spinning threads can be a hundred times slower than one on a
busy machine. Cores are used by worker processes instead.
"""

from __future__ import annotations

import contextlib
import functools
import os
import platform as host
import sys
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np
import torch

from howdeep.base.errors import ConfigError
from howdeep.trainers.fused import native

CPU, CUDA = "cpu", "cuda"
# Where cuBLAS may work out a product's parts in any order unless told how much memory it has:
# the values that PyTorch takes for deterministic (its notes on reproducibility).
WORKSPACE, WORKSPACES = "CUBLAS_WORKSPACE_CONFIG", (":4096:8", ":16:8")
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


def device(name: str) -> torch.device:
    """The device of this name, "cpu" or "cuda", ready to train on.

    Raises:
        ConfigError: there is no such device here, or it cannot be made to repeat its results.
    """
    if name == CPU:
        return torch.device(CPU)
    if name != CUDA:
        raise ConfigError(f"--device {name[:80]!r}: there is none", f"say {CPU} or {CUDA}")
    if not torch.cuda.is_available():
        built = "" if torch.version.cuda else f" (torch {torch.__version__} is built without CUDA)"
        raise ConfigError(
            f"--device {CUDA}: PyTorch finds no CUDA GPU here{built}",
            f"say --device {CPU}, or install a PyTorch with CUDA where there is a GPU",
        )
    if os.environ.setdefault(WORKSPACE, WORKSPACES[0]) not in WORKSPACES:
        raise ConfigError(
            f"{WORKSPACE}={os.environ[WORKSPACE]!r}: with it a GPU's results do not repeat",
            f"set it to {' or '.join(WORKSPACES)}, or leave it out",
        )
    found = torch.device(CUDA, torch.cuda.current_device())
    _check_repeats(found)
    return found


def _check_repeats(gpu: torch.device) -> None:
    """PyTorch looks at the variable once, at a process's first product on a GPU."""
    with prepared():
        try:
            torch.bmm(*torch.ones(2, 1, 8, 8, device=gpu))
        except RuntimeError as error:
            if WORKSPACE not in str(error):
                raise
            raise ConfigError(
                f"--device {CUDA}: this process used the GPU before {WORKSPACE} was set",
                f"set {WORKSPACE}={WORKSPACES[0]} before the process starts",
            ) from None


def memory() -> float:
    """Bytes that are free on the GPU."""
    return float(torch.cuda.mem_get_info()[0])


def stream(gpu: torch.device) -> contextlib.AbstractContextManager[object]:
    """A stream of work of its own on a GPU, to be entered again and again; on a processor nothing.

    It begins after what the default stream was asked before.
    """
    if gpu.type == CPU:
        return contextlib.nullcontext()
    made = torch.cuda.Stream(gpu)  # type: ignore[no-untyped-call]
    made.wait_stream(torch.cuda.default_stream(gpu))
    return torch.cuda.stream(made)


@contextlib.contextmanager
def _exact_on_gpus() -> Iterator[None]:
    """Full float32 on GPUs, where convolutions round to 10 bits (TF32) unless told otherwise.

    And no timing of kernels to choose among them: the choice would change the bits.
    """
    matmul, conv = torch.backends.cuda.matmul, torch.backends.cudnn.conv  # type: ignore[attr-defined]
    before = matmul.fp32_precision, conv.fp32_precision, torch.backends.cudnn.benchmark
    matmul.fp32_precision = conv.fp32_precision = "ieee"
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        matmul.fp32_precision, conv.fp32_precision, torch.backends.cudnn.benchmark = before


@contextlib.contextmanager
def prepared() -> Iterator[str]:
    """This process set up for training, and as it was before when that ends.

    One thread, no denormal numbers, deterministic algorithms, the fast matrix product, on a GPU
    full float32: whoever calls howdeep from a program of their own keeps their settings. Yields
    the product's path on a processor.
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
        with _exact_on_gpus():
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


def platform(on: str = CPU) -> dict[str, str]:
    """What may change the bits of a trial: versions, processor, threads, matrix products.

    Raises:
        ConfigError: there is no device `on` here.
    """
    with prepared() as path:
        threads = torch.get_num_threads()
    found = {
        "device": CPU,
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
    return found if on == CPU else found | _gpu(device(on))


def _gpu(gpu: torch.device) -> dict[str, str]:
    """What else may change them on a GPU."""
    return {
        "device": gpu.type,
        "gpu": torch.cuda.get_device_name(gpu),
        "gpu capability": ".".join(map(str, torch.cuda.get_device_capability(gpu))),
        "cuda": str(torch.version.cuda),
        "cudnn": str(torch.backends.cudnn.version()),  # type: ignore[no-untyped-call]
        "kernels": "cuda graphs",
        "matmul": "cublas-fp32",
        WORKSPACE: os.environ[WORKSPACE],
    }
