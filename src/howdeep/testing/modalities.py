"""`check_modality`: what every kind of data keeps to; for one's own as for those that ship."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import types
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np

from howdeep.base import keys
from howdeep.base.nouns import Rung
from howdeep.base.rules import Rule
from howdeep.data.task import Task, from_arrays, to_arrays
from howdeep.export.code import source
from howdeep.modalities import Modality
from howdeep.nets.families import family

CODE = "net_handed_over"  # what the code handed over is imported as here
SOME = 20  # rows that are looked at one by one


def check_modality(modality: Modality, task: Task, rows: Any) -> None:
    """Check a modality against what howdeep relies on; an `AssertionError` says what does not hold.

    `task`: one of its tasks; `rows`: the first 20 of it, as Python hands new rows to `predict`.

    A task's samples have a row each and come back from a study as they were. An encoder is fitted
    on training rows alone and comes back from JSON as it was; what it makes of a row is finite,
    does not depend on the rows next to it, and is what nets are given. Each kind of features for
    classical models is fitted on training rows and as wide as it says. New rows become the samples
    that they were, and the code that is handed over encodes them alike. The usual families take
    its inputs, and its options carry rules.

    >>> import numpy as np
    >>> from howdeep import modalities
    >>> from howdeep.modalities.table.frames import to_table
    >>> from howdeep.modalities.table.prepare import make_task
    >>> x = np.random.default_rng(0).normal(size=300)
    >>> made = make_task(to_table({"x": x}, y=(x > 0).astype(str)), "target", allow_leak=True)
    >>> check_modality(modalities.modality("table"), made, {"x": x[:20]})
    """
    name = modality.name
    assert task.info.modality == name, f"{name}: the task says that it is {task.info.modality!r}"
    n = len(task.target)
    for key, array in task.samples.items():
        assert len(array) == n, f"{name}: {key} has {len(array)} of {n} rows"
    again = from_arrays(*to_arrays(task))
    assert again.names == task.names, f"{name}: names are texts, and tuples of them"
    assert again.samples.keys() == task.samples.keys(), f"{name}: a sample is called like a part"
    _check_options(modality)
    _check_encode(modality, task)
    _check_classical(modality, task)
    _check_serve(modality, task, rows)


def _check_options(modality: Modality) -> None:
    for part in modality.options:
        hints = get_type_hints(part, include_extras=True)
        assert getattr(part, "section", ""), f"{part.__name__}: no section to be shown under"
        for one in fields(part):
            found: tuple[Any, ...] = getattr(hints[one.name], "__metadata__", ())
            good = bool(found) and isinstance(found[0], Rule) and bool(found[0].help)
            assert good, f"{modality.name}: the option {one.name} carries no rule"


def _check_encode(modality: Modality, task: Task) -> None:
    name, encode = modality.name, modality.encode
    if others := encode.others(task):
        mute = [one for one in ("", *others) if not modality.encodings.get(one)]
        assert not mute, f"{name}: `encodings` does not say what nets see with {mute}"
    for encoding in (task.encoding, *others):
        fitted = [encode.fit(task, fold.train, encoding) for fold in task.folds]
        inputs = encode.common(fitted, encoding)
        aligned = encode.align(fitted)
        theirs = [column for block in encode.blocks(aligned) for column in block]
        every = list(range(encode.common(aligned).columns))
        assert sorted(theirs) == every, f"{name}: {encoding} has columns of no feature, or of two"
        for fold, encoder in zip(task.folds, fitted, strict=True):
            elsewhere = encode.fit(_scrambled(task, fold.train), fold.train, encoding)
            assert elsewhere == encoder, f"{name}: {encoding} looks at rows that do not train"
            back = keys.loads(encode.Encoder, keys.dumps(encoder))
            assert back == encoder, f"{name}: an encoder of {encoding} is no plain dataclass"
            some = np.resize(task.test, SOME)
            x = encode.transform(encoder, _of(task, some), inputs)
            shape = (SOME, inputs.columns)
            assert x.shape == shape, f"{name}: {encoding} gives {x.shape}, not {shape}"
            assert x.dtype == np.float32, f"{name}: {encoding} gives {x.dtype}, not float32"
            assert np.isfinite(x).all(), f"{name}: {encoding} gives what is not finite"
            alone = [encode.transform(encoder, _of(task, some[[i]]), inputs) for i in range(SOME)]
            same = np.array_equal(np.concatenate(alone), x)
            assert same, f"{name}: {encoding} makes of a row what depends on other rows"
            _check_lying(modality, task, encoder, some, x)
    for usual in modality.defaults.families:
        takes = family(usual).kind.takes(encode.common([encode.fit(task, task.folds[0].train)]))
        assert takes, f"{name}: {usual} does not take its inputs"


def _check_lying(
    modality: Modality, task: Task, encoder: Any, some: np.ndarray, x: np.ndarray
) -> None:
    """Bytes that lie in a task, less the shift and divided by the spread, are the encoded rows."""
    lying = modality.encode.lying(_of(task, some))
    if lying is not None:
        shift, spread = modality.encode.scaling(encoder)
        near = np.allclose((lying.astype(np.float32) - shift) / spread, x, atol=1e-6)
        assert near, f"{modality.name}: what lies in a task is encoded otherwise"


def _check_classical(modality: Modality, task: Task) -> None:
    name, classical = modality.name, modality.classical
    assert classical.zero(task) in ("", *classical.KINDS), f"{name}: `zero` is none of its kinds"
    for kind in classical.KINDS:
        if classical.missing(task, kind):
            continue
        train = task.folds[0].train
        read, categories = classical.reader(task, train, kind)
        some = np.resize(task.test, SOME)
        x = read(some)
        assert x.shape == (SOME, len(categories)), f"{name}: {kind} is {x.shape} wide"
        assert not np.isinf(x).any(), f"{name}: {kind} is infinite"
        most = classical.columns(task, kind)
        assert len(categories) <= most, f"{name}: {kind} has more than {most} columns"
        elsewhere, _ = classical.reader(_scrambled(task, np.union1d(train, some)), train, kind)
        same = np.allclose(elsewhere(some), x, equal_nan=True)
        assert same, f"{name}: {kind} looks at rows that do not train"


def _check_serve(modality: Modality, task: Task, rows: Any) -> None:
    name, serve, encode = modality.name, modality.serve, modality.encode
    reading = serve.reading(task, {})
    plain = keys.to_plain(reading)
    new = serve.new_of(rows, task, {})
    made, _ = serve.samples(new.rows, task, reading)
    for key, array in task.samples.items():
        same = np.array_equal(made[key], array[:SOME], equal_nan=array.dtype.kind == "f")
        assert same, f"{name}: new rows become other {key} than those of training"
    fitted = [encode.fit(task, fold.train) for fold in task.folds]
    inputs = encode.common(fitted)
    about = {
        "encoder": keys.to_plain(fitted[0]),
        "inputs": keys.to_plain(inputs),
        "reading": plain,
    }
    usual = family(modality.defaults.families[-1])
    rung = Rung(modality.defaults.families[-1], 1, 4, inputs, task.outputs)
    parts = _imported(source(name, usual.module(rung), serve))
    theirs = parts.encode(about, rows).numpy()
    ours = encode.transform(fitted[0], made, inputs)
    assert np.array_equal(theirs, ours), f"{name}: the code handed over encodes otherwise"


def _imported(text: str) -> types.ModuleType:
    """The text of a `net.py`, imported as its users do."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(CODE, path)
        assert spec is not None
        assert spec.loader is not None
        made = sys.modules[CODE] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(made)
        finally:
            del sys.modules[CODE]
    return made


def _of(task: Task, rows: np.ndarray) -> dict[str, np.ndarray]:
    return {name: array[rows] for name, array in task.samples.items()}


def _scrambled(task: Task, kept: np.ndarray) -> Task:
    """The task with the samples of all other rows in another order."""
    others = np.setdiff1d(np.arange(len(task.target)), kept)
    order = np.arange(len(task.target))
    order[others] = np.roll(others, 1)
    return replace(task, samples={name: array[order] for name, array in task.samples.items()})
