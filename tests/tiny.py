"""A real study that trains in about a second: `python -m tiny PATH TABLE` begins it.

Real data, real nets and every stage of the route, but few steps, narrow nets and short searches,
which the command line does not offer; `howdeep resume` goes on with it like with any other.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROWS = 120
# The command line's way to a study of seconds.
QUICK = ("--depths", "0,1", "--max-seeds", "2", "--epsilon", "0.5", "--family", "mlp")


def table(path: Path, rows: int = ROWS) -> Path:
    """Two numbers whose product decides, a category that matters a little; missing cells."""
    rng = np.random.Generator(np.random.PCG64(3))
    a, b = rng.normal(size=(2, rows))
    lines = ["a,b,colour,y"]
    for i in range(rows):
        colour = ("red", "green", "blue")[i % 3]
        first = "" if i % 40 == 0 else f"{a[i]:.4f}"
        says = "yes" if (a[i] * b[i] > 0) ^ (i % 30 == 0) else "no"
        lines.append(f"{first},{b[i]:.4f},{colour},{says}")
    path.write_text("\n".join(lines) + "\n")
    return path


def begin(path: Path, data: Path, **changes: object) -> None:
    """Begin a study of `data` at `path`; nothing is trained yet."""
    import toys
    from howdeep.base.nouns import RateSearch
    from howdeep.route import tasks
    from howdeep.route.options import parse_options
    from howdeep.store.study import Study
    from howdeep.trainers.fused import backends

    task = tasks.task_of(parse_options({"data": str(data), "target": "y"}))
    search = RateSearch(tuning_seeds=1, grid=(-7, -6, -5), zero_grid=(-5, -4, -3))
    small: dict[str, object] = {
        "family": ("resmlp",),
        "depths": (0, 1, 2),
        "epsilon": 0.1,
        "max_seeds": 3,
        "width": 8,
        "max_steps": 60,
        "search": search,
        "version": version("howdeep"),
    }
    plan, task = toys.begin(task, **(small | changes))
    Study.create(path, plan, task, platform=backends.platform()).close()


if __name__ == "__main__":
    begin(Path(sys.argv[1]), table(Path(sys.argv[2])))
