"""Kill a command that writes a study, again and again, and see that nothing is lost."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from howdeep.base.verdicts import Verdict
from howdeep.store.study import Study
from promises import Tally

TESTS = Path(__file__).parent.parent
PATHS = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
ENV = os.environ | {"PYTHONPATH": PATHS, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
Arguments = Callable[[Path], Sequence[str]]  # module and arguments that begin or resume the study


def fake_arguments(seconds: float) -> Arguments:
    """The fake command line, at so many seconds a group."""
    return lambda path: ("fake_cli", str(path), str(seconds))


@dataclass
class Campaign:
    """Studies under `folder`, killed and resumed; `stored` is what was on disk after a kill."""

    arguments: Arguments
    folder: Path
    studies: int = 0
    stored: dict[str, tuple[object, ...]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)

    @property
    def path(self) -> Path:
        return self.folder / f"study{self.studies}"

    def next_study(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self.studies += 1
        self.stored, self.acknowledged = {}, set()

    def undisturbed(self) -> tuple[Verdict, float]:
        """The verdict of a run that nobody disturbs, and how long it took."""
        begun = time.monotonic()
        done = self.start()
        self.output(done)
        assert done.returncode == 0, "the undisturbed run failed"
        seconds, verdict = time.monotonic() - begun, self.verdict()
        self.next_study()
        return verdict, seconds

    def verdict(self) -> Verdict:
        with Study.open(self.path) as study:
            verdict = study.verdict()
        assert verdict is not None
        return verdict

    def ended_as(self, wanted: Verdict) -> None:
        """The study came to the undisturbed verdict, bit by bit."""
        found = self.verdict()
        differ = [
            f.name for f in fields(found) if getattr(found, f.name) != getattr(wanted, f.name)
        ]
        assert not differ, f"{self.path}: the verdict differs in {differ}"

    def start(self, *die: str) -> subprocess.Popen[str]:
        module = [str(TESTS / "campaign" / "die.py"), *die] if die else ["-m"]
        command = [sys.executable, *module, *self.arguments(self.path)]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, stdout=pipe, stderr=pipe, text=True, env=ENV, start_new_session=True
        )

    def output(
        self, child: subprocess.Popen[str], seconds: float | None = None, alone: bool = False
    ) -> str:
        """Wait; after `seconds` kill the whole session as a batch system would, or `alone`.

        A process killed alone must not leave its workers behind.
        """
        try:
            out, err = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            (child.kill if alone else lambda: os.killpg(child.pid, signal.SIGKILL))()
            out, err = child.communicate(timeout=60)
        for _ in range(600):
            if not _lives(child.pid):
                break
            time.sleep(0.1)
        else:
            os.killpg(child.pid, signal.SIGKILL)
            raise AssertionError("workers outlive the process that started them")
        assert child.returncode in (0, -signal.SIGKILL), err[-2000:]
        # Only whole lines: unbuffered, a line is written in pieces, and a kill may come between.
        whole = out[: out.rfind("\n") + 1].splitlines()
        self.acknowledged |= {line[4:] for line in whole if line.startswith("ack ")}
        return out

    def verify(self) -> None:
        """What was stored before this kill, and what was acknowledged, is stored, once."""
        if not (self.path / "study.sqlite").exists():
            assert not self.stored
            assert not self.acknowledged
            return
        with Study.open(self.path) as study:
            trials = study.trials()
            asked = [member for r in study.rounds() for g in r.groups for member in g.members]
            unknown = self.acknowledged - study.done_groups()
            assert not unknown, f"acknowledged and lost: {unknown}"
            assert len(trials) <= len(asked)
            study.check(remove_orphans=False)
        now = {t.key: (t.blob, t.val, t.cell, t.seed, t.rates) for t in trials}
        same_net = {(t.stage, t.cell, t.rung, t.seed, t.rates) for t in trials}
        assert len(now) == len(trials) == len(same_net), "a trial is there twice"
        lost = {key for key, kept in self.stored.items() if now.get(key) != kept}
        assert not lost, f"{len(lost)} trials lost or changed"
        self.stored = now

    def finish(self, wanted: Verdict) -> None:
        """Let the run end; it must come to the undisturbed verdict."""
        child = self.start()
        self.output(child)
        assert child.returncode == 0
        self.verify()
        self.ended_as(wanted)
        self.next_study()


def _lives(session: int) -> bool:
    """Whether any process of a session is left."""
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return False
    return True


def random_kills(campaign: Campaign, kills: int, seed: int, tally: Tally | None = None) -> None:
    """SIGKILL at `kills` uniformly random times of runs that are resumed until they end.

    Half of the kills hit the writing process alone, half its workers, too.
    """
    rng, tally = random.Random(seed), tally or Tally()
    wanted, seconds = campaign.undisturbed()
    while tally.cases < kills:
        child = campaign.start()
        campaign.output(child, rng.uniform(0, seconds), alone=rng.random() < 0.5)
        campaign.verify()
        if child.returncode:
            tally.case()
        else:
            campaign.ended_as(wanted)
            campaign.next_study()
    campaign.finish(wanted)


def every_point(campaign: Campaign, death: str, counted: str, tally: Tally) -> int:
    """Die at the first counted disk call of a run, at the second of another, ...; how many."""
    wanted, _ = campaign.undisturbed()
    n = 0
    while True:
        n += 1
        child = campaign.start(str(n), death, counted)
        campaign.output(child)
        campaign.verify()
        ended = child.returncode == 0
        campaign.finish(wanted)
        if ended:
            return n - 1
        tally.case()
