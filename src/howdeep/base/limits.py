"""Every cap in one place: what howdeep refuses, and what a study may spend."""

from __future__ import annotations

MAX_FILE_BYTES = 2 * 1024**3  # a table file; larger is refused from its size, before reading
MAX_CELL_CHARS = 1_000_000
MAX_COLUMNS = 10_000
MAX_CELLS = 100_000_000  # of a text table: about 7 GB in memory while it is read
MAX_CLASSES = 1_000
MAX_ENCODED_COLUMNS = 20_000
MIN_ROWS = 50  # fewer cannot be split five ways and still say anything
MAX_BLOCKS = 1_024
ECHO_CHARS = 80  # at most this much of a user's cell is shown in an error

EXTEND_TO_BLOCKS = 32  # the ladder's default cap
MAX_NETS_IN_GROUP = 16
GROUP_SHARE_OF_ROUND = 1 / 8
CALL_FLOPS = 5e6  # what one weight layer's calls cost a step, in FLOPs of the time they take
ALLOWANCE_FLOPS = 2e14  # about ten minutes on two cores of 2025
MIN_CAPPED_ROWS = 5_000
RIVALS_WORK = 2.4e11  # nanoseconds of one core at worst for all classical models; usually a third
MIN_RIVAL_ROWS = 1_000  # a classical model that could be given no more is left out
MAX_ATTEMPTS = 3
