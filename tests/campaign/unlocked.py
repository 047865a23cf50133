"""`python unlocked.py MODULE ARGS...`: run a module where locks lock nothing."""

from __future__ import annotations

import fcntl
import runpy
import sys


def main() -> None:
    fcntl.flock = lambda descriptor, operation: None
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
