"""Pre-activation residual convolutions, branches scaled by sqrt(2/L): the default for images."""

from howdeep.nets.families._conv import SEARCH, conv

FAMILY = conv(
    SEARCH,
    "residual blocks of two 3x3 convolutions, as many in every stage",
    skip="identity",
)
