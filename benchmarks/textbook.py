"""What claims came to, as the table of docs/claims.md.

    howdeep claims run --all --out FOLDER --data-dir DATA
    python benchmarks/textbook.py FOLDER

A line a claim, in the order of the textbook.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from howdeep import claims
from howdeep.claims import _kept, _words


def main(folder: Path) -> None:
    """Print a line a claim, in the order of the textbook."""
    print("| claim | verdict | what it rests on | seconds |")
    print("|---|---|---|---|")
    for one in _kept.main(folder):
        outcome = claims.judge(claims.get(one.claim), one.measured)
        parts = "; ".join(
            f"{part.expect.says}: {_words.amount(part)}, asked {_words.margin(part)}"
            for part in outcome.expects
        )
        mark = " (full)" if one.preset == "full" else ""
        said = _words.SAID[outcome.verdict]
        print(f"| `{one.claim}`{mark} | {said} | {parts} | {one.seconds:.0f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where claims run --out has put its results")
    main(parser.parse_args().folder)
