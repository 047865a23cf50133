"""`python die.py N DEATH COUNTED MODULE ARGS...`: run a module and die at its n-th disk call.

DEATH is before, after or within; COUNTED is commit or change. What is tested has no hooks.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parent.parent))
    import shim

    n, death, counted, module, *args = sys.argv[1:]
    shim.install(int(n), shim.DEATHS[death], shim.COUNTED[counted])
    sys.argv = [module, *args]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
