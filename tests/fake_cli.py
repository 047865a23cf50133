"""`python -m fake_cli PATH [SECONDS]`: begin or resume a fake study, as the command line would.

Prints "ack KEY" after each group that the loop says is done, and the verdict's digest at the end.
"""

from __future__ import annotations

import sys
from pathlib import Path

import fake
import fake_judge
from howdeep.base.events import Finished, GroupDone
from howdeep.base.naming import group_key
from howdeep.base.nouns import RateSearch
from howdeep.route.drive import drive
from howdeep.store.study import Study

SMALL = {
    "depths": (0, 1, 2),
    "looks": (3, 5),
    "search": RateSearch(tuning_seeds=1, grid=(-7, -6, -5), zero_grid=(-6, -5, -4)),
}


def study_at(path: Path) -> Study:
    """The study at `path`, begun if it is not there."""
    if (path / "study.sqlite").exists():
        return Study.open(path, write=True, platform=fake.PLATFORM, version="0.1.0")
    return Study.create(path, fake.plan(**SMALL), fake.task(), platform=fake.PLATFORM)  # type: ignore[arg-type]


def main(path: str, seconds: str = "0") -> None:
    fake.install()
    with study_at(Path(path)) as study:
        execute = fake.slowly(float(seconds))
        for event in drive(study, execute, fake_judge.look, fake_judge.conclude):
            if isinstance(event, GroupDone):
                print("ack", group_key(event.group), flush=True)
            elif isinstance(event, Finished):
                print("digest", event.verdict.digest, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
