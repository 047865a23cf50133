"""The same convolutions without skips: the contrast that shows what skips are for."""

from howdeep.families._conv import SEARCH, conv

FAMILY = conv(
    SEARCH,
    skip="none",
)
