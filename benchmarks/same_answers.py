"""Eight small studies, kept as digests: does a change of the code change an answer?

    python benchmarks/same_answers.py keep FILE [NAME ...]     # with the code as it was
    python benchmarks/same_answers.py check FILE [NAME ...]    # with the code as it is

Four tables in folds and hold-out (regression, categories and a classical winner among them), two
sets of images, one study of numbers by their absolute error, one that is stopped and resumed.
`check` carries each study out again and compares the verdict's digest and every trial's key and
arrays, bit by bit. Where they differ it says whether the status, the cell and the range stayed, and
by how much row scores moved at most; its exit status is 1. Data: the folder named by
HOWDEEP_TEST_DATA (default ../shared/data).
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import howdeep
from howdeep.base.nouns import Rung
from howdeep.base.verdicts import CellRef
from howdeep.store.study import Study
from shared import ROOT, arguments, idx

Kept = dict[str, Any]
SMALL: dict[str, Any] = {"quiet": True, "depths": (0, 1, 2), "max_seeds": 3}
IMAGES = SMALL | {"depths": (0, 1), "max_seeds": 2, "family": "resnet,mlp"}


def lines(path: Path, count: int, folder: Path) -> Path:
    """The first lines of a file as one of its own."""
    out = folder / path.name
    with path.open() as file:
        out.write_text("".join(line for line, _ in zip(file, range(count), strict=False)))
    return out


def spirals(out: Path) -> None:
    howdeep.run("spirals", out=out, **SMALL)


def friedman(out: Path) -> None:
    howdeep.run("friedman1", out=out, **SMALL)


def pima(out: Path) -> None:
    howdeep.run(ROOT / "pima/pima.csv", "-1", no_header=True, out=out, **SMALL)


def shoppers(out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole = ROOT / "online_shoppers/online_shoppers_intention.csv"
        howdeep.run(lines(whole, 1_501, Path(folder)), "Revenue", out=out, **SMALL)


def wine(out: Path) -> None:
    path = ROOT / "wine_quality/red.csv"
    howdeep.run(path, "-1", no_header=True, kind="regression", metric="mae", out=out, **SMALL)


def digits(out: Path) -> None:
    from sklearn.datasets import load_digits

    found = load_digits()
    howdeep.run(found.images[:900].astype(np.uint8), y=found.target[:900], out=out, **IMAGES)


def fashion(out: Path) -> None:
    images, labels = idx("fashion_mnist", "train")
    howdeep.run(images[:600, ::2, ::2].copy(), y=labels[:600], out=out, **IMAGES)


def resumed(out: Path) -> None:
    howdeep.run("linear", out=out, budget=1, **SMALL)
    howdeep.resume(out)


STUDIES: dict[str, Callable[[Path], None]] = {
    own.__name__: own for own in (spirals, friedman, pima, shoppers, wine, digits, fashion, resumed)
}


def kept(path: Path, arrays: Path) -> Kept:
    """What is compared of a study; its row scores go into `arrays` for a later difference."""
    with Study.open(path) as study:
        verdict = study.verdict()
        assert verdict is not None, f"{path}: no verdict"
        trials: dict[str, str] = {}
        rows: dict[str, Any] = {}
        for trial in study.trials():
            found = study.arrays(trial)
            hashed = hashlib.sha256()
            for name in sorted(found):
                hashed.update(name.encode() + np.ascontiguousarray(found[name]).tobytes())
            trials[trial.key] = hashed.hexdigest()
            blocks = trial.rung.blocks if isinstance(trial.rung, Rung) else 0
            place = f"{trial.stage}/{trial.cell}/{blocks}/{trial.seed}/{trial.rates}"
            rows |= {f"{place}/{part}": found[part] for part in ("select", "test") if part in found}
    np.savez(arrays, **rows)
    return {
        "digest": verdict.digest,
        "said": [verdict.status, *(_name(ref) for ref in (verdict.at_least, verdict.enough))],
        "trials": trials,
    }


def _name(ref: CellRef | None) -> str | None:
    return None if ref is None else ref.name


def differences(old: Kept, new: Kept, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What is not the same, in a line; empty where everything is."""
    if old == new:
        return ""
    same = sum(new["trials"].get(key) == sha for key, sha in old["trials"].items())
    both = before.keys() & after.keys()
    alike = [name for name in both if before[name].shape == after[name].shape]
    moved = max((float(np.abs(before[n] - after[n]).max()) for n in alike), default=np.nan)
    said = "the same answer" if old["said"] == new["said"] else f"{old['said']} -> {new['said']}"
    return (
        f"{said}; digest {'same' if old['digest'] == new['digest'] else 'differs'}; "
        f"{same} of {len(old['trials'])} trials bit for bit ({len(new['trials'])} now); "
        f"{len(alike)} of {len(before)} row scores found again, moved by at most {moved:.2g}"
    )


def main() -> None:
    """Parse; keep, or check."""
    parser = arguments(__doc__)
    parser.add_argument("does", choices=("keep", "check"))
    parser.add_argument("file", type=Path)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    args.file.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(args.file.read_text()) if args.file.exists() else {}
    changed = False
    for name in args.names or STUDIES:
        with tempfile.TemporaryDirectory() as folder:
            STUDIES[name](Path(folder) / "a.study")
            arrays = args.file.with_name(f"{args.file.stem}.{name}.npz")
            there = arrays if args.does == "keep" else Path(folder) / "now.npz"
            found = kept(Path(folder) / "a.study", there)
            if args.does == "keep":
                known[name] = found
                args.file.write_text(json.dumps(known, indent=1))
                print(f"{name}: {found['said']}, {len(found['trials'])} trials", flush=True)
                continue
            with np.load(arrays) as before, np.load(there) as after:
                differ = differences(known[name], found, before, after)
        changed |= bool(differ)
        print(f"{name}: {differ or 'the same bits'}", flush=True)
    sys.exit(changed)


if __name__ == "__main__":
    main()
