"""Optuna: TPE, median pruner, 100 trials over depth and learning rate, two processes on a journal.

The objective is a tight PyTorch loop, data in memory and fused Adam, which reports its validation
score as often as howdeep looks, stops when that no longer rises, and keeps its best checkpoint. The
pruner is that of its documentation's example: from 30 % of the steps on, every 10 %.
"""

from __future__ import annotations

import math
import multiprocessing
import tempfile
from collections.abc import Mapping
from pathlib import Path

import optuna
import torch
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from torch import nn
from torch.nn import functional as F

from howdeep.base.nouns import Cell
from howdeep.data.task import Rows
from searches import Answer
from searches.problem import RATES, Problem, load, module

NEEDS = ("optuna",)
TRIALS, PROCESSES, STUDY = 100, 2, "depth"
PRUNER = {"n_startup_trials": 5, "n_warmup_steps": 30, "interval_steps": 10}  # steps in per cent


def search(name: str, repeat: int, pruner: Mapping[str, int] = PRUNER) -> Answer:
    """The best trial; pruned ones count among the nets."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        journal = str(Path(folder) / "journal.log")
        optuna.create_study(study_name=STUDY, storage=_storage(journal), direction="maximize")
        spawn = multiprocessing.get_context("spawn")
        given = (name, repeat, journal, dict(pruner))
        workers = [spawn.Process(target=work, args=(*given, i)) for i in range(PROCESSES)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if any(worker.exitcode for worker in workers):
            raise RuntimeError("a worker process failed")
        study = optuna.load_study(study_name=STUDY, storage=_storage(journal))
        best, told = study.best_trial.user_attrs, [t.user_attrs for t in study.trials]
    return Answer(
        best["cell"],
        (best["layers"],) * 3,
        best["test"],
        len(told),
        sum(attributes["flops"] for attributes in told),
    )


def _storage(journal: str) -> JournalStorage:
    return JournalStorage(JournalFileBackend(journal))


def work(name: str, repeat: int, journal: str, pruner: dict[str, int], number: int) -> None:
    """One of the processes that share the study, on one thread."""
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    problem = load(name, repeat)
    study = optuna.load_study(
        study_name=STUDY,
        storage=_storage(journal),
        sampler=optuna.samplers.TPESampler(seed=PROCESSES * repeat + number),
        pruner=optuna.pruners.MedianPruner(**pruner),
    )
    done = optuna.study.MaxTrialsCallback(TRIALS, states=None)
    study.optimize(lambda trial: objective(trial, problem), callbacks=[done])


def objective(trial: optuna.Trial, problem: Problem) -> float:
    """Validation accuracy of the best checkpoint."""
    nets = problem.by_family()
    family = trial.suggest_categorical("family", list(nets))
    depth = trial.suggest_int(f"{family} depth", 0, len(nets[family]) - 1)
    rate = trial.suggest_float("learning rate", *RATES, log=True)
    cell = nets[family][depth]
    trial.set_user_attr("cell", cell.name)
    trial.set_user_attr("layers", cell.cost.weight_layers)
    return train(trial, problem, cell, rate)


def train(trial: optuna.Trial, problem: Problem, cell: Cell, rate: float) -> float:
    """Train to the recipe's step cap, to its patience, or until pruned."""
    how = problem.plan.ladder(cell).recipe
    torch.manual_seed(trial.number)
    net = module(cell, trial.number)
    decay = {"weight_decay": how.weight_decay, "fused": True}
    adam = torch.optim.AdamW(net.parameters(), rate, **decay)
    rows = torch.from_numpy(problem.train)
    best, best_step, step, order = 0.0, 0, 0, rows[:0]
    while step < how.max_steps and step - best_step < how.patience * how.evaluate_every:
        net.train()
        for _ in range(min(how.evaluate_every, how.max_steps - step)):
            if len(order) < how.batch:
                order = rows[torch.randperm(len(rows))]
            batch, order = order[: how.batch], order[how.batch :]
            adam.zero_grad()
            F.cross_entropy(net(problem.x[batch]), problem.y[batch]).backward()
            adam.step()
            step += 1
        score = accuracy(net, problem, problem.val)
        if score > best:
            best, best_step = score, step
            trial.set_user_attr("test", accuracy(net, problem, problem.test))
        trial.set_user_attr("flops", 3 * cell.cost.flops * how.batch * step)
        trial.report(score if math.isfinite(score) else 0.0, 100 * step // how.max_steps)
        if trial.should_prune():
            raise optuna.TrialPruned
    return best


@torch.no_grad()
def accuracy(net: nn.Module, problem: Problem, rows: Rows) -> float:
    """On rows of the problem, 1,000 at a time."""
    net.eval()
    parts = torch.from_numpy(rows).split(1000)
    told = torch.cat([net(problem.x[part]).argmax(1) for part in parts])
    return problem.accuracy(told.numpy(), rows)
