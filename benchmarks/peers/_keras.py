"""Keras Tuner's grid over depth and seed, on whichever backend Keras was told to use."""

from __future__ import annotations

import os
import tempfile

from peers._torch import by_depth
from workloads import BATCH, POOLED, RATE, Workload

# Steps in one call: compiled by JAX, as Keras's reference advises for small models; PyTorch gains
# nothing by it.
AT_ONCE = {"jax": 20, "torch": 1}


def train(work: Workload, backend: str) -> dict[int, list[float]]:
    """As Keras Tuner's guide: a hypermodel that builds and fits, a tuner, `search`.

    It is evaluated once, after its last epoch, as the other engines are.
    """
    os.environ["KERAS_BACKEND"] = backend
    import keras
    import keras_tuner

    whole = len(work.x) // BATCH * BATCH  # the last partial batch is left out

    class Net(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
            depth = hp.Choice("depth", list(work.depths))
            keras.utils.set_random_seed(hp.Choice("seed", list(range(work.seeds))))
            layers = [keras.Input(work.x.shape[1:])]
            for layer in range(depth):
                how = {"activation": "relu", "kernel_initializer": "he_normal"}
                if work.conv:
                    layers.append(keras.layers.Conv2D(work.width, 3, padding="same", **how))
                    layers += [keras.layers.MaxPooling2D(2)] * (layer < POOLED)
                else:
                    layers.append(keras.layers.Dense(work.width, **how))
            if work.conv:
                layers.append(keras.layers.GlobalAveragePooling2D())
            layers.append(keras.layers.Dense(work.classes, kernel_initializer="he_normal"))
            model = keras.Sequential(layers)
            model.compile(
                optimizer=keras.optimizers.Adam(RATE),
                loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=["accuracy"],
                steps_per_execution=AT_ONCE[backend],
            )
            return model

        def fit(
            self, hp: keras_tuner.HyperParameters, model: keras.Model, **_: object
        ) -> dict[str, float]:
            x, y = work.x[:whole], work.y[:whole]
            model.fit(x, y, batch_size=BATCH, epochs=work.epochs, verbose=0)
            found = model.evaluate(
                work.x_test, work.y_test, batch_size=1000, verbose=0, return_dict=True
            )
            return {"val_accuracy": found["accuracy"]}

    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.GridSearch(
            Net(),
            objective=keras_tuner.Objective("val_accuracy", "max"),
            max_trials=work.nets,
            directory=folder,
            project_name="grid",
        )
        tuner.search(verbose=0)
        trials = tuner.oracle.trials.values()
        found = {
            (t.hyperparameters.get("depth"), t.hyperparameters.get("seed")): float(t.score)
            for t in trials
        }
    return by_depth(work, found)
