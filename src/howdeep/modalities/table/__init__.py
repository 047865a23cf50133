"""Tables: columns of numbers and categories, one of them to predict."""

from __future__ import annotations

from howdeep.base.errors import TableError
from howdeep.data.parts import Parting
from howdeep.modalities._modality import Defaults, Modality
from howdeep.modalities.table.options import Columns, Leaks, Reading

HINTS = (" --groups ", " --time ")
PARTING = Parting(row="row", holdout_rows=50_000, error=TableError)

MODALITY = Modality(
    name="table",
    what="a table",
    parting=PARTING,
    defaults=Defaults(
        families=("resmlp", "mlp"),
        seeds={"default": 50, "quick": 12},
        sure=8,
        sure_in_folds=2,
        looks_in_folds=True,
        allowance=1.2e14,
        minutes=7,
        least_rows=5_000,
        fewer_val=False,
        spared=True,
    ),
    package=__name__,
    options=(Columns, Reading, Leaks),
    rank=0,  # any text may be a table
    hints=HINTS,
    encodings={
        "": "ranks and bins of each column",
        "standard": "all numbers by one mean and one deviation (as signals and pixels want it)",
        "linear": "each column by its own mean and deviation",
    },
)
