"""Every claim loses its verdict on its control data: half an hour of a core for all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from howdeep import claims
from howdeep.claims import Lab
from howdeep.claims._run import Asked, there
from howdeep.testing import check_claim

DATA = os.environ.get("HOWDEEP_TEST_DATA", str(Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.campaign("control data")
@pytest.mark.parametrize("name", claims.names())
def test_a_claim_loses_its_verdict_on_its_control_data(name: str) -> None:
    claim = claims.get(name)
    missing = [one for one in claim.needs if not there(one, Asked((), Path(), data_dir=DATA))]
    if missing:
        pytest.skip(f"no {', '.join(missing)} in {DATA}")
    check_claim(claim, Lab(name, data_dir=DATA))
