"""Exploring a trained GAN: its samples, what each is made of, and the ways between them."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.analysis.gan.latent import lerp, slerp, strongest_directions
from core.errors import ProbeAwayError, ProbeError
from core.families.gan.family import PRESETS
from core.families.gan.noise import draw_noise
from core.figures.gan.film import FRAME_MS
from core.probe.client import Subject
from core.store import Run, Status, Store
from core.store.metrics import Snapshot
from pages._ui.gan.explore import SAMPLES, TOOLS, _pick
from pages._ui.gan.latent_sliders import move
from pages._ui.gan.latent_walks import FILM_STEPS, SIDE, STEPS, STYLES
from tests.pages.conftest import LONGEST_RUN_S, Visit
from tests.pages.gan.test_page import a_run
from tests.support.past_runs import samples
from tests.support.reading import captions, data_of, said, words_of
from tests.support.tab import Tab

CONFIG = PRESETS["digits_30s"].config
REAL = np.arange(20.0, 64.0)  # how far unseen real images are from their nearest


class FakeGan:
    """Stands in for the probe; it keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Subject, str, np.ndarray]] = []
        self.error: Exception | None = None
        self.distance = 40.0

    def ask(self, settings: Any, subject: Subject, method: str, given: np.ndarray, **more: Any) -> Mapping:
        self.asked.append((subject, method, given))
        if self.error:
            raise self.error
        if method == "samples":
            return {"samples/images": self.images(given)}
        if method == "answer":
            return {"score": np.ones((len(given), 1), np.float32)}
        return self.layers(subject.part) if method == "layers" else self.near()

    def images(self, noise: np.ndarray) -> np.ndarray:
        light = (127 + 40 * noise[:, :28, None, None]).clip(0, 255)
        return np.broadcast_to(light, (len(noise), 28, 28, 1)).astype(np.uint8)

    def layers(self, part: str) -> Mapping:
        if part == "generator":
            return {"numbers/dense_1": np.arange(8.0), "maps/picture": np.ones((28, 28, 1), np.float32)}
        return {"maps/conv_1": np.ones((14, 14, 3), np.float32), "numbers/score": np.ones(1)}

    def near(self) -> Mapping:
        real = np.zeros((6, 28, 28, 1), np.uint8)
        return {
            "pixels/ids": np.arange(6) + 70,
            "pixels/images": real,
            "pixels/distances": self.distance + np.arange(6),
            "pixels/searched": np.array(4000),
            "pixels/usual": REAL,
            "features/ids": np.arange(6) + 90,
            "features/images": real,
            "features/searched": np.array(2000),
            "scores/image": np.log([0.25 / 0.75]).repeat(10),
            "scores/real": np.log(np.array([0.6, 0.8, 0.9]) / np.array([0.4, 0.2, 0.1])),
        }

    def given(self, method: str = "samples", part: str = "generator") -> np.ndarray:
        """Return what it was asked about last."""
        return next(g for subject, m, g in reversed(self.asked) if (m, subject.part) == (method, part))


@pytest.fixture(autouse=True)
def made(probe: Any, monkeypatch: pytest.MonkeyPatch) -> FakeGan:
    fake = FakeGan()
    monkeypatch.setattr("core.probe.client.ask", fake.ask)
    monkeypatch.setattr("pages._ui.gan.snapshot.PATIENCE_S", LONGEST_RUN_S)
    return fake


def conditional() -> dict[str, Any]:
    return {"preset": "conditional", "config": PRESETS["conditional"].config.to_dict()}


def tool(app: Tab, title: str) -> Tab:
    return app.segmented_control(key="explore_tool").set_value(title).run()


def hand(app: Tab, run: Run, **held: Any) -> Tab:
    """Let other samples be chosen, as clicks do."""
    app.session_state[f"_explore_{run.id}"] |= held
    return app.run()


def below(app: Tab) -> list[str]:
    return [picture["below"] for picture in data_of(app, "explore_sheet")["pictures"]]


@pytest.fixture
def opened(visit: Visit, store: Store) -> Callable[..., tuple[Tab, Run]]:
    def open_run(**new: Any) -> tuple[Tab, Run]:
        run = a_run(store, **new)
        app = visit("gan", run=run.id, gan_view="Explore")
        assert not app.exception
        return app, run

    return open_run


Opened = Callable[..., tuple[Tab, Run]]


def test_explore_is_a_view_of_the_gan_page_only(visit: Visit) -> None:
    options = visit("gan").segmented_control(key="gan_view").options
    assert options[:3] == ["Live", "Results", "Explore"]
    assert options[-1] == "Code"
    assert visit("cnn").segmented_control(key="cnn_view").options == ["Live", "Results", "Code"]


def test_before_a_run_it_says_what_will_come(visit: Visit) -> None:
    assert "after training" in said(visit("gan", gan_view="Explore").info[0])


# Sliders


def test_sliders_move_samples_along_the_strongest_directions(opened: Opened, store: Store, made: FakeGan) -> None:
    app, run = opened()
    assert "one has none" in said(tool(app, "Sliders").info[0])  # this snapshot has no weights
    kernel = np.random.default_rng(0).normal(size=(CONFIG.latent, 9)).astype(np.float32)
    store.files(run.id).save_snapshot(900, {**samples(900), "weights_generator/0000": kernel})
    tool(app, "One sample")
    hand(tool(app, "Sliders"), run, slots=[3, 1, 2])
    drawn = data_of(app, "explore_sliders")
    assert (len(drawn["labels"]), drawn["shape"], drawn["seen"]) == (5, [6, 28, 28, 1], 0)
    app.session_state["explore_sliders"] = {"moved": {"number": 4, "places": [2.0, 0, 0, 0, -99]}}
    app.run()
    noise, directions = draw_noise(CONFIG, 0, SAMPLES, CONFIG.seed)[3:9], strongest_directions(kernel, 5)
    np.testing.assert_allclose(made.given(), noise + 2 * directions[0] - 6 * directions[4], atol=1e-5)
    assert data_of(app, "explore_sliders")["seen"] == 4


def test_uniform_noise_that_is_moved_stays_in_its_cube_and_classes_stay() -> None:
    config = replace(CONFIG, noise="uniform", latent=2)
    moved = move(np.array([[0.5, 0, 1, 0]], np.float32), np.eye(2, dtype=np.float32), np.array([2, -0.5]), config)
    np.testing.assert_array_equal(moved, [[1, -0.5, 1, 0]])


# The samples


def test_the_samples_are_those_of_the_last_moment_and_of_the_film(opened: Opened, made: FakeGan) -> None:
    app, run = opened()
    expected = draw_noise(CONFIG, 0, SAMPLES, CONFIG.seed)
    first = next(given for _, method, given in made.asked if method == "samples")
    np.testing.assert_array_equal(first, expected)
    assert {(s.run, s.step, s.family) for s, _, _ in made.asked} == {(run.id, 900, "gan")}
    sheet = data_of(app, "explore_sheet")
    assert (len(sheet["pictures"]), sheet["snapshot"], sheet["chosen"]) == (SAMPLES, "900", [0])


def test_an_earlier_moment_can_be_looked_at(opened: Opened, made: FakeGan) -> None:
    app, run = opened()
    made.asked.clear()
    app.select_slider(key=f"explore_moment_{run.id}_{run.generation}").set_value(0).run()
    assert {subject.step for subject, _, _ in made.asked} == {0}
    assert data_of(app, "explore_sheet")["snapshot"] == "0"


def test_a_running_gan_stays_at_the_moment_that_was_the_newest_until_it_is_asked_for_another(
    opened: Opened, made: FakeGan, store: Store
) -> None:
    app, run = opened(status=None)
    assert "After step 900" in captions(app)
    assert not [slider for slider in app.select_slider if slider.key.startswith("explore")]
    store.files(run.id).save_snapshot(930, {})
    store.metrics.add_snapshot(run.id, Snapshot(930, 3, 19.0))
    app.button(key="explore_new").click().run()
    assert {subject.step for subject, _, _ in made.asked} == {900}
    app.button(key="explore_newest").click().run()
    assert made.asked[-1][0].step == 930
    assert "After step 930" in captions(app)


def test_a_run_without_a_moment_says_so(visit: Visit, store: Store) -> None:
    run = a_run(store)
    store.metrics.rewind(run.id, -1)
    app = visit("gan", run=run.id, gan_view="Explore")
    assert any("This run has no snapshot yet" in said(info) for info in app.info)


def test_a_run_that_ended_at_once_has_one_snapshot(visit: Visit, store: Store) -> None:
    run = a_run(store)
    store.metrics.rewind(run.id, 0)
    app = visit("gan", run=run.id, gan_view="Explore")
    assert not app.exception
    assert "After step 0, its only snapshot" in captions(app)


def test_new_noise_makes_other_samples_and_keeps_what_is_chosen(opened: Opened, made: FakeGan) -> None:
    app, run = opened()
    hand(app, run, slots=[5, 1, 2])
    app.button(key="explore_new").click().run()
    other = draw_noise(CONFIG, 0, SAMPLES, CONFIG.seed + 1)
    np.testing.assert_array_equal(made.given("layers"), other[5])
    assert data_of(app, "explore_sheet")["chosen"] == [5]


def test_a_class_can_be_asked_for(opened: Opened, made: FakeGan) -> None:
    app, run = opened(**conditional())
    assert [picture["alt"] for picture in data_of(app, "explore_sheet")["pictures"]][9:11] == [
        "sample 10 (a 9)",
        "sample 11 (a 0)",
    ]
    app.selectbox(key=f"explore_class_{run.id}").set_value(8).run()  # the first is each in turn
    config = PRESETS["conditional"].config
    np.testing.assert_array_equal(made.given("layers"), draw_noise(config, 10, 1, config.seed, 7)[0])


def test_a_gan_without_classes_offers_none(opened: Opened) -> None:
    app, _ = opened()
    assert not [box for box in app.selectbox if box.key and box.key.startswith("explore")]
    assert app.segmented_control(key="explore_tool").options == [tool.title for tool in TOOLS]


# One sample


def test_a_sample_is_compared_with_real_images_in_numbers(opened: Opened) -> None:
    app, _ = opened()
    words = words_of(app)
    assert "D finds it **25 % real**; the median of unseen real images is 80 %." in words
    assert "The nearest training image is **40 grey levels** per pixel away." in words
    assert f"median is {np.median(REAL):.0f}" in words
    assert "It is not a copy" in words
    assert "by pixels, of all 4,000 training images" in words
    assert "of 2,000 of 4,000 training images" in words
    near = data_of(app, "explore_pixels")["pictures"]
    assert [picture["below"] for picture in near[:3]] == ["sample", "40 away", "41 away"]
    assert [picture["alt"] for picture in near[:2]] == ["the sample", "training image 70"]


def test_a_copy_is_called_one(opened: Opened, made: FakeGan) -> None:
    made.distance = 2.0
    app, _ = opened()
    assert "it looks memorised" in words_of(app)


def test_a_wasserstein_score_is_said_as_what_it_is(opened: Opened) -> None:
    app, _ = opened(preset="wgan_gp", config=PRESETS["wgan_gp"].config.to_dict())
    said = "D scores it **-1.1** (only differences between scores count); the median of unseen real images is 1.4."
    assert said in words_of(app)


def test_a_hinge_score_is_said_with_its_boundary(opened: Opened) -> None:
    app, _ = opened(config=replace(CONFIG, loss="hinge").to_dict())
    assert "D scores it **-1.1** (above 0 means real); the median of unseen real images is 1.4." in words_of(app)


def test_both_networks_are_shown_layer_by_layer(opened: Opened, made: FakeGan) -> None:
    app, _ = opened()
    titles = {key: [p["title"] for p in data_of(app, f"explore_{key}")["pictures"]] for key in ("noise", "g", "d")}
    assert titles == {
        "noise": ["Its noise: 64 numbers"],
        "g": ["dense_1: 8 numbers", "picture: 1 map of 28x28"],
        "d": ["conv_1: 3 maps of 14x14", "score: 1 number"],
    }
    seen = made.given("layers", "discriminator")
    np.testing.assert_array_equal(seen, made.images(draw_noise(CONFIG, 0, 1, CONFIG.seed))[0].astype(np.float32))


# Choosing


def test_clicks_choose_a_then_b_then_a_again() -> None:
    held: dict[str, Any] = {"slots": [0, 1, 2], "turn": 0, "signs": {}}
    for index, slots in ((7, [7, 1, 2]), (8, [7, 8, 2]), (7, [7, 8, 2]), (9, [9, 8, 2])):
        _pick(held, 2, index)
        assert held["slots"] == slots


def test_a_click_chooses_the_one_sample() -> None:
    held: dict[str, Any] = {"slots": [0, 1, 2], "turn": 0, "signs": {}}
    for index, slots in ((7, [7, 0, 1]), (0, [0, 7, 1]), (0, [0, 7, 1])):
        _pick(held, 1, index)
        assert held["slots"] == slots


def test_in_arithmetic_clicks_go_from_plus_to_minus_to_neither() -> None:
    held: dict[str, Any] = {"slots": [0, 1, 2], "turn": 0, "signs": {}}
    for signs in ({4: 1}, {4: -1}, {}):
        _pick(held, 0, 4)
        assert held["signs"] == signs


# Between samples


def test_a_path_is_walked_straight_and_around(opened: Opened, made: FakeGan) -> None:
    app, run = opened()
    tool(hand(app, run, slots=[3, 9, 0]), "Path")
    noise, t = draw_noise(CONFIG, 0, SAMPLES, CONFIG.seed), np.linspace(0, 1, STEPS)
    expected = np.concatenate([way(noise[3], noise[9], t) for way in (lerp, slerp)])
    np.testing.assert_allclose(made.given(), expected, rtol=1e-6)
    assert [below(app)[index] for index in (3, 9)] == ["4 A", "10 B"]
    assert data_of(app, "explore_lerp")["pictures"][0]["alt"].startswith("10 images from sample 4 to sample 10")
    assert "Around (spherical)**: halfway" in words_of(app)
    assert "The next click chooses **A**." in captions(app)


def test_between_classes_the_class_is_mixed_too(opened: Opened, made: FakeGan) -> None:
    app, _ = opened(**conditional())
    tool(app, "Path")
    given = made.given()
    np.testing.assert_allclose(given[:, 64:66], np.tile(np.linspace([1, 0], [0, 1], STEPS), (2, 1)), atol=1e-6)


def test_a_walk_goes_round_and_can_be_taken_away(opened: Opened, made: FakeGan) -> None:
    app, _ = opened()
    tool(app, "Walk")
    given, noise = made.given(), draw_noise(CONFIG, 0, 3, CONFIG.seed)
    assert len(given) == 3 * (FILM_STEPS - 1)
    np.testing.assert_allclose(given[:: FILM_STEPS - 1], noise, rtol=1e-5)
    (button,) = app.download_button
    shown = Image.open(io.BytesIO(app.download(button)))
    assert (shown.format, shown.n_frames) == ("WEBP", len(given))
    assert {duration(shown, frame) for frame in (0, len(given) - 1)} == {FRAME_MS}  # it goes round without a halt
    assert button.proto.url.endswith(".webp")


def duration(shown: Image.Image, frame: int) -> int:
    shown.seek(frame)
    shown.load()
    return shown.info["duration"]


def test_three_samples_are_corners_of_the_plane(opened: Opened, made: FakeGan) -> None:
    app, run = opened()
    tool(hand(app, run, slots=[6, 4, 2]), "Plane")
    grid, noise = made.given().reshape(SIDE, SIDE, -1), draw_noise(CONFIG, 0, SAMPLES, CONFIG.seed)
    for corner, index in ((grid[0, 0], 6), (grid[0, -1], 4), (grid[-1, 0], 2)):
        np.testing.assert_allclose(corner, noise[index], atol=1e-5)
    assert len(data_of(app, "explore_plane")["pictures"]) == 1


def test_samples_are_added_and_taken_away(opened: Opened, made: FakeGan) -> None:
    app, run = opened()
    tool(hand(app, run, signs={3: 1, 7: -1, 5: 1}), "Arithmetic")
    given, noise = made.given(), draw_noise(CONFIG, 0, SAMPLES, CONFIG.seed)
    np.testing.assert_array_equal(given[:3], noise[[3, 5, 7]])
    np.testing.assert_allclose(given[3], noise[3] + noise[5] - noise[7], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(given[4], given[3] * np.sqrt(64) / np.linalg.norm(given[3]), rtol=1e-5)
    shown = [picture["below"] for picture in data_of(app, "explore_sum")["pictures"]]
    assert shown == ["+ 4", "+ 6", "\N{MINUS SIGN} 8", "= as it is", "= at usual length"]
    assert [below(app)[index] for index in (3, 5, 7)] == ["4 +", "6 +", "8 \N{MINUS SIGN}"]


def test_a_sum_of_uniform_noise_stays_within_its_bounds(opened: Opened, made: FakeGan) -> None:
    app, run = opened(config={**CONFIG.to_dict(), "noise": "uniform"})
    tool(hand(app, run, signs={0: 1, 1: 1, 2: 1}), "Arithmetic")
    np.testing.assert_allclose(made.given()[4], made.given()[3].clip(-1, 1), rtol=1e-6)
    assert np.abs(made.given()[3]).max() > 1


def test_nothing_to_add_is_said(opened: Opened) -> None:
    app, run = opened()
    tool(hand(app, run, signs={1: -1}), "Arithmetic")
    assert "Click a sample to add it" in said(app.info[0])


def test_every_style_is_shown_as_every_class(opened: Opened, made: FakeGan) -> None:
    app, run = opened(**conditional())
    tool(hand(app, run, slots=[22, 0, 1]), "Classes")
    given, noise = made.given().reshape(STYLES, 10, -1), draw_noise(CONFIG, 0, SAMPLES, CONFIG.seed)
    for row, style in enumerate((22, 23, 0, 1, 2)):  # after the last sample comes the first
        np.testing.assert_array_equal(
            given[row], np.hstack([np.tile(noise[style], (10, 1)), np.eye(10, dtype=np.float32)])
        )
    assert list(data_of(app, "explore_grid")["pictures"][0]["labels"]) == list("0123456789")


# What goes wrong


def test_what_the_probe_refuses_is_one_sentence(opened: Opened, made: FakeGan) -> None:
    made.error = ProbeError("the rows are not all finite numbers")
    app, _ = opened()
    assert [said(error) for error in app.error] == ["the rows are not all finite numbers."]


def test_while_the_probe_is_away_places_are_kept_and_it_is_asked_again(opened: Opened, made: FakeGan) -> None:
    made.error = ProbeAwayError("the probe is not running yet")
    app, _ = opened()
    assert not app.error
    assert app.get("skeleton")
    made.error = None
    app.tick()
    app.run()
    assert len(data_of(app, "explore_sheet")["pictures"]) == SAMPLES


def test_points_are_sent_to_their_plane(visit: Visit, store: Store, made: FakeGan) -> None:
    config = PRESETS["ring"].config.to_dict()
    app = visit("gan", run=a_run(store, dataset="ring", preset="ring", config=config).id, gan_view="Explore")
    assert "The plane** under Live shows everything" in said(app.info[0])
    assert not made.asked


@pytest.mark.parametrize("status", [Status.STOPPED, Status.FAILED, Status.DIVERGED])
def test_however_a_run_ended_its_moments_can_be_explored(opened: Opened, status: Status) -> None:
    app, _ = opened(status=status)
    assert len(data_of(app, "explore_sheet")["pictures"]) == SAMPLES


def test_what_another_run_cannot_do_is_not_kept(visit: Visit, store: Store) -> None:
    app = visit("gan", run=a_run(store, **conditional()).id, gan_view="Explore")
    tool(app, "Classes")
    app.query_params["run"] = a_run(store).id
    app.run()
    assert not app.exception
    assert app.segmented_control(key="explore_tool").value == "One sample"
    assert data_of(app, "explore_g")["pictures"]
