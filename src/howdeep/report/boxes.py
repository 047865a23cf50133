"""A net as one inline `<svg>` of boxes, from input to head, with an arc for every shortcut.

One column of boxes, so that it is as legible on a small screen as on a large one. Colours are CSS
classes, text takes the page's colour, and all text is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterator

from howdeep.base.nouns import Part
from howdeep.report.parts import Drawing
from howdeep.report.svg import element, text_at

WIDTH, HEIGHT, GAP = 270, 44, 24  # of a box in pixels, and between two
LEFT, SIDE = 8, 34  # of all boxes, and right of them for the arcs
FEW = 3  # parts of one kind that are drawn one by one; of more the first and the last


def boxes(net: Drawing) -> str:
    """The drawing as one `<svg>` element."""
    rows = list(_rows(net.parts))
    height = sum(HEIGHT if part else GAP for part, _ in rows) + GAP * (len(rows) - 1) + 4
    out, y = [], 2.0
    for i, (part, text) in enumerate(rows):
        if i:
            out += _arrow(y)
            y += GAP
        if part is None:
            out.append(text_at("size", LEFT + WIDTH / 2, y + GAP / 2 + 4, text, "middle"))
            y += GAP
            continue
        out += _box(part, text, y)
        y += HEIGHT
    size = (LEFT + WIDTH + SIDE, height)
    return element("boxes", net.title, net.summary, net.ident, size, out)


def _rows(parts: tuple[Part, ...]) -> Iterator[tuple[Part | None, str]]:
    """What stands below one another: parts with their labels, and what stands for many of them."""
    for part in parts:
        if part.times == 1:
            yield part, part.label
        elif part.times <= FEW:
            yield from ((part, f"{part.label} ({i + 1})") for i in range(part.times))
        else:
            yield part, f"{part.label} (1)"
            yield None, f"… {part.times - 2} more like it …"
            yield part, f"{part.label} ({part.times})"


def _box(part: Part, label: str, y: float) -> list[str]:
    kind = "box block" if part.skip or part.times > 1 else "box"
    middle = LEFT + WIDTH / 2
    rect = f'<rect class="{kind}" x="{LEFT}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}"/>'
    out = [
        rect,
        text_at("what", middle, y + 18, label, "middle"),
        text_at("size", middle, y + 35, part.size, "middle"),
    ]
    if part.skip:  # leaves the way above the box, and comes back to it below
        top, bottom, far = y - 7, y + HEIGHT + 7, LEFT + WIDTH + SIDE - 6
        out.append(
            f'<path class="arc" d="M {middle:.0f} {top:.0f} H {far - 12} Q {far} {top:.0f} {far} '
            f"{top + 12:.0f} V {bottom - 12:.0f} Q {far} {bottom:.0f} {far - 12} {bottom:.0f} "
            f'H {middle:.0f}"/>'
        )
    return out


def _arrow(y: float) -> list[str]:
    x, end = LEFT + WIDTH / 2, y + GAP
    line = f'<path class="way" d="M {x:.0f} {y:.0f} V {end - 5:.0f}"/>'
    tip = f'<path class="tip" d="M {x - 4:.0f} {end - 7:.0f} H {x + 4:.0f} L {x:.0f} {end:.0f} Z"/>'
    return [line, tip]
