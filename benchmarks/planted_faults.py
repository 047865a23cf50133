"""How often is the doctor wrong?

    python benchmarks/planted_faults.py FILE [--half HALF] [--only NAME] [--jobs N] [--peers]
    python benchmarks/planted_faults.py FILE --tables

Every net is a line of FILE, so that an interrupted run goes on where it was; `--tables` prints what
the file holds, `--half fit` or `--half report` runs one half, `--only NAME` cases whose name holds
NAME. With `--peers` torchmortem and traintools look at the reported half as well, in the same FILE:
`python benchmarks/planted_faults.py FILE --peers` makes everything.
"""

from __future__ import annotations

import copy
import json
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "faults"))

from faulty_nets import FAULTS, faulty_case
from healthy_nets import healthy_case
from planted_case import Case, optimizer_of, stands

from shared import arguments

HALVES = ("fit", "report")
FAULTY, HEALTHY = 8 * len(FAULTS), 190  # of each half
TRIES = 4


def drawn(half: str, kind: str, number: int) -> tuple[Case | None, float, int]:
    """The case of a number that is what it says, its progress, and how many were drawn for it."""
    done = float("nan")
    for again in range(TRIES if kind == "faulty" else 1):
        case = faulty_case(half, number, again) if kind == "faulty" else healthy_case(half, number)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fits, done = stands(case, copy.deepcopy(case.net))
        if fits:
            return case, done, again + 1
    return None, done, TRIES


def look(case: Case) -> dict[str, Any]:
    """What the doctor says of a case."""
    from howdeep import faults

    begun = time.perf_counter()
    optimizer: Any = case.optimizer
    if case.left_out:
        optimizer = optimizer_of(case, case.net)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = faults.patient(
            case.net, case.train, case.loss, rate=case.rate or None, optimizer=optimizer,
            test=case.test,
        )  # fmt: skip
        found = faults.examine(one, faults.every())
    return {
        "found": [[f.fault, f.place, f.layer, f.evidence] for f in found.findings],
        "learns": found.learns,
        "seconds": round(time.perf_counter() - begun, 2),
    }


def one(task: tuple[str, str, int, bool]) -> dict[str, Any]:
    half, kind, number, peers = task
    torch.set_num_threads(1)
    case, done, tries = drawn(half, kind, number)
    line: dict[str, Any] = {"half": half, "kind": kind, "number": number, "tries": tries,
                            "progress": round(done, 4)}  # fmt: skip
    if case is None:
        return line | {"name": "", "left_out": True}
    line |= {"name": case.name, "fault": case.fault, "places": case.places}
    if peers:
        from doctor_peers import torchmortem_says, traintools_says

        return line | {
            "peers": True,
            "torchmortem": torchmortem_says(case),
            "traintools": traintools_says(case),
        }
    try:
        line |= look(case)
    except Exception as error:  # a crash is an answer too: it counts as wrong
        line |= {"found": [["crash", -1, "", f"{type(error).__name__}: {error}"[:300]]]}
    return line


def run(path: Path, halves: tuple[str, ...], only: str, jobs: int, peers: bool, every: int) -> None:
    known = {(x["half"], x["kind"], x["number"], bool(x.get("peers"))) for x in read(path)}
    tasks = [
        (half, kind, number, of_peers)
        for of_peers in ((False, True) if peers else (False,))
        for number in range(max(FAULTY, HEALTHY))
        for half in halves
        for kind, many in (("faulty", FAULTY), ("healthy", HEALTHY))
        if number < many and number % every == 0 and (half, kind, number, of_peers) not in known
        and not (of_peers and half == "fit")
        and only in (list(FAULTS)[number % len(FAULTS)] if kind == "faulty" else "healthy")
    ]  # fmt: skip
    with ProcessPoolExecutor(jobs) as pool, path.open("a", encoding="utf-8") as file:
        for done in as_completed([pool.submit(one, task) for task in tasks]):
            file.write(json.dumps(done.result()) + "\n")
            file.flush()


def read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def named(line: dict[str, Any]) -> bool:
    return any(found[0] == line["fault"] for found in line["found"])


def placed(line: dict[str, Any]) -> bool | None:
    """The layer is right; `None` where the fault has none, or was not named."""
    if not line["places"] or not named(line):
        return None
    low, high = line["places"]
    return any(f[0] == line["fault"] and low <= f[1] <= high for f in line["found"])


def _of_peer(lines: list[dict[str, Any]], peer: str, fault: str) -> str:
    sick = [x for x in lines if x["kind"] == "faulty" and (x["fault"] == fault or not fault)]
    return f"{sum(x['fault'] in x[peer]['named'] for x in sick)} of {len(sick)}"


def tables(path: Path) -> None:
    from scipy.stats import binomtest

    def share(right: int, of: int) -> str:
        if not of:
            return "-"
        low, high = binomtest(right, of).proportion_ci(0.95, "exact")
        return f"{right} of {of} ({right / of:.1%}; {low:.1%} to {high:.1%})"

    lines = sorted(read(path), key=lambda x: (x["half"], x["kind"], x["number"]))
    for half in HALVES:
        here = [x for x in lines if x["half"] == half]
        lines_of_peers = [x for x in here if x.get("peers")]
        own = [x for x in here if not x.get("left_out") and not x.get("peers")]
        faulty = [x for x in own if x["kind"] == "faulty"]
        well = [x for x in own if x["kind"] == "healthy"]
        out = [x for x in lines if x["half"] == half and x.get("left_out")]
        print(f"\n## {half}: {len(faulty)} with a fault, {len(well)} healthy, {len(out)} left out")
        peers = ("torchmortem", "traintools") if lines_of_peers else ()
        print("|", " | ".join(("fault", "named", "named first", "layer right",
                               "other faults named", *peers)), "|")  # fmt: skip
        print("|---" * (5 + len(peers)) + "|")
        for fault in [*FAULTS, ""]:
            some = [x for x in faulty if x["fault"] == fault or not fault]
            hits = sum(map(named, some))
            first = sum(bool(x["found"]) and x["found"][0][0] == x["fault"] for x in some)
            layers = [p for x in some if (p := placed(x)) is not None]
            other = sum(len([f for f in x["found"] if f[0] != x["fault"]]) for x in some)
            print(f"| {fault or 'all'} | {share(hits, len(some))} | {first} of {len(some)} | "
                  f"{sum(layers)} of {len(layers)} | {other} |",
                  *(f"{_of_peer(lines_of_peers, peer, fault)} |" for peer in peers))  # fmt: skip
        alarms = [x for x in well if x["found"]]
        print(f"false alarms: {share(len(alarms), len(well))}")
        for x in alarms:
            print("  ", x["name"], x["progress"], [f[:1] + f[3:] for f in x["found"]])
        for x in faulty:
            if not named(x) or placed(x) is False:
                print("  missed:", x["name"], x["progress"], x["places"],
                      [f[:3] for f in x["found"]])  # fmt: skip
        for x in out:
            print("  left out:", x["kind"], x["number"], x["progress"])
        seconds = [x["seconds"] for x in own if "seconds" in x]
        if seconds:
            print(f"seconds a net: {sum(seconds) / len(seconds):.1f}, most {max(seconds):.1f}")
        sick = [x for x in lines_of_peers if x["kind"] == "faulty"]
        sound = [x for x in lines_of_peers if x["kind"] == "healthy"]
        for peer in ("torchmortem", "traintools"):
            hits = sum(x["fault"] in x[peer]["named"] for x in sick)
            spoke = sum(bool(x[peer]["said"]) for x in sick)
            false = sum(bool(x[peer]["said"]) for x in sound)
            print(f"{peer}: named {share(hits, len(sick))}, said something of "
                  f"{share(spoke, len(sick))}, alarms {share(false, len(sound))}")  # fmt: skip


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="only every N-th case")
    parser.add_argument("--peers", action="store_true", help="what torchmortem and traintools say")
    parser.add_argument("--tables", action="store_true", help="print tables, run nothing")
    given = parser.parse_args()
    if not given.tables:
        halves = (given.half,) if given.half else HALVES
        run(given.file, halves, given.only, given.jobs, given.peers, given.every)
    tables(given.file)


if __name__ == "__main__":
    main()
