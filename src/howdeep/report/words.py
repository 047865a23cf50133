"""Numbers, depths and names as people read them. Scores come in larger-is-better form."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable

from howdeep import metrics, modalities
from howdeep.base.nouns import Plan, TaskInfo
from howdeep.base.verdicts import CellRef
from howdeep.metrics._unit import Unit

NAME_CHARS = 40  # a column, class or file name is cut to this many characters

# What kinds of net are in studies of howdeep 0.3 and before, whose plans do not say it.
EARLIER = {
    "linear": "no hidden layer at all",
    "resmlp": "residual blocks, each adding to what came before it (two weight layers a block)",
    "mlp": "plain hidden layers, one after another (one weight layer a block)",
    "conv": "the strided convolutions that the convolutional nets share, without blocks",
    "resnet": "residual blocks of two 3x3 convolutions, as many in every stage",
    "cnn": "the same convolutions without skips",
    "preln": "residual blocks with layer normalisation (two weight layers a block)",
}
# What people call nets of each family, in the order of their colours; one of another package has
# its own name.
NETWORKS = {
    "resmlp": "residual network",
    "mlp": "plain network",
    "resnet": "convolutional residual network",
    "cnn": "plain convolutional network",
    "preln": "residual network with layer normalisation",
}
BLOCKS = {  # what a block is, for readers who never heard of one
    "resmlp": "two layers with weights and a shortcut around them",
    "preln": "two layers with weights and a shortcut around them",
    "mlp": "one hidden layer",
    "resnet": "two convolutions with a shortcut around them, one block in every stage",
    "cnn": "two convolutions, one block in every stage",
}


def sees(task: TaskInfo, encoding: str) -> str:
    """What nets of a study see with an encoding, in the words of its kind of data."""
    return clean(modalities.of(task).sees(encoding), 200)


# ---- names that came from the user's data -------------------------------------------------------
def clean(text: str, limit: int = NAME_CHARS) -> str:
    r"""Text from data made safe to show: control, bidirectional and invisible characters escaped.

    Cut in the middle where longer than `limit`, so that a name's beginning and end both show.

    >>> clean("a\x1b[31mb"), clean("abcdefghij", 5)
    ('a\\u{1b}[31mb', 'ab…ij')
    """
    if len(text) > limit:
        text = f"{text[: limit // 2]}…{text[len(text) - (limit - 1) // 2 :]}"
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    hidden = unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return f"\\u{{{ord(char):x}}}" if hidden else char


def listed(items: Iterable[str], most: int = 4, word: str = "and") -> str:
    """Items as a sentence lists them.

    >>> listed(["1", "2", "4"]), listed("abcdef", 3)
    ('1, 2 and 4', 'a, b, c and 3 more')
    """
    all_ = list(items)
    if len(all_) > most:
        return f"{', '.join(all_[:most])} and {len(all_) - most} more"
    return f" {word} ".join([", ".join(all_[:-1]), all_[-1]]) if len(all_) > 1 else "".join(all_)


# ---- depths -----------------------------------------------------------------------------------
def plural(n: int, noun: str) -> str:
    """
    >>> plural(1, "block"), plural(2000, "row")
    ('1 block', '2,000 rows')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def network(family: str) -> str:
    """What people call nets of a family.

    >>> network("resmlp"), network("tanhmlp")
    ('residual network', 'tanhmlp network')
    """
    return NETWORKS.get(family) or f"{clean(family)} network"


def layers_words(ref: CellRef) -> str:
    return f"{plural(ref.weight_layers, 'layer')} with weights"


def textbook(weight_layers: int) -> str:
    """What textbooks call a net of so many layers with weights, the last of which gives the output.

    Shallow: one hidden layer, or sometimes two; deep: three or more. Two are a gap between them.

    >>> [textbook(n) for n in (1, 2, 3, 4)]
    ['linear', 'shallow', 'between shallow and deep', 'deep']
    """
    return ("linear", "shallow", "between shallow and deep", "deep")[min(weight_layers, 4) - 1]


def depth(ref: CellRef, family: bool = False) -> str:
    """A depth in both units, and its kind of net where the study compared several.

    >>> depth(CellRef("resmlp", 4, 10, 900, 64), family=True)
    'the residual network with 4 blocks (10 layers with weights)'
    >>> depth(CellRef("resnet", 1, 10, 900, 64, 71))
    '1 block a stage (10 layers with weights)'
    """
    if not ref.blocks:
        return blocks_words(ref) + ("" if ref.receptive_field else " (no hidden layer)")
    of = f"the {network(ref.family)} with " if family else ""
    return f"{of}{blocks_words(ref)} ({layers_words(ref)})"


def to_build(ref: CellRef) -> str:
    """A net as somebody would build it.

    >>> to_build(CellRef("resmlp", 2, 6, 900, 64))
    'a residual network with 2 blocks (6 layers with weights, 64 units wide)'
    >>> to_build(CellRef("linear", 0, 1, 9, 64)), to_build(CellRef("cnn", 1, 6, 900, 64, 31))[-23:]
    ('the linear model (no hidden layer)', '64 channels at the end)')
    """
    if not ref.blocks:
        return depth(ref)
    wide = f"{plural(ref.width, 'unit')} wide"
    if ref.receptive_field:
        wide = f"{plural(ref.width, 'channel')} at the end"
    return f"a {network(ref.family)} with {blocks_words(ref)} ({layers_words(ref)}, {wide})"


def blocks_words(ref: CellRef) -> str:
    """The blocks of a net; convolutional nets have them in every stage."""
    if not ref.blocks:
        return "the bare convolutions (no blocks)" if ref.receptive_field else "the linear model"
    return plural(ref.blocks, "block") + (" a stage" if ref.receptive_field else "")


def depth_title(ref: CellRef) -> str:
    """
    >>> depth_title(CellRef("resmlp", 4, 10, 900, 64))
    'resmlp-4 (4 blocks, 10 layers with weights)'
    """
    blocks = blocks_words(ref) if ref.blocks else "0 blocks"
    return f"{clean(ref.name)} ({blocks}, {layers_words(ref)})"


def rate(exponent: int) -> str:
    """
    >>> rate(-7), rate(1)
    ('2^-7 = 0.0078', '2^1 = 2')
    """
    return f"2^{exponent} = {2.0**exponent:.2g}"


def compact(n: float) -> str:
    r"""A count in at most three digits and a prefix, which a line break does not part.

    >>> [compact(n) for n in (950, 21_300, 4.2e6, 2e14, 2.1e19)]
    ['950', '21 k', '4.2 M', '200 T', '2.1e+19']
    """
    for size, letter in ((1e18, ""), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if n >= size:
            if not letter:
                break
            digits = 1 if n / size < 9.95 else 0
            return f"{n / size:.{digits}f} {letter}"
    return f"{n:.0f}" if n < 1e18 else f"{n:.2g}"


def significant(value: float, digits: int = 4) -> str:
    """
    >>> significant(45790.4), significant(0.061234), significant(612.44)
    ('45,790', '0.06123', '612.4')
    """
    if not value:
        return "0"
    places = digits - 1 - int(f"{value:e}".split("e")[1])
    return f"{round(value, places):,.{max(places, 0)}f}"


def rounded_up(value: float) -> float:
    """A tolerance in two digits, and no smaller.

    >>> rounded_up(0.01701), rounded_up(0.017), rounded_up(1.204)
    (0.018, 0.017, 1.3)
    """
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / step * (1 - 1e-12)) * step:.2g}")


def duration(seconds: float) -> str:
    """
    >>> duration(0.4), duration(42), duration(200), duration(7300), duration(0.03)
    ('0.4 s', '42 s', '3 min', '2 h 1 min', 'under 0.1 s')
    """
    if seconds < 0.05:
        return "under 0.1 s"
    if seconds < 1:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"


# ---- scores -----------------------------------------------------------------------------------
def unit(metric: str) -> Unit:
    """How this metric is printed.

    >>> unit("accuracy").score(0.9123), unit("accuracy").difference(0.005)
    ('91.2 %', '0.5 points')
    >>> unit("mse").score(-0.158), unit("mse").difference(0.01)
    ('0.842', '0.01 of R²')
    """
    return metrics.metric(metric).unit


def possible(metric: str, score: float) -> float:
    """A score as it can be: on pieces of a part that lack a class, all right may be more than all.

    >>> possible("balanced_accuracy", 1.02), possible("mse", -0.2), possible("accuracy", 0.9)
    (1.0, -0.2, 0.9)
    """
    return min(score, metrics.metric(metric).most)


def gloss(plan: Plan, family: str) -> str:
    """What kind of net a family is, in a few words; empty where nobody said it."""
    said = {own.family: own.gloss for own in plan.ladders if own.gloss}
    said |= {own.zero: own.zero_gloss for own in plan.ladders if own.zero_gloss}
    return clean(said.get(family, EARLIER.get(family, "")), 200)
