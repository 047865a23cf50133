"""The same convolutions without skips: the contrast that shows what skips are for."""

from howdeep.nets.families._conv import SEARCH, conv

FAMILY = conv(
    SEARCH,
    "the same convolutions without skips",
    skip="none",
)
