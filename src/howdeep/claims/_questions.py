"""The twenty questions of document C, each answered from what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from howdeep.claims import every
from howdeep.claims._claim import Claim
from howdeep.claims._judge import Outcome, judge
from howdeep.claims._kept import Result


@dataclass(frozen=True)
class Question:
    """One question with the document's own answer.

    `rows` of the catalogue that it rests on: claims that cover them answer it. `plain`: the answer
    where nothing can be measured, or what is to be said next to the measurement.
    """

    asks: str
    says: str
    rows: tuple[int, ...]
    plain: str = ""


QUESTIONS = (
    Question(
        "What is one significant drawback of shallow neural networks in terms of model "
        "performance?",
        "Shallow neural networks tend to overfit more easily because they may not capture complex "
        "patterns in the data.",
        (21, 35),
        "Not capturing a pattern is underfitting; overfitting is another thing, and is measured as "
        "the gap between rows learnt from and new ones.",
    ),
    Question(
        "Why might certain functions require exponentially many hidden units?",
        "Certain functions, like parity, can become highly complex as the number of inputs "
        "increases, necessitating exponential hidden units to represent them accurately.",
        (18, 13),
        "True of circuits of ANDs and ORs with two levels; of nets with threshold or ReLU units it "
        "is false for parity, and true for other functions, such as zigzags.",
    ),
    Question(
        "How can deep networks with multiple hidden layers improve efficiency compared to shallow "
        "networks?",
        "Deep networks can learn hierarchical representations of data, allowing them to model "
        "complex functions with fewer parameters than shallow networks require.",
        (20, 14, 19),
    ),
    Question(
        "What are the three design questions to consider when creating a neural network "
        "architecture?",
        "What architecture to use (layers, size, type), what loss function to implement, and what "
        "optimization method to choose.",
        (6, 32),
        "These are choices. howdeep run compares depths under one loss, each with its own "
        "learning rate.",
    ),
    Question(
        "What role do high computational requirements play in deep learning, and how can it affect "
        "model development?",
        "High computational requirements can lead to longer training times and the need for "
        "specialized hardware, which can limit accessibility and scalability of deep learning "
        "solutions.",
        (37, 80),
    ),
    Question(
        "What is a critical aspect of feature engineering in deep learning models?",
        "A critical aspect of feature engineering is transforming raw data into meaningful "
        "features that can enhance the model's ability to learn and generalize.",
        (75,),
    ),
    Question(
        "What role does batch normalization play in improving deep learning performance?",
        "Batch normalization helps in accelerating training by standardizing inputs to layers, "
        "reducing internal covariate shift.",
        (27,),
    ),
    Question(
        "How do specific activation functions contribute to the efficiency of deep neural "
        "networks?",
        "Specific activation functions enhance learning by addressing issues like vanishing "
        "gradients and enabling better feature extraction.",
        (30, 31),
    ),
    Question(
        "Explain how improvements in weight initialization can affect neural network training.",
        "Better weight initialization techniques help avoid saturation of activation functions, "
        "leading to more efficient convergence during training.",
        (29,),
    ),
    Question(
        "What advantages do GPUs offer over CPUs for deep learning tasks?",
        "GPUs provide a significant speedup, with a factor of 10 improvement over powerful CPUs, "
        "making them ideal for parallel computations in deep learning.",
        (46,),
        "Measured only where there is a GPU; the gain depends on the size of the nets.",
    ),
    Question(
        "Describe the importance of curated datasets in training deep learning models.",
        "Curated datasets like MNIST and ImageNet provide high-quality, labeled data that enhance "
        "the training process and performance of deep learning models.",
        (53, 40),
        "howdeep tells duplicates, leaks and labels that contradict each other before it trains.",
    ),
    Question(
        "How do competitive environments like Kaggle influence deep learning advancements?",
        "Platforms like Kaggle foster collaboration and innovation among engineers, driving "
        "performance improvements through competition and shared knowledge.",
        (55,),
        "A matter of history and of people; nothing here measures it.",
    ),
    Question(
        "What role do large pre-trained networks play in deep learning?",
        "They are considered a commodity that can be widely leveraged across various applications.",
        (72, 74),
        "Not measured yet: it waits for pretrained nets.",
    ),
    Question(
        "Why is interpreting deep learning models considered difficult?",
        "Due to the complexity of the hierarchical representations and the non-linear interactions "
        "in large neural networks.",
        (22, 79),
    ),
    Question(
        "What is one significant advantage of deep learning in terms of data usage?",
        "Deep learning does not plateau when using more data, allowing for continuous improvement.",
        (42, 41, 40),
    ),
    Question(
        "What hardware is often required to effectively implement deep learning techniques?",
        "Dedicated hardware, particularly clusters of GPUs, is necessary for optimal performance.",
        (48, 50),
        "No result on this page takes more than a few cores, except that of question 10; large "
        "nets on large data are another matter, and are not measured here.",
    ),
    Question(
        "In the context of deep learning, how is feature engineering different compared to "
        "traditional machine learning?",
        "Deep learning automates feature extraction and representation, unlike traditional machine "
        "learning which often relies on manual feature engineering.",
        (75, 60),
    ),
    Question(
        "What ethical considerations should be taken into account when building deep learning "
        "systems?",
        "Considerations include whether the system is ethically acceptable and the potential for "
        "misuse that harms society.",
        (76, 77, 78),
        "Whether a use is acceptable is no measurement; how groups are treated and how nets hold "
        "up under attack is.",
    ),
    Question(
        "What is the primary challenge associated with the high computational cost of deep "
        "learning?",
        "The challenge is the need for specialized, optimized libraries and hardware to manage "
        "intense processing demands.",
        (37, 49),
    ),
    Question(
        "How does deep learning relate to AI at a foundational level?",
        "Deep learning is a subset of AI focused on learning hierarchical representations from "
        "large amounts of data.",
        (7, 10, 12),
    ),
)


@dataclass(frozen=True)
class Answer:
    """A question with the claims behind its answer: name, claim and verdict, as far as they ran."""

    number: int
    question: Question
    claims: tuple[tuple[str, Claim], ...]
    measured: tuple[tuple[str, Claim, Result, Outcome], ...]


def answers(found: Sequence[Result]) -> tuple[Answer, ...]:
    """The twenty questions with what was measured for them, in the document's order."""
    book, have = every(), {one.claim: one for one in found}
    return tuple(
        _answer(number, question, book, have) for number, question in enumerate(QUESTIONS, 1)
    )


def _answer(
    number: int, question: Question, book: Mapping[str, Claim], have: Mapping[str, Result]
) -> Answer:
    own = [(name, claim) for name, claim in book.items() if set(claim.rows) & set(question.rows)]
    own.sort(key=lambda one: min(_place(row, question.rows) for row in one[1].rows))
    measured = tuple(
        (name, claim, have[name], judge(claim, have[name].measured))
        for name, claim in own
        if name in have
    )
    return Answer(number, question, tuple(own), measured)


def _place(row: int, rows: tuple[int, ...]) -> int:
    return rows.index(row) if row in rows else len(rows)
