"""Residual blocks without normalisation, branches scaled by sqrt(2/L): the default ladder.

No norm: a layer norm on a table's stem would discard the amplitude of each row.
"""

from howdeep.base.nouns import RateSearch
from howdeep.nets.families._dense import dense

FAMILY = dense(
    RateSearch(),
    "residual blocks, each adding to what came before it (two weight layers a block)",
    skip="identity",
    norm="none",
)
