"""The tutorial's claim is a whole one: written out of the docs, it is checked, run and shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from howdeep.claims import Lab
from howdeep.testing import check_claim

DOCS = Path(__file__).parents[2] / "docs" / "claims.md"


def test_the_claim_of_the_tutorial_runs_and_its_control_takes_the_verdict_away() -> None:
    code = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)[0]
    space: dict[str, Any] = {}
    exec(compile(code, str(DOCS), "exec"), space)  # noqa: S102 (the page's own code)
    found = check_claim(space["CLAIM"], Lab("tutorial"))
    assert found is not None
    assert found.verdict == "supported"
