"""Which ladders climb: what the user names is never cut short as a contrast."""

from __future__ import annotations

import pytest
from tests import toys

DEPTHS = {"contrast": (0, 1, 2), "whole": (0, 1, 2, 4)}


@pytest.mark.parametrize(
    ("families", "depths"),
    [
        (None, {"resnet": "whole", "cnn": "contrast"}),
        (("resnet",), {"resnet": "whole", "cnn": "contrast"}),
        (("cnn",), {"cnn": "whole"}),
        (("cnn", "mlp"), {"cnn": "whole"}),
        (("resnet", "cnn"), {"resnet": "whole", "cnn": "whole"}),
    ],
)
def test_only_what_was_added_is_shorter(
    families: tuple[str, ...] | None, depths: dict[str, str]
) -> None:
    plan, _ = toys.begin(toys.image_task(600), family=families)
    found = {own.family: own.depths for own in plan.ladders if own.family in ("resnet", "cnn")}
    assert found == {name: DEPTHS[kind] for name, kind in depths.items()}
