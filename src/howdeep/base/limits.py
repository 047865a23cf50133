"""Every cap in one place: what howdeep refuses, and what a study may spend."""

from __future__ import annotations

MAX_FILE_BYTES = 2 * 1024**3  # a table file; larger is refused from its size, before reading
MAX_CELL_CHARS = 1_000_000
MAX_COLUMNS = 10_000
MAX_CELLS = 100_000_000  # of a text table: packed, they take what their text does
MAX_TYPED_CELLS = 25_000_000  # of a Parquet table, which may be a thousandth of that on disk
MAX_CLASSES = 1_000
MAX_ENCODED_COLUMNS = 20_000
MIN_ROWS = 50  # fewer cannot be split five ways and still say anything
MAX_BLOCKS = 1_024
ECHO_CHARS = 80  # at most this much of a user's cell is shown in an error

MAX_PIXELS = 40_000_000  # of one image; RGBA that is 160 MB before anything is done with it
MAX_PAGES = 1_000  # of one file: pages of a TIFF, frames of an animation
MAX_IMAGE_FILE_BYTES = 128 * 1024**2  # one image as stored
MAX_IMAGES = 1_000_000
MAX_IMAGE_BYTES = 2 * 1024**3  # all images of a set, at the size they are learnt from
MAX_FOLDERS_DEEP = 16
DEFAULT_IMAGE_SIZE = 64  # images of mixed sizes become at most so many pixels wide and high
MIN_IMAGE_SIZE = 8  # smaller ones are nobody's meaning, unless told
MAX_IMAGE_SIZE = 1_024
MAX_MEMBERS = 100_000  # of an archive
MAX_RATIO = 100  # bytes that a byte of an archive may become
RATIO_SLACK = 16 * 1024**2  # bytes before the ratio is looked at
MAX_NAME_CHARS = 1_000  # of a path inside an archive

EXTEND_TO_BLOCKS = 32  # the ladder's default cap
MAX_NETS_IN_GROUP = 16
WIDENED_BYTES = 5e8  # that a group of widened nets may take where all other groups take less
GROUP_SHARE_OF_ROUND = 1 / 8
CALL_FLOPS = 5e6  # what one weight layer's calls cost a step, in FLOPs of the time they take
SPENT = 0.45  # of the worst case, by the seeds that are sure: most nets end early
CAPPED_SHARE = 0.2  # of nets ended by the step cap; above it a cell has trained too short
USUAL_SEEDS = 20  # beyond, only what is undetermined is worth more of them
USUAL_SEEDS_IN_FOLDS = 8
RIVALS_WORK = 2e11  # nanoseconds of one core for all classical models, as estimated
RIVAL_FLOPS = 100  # that nets train by in a nanosecond of that
MIN_RIVAL_ROWS = 1_000  # a classical model that could be given no more is left out
MAX_ATTEMPTS = 3
ROWS_KEPT_BYTES = 16 * 1024**2  # row scores in memory: of 400 nets on 10,000 rows; others are read


def memory_words(count: float) -> str:
    """Bytes as people say them.

    >>> memory_words(1.52e9), memory_words(652e6)
    ('1.5 GB', '652 MB')
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def time_words(minutes: float) -> str:
    """
    >>> time_words(10), time_words(100)
    ('10 minutes', '1.7 hours')
    """
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"
