"""Fully connected nets as people write them: a few lines of PyTorch, and what a drawing shows."""

from __future__ import annotations

from collections.abc import Mapping

from howdeep.base.nouns import Part, Rung
from howdeep.base.words import count

ACTIVATIONS = {"relu": "nn.ReLU()", "tanh": "nn.Tanh()", "gelu": "nn.GELU()"}
SIGMOID = "nn.Sigmoid()"
FEW = 4  # layers that are written out one by one

BLOCK = """\
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(
            {inner},
        )

    def forward(self, x):
        return x + math.sqrt(2 / {blocks}) * self.inner(x)


"""


def code(rung: Rung, opt: Mapping[str, str]) -> str:
    """PyTorch that defines `net`: rows (B, columns) to outputs (B, outputs).

    >>> from howdeep.base.nouns import Inputs
    >>> print(code(Rung("mlp", 1, 32, Inputs(9, 9, 9), 3), {"skip": "none", "norm": "none"}))
    net = nn.Sequential(
        nn.Linear(9, 32), nn.ReLU(),
        nn.Linear(32, 3),
    )
    <BLANKLINE>
    """
    first, last = f"nn.Linear({rung.inputs.columns}, ", f"{rung.outputs})"
    if rung.blocks == 0:
        return f"net = {first}{last}\n"
    w, act = rung.width, ACTIVATIONS.get(opt.get("activation", "relu"), SIGMOID)
    norm = f"nn.LayerNorm({w}), " if opt["norm"] == "layer" else ""
    hidden, head = f"{norm}nn.Linear({w}, {w})", f"{norm}nn.Linear({w}, {last}"
    if opt["skip"] == "identity":
        blocks = f"*[Block() for _ in range({rung.blocks})]" if rung.blocks > 1 else "Block()"
        block = BLOCK.format(inner=f"{hidden}, {act}, nn.Linear({w}, {w})", blocks=rung.blocks)
        return block + _sequential(f"{first}{w})", blocks, head)
    more = rung.blocks - 1
    again = [f"{hidden}, {act}"] * more
    if more > FEW:
        again = [f"*[part for _ in range({more}) for part in ({hidden}, {act})]"]
    return _sequential(f"{first}{w}), {act}", *again, head)


def _sequential(*lines: str) -> str:
    inside = "".join(f"    {line},\n" for line in lines)
    return f"net = nn.Sequential(\n{inside})\n"


def parts(rung: Rung, opt: Mapping[str, str]) -> tuple[Part, ...]:
    """What rows go through, from input to head."""
    wide = f"{rung.width} wide"
    if opt["skip"] == "identity":
        return around(rung, Part("block: two layers", wide, 2, rung.blocks, skip=True))
    return around(rung, Part("hidden layer", wide, 1, rung.blocks), stem=False)


def around(rung: Rung, block: Part, stem: bool = True) -> tuple[Part, ...]:
    """Input, blocks and head; with a `stem`, a layer of its own comes before the blocks."""
    columns, outputs = f"{count(rung.inputs.columns, 'number')} a row, encoded", _outputs(rung)
    if rung.blocks == 0:
        return Part("input", columns), Part("output layer", outputs, 1)
    first = (Part("first layer", f"{rung.width} wide", 1),) if stem else ()
    return Part("input", columns), *first, block, Part("output layer", outputs, 1)


def _outputs(rung: Rung) -> str:
    return "1 output" if rung.outputs == 1 else f"{rung.outputs} outputs"
