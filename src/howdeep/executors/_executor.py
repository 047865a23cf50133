"""What an executor is: whoever trains the groups of a round, here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # late: workers are started before anything is loaded that they do not need
    from howdeep.base.trials import Group, Outcome
    from howdeep.data.task import Task
    from howdeep.executors.crew import Crew


class Executor(Protocol):
    """Trains groups and says what became of each; the study and its disk are others' business.

    What every executor promises, and `howdeep.testing.check_executor` checks:

    - Every group of a call is answered exactly once, in any order; a call of no groups gives none.
    - Results are those of `executors.here` for the same groups, bit for bit on one platform,
      however many workers there are and whichever groups are trained side by side.
    - Each outcome says on which `platform` its group was worked on, as far as that is known:
      workers may run on machines of several kinds. The study refuses what was trained on another
      platform than it was begun on, unless it may be mixed.
    - A group whose worker dies, or that memory does not suffice for, is "lost"; one whose training
      raises an error is "failed"; either with the reason in words. The other groups go on. Nothing
      is tried again here: the study asks again, three times at most. An error is raised only where
      no group at all can be answered any more.
    - It is called once a round, again and again with the same task, and then closed. It may be
      closed twice, and while outcomes are still to come: no process of it is left then.
    - It writes nothing into a study, and leaves this process's threads and random numbers alone.

    The least of them calls `executors.here.outcome(group, task, encoded(task))` where it wants the
    group trained.
    """

    @property
    def name(self) -> str:
        """What it is called, as in `executors.names()`."""
        ...

    def __call__(self, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
        """One outcome for each group, as they come in."""
        ...

    def close(self) -> None:
        """End what it has begun, at once."""
        ...


@dataclass(frozen=True)
class Setup:
    """What a study's executor is made for.

    `device`: "cpu" or "cuda", where its nets train. `jobs`: worker processes wanted. `crew`: such
    as were started ahead, which nobody has to take.
    """

    device: str = "cpu"
    jobs: int = 1
    crew: Crew | None = None


Make = Callable[[Setup], Executor]
