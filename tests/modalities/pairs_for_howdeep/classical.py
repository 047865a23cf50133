"""Classical models learn from the same columns, as linear maps and distances do."""

from __future__ import annotations

from pairs_for_howdeep import encode

KINDS = ("encoded",)


def reader(task, train, kind: str):
    encoder = encode.fit(task, train)
    inputs = encode.common([encoder])

    def read(rows):
        return encode.transform(encoder, {n: a[rows] for n, a in task.samples.items()}, inputs)

    return read, (False,) * inputs.columns


def columns(task, kind: str) -> int:
    return len(encode.fit(task, task.folds[0].train).means)


def missing(task, kind: str) -> str:
    return ""


def words(kind: str) -> str:
    return ""


def suffix(kind: str) -> str:
    return ""


def zero(task) -> str:
    return "encoded"
