"""What the allowance lets in: rows, seeds, folds and width give way before depth."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from howdeep.base.nouns import Inputs, RateSearch
from howdeep.modalities import modality
from howdeep.nets.families import family
from howdeep.nets.ladder import rates_tried
from howdeep.route import fit as fits
from howdeep.route.fit import Asked, Fit

DENSE = family("mlp").kind
TABLE = Asked(("resmlp", "mlp"), DENSE.depths, 32)
IMAGES = (
    Asked(("resnet",), (0, 1, 2, 4), 8),
    Asked(("cnn",), (0, 1, 2), 0, contrast=True),
    Asked(("resmlp", "mlp"), (0, 1, 2, 4), 0, contrast=True),
)
LEAST = modality("table").defaults.least_rows
ALLOWANCE = {"table": 2e14, "image": modality("image").defaults.allowance}
PLAN = {
    "asked": [TABLE],
    "inputs": Inputs(280, 14, 90),
    "outputs": 2,
    "designs": fits.designs(20, 1),
    "least": LEAST,
}


def image_inputs(side: int, channels: int) -> Inputs:
    columns = side * side * channels
    return Inputs(columns, columns, columns, (side, side, channels))


def image_fit(images: int, side: int, channels: int, classes: int, allowance: float) -> Fit:
    folds = 5 if images < 4_000 else 1
    rows = int(images * (0.64 if folds == 5 else 0.6))
    inputs = image_inputs(side, channels)
    least = modality("image").defaults.least_rows
    return fits.fit(IMAGES, rows, inputs, classes, fits.designs(5, folds), allowance, least)


def test_a_study_within_the_allowance_keeps_all_its_rows() -> None:
    fit = fits.fit(rows=6_000, allowance=ALLOWANCE["table"], **PLAN)
    first = fit.ladders[0]
    assert (fit.rows, fit.seeds, first.width, first.extend_to) == (6_000, 20, 64, 32)
    assert fit.flops <= ALLOWANCE["table"]


def test_rows_give_way_first_then_seeds_then_width_and_four_depths_stay() -> None:
    allowance = fits.fit(rows=40_000, allowance=math.inf, **PLAN).flops
    seen = []
    while allowance > 1e12:
        seen.append(fits.fit(rows=40_000, allowance=allowance, **PLAN))
        first = seen[-1].ladders[0]
        assert seen[-1].flops <= allowance or (first.depths, first.width) == ((0, 1, 2, 4), 32)
        allowance /= 1.2
    assert seen[0].rows == 40_000
    assert all(fit.rows == LEAST for fit in seen if fit.seeds < 20)
    firsts = [fit.ladders[0] for fit in seen]
    assert all(first.depths[:4] == (0, 1, 2, 4) for first in firsts)
    assert any(fit.seeds < 8 and fit.ladders[0].width == 64 for fit in seen)
    assert any(first.width < 64 and first.depths == DENSE.depths for first in firsts)
    assert (seen[-1].seeds, firsts[-1].width) == (3, 32)


def test_rows_in_folds_are_never_capped() -> None:
    plan = {**PLAN, "designs": fits.designs(20, 5)}
    fit = fits.fit(rows=2_000, allowance=1e12, **plan)
    assert (fit.rows, fit.folds) == (2_000, 2)


@pytest.mark.parametrize(
    ("rows", "inputs", "outputs", "folds"),
    [
        (13_209, Inputs(90, 9, 10), 1, 5),  # California housing
        (12_800, Inputs(140, 16, 20), 26, 5),  # letter recognition
        (7_890, Inputs(180, 17, 90), 2, 5),  # online shoppers
        (491, Inputs(70, 8, 8), 2, 5),  # Pima
    ],
)
def test_an_ordinary_table_loses_nothing_but_folds(
    rows: int, inputs: Inputs, outputs: int, folds: int
) -> None:
    """Its sure seeds, with the default allowance."""
    designs, allowance = fits.designs(2, 5, False), modality("table").defaults.allowance
    fit = fits.fit([TABLE], rows, inputs, outputs, designs, allowance, LEAST, grows=False)
    assert (fit.rows, fit.seeds, fit.folds) == (rows, 2, folds)
    assert fit.ladders == fits.climbed([TABLE], fit.rows, folds)


def test_of_very_many_rows_in_folds_some_go_after_the_folds() -> None:
    designs = fits.designs(2, 5, False)
    fit = fits.fit([TABLE], 32_000, Inputs(500, 50, 90), 2, designs, 4e13, LEAST, grows=False)
    assert fit.folds == 2
    assert LEAST <= fit.rows < 32_000
    assert fit.ladders[0].depths == DENSE.depths


@pytest.mark.parametrize("classes", [2, 100])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [28, 32, 64, 96, 128])
@pytest.mark.parametrize("images", [500, 1_000, 2_062, 3_900, 4_100, 10_000])
def test_images_keep_four_depths(images: int, side: int, channels: int, classes: int) -> None:
    fit = image_fit(images, side, channels, classes, ALLOWANCE["image"])
    assert fit.flops <= ALLOWANCE["image"]
    assert fit.ladders[0].depths == (0, 1, 2, 4)
    assert fit.seeds >= 3
    assert fit.folds >= (2 if images < 4_000 else 1)
    assert all(each.depths[:2] == (0, 1) for each in fit.ladders)


def test_two_thousand_photographs_keep_their_width_and_what_they_are_compared_with() -> None:
    fit = image_fit(2_062, 64, 3, 10, ALLOWANCE["image"])
    assert (fit.ladders[0].width, fit.folds) == (64, 2)
    assert fit.seeds >= 4
    assert [each.family for each in fit.ladders] == ["resnet", "cnn", "resmlp", "mlp"]


def test_nets_of_one_kind_are_narrowed_together() -> None:
    fit = image_fit(2_062, 64, 3, 10, 6e13)
    assert {each.family: each.width for each in fit.ladders} == {"resnet": 32, "cnn": 32}
    assert fit.ladders[0].depths == (0, 1, 2, 4)


def test_no_more_than_what_is_there_to_compare_with_is_left_out() -> None:
    named = [replace(kind, named=True) for kind in IMAGES]
    inputs = image_inputs(128, 3)
    for asked, families in ((IMAGES, 2), (named, 4)):
        fit = fits.fit(asked, 1_280, inputs, 100, fits.designs(5, 5), ALLOWANCE["image"], 0)
        assert len(fit.ladders) == families
        assert fit.ladders[0].depths == (0, 1, 2, 4)


def test_depths_beyond_the_usual_ladder_go_first() -> None:
    deep = [replace(TABLE, depths=(*TABLE.depths, 64, 512), extend_to=0)]
    inputs, designs = Inputs(100, 100, 100), fits.designs(20, 5)
    fit = fits.fit(deep, 1_000, inputs, 10, designs, 1.2e14, LEAST)
    assert (fit.seeds, fit.folds, fit.ladders[0].depths[:6]) == (20, 5, TABLE.depths)
    assert 512 not in fit.ladders[0].depths


@pytest.mark.parametrize("depths", [(0, 1), (0, 2), (0, 8), (0, 1, 2), (0, 4, 8, 16)])
def test_never_fewer_than_two_of_the_depths_asked_for(depths: tuple[int, ...]) -> None:
    asked = [Asked(("resnet",), depths, 0)]
    fit = fits.fit(asked, 1_280, image_inputs(64, 3), 10, fits.designs(5, 5), 0.0)
    few = tuple(d for d in depths if d <= 4)
    assert fit.ladders[0].depths == (few if len(few) > 1 else depths[:2])


@pytest.mark.parametrize(
    ("search", "tried"),
    [
        (RateSearch(transfers=False), 7),
        (DENSE.beside_search, 3),  # its neighbours are in the grid
        (fits.tuned(RateSearch(), 20_000, 5), 6),  # every other rate, and the best one's two
        (RateSearch(grid=(-6,)), 1),
        (RateSearch(grid=(-8, -5), step=3), 2),
        (RateSearch(grid=(-8, -5), step=1), 4),
    ],
)
def test_a_search_is_priced_by_the_rates_that_it_tries(search: RateSearch, tried: int) -> None:
    ladder = fits.climbed((Asked(("mlp",), (0, 1, 2), 0, search=search),), 2_000, 1)[0]
    assert rates_tried(ladder, 1) == tried


def test_two_thousand_photographs_keep_five_seeds_beside_four_depths() -> None:
    kinds = (
        Asked(("resnet",), (0, 1, 2, 4), 8),
        Asked(("cnn",), (0, 1, 2), 0, contrast=True),
        Asked(("resmlp", "mlp"), (0, 1, 2, 4), 0, search=DENSE.beside_search, contrast=True),
    )
    designs, allowance = fits.designs(5, 5), ALLOWANCE["image"]
    fit = fits.fit(kinds, 1_280, image_inputs(64, 3), 10, designs, allowance, 1_280)
    assert (fit.seeds, fit.folds) == (5, 2)
    assert fit.ladders[0].depths == (0, 1, 2, 4)
