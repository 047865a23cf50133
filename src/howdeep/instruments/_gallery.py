"""A gallery of a net: filters of its first layer, and what excites units of its layers most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from howdeep.instruments._outputs import held
from howdeep.instruments._passage import piece
from howdeep.instruments._pixels import Pixels
from howdeep.instruments._subject import Rows, Subject, untouched
from howdeep.instruments._tiles import tile
from howdeep.instruments._trace import Site, follow
from howdeep.instruments._values import number
from howdeep.report.words import clean

FILTERS = 16
LAYERS, UNITS = 4, 3  # looked at, from the first layer to the last
TOP = 0.05  # of the rows: those that excite a unit most
SHOWN = 3  # pictures of a unit
STRONG = 0.5  # standard deviations by which a feature has to differ to be named


def gallery(
    subject: Subject, rows: Rows, how: Pixels | None, features: Mapping[str, Tensor]
) -> dict[str, Any]:
    """`filters`: pictures; `units`: of some layers, the units that vary most and their rows."""
    layers, own = _read(subject, rows)
    filters = [] if how is None or not layers else _filters(layers[0].layer, how)
    picked = sorted({round(i * (len(own) - 1) / (LAYERS - 1)) for i in range(LAYERS)})
    units = [
        unit for i in picked if own for unit in _units(subject, rows, own[i], how, features)
    ]  # fmt: skip
    return {"filters": filters, "units": units}


def _filters(layer: nn.Module | None, how: Pixels) -> list[list[Any]]:
    """Weights of the first layer that lie on pixels, the largest first, each from 0 to 1."""
    if isinstance(layer, nn.Conv2d) and layer.in_channels in (1, 3) and layer.weight.shape[2] > 1:
        weights = layer.weight.detach()
    elif isinstance(layer, nn.Linear) and layer.in_features == how.size:
        shape = (-1, how.height, how.width, how.channels)
        weights = layer.weight.detach()
        weights = weights.reshape(shape).permute(0, 3, 1, 2) if how.flat else weights.reshape(
            -1, how.channels, how.height, how.width
        )  # fmt: skip
    else:
        return []
    sizes = weights.flatten(1).norm(dim=1)
    order = torch.argsort(sizes, descending=True, stable=True)[:FILTERS]
    out = []
    for weight in weights[order]:
        low, high = weight.amin(), weight.amax()
        out.append(tile((weight - low) / (high - low).clamp_min(1e-12)))
    return out


@dataclass(frozen=True, eq=False)
class _Said:
    """The most that each unit or channel of a layer says of a row, wherever in it (N, units)."""

    name: str
    layer: nn.Module | None
    rows: Tensor


def _read(subject: Subject, rows: Rows) -> tuple[list[_Said], list[_Said]]:
    """The layers with weights; and what units say behind activations, else in all layers but the
    last. A few rows pass at a time, as only the most of each is kept.
    """
    layers: dict[str, list[Tensor]] = {}
    acts: dict[str, list[Tensor]] = {}
    modules: dict[str, nn.Module | None] = {}
    size = piece(held(subject.net, rows))
    with untouched(subject.net):
        for at in range(0, len(rows), size):
            part = rows.take(torch.arange(at, min(at + size, len(rows))))

            def look(site: Site, n: int = len(part)) -> None:
                into = {"weights": layers, "activation": acts}.get(site.kind)
                if into is None:
                    return
                modules[site.name] = site.layer
                pieces = into.setdefault(site.name, [])
                if site.output.ndim in (2, 3, 4) and len(site.output) == n:
                    pieces.append(_excited(site.output.float()))

            follow(subject.net, part, look)
    told = [[_Said(n, modules[n], torch.cat(p) if p else torch.zeros(0, 1)) for n, p in own.items()]
            for own in (layers, acts)]  # fmt: skip
    whole = [[one for one in own if len(one.rows) == len(rows)] for own in (told[0][:-1], told[1])]
    return told[0], whole[1] or whole[0]


def _excited(output: Tensor) -> Tensor:
    if output.ndim == 4:
        return output.amax((2, 3))
    return output.amax(1) if output.ndim == 3 else output.clone()


def _units(
    subject: Subject, rows: Rows, site: _Said, how: Pixels | None, features: Mapping[str, Tensor]
) -> list[dict[str, Any]]:
    said = site.rows
    order = torch.argsort(said.std(0), descending=True, stable=True)[:UNITS]
    return [_unit(subject, rows, site, int(u), said[:, u], how, features) for u in order]


def _unit(
    subject: Subject, rows: Rows, site: _Said, at: int, said: Tensor, how: Pixels | None,
    features: Mapping[str, Tensor],
) -> dict[str, Any]:  # fmt: skip
    """What the rows that excite a unit most have in common."""
    top = torch.argsort(said, descending=True, stable=True)[: max(5, round(TOP * len(rows)))]
    found: dict[str, Any] = {"layer": clean(site.name), "unit": at, "rows": len(top)}
    if subject.kind == "classes" and rows.targets.ndim == 1:
        own = rows.targets[top].long()
        counts = torch.bincount(own)
        best = int(counts.argmax())
        found["class"] = clean(subject.classes[best]) if subject.classes else str(best)
        found["share"] = number(counts[best] / len(top))
        found["usual"] = number((rows.targets == best).double().mean())
    if features:
        x = rows.inputs[0].double()
        away = (x[top].mean(0) - x.mean(0)) / x.std(0, correction=0).clamp_min(1e-9)
        by = {name: float(away[own].abs().max()) for name, own in features.items()}
        name = max(by, key=lambda n: by[n])
        found["feature"] = name if by[name] >= STRONG else ""
        found["away"] = number(by[name])
    if how is not None:
        pictures = how.pictures(rows.inputs[0][top[:SHOWN]])
        found["pictures"] = [tile(one) for one in pictures]
    return found
