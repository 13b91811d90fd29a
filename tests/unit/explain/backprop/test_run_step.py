"""One step of a run: its optimiser with the averages that it saved makes the update that training makes next."""

import json

import keras
import numpy as np
import pytest

from core.datasets import DATASETS
from core.errors import NotAllowedError
from core.explain.backprop.locks import Locks
from core.explain.backprop.one_step import OneStep
from core.families.mlp import MlpConfig
from core.figures.inside.activation import draw_activation
from core.layers.blocks import Dense, LayerNorm
from core.runs.one_step import AVERAGES, batch_of, left_out, loss_of, optimizers_of, rate_at, saved_averages
from core.schedule.optimizers import OPTIMIZERS
from core.schedule.split import training_rows
from core.store import Store
from core.store.metrics import Checkpoint
from core.store.records import NewRun
from core.training.checkpoint import state_of
from tests.support import tiny_table

KIND, STEPS = "rows of a number", 3


@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "adadelta"])
def test_the_next_update_of_a_run_is_what_its_step_shows(
    store: Store, optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = MlpConfig(
        layers=(Dense(units=3, activation="tanh"), LayerNorm(), Dense(units=2, activation="elu")),
        optimizer=optimizer,
        schedule="cosine",
        batch_size=8,
        weight_decay=0.1,
        gradient_clip=0.5,
        l2=0.01,
        learning_rate=0.05,
        precision="float32",
    )
    monkeypatch.setitem(DATASETS, "tiny", tiny_table.dataset(KIND))
    run = store.runs.submit(NewRun(kind="train", dataset="tiny", owner="ann", name="", family="mlp", preset="table"))
    trainee, spec = tiny_table.network(KIND, config), tiny_table.spec_of(KIND)
    trainee.run_eagerly = True
    trainee.advance(0, STEPS)
    sha256 = store.files(run.id).save_checkpoint(STEPS, state_of(trainee))
    store.metrics.add_checkpoint(run.id, Checkpoint(STEPS, sha256, best=False))
    own = optimizers_of(config)[0]
    averages, made = saved_averages(store, run, STEPS, own, "ann")
    assert made == STEPS
    x, y = (np.asarray(part) for part in trainee.batches.batch(STEPS))
    settings = {"rate": rate_at(config, spec, STEPS), **own.settings}
    rule = {"id": own.id, "settings": settings, "averages": list(averages), "t": made + 1}
    asked = {"loss": loss_of(config, spec.target), "rules": [rule], "by": 0, "taken": 1, "shown": {}}
    saved = np.stack(list(averages.values())) if averages else np.zeros((0, 0))
    step = OneStep(trainee.network)
    found = step(x, wanted=y.astype(np.float64), asked=json.dumps(asked), averages=saved)
    trainee.advance(STEPS, STEPS + 1)
    for column, layer in enumerate(("dense_1", "dense_2", "value"), start=1):
        kernel, bias = trainee.network.get_layer(layer).get_weights()
        np.testing.assert_allclose(found[f"weights/{column}"], np.vstack([kernel, bias]), rtol=2e-4, atol=2e-6)
    assert saved_averages(store, run, STEPS + 1, own, "ann") == ({}, 0)
    assert saved_averages(store, run, STEPS, optimizers_of(config)[1], "ann") == ({}, 0)


def test_averages_of_private_data_are_for_those_who_may_see_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise NotAllowedError("this data is private")

    monkeypatch.setattr("core.runs.one_step.check_may_view", refuse)
    run = store.runs.submit(NewRun(kind="train", dataset="tiny", owner="ann", name="", family="mlp", preset="table"))
    with pytest.raises(NotAllowedError):
        saved_averages(store, run, 1, optimizers_of(MlpConfig())[0], "bob")


def test_the_runs_own_optimiser_comes_first_and_none_twice() -> None:
    for optimizer in OPTIMIZERS:
        found = optimizers_of(MlpConfig(optimizer=optimizer))
        assert found[0].is_own == (optimizer in AVERAGES) == (left_out(MlpConfig(optimizer=optimizer)) == "")
        assert len({(one.id, *sorted(one.settings.items())) for one in found}) == len(found)
        assert {"SGD", "Momentum", "Nesterov", "RMSprop", "Adam", "AdamW"} <= {one.title for one in found} or found[
            0
        ].is_own
    assert optimizers_of(MlpConfig(optimizer="sgd", momentum=0.5, nesterov="on"))[0].title == "Nesterov"


def test_the_batch_is_what_the_run_learns_from() -> None:
    data = tiny_table.prepared("rows of classes")
    config = MlpConfig(shuffle_labels="on", validation_fraction=0.2)
    x, y = batch_of(data, config, 5)
    rows = training_rows(config, data.y_train, 2)
    assert (x.shape, y.dtype) == ((5, 3), np.float64)
    assert y.tolist() == rows.labels[rows.learn[:5]].tolist()


def test_dead_and_saturated_units_are_found_and_drawn() -> None:
    keras.utils.set_random_seed(0)
    given = keras.Input((2,))
    x = keras.layers.Dense(4, activation="relu", name="first")(given)
    x = keras.layers.Dense(3, activation="tanh", name="second")(x)
    network = keras.Model(given, keras.layers.Dense(1, name="value")(x))
    network.get_layer("first").bias.assign([0, -100, 0, 0])
    network.get_layer("second").bias.assign([0, 0, 50])
    data = tiny_table.prepared("points of a number")
    found = Locks(network, data)(np.zeros(2, np.float32))
    assert json.loads(found["functions"].tobytes()) == {"first": "relu", "second": "tanh"}
    assert found["examples"] == tiny_table.TRAIN
    assert found["locked/first"].tolist() == [False, True, False, False]
    assert found["locked/second"].tolist() == [False, False, True]
    assert found["counts/second"].sum() == 3 * tiny_table.TRAIN
    figure = draw_activation("tanh", found["counts/second"], found["edges/second"])
    curve, slope = figure.data[1], figure.data[2]
    np.testing.assert_allclose(curve.y, np.tanh(curve.x))
    np.testing.assert_allclose(slope.y, np.gradient(np.asarray(curve.y), np.asarray(curve.x)), atol=0.3)
