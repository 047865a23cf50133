"""`result.json` is what docs/result.md says it is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import dossiers
import pytest

from howdeep.base.verdicts import Interval
from howdeep.report.result import result_json
from howdeep.report.sentence import headline

DOC = Path(__file__).parents[2] / "docs" / "result.md"
SHAPES = {
    "Depth": ("blocks", "family", "parameters", "receptive_field", "weight_layers", "width"),
    "Interval": ("value", "low", "high"),
}
ROW = re.compile(r"^\| `([^`]+)` \| (\w+) \|", re.MULTILINE)
TYPES: dict[str, Any] = {
    "integer": int,
    "number": (int, float),
    "text": str,
    "boolean": bool,
    "Map": dict,
    "Depth": dict,
    "Interval": dict,
    "object": dict,
    "texts": list,
    "integers": list,
    "numbers": list,
}


def documented() -> dict[str, str]:
    return dict(ROW.findall(DOC.read_text(encoding="utf-8")))


def leaves() -> set[str]:
    """Every path to a value that the page promises."""
    out = set()
    for path, kind in documented().items():
        out |= {f"{path}.{key}" for key in SHAPES[kind]} if kind in SHAPES else {path}
    return {path for path in out if documented().get(path) != "object"}


def walk(value: Any, path: str, found: dict[str, list[Any]]) -> None:
    """Gather the values at every path; maps and lists of plain values are leaves."""
    if isinstance(value, dict) and documented().get(path) != "Map":
        for key, item in value.items():
            walk(item, f"{path}.{key}" if path else key, found)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for item in value:
            walk(item, f"{path}[]", found)
    else:
        found.setdefault(path, []).append(value)


def outputs() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for make in dossiers.ALL.values():
        walk(json.loads(result_json(make())), "", found)
    return found


def test_page_and_output_name_the_same_keys() -> None:
    found = outputs()
    absent = {path for path, values in found.items() if all(v in (None, []) for v in values)}
    assert set(found) - leaves() - absent - nullable() == set()
    assert leaves() - set(found) == set()


def nullable() -> set[str]:
    """Paths of objects and lists of objects that some dossier leaves empty or null."""
    known = documented()
    parents = {path.split("[]")[0] for path in known if "[]" in path}
    return parents | {path for path, kind in known.items() if kind in ("object", "Depth")}


def test_values_have_the_documented_types() -> None:
    found, known = outputs(), documented()
    checked = 0
    for path, values in found.items():
        kind = TYPES.get(known.get(path, ""))
        for value in values:
            if kind is not None and value is not None:
                assert isinstance(value, kind), path
                assert kind is bool or not isinstance(value, bool), path
                checked += 1
    assert checked > 1_000


@pytest.mark.parametrize("name", dossiers.ALL)
def test_the_verdict_can_be_read_by_a_program(name: str) -> None:
    dossier = dossiers.ALL[name]()
    result = json.loads(result_json(dossier))
    verdict = dossier.verdict
    assert result["schema"] == 1
    assert result["sentence"] == headline(dossier)
    assert result["verdict"]["status"] == verdict.status
    assert result["verdict"]["digest"] == verdict.digest
    assert result["verdict"]["epsilon"] == verdict.epsilon
    assert [cell["name"] for cell in result["cells"]] == [
        cell.standing.cell.name for cell in verdict.cells
    ]
    if verdict.enough:
        assert result["verdict"]["enough"]["blocks"] == verdict.enough.blocks
        assert result["verdict"]["enough"]["weight_layers"] == verdict.enough.weight_layers


def test_the_text_is_canonical_and_free_of_clock_time() -> None:
    dossier = dossiers.settled()
    text = result_json(dossier)
    plain = json.loads(text)
    assert text == json.dumps(plain, sort_keys=True, indent=2, ensure_ascii=False) + "\n"
    slower = replace(dossier, seconds=tuple((cell, 10 * s) for cell, s in dossier.seconds))
    assert result_json(slower) == text


READ = {  # what people call each metric, and its score of minus a fifth, or of four fifths
    "mse": ("R²", "", "higher", -0.2, 0.8),
    "accuracy": ("accuracy", "%", "higher", 0.8, 80.0),
    "roc_auc": ("ROC AUC", "%", "higher", 0.8, 80.0),
    "log_loss": ("log loss", "", "lower", -0.2, 0.2),
}


@pytest.mark.parametrize("metric", READ)
def test_scores_are_there_as_people_read_them(metric: str) -> None:
    measure, sign, better, score, shown = READ[metric]
    base = dossiers.settled()
    assert base.verdict.test_score is not None
    test = replace(base.verdict.test_score, handed_over=Interval(score, score - 0.1, score + 0.1))
    cells = tuple(
        replace(c, standing=replace(c.standing, score=score - i / 100))
        for i, c in enumerate(base.verdict.cells)
    )
    verdict = replace(base.verdict, metric=metric, test_score=test, cells=cells)
    told = json.loads(result_json(replace(base, verdict=verdict)))
    found = told["as_printed"]
    assert (found["measure"], found["unit"], found["better"]) == (measure, sign, better)
    first = told["cells"][0]["name"]
    assert found["nets"][first] == pytest.approx(shown)
    assert found["test"]["value"] == pytest.approx(shown)
    assert found["test"]["low"] < found["test"]["value"] < found["test"]["high"]
    assert told["cells"][0]["score"] == score  # the old keys say what they said
    assert found["nets"].keys() == {cell["name"] for cell in told["cells"]}


def test_r2_of_a_study_is_what_its_report_prints() -> None:
    dossier = dossiers.regression()
    told = json.loads(result_json(dossier))
    test = dossier.verdict.test_score
    assert test is not None
    assert told["as_printed"]["test"]["value"] == 1 + test.handed_over.value
    assert f"{told['as_printed']['test']['value']:.3f}" in " ".join(told["details"])


def test_the_net_for_now_has_its_test_score_there_too() -> None:
    dossier = dossiers.undetermined()
    told = json.loads(result_json(dossier))
    assert told["verdict"]["test_score"] is None
    assert told["as_printed"]["test"] is not None
    assert json.loads(result_json(dossiers.unreliable()))["as_printed"]["test"] is None
