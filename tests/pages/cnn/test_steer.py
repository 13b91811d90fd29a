"""Steering a run on the CNN page: live settings, Pause and Step, and a start from a saved moment."""

from core.store import Status, Store
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import captions


def test_a_run_that_trains_is_changed_and_paused(visit: Visit, store: Store, past: PastRuns) -> None:
    run = past.running(step=100)
    app = visit("cnn", run=run.id)
    slider = next(one for one in app.select_slider if str(one.key).startswith("dial_learning_rate"))
    slider.set_value(1e-4).run()
    app.button(key="run_pause").click().run()
    asked = [(one.kind, one.payload) for one in store.runs.pending(run.id)]
    assert asked == [("set", {"name": "learning_rate", "value": 1e-4}), ("pause", {})]
    assert "It takes this over after the updates that it makes now." in captions(app)
    assert not app.exception
    store.runs.move(run.id, Status.PAUSED, lease=run.lease)
    app = visit("cnn", run=run.id)
    app.button(key="run_resume").click().run()
    assert store.runs.get(run.id).status is Status.QUEUED


def test_a_run_starts_from_a_chosen_moment_of_another_with_what_is_changed(
    visit: Visit, store: Store, past: PastRuns
) -> None:
    parent = past.finished()
    step = store.metrics.snapshots(parent.id)[0].step
    app = visit("cnn", run=parent.id, cnn_view="Live", cnn_step=str(step))
    app.button(key="try_from").click().run()
    assert app.query_params["from"] == f"{parent.id}.{step}"
    app.slider(key="cnn_epochs").set_value(7)
    next(one for one in app.multiselect if one.label == "Frozen layers").set_value(["conv_1"]).run()
    app.button(key="train").click().run()
    assert not app.exception
    new = store.runs.list(owners=[ME])[0]
    assert (new.parent, new.branch_step, new.config["epochs"]) == (parent.id, step, 7)
    assert new.steering == {"start": "weights", "frozen": ["conv_1"]}
    app = visit("cnn", **{"from": f"{parent.id}.{step}", "edits": "conv_1/kernel[0,0,0,0]=2.0"})
    assert "`conv_1/kernel` [0, 0, 0, 0] is set to 2." in captions(app)
    app = visit("cnn", **{"from": f"{parent.id}.{step}", "edits": "logits/kernel[0,3]=2.0;logits/bias[1]=1.0"})
    assert "The weight of input 1 to logits · 4 is set to 2." in captions(app)
    assert "The bias of logits · 2 is set to 1." in captions(app)
