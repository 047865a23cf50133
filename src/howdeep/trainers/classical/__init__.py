"""Classical models next to the nets, a file each; a file whose name begins with `_` is shared.

A model file holds

- `LABEL`: what people call it, or that by the kind of target;
- `NEEDS`, if it needs more than howdeep does: the extra, and the module that it brings; such a
  model is fitted on request only;
- `MODULE`: where the class stands that `code` calls;
- `SEEDS`: fits that are compared; 1 where nothing in it is random;
- `FEATURES`: what it can learn from; of these it is fitted on each that the data's modality offers
  (`classical.py` of `modalities/`); `LINEAR` where it is a linear map of them;
- `SETTINGS`: what is tried, chosen on validation rows, `describe(setting, size)` in words
  and `code(...)` as a call;
- `LEVELS`: (settings tried, size) from the full search to the cheapest, `size` the most trees,
  iterations or neighbours (its `UNIT`), and `work(...)`: the nanoseconds of one core that it takes,
  as a rule (`_plan`);
- `choices(data, seed, settings, size)`: the fits to choose from (`_data.Choice`).

scikit-learn does the fitting; no model is pickled or kept, its row scores are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec

from howdeep.base.nouns import Model
from howdeep.base.trials import Group, Result
from howdeep.data.task import Task
from howdeep.trainers._trainer import Notes, Trainer
from howdeep.trainers.classical._files import model, names

__all__ = ["TRAINER", "fit", "missing", "model", "module", "names", "planned", "usual"]


def planned(
    task: Task, wanted: Sequence[str], work: float | None = None, nets_flops: float = math.inf
) -> tuple[tuple[Model, ...], Notes]:
    """The models to fit to this task, and what is left out: `_plan.planned`."""
    from howdeep.trainers.classical import _plan  # late: scikit-learn takes a second to load

    return _plan.planned(task, wanted, work, nets_flops)


def fit(group: Group, task: Task, _data: object = None) -> tuple[Result, ...]:
    """Fit the model of a group: `_fit.fit`."""
    from howdeep.trainers.classical import _fit

    return _fit.fit(group, task)


def usual() -> tuple[str, ...]:
    """Those that are fitted unless others are asked for: what howdeep itself brings.

    >>> usual()
    ('boosting', 'forest', 'neighbours', 'plain')
    """
    return tuple(name for name in names() if not hasattr(model(name), "NEEDS"))


def missing(name: str) -> str:
    """What is to be installed before a model can be fitted, as a fix; empty where nothing is."""
    needed = getattr(model(name), "NEEDS", "")
    return f'pip install "howdeep[{needed}]"' if needed and find_spec(needed) is None else ""


def module(name: str) -> str:
    """Where the class stands that fits a model.

    >>> module("boosting"), module("plain")
    ('sklearn.ensemble', 'sklearn.linear_model')
    """
    return str(model(name).MODULE)


TRAINER = Trainer("classical", fit, names, usual, planned, missing, module)
