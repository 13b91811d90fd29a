"""The GAN page: its form and link, what it shows while it trains, and what a finished run is worth."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.config import to_query
from core.datasets import DATASETS, open_prepared, prepare
from core.datasets.points.points import CENTRES
from core.families import find_family
from core.families.gan.family import PRESETS
from core.figures.gan.film import film
from core.figures.gan.samples import draw_plane, draw_samples
from core.settings import Settings
from core.store import Run, Status, Store
from core.store.metrics import Point, Snapshot
from core.store.records import SERVER, NewRun
from pages._ui.components.drawing.canvas import CanvasDrawing
from tests.pages.conftest import Visit
from tests.support.past_runs import ME, samples
from tests.support.reading import captions, data_of, said
from tests.support.tab import Tab

FAMILY = find_family("gan")
DIVERGENCES = ("val_kl", "val_js")  # of points only


def dataset(app: Tab) -> str:
    return app.get_by_key("gan_dataset").value


def link_of(app: Tab) -> dict[str, str]:
    return {name: text for name, text in app.query_params.items() if not name.startswith("gan_")}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_brings_its_settings_and_its_data(visit: Visit, preset: str) -> None:
    app = visit("gan")
    app.pills(key="gan_preset").select(preset).run()
    assert app.session_state["_gan_form_config"] == PRESETS[preset].config
    assert dataset(app) == (PRESETS[preset].dataset or "mnist_5k")
    assert link_of(app) == {**to_query(PRESETS[preset].config, PRESETS[preset]), "dataset": dataset(app)}
    assert not app.button(key="train").disabled


def test_a_link_to_a_preset_of_points_needs_no_data_set(visit: Visit) -> None:
    assert dataset(visit("gan", preset="ring")) == "ring"


def test_back_from_points_to_digits_the_data_is_images_again(visit: Visit) -> None:
    app = visit("gan", preset="ring")
    app.pills(key="gan_preset").select("digits_30s").run()
    assert dataset(app) == "mnist_5k"
    assert not app.error


def test_a_chosen_data_set_stays_when_another_preset_fits_it(visit: Visit) -> None:
    app = visit("gan")
    app.get_by_key("gan_dataset").select("digits_8x8").run()
    app.pills(key="gan_preset").select("conditional").run()
    assert dataset(app) == "digits_8x8"


def test_both_networks_are_drawn(visit: Visit) -> None:
    app = visit("gan", conditional="on")
    drawn = data_of(app, "network")
    made, looks = ([(box["label"], box["shape"]) for box in lane["boxes"]] for lane in drawn["lanes"])
    assert made[0] == ("noise and class", "74")
    assert ("pixels", "28×28×1") in made
    assert looks[-1] == ("score", "10")
    assert [box["label"] for box in drawn["examples"]] == ["made images", "real images"]
    assert {"samples/images", "samples/real", "generator/dense_1", "discriminator/dense_1"} <= set(
        drawn["frame"]["layers"]
    )
    assert drawn["frame"]["answer"] == pytest.approx([0.7311] * 2)  # of scores of 1
    assert "4,000 training images, 1,000 test images · 2,300 steps" in captions(app)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"preset": "ring", "conditional": "on"}, "one class only"),
        ({"preset": "ring", "dataset": "mnist_5k", "generator": "up"}, "up_1 needs an image"),
        ({"preset": "digits_30s", "dataset": "ring"}, "points have no pixels"),
        ({"d_updates": "0", "g_updates": "0"}, "neither network learns"),
    ],
)
def test_what_is_impossible_is_said_and_train_is_off(visit: Visit, query: dict[str, str], words: str) -> None:
    app = visit("gan", **query)
    assert app.button(key="train").disabled
    assert any(words in said(error) for error in app.error)


def test_networks_for_images_do_not_take_points(visit: Visit) -> None:
    app = visit("cnn", dataset="ring")
    assert "cannot learn from this data" in said(app.error[0])
    assert app.get_by_key("cnn_dataset").value is None
    assert app.button(key="train").disabled
    assert not any("Points" in option for option in app.get_by_key("cnn_dataset").options)


def test_train_queues_what_is_set(visit: Visit, store: Store) -> None:
    app = visit("gan", preset="ring", steps="77")
    app.button(key="train").click().run()
    (run,) = _gans(store)
    assert (run.dataset, run.preset, run.config["steps"]) == ("ring", "ring", 77)
    assert run.status is Status.QUEUED


def _gans(store: Store) -> list[Run]:
    return [run for run in store.runs.list(kind="train") if run.family == "gan"]


def test_before_training_the_generator_is_shown_at_noise(visit: Visit) -> None:
    app = visit("gan")
    (shown,) = data_of(app, "look_samples")["pictures"]
    assert "64 generated images" in shown["alt"]


def test_the_code_is_the_program_of_both(visit: Visit) -> None:
    app = visit("gan", gan_view="Code")
    (code,) = [part.value for part in app.code]
    assert "generator = keras.Model(inputs, x)" in code
    assert "discriminator = keras.Model(inputs, x)" in code


# Runs


def a_run(store: Store, *, diversity: float = 0.95, status: Status | None = Status.SUCCEEDED, **new: Any) -> Run:
    """A GAN run with two snapshots, as a worker would have left it."""
    config = PRESETS["digits_30s"].config.to_dict()
    known = {"kind": "train", "dataset": "mnist_5k", "family": "gan", "preset": "digits_30s", "config": config}
    run = store.runs.submit(NewRun(**{**known, "owner": ME, "name": "a GAN", "priority": 1, **new}))
    claimed = store.runs.claim("train", host="there", slot="train-9", pid=1, device="CPU")
    assert claimed is not None
    values = {"d_loss": 1.3, "g_loss": 0.8, "d_real": 0.55, "d_fake": 0.45, "d_gradient_norm": 1, "g_gradient_norm": 1}
    store.metrics.append(run.id, [Point(step, 0, step / 50, values) for step in range(1, 901)])
    looks = {"val_d_accuracy": 0.6, "val_diversity": diversity}
    store.metrics.append(run.id, [Point(step, 0, step / 50, looks) for step in range(30, 901, 30)])
    for step in (0, 900):
        store.files(run.id).save_snapshot(step, samples(step))
        store.metrics.add_snapshot(run.id, Snapshot(step, 0, step / 50))
    progress = {"phase": "training", "step": 900, "total_steps": 900, "epoch": 3, "epochs": 4}
    store.runs.report(run.id, str(claimed.lease), progress=progress)
    if status is not None:
        summary = {"diversity_last": diversity, "d_accuracy_last": 0.612, "steps_done": 900, "fit_s": 18.0}
        store.runs.move(run.id, status, lease=claimed.lease, summary=summary)
    return store.runs.get(run.id)


def test_a_finished_run_shows_its_numbers_and_its_film(visit: Visit, store: Store) -> None:
    app = visit("gan", run=a_run(store).id)
    words = "\n".join(said(part) for part in app.markdown)
    assert "Diversity **0.95**" in words
    assert len(data_of(app, "made")["pictures"]) == 1
    assert "61.2 %" in words
    assert "neither network dominates" in said(app.success[0])
    [picture] = data_of(app, "film")["pictures"]
    assert picture["kind"] == "webp"
    with Image.open(io.BytesIO(base64.b64decode(picture["png"]))) as shown:
        assert shown.n_frames > 1


def test_the_film_has_a_frame_for_each_snapshot(store: Store) -> None:
    frames = [draw_samples(samples(step), DATASETS["mnist_5k"].spec)[0].png for step in (0, 5, 9)]
    opened = Image.open(io.BytesIO(film(frames)))
    assert (opened.format, opened.n_frames) == ("WEBP", 3)
    opened.seek(2)
    wanted = Image.open(io.BytesIO(frames[2])).convert("L").resize(opened.size, Image.Resampling.NEAREST)
    assert np.abs(np.asarray(opened.convert("L"), float) - np.asarray(wanted, float)).mean() < 12


@pytest.mark.parametrize(
    ("preset", "named"), [("digits_30s", "Quick digits"), ("collapse", "GAN")], ids=["plain", "on purpose"]
)
def test_a_collapsed_run_offers_a_change_that_trains_again(visit: Visit, store: Store, preset: str, named: str) -> None:
    run = a_run(store, diversity=0.05, preset=preset)
    app = visit("gan", run=run.id)
    assert "0.05 times as much" in said(app.warning[0])
    app.button(key="fix_mode_collapse").click().run()
    again = next(found for found in _gans(store) if found.id != run.id)
    assert again.name == f"{named} with generator learning rate 0.0005"
    changed = {name for name, value in again.config.items() if value != run.config[name]}
    assert changed
    assert again.id in app.query_params["run"]


def test_a_live_run_shows_its_samples_above_its_curves(visit: Visit, store: Store) -> None:
    app = visit("gan", run=a_run(store, status=None).id)
    assert data_of(app, "look_samples")["snapshot"] == "900"
    assert set(data_of(app, "network")["frame"]["layers"]) == {"samples/images"}  # all that an older run kept
    charts = data_of(app, "run_curves")["charts"]
    others = {"What D scores", "What the critic says"}  # hinge and Wasserstein
    assert [chart["title"] for chart in charts] == [
        chart.title for chart in FAMILY.charts if chart.metrics != DIVERGENCES and chart.title not in others
    ]
    assert [chart["sparse"] for chart in charts] == [[False, False]] * 3 + [[True, True]]


def test_a_newcomer_sees_what_this_server_has_trained_once_and_trains_on_from_it(visit: Visit, store: Store) -> None:
    app = visit("gan", steps="77")
    assert not [button for button in app.button if button.key == "see_trained"]
    app = visit("gan")
    app.button(key="see_trained").click().run()
    [kept] = [run for run in _gans(store) if run.owner == SERVER]
    assert kept.id in app.query_params["run"]
    assert kept.config == PRESETS["digits_30s"].config.to_dict()
    run = a_run(store, owner=SERVER)
    app = visit("gan", run=run.id, gan_view="Live")
    app.button(key="run_train_on").click().run()
    assert not app.exception
    [mine] = [run for run in _gans(store) if run.parent]
    assert (mine.owner, mine.parent, mine.branch_step) == (ME, run.id, 900)
    code = visit("gan", run=mine.id, gan_view="Code")
    assert "the run above started from the networks of another run after step 900" in captions(code)


def test_a_gan_is_not_offered_to_draw_for(visit: Visit, store: Store) -> None:
    app = visit("gan", run=a_run(store).id)
    assert not any("Try it" in str(link.proto) for link in app.get("page_link"))


def test_home_lists_it_with_its_result(visit: Visit, store: Store) -> None:
    run = a_run(store)
    app = visit("home")
    assert any("diversity 0.95" in said(part) for part in app.markdown)
    assert run.id in str([link.proto for link in app.get("page_link")])


def test_a_gan_is_not_tried_by_drawing_for_it(visit: Visit, store: Store) -> None:
    app = visit("try", run=a_run(store).id)
    assert "makes images; it cannot read any" in said(app.error[0])


# Points that somebody has drawn


def test_drawn_points_become_data_and_a_form_that_trains_on_them(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ink = np.zeros((84, 84), np.uint8)
    ink[40:50, 10:70] = 255
    monkeypatch.setattr("pages._ui.data.add.drawn", lambda key, most: CanvasDrawing(1, ink[None], False))
    app = visit("data", data_view="Add your own")
    app.segmented_control(key="add_way").set_value("Points, drawn").run()
    app.text_input(key="add_title_points").set_value("A bar").run()
    app.button(key="add_points").click().run()
    assert not app.exception
    made = dataset(app)
    assert made.startswith("own_")
    assert app.session_state["_gan_form_config"] == PRESETS["ring"].config
    again = visit("gan", preset="ring", dataset=made)
    again.button(key="train").click().run()
    (run,) = _gans(store)
    assert run.dataset == made

    listed = visit("data")
    words = "\n".join(said(part) for part in listed.markdown)
    assert "A bar" in words
    assert "10,000 points" in words
    listed.button(key=f"know_{made}").click().run()
    assert not listed.exception
    assert data_of(listed, "know_plane")["figure"]


def test_an_empty_sheet_cannot_be_sent(visit: Visit) -> None:
    app = visit("data", data_view="Add your own")
    app.segmented_control(key="add_way").set_value("Points, drawn").run()
    assert app.button(key="add_points").disabled


def test_a_run_that_blew_up_says_so_and_offers_gentler_rates(visit: Visit, store: Store) -> None:
    run = a_run(store, status=Status.DIVERGED)
    app = visit("gan", run=run.id, gan_view="Results")
    assert not app.success
    app.button(key="fix_not_a_number").click().run()
    again = next(found for found in _gans(store) if found.id != run.id)
    assert again.config["g_learning_rate"] < run.config["g_learning_rate"]


def test_a_short_run_is_not_called_sound(visit: Visit, store: Store) -> None:
    run = a_run(store, status=None)
    store.runs.report(run.id, str(run.lease), progress={"step": 3, "total_steps": 900})
    store.runs.move(run.id, Status.STOPPED, lease=run.lease)
    app = visit("gan", run=run.id, gan_view="Results")
    assert not app.success
    assert "too short to tell" in captions(app)


def test_a_preset_of_points_does_not_take_its_own_data_for_what_is_gone(visit: Visit) -> None:
    app = visit("gan", preset="ring", dataset="own_gone")
    assert not app.exception
    assert dataset(app) is None
    assert app.button(key="train").disabled
    app.pills(key="gan_preset").set_value("collapse").run()
    assert dataset(app) == "ring", "which was asked for now"


def test_what_an_untrained_generator_makes_is_shown_beside_the_real_points(
    visit: Visit, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.home / "prepared").unlink()
    prepare(settings, "ring")

    def answer(settings: Settings, subject: Any, method: str, given: np.ndarray, **_: Any) -> dict[str, np.ndarray]:
        return {"answers": np.zeros((len(given), 2 if subject.part == "generator" else 1), np.float32)}

    monkeypatch.setattr("pages._ui.studio.untrained.ask", answer)
    app = visit("gan", preset="ring")
    (picture,) = data_of(app, "look_plane")["pictures"]
    real = open_prepared(settings, "ring").x_test
    shown = real[np.arange(400) * len(real) // 400]
    arrays = {"plane/fake": np.zeros((400, 2)), "plane/real": shown, "plane/heat": np.full((40, 40), 0.5)}
    assert base64.b64decode(picture["png"]) == draw_plane(arrays, DATASETS["ring"].spec)[0].png
    drawn = data_of(app, "network")
    assert [box["label"] for box in drawn["examples"]] == ["made and real points"]
    assert {"plane/real", "plane/fake", "plane/heat"} <= set(drawn["frame"]["layers"])


def test_other_noise_is_another_look(visit: Visit) -> None:
    first, second = (visit("gan", noise=noise) for noise in ("gaussian", "uniform"))
    memory = "_gan_untrained_mnist_5k"
    assert first.session_state[memory] != second.session_state[memory]


def test_points_say_how_many_clouds_they_cover(visit: Visit, store: Store) -> None:
    run = a_run(store, dataset="ring", preset="ring", config=PRESETS["ring"].config.to_dict())
    made = np.concatenate([CENTRES["ring"][:3].repeat(30, axis=0), np.zeros((10, 2))]).astype(np.float32)
    store.files(run.id).save_snapshot(900, {"plane/fake": made})
    app = visit("gan", run=run.id, gan_view="Results")
    assert any("3 of 8" in said(text) and "90 % of them" in said(text) for text in app.markdown)
