"""What a network sees or makes at a saved snapshot."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException

from core.datasets.prepared import is_prepared
from core.datasets.spec import DataSpec
from core.errors import ArtifactError
from core.families import Family, config_of, find_family
from core.families.family import View
from core.figures.network.architecture import NetworkStages, network_stages
from core.figures.network.dense import say_too_large
from core.figures.network.frame import Frame
from core.figures.pictures import Picture, Plot, Shown, Text
from core.runs.sharing.lesson import in_lesson
from core.runs.visible import frame_seen, live_frame_seen, snapshot_seen, views_seen
from core.store import Run
from core.store.metrics import Snapshot
from core.store.records import IMPORTED
from pages._ui.components.charts.chart import chart
from pages._ui.components.drawing.drawing import drawing
from pages._ui.components.network.network import is_visible, network
from pages._ui.components.pictures.pictures import pictures
from pages._ui.probe.answer_cache import kept_unless_empty
from pages._ui.runs.graph import draw_graph, is_graph
from pages._ui.runs.opened import STEP, link, linked
from pages._ui.shell import owner, privacy, shell, words
from pages._ui.steer.try_from import try_from

NETWORK, VIEWS, BESIDE = "run_network", "run_snapshots", "run_beside"  # keys of the fragments that show a snapshot


def draw_network(
    run: Run,
    *,
    untrained: Callable[[], Frame | None] = lambda: None,
    first: Callable[[], np.ndarray | None] = lambda: None,
    remark: str = "",
    edited: Collection[str] = (),
    on_choose: Callable[[str], None] | None = None,
) -> None:
    """Draw a run's networks at work: at their newest snapshot, or, when the run has ended, at a chosen one.

    Args:
        run: The run.
        untrained: What its networks make before its first snapshot, if that is known.
        first: All weights of its network before that, if they are known.
        remark: What else is to be said of it in a few words.
        edited, on_choose: As of `network`.
    """
    data, saved, family = shell.dataset(run.dataset), _saved(run), find_family(str(run.family))
    snapshot, sight = _chosen(run, saved), privacy.sight(run)
    if is_graph(run):
        if remark:
            st.caption(f"This is the network of the run, {remark}.")
        at = snapshot.step if snapshot else None
        may_train = privacy.can_train(run.dataset) and family.is_trained_here
        branch = partial(try_from, run) if may_train else None
        draw_graph(
            run,
            first=first,
            step=at,
            edited=edited,
            on_choose=on_choose,
            on_moment=partial(show_nearest, run),
            on_branch=branch,
        )
        return
    if large := say_too_large([one.spec for one in stages_of(run.id)]):
        st.caption(large)
    step, frame = (snapshot.step if snapshot else 0), None
    if sight and _has_looked(run) and is_visible("network"):
        step, frame = _newest(run, snapshot.step, sight) if snapshot else (0, untrained())
    noun, is_at_sample = data.spec.features.noun, family.inspection.is_at_sample
    is_told = is_at_sample and not run.status.is_final  # after its end the slider takes that place
    where = f"on {'this' if sight else 'a'} training {noun}" if is_told else ""
    moment = _moment(snapshot, step) if family.is_trained_here else ""
    said = f"{', '.join(filter(None, [moment, remark or where]))}."
    _draw_choice(run, saved, snapshot, said if snapshot or frame else "The first snapshot is taken at step 0.")
    network(
        stages_of(run.id),
        data.spec,
        key="network",
        sees=bool(sight),
        reading=family.inspection.reading(config_of(run)),
        frame=frame,
        identity=f"{run.id} {run.generation}",
        snapshot=str(step) if snapshot else "",
        edited=edited,
        on_choose=on_choose,
    )
    if not sight:
        seen = "what it sees in them" if is_at_sample else "what is made like them"
        privacy.say(f"The {noun}s, and {seen}, are")


def _newest(run: Run, step: int, sight: str) -> tuple[int, Frame | None]:
    """Return what the network makes of the sample at a snapshot, or later if it trains and is watched."""
    if not run.status.is_final:
        files = shell.store().files(run.id)
        files.watch()
        live = _live_frame(run.id, files.frame_stamp(), sight)
        if live is not None and live[0] > step:
            return live
    return step, _frame(run.id, run.generation, step, sight)


def draw_views_of(run: Run, *, beside: bool = False) -> None:
    """Draw the views of the snapshot that is looked at, if there is one: those beside the networks, or the others."""
    snapshot, sight = _chosen(run, _saved(run)), privacy.sight(run)
    if snapshot is not None:
        drawn = partial(_drawn, run.id, run.generation, snapshot.step, str(run.family), run.dataset, sight)
        draw_views(find_family(str(run.family)), run.dataset, drawn, str(snapshot.step), run=run, beside=beside)


def _saved(run: Run) -> dict[int, Snapshot]:
    """Return the run's snapshots by step."""
    return {snapshot.step: snapshot for snapshot in shell.store().metrics.snapshots(run.id)}


def _chosen(run: Run, saved: Mapping[int, Snapshot]) -> Snapshot | None:
    """Return the snapshot that is looked at; None before there is one."""
    step = st.session_state.get(_key(run), next(iter(linked(run, STEP)), None)) if run.status.is_final else None
    return saved.get(step) or next(reversed(list(saved.values())), None)


def _moment(snapshot: Snapshot | None, step: int) -> str:
    """Return when the networks were as they are shown: at a snapshot, or at a later step of a run that trains."""
    if snapshot is None:
        return "Random weights, before the first step"
    trained = f", {words.duration(snapshot.wall_s)} of training" if step == snapshot.step else ""
    return f"After step {step:,}{trained}"


def _draw_choice(run: Run, saved: Mapping[int, Snapshot], snapshot: Snapshot | None, said: str) -> None:
    """Say what is shown; after the run's end, let a snapshot be chosen."""
    with st.container(key="snapshot", horizontal=True, vertical_alignment="center"):
        st.caption(said, width="stretch")
        if snapshot is not None and run.status.is_final and len(saved) > 1:
            st.select_slider(
                "Snapshot (step)",
                list(saved),
                value=snapshot.step,
                format_func="{:,}".format,
                key=_key(run),
                width=200,
                label_visibility="collapsed",
                on_change=_choose,
                args=(run,),
            )
        family = find_family(str(run.family))
        may_go_on = family.is_trained_here and not in_lesson(st.query_params, family)
        if snapshot is not None and may_go_on and privacy.can_train(run.dataset):
            st.button(
                "Try a change from here",
                icon=":material/alt_route:",
                type="tertiary",
                key="try_from",
                help="Takes the settings of this moment into the form: change some, and Train goes on from here.",
                on_click=_try_from,
                args=(run, snapshot.step),
            )


def _try_from(run: Run, step: int) -> None:
    if st.session_state.get("try_from"):  # a late message names the button, but it was not clicked
        try_from(run, step)


def _choose(run: Run) -> None:
    if (step := st.session_state.get(_key(run))) is not None:
        link(run, STEP, [] if step == max(_saved(run), default=step) else [step])
    has_beside = _has_beside(find_family(str(run.family)), shell.dataset(run.dataset).spec)
    try:
        st.rerun([NETWORK, VIEWS, *([BESIDE] if has_beside and not is_graph(run) else [])])
    except StreamlitAPIException:  # the page has meanwhile left this view
        st.rerun()


def show_nearest(run: Run, step: int) -> None:
    """Look at the snapshot nearest to a step, in a callback. A new slider holds it: the old one sends its own value."""
    if saved := list(_saved(run)):
        st.session_state[_number(run)] = st.session_state.get(_number(run), 0) + 1
        st.session_state[_key(run)] = min(saved, key=lambda other: abs(other - step))
        _choose(run)


def _key(run: Run) -> str:
    return f"{_number(run)}_{st.session_state.get(_number(run), 0)}"


def _number(run: Run) -> str:
    return f"snapshot_{run.id}_{run.generation}"


def columns_for(
    family: Family, spec: DataSpec, *, has_graph: bool = False
) -> tuple[DeltaGenerator, DeltaGenerator | None]:
    """Return the place of the networks, and the one for what stands beside them, if something does and is not in it."""
    if has_graph or not _has_beside(family, spec):
        return st.container(), None
    left, right = st.columns([60, 40])
    return left, right


def _has_beside(family: Family, spec: DataSpec) -> bool:
    return any(view.is_beside(spec) for view in family.views.values())


def draw_views(
    family: Family,
    dataset: str,
    drawn: Callable[[str], Sequence[Shown]],
    snapshot: str,
    *,
    run: Run | None = None,
    beside: bool = False,
) -> None:
    """Draw every view of the family, as far as this visitor may see the data.

    Args:
        family: Family of the network.
        dataset: Id of the sample's data set.
        drawn: View id -> its pictures.
        snapshot: Name of the snapshot, for tests.
        run: The run; None for networks at random weights.
        beside: Draw those that stand beside the networks, not the others.
    """
    spec = shell.dataset(dataset).spec
    for view_id, view in _views_seen(family, dataset, run).items():
        if view.is_beside(spec) != beside or not view.takes(spec):
            continue
        shown = drawn(view_id)
        if not shown and not view.missing:
            continue
        st.markdown(f"**{view.title}.** {view.sentence if shown else view.missing}")
        _draw(shown, f"look_{view_id}", snapshot, view.width)


def _draw(shown: Sequence[Shown], key: str, snapshot: str, width: int | None) -> None:
    """Draw a view's texts, its charts, and its pictures."""
    for number, text in enumerate(one for one in shown if isinstance(one, Text)):
        if text.markup:
            drawing(text.markup, key=f"{key}_text_{number}")
        else:
            st.code(text.text, language=None, wrap_lines=True)
    for number, plot in enumerate(one for one in shown if isinstance(one, Plot)):
        chart(plot.figure, key=f"{key}_{number}", alt=plot.text)
    drawn = [one for one in shown if isinstance(one, Picture)]
    if drawn or not shown:
        pictures(drawn, key=key, snapshot=snapshot, width=width)


def _views_seen(family: Family, dataset: str, run: Run | None) -> dict[str, View]:
    settings = shell.store().settings
    if run is None:
        return views_seen(settings, family, dataset, owner.actor())
    return views_seen(settings, family, dataset, privacy.viewer(run), run.id)


def has_sample(dataset: str) -> bool:
    """Return whether the data is prepared."""
    return is_prepared(shell.store().settings, dataset)


def _has_looked(run: Run) -> bool:
    """Return whether the snapshots tell what the network makes of a sample; an imported run brings that along."""
    return run.origin == IMPORTED or has_sample(run.dataset)


@st.cache_data(max_entries=50, show_spinner=False)
def stages_of(run_id: str) -> list[NetworkStages]:
    """Return the layers of a run's networks, which never change."""
    run = shell.store().runs.get(run_id)
    family, spec = find_family(str(run.family)), shell.dataset(run.dataset).spec
    return [network_stages(one) for one in family.networks(config_of(run), spec)]


@kept_unless_empty(100)
def _frame(run_id: str, generation: int, step: int, sight: str) -> Frame | None:
    store = shell.store()
    try:
        return frame_seen(store, store.runs.get(run_id), step, sight)
    except ArtifactError:  # a resume has taken it back since the list was read
        return None


@kept_unless_empty(10)
def _live_frame(run_id: str, stamp: int, sight: str) -> tuple[int, Frame] | None:
    store = shell.store()
    try:
        return live_frame_seen(store, store.runs.get(run_id), sight) if stamp else None
    except ArtifactError:  # it has just ended
        return None


@kept_unless_empty(300)
def _drawn(
    run_id: str, generation: int, step: int, family_id: str, dataset: str, sight: str, view_id: str
) -> Sequence[Shown]:
    store, view = shell.store(), find_family(family_id).views[view_id]
    try:
        arrays = snapshot_seen(store, store.runs.get(run_id), step, view, sight)
    except ArtifactError:  # a resume has deleted it since the list was read
        return []
    return view.draw(arrays, shell.dataset(dataset).spec)


def draw_newest(run: Run, key: str) -> None:
    """Draw a run's networks and views at the newest snapshot, beside those of other runs.

    Args:
        run: The run.
        key: Distinguishes its elements from those of the others.
    """
    saved, family, sight = _saved(run), find_family(str(run.family)), privacy.sight(run)
    if not saved:
        st.caption("It has saved no snapshot yet.")
        return
    step, spec = max(saved), shell.dataset(run.dataset).spec
    is_seen = bool(sight) and _has_looked(run)
    network(
        stages_of(run.id),
        spec,
        key=f"network_{key}",
        sees=bool(sight),
        reading=family.inspection.reading(config_of(run)),
        frame=_frame(run.id, run.generation, step, sight) if is_seen else None,
        identity=f"{run.id} {run.generation}",
        snapshot=str(step),
    )
    st.caption(f"After step {step:,}.")
    for view_id, view in _views_seen(family, run.dataset, run).items():
        shown = _drawn(run.id, run.generation, step, str(run.family), run.dataset, sight, view_id)
        if shown:
            st.markdown(f"**{view.title}**")
            _draw(shown, f"look_{view_id}_{key}", str(step), view.width)
    if not sight:
        privacy.say("What it makes of examples is")


def newest_beside(run: Run) -> list[Picture]:
    """Return the small views of a run that say most, at its newest snapshot; empty if it has none or hides them."""
    saved, family, sight = _saved(run), find_family(str(run.family)), privacy.sight(run)
    spec = shell.dataset(run.dataset).spec
    views = [key for key, view in _views_seen(family, run.dataset, run).items() if view.is_beside(spec)]
    asked = (run.id, run.generation, max(saved, default=0), str(run.family), run.dataset, sight)
    return [one for key in views if saved for one in _drawn(*asked, key) if isinstance(one, Picture)]
