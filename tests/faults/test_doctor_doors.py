"""`howdeep doctor` of a net that a function builds: what it prints, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from doctor_calls import called, shown


def test_a_builder_with_data_is_looked_at_and_cured(at: Path) -> None:
    code, text = called("nets_of_mine:deep", "--data", "t.csv", "--target", "y", "--cure")
    assert code == 0
    assert "Vanishing gradient, at 0 (layer 1)" in text
    assert "with the cure" in text
    assert "the fault is gone" in text
    code, text = called("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--json")
    (found,) = shown(text)
    assert (code, found["findings"], found["layers"]) == (0, [], ["0", "2"])
    assert set(found) == {*KEYS}


KEYS = ("net", "when", "depth", "layers", "steps", "learns", "findings", "cures", "notes")


@pytest.mark.parametrize("name", ["by_keyword", "third", "only"])
def test_a_builder_may_take_a_depth(at: Path, name: str) -> None:
    words = (f"nets_of_mine:{name}", "--data", "t.csv", "--target", "y", "--json")
    code, text = called(*words, "--depths", "1,4")
    assert code == 0
    assert [(one["net"], one["depth"]) for one in shown(text)] == [
        (f"nets_of_mine:{name}(1)", 1), (f"nets_of_mine:{name}(4)", 4)
    ]  # fmt: skip
    assert [len(one["layers"]) for one in shown(text)] == [3, 6]  # type: ignore[arg-type]
    code, text = called(*words)
    assert code == (0 if name == "by_keyword" else 2)
    assert name == "by_keyword" or "--depths 8" in text


def test_a_loss_that_is_no_number_is_null(at: Path) -> None:
    """Batches of a table with a broken net: JSON has no infinity."""
    (at / "broken_nets.py").write_text(
        "import torch\nfrom torch import nn\n\nclass Logs(nn.Module):\n"
        "    def __init__(self, columns, outputs):\n        super().__init__()\n"
        "        self.last = nn.Linear(columns, outputs)\n"
        "    def forward(self, x):\n        return torch.log(self.last(x))\n"
    )
    words = ("broken_nets:Logs", "--data", "t.csv", "--target", "y")
    code, text = called(*words, "--cure", "--json")
    (found,) = shown(text)
    assert code == 0
    assert found["cures"][0]["end"][0] is None  # type: ignore[index]
    assert "no number" in called(*words, "--cure")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nets_of_mine:broken", "--data", "t.csv", "--target", "y"), "broken() failed: KeyError"),
        (("nets_of_mine:leaves", "--data", "t.csv", "--target", "y"), "failed: SystemExit"),
        (("nets_of_mine:wide", "--data", "t.csv", "--target", "y"), "does not take rows of shape"),
        (("nets_of_mine:one", "--data", "t.csv", "--target", "y"), "1 outputs for 2 classes"),
        (("nets_of_mine:strange", "--data", "t.csv", "--target", "y"), "takes 2 arguments"),
        (("nets_of_mine:NOTHING", "--data", "t.csv", "--target", "y"), "is no function"),
        (("nets_of_mine:", "--data", "t.csv", "--target", "y"), "names no function"),
        (("no_such_module:build", "--data", "t.csv", "--target", "y"), "No module named"),
        (("nets_of_mine.py",), "howdeep doctor nets_of_mine:build"),
        (("net.pt",), "holds weights, no net"),
        (("net.PT", "--data", "t.csv"), "holds weights, no net"),
        (("t.csv", "--target", "y"), "or add --before"),
        (("digits",), "which net is to be looked at"),
        (("nets_of_mine:sound", "--data", "none.csv", "--target", "y"), "none.csv"),
        (("nets_of_mine:sound", "--data", "t.csv"), "--target"),
        (("nets_of_mine:sound", "--data", "net.pt"), "pickle"),
        (("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--cells", "mlp-2"), "--cells"),
        (("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--depths", "2"), "no depth"),
        (("none.study", "--rate", "1"), "a study has its own data"),
        (("t.csv", "--target", "y", "--before", "--cure"), "--before trains nothing"),
        (("t.csv", "--target", "y", "--before", "--depths", "0"), "add a depth"),
        (("nets_of_mine:third", "--data", "digits", "--before", "--depths", "0"), "add a depth"),
        (("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--before"), "no depth"),
        (("nets_of_mine:third", "--before"), "what does this net learn from"),
        (("nets_of_mine:sound",), "what does this net learn from"),
        (("nets_of_mine:none", "--data", "t.csv", "--target", "y"), "cannot be imported"),
        (("nets_of_mine:three", "--data", "t.csv", "--target", "y"), "takes 3 arguments"),
        (("nets_of_mine:text", "--data", "t.csv", "--target", "y"), "gives str"),
        (("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--rate", "-1"), "--rate"),
        (
            ("nets_of_mine:sound", "--data", "t.csv", "--target", "y", "--loss", "mist"),
            "has no 'mist'",
        ),
    ],
)
def test_what_does_not_fit_is_refused(at: Path, words: tuple[str, ...], says: str) -> None:
    code, text = called(*words)
    assert code == 2
    assert says in text


@pytest.mark.parametrize("more", [(), ("--cure",), ("--before",), ("--json",)])
def test_no_study_is_told(at: Path, more: tuple[str, ...]) -> None:
    code, text = called("none.study", *more)
    assert code == 3
    assert "none.study" in text
