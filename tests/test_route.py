"""The whole route on small data: file to verdict, twice, on one and two workers, and killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import howdeep
from howdeep.base import keys
from howdeep.base.errors import ConfigError, StudyMismatch, StudyNotFound
from howdeep.base.events import GroupDone
from howdeep.base.nouns import Rung
from howdeep.executors.gpu import Gpu
from howdeep.judge.conclude import MIXED
from howdeep.nets.families import family
from howdeep.route import session, tasks
from howdeep.route.options import parse_options
from howdeep.store.study import Study
from howdeep.trainers import classical
from howdeep.trainers.fused import backends, encoded, native

SMALL = {"depths": "0,1", "max_seeds": 3, "epsilon": 0.1, "rivals": "plain,neighbours"}

RIVALS = ("--rivals", "plain,neighbours")
OPTIONS = ("--depths", "0,1", "--max-seeds", "3", "--epsilon", "0.1", *RIVALS)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 rows: two numbers whose product decides, a category that matters, missing cells."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 400))
    colour = rng.choice(["red", "green", "blue"], 400)
    label = np.where((a * b > 0) ^ (colour == "red"), "yes", "no")
    lines = ["a,b,colour,label"]
    for i in range(400):
        first = "" if i % 50 == 0 else f"{a[i]:.4f}"
        lines.append(f"{first},{b[i]:.4f},{colour[i]},{label[i]}")
    path = tmp_path_factory.mktemp("route") / "xor.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def command(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **more}
    return subprocess.run(
        [sys.executable, "-m", "howdeep", *words], capture_output=True, text=True, env=env
    )


@pytest.fixture(scope="module")
def answer(table: Path, tmp_path_factory: pytest.TempPathFactory) -> howdeep.Answer:
    out = tmp_path_factory.mktemp("studies") / "one.study"
    return howdeep.run(str(table), "label", out=str(out), jobs=1, **SMALL)


def test_a_product_of_columns_needs_a_hidden_layer(answer: howdeep.Answer) -> None:
    linear = next(c for c in answer.verdict.cells if c.standing.cell.blocks == 0)
    assert linear.standing.state == "dropped"
    assert answer.verdict.status in ("recommended", "extend")  # by the luck of three seeds
    assert answer.verdict.blocks is not None
    assert answer.verdict.blocks >= 1


def test_the_command_line_reaches_the_same_verdict_on_two_workers(
    answer: howdeep.Answer, table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "two.study"
    options = [*OPTIONS, "--jobs", "2"]
    done = command("run", str(table), "--target", "label", "--out", str(out), "--json", *options)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["verdict"]["digest"] == answer.verdict.digest
    assert {p.name for p in out.iterdir()} >= {"report.html", "result.json", "net", "study.sqlite"}
    assert json.loads((out / "result.json").read_text()) == result


def test_an_interrupted_study_says_how_to_go_on_and_ends_the_same(
    answer: howdeep.Answer, table: Path, tmp_path: Path
) -> None:
    """SIGTERM in the rate search, SIGINT in what follows, then to the end."""
    out = tmp_path / "stopped.study"
    words = ["run", str(table), "--target", "label", "--out", str(out), *OPTIONS]
    assert stopped(words, "Finding", signal.SIGTERM) == 143
    assert stopped(["resume", str(out)], " left ", signal.SIGINT) == 130
    done = command("resume", str(out), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"]["digest"] == answer.verdict.digest


def stopped(words: list[str], line: str, number: signal.Signals) -> int:
    """The exit code of a command that gets a signal once it has printed a line with `line`."""
    running = subprocess.Popen(
        [sys.executable, "-m", "howdeep", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert running.stdout
    assert any(line in printed for printed in running.stdout), "it ended before that line"
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert f"howdeep resume {words[-1] if words[0] == 'resume' else words[5]}" in said
    assert "Traceback" not in said
    return running.returncode


def test_another_platform_goes_on_only_when_told_and_the_verdict_says_so(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = str(tmp_path / "moved.study")
    options = parse_options({"data": str(table), "target": "label", **SMALL})
    with session.start(tasks.task_of(options), options, out) as study:
        list(session.events(study, jobs=1, stop=lambda: True))  # ends after its first group
        assert study.trials()
    here = backends.platform()
    monkeypatch.setattr(backends, "platform", lambda on: here | {"torch": "9.9"})
    with pytest.raises(StudyMismatch, match=r"now 9\.9\n.*--mixed-platforms"):
        howdeep.resume(out, jobs=1)
    moved = howdeep.resume(out, jobs=1, mixed_platforms=True)
    assert moved.verdict.notes[0] == MIXED
    assert MIXED.split(":")[0] in (Path(out) / "report.html").read_text()


def test_a_study_on_a_gpu_is_that_of_a_processor_and_goes_on_there(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the door to the report; where this machine has no GPU, the processor plays it."""
    monkeypatch.setenv(native.VARIABLE, native.NONE)
    few = SMALL | {"rivals": "plain", "max_seeds": 2}
    plain = howdeep.run(str(table), "label", out=str(tmp_path / "plain.study"), jobs=1, **few)
    here, real = backends.platform(), backends.platform
    gpu = here | {"device": "cuda", "gpu": "a GPU of this test"}
    monkeypatch.setattr(backends, "platform", lambda on: gpu if on == "cuda" else real(on))
    monkeypatch.setattr(backends, "device", lambda name: torch.device("cpu"))
    monkeypatch.setattr(backends, "memory", lambda: 1e12)
    out = str(tmp_path / "gpu.study")
    options = parse_options({"data": str(table), "target": "label", "device": "cuda", **few})
    with session.start(tasks.task_of(options), options, out) as study:
        list(session.events(study, jobs=1, stop=lambda: True))  # ends after its first group
    with pytest.raises(StudyMismatch, match="device: cuda, now cpu"):
        howdeep.resume(out, jobs=1, device="cpu")
    trained = []
    train = Gpu.train
    monkeypatch.setattr(Gpu, "train", lambda self, *given: trained.append(1) or train(self, *given))
    answer = howdeep.resume(out, jobs=1)
    assert trained
    assert answer.verdict.digest == plain.verdict.digest
    assert "a GPU of this test" in (Path(out) / "report.html").read_text()
    assert answer.dossier.command.endswith(f"--device cuda --out {out}")


def test_a_gpu_that_is_not_there_is_refused_before_anything_is_written(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match=r"--device cuda: PyTorch finds no CUDA GPU here"):
        howdeep.run(str(table), "label", out=str(tmp_path / "s"), device="cuda", **SMALL)
    assert not (tmp_path / "s").exists()


def test_a_study_that_is_there_is_gone_on_with_or_refused(
    answer: howdeep.Answer, table: Path
) -> None:
    again = howdeep.run(str(table), "label", out=str(answer.path), jobs=1, **SMALL)
    assert again.verdict == answer.verdict
    with pytest.raises(StudyMismatch, match="epsilon"):
        howdeep.run(str(table), "label", out=str(answer.path), **{**SMALL, "epsilon": 0.02})


def test_a_changed_data_file_is_refused_by_name(table: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.csv"
    copy.write_text(table.read_text())
    out = tmp_path / "copy.study"
    options = parse_options({"data": str(copy), "target": "label", **SMALL})
    with session.start(tasks.task_of(options), options, str(out)):
        pass  # begun, and nothing trained yet
    copy.write_text(table.read_text().replace("red", "rot", 1))
    for words in (("resume", str(out)), ("run", str(copy), "--target", "label", "--out", str(out))):
        done = command(*words, "--jobs", "1")
        assert done.returncode == 3
        assert "copy.csv" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_handed_over_net_is_ordinary_pytorch_and_equal_to_the_fused_one(
    answer: howdeep.Answer, table: Path
) -> None:
    """Three lines without howdeep, the command line and the trial's own test scores agree."""
    code = (
        "import sys, csv, json; sys.modules['howdeep'] = None; sys.path.insert(0, sys.argv[1])\n"
        "from net import load\n"
        "rows = list(csv.DictReader(open(sys.argv[2])))\n"
        "table = {k: [r[k] for r in rows] for k in rows[0]}\n"
        "net = load()\n"
        "print(json.dumps([net.predict(table), net(net.encode(table)).tolist()]))\n"
        "import pandas\n"
        "frame = pandas.DataFrame(table)\n"
        "assert net.predict(frame) == net.predict(table)\n"
        "try: net.predict(frame.drop(columns='colour'))\n"
        "except ValueError as error: assert 'colour' in str(error)\n"
        "else: raise AssertionError\n"
    )
    bare = subprocess.run(
        [sys.executable, "-c", code, str(answer.path / "net"), str(table)],
        capture_output=True,
        text=True,
        check=True,
    )
    labels, logits = json.loads(bare.stdout)
    done = command("predict", str(answer.path), str(table))
    assert done.returncode == 0, done.stderr
    assert [line.split(",")[0] for line in done.stdout.splitlines()[1:]] == labels
    with Study.open(answer.path) as study:
        task = study.task()
        key = answer.verdict.test_score.handed_over_trial  # type: ignore[union-attr]
        arrays = study.arrays(next(t for t in study.trials() if t.key == key))
    right = [labels[i] == task.info.classes[task.target[i]] for i in task.test]
    assert np.array_equal(np.asarray(right, dtype=np.float32), arrays["net.test"])
    assert fused_logits_differ(answer.path, arrays, task, logits) <= 1e-5


def fused_logits_differ(path: Path, arrays, task, logits) -> float:  # type: ignore[no-untyped-def]
    """Largest difference between plain PyTorch's logits and the fused program's."""
    plain = json.loads((path / "net" / "net.json").read_text())["rung"]
    rung = keys.loads(Rung, json.dumps(plain))
    fold = encoded.encoded(task)[int(arrays["net.fold"][0])]
    weights = {n[4:]: torch.from_numpy(v)[None] for n, v in arrays.items() if n[:4] == "net/"}
    out = family(rung.family).apply(rung, weights, fold.x[None])[0]
    return float((out - torch.tensor(logits)).abs().max())


def test_predicting_needs_the_columns_and_takes_unseen_levels(
    answer: howdeep.Answer, tmp_path: Path
) -> None:
    new = tmp_path / "new.csv"
    new.write_text("b,colour,a\n1.0,purple,2.0\n-1.0,red,\n")
    done = command("predict", str(answer.path), str(new))
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3
    new.write_text("b,a\n1.0,2.0\n0.5,0.1\n")
    done = command("predict", str(answer.path), str(new))
    assert done.returncode == 2
    assert "colour" in done.stderr


def test_a_kill_among_the_classical_models_loses_none_and_fits_none_again(
    answer: howdeep.Answer, table: Path, tmp_path: Path
) -> None:
    options = parse_options({"data": str(table), "target": "label", **SMALL})
    out = tmp_path / "cut.study"
    with session.start(tasks.task_of(options), options, str(out)) as study:
        events = session.events(study, jobs=1)
        for event in events:
            if isinstance(event, GroupDone):
                assert event.group.stage == "rival"
                break
        events.close()  # as a kill does: the second model was not fitted
        first = study.seconds()
        assert len(first) == 1
    again = howdeep.resume(out, jobs=1)
    with Study.open(out) as study:
        assert first.items() <= study.seconds().items()
        fits = [trial.cell for trial in study.trials() if trial.stage == "rival"]
    assert sorted(fits) == ["neighbours", "plain"]
    assert again.verdict.digest == answer.verdict.digest
    assert [rival.name for rival in again.verdict.rivals] == ["neighbours", "plain"]


def test_a_study_whose_models_cannot_be_fitted_has_its_answer_all_the_same(
    answer: howdeep.Answer, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("no")

    for name in ("plain", "neighbours"):
        monkeypatch.setattr(classical.model(name), "choices", refuse)
    out = str(tmp_path / "none.study")
    found = howdeep.run(str(table), "label", out=out, jobs=1, **SMALL)
    assert found.verdict.enough == answer.verdict.enough
    assert {rival.says for rival in found.verdict.rivals} == {"failed"}


def test_frames_and_arrays_reach_a_verdict(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 3))
    y = np.where(x[:, 0] + 0.3 * rng.normal(size=400) > 0, "up", "down")
    small = {"depths": "0,1", "max_seeds": 3, "epsilon": 0.05, "jobs": 1, "rivals": "none"}
    answer = howdeep.run(x, y=y, out=str(tmp_path / "arrays.study"), **small)
    assert answer.verdict.status == "no_depth_needed"
    assert np.mean(np.asarray(answer.predict(x)) == y) > 0.8


def test_noise_ends_without_a_net_and_says_why(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(400, 3)), rng.permutation(np.repeat(["up", "down"], 200))
    small = {"depths": "0,1", "max_seeds": 2, "jobs": 1, "rivals": "none"}
    answer = howdeep.run(x, y=y, out=str(tmp_path / "noise.study"), **small)
    verdict = answer.verdict
    assert (verdict.status, verdict.blocks, verdict.test_score) == ("nothing_learnt", None, None)
    assert not (answer.path / "net").exists()
    assert "nothing was learnt" in repr(answer)
    with pytest.raises(StudyNotFound, match="nothing_learnt") as caught:
        answer.predict(x)
    assert "beat guessing" in str(caught.value)


def test_categories_mean_the_same_in_a_file_and_in_a_frame(
    answer: howdeep.Answer, tmp_path: Path
) -> None:
    rows = {"a": [0.5, -1.0], "b": [1.0, 1.0], "colour": ["red", "blue"]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer.predict(rows)
    with pytest.warns(UserWarning, match="'purple' was not seen"):
        answer.predict(rows | {"colour": ["red", "purple"]})
    with pytest.warns(UserWarning, match=r"'RED!', 'purple' were not seen .* \(2 rows\)"):
        both = answer.predict(rows | {"colour": ["RED!", "purple"]})
    with pytest.warns(UserWarning, match=r"'purple' was not seen .* \(1 row\)"):
        assert answer.predict({"a": [-1.0], "b": [1.0], "colour": ["purple"]}) == both[1:]


def test_predictions_never_overwrite_their_table(answer: howdeep.Answer, tmp_path: Path) -> None:
    new = tmp_path / "new.csv"
    text = "b,colour,a\n1.0,red,2.0\n-1.0,red,\n"
    new.write_text(text)
    done = command("predict", str(answer.path), str(new), "--out", str(new))
    assert (done.returncode, new.read_text()) == (2, text)
    done = command("predict", str(answer.path), str(new), "--out", str(tmp_path / "out.csv"))
    assert done.returncode == 0
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new.csv", "out.csv"]


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("spirals", {"metric": "mse"}),
        ("spirals", {"y": [1, 2]}),
        ({"a": [1, 2], "b": [3, 4]}, {"y": [1, 2], "target": "a"}),
        ({"a": [1, 2], "b": [3, 4]}, {"sep": ";", "target": "a"}),
        ({"a": [1, 2], "b": [3, 4]}, {"target": np.array([1, 2])}),
        ({"a": [1, 2], "b": [3, 4]}, {"names": "p,q,r", "target": "a"}),
    ],
)
def test_what_would_be_without_effect_is_refused(
    data: object, options: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(howdeep.InputError):
        howdeep.run(data, out=str(tmp_path / "s.study"), **options)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_another_option_on_a_study_that_is_there_is_named(
    answer: howdeep.Answer, table: Path
) -> None:
    words = ["run", str(table), "--target", "label", "--out", str(answer.path), *OPTIONS]
    words[words.index("0,1")] = "0,1,2"
    done = command(*words)
    assert done.returncode == 3
    assert "--depths: 0,1, now 0,1,2" in done.stderr
    assert "howdeep resume" in done.stderr


def test_a_folder_that_is_not_there_is_said_before_reading(table: Path, tmp_path: Path) -> None:
    done = command("run", str(table), "--target", "label", "--out", str(tmp_path / "no" / "s"))
    assert done.returncode == 3
    assert "there is no folder" in done.stderr


def test_a_terminal_that_lacks_signs_is_no_trouble(answer: howdeep.Answer) -> None:
    done = command("report", str(answer.path), PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stderr


def test_an_option_said_is_kept_be_it_the_default() -> None:
    for words, seeds in (({}, 16), ({"max_seeds": 20}, 20), ({"preset": "default"}, 50)):
        options = parse_options({"data": "mnist1d", **words})
        plan, _ = session.plan_of(tasks.task_of(options), options)
        assert plan.looks[-1] == seeds
        assert plan.options == tuple((k, str(v)) for k, v in words.items())


def test_what_the_allowance_cuts_is_said() -> None:
    options = parse_options({"data": "digits", "depths": "0,1,2,4,8,16,32,64,128,256,512,1024"})
    plan, _ = session.plan_of(tasks.task_of(options), options)
    assert {what for what in dict(plan.cuts) if not what.startswith("rivals")} == {"depths"}
    assert "1024" in dict(plan.cuts)["depths"]
    assert 1024 not in plan.depths
    uncut = replace(options, rows="all")
    cuts = session.plan_of(tasks.task_of(uncut), uncut)[0].cuts
    assert all(what.startswith("rivals") for what, _ in cuts)


def test_trouble_with_a_study_exits_with_three(tmp_path: Path) -> None:
    for words in (("resume",), ("report",), ("study", "check")):
        done = command(*words, str(tmp_path / "none.study"))
        assert done.returncode == 3
        assert "fix:" in done.stderr
        assert "Traceback" not in done.stderr
    with pytest.raises(StudyNotFound):
        howdeep.open_study(tmp_path / "none.study")


def test_report_and_check_speak_of_a_finished_study(answer: howdeep.Answer) -> None:
    done = command("report", str(answer.path), "--json")
    assert json.loads(done.stdout)["verdict"]["digest"] == answer.verdict.digest
    done = command("study", "check", str(answer.path))
    assert (done.returncode, "as written" in done.stdout) == (0, True)
