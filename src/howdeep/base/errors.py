"""Every error howdeep raises on purpose: where, what, and one fix.

An error names the file, the place, the value and the rule in `what`, and one way out in `fix`.
The command line prints both and exits with `exit_code`; it never shows a traceback for these.
"""

from __future__ import annotations


class HowdeepError(Exception):
    """What went wrong in one sentence and one fix in another.

    >>> raise TableError("a.csv, line 3: 5 fields, the header has 4", "remove the extra comma")
    Traceback (most recent call last):
    ...
    howdeep.base.errors.TableError: a.csv, line 3: 5 fields, the header has 4
      fix: remove the extra comma
    """

    exit_code = 1

    def __init__(self, what: str, fix: str = "") -> None:
        self.what, self.fix = what, fix
        super().__init__(f"{what}\n  fix: {fix}" if fix else what)


class InputError(HowdeepError):
    """The input or an option was refused; nothing was written."""

    exit_code = 2


class TableError(InputError):
    """A table file is damaged, ambiguous or not a table."""


class TargetError(InputError):
    """The column to predict is missing, constant, leaking or too rare."""


class ImageError(InputError):
    """An image, or a set of images, is damaged, ambiguous or none."""


class ArchiveError(InputError):
    """An archive is damaged, or holds what no honest archive of images does."""


class ConfigError(InputError):
    """An option has a value outside its rule."""


class LimitError(InputError):
    """The input is larger than howdeep will take."""


class InstrumentError(InputError):
    """A net cannot be looked at in this way."""


class UnsafeFile(InputError):
    """The file could run code when opened (a pickle); howdeep never opens those."""


class StudyError(HowdeepError):
    """Trouble with a study on disk."""

    exit_code = 3


class StudyNotFound(StudyError):
    """There is no study at this path."""


class StudyLocked(StudyError):
    """Another process is writing this study."""


class StudyMismatch(StudyError):
    """The data, the recipe or the code differ from what the study was begun with."""


class StudyCorrupt(StudyError):
    """A file of the study is not what it was when it was written."""


class StudyTooNew(StudyError):
    """The study was written by a newer howdeep."""


class NotReproducible(StudyError):
    """The same trial gave another result than the one stored."""


class StorageError(StudyError):
    """The disk refused: full, read-only or failing."""


class TrainingError(StudyError):
    """Groups of nets were lost three times; what they trained is on record."""
