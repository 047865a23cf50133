"""What a claim quotes stands in the document, word for word."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from howdeep import claims
from howdeep.claims._questions import QUESTIONS

DATA = os.environ.get("HOWDEEP_TEST_DATA", str(Path(__file__).parents[3] / "shared" / "data"))
SOURCES = Path(DATA).parent / "sources"


def text(document: str) -> str:
    found = sorted(SOURCES.glob(f"{document}-*.txt"))
    if not found:
        pytest.skip(f"no document {document} in {SOURCES}")
    return plain(found[0].read_text(encoding="utf-8"))


def plain(words: str) -> str:
    return re.sub(r"\s+", " ", words.replace("’", "'")).lower()


@pytest.mark.parametrize("name", claims.names())
def test_a_quote_stands_in_its_document(name: str) -> None:
    for quote in claims.get(name).quotes:
        for piece in quote.words.split(" ... "):
            assert plain(piece) in text(quote.document)


@pytest.mark.parametrize("number", range(20))
def test_a_question_and_its_answer_stand_in_document_c(number: int) -> None:
    one = QUESTIONS[number]
    assert plain(one.asks) in text("C")
    assert plain(one.says) in text("C")
