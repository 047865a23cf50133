"""Every claim of the folder keeps to what `check_claim` asks, by planted measurements."""

from __future__ import annotations

import pytest

from howdeep import claims
from howdeep.testing import check_claim


@pytest.mark.parametrize("name", claims.names())
def test_a_claim_keeps_to_what_is_asked_of_one(name: str) -> None:
    check_claim(claims.get(name))
