"""Following a run: its state, its curves, and what the network sees, once a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.features import Vector
from core.datasets.prepared import is_prepared
from core.errors import ArtifactError
from core.families import Family, config_of, find_family
from core.figures.pictures import Picture, grey_picture
from core.jobs import ensure_foreman
from core.runs.visible import moment_seen, open_seen, views_seen
from core.store import Run, Status
from core.store.metrics import FIRST_STEPS, Point
from pages._ui.components.charts.live_chart import FIRST_COLUMN, live_chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.probe.answer_cache import kept_unless_empty
from pages._ui.runs.metrics_cache import tail
from pages._ui.runs.state import can_resume, show_state
from pages._ui.shell import owner, privacy, shell, words

SOON_S = 0.25  # until the first trained point is on the screen
CALM_S = 1.0
LONG, LONG_S = 10.0, 2.0  # a run that has trained for so long is looked at less often
MOMENTS_S = 10.0  # its moments, which become rarer too
MOST_POINTS = 500  # a line
COLORS = ("#0072B2", "#E69F00")


def follow(family: Family, run: Run, *, show: Callable[[Family, Run], None] | None, has_menu: bool = True) -> None:
    """Show a run and keep it up to date until it has ended.

    Args:
        family: Its family.
        run: The run as it is now.
        show: Draws what is shown below its state, such as `show_curves`; None for nothing.
        has_menu: Whether the page has not shown elsewhere what can be done with it.
    """
    st.session_state[_cursor_key(run.id)] = [0, 0]  # a full run of the script sends everything anew
    interval = None if run.status.is_final else SOON_S if _is_early(run) else LONG_S if _is_long(run) else CALM_S
    drawn = _phase(run), shell.is_disk_full()

    @st.fragment(run_every=interval)
    def body() -> None:
        with shell.guard():
            ensure_foreman(shell.store().settings)  # who watches is here, and wants the run looked after
            now = shell.store().runs.get(run.id)
            if (_phase(now), shell.is_disk_full()) != drawn:
                st.rerun()
            show_state(now, has_menu=has_menu, is_watched=show is not None)
            if show is not None and has_begun(now):
                show(family, now)
            elif show is not None:
                st.info(_never_began(now), icon=":material/hourglass_disabled:")

    body()


def follow_moments(family: Family, run: Run) -> None:
    """Show what a run's network sees, newest moment first; `follow` draws it anew when the run's state changes."""

    def body() -> None:
        with shell.guard():
            _moments(family, shell.store().runs.get(run.id))

    pace = None if run.status.is_final else MOMENTS_S if _is_long(run) else CALM_S
    st.fragment(body, run_every=pace, key="run_moments")()


def show_all(family: Family, run: Run) -> None:
    """Show what a run's networks make, and below it its curves."""
    _moments(family, run)
    show_curves(family, run)


def has_begun(run: Run) -> bool:
    """Return whether there is something to see of a run, or will be."""
    metrics = shell.store().metrics
    return not run.status.is_final or bool(metrics.snapshots(run.id) or tail(run.id, run.generation).since(0))


def _never_began(run: Run) -> str:
    """Say why there are no curves and no pictures, and what can be done."""
    was = "stopped before it began" if run.status is Status.STOPPED else "over before its first step"
    may_resume = can_resume(run) and shell.store().runs.may(run, owner.actor())
    again = "**Resume** queues it again as it is. " if may_resume else ""
    return f"This run was {was}, so there is nothing to see. {again}**Train** starts a new run with the settings here."


def _phase(run: Run) -> tuple[Any, ...]:
    """Return what the layout and the pace of the page depend on."""
    return run.status.is_final, _is_early(run), _is_long(run), run.generation, run.status is Status.QUEUED


def _is_long(run: Run) -> bool:
    return run.status is Status.RUNNING and run.started is not None and time.time() - run.started > LONG


def _is_early(run: Run) -> bool:
    if run.status is Status.QUEUED:
        return not shell.queue().wait(run).ahead
    return run.status is Status.RUNNING and not run.progress.get("step")


# Curves


def show_curves(family: Family, run: Run) -> None:
    """Show a run's curves; the browser is sent what is new only."""
    cursor = st.session_state[_cursor_key(run.id)]
    points = tail(run.id, run.generation).since(cursor[0])
    stride = stride_of(run)
    spec = shell.dataset(run.dataset).spec
    config = config_of(run)
    drawn = [chart for chart in family.charts if chart.takes(config, spec)]
    names = [name for chart in drawn for name in chart.metrics]
    rows = [
        [point.id, point.step, _epochs(run, point), point.wall_s, *(point.values.get(name) for name in names)]
        for point in points
        if point.step % stride == 0 or point.step <= FIRST_STEPS or any(n.startswith("val_") for n in point.values)
    ]
    if points:  # the last update is sent once more: if it was lost on the way, no gap is left
        st.session_state[_cursor_key(run.id)] = [cursor[1], points[-1].id]
    charts, column = [], FIRST_COLUMN
    for chart in drawn:
        columns = list(range(column, column + len(chart.metrics)))
        column += len(chart.metrics)
        look = {"title": chart.title, "unit": chart.unit, "names": chart.names, "colors": COLORS, "columns": columns}
        look["digits"] = chart.digits
        look["sparse"] = [name.startswith("val_") for name in chart.metrics]
        charts.append(look)
    live_chart(charts, rows, f"{run.id}/{run.generation}", _drawn_steps(run, stride), key="run_curves")


def _epochs(run: Run, point: Point) -> float:
    """Return how many epochs a point has seen, in parts too where a run has said how long they are."""
    per_epoch = run.progress.get("steps_per_epoch")
    return point.step / per_epoch if per_epoch else point.epoch


def _drawn_steps(run: Run, stride: int) -> str:
    total = run.progress.get("total_steps", 0)
    drawn = len({*range(1, min(FIRST_STEPS, total) + 1), *range(stride, total + 1, stride)})
    return f"One step in {stride} is drawn: {drawn:,} of {total:,}." if stride > 1 else "Every step is drawn."


def stride_of(run: Run) -> int:
    """Return which steps are drawn, so that a line has at most 500 points.

    A power of two, as the store's own is when it thins a long run.
    """
    stride = 1
    while run.progress.get("total_steps", 1) > stride * (MOST_POINTS - FIRST_STEPS):
        stride *= 2
    return stride


def _cursor_key(run_id: str) -> str:
    return f"_cursor_{run_id}"


# Moments


def _moments(family: Family, run: Run) -> None:
    saved = shell.store().metrics.snapshots(run.id)
    st.subheader("What it sees" if family.look.is_at_sample else "What it makes")
    if not saved:
        st.caption("The first look inside comes with step 0.")
        if not run.status.is_final:
            st.skeleton(height=420)
        return
    steps, noun = [moment.step for moment in saved], shell.dataset(run.dataset).spec.features.noun
    step = steps[-1]
    sight = privacy.sight(run.dataset)
    with st.container(key="moment"):
        if run.status.is_final and len(steps) > 1:
            step = st.select_slider("Saved moment (step)", steps, value=step, key=f"moment_{run.id}_{run.generation}")
        chosen = next(moment for moment in saved if moment.step == step)
        looking = f", looking at {'this' if sight else 'a'} training {noun}" if family.look.is_at_sample else ""
        st.caption(f"After step {step:,}, {words.duration(chosen.wall_s)} of training{looking}.")
    drawn = partial(_drawn, run.id, run.generation, step, family.id, run.dataset, sight)
    show_views(family, run.dataset, drawn, str(step))
    if not sight:
        at_sample, made = (
            f"The {noun}s, and what it sees in them, are",
            "What it makes could repeat its examples; it is",
        )
        privacy.say(at_sample if family.look.is_at_sample else made)


def show_views(family: Family, dataset: str, drawn: Any, moment: str) -> None:
    """Show the sample image and every view of the family, as far as this visitor may see the data.

    Args:
        family: Whose views.
        dataset: Data set of the sample image.
        drawn: View id -> its pictures.
        moment: What moment it is, for tests.
    """
    if family.look.is_at_sample and has_sample(dataset) and privacy.sees(dataset):
        draw_sample(dataset)
    for view_id, view in views_seen(shell.store().settings, family, dataset, owner.actor()).items():
        shown = drawn(view_id)
        if not shown and not view.missing:
            continue
        st.markdown(f"**{view.title}.** {view.sentence if shown else view.missing}")
        pictures(shown, key=f"look_{view_id}", moment=moment, width=view.width)


def draw_sample(dataset: str) -> None:
    """Show the training example that every run of a data set looks at: an image, or its numbers by name."""
    features = shell.dataset(dataset).spec.features
    if isinstance(features, Vector):
        numbers = zip(features.names, sample_image(dataset).tolist(), strict=True)
        st.caption("The sample: " + ", ".join(f"{words.plain(name)} **{value:.4g}**" for name, value in numbers))
    else:
        pictures([sample_picture(dataset)], key="look_sample", width=112)


def sample_image(dataset: str) -> np.ndarray:
    """Return the training example that every run of a data set looks at, such as uint8 (h, w, c)."""
    return np.array(open_seen(shell.store().settings, dataset, owner.actor()).x_train[0])


def sample_picture(dataset: str) -> Picture:
    """Return that image as a picture."""
    return grey_picture(sample_image(dataset), "the sample image", "The sample image")


def has_sample(dataset: str) -> bool:
    """Return whether the data is prepared."""
    return is_prepared(shell.store().settings, dataset)


@kept_unless_empty(300)
def _drawn(
    run_id: str, generation: int, step: int, family_id: str, dataset: str, sight: str, view_id: str
) -> list[Picture]:
    store, view = shell.store(), find_family(family_id).views[view_id]
    try:
        arrays = moment_seen(store, store.runs.get(run_id), step, view, sight)
    except ArtifactError:  # a resume has taken it back since the list was read
        return []
    return view.draw(arrays, shell.dataset(dataset).spec)
