"""Durations in words and signs: `2h 30m`, `1 hour 5 minutes`, `1d 02:03:04`, `2h30`, `3:07.5`.

Years and months have no one length, and are no part of them. A handed-over net carries this file
whole.
"""

from __future__ import annotations

import re

_WORDS = {
    "weeks": "w|wks?|weeks?",
    "days": "d|days?",
    "hours": "h|hrs?|hours?|std|stunden?",
    "minutes": "m|min|mins|minutes?|minuten?",
    "seconds": "s|secs?|seconds?|sek|sekunden?",
}
_SIZES = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
TIME_UNITS = re.compile(rf"(?:{'|'.join(_WORDS.values())})\.?", re.IGNORECASE)
_PARTS = "".join(
    rf"(?:(?P<{unit}>[0-9]+(?:\.[0-9]+(?=[^0-9]*\Z))?) ?(?:{words})\.?(?![a-z]),? *(?:and +)?)?"
    for unit, words in _WORDS.items()
)
_WORDED = re.compile(rf"(?P<sign>-)?(?=[0-9]){_PARTS}", re.IGNORECASE)
_DAYS_AND_CLOCK = re.compile(
    r"(?P<days>[0-9]+) ?d(?:ays?)?,? *(?P<hours>[0-9]{1,2}):(?P<minutes>[0-5][0-9])"
    r"(?::(?P<seconds>[0-5][0-9](?:\.[0-9]+)?))?",
    re.IGNORECASE,
)
_BARE_MINUTES = re.compile(r"(?P<hours>[0-9]+) ?h ?(?P<minutes>[0-5][0-9])", re.IGNORECASE)
_HOURS = re.compile(r"(?P<hours>[0-9]{3,4}):(?P<minutes>[0-5][0-9]):(?P<seconds>[0-5][0-9])")
_LAP = re.compile(r"(?P<minutes>[0-9]{1,3}):(?P<seconds>[0-5][0-9]\.[0-9]+)")
_FORMS = (_WORDED, _DAYS_AND_CLOCK, _BARE_MINUTES, _HOURS, _LAP)
TWO_PARTS = re.compile(r"[0-9]{1,3}:[0-5][0-9]")  # hours and minutes, or minutes and seconds
_LONGEST = 40  # characters


def worded(cell: str) -> int | None:
    """Microseconds of a duration; None where it is none.

    >>> worded("2h 30m"), worded("1d 02:03:04"), worded("3:07.5"), worded("5 years")
    (9000000000, 93784000000, 187500000, None)
    """
    if len(cell) > _LONGEST or (not cell[:1].isdigit() and cell[:1] != "-"):
        return None
    found = next((found for form in _FORMS if (found := form.fullmatch(cell.strip()))), None)
    if found is None:
        return None
    given = {unit: text for unit, text in found.groupdict().items() if text and unit != "sign"}
    micro = round(sum(_SIZES[unit] * _micro(text) for unit, text in given.items()))
    return -micro if found.groupdict().get("sign") else micro


def _micro(text: str) -> int:
    """A number with up to six digits behind its point, as millionths."""
    whole, _, part = text.partition(".")
    return int(whole) * 1_000_000 + int(part[:6].ljust(6, "0") or 0)


def is_time_unit(word: str) -> bool:
    """Is it a unit of durations, as `min` or `hours`?"""
    return TIME_UNITS.fullmatch(word) is not None
