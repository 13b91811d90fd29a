"""What the CNN page says a run will take, before it is started."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from core.settings import this_host
from core.store import Run, Status
from tests.pages.conftest import Visit
from tests.support.past_runs import SOMEBODY_ELSE, PastRuns
from tests.support.reading import captions
from tests.support.tab import Tab

GUESS = ", a rough estimate until a first run on this server"
LAYERS = "conv:8:3,pool:max:2,flatten"
SECONDS = {"s": 1, "min": 60, "h": 3600}
LONG_S = 60.0  # of training for 5 epochs of 4,000 images

Trained = Callable[..., Run]


@pytest.fixture
def trained(past: PastRuns, monkeypatch: pytest.MonkeyPatch) -> Trained:
    """Let a run of the article's training be finished, and have taken so long."""

    def done(
        *, fit_s: float = LONG_S, around_s: float = 3.0, memory_mb: int = 1234, steps: int = 315, **more: Any
    ) -> Run:
        changes = [f"layers={LAYERS}", *more.pop("changes", [])]
        new = {"preset": "article", "host": this_host(), **more}
        monkeypatch.setattr("core.store.runs.line.time", SimpleNamespace(time=lambda: 1_000_000.0))
        run = past.running(step=100, changes=changes, **new)
        monkeypatch.setattr("core.store.runs.runs.time", SimpleNamespace(time=lambda: 1_000_000.0 + fit_s + around_s))
        images_per_s = round(5 * 4000 / fit_s)
        return past.finish(run, summary={"steps_done": steps, "images_per_s": images_per_s, "memory_mb": memory_mb})

    return done


def test_before_any_run_it_is_called_a_guess(visit: Visit) -> None:
    said = cost(visit("cnn", preset="article"))
    assert said.endswith(GUESS)
    assert seconds_of(said) > 0
    assert said.startswith("about ")


def test_after_a_run_of_the_same_network_it_is_what_that_took(visit: Visit, trained: Trained) -> None:
    trained()
    assert cost(visit("cnn", preset="article", layers=LAYERS)) == "about 63 s and 1.2 GB of memory"


def test_another_number_of_epochs_takes_that_many_times_the_training(visit: Visit, trained: Trained) -> None:
    trained()
    app = visit("cnn", preset="article", layers=LAYERS)
    app.slider(key="cnn_epochs").set_value(10).run()
    assert cost(app) == "about 2.1 min and 1.2 GB of memory"  # 2 x 60 s, and 3 s around it
    app.slider(key="cnn_epochs").set_value(1).run()
    assert cost(app) == "about 15 s and 1.2 GB of memory"


def test_another_network_is_measured_by_the_speed_of_this_server(visit: Visit, trained: Trained) -> None:
    trained()
    app = visit("cnn", preset="article", layers=LAYERS)
    before = seconds_of(cost(app))
    app.button(key="cnn_layers_duplicate").click().run()
    assert GUESS not in cost(app)
    assert seconds_of(cost(app)) > before


def test_runs_of_others_here_count_too(visit: Visit, trained: Trained) -> None:
    trained(owner=SOMEBODY_ELSE)
    assert GUESS not in cost(visit("cnn", preset="article"))


def test_a_run_on_another_machine_says_nothing_of_this_one(visit: Visit, trained: Trained) -> None:
    trained(host="there")
    assert cost(visit("cnn", preset="article", layers=LAYERS)).endswith(GUESS)


def test_runs_that_came_to_no_end_say_nothing(visit: Visit, past: PastRuns) -> None:
    summary = {"steps_done": 30, "images_per_s": 10, "memory_mb": 9999}
    past.ended(Status.FAILED, host=this_host(), summary=summary)
    past.ended(Status.LOST, host=this_host(), summary=summary)
    past.ended(Status.DIVERGED, host=this_host(), summary=summary)
    past.running(host=this_host())
    assert cost(visit("cnn")).endswith(GUESS)


def test_a_new_run_is_heard_of_with_the_next_look_at_the_page(visit: Visit, trained: Trained) -> None:
    app = visit("cnn", preset="article", layers=LAYERS)
    assert cost(app).endswith(GUESS)
    trained()
    app.slider(key="cnn_epochs").set_value(1).run()
    assert cost(app) == "about 15 s and 1.2 GB of memory"


def test_a_time_budget_caps_it(visit: Visit, trained: Trained) -> None:
    trained()
    app = visit("cnn", preset="article", layers=LAYERS)
    app.number_input(key="cnn_time_budget_s").set_value(20).run()
    assert cost(app) == "about 23 s and 1.2 GB of memory"


@pytest.mark.parametrize("name", ["patience", "target_accuracy"])
def test_a_run_that_may_end_early_takes_up_to_so_long(visit: Visit, trained: Trained, name: str) -> None:
    trained(changes=["validation_fraction=0.2"])
    app = visit("cnn", preset="article", layers=LAYERS, validation_fraction="0.2", **{name: "1"})
    assert cost(app).startswith("up to ")


def test_more_memory_than_a_worker_may_hold_is_a_warning(
    visit: Visit, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLASSBOX_MEMORY_MB", "1234")
    trained(memory_mb=1234)
    trained(memory_mb=1235, steps=160, changes=["batch_size=128"])
    app = visit("cnn", preset="article", layers=LAYERS)
    assert cost(app) == "about 63 s and 1.2 GB of memory"
    app.select_slider(key="cnn_batch_size").set_value(128).run()
    assert cost(app) == "about 63 s and 1.2 GB of memory, more than this server's limit of 1.2 GB"
    assert not app.button(key="train").disabled  # it is a warning, no more
    app.select_slider(key="cnn_batch_size").set_value(64).run()
    assert "more than" not in cost(app)


def cost(app: Tab) -> str:
    """Return what the strip says that a run will take."""
    assert not app.exception
    lines = captions(app.get_by_key("strip")).split("\n")
    (line,) = [line for line in lines if "multiply-adds an image" in line]
    return line.strip().split(" an image · ")[1]


def seconds_of(words: str) -> float:
    found = re.search(r"(?:about|up to) ([\d.]+) (s|min|h) and [\d.]+ GB of memory", words)
    assert found
    return float(found[1]) * SECONDS[found[2]]
