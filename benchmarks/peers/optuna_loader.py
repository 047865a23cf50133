"""Optuna's grid sampler over depth and seed, a PyTorch objective with a DataLoader."""

from __future__ import annotations

import optuna
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from peers._torch import accuracy, by_depth, net, tensors
from workloads import BATCH, RATE, Workload

NEEDS = ("optuna",)
CONV = True


def train(work: Workload) -> dict[int, list[float]]:
    """As Optuna's PyTorch example: model, loader and optimiser in the objective."""
    x, y, x_test, y_test = tensors(work)
    rows, criterion = TensorDataset(x, y), nn.CrossEntropyLoss()

    def objective(trial: optuna.Trial) -> float:
        depth = trial.suggest_categorical("depth", list(work.depths))
        seed = trial.suggest_categorical("seed", list(range(work.seeds)))
        model = net(work, depth, seed)
        loader = DataLoader(rows, batch_size=BATCH, shuffle=True, drop_last=True)
        adam = torch.optim.Adam(model.parameters(), RATE)
        for _ in range(work.epochs):
            model.train()
            for data, target in loader:
                adam.zero_grad()
                criterion(model(data), target).backward()
                adam.step()
        return accuracy(model, x_test, y_test)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = {"depth": list(work.depths), "seed": list(range(work.seeds))}
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.GridSampler(space))
    study.optimize(objective, n_trials=work.nets)
    found = {(t.params["depth"], t.params["seed"]): float(t.value or 0) for t in study.trials}
    return by_depth(work, found)
