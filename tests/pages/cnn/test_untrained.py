"""The CNN page before the first run: the network at random weights, which is looked at in the background."""

from streamlit.testing.v1.element_tree import Block

from core.errors import ProbeError
from core.families.cnn import PRESETS
from core.pretrained.weights import SOURCES
from core.settings import Settings, this_host
from core.store import Status, Store
from pages._ui.probe.answer_cache import answers
from tests.pages.conftest import LONGEST_RUN_S, FakeProbe, Visit
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import captions, data_of, layers_seen, said, section, words_of
from tests.support.tab import Tab

STARTING, BUSY = "networks is starting", "networks is busy"


def test_the_untrained_network_is_shown_at_work_on_the_sample(visit: Visit) -> None:
    app = visit("cnn")
    assert "This network has not learned anything yet." in words_of(app)
    assert {"input", "conv_1", "kernels/conv_1"} <= layers_seen(app)
    shown = data_of(app, "network")
    assert shown["snapshot"] == "untrained"
    assert len(shown["frame"]["answer"]) == len(shown["lanes"][0]["boxes"][-1]["names"]) == 10
    assert data_of(app, "look_kernels")["pictures"][0]["title"] == "conv_1: 2 kernels of 3x3"


def test_each_untrained_network_is_looked_at_once(visit: Visit, probe: FakeProbe) -> None:
    app = visit("cnn", preset="article", seed="3")
    app.run()
    (subject,) = probe.asked
    assert subject.config == PRESETS["article"].config.changed(["seed=3"])
    assert (subject.family, subject.dataset, subject.run, subject.part) == ("cnn", "mnist_5k", None, "network")
    app.slider(key="cnn_epochs").set_value(9).run()
    assert len(probe.asked) == 1  # that changes nothing about the network
    app.number_input(key="cnn_seed").set_value(4).run()
    assert [asked.config.seed for asked in probe.asked] == [3, 4]
    app.number_input(key="cnn_seed").set_value(3).run()
    assert len(probe.asked) == 2  # its answer is still known


def test_two_visits_of_the_same_network_ask_once(visit: Visit, probe: FakeProbe) -> None:
    first, second = visit("cnn"), visit("cnn")
    assert len(probe.asked) == 1
    assert data_of(first, "look_kernels") == data_of(second, "look_kernels")


def test_a_changed_layer_shows_the_changed_network(visit: Visit, probe: FakeProbe) -> None:
    app = visit("cnn", preset="article")
    app.button(key="cnn_layers_duplicate").click().run()
    assert [len(asked.config.layers) for asked in probe.asked] == [7, 8]
    assert data_of(app, "look_kernels")["pictures"]


def test_while_the_answer_is_on_its_way_the_page_says_so_and_shows_it_when_it_is_there(
    visit: Visit, probe: FakeProbe, hurried: None
) -> None:
    probe.may_answer.clear()
    app = visit("cnn")
    assert not app.exception
    assert not shows_pictures(app)
    app.tick()
    assert not shows_pictures(app)
    answered(probe)
    app.tick()
    assert shows_pictures(app)
    assert len(probe.asked) == 1
    assert not app.error


def test_until_the_next_answer_is_there_the_last_one_stays(visit: Visit, probe: FakeProbe, hurried: None) -> None:
    app = visit("cnn", seed="1")
    answered(probe)
    app.tick()
    before = data_of(app, "look_kernels")
    probe.may_answer.clear()
    app.number_input(key="cnn_seed").set_value(2).run()
    assert data_of(app, "look_kernels") == before
    assert not app.exception
    answered(probe)
    app.tick()
    assert data_of(app, "look_kernels") != before


def test_no_control_waits_for_an_answer(visit: Visit, probe: FakeProbe, store: Store, hurried: None) -> None:
    probe.may_answer.clear()
    app = visit("cnn")
    app.number_input(key="cnn_seed").set_value(2).run()
    app.slider(key="cnn_epochs").set_value(3).run()
    app.button(key="train").click().run()
    assert not app.exception
    assert [(run.config["seed"], run.config["epochs"]) for run in store.runs.list(owners=[ME])] == [(2, 3)]
    probe.may_answer.set()


def test_while_the_probe_wakes_up_the_page_says_so_and_can_train(visit: Visit, probe: FakeProbe, store: Store) -> None:
    probe.is_awake = False
    app = visit("cnn")
    assert not app.exception
    assert not app.error
    assert BUSY in captions(app)
    app.button(key="train").click().run()
    assert len(store.runs.list(owners=[ME])) == 1


def test_a_probe_that_wakes_up_is_asked_again(visit: Visit, probe: FakeProbe) -> None:
    probe.is_awake = False
    app = visit("cnn")
    assert BUSY in captions(app)
    probe.is_awake = True
    app.tick()
    assert shows_pictures(app)
    assert BUSY not in captions(app)


def test_without_a_probe_nothing_is_asked_and_the_page_says_why(visit: Visit, probe: FakeProbe, store: Store) -> None:
    store.processes.forget(host=this_host(), pid=1)
    app = visit("cnn")
    assert STARTING in captions(app)
    assert probe.asked == []


def test_while_the_data_is_prepared_the_page_says_so(visit: Visit, probe: FakeProbe, settings: Settings) -> None:
    (settings.home / "prepared").unlink()
    app = visit("cnn")
    assert "The data is being prepared; this happens once." in captions(app)
    assert probe.asked == []


def test_data_that_could_not_be_prepared_is_said_with_its_reason(
    visit: Visit, settings: Settings, store: Store
) -> None:
    prepared = (settings.home / "prepared").resolve()
    (settings.home / "prepared").unlink()
    app = visit("cnn")
    (task,) = store.runs.list(kind="prepare")
    claimed = store.runs.claim("prepare", host="here", slot="prepare", pid=1)
    assert claimed is not None
    store.runs.move(task.id, Status.FAILED, lease=claimed.lease, error=f"Put it into {settings.data_dir}.")
    app.tick()
    assert "The data could not be prepared. Put it into GLASSBOX_DATA_DIR." in captions(app)
    (settings.home / "prepared").symlink_to(prepared)
    app.tick()
    assert shows_pictures(app)


def test_a_network_that_the_probe_refuses_is_one_sentence_and_another_one_is_shown(
    visit: Visit, probe: FakeProbe
) -> None:
    probe.refusal = ProbeError("the network is too large to look into")
    app = visit("cnn", seed="1")
    assert not app.exception
    (error,) = app.error
    assert said(error) == "the network is too large to look into."
    probe.refusal = None
    app.number_input(key="cnn_seed").set_value(2).run()
    assert not app.error
    assert shows_pictures(app)


def test_a_refusal_stays_on_the_page_until_something_changes(visit: Visit, probe: FakeProbe, hurried: None) -> None:
    probe.refusal = ProbeError("the network is too large to look into")
    probe.may_answer.clear()
    app = visit("cnn")
    answered(probe)
    for _ in range(3):
        app.tick()
        assert [said(error) for error in app.error] == ["the network is too large to look into."]
    assert len(probe.asked) == 1


def test_a_network_that_is_too_big_to_be_looked_at_at_once_is_not_asked_about(visit: Visit, probe: FakeProbe) -> None:
    app = visit("cnn", layers=",".join(["conv:256:3:relu:1:same"] * 12 + ["global_pool"]))  # 5 G multiply-adds
    assert "It is too big to show before it is trained." in captions(app)
    assert probe.asked == []
    assert not app.button(key="train").disabled


# Augmentation


def test_what_augmentation_makes_of_the_sample_image_is_shown_under_its_controls(
    visit: Visit, probe: FakeProbe
) -> None:
    app = visit("cnn")
    assert "What it trains on" not in words_of(section(app, "regularisation"))
    app.slider(key="cnn_augment_noise").set_value(0.1).run()
    assert "**What it trains on.**" in words_of(section(app, "regularisation"))
    assert len(data_of(app, "cnn_preview_regularisation_0")["pictures"]) == 3
    assert [asked.part for asked in probe.asked] == ["network", "augmentation"]
    assert probe.asked[1].config.augment_noise == 0.1
    app.slider(key="cnn_augment_noise").set_value(0.0).run()
    assert "What it trains on" not in words_of(section(app, "regularisation"))


def test_the_preview_asks_once_for_an_augmentation_whatever_else_is_set(visit: Visit, probe: FakeProbe) -> None:
    app = visit("cnn", augment_flip="horizontal")
    app.slider(key="cnn_epochs").set_value(3).run()
    app.slider(key="cnn_label_smoothing").set_value(0.1).run()
    assert [asked.part for asked in probe.asked].count("augmentation") == 1
    app.selectbox(key="cnn_augment_flip").set_value("vertical").run()
    assert [asked.config.augment_flip for asked in probe.asked if asked.part == "augmentation"] == [
        "horizontal",
        "vertical",
    ]


def test_the_preview_is_shown_for_a_network_that_cannot_be_built_too(visit: Visit, probe: FakeProbe) -> None:
    app = visit("cnn", layers="", augment_noise="0.1")
    assert [asked.part for asked in probe.asked] == ["augmentation"]
    assert data_of(app, "cnn_preview_regularisation_0")["pictures"]


def test_beside_a_run_nothing_untrained_is_looked_at(visit: Visit, probe: FakeProbe, past: PastRuns) -> None:
    app = visit("cnn", run=past.finished().id, cnn_view="Live")
    app.number_input(key="cnn_seed").set_value(4).run()
    assert probe.asked == []
    assert shows_pictures(app)  # of the run


def shows_pictures(app: Block | Tab) -> bool:
    """Return whether the network's pictures are there."""
    return any(getattr(element, "key", None) == "look_kernels" for element in app)


def answered(probe: FakeProbe) -> None:
    """Let the probe answer all that it was asked, and wait for it."""
    probe.may_answer.set()
    for asked in list(answers()._answers.values()):
        asked.exception(LONGEST_RUN_S)


def test_pretrained_weights_that_are_not_here_are_said_before_train_until_they_are(
    visit: Visit, probe: FakeProbe, settings: Settings
) -> None:
    app = visit("cnn", layers="pretrained:mobilenet_v2:none,global_pool")
    [file] = SOURCES["mobilenet_v2"].files
    missed = f"MobileNetV2 has no weights here yet, expected {file.name} in the data folder"
    assert missed in captions(app)
    assert not app.button(key="train").disabled
    assert not probe.asked
    settings.data_dir.mkdir()
    (settings.data_dir / file.name).touch()
    app.run()
    assert missed not in captions(app)
    assert probe.asked
