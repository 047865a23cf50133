"""The twenty questions in a terminal: guess what was measured, then see the run behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from howdeep.claims._kept import Result
from howdeep.claims._questions import Answer, answers
from howdeep.claims._words import SAID, sentence

LETTERS = {"s": "supported", "d": "depends", "r": "refuted", "u": "undecided"}
ASK = "What did the experiment say? (s)upported, it (d)epends, (r)efuted, (u)ndecided; (q)uit"
Say = Callable[[str], object]
Reply = Callable[[str, str], str | None]


def ask(found: Sequence[Result], first: int, say: Say, reply: Reply) -> tuple[int, int]:
    """Ask from the question `first` on; how many guesses were right, and of how many.

    A question whose claims have not been run is answered with how to run them, and not counted.
    """
    right = asked = 0
    for one in answers(found)[first - 1 :]:
        say(f"\nQuestion {one.number} of 20. {one.question.asks}")
        say(f"The textbook: {one.question.says}")
        if not one.measured:
            _unmeasured(one, say)
            if one.number < 20 and reply("(n)ext or (q)uit", "nq") != "n":
                break
            continue
        name, claim, result, outcome = one.measured[0]
        say(f"The claim: {claim.statement}")
        guess = reply(ASK, "sdruq")
        if guess in (None, "q"):
            break
        asked += 1
        good = LETTERS[str(guess)] == outcome.verdict
        right += good
        say(
            ("Yes. " if good else f"No: {SAID[outcome.verdict].lower()}. ")
            + sentence(claim, outcome)
        )
        say(claim.reading(result.measured.shown))
        if one.question.plain:
            say(one.question.plain)
        say(f"The run behind it: howdeep claims run {name}")
        for other, more, _, its in one.measured[1:]:
            say(f"See also {other}: {more.title}: {SAID[its.verdict].lower()}")
    return right, asked


def _unmeasured(one: Answer, say: Say) -> None:
    if one.question.plain:
        say(f"We say: {one.question.plain}")
    if one.claims:
        names = " ".join(name for name, _ in one.claims)
        say(f"To measure it: howdeep claims run {names}")
    elif not one.question.plain:
        say("No claim measures it yet.")
