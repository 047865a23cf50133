"""What names of folders and tables say of their images: to train, to test, or in between."""

from __future__ import annotations

import re

WORDS = {
    "train": {"train", "training", "trainset", "trn", "trainval"},
    "test": {"test", "testing", "testset", "tst", "holdout"},
    "val": {"val", "valid", "validation", "validate", "valset", "dev", "devel", "development"}
    | {"eval", "evaluation"},
}
FILLING = (
    {"set", "sets", "data", "dataset", "datasets", "split", "splits", "part", "parts", "subset"}
    | {"image", "images", "img", "imgs", "picture", "pictures", "pic", "pics", "photo", "photos"}
    | {"sample", "samples", "example", "examples", "file", "files", "folder", "label", "labels"}
    | {"seg", "all", "the", "raw", "cropped", "resized", "png", "jpg", "jpeg"}
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LETTERS = re.compile(r"[^\W\d_]+")


def words_of(name: str) -> list[str]:
    """The words in a name, in small letters; digits are none.

    >>> words_of("trainImages_2017"), words_of("seg_train"), words_of("testdata")
    (['train', 'images'], ['seg', 'train'], ['test', 'data'])
    """
    found = [word.casefold() for word in _LETTERS.findall(_CAMEL.sub(" ", name))]
    return [part for word in found for part in _parts(word)]


def _parts(word: str) -> list[str]:
    """A role and what says nothing, where a word is the two of them together."""
    known = {role for roles in WORDS.values() for role in roles}
    if word in known:
        return [word]
    whole = (word[:i] for i in range(3, len(word) - 2) if word[:i] in known)
    role = next((start for start in whole if word[len(start) :] in FILLING), "")
    return [role, word[len(role) :]] if role else [word]


def role_in(name: str) -> tuple[str, str]:
    """The one role that a name holds, or nothing, and the other words of the name.

    >>> role_in("training_set"), role_in("freight_train"), role_in("cat")
    (('train', ''), ('train', 'freight'), ('', 'cat'))
    """
    words = words_of(name)
    found = {role for role, known in WORDS.items() for word in words if word in known}
    role = found.pop() if len(found) == 1 else ""
    roles = WORDS.get(role, set())
    return role, " ".join(w for w in words if w not in roles and w not in FILLING)


def role_of(name: str) -> str:
    """The role of a name that says nothing else; empty where it does.

    >>> role_of("Valid"), role_of("freight_train")
    ('val', '')
    """
    role, rest = role_in(name)
    return role if not rest else ""


def filling(name: str) -> bool:
    """Whether a name says nothing of what it holds, as "images"."""
    return all(word in FILLING for word in words_of(name))
