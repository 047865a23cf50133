"""The file `net.py` of a handed-over net: its model and preprocessing without howdeep.

One file, because its users copy it, read it and import it by its one name. It is whole files of
howdeep one after another, the very ones that trained and encoded the net and that `predict` runs
on, so that it cannot drift away from them; left out are their imports from each other. It needs
torch, numpy and safetensors.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from torch import nn

from howdeep.export import door
from howdeep.modalities import Serve

HEAD = '''"""{title}

Written by howdeep; needs torch, numpy and safetensors, not howdeep.

    from net import load
    net = load()    # an ordinary nn.Module in eval mode
    {usage}
    net.predict_proba(...)  # of classes: probabilities (N, classes) of net.classes
    net(net.encode(...))    # logits, or numbers in the target's units, as a tensor
"""

from __future__ import annotations

import sys as _sys
import types as _types

_ALONE = __name__ not in _sys.modules  # as importlib leaves it; dataclasses look there
if _ALONE:
    _sys.modules[__name__] = _types.ModuleType(__name__)
'''
FOOT = """# ==== the end ====
if _ALONE:
    del _sys.modules[__name__]
"""


def source(title: str, net: nn.Module, serve: Serve) -> str:
    """The text of `net.py` for a net whose class is the `Net` of a file that stands by itself.

    Raises:
        ValueError: a file imports from howdeep what no file before it defines, or defines a name
            again; or the net's class is called otherwise.
    """
    own = sys.modules[type(net).__module__]
    if type(net).__name__ != "Net":
        raise ValueError(f"{own.__name__}: {type(net).__name__} is to be called Net")
    head = HEAD.format(title=_inert(title), usage=serve.USAGE)
    return "\n\n".join([head, *_joined((*serve.FILES, own, door)), FOOT])


def _joined(modules: Sequence[ModuleType]) -> list[str]:
    """The text of each file without the imports that the files before it stand for."""
    known: set[str] = set()
    out = []
    for module in modules:
        text = Path(str(module.__file__)).read_text(encoding="utf-8")
        tree = ast.parse(text)
        lines: list[str | None] = [*text.splitlines()]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom) and _is_left_out(
                node, module.__name__, known
            ):
                _leave_out(lines, node.lineno - 1, node.end_lineno or node.lineno)
        defined = _defined(tree)
        if defined & known:
            raise ValueError(f"{module.__name__}: defined again: {sorted(defined & known)}")
        known |= defined
        kept = "\n".join(line for line in lines if line is not None)
        out.append(f"# ==== {module.__name__} ====\n{kept}\n")
    return out


def _is_left_out(node: ast.Import | ast.ImportFrom, place: str, known: set[str]) -> bool:
    """Is it the import of names that stand in the files before, or of what stands in the head?"""
    plain = isinstance(node, ast.Import)
    sources = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        sources = [node.module or "."]
    if sources == ["__future__"]:
        return True
    packages = {"howdeep", place.split(".")[0]}  # the file's own: it is not there either
    if getattr(node, "level", 0) == 0 and packages.isdisjoint(s.split(".")[0] for s in sources):
        return False
    names = [a.name for a in node.names if plain or a.asname is not None or a.name not in known]
    if names:
        raise ValueError(f"{place}: {names} of {sources[0]} stand in no file before it")
    return True


def _defined(tree: ast.Module) -> set[str]:
    """The names that a file defines for all of it."""
    out = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            out.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            out |= {name.id for t in targets for name in ast.walk(t) if isinstance(name, ast.Name)}
    return out


def _leave_out(lines: list[str | None], start: int, end: int) -> None:
    """Take lines out, and the empty one before them where another follows."""
    lines[start:end] = [None] * (end - start)
    before = next((i for i in range(start - 1, -1, -1) if lines[i] is not None), None)
    if before is not None and lines[before] == "" and lines[end : end + 1] == [""]:
        lines[before] = None


def _inert(text: str) -> str:
    """Names out of a table, as a text within three quotes that cannot end them."""
    return "".join(
        char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}" for char in text
    )
