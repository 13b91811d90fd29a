"""A class link, as a teacher makes it and as a class uses it."""

from urllib.parse import parse_qsl

from core.store import Store
from tests.pages.conftest import Visit
from tests.pages.data.test_secret_link import shared
from tests.support.past_runs import ME, PastRuns
from tests.support.reading import captions, said, words_of
from tests.support.tab import Tab

LINK = {
    "v": "2",
    "preset": "fast",
    "dataset": "mnist_5k",
    "cnn_lesson": "epochs",
    "cnn_fixed": "batch_size.layers",
    "cnn_goal": "test_accuracy_last.0.97",
    "cnn_parameters": "20000",
    "cnn_say": "Can *you*?",
}
GOAL = "Reach a test accuracy of at least 97.0 % with at most 20,000 parameters."


def settings_on(app: Tab) -> set[str]:
    """Return the settings that have a control."""
    fields = app.session_state["_cnn_form_config"].fields()
    keys = {str(getattr(node, "key", "")).removeprefix("cnn_").split("-")[0] for node in app.main}
    return keys & set(fields)


def test_a_class_moves_what_is_free_sees_what_is_fixed_and_is_told_the_goal(visit: Visit) -> None:
    app = visit("cnn", **LINK)
    assert settings_on(app) == {"epochs"}
    shown = words_of(app.main)
    assert "Batch size: **64 examples**" in shown
    assert "Layers: **Convolution" in shown
    assert f"**{GOAL}**" in shown
    assert "Can *you*?" in shown, "as it was written: the words are no Markdown"
    assert "Optimiser" in "".join(expander.label for expander in app.expander)
    assert "one-cycle" not in "".join(expander.label for expander in app.expander), (
        "a summary would tell what is hidden"
    )
    assert not [node for node in app if getattr(node, "key", "") in ("sweep_offer", "cnn_preset-0", "cnn_preset-1")]
    assert shared(app, "share")["offers"] == []


def test_what_is_trained_in_a_lesson_is_as_the_lesson_says_and_judged_at_its_end(
    visit: Visit, store: Store, past: PastRuns
) -> None:
    app = visit("cnn", **LINK)
    app.session_state["_cnn_form_config"] = app.session_state["_cnn_form_config"].changed(["batch_size=256"])
    app.run().button(key="train").click().run()
    assert "Batch size is fixed in this lesson" in said(app.error[0])
    assert store.runs.list(owners=[ME]) == []
    app = visit("cnn", **LINK)
    app.slider(key=next(w.key for w in app.slider if w.key.startswith("cnn_epochs"))).set_value(4).run()
    app.button(key="train").click().run()
    [run] = store.runs.list(owners=[ME])
    assert (run.config["epochs"], run.config["batch_size"], run.owner) == (4, 64, ME)
    assert "is said when it has ended" in words_of(app.main)
    done = past.finished(changes=["epochs=4"], summary={"test_accuracy_last": 0.98, "parameters": 101_850})
    app = visit("cnn", **LINK, run=done.id)
    assert "Not reached: 101,850 parameters (at most 20,000 asked). It has test accuracy 98.0 %" in words_of(app.main)
    assert {name: app.query_params[name] for name in LINK if name.startswith("cnn")} == {
        name: text for name, text in LINK.items() if name.startswith("cnn")
    }


def test_a_run_of_other_settings_is_said_to_be_none_of_the_lesson(visit: Visit, past: PastRuns) -> None:
    run = past.finished(changes=["batch_size=256"])
    app = visit("cnn", **LINK, run=run.id, cnn_view="Live")
    assert "none of this lesson: Batch size is fixed in this lesson" in captions(app.main)
    assert "try_from" not in {button.key for button in app.button}, "settings of another run do not count here"
    assert "try_from" in {button.key for button in visit("cnn", run=run.id, cnn_view="Live").button}


def test_a_lesson_is_left_with_all_controls_and_no_trace_in_the_link(visit: Visit) -> None:
    app = visit("cnn", **LINK)
    app.button(key="leave_lesson").click().run()
    assert len(settings_on(app)) > 20
    assert not [name for name in app.query_params if name.startswith("cnn_")]


def test_a_bad_lesson_is_one_sentence_and_still_a_form(visit: Visit) -> None:
    app = visit("cnn", **{**LINK, "cnn_goal": "nonsense", "cnn_fixed": "<b>"})
    assert not app.exception
    told = [said(warning) for warning in app.warning]
    assert sum("cannot be read, so there is none" in one for one in told) == 1
    assert sum("settings that do not exist" in one for one in told) == 1
    assert settings_on(app) == {"epochs"}


def test_a_teacher_makes_the_link_from_the_form(visit: Visit) -> None:
    app = visit("cnn", preset="fast", epochs="9")
    assert "Class link" in shared(app, "share")["offers"]
    app.session_state["_class_link"] = True
    app.run()
    app.segmented_control(key="class_cnn_learning_rate").set_value("Fixed").run()
    app.selectbox(key="class_result").set_value("test_accuracy_last").run()
    app.number_input(key="class_value_test_accuracy_last").set_value(97.0).run()
    app.text_input(key="class_say").set_value("  Be quick ").run()
    link = dict(parse_qsl(shared(app, "class_link_share")["tail"].removeprefix("?")))
    assert link == {
        "v": "3",
        "preset": "fast",
        "dataset": "mnist_5k",
        "epochs": "9",
        "cnn_lesson": "epochs",
        "cnn_fixed": "learning_rate",
        "cnn_goal": "test_accuracy_last.0.97",
        "cnn_say": "Be quick",
    }
    assert settings_on(visit("cnn", **link)) == {"epochs"}
