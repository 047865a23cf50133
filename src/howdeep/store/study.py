"""`Study`: the directory that remembers, and the only object of howdeep that changes.

    my.study/
      study.sqlite   rounds, trials, attempts, stops, verdicts; WAL, synchronous=FULL
      blobs/ab/<sha>.safetensors   arrays, named by their SHA-256, there BEFORE the row naming them
      lock           held by the one writer
      report.html, result.json     derived (`store.derived`); deleting them loses nothing

A process may be killed at any moment: what was committed is there, whole, and nothing else is.
"""

from __future__ import annotations

import dataclasses
import shlex
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from howdeep.base import keys
from howdeep.base.errors import (
    NotReproducible,
    StorageError,
    StudyCorrupt,
    StudyMismatch,
    StudyNotFound,
)
from howdeep.base.naming import group_key, trial_key
from howdeep.base.nouns import Plan
from howdeep.base.trials import Outcome, Result, Round, Trial
from howdeep.base.verdicts import Verdict
from howdeep.data.task import Task
from howdeep.store import blobs, create, disk, encoders, lock, older, schema
from howdeep.store.create import BLOBS, DATABASE, LOCK

Platform = dict[str, str]


class Study:
    """A study on disk; made by `Study.create` or `Study.open`, closed by `with` or `close`."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        held: int | None,
        platform: Platform,
        mixed_platforms: bool = False,
    ) -> None:
        self.path = path
        self.platform = platform  # of this process; trials that do not say theirs have it
        self._mixing = mixed_platforms
        self._db, self._held = connection, held
        self._parsed: dict[str, Trial] = {}  # by SHA-256 of the row's text
        self._same: dict[Any, Any] = {}  # values that many trials share
        self._planned: int | None = None  # rounds, as far as this process knows
        try:
            self.plan: Plan = older.planned(self._meta(Plan, "plan"))
        except BaseException:
            connection.close()
            raise

    # ---- opening and closing ---------------------------------------------------------------------
    @classmethod
    def create(
        cls, path: str | Path, plan: Plan, task: Task, *, platform: Platform | None = None
    ) -> Self:
        """Begin a study at `path`, which must not exist (or be an empty directory).

        It is built next to `path` and renamed: a crash leaves no study or a complete empty one.
        `platform`: that of this process; None = not known, so that no trial is of another.

        Raises:
            StorageError: something is there already, or the disk refuses.
            StudyLocked: another process is creating the same study.
        """
        path = Path(path)
        whole = path.absolute()
        draft = whole.with_name(f".{whole.name}.new")
        with disk.translated(path):
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                raise StorageError(f"{path}: exists and is not empty", "resume it, or name another")
            disk.make_dir(draft)
            held = lock.acquire(draft / LOCK)
            try:
                create.build(draft, plan, task, platform or {})
                disk.replace(draft, path)
                disk.sync_dir(draft.parent)
                connection = schema.open_file(path / DATABASE, write=True)
                return cls(path, connection, held, platform or {})
            except BaseException:
                lock.release(held)
                raise

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        write: bool = False,
        platform: Platform | None = None,
        version: str = "",
        mixed_platforms: bool = False,
    ) -> Self:
        """Open a study to read it, or as its one writer to go on with it.

        A writer says on which `platform` and with which `version` of howdeep it would go on, and
        whether trials of other platforms than the one that it was begun on may join it.

        Raises:
            StudyNotFound, StudyCorrupt, StudyTooNew: what is at `path` cannot be used.
            StudyLocked: another process is writing it.
            StudyMismatch: begun on another platform (unless `mixed_platforms`) or version.
        """
        path = Path(path)
        if not (path / DATABASE).is_file():
            raise StudyNotFound(
                f"{path}: no study here", "check the path, or begin one: howdeep run"
            )
        with disk.translated(path):
            held = lock.acquire(path / LOCK) if write else None
            try:
                file = schema.open_file(path / DATABASE, write=write)
                study = cls(path, file, held, platform or {}, mixed_platforms)
            except BaseException:
                if held is not None:
                    lock.release(held)
                raise
            try:
                if write:
                    study._check_same(version)
            except BaseException:
                study.close()
                raise
        return study

    def close(self) -> None:
        """Close the file and give the lock back; closing twice is no error."""
        self._db.close()
        if self._held is not None:
            lock.release(self._held)
            self._held = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_same(self, version: str) -> None:
        differ = []
        if version and version != self.plan.version:
            differ.append(f"version of howdeep: {self.plan.version}, now {version}")
        if self.platform and not self._mixing:
            differ += create.platform_differences(self.begun_on(), self.platform)
        if differ:
            fix = "go on where it was begun, or begin a new study with --out"
            if version and version != self.plan.version:
                fix = (
                    f"go on with howdeep {self.plan.version}, or begin a new study with --out; "
                    "`howdeep report` and `howdeep predict` read it as it is"
                )
            else:  # only the platform is another
                fix += create.or_mixed(self.path)
            raise StudyMismatch(f"{self.path}: begun with another {'; '.join(differ)}", fix)

    def expect(self, plan: Plan) -> None:
        """Refuse to go on when data, recipe or options would give another plan.

        Raises:
            StudyMismatch: naming the fields that differ.
        """
        differ = create.differences(self.plan, plan)
        if differ:
            more = f" and {len(differ) - 4} more" if len(differ) > 4 else ""
            raise StudyMismatch(
                f"{self.path}: begun with another {'; '.join(differ[:4])}{more}",
                f"go on with it by `howdeep resume {shlex.quote(str(self.path))}`, or begin a new "
                "study in another folder with --out",
            )

    def task(self) -> Task:
        """The data, as they were when the study was begun."""
        meta = self._meta(dict[str, str], "task")
        with disk.translated(self.path):
            arrays = blobs.get(self.path / BLOBS, meta.pop("blob"))
        try:
            return encoders.task_of(arrays, meta)
        except (ValueError, TypeError, KeyError) as error:
            raise StudyCorrupt(f"{self.path}: its task is none: {error}", _RESTORE) from error

    def begun_on(self) -> Platform:
        """The platform that the study was begun on."""
        return self._meta(dict[str, str], "platform")

    def mixed(self) -> bool:
        """Whether trials of more than one platform are in it."""
        return len(self._sql("SELECT DISTINCT platform FROM trial")) > 1

    # ---- rounds and trials -----------------------------------------------------------------------
    def add_round(self, round: Round) -> None:
        """Record a round BEFORE it runs: a resumed run runs this one, whatever it would plan."""
        number = len(self.rounds()) if self._planned is None else self._planned
        row = (number + 1, *schema.seal(round))
        done = self._sql(
            "INSERT INTO round VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1", row
        )
        if not done:
            raise lock.taken(self.path / LOCK, us=False)
        self._planned = number + 1

    def check_alone(self) -> None:
        """Ask after reading trials: does a process write here that the lock did not keep out?

        Raises:
            StudyLocked: a round is on disk that this process did not plan.
        """
        if self._sql("SELECT count(*) FROM round")[0][0] != self._planned:
            raise lock.taken(self.path / LOCK, us=False)

    def rounds(self) -> tuple[Round, ...]:
        """All rounds in the order in which they were planned."""
        rows = self._sql("SELECT number, text, sha FROM round ORDER BY number")
        self._planned = len(rows)
        return tuple(self._unseal(Round, row, f"round {n}") for n, *row in rows)

    def commit(self, outcome: Outcome, *, seconds: float | None = None) -> tuple[Trial, ...]:
        """Store all results of a group in one transaction; its trials as stored.

        Raises:
            NotReproducible: a trial is there already, from its platform, with other content.
            StudyMismatch: trained on another platform than the study was begun on, which it was
                not opened for.
            StorageError: the disk refuses; nothing of the group is stored.
        """
        group = group_key(outcome.group)
        wanted = [(group, trial_key(outcome.group, i)) for i in range(len(outcome.group.members))]
        if [(result.trial.group, result.trial.key) for result in outcome.results] != wanted:
            raise ValueError("an outcome whose results are not those of its group's members")
        if outcome.platform and not self._mixing:
            create.check_platform(self.path, self.begun_on(), outcome)
        platform = keys.dumps(outcome.platform or self.platform)
        each = (outcome.seconds if seconds is None else seconds) / max(len(outcome.results), 1)
        with disk.translated(self.path):
            trials = self._put_blobs(outcome.results)
            disk.sql(self._db, "BEGIN IMMEDIATE")
            try:
                for trial in trials:
                    self._insert(trial, platform, each)
                disk.sql(self._db, "COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite may have rolled back already
                    self._db.rollback()
                raise
        return trials

    def _put_blobs(self, results: tuple[Result, ...]) -> tuple[Trial, ...]:
        names = iter(blobs.put_all(self.path / BLOBS, [r.arrays for r in results if r.arrays]))
        return tuple(
            dataclasses.replace(r.trial, blob=next(names) if r.arrays else "") for r in results
        )

    def _insert(self, trial: Trial, platform: str, seconds: float) -> None:
        text, sha = schema.seal(trial)
        old = disk.sql(self._db, "SELECT sha, platform FROM trial WHERE key = ?", (trial.key,))
        if old and old[0][0] != sha and old[0][1] == platform:
            raise NotReproducible(
                f"{self.path}: trial {trial.key[:12]} ({trial.cell}, seed {trial.seed}) gave "
                "another result than the one stored",
                "report this: the same trial on the same platform must give the same bits",
            )
        into = "INSERT INTO trial VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        disk.sql(self._db, into, (trial.key, platform, text, sha))
        into = "INSERT INTO timing VALUES (?, ?) ON CONFLICT DO NOTHING"
        disk.sql(self._db, into, (trial.key, seconds))

    def trials(self) -> tuple[Trial, ...]:
        """All trials, sorted by key."""
        asked = "SELECT key, text, sha FROM trial ORDER BY key"
        with disk.translated(self.path / DATABASE):
            return tuple(self._trial(*row) for row in disk.each(self._db, asked))

    def _trial(self, key: str, text: str, sha: str) -> Trial:
        trial = self._parsed.get(sha)
        if trial is None:
            read = self._unseal(Trial, (text, sha), f"trial {key[:12]}")
            trial = self._shared(older.updated(read, self.plan))
            self._parsed[sha] = trial
        if trial.key != key or schema.hash_text(text) != sha:
            raise StudyCorrupt(f"{self.path}, trial {key[:12]}: not what was written", _RESTORE)
        return trial

    def _shared(self, trial: Trial) -> Trial:
        """The trial with what many have in memory once. No floats: 0.0 equals -0.0."""
        names = ("group", "stage", "cell", "rung", "rates", "failed")
        own = {name: getattr(trial, name) for name in names}
        return dataclasses.replace(
            trial, **{name: self._same.setdefault(value, value) for name, value in own.items()}
        )

    def arrays(self, trial: Trial) -> blobs.Arrays:
        """The arrays of a trial, verified; a trial without any has an empty dict.

        Raises:
            StudyCorrupt: naming the file that is not what was written.
        """
        with disk.translated(self.path):
            return blobs.get(self.path / BLOBS, trial.blob) if trial.blob else {}

    def done_groups(self) -> set[str]:
        """Keys of the groups whose trials are stored."""
        return {trial.group for trial in self.trials()}

    def seconds(self) -> dict[str, float]:
        """Seconds by trial key; shown to people, never part of a verdict."""
        return dict(self._sql("SELECT trial, seconds FROM timing"))

    # ---- attempts, stops, verdicts ---------------------------------------------------------------
    def attempt(self, group: str, reason: str) -> int:
        """Record that a group (by key) was lost; how often it has been."""
        self._sql("INSERT INTO attempt (grp, reason) VALUES (?, ?)", (group, reason))
        return self.attempts(group)

    def attempts(self, group: str) -> int:
        """How often a group (by key) has been lost."""
        return int(self._sql("SELECT count(*) FROM attempt WHERE grp = ?", (group,))[0][0])

    def put_stop(self, reason: str) -> None:
        """Record that the study ends between rounds, so that resuming it needs no clock."""
        self._sql("INSERT INTO stop (text, sha) VALUES (?, ?)", schema.seal(reason))

    def stopped_by(self) -> str:
        """The recorded reason, or "" while the study may go on."""
        rows = self._sql("SELECT text, sha FROM stop ORDER BY number DESC LIMIT 1")
        return self._unseal(str, rows[0], "stop") if rows else ""

    def lift_stop(self) -> None:
        """Let a stopped study go on, as if it had not been stopped."""
        self._sql("DELETE FROM stop")

    def put_verdict(self, verdict: Verdict) -> None:
        """Store the answer; an earlier one stays in the file, the last counts."""
        if self.verdict() != verdict:
            self._sql("INSERT INTO verdict (text, sha) VALUES (?, ?)", schema.seal(verdict))

    def verdict(self) -> Verdict | None:
        """The answer, once there is one."""
        rows = self._sql("SELECT text, sha FROM verdict ORDER BY number DESC LIMIT 1")
        return self._unseal(Verdict, rows[0], "verdict") if rows else None

    # ---- checking --------------------------------------------------------------------------------
    def check(self, *, remove_orphans: bool = True) -> tuple[str, ...]:
        """Verify everything that the study names; a sentence for each thing found.

        Raises:
            StudyCorrupt: naming the first file or row that is not what was written.
        """
        with disk.translated(self.path):
            if self._sql("PRAGMA integrity_check") != [("ok",)]:
                raise StudyCorrupt(f"{self.path / DATABASE}: damaged pages", _RESTORE)
            rounds, trials = self.rounds(), self.trials()
            self.verdict()
            data = self._meta(dict[str, str], "task")["blob"]
            named = {trial.blob for trial in trials if trial.blob} | {data}
            for sha in sorted(named):
                blobs.verified(self.path / BLOBS, sha)
            left = list(blobs.orphans(self.path / BLOBS, named))
            removing = remove_orphans and self._held is not None
            for path in left if removing else ():
                disk.remove(path)
        return (
            f"{len(rounds)} rounds, {len(trials)} trials, {len(named)} blobs: all as written",
            f"{len(left)} files that nothing names: {'removed' if removing else 'left'}",
        )

    # ---- helpers ---------------------------------------------------------------------------------
    def _sql(self, text: str, values: tuple[Any, ...] = ()) -> list[disk.Statement]:
        with disk.translated(self.path / DATABASE):
            return disk.sql(self._db, text, values)

    def _unseal(self, kind: Any, row: Sequence[str], what: str) -> Any:
        return schema.unseal(kind, row[0], row[1], f"{self.path / DATABASE}, {what}")

    def _meta(self, kind: Any, name: str) -> Any:
        rows = self._sql("SELECT text, sha FROM meta WHERE name = ?", (name,))
        if not rows:
            raise StudyCorrupt(f"{self.path / DATABASE}: no {name}", _RESTORE)
        return self._unseal(kind, rows[0], name)


_RESTORE = "restore the study from a copy, or begin a new one"
