"""What the GAN page says of a finished run: how a classifier judges it, and what can be made with it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.analysis.generation import judge
from core.analysis.verdict import Moment, Verdict
from core.jobs.judging import last_judging
from core.store import Run, Status, Store
from core.store.records import SERVER
from tests.pages.conftest import Visit
from tests.pages.past_runs import SOMEBODY_ELSE, PastRuns
from tests.pages.reading import said
from tests.pages.tab import Tab
from tests.pages.test_gan_page import a_run


def text_of(app: Tab) -> str:
    return "\n".join(said(part) for part in (*app.markdown, *app.caption)).replace("**", "")


def verdict(*, shares: tuple[int, ...] = (20,) * 10, judge_: str = "gone", **changes: Any) -> Verdict:
    """Judge samples of which the classifier calls so many each class."""
    rng = np.random.default_rng(0)
    real, floor, fake = (rng.normal(size=(100, 4)) + shift for shift in (0, 0, 1))
    said_of = np.repeat(np.arange(10), shares)
    probabilities = np.full((len(said_of), 10), 0.02)
    probabilities[np.arange(len(said_of)), said_of] = 0.82
    found = judge(real, np.resize(fake, (len(said_of), 4)), probabilities, floor_features=floor)
    known = {"judge_name": "Fast digits", "accuracy": 0.978, "generation": 0, "fair": (0.1,) * 10}
    moments = (Moment(0, 200, found), Moment(900, 200, found))
    return Verdict(**{**known, "judge": judge_, "moments": moments, **changes})


def judged(store: Store, run: Run, found: Verdict) -> Run:
    store.files(run.id).write_json("judgement", found.to_dict())
    return run


def charts(app: Tab) -> list[str]:
    return [str(part.proto.id) for part in app.get("plotly_chart")]


# The judge


def test_without_a_classifier_one_can_be_trained_and_then_judges(visit: Visit, store: Store) -> None:
    run = a_run(store)
    app = visit("gan", run=run.id)
    assert "There is none on this data yet" in text_of(app)
    assert app.button(key="judge_now").label == "Train a classifier, then judge"
    app.button(key="judge_now").click().run()
    task = last_judging(store, run)
    assert task is not None
    house = store.runs.get(str(task.after))
    assert (house.family, house.owner) == ("cnn", SERVER)
    assert "A classifier is trained first" in said_by_progress(app)


def test_with_a_classifier_it_is_asked_by_a_button(visit: Visit, store: Store, past: PastRuns) -> None:
    run, best = a_run(store), past.finished(name="my best", mistakes=10)
    past.finished(name="worse", mistakes=99)
    app = visit("gan", run=run.id)
    assert app.get_by_key(f"judge_{run.id}").options == ["my best, 99.0 %", "worse, 90.1 %"]
    app.button(key="judge_now").click().run()
    task = last_judging(store, run)
    assert task is not None
    assert (task.after, task.config["judge"]) == (None, best.id)
    assert "it begins within seconds" in said_by_progress(app)
    assert not app.get("button") or "judge_now" not in [part.key for part in app.button]


def test_another_judge_can_be_chosen(visit: Visit, store: Store, past: PastRuns) -> None:
    run, other = a_run(store), past.finished(name="worse", mistakes=99)
    past.finished(name="my best", mistakes=10)
    app = visit("gan", run=run.id)
    app.get_by_key(f"judge_{run.id}").select(other.id).run()
    app.button(key="judge_now").click().run()
    task = last_judging(store, run)
    assert task is not None
    assert task.config["judge"] == other.id


def test_while_it_is_judged_its_progress_is_shown_until_it_is_there(visit: Visit, store: Store, past: PastRuns) -> None:
    run = a_run(store)
    past.finished()
    app = visit("gan", run=run.id)
    app.button(key="judge_now").click().run()
    task = store.runs.claim("judge", host="there", slot="judge-0", pid=1)
    assert task is not None
    store.runs.report(task.id, str(task.lease), progress={"phase": "judging step 450", "share": 0.5})
    assert "judging step 450" in said_by_progress(app.tick())
    judged(store, run, verdict())
    store.runs.move(task.id, Status.SUCCEEDED, lease=task.lease)
    app.tick()
    assert "All 10 classes are made" in text_of(app)
    assert app.button(key="judge_now").label == "Judge again"


def test_a_judging_that_failed_says_why_and_can_be_tried_again(visit: Visit, store: Store, past: PastRuns) -> None:
    run = a_run(store)
    past.finished()
    app = visit("gan", run=run.id)
    app.button(key="judge_now").click().run()
    task = store.runs.claim("judge", host="there", slot="judge-0", pid=1)
    assert task is not None
    store.runs.move(task.id, Status.FAILED, lease=task.lease, error="There was not enough memory.")
    app.tick()
    assert "It could not be judged. There was not enough memory." in said(app.error[0])
    app.button(key="judge_now").click().run()
    again = last_judging(store, run)
    assert again is not None
    assert (again.status, again.id != task.id) == (Status.QUEUED, True)


def test_the_verdict_is_said_in_words_and_drawn(visit: Visit, store: Store) -> None:
    found = verdict(shares=(38, 2, *(20,) * 8))
    app = visit("gan", run=judged(store, a_run(store), found).id)
    words = text_of(app)
    assert "By the CNN Fast digits (97.8 % right on unseen real images): it is 82 % sure of what it sees" in words
    assert "9 of 10 classes are made; hardly or never made: 1." in words
    last = found.last.judgement
    assert f"Fréchet distance {last.frechet:.3g} ({last.frechet_interval[0]:.3g}" in words
    assert f"two halves of the real images: {last.frechet_floor:.3g}" in words
    assert "9 % of the images would have to be of another class" in words
    assert [key in "".join(charts(app)) for key in ("judge_classes", "judge_frechet", "judge_kernel", "judge_pr")]
    assert len(charts(app)) == 5


def test_the_class_that_falls_short_most_is_named(visit: Visit, store: Store) -> None:
    app = visit("gan", run=judged(store, a_run(store), verdict(shares=(30, 10, *(20,) * 8))).id)
    assert "All 10 classes are made; the one that falls short most is 1: 5.0 % instead of 10.0 %." in text_of(app)


def test_what_the_judge_has_seen_counts_for_what_went_wrong(visit: Visit, store: Store) -> None:
    few = verdict(shares=(100, 100, *(0,) * 8))
    app = visit("gan", run=judged(store, a_run(store), few).id)
    assert "The samples show only 2 of 10 classes" in said(app.warning[0])


def test_a_verdict_from_before_the_run_was_resumed_does_not_count(visit: Visit, store: Store) -> None:
    app = visit("gan", run=judged(store, a_run(store), replace(verdict(), generation=1)).id)
    assert not charts(app)


def test_others_see_the_verdict_and_cannot_ask_for_one(visit: Visit, store: Store) -> None:
    app = visit("gan", run=a_run(store, owner=SOMEBODY_ELSE).id)
    assert "No classifier has looked at these images yet" in text_of(app)
    other = judged(store, a_run(store, owner=SOMEBODY_ELSE), verdict())
    app = visit("gan", run=other.id)
    assert "All 10 classes are made" in text_of(app)
    assert "judge_now" not in [button.key for button in app.button]


def test_points_are_not_judged(visit: Visit, store: Store) -> None:
    app = visit("gan", run=a_run(store, dataset="ring", preset="ring").id)
    assert "Judged by a classifier" not in [said(part) for part in app.subheader]


def said_by_progress(app: Tab) -> str:
    return "\n".join(part.proto.text for part in app.get("progress"))
