"""The table of docs/decision.md: how often the rule keeps its promises on ladders of known truth.

    python benchmarks/simulate.py FILE [--ladders N] [--jobs N] [--only TEXT]

Every ladder is committed to a study on disk look by look and judged by the judge itself
(tests/simulation). Results go into FILE in pieces of 100 ladders; what is there already is not run
again. The whole table of 2,000 ladders a line takes about an hour on two cores.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from shared import arguments

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS / "simulation"), str(TESTS)]

import awkward  # noqa: E402
import ladders  # noqa: E402
import tally  # noqa: E402

PIECE = 100
KINDS = {kind.name: kind for kind in (*ladders.SCENARIOS, *ladders.TWO_LOOKS, *awkward.ALL)}
SHARES = (
    "wrong", "wrong_seen", "at_least_wrong", "covered", "prices_covered", "undetermined", "settled",
)  # fmt: skip
HEADS = ("wrong", "at_least", "intervals", "prices", "agree", "settled", "undetermined", "seeds")


def piece(name: str, first: int) -> dict[str, Any]:
    """What a hundred ladders came to."""
    found = tally.tally(KINDS[name], ladders.run(KINDS[name], range(first, first + PIECE)))
    shares = {share: getattr(found, share).value for share in SHARES}
    return {"name": name, "first": first, "agree": found.agree, "seeds": found.seeds} | shares


def line(name: str, pieces: Sequence[dict[str, Any]]) -> str:
    """One row of the table; ± is the standard error between pieces."""

    def mean(key: str) -> float:
        return float(np.mean([piece[key] for piece in pieces]))

    def share(key: str) -> str:
        values = [piece[key] for piece in pieces]
        error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
        return f"{mean(key):.4f} ± {error:.4f}"

    cells = [share(key) for key in ("wrong", "at_least_wrong", "covered", "prices_covered")]
    cells += [f"{mean(key):.3f}" for key in ("agree", "settled", "undetermined")]
    return f"| {name} | {' | '.join(cells)} | {mean('seeds'):.1f} |"


def main() -> None:
    """Parse; draw what is not there yet; print the table."""
    parser = arguments(__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--ladders", type=int, default=2_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    done = (
        [json.loads(text) for text in args.file.read_text().splitlines()]
        if args.file.exists()
        else []
    )
    have = {(one["name"], one["first"]) for one in done}
    names = [name for name in KINDS if args.only in name]
    asked = [
        (name, first)
        for first in range(0, args.ladders, PIECE)  # all lines a little, so that none waits
        for name in names
        if (name, first) not in have
    ]
    with ProcessPoolExecutor(args.jobs) as pool, args.file.open("a") as out:
        for found in pool.map(piece, *zip(*asked, strict=True)) if asked else ():
            done.append(found)
            out.write(json.dumps(found) + "\n")
            out.flush()
    print(f"| truth | {' | '.join(HEADS)} |\n|{'---|' * (len(HEADS) + 1)}")
    for name in names:
        print(
            line(name, [one for one in done if one["name"] == name and one["first"] < args.ladders])
        )


if __name__ == "__main__":
    main()
