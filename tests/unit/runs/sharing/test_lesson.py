"""Lessons in links: what they leave free, what they hold, and whether a run has reached their goal."""

from dataclasses import replace
from urllib.parse import urlencode

import hypothesis
import pytest
from hypothesis import strategies

from core.config import to_query as settings_query
from core.datasets import DATASETS
from core.errors import ConfigError
from core.families import FAMILIES, Family
from core.jobs import submit_training
from core.runs.sharing.goal import Goal, choices, in_words, outcome
from core.runs.sharing.lesson import Lesson, Part, from_query, to_query
from core.store import Run, Status, Store
from core.store.records import NewRun

CNN = FAMILIES["cnn"]
FAST = CNN.presets["fast"]
LESSON = Lesson(FAST.config, "mnist_5k", frozenset({"epochs", "learning_rate"}), frozenset({"batch_size"}))
LONGEST_WITHOUT_EFFORT = 400  # characters: a QR code of 65 modules, which a phone reads from a projector


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
@hypothesis.given(data=strategies.data())
@hypothesis.settings(max_examples=20)
def test_a_link_gives_the_same_lesson_again(family: Family, data: strategies.DataObject) -> None:
    preset = family.presets[family.default_preset]
    names = list(preset.config.fields())
    parts = {name: data.draw(strategies.sampled_from(list(Part)), label=name) for name in names}
    keys = ["", *choices(family, DATASETS["mnist_5k"].spec)]
    key = data.draw(strategies.sampled_from(keys))
    value = data.draw(strategies.integers(-999, 999).map(lambda whole: whole / 1000)) if key else 0.0
    limits = data.draw(strategies.tuples(strategies.integers(0, 10**9), strategies.integers(0, 10**6)))
    goal = Goal(key, value, *limits, data.draw(strategies.sampled_from(["", "Can you? 100 % & more", "é=1;.#"])))
    free, fixed = (frozenset(n for n, p in parts.items() if p is part) for part in (Part.FREE, Part.FIXED))
    lesson = Lesson(preset.config, "mnist_5k", free, fixed, goal)
    assert from_query(to_query(lesson, family), family, preset.config, "mnist_5k") == (lesson, [])


def test_a_link_is_short_enough_to_be_scanned() -> None:
    goal = Goal("test_accuracy_last", 0.97, 20_000, 60, "Can you do it with a network this small?")
    everything = replace(LESSON, goal=goal, fixed=frozenset(FAST.config.fields()) - LESSON.free)
    link = urlencode({**settings_query(FAST.config, FAST), "dataset": "mnist_5k", **to_query(everything, CNN)})
    assert len(f"https://glassbox.school.example/cnn?{link}") < LONGEST_WITHOUT_EFFORT


def test_only_free_settings_can_differ_and_all_else_is_held() -> None:
    held = LESSON.hold(replace(FAST.config, epochs=7, batch_size=256, momentum=0.1))
    assert list(held.differences(FAST.config)) == ["epochs"]
    LESSON.check(held, "mnist_5k")
    with pytest.raises(ConfigError, match=r"Batch size is fixed in this lesson, expected 64 .*, received 256"):
        LESSON.check(replace(FAST.config, batch_size=256), "mnist_5k")
    with pytest.raises(ConfigError, match="this lesson uses other data"):
        LESSON.check(FAST.config, "mnist")


def test_a_run_that_is_none_of_the_lesson_is_not_queued(store: Store) -> None:
    other = replace(FAST.config, batch_size=256)
    with pytest.raises(ConfigError, match="Batch size is fixed in this lesson"):
        submit_training(store, CNN, other, "mnist_5k", "ann", preset=FAST, lesson=LESSON)
    assert store.runs.list() == []


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"cnn_lesson": "epochs.nothing"}, "names settings that do not exist: nothing"),
        ({"cnn_lesson": "", "cnn_fixed": "../../etc"}, "names settings that do not exist: /, /etc"),
        ({"cnn_lesson": "epochs", "cnn_goal": "test_accuracy_last.much"}, "The goal of this link cannot be read"),
        ({"cnn_lesson": "epochs", "cnn_goal": "owner.1"}, "The goal of this link cannot be read"),
        ({"cnn_lesson": "epochs", "cnn_goal": "test_accuracy_last.nan"}, "The goal of this link cannot be read"),
        ({"cnn_lesson": "epochs", "cnn_parameters": "-3"}, "The limit of parameters in this link"),
        ({"cnn_lesson": "epochs", "cnn_seconds": "9" * 5000}, "The limit of seconds in this link"),
    ],
)
def test_each_unreadable_part_of_a_link_is_one_sentence(parts: dict[str, str], said: str) -> None:
    lesson, notes = from_query(parts, CNN, FAST.config, "mnist_5k")
    assert lesson is not None
    assert len(notes) == 1
    assert said in notes[0]
    assert lesson.goal == Goal()


def test_a_link_without_a_lesson_is_none() -> None:
    assert from_query({"v": "2", "preset": "fast", "gan_lesson": "epochs"}, CNN, FAST.config, "mnist_5k") == (None, [])


def ended(store: Store, family: str = "cnn", status: Status | None = Status.SUCCEEDED, **summary: float) -> Run:
    new = {"dataset": "mnist_5k", "owner": "ann", "name": "a run", "config": FAST.config.to_dict()}
    run = store.runs.submit(NewRun(kind="train", family=family, **new))
    claimed = store.runs.claim("train", host="here", slot=run.id, pid=1)
    assert claimed is not None
    if status is not None:
        store.runs.move(run.id, status, lease=claimed.lease, summary=summary)
    return store.runs.get(run.id)


@pytest.mark.parametrize(
    ("goal", "summary", "is_reached", "words"),
    [
        (Goal("test_accuracy_last", 0.97), {"test_accuracy_last": 0.97}, True, "test accuracy 97.0 % (at least 97.0 %"),
        (Goal("test_accuracy_last", 0.97), {"test_accuracy_last": 0.96996}, False, "test accuracy 0.96996 (at least"),
        (Goal("test_accuracy_last", 0.9, 10), {"test_accuracy_last": 0.95, "parameters": 11}, False, "11 parameters"),
        (Goal("test_accuracy_last", 0.9), {}, False, "the run ended without test accuracy"),
        (Goal("", 0, 0, 5), {"fit_s": 4.5}, True, "4.5 s of training (at most 5 s asked)"),
        (Goal("test_rmse_last", 2.0), {"test_rmse_last": 1.5}, True, "test RMSE 1.5 (at most 2 asked)"),
        (Goal("test_r2_last", 0.8), {"test_r2_last": 0.75}, False, "test R² 0.750 (at least 0.800 asked)"),
    ],
)
def test_an_ended_run_has_reached_its_goal_or_not(
    store: Store, goal: Goal, summary: dict[str, float], is_reached: bool, words: str
) -> None:
    found = outcome(goal, ended(store, "mlp" if "r" in goal.key[5:7] else "cnn", **summary))
    assert found.is_reached is is_reached
    assert words in found.sentence
    assert found.sentence.startswith("Reached: " if is_reached else "Not reached: ")


def test_nothing_is_said_of_a_goal_before_the_end(store: Store) -> None:
    found = outcome(Goal("test_accuracy_last", 0.5), ended(store, status=None))
    assert found.is_reached is None
    assert "when it has ended" in found.sentence


def test_goals_are_said_in_words() -> None:
    assert in_words(Goal("test_accuracy_last", 0.97, 20_000), CNN) == (
        "Reach a test accuracy of at least 97.0 % with at most 20,000 parameters."
    )
    assert in_words(Goal("test_mae_last", 1.5), FAMILIES["mlp"]) == "Reach a test MAE of at most 1.5."
    assert in_words(Goal("diversity_last", 0.8), FAMILIES["gan"]) == "Reach a diversity of at least 0.80."
    assert in_words(Goal(seconds=10), CNN) == "Use at most 10 s of training."
    assert in_words(Goal(say="Try"), CNN) == ""
