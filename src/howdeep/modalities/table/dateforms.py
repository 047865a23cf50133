"""Dates that are spelt with names, and months, quarters and weeks, rewritten year first.

What means one thing only is rewritten: `12 Mar 2021`, `5. März 2021`, `20210312T1405`, `2021-03`,
`2021Q3`, `2021-W05`, `13.6.21`. Names are those of `monthnames`. A handed-over net carries this
file whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from howdeep.modalities.table.monthnames import MONTH, WEEKDAY, composed, month_of

FRONT = rf"(?:{WEEKDAY},?\s+)?(?:(?:den|le|el) )?"
DAY_OF = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|º)?"
YEAR = r"(?P<year>[0-9]{4})(?: г\.?)?"
OF = r"(?:[-/., ]|, | de | del )"  # what may stand between a month and its year
REST = r"(?P<rest>(?:,?[ T]+[0-9].*)?(?:gmt)?)"
HOURS = (
    r"(?P<rest>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)(?: +(?P<zone>gmt|utc|z|[+-][0-9]{2}:?[0-9]{2}))?"
)


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


SPELT = _compiled(
    rf"{FRONT}{DAY_OF}(?P<sep>[-/. ]|, ?|\. ?| of | de )?{MONTH}{OF}?{YEAR}{REST}",
    rf"{FRONT}{MONTH}[-/. ]{DAY_OF}(?:,|,? +|[-/.]){YEAR}{REST}",
    rf"{YEAR}[-/. ]{MONTH}[-/. ]{DAY_OF}{REST}",
    rf"{FRONT}{MONTH} +{DAY_OF} +{HOURS} +{YEAR}",  # as ctime and date write it
)
COMPACT = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2}):?([0-9]{2})(?::?([0-9]{2}))?(\.[0-9]+)?(Z?)"
)
HAN_DATE = re.compile(
    r"([0-9]{4}) ?[年년] ?([0-9]{1,2}) ?[月월] ?([0-9]{1,2}) ?[日일]? *([0-9].*)?"
)
DAY_NUMBER = r"(?P<day>0?[1-9]|[12][0-9]|3[01])"
MONTH_OF, SHORT = r"(?P<month>0?[1-9]|1[0-2])", r"(?P<short>[0-9]{2})"
PERIODS = {
    "months": _compiled(
        r"(?P<year>1[89][0-9]{2}|2[01][0-9]{2})[-/](?P<month>0[1-9]|1[0-2])",  # 2021.03: a number
        r"(?P<month>0?[1-9]|1[0-2])[-/](?P<year>1[89][0-9]{2}|2[01][0-9]{2})",
        rf"{MONTH}{OF}{YEAR}",
        rf"{YEAR}[-/., ]{MONTH}",
        rf"{YEAR}m(?P<month>0?[1-9]|1[0-2])",
    ),
    "quarters": _compiled(
        rf"{YEAR}[-/. ]?Q(?P<quarter>[1-4])",
        rf"Q(?P<quarter>[1-4])[-/. ]?{YEAR}",
        rf"(?P<quarter>[1-4])Q[-/. ]?{YEAR}",
    ),
    "weeks": _compiled(rf"{YEAR}-?W(?P<week>[0-9]{{2}})(?:-?(?P<of>[1-7]))?"),
    "short": _compiled(rf"{DAY_OF}[-/. ]{MONTH}[-/. ](?P<short>[0-9]{{2}}){REST}"),
    "short months": _compiled(rf"{MONTH}(?:[-/ ]|[- ]?')(?P<short>[0-9]{{2}})"),
    "short day": _compiled(rf"{DAY_NUMBER}(?P<sep>[-/.]){MONTH_OF}(?P=sep){SHORT}{REST}"),
    "short month": _compiled(rf"{MONTH_OF}(?P<sep>[-/]){DAY_NUMBER}(?P=sep){SHORT}{REST}"),
    "short year": _compiled(rf"{SHORT}-{MONTH_OF}-{DAY_NUMBER}{REST}"),
}
UNSURE = "may be read"
FIRST = {"short day": "day", "short month": "month", "short year": "year"}  # what stands first
EXAMPLES = {
    "months": "2021-03 or March 2021",
    "quarters": "2021Q3",
    "weeks": "2021-W05",
    "short": "12-Mar-21",
    "short months": "Mar-21",
    "short day": "31/12/21",
    "short month": "12/31/21",
    "short year": "21-12-31",
}
CENTURY = 50  # 21 is 2021, 84 is 1984
SURE = (30, 70)  # between these years of a century nobody can tell which it is


def spelt(cell: str) -> str:
    """A date that names its month, or has no signs between its numbers, year first; else the cell.

    >>> spelt("12 Mar 2021"), spelt("Thu Jan 1 07:05:00 +0000 2015"), spelt("20150101T0705")
    ('2021-3-12', '2015-1-1 07:05:00+0000', '2015-01-01 07:05')
    """
    if len(cell) > 60:
        return cell
    if found := COMPACT.fullmatch(cell):
        seconds = f":{found[6]}{found[7] or ''}" if found[6] else ""
        return f"{found[1]}-{found[2]}-{found[3]} {found[4]}:{found[5]}{seconds}{found[8]}"
    if not any(map(str.isalpha, cell)):
        return cell
    if found := HAN_DATE.fullmatch(cell):
        return f"{found[1]}-{found[2]}-{found[3]} {found[4] or ''}".strip()
    cell = composed(cell)
    return next((_day(found) for one in SPELT if (found := one.fullmatch(cell))), cell)


def _day(found: re.Match[str]) -> str:
    """What a pattern of `SPELT` found, year first."""
    rest, every = found["rest"].lstrip(", "), found.groupdict()
    zone = (every.get("zone") or "").upper()
    rest = re.sub("(?i)gmt$", "UTC", f"{rest}{zone}").strip()
    return f"{found['year']}-{month_of(found['name'])}-{found['day']}{' ' * bool(rest)}{rest}"


def period(cell: str, form: str) -> str:
    """The first day of a month, a quarter or a week, year first; the cell where it is none.

    >>> period("Mar-2021", "months"), period("Q3 2021", "quarters"), period("2021-W05", "weeks")
    ('2021-3-1', '2021-7-1', '2021-02-01')
    >>> period("12-Mar-84", "short"), period("2021-03-05", "months")
    ('1984-3-12', '')
    """
    cell = composed(cell)
    found = next((found for one in PERIODS[form] if (found := one.fullmatch(cell))), None)
    if found is None:
        return ""
    every = found.groupdict()
    if "short" in every:
        century = 2000 if int(found["short"]) < CENTURY else 1900
        of = every.get("month") or month_of(found["name"])
        first = f"{century + int(found['short'])}-{of}-{every.get('day') or 1}"
        rest = (every.get("rest") or "").lstrip(", ")
        return f"{first}{' ' * bool(rest)}{rest}"
    year = int(found["year"])
    if form == "weeks":
        return _week(year, int(found["week"]), int(found["of"] or 1))
    if form == "quarters":
        return f"{year}-{3 * int(found['quarter']) - 2}-1"
    month = every.get("month") or month_of(found["name"])
    return f"{year}-{int(month)}-1"


def _week(year: int, week: int, day: int) -> str:
    try:
        return date.fromisocalendar(year, week, day).isoformat()
    except ValueError:
        return ""


def form_of(cells: Iterable[str]) -> tuple[str, list[str]]:
    """Which of `PERIODS` more than half of the cells are, "" if none, and the cells that are not.

    >>> form_of(["2021Q3", "2020Q1", "soon"]), form_of(["a", "b"])
    (('quarters', ['soon']), ('', []))
    """
    cells = list(cells)
    found = [(form, [cell for cell in cells if not period(cell, form)]) for form in PERIODS]
    found = [(form, odd) for form, odd in found if 2 * len(odd) < len(cells)]
    return min(found, key=lambda one: len(one[1]), default=("", []))


def doubt(cells: Iterable[str], form: str) -> str:
    """Why these cells, all of one form, may mean something else; "" if they do not.

    >>> doubt(["2005-06", "2006-07"], "months"), doubt(["12-Mar-45"], "short")
    ('may be months or the seasons of two years', 'do not say their century')
    """
    cells = list(cells)
    if form == "months":
        pairs = [PERIODS[form][0].fullmatch(cell) for cell in cells]
        if len(cells) > 1 and all(
            m and int(m["month"]) == (int(m["year"]) + 1) % 100 for m in pairs
        ):
            return "may be months or the seasons of two years"
    if form in FIRST and (why := _order_doubt(cells, form)):
        return why
    if not form.startswith("short"):
        return ""
    years = [
        int(found["short"])
        for cell in cells
        for one in PERIODS[form]
        if (found := one.fullmatch(cell))
    ]
    if any(SURE[0] < year < SURE[1] for year in years):
        return "do not say their century"
    if form == "short months" and all(1 <= year <= 31 for year in years):
        return "may be a month and its day, or a month and its year"
    return ""


def _order_doubt(cells: list[str], form: str) -> str:
    """Why dates of three short numbers may be read in another order, or be no dates."""
    orders = [other for other in FIRST if all(period(cell, other) for cell in cells)]
    if len(orders) > 1:
        return f"{UNSURE} {' or '.join(f'{FIRST[order]} first' for order in orders)}"
    days = (PERIODS[form][0].fullmatch(cell) for cell in cells)
    if form == "short day" and all(found and int(found["day"]) <= 12 for found in days):
        return "may be dates or the numbers of versions"
    return ""
