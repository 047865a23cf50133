"""Everything that the three documents say, in 82 rows, and where each row is put to the test.

A row that claims cover is told by them (`Claim.rows`); here stands what is so of the others.
"""

from __future__ import annotations

from dataclasses import dataclass

from howdeep.claims import every
from howdeep.report.table import Column, Row, Table

SAID: dict[int, tuple[str, str]] = {  # row: (documents, what they say, in short)
    1: ("A", "the right depth takes experiments"),
    2: ("A", "depth is the number of layers"),
    3: ("A", "depth has a profound impact on performance and characteristics"),
    4: ("B", "shallow: one hidden layer, or two; deep: three or more"),
    5: ("B", "deep nets handle more neurons a layer"),
    6: ("C", "three design questions: architecture, loss, optimisation"),
    7: ("C", "deep learning learns hierarchical representations"),
    8: ("C", "designing architectures becomes software development"),
    9: ("A, B", "tags and titles: PyTorch, number of layers, shallow against deep"),
    10: ("A", "each layer learns a representation"),
    11: ("A", "first layers detect edges, middle ones shapes, deep ones objects"),
    12: ("A", "representations become more abstract by layer"),
    13: ("A", "several layers compose functions"),
    14: ("A", "features form a hierarchy, which helps with images and speech"),
    15: ("A", "deeper nets have more parameters and so more capacity"),
    16: ("A", "that is an advantage for complex tasks with much data"),
    17: ("A", "shallow nets often cannot learn such features"),
    18: ("C", "parity needs exponentially many hidden units"),
    19: ("C", "deep nets are exponentially more efficient"),
    20: ("C", "deep nets need fewer parameters"),
    21: ("A, C", "shallow nets overfit more; deep nets overfit more"),
    22: ("C", "deep nets are difficult to interpret"),
    23: ("C", "deep learning builds on traditional models"),
    24: ("C", "from simple models to adaptable systems, as for cats and dogs"),
    25: ("A", "gradients vanish and explode"),
    26: ("A", "deeper nets are harder to train"),
    27: ("A, B, C", "batch normalisation is faster, by less internal covariate shift"),
    28: ("A", "skip connections help to train very deep nets"),
    29: ("A, B, C", "better starts avoid saturation"),
    30: ("B", "ReLU solves the vanishing gradient"),
    31: ("C", "activations extract better features, efficiently"),
    32: ("C", "better optimisers train deeper nets"),
    33: ("C", "more than ten layers beat fewer"),
    34: ("C", "thousands of layers can be trained"),
    35: ("A", "deeper nets overfit more where data are few"),
    36: ("A", "regularisation such as dropout then becomes crucial"),
    37: ("A", "deeper nets take more computation, memory and time"),
    38: ("A", "returns diminish with depth, and more can hurt"),
    39: ("A", "how much depth helps depends on the task"),
    40: ("B", "deep learning benefits from large data"),
    41: ("B", "traditional algorithms stop improving with more data"),
    42: ("B, C", "deep learning does not plateau"),
    43: ("B", "shallow nets take structured feature vectors"),
    44: ("B", "deep nets take raw images, texts and audio"),
    45: ("B", "special architectures: convolutional, recurrent"),
    46: ("B, C", "GPUs train ten times faster"),
    47: ("C", "processors of 2010 are 5,000 times those of 1990; CUDA 2007; TPUs"),
    48: ("C", "clusters of GPUs are necessary"),
    49: ("C", "optimised libraries raise questions of transparency"),
    50: ("C", "computation limits who can take part"),
    51: ("B, C", "dropout, batch normalisation and starts improved stability"),
    52: ("C", "open frameworks: Theano, TensorFlow, Keras, PyTorch"),
    53: ("C", "curated data sets are important"),
    54: ("C", "research is shared, as on arXiv"),
    55: ("C", "competitions drive progress"),
    56: ("C", "it scales with the data that there are"),
    57: ("B", "convolutional nets are deep nets"),
    58: ("B", "they suit grids, such as images and videos"),
    59: ("B", "convolutions detect spatial hierarchies"),
    60: ("B", "raw pixels need no feature engineering"),
    61: ("B", "local receptive fields"),
    62: ("B", "parameters are shared"),
    63: ("B", "convolutional nets compute less than fully connected ones"),
    64: ("B", "applications: recognition, detection, segmentation"),
    65: ("B", "filters extract edges, textures, patterns"),
    66: ("B", "a non-linearity follows each convolution"),
    67: ("B", "pooling shrinks maps and keeps what matters"),
    68: ("B", "pooling lowers dimension, computation and overfitting"),
    69: ("B", "pooling makes nets invariant to shifts"),
    70: ("B", "the documents' own convolutional net"),
    71: ("A", "the documents' own experiment with layers on Fashion-MNIST"),
    72: ("A", "pretrained nets can be fine-tuned with few data"),
    73: ("A", "that uses the features' hierarchy"),
    74: ("C", "large pretrained nets are a commodity"),
    75: ("C", "deep learning makes features by itself"),
    76: ("C", "systems should be ethically acceptable"),
    77: ("C", "ethical implications are to be assessed"),
    78: ("C", "robustness and reliability matter where safety does"),
    79: ("C", "interpretability and transparency"),
    80: ("C", "high performance costs much computation"),
    81: ("C", "quizzes and flashcards"),
    82: ("C", "the twenty questions"),
}
HISTORY = {
    47: "history: cited, not measured (Moore's law; CUDA 1.0, 2007; Jouppi et al. 2017 on TPUs)",
    54: "history: cited, not measured; every claim names its literature",
}
WAITS = {
    39: "in part: `howdeep run` on each set; an atlas of many sets waits",
    43: "waits for text and speech",
    44: "waits for series, speech and text; tables and images: `howdeep run`",
    45: "waits for series and text; convolutional nets: chapter 5",
    48: "waits for clusters",
    52: "waits for imported models",
    55: "waits for shared results",
    56: "waits for data larger than memory",
    64: "waits for dense predictions; recognition: `howdeep run IMAGES`",
    72: "waits for pretrained nets",
    73: "waits for pretrained nets",
    74: "waits for pretrained nets",
}
PRODUCT = {  # a feature of howdeep, and the test that shows it
    1: "`howdeep run` (tests/truth)",
    2: "one count of depth, weight layers on the longest path (tests/nets)",
    4: "the page's first card says shallow or deep (tests/report/test_words.py)",
    5: "equal parameters: the control of every answer (tests/judge/test_control.py)",
    6: "not yet: a command that explains each setting; the page's settings do (docs/recipe.md)",
    8: "a study is a function of data, options and seed (tests/route)",
    9: "docs and index of this project",
    49: "the page lists environment, kernels and digests (tests/report)",
    50: "`--budget`, `--rows`, `--dry-run` (tests/route)",
    53: "built-in sets, duplicates and leaks are told (tests/data)",
    76: "the card of a net that is handed over (tests/report/test_net_code.py)",
    81: "`howdeep quiz` (tests/claims)",
    82: "the page of twenty questions (tests/claims)",
}
PARTLY = {  # next to the claims that cover them
    11: "of pretrained nets: waits",
    14: "speech: waits",
    24: "pretrained nets: wait",
    32: "schedule-free and SAM: not yet",
    33: "speech and text: waits",
    36: "label smoothing, mixup and early stopping by depth: not yet",
    37: "energy and latency: not yet",
    46: "a GPU is not measured where there is none",
    51: "the factorial at one depth only",
    58: "series and videos: wait",
    60: "hand-made features of images (HOG): not yet",
    65: "of pretrained nets: waits",
    77: "counterfactual flips: not yet",
    78: "rows from elsewhere and conformal sets, by depth: not yet",
}


@dataclass(frozen=True)
class Entry:
    """One row: what is said in which documents, and where it is tested."""

    row: int
    documents: str
    said: str
    state: str


def entries() -> tuple[Entry, ...]:
    """All 82 rows with their states."""
    covered: dict[int, list[str]] = {}
    for name, claim in every().items():
        for row in claim.rows:
            covered.setdefault(row, []).append(f"`{name}`")
    found = []
    for row, (documents, said) in SAID.items():
        parts = [", ".join(covered[row])] if row in covered else []
        parts += [table[row] for table in (HISTORY, WAITS, PRODUCT) if row in table]
        parts += [PARTLY[row]] if row in PARTLY else []
        found.append(Entry(row, documents, said, "; ".join(parts) or "not yet"))
    return tuple(found)


def markdown() -> str:
    """The table of docs/claims.md."""
    lines = ["| row | in | what is said | where it is put to the test |", "|---|---|---|---|"]
    lines += [f"| {e.row} | {e.documents} | {e.said} | {e.state} |" for e in entries()]
    return "\n".join(lines)


def table() -> Table:
    """The same for the page."""
    columns = (
        Column("row", "row", str, align="right"),
        Column("documents", "in", str),
        Column("said", "what is said", str),
        Column("state", "where it is put to the test", str),
    )
    rows = tuple(
        Row(
            {
                "row": str(e.row),
                "documents": e.documents,
                "said": e.said,
                "state": e.state.replace("`", ""),
            }
        )
        for e in entries()
    )
    return Table(columns, rows, region="All that the documents say")
