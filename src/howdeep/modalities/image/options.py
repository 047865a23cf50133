"""Options that only images have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from howdeep.base import parsers
from howdeep.base.limits import DEFAULT_IMAGE_SIZE, MAX_IMAGE_SIZE, MIN_IMAGE_SIZE
from howdeep.base.rules import READ, Rule

SIZES = (MIN_IMAGE_SIZE, MAX_IMAGE_SIZE)


@dataclass(frozen=True)
class Pictures:
    """How images are read."""

    section = "Images"
    image_size: Annotated[
        int | None,
        Rule(
            parsers.integer,
            "scale images to N x N pixels",
            *SIZES,
            metavar="N",
            usual=f"their own size; where they differ {DEFAULT_IMAGE_SIZE} or fewer",
        ),
    ] = None  # as they are, or guessed where they differ
    skip_unreadable: Annotated[
        bool, Rule(parsers.flag, "leave out image files that cannot be read", on=READ)
    ] = False
    allow_conflict: Annotated[
        bool, Rule(parsers.flag, "keep equal images with different labels")
    ] = False
    data_dir: Annotated[
        str | None,
        Rule(
            parsers.path,
            "folder with the files of a named set",
            metavar="FOLDER",
            operational=True,
            usual="downloaded once",
        ),
    ] = None
