"""Images: all of one size, in classes."""

from __future__ import annotations

from collections.abc import Iterator

from howdeep.base.errors import ImageError
from howdeep.base.nouns import Inputs, TaskInfo
from howdeep.data.parts import Parting
from howdeep.modalities._modality import Defaults, Modality
from howdeep.modalities.image.options import Pictures

LEAST_SIZE = 16  # pixels: nobody is told to make images smaller
# Rows are what limits a comparison of tables; of images it is their nets, which cost hundreds of
# times as much, so that fewer rows are put into folds.
PARTING = Parting(row="image", holdout_rows=4_000, error=ImageError, chance=False)


def smaller(info: TaskInfo) -> Iterator[tuple[Inputs, str]]:
    """Half, a quarter ... of the images' size."""
    side = min(info.shape[:2], default=0) // 2
    while side >= LEAST_SIZE:
        columns = side * side * info.shape[2]
        shape = (side, side, info.shape[2])
        yield Inputs(columns, columns, columns, shape), f"--image-size {side}"
        side //= 2


MODALITY = Modality(
    name="image",
    what="images",
    parting=PARTING,
    defaults=Defaults(
        families=("resnet", "cnn", "resmlp", "mlp"),
        seeds={"default": 5, "quick": 3},
        sure=0,
        sure_in_folds=0,
        looks_in_folds=False,  # few looks, of which the first may drop
        allowance=2.4e14,
        minutes=10,
        least_rows=10_000,
        fewer_val=True,
        spared=False,
    ),
    package=__name__,
    options=(Pictures,),
    smaller=smaller,
)
