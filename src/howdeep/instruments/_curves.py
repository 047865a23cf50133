"""Curves by depth, a line a family, of what instruments found about the nets of a study."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart, Level, Mark, Series

Pick = Callable[[Measurement], Sequence[float | None] | None]
MOST = 6  # lines that can be told apart


def family(one: Measurement) -> str:
    """The family in a net's name; the net of no blocks belongs to all of them.

    >>> family(Measurement("x", "resmlp-16", 16, {})), family(Measurement("x", "linear", 0, {}))
    ('resmlp', '')
    """
    return one.net.removesuffix(f"-{one.depth}") if one.depth > 0 else ""


def by_depth(
    found: Sequence[Measurement], pick: Pick, title: str, summary: str, y_title: str,
    *, levels: tuple[Level, ...] = (), say: str = "{:.3g}", log_y: bool = False,
) -> Chart | None:  # fmt: skip
    """A chart of `pick`: (value, low, high) of a net, or None; `None` where no net has one.

    A line of each family over depth; nets that are of no ladder stand next to one another.
    """
    known = [(one, got) for one in found if (got := pick(one)) is not None and got[0] is not None]
    if not known:
        return None
    ladder = all(one.depth >= 0 for one, _ in known)
    depths = sorted({one.depth for one, _ in known})
    place = {one.net: depths.index(one.depth) if ladder else i for i, (one, _) in enumerate(known)}
    names = list(dict.fromkeys(family(one) for one, _ in known if one.depth > 0)) or [""]
    lines = []
    for colour, name in enumerate(names):
        own = [pair for pair in known if not ladder or family(pair[0]) in (name, "")]
        marks = tuple(_mark(one, got, place[one.net], say) for one, got in own)
        lines.append(Series(name, marks, colour, line=ladder))
    ticks = tuple((float(i), str(d)) for i, d in enumerate(depths)) if ladder else tuple(
        (float(i), one.net[:12]) for i, (one, _) in enumerate(known)
    )  # fmt: skip
    where = "blocks" if ladder else "net"
    return Chart(
        title, summary, where, y_title, tuple(lines), x_ticks=ticks, levels=levels, log_y=log_y
    )


def _mark(one: Measurement, got: Sequence[float | None], x: int, say: str) -> Mark:
    value, low, high = (*got, None, None)[:3]
    assert value is not None
    between = "" if low is None or high is None else f" ({say.format(low)} to {say.format(high)})"
    return Mark(float(x), value, low, high, tip=f"{one.net}: {say.format(value)}{between}")


def spread(found: Sequence[Measurement], most: int = MOST) -> list[Measurement]:
    """At most so many nets, of the family that has the most, from the shallowest to the deepest."""
    families = [family(one) for one in found if one.depth > 0]
    largest = max(dict.fromkeys(families), key=families.count) if families else ""
    own = [one for one in found if one.depth <= 0 or family(one) == largest]
    if len(own) <= most:
        return own
    return [own[round(i * (len(own) - 1) / (most - 1))] for i in range(most)]


def points(share: float | None, digits: int = 1) -> str:
    """A share in points of a hundred.

    >>> points(0.1234), points(None), points(-0.0001)
    ('12.3', '', '0.0')
    """
    if share is None:
        return ""
    text = f"{100 * share + 0.0:.{digits}f}"
    return (text.lstrip("-") if not float(text) else text).replace("-", "\u2212")


def between(bounds: Sequence[float | None], digits: int = 1) -> str:
    """An interval in points.

    >>> between((0.1, 0.05, 0.2))
    '5.0 to 20.0'
    """
    return f"{points(bounds[1], digits)} to {points(bounds[2], digits)}"
