"""What type the labels of a target have: predictions come back as what they are compared with.

No frame library is imported: an array or a column says its type by the name of its `dtype`.
"""

from __future__ import annotations

import dataclasses
import numbers
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from howdeep.base.nouns import LabelType
from howdeep.data.task import Task

WHOLE = re.compile(r"0|-?[1-9][0-9]*")
TRUTHS = (("True", "False"), ("true", "false"), ("TRUE", "FALSE"))


def type_of(values: Any) -> LabelType:
    """The type of a column (N,) from Python, by its dtype or else by its values.

    >>> type_of([1, None, 2]), type_of(np.array([True])), type_of(["1"]), type_of(np.zeros(2))
    ('int', 'bool', 'str', 'float')
    """
    kind = getattr(values, "dtype", None)
    if kind is None and hasattr(values, "to_pylist"):  # Arrow
        own = values.type
        kind = getattr(own, "value_type", own) if str(own).startswith("dictionary") else own
    if kind is None:
        return _of_values(values)
    own = getattr(kind, "categories", None)
    if own is not None and not hasattr(values, "null_count"):  # pandas, not polars
        return type_of(own)
    name = (kind.name if isinstance(kind, np.dtype) else str(kind)).lower().removeprefix("torch.")
    if name == "object":
        return _of_values(values)
    if name.startswith("decimal"):
        return ""  # whole or not: their text tells
    if name.startswith(("int", "uint")):
        return "int"
    if name.startswith("bool"):
        return "bool"
    return "float" if name.startswith(("float", "double", "bfloat", "half")) else "str"


def _of_values(values: Iterable[Any]) -> LabelType:
    present = [_number(value) for value in values if not is_gone(value)]
    if present and all(isinstance(v, bool | np.bool_) for v in present):
        return "bool"
    if any(isinstance(v, bool | np.bool_) for v in present):
        return "str"
    if present and all(isinstance(v, numbers.Integral) for v in present):
        return "int"
    return "float" if present and all(isinstance(v, numbers.Real) for v in present) else "str"


def _number(value: Any) -> Any:
    """A decimal as the whole number or the number that it is equal to; anything else as it is."""
    if not isinstance(value, Decimal) or not value.is_finite():
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def is_gone(value: Any) -> bool:
    """Is it a missing value, of Python, numpy or pandas?"""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(value != value)


def label_type(classes: Sequence[str], known: LabelType = "") -> LabelType:
    """What classes are to be given back as: the type that is `known`, or that their text tells.

    Text, where some class is not a value of that type: after rare classes were merged, say.

    >>> label_type(("0", "1")), label_type(("0", "1"), "str"), label_type(("0", "rare"), "int")
    ('int', 'str', 'str')
    >>> label_type(("01", "2")), label_type(("0.5", "2.0")), label_type(("False", "True"))
    ('str', 'float', 'bool')
    """
    if known in ("", "int") and all(WHOLE.fullmatch(label) for label in classes):
        return "int"
    if known in ("", "float") and _numbers(classes, known):
        return "float"
    truths = any(set(classes) <= set(pair) for pair in TRUTHS)
    return "bool" if known in ("", "bool") and truths else "str"


def _numbers(classes: Sequence[str], known: LabelType) -> bool:
    """Are all of them finite numbers, and without a known type written as Python writes them?"""
    try:
        values = [float(label) for label in classes]
    except ValueError:
        return False
    if not np.isfinite(values).all():
        return False
    return bool(known) or all(repr(v) == c for v, c in zip(values, classes, strict=True))


def labelled(task: Task, known: LabelType = "") -> Task:
    """The task with the type of its labels; one of numbers has none."""
    if not task.info.classes:
        return task
    info = dataclasses.replace(task.info, labels=label_type(task.info.classes, known))
    return dataclasses.replace(task, info=info)
