"""Optuna: TPE, median pruner, 100 trials over depth and learning rate, two processes on a journal.

The objective is a tight PyTorch loop, data in memory and fused Adam. As often as howdeep looks, and
on the same rows, it reports its validation score; it stops when that no longer rises, and keeps its
best checkpoint. That is scored on all held-out rows once, the best trial's on the test rows.
The pruner is that of its documentation's example: from 30 % of the steps on, every 10 %.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Mapping
from pathlib import Path

import optuna
import torch
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

from howdeep.base.nouns import Cell
from howdeep.data.task import RowIndex
from howdeep.nets.families import family
from searches import Answer
from searches.problem import RATES, Problem, load, module

NEEDS = ("optuna",)
TRIALS, PROCESSES, STUDY = 100, 2, "depth"
PRUNER = {"n_startup_trials": 5, "n_warmup_steps": 30, "interval_steps": 10}  # steps in per cent
CHUNK = {"dense": 1000, "conv": 128}  # rows evaluated at a time: the fastest here


def search(name: str, repeat: int, pruner: Mapping[str, int] = PRUNER) -> Answer:
    """The best trial; pruned ones count among the nets."""
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    problem = load(name, repeat)
    with tempfile.TemporaryDirectory() as folder:
        optuna.create_study(study_name=STUDY, storage=_storage(folder), direction="maximize")
        fork = multiprocessing.get_context("fork")  # they have what is imported and read already
        seeds = range(PROCESSES * repeat, PROCESSES * (repeat + 1))
        given = (problem, folder, pruner)
        workers = [fork.Process(target=work, args=(*given, seed)) for seed in seeds]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if any(worker.exitcode for worker in workers):
            raise RuntimeError("a worker process failed")
        study = optuna.load_study(study_name=STUDY, storage=_storage(folder))
        best, told = study.best_trial, [t.user_attrs for t in study.trials]
        cell = next(c for c in problem.cells if c.name == best.user_attrs["cell"])
        net = module(cell, best.number)
        net.load_state_dict(load_file(_kept(folder, best)))
        score = accuracy(net, problem, cell, problem.test)
    return Answer(
        cell.name,
        (cell.cost.weight_layers,) * 3,
        score,
        len(told),
        sum(attributes["flops"] for attributes in told),
    )


def _storage(folder: str) -> JournalStorage:
    return JournalStorage(JournalFileBackend(str(Path(folder) / "journal.log")))


def _kept(folder: str, trial: optuna.trial.BaseTrial) -> Path:
    """The file of a trial's best checkpoint."""
    return Path(folder) / f"{trial.number}.safetensors"


def work(problem: Problem, folder: str, pruner: Mapping[str, int], seed: int) -> None:
    """One of the processes that share the study."""
    study = optuna.load_study(
        study_name=STUDY,
        storage=_storage(folder),
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.MedianPruner(**pruner),
    )
    done = optuna.study.MaxTrialsCallback(TRIALS, states=None)
    study.optimize(lambda trial: objective(trial, problem, folder), callbacks=[done])


def objective(trial: optuna.Trial, problem: Problem, folder: str) -> float:
    """Accuracy of the best checkpoint on the held-out rows; the checkpoint is kept."""
    nets = problem.by_family()
    chosen = trial.suggest_categorical("family", list(nets))
    depth = trial.suggest_int(f"{chosen} depth", 0, len(nets[chosen]) - 1)
    rate = trial.suggest_float("learning rate", *RATES, log=True)
    cell = nets[chosen][depth]
    trial.set_user_attr("cell", cell.name)
    net = train(trial, problem, cell, rate)
    save_file(net.state_dict(), _kept(folder, trial))
    return accuracy(net, problem, cell, problem.held_out)


def train(trial: optuna.Trial, problem: Problem, cell: Cell, rate: float) -> nn.Module:
    """Train to the recipe's step cap, to its patience, or until pruned; the best checkpoint."""
    how = problem.plan.ladder(cell).recipe
    torch.manual_seed(trial.number)
    net = module(cell, trial.number)
    adam = torch.optim.AdamW(net.parameters(), rate, weight_decay=how.weight_decay, fused=True)
    rows = torch.from_numpy(problem.train)
    best, best_step, step, order = -1.0, 0, 0, rows[:0]
    kept: dict[str, torch.Tensor] = {}
    while step < how.max_steps and step - best_step < how.patience * how.evaluate_every:
        net.train()
        for _ in range(min(how.evaluate_every, how.max_steps - step)):
            if len(order) < how.batch:
                order = rows[torch.randperm(len(rows))]
            batch, order = order[: how.batch], order[how.batch :]
            adam.zero_grad()
            loss = F.cross_entropy(net(problem.x[batch]), problem.y[batch])
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
            step += 1
        score = accuracy(net, problem, cell, problem.val)
        if score > best:
            best, best_step = score, step
            kept = {name: value.clone() for name, value in net.state_dict().items()}
        trial.set_user_attr("flops", 3 * cell.cost.flops * how.batch * step)
        trial.report(score, 100 * step // how.max_steps)
        if trial.should_prune():
            raise optuna.TrialPruned
    net.load_state_dict(kept)
    return net


@torch.no_grad()
def accuracy(net: nn.Module, problem: Problem, cell: Cell, rows: RowIndex) -> float:
    """On rows of the problem, some at a time."""
    net.eval()
    chunk = CHUNK[family(cell.rung.family).kind.name]
    parts = torch.split(torch.from_numpy(rows), chunk)  # type: ignore[no-untyped-call]
    told = torch.cat([net(problem.x[part]).argmax(1) for part in parts])
    return problem.accuracy(told.numpy(), rows)
