"""Every row of the documents is a claim, waits, is history or a feature, and stands in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from howdeep import claims
from howdeep.claims._catalogue import HISTORY, PRODUCT, SAID, WAITS, entries, markdown

DOCS = Path(__file__).parents[2] / "docs" / "claims.md"


def test_there_are_82_rows() -> None:
    assert [one.row for one in entries()] == list(range(1, 83))
    assert {one.row for one in entries()} == set(SAID)


def test_the_table_of_the_docs_is_that_of_the_claims() -> None:
    assert markdown() in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", claims.names())
def test_a_claim_covers_no_row_that_is_said_to_wait(name: str) -> None:
    assert not set(claims.get(name).rows) & {*HISTORY, *WAITS} - {39, 44, 45, 64}


def test_rows_of_one_table_are_in_no_other() -> None:
    assert not set(HISTORY) & set(WAITS)
    assert not set(PRODUCT) & set(WAITS)
