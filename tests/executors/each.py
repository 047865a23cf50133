"""An executor in a few lines, as another package would bring it: one process a group."""

from howdeep.base.trials import Outcome
from howdeep.executors.crew import start, wire


class Each:
    name = "each"

    def __call__(self, groups, task):
        for group in groups:
            worker, answer = start(), None
            try:
                wire.send_task(worker.stdin, task, None)
                wire.send_group(worker.stdin, group)
                answer = wire.receive_outcome(worker.stdout, group)
            except BrokenPipeError:
                pass  # it is gone, as where there is no answer
            finally:
                worker.end()
            code = worker.process.returncode
            yield answer or Outcome(group, "lost", reason=f"its process ended with {code}")

    def close(self):
        pass


def make(setup):
    return Each()
