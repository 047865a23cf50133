"""How well the time left is told while a study runs. (docs/performance.md)

    python benchmarks/time_left.py            # or some of pima wine phoneme digits friedman1

Runs one study of each set in this process and notes after every event how long it is said to take
still, as the live view says it. Truth is known at the end; printed is the share of the middle 80 %
of the run in which what was said lies within a factor of two of it, and where it did not. Seconds
are those of the processor, so that a busy machine makes no difference. Some minutes for all.
"""

from __future__ import annotations

import bisect
import resource
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from howdeep.base.events import GroupDone
from howdeep.report.progress import View, advance, study_left
from howdeep.route import doors, session
from howdeep.route.options import parse_options
from shared import FILES, ROOT, arguments

SETS: dict[str, dict[str, Any]] = {
    "pima": {},
    "wine": {},
    "phoneme": {"rows": 1_000},
    "digits": {},
    "friedman1": {},
}
POINTS = 400  # moments of the middle of a run that are looked at
MIDDLE = (0.1, 0.9)
FACTOR = 2.0


def options(name: str, out: Path) -> dict[str, Any]:
    """What a study of a set is told."""
    how = {**SETS[name], "out": str(out), "jobs": 1, "quiet": True}
    if name not in ("pima", "wine", "phoneme"):
        return {"data": name, **how}
    file, target, more = FILES["wine-red" if name == "wine" else name]
    return {"data": str(ROOT / file), "target": target, **more, **how}


def seconds() -> float:
    """Of the processor, in this process and its children."""
    own, others = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def followed(name: str, out: Path) -> list[tuple[float, View]]:
    """When each event of a study came, and what was known after it."""
    views, begun = [], 0.0
    with doors.begun(parse_options(options(name, out))) as (study, _):
        begun, view, last = seconds(), View(), 0.0
        for event in session.events(study, jobs=1):
            now = seconds() - begun
            if isinstance(event, GroupDone):
                event = replace(event, seconds=now - last)
            view, last = advance(view, event, now), now
            views.append((now, view))
    return views


def ratios(views: list[tuple[float, View]]) -> list[tuple[float, float | None]]:
    """At even moments of the middle of a run: when, as a share of it, and said over true."""
    end, times = views[-1][0], [time for time, _ in views]
    low, high = MIDDLE
    out: list[tuple[float, float | None]] = []
    for i in range(POINTS):
        share = low + (high - low) * (i + 0.5) / POINTS
        now = share * end
        view = views[bisect.bisect_right(times, now) - 1][1]
        said = study_left(view, now)
        out.append((share, None if said is None else said / (end - now)))
    return out


def within(ratio: float | None) -> bool:
    return ratio is not None and 1 / FACTOR <= ratio <= FACTOR


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("sets", nargs="*", default=list(SETS), metavar="SET")
    shares = []
    for name in parser.parse_args().sets:
        folder = Path(tempfile.mkdtemp())
        views = followed(name, folder / "a.study")
        shutil.rmtree(folder)
        found = ratios(views)
        shares.append(sum(within(ratio) for _, ratio in found) / len(found))
        unknown = sum(ratio is None for _, ratio in found) / len(found)
        said = [ratio for _, ratio in found if ratio is not None]
        ends = f"{min(said):.2f} to {max(said):.2f}" if said else "nothing said"
        print(
            f"{name:10} {views[-1][0]:6.1f} s  within a factor of two {shares[-1]:5.0%}  "
            f"not known {unknown:4.0%}  said / true {ends}",
            flush=True,
        )
    print(f"mean {sum(shares) / len(shares):.0%}")


if __name__ == "__main__":
    main()
