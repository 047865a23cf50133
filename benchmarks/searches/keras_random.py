"""Keras Tuner on JAX: RandomSearch over depth and learning rate, 30 trials of three executions."""

from __future__ import annotations

import math
import os
import tempfile
from typing import Any

from howdeep.base.nouns import Cell
from howdeep.nets.families import family
from peers._keras import AT_ONCE
from searches import Answer
from searches.problem import RATES, Problem, load

NEEDS = ("keras", "keras-tuner", "six", "jax")
TRIALS, EXECUTIONS = 30, 3


def search(name: str, repeat: int) -> Answer:
    """The best model that the tuner kept, evaluated on the test rows."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    import keras_tuner

    problem = load(name, repeat)
    nets, spent = problem.by_family(), {"flops": 0.0}
    keras.utils.set_random_seed(repeat)

    class Spent(keras.callbacks.Callback):  # type: ignore[misc]
        """Counts what is trained; tuners copy callbacks, so that the count is kept outside."""

        def __init__(self, flops: float) -> None:
            super().__init__()
            self.flops = flops

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            spent["flops"] += self.flops

    class Net(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
            model = build(problem, chosen(hp, nets))
            model.compile(
                optimizer=keras.optimizers.Adam(hp.Float("rate", *RATES, sampling="log")),
                loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=["accuracy"],
                steps_per_execution=AT_ONCE["jax"],
            )
            return model

        def fit(
            self, hp: Any, model: keras.Model, *args: Any, callbacks: Any = (), **more: Any
        ) -> object:
            cell = chosen(hp, nets)
            how = problem.plan.ladder(cell).recipe
            epoch = math.ceil(len(problem.train) / how.batch)  # in steps
            patience = math.ceil(how.patience * how.evaluate_every / epoch)
            own = [
                Spent(3 * cell.cost.flops * how.batch * epoch),
                keras.callbacks.EarlyStopping("val_accuracy", patience=patience),
            ]
            more |= {"batch_size": how.batch, "epochs": math.ceil(how.max_steps / epoch)}
            return model.fit(*args, callbacks=[*callbacks, *own], **more)

    x, y = problem.x.numpy(), problem.y.numpy()
    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.RandomSearch(
            Net(),
            objective="val_accuracy",
            max_trials=TRIALS,
            executions_per_trial=EXECUTIONS,
            seed=repeat,
            directory=folder,
            project_name="depth",
        )
        tuner.search(
            x[problem.train],
            y[problem.train],
            validation_data=(x[problem.val], y[problem.val]),
            verbose=0,
        )
        cell = chosen(tuner.get_best_hyperparameters()[0], nets)
        logits = tuner.get_best_models()[0].predict(x[problem.test], batch_size=1000, verbose=0)
    score = problem.accuracy(logits.argmax(1), problem.test)
    nets_trained = TRIALS * EXECUTIONS
    return Answer(cell.name, (cell.cost.weight_layers,) * 3, score, nets_trained, spent["flops"])


def chosen(hp: Any, nets: dict[str, list[Cell]]) -> Cell:
    """A family, then one of its depths."""
    name = hp.Choice("family", list(nets))
    with hp.conditional_scope("family", [name]):
        return nets[name][hp.Int(f"{name} depth", 0, len(nets[name]) - 1)]


def build(problem: Problem, cell: Cell) -> Any:
    """The net in Keras: as many layers of the same width, He initialisation, the same skips."""
    import keras

    rung, shape = cell.rung, cell.rung.inputs.image
    source = keras.Input((rung.inputs.columns,))
    if family(rung.family).kind.name == "conv":
        h = images(cell, keras.layers.Reshape(shape)(source))
    else:
        h = columns(cell, source)
    return keras.Model(source, keras.layers.Dense(rung.outputs)(h))


def columns(cell: Cell, h: Any) -> Any:
    """Hidden layers, or blocks of two with a skip."""
    from keras.layers import Dense

    rung, he = cell.rung, {"kernel_initializer": "he_normal"}
    if rung.family == "mlp":
        for _ in range(rung.blocks):
            h = Dense(rung.width, activation="relu", **he)(h)
        return h
    h = Dense(rung.width, **he)(h) if rung.blocks else h
    for _ in range(rung.blocks):
        inner = Dense(rung.width)(Dense(rung.width, activation="relu", **he)(h))
        h = h + inner * math.sqrt(2 / rung.blocks)
    return h


def images(cell: Cell, h: Any) -> Any:
    """Stages of pre-activation blocks: the convolutions of howdeep's rung, one by one."""
    from keras.layers import (
        BatchNormalization,
        Concatenate,
        Conv2D,
        GlobalAveragePooling2D,
        GlobalMaxPooling2D,
        ReLU,
    )

    fam = family(cell.rung.family)
    config = fam.config(cell.rung)
    begun = None
    for name, _, outputs, kernel, stride in config["convs"]:
        if name.endswith("conv1"):
            begun = h
        if name != "stem":
            h = ReLU()(BatchNormalization()(h))
        plain = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
        h = Conv2D(outputs, kernel, strides=stride, **plain)(h)
        if name.endswith("conv2") and config["skip"]:
            h = begun + h * config["scale"]
    h = ReLU()(BatchNormalization()(h))
    return Concatenate()([GlobalAveragePooling2D()(h), GlobalMaxPooling2D()(h)])
