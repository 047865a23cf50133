"""What every drawing is made of: an `<svg>` with its text alternative, and escaped texts in it."""

from __future__ import annotations

import html
from collections.abc import Iterable

EM = 6.6  # estimated width of a character at the drawings' 12 px, to keep labels apart


def esc(words: str) -> str:
    """Words as text or as the value of an attribute."""
    return html.escape(words, quote=True)


def text_at(kind: str, x: float, y: float, words: str, anchor: str = "start") -> str:
    """Words at a place, in the style of a CSS class."""
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {at}>{esc(words)}</text>'


def element(
    kind: str, title: str, summary: str, ident: str, size: tuple[float, float], body: Iterable[str]
) -> str:
    """The drawing of a CSS class; `ident` makes its ids unique on the page, `size` is in pixels."""
    return (
        f'<svg class="{kind}" role="img" viewBox="0 0 {size[0]:.0f} {size[1]:.0f}" '
        f'aria-labelledby="{ident}-t {ident}-d">'
        f'<title id="{ident}-t">{esc(title)}</title><desc id="{ident}-d">{esc(summary)}</desc>'
        + "".join(body)
        + "</svg>"
    )
