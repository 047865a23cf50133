"""Two pictures that are no charts: a heat map, and a sheet of small images; both as one `<svg>`."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from dataclasses import dataclass

from howdeep.report.svg import EM, element, esc, text_at

EDGE = 8.0
Ends = tuple[float, float, float]


@dataclass(frozen=True)
class Heat:
    """Values by row and column, as shades of one colour; `None` is left white.

    `values[row][column]`; the first row is at the top. The strongest shade is at `high` and none at
    `low` (of the values, where not given); `log` shades by the logarithm. `says[row][column]`,
    where given, are the tooltips. `limits[column]`, where given: a line is
    drawn below so many rows.
    """

    title: str
    summary: str  # the text alternative
    x_title: str
    y_title: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    low: float | None = None
    high: float | None = None
    log: bool = False
    says: tuple[tuple[str, ...], ...] = ()
    colour: int = 0
    width: int = 410
    limits: tuple[int, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """Small images next to one another, each with a caption; pixels are bytes.

    `images[i]`: (height, width, channels, pixels row by row), of 1 or 3 channels.
    """

    title: str
    summary: str
    images: tuple[tuple[int, int, int, bytes], ...]
    captions: tuple[str, ...] = ()
    size: int = 56  # px along a side of each
    width: int = 410


def heat_svg(heat: Heat, ident: str) -> str:
    """The heat map as one `<svg>` element; `ident` makes its ids unique on the page."""
    left = 26 + EM * max((len(name) for name in heat.rows), default=0)
    across = (heat.width - left - EDGE) / max(len(heat.columns), 1)
    tall = min(22.0, max(6.0, 200.0 / max(len(heat.rows), 1)))
    bottom = 8 + tall * len(heat.rows)
    ends = _ends(heat)
    body = [
        _cell(heat, ends, r, c, left + c * across, 8 + r * tall, across, tall)
        for r in range(len(heat.rows))
        for c in range(len(heat.columns))
    ]
    if heat.limits:
        steps = "".join(
            f"V{8 + rows * tall:.1f}H{left + (c + 1) * across:.1f}"
            for c, rows in enumerate(heat.limits)
        )
        body.append(f'<path class="limit" d="M{left:.1f} {8 + heat.limits[0] * tall:.1f}{steps}"/>')
    every = max(1, math.ceil(9 / tall))
    body += [
        text_at("tick", left - 6, 8 + (r + 0.5) * tall + 4, name, "end")
        for r, name in enumerate(heat.rows)
        if r % every == 0
    ]
    longest = max((len(name) for name in heat.columns), default=1)
    step = max(1, math.ceil(EM * (longest + 1) / across))
    body += [
        text_at("tick", left + (c + 0.5) * across, bottom + 15, name, "middle")
        for c, name in enumerate(heat.columns)
        if c % step == 0
    ]
    middle = (left + heat.width - EDGE) / 2
    body.append(text_at("tick", middle, bottom + 33, heat.x_title, "middle"))
    turned = f"translate(12 {8 + tall * len(heat.rows) / 2:.1f}) rotate(-90)"
    body.append(
        f'<text class="tick" text-anchor="middle" transform="{turned}">{esc(heat.y_title)}</text>'
    )
    return element("chart", heat.title, heat.summary, ident, (heat.width, bottom + 40), body)


def sheet_svg(sheet: Sheet, ident: str) -> str:
    """The images as one `<svg>` element, each embedded as a PNG."""
    size, gap = sheet.size, 6
    line = size + gap + (14 if any(sheet.captions) else 0)
    per = max(1, (sheet.width - gap) // (size + gap))
    body = []
    for i, image in enumerate(sheet.images):
        x, y = gap + (i % per) * (size + gap), gap + (i // per) * line
        caption = sheet.captions[i] if i < len(sheet.captions) else ""
        body.append(
            f'<image class="tile" x="{x}" y="{y}" width="{size}" height="{size}" '
            f'preserveAspectRatio="xMidYMid meet" href="{png(*image)}">'
            f"<title>{esc(caption)}</title></image>"
        )
        if caption:
            body.append(
                text_at("tick", x + size / 2, y + size + 11, caption[: int(size / EM)], "middle")
            )
    height = gap + line * math.ceil(len(sheet.images) / per)
    return element("chart", sheet.title, sheet.summary, ident, (sheet.width, height), body)


def png(height: int, width: int, channels: int, pixels: bytes) -> str:
    """A PNG as a `data:` address, of grey (1 channel) or coloured (3) bytes, row by row."""
    line = width * channels
    raw = b"".join(b"\0" + pixels[r * line : (r + 1) * line] for r in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    made = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return "data:image/png;base64," + base64.b64encode(made).decode()


def _cell(
    heat: Heat, ends: Ends, r: int, c: int, x: float, y: float, wide: float, tall: float
) -> str:
    value = heat.values[r][c]
    shade = _shade(value, ends, heat.log)
    says = heat.says[r][c] if heat.says else "" if value is None else f"{value:.3g}"
    size = f'width="{max(wide - 1, 0.5):.1f}" height="{max(tall - 1, 0.5):.1f}"'
    where = f'x="{x:.1f}" y="{y:.1f}" {size}'
    return (
        f'<rect class="heat s{heat.colour % 6}" {where} fill-opacity="{shade:.2f}">'
        f"<title>{esc(says)}</title></rect>"
    )


def _ends(heat: Heat) -> Ends:
    """Where the shades begin and end, and the least value above 0."""
    known = [v for row in heat.values for v in row if v is not None]
    low = min(known, default=0.0) if heat.low is None else heat.low
    high = max(known, default=0.0) if heat.high is None else heat.high
    return low, high, min((v for v in known if v > 0), default=1.0)


def _shade(value: float | None, ends: Ends, log: bool) -> float:
    """How strong, 0 to 1."""
    if value is None:
        return 0.0
    low, high, floor = ends
    if log:
        low, high, value = (math.log(max(v, floor)) for v in (low, high, value))
    if high <= low:
        return 0.5
    return 0.04 + 0.96 * min(max((value - low) / (high - low), 0.0), 1.0)
