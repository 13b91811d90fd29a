"""A race of optimisers: how it is started, and what stands side by side."""

import numpy as np

from core.figures.network.plane import MESH
from core.store import Store
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import data_of, words_of


def test_a_race_trains_the_chosen_optimisers_from_the_same_seed_to_their_end(visit: Visit, store: Store) -> None:
    app = visit("mlp", preset="xor")
    app.button(key="sweep_offer").click().run()
    app.segmented_control(key="sweep_way").set_value("Race of optimisers").run()
    assert "7 runs, about" in words_of(app)
    app.multiselect(key="race_racers").set_value(["sgd"]).run()
    assert app.button(key="race_start").disabled
    app.multiselect(key="race_racers").set_value(["sgd", "adam", "rmsprop"]).run()
    app.button(key="race_start").click().run()
    assert not app.exception
    runs = store.runs.list(owners=[ME])
    assert {run.config["optimizer"] for run in runs} == {"sgd", "adam", "rmsprop"}
    assert len({(run.group, run.config["seed"], run.config["learning_rate"]) for run in runs}) == 1


def test_losses_and_planes_stand_side_by_side(visit: Visit, store: Store, past: PastRuns) -> None:
    answers = np.tile(np.float32([[0.2, 0.8]]), (MESH * MESH, 1))
    for name in ("sgd", "adam"):
        run = past.finished(family="mlp", preset="xor", dataset="xor", changes=[f"optimizer={name}"], group="g")
        store.files(run.id).save_snapshot(100, {"surface/answers": answers})
    app = visit("compare", group="g")
    assert not app.exception
    assert [one["below"] for one in data_of(app, "race_pictures")["pictures"]] == ["SGD", "Adam"]
    assert '"name":"SGD' in data_of(app, "race_curves")["figure"]
