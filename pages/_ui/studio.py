"""The page on which a network is set up, trained and watched; the same for every family."""

from __future__ import annotations

import streamlit as st

from core.config import Config
from core.datasets import find_dataset
from core.errors import ConfigError, ProbeAwayError
from core.families import Family, find_family
from core.figures.pictures import Picture
from core.jobs import ensure_prepared, submit_training
from core.layers import total_parameters, trace
from core.plan import Plan
from core.probe.client import Subject, ask
from core.store import Run, Status
from pages._ui import live, owner, shell, words
from pages._ui.components.live_chart import preload
from pages._ui.form import Choices, Form
from pages._ui.results import results

LOOK_AGAIN_S = 0.5  # while the probe or the data is not ready
PROBE_WAIT_S = 1.0
VIEWS = LIVE, RESULTS = "Live", "Results"

# Stop stays where it is whatever the name. On a phone: presets and Train, then what there is to watch, then settings.
_STYLE = """<style>.st-key-run_head { flex-wrap: nowrap; }
@media (max-width: 640px) {
.st-key-top button, .st-key-studio button { min-height: 44px; }
.st-key-studio > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"],
.st-key-studio > [data-testid="stHorizontalBlock"] { flex-direction: column-reverse; } }</style>"""


def studio(family: Family) -> None:
    """Draw the whole page of a family."""
    run = _run_of_link(family)
    form = Form(family)
    form.follow_link(run)
    st.title(family.title)
    st.markdown(family.sentence)
    with st.container(horizontal=True, vertical_alignment="bottom", key="top"):
        form.draw_presets()
        train = st.button("Train", type="primary", icon=":material/play_arrow:", key="train", width=140)
    st.html(_STYLE)
    with st.container(key="studio"):
        left, right = st.columns([36, 64], gap="medium")
        with left, st.container(border=True, key="setup"):
            chosen = form.draw()
            problem = _network_line(family, chosen)
        if train and not problem:
            _train(family, chosen)
        with right:
            _watch(family, run, chosen, problem)


def _run_of_link(family: Family) -> Run | None:
    """Return the run that the link names, or else the one that this visit looked at last."""
    memory = f"_{family.id}_run"
    run_id = st.query_params.get("run") or st.session_state.get(memory)
    if not run_id:
        return None
    with shell.guard():
        run = shell.store().runs.get(run_id)
        if run.family != family.id:
            raise ConfigError(f"run {run_id} is no {family.title}", fix="Open it from Home.")
        st.session_state[memory] = st.query_params["run"] = run_id
        return run
    st.session_state.pop(memory, None)
    return None


def _network_line(family: Family, chosen: Choices) -> str:
    """Say how big the network is, or what is impossible about it."""
    spec = find_dataset(chosen.dataset).spec
    try:
        chosen.config.validate(spec)
    except ConfigError as error:
        st.error(words.plain(str(error)), icon=":material/error:")
        return str(error)
    parameters = total_parameters(trace(family.layers(chosen.config, spec), spec.input_shape))
    plan = Plan.of(chosen.config, spec)
    st.caption(
        f"{parameters:,} parameters · {plan.examples:,} training images, {spec.test_size:,} test images · "
        f"{plan.total_steps:,} steps"
    )
    if plan.is_cut_short:
        st.caption(f"The image budget ends it after {plan.images(plan.total_steps):,} images, repeats counted.")
    return ""


def _train(family: Family, chosen: Choices) -> None:
    run = submit_training(shell.store(), family, chosen.config, chosen.dataset, owner.actor(), preset=chosen.preset)
    st.session_state[f"_{family.id}_run"] = st.query_params["run"] = run.id
    st.session_state[f"{family.id}_view_next"] = LIVE
    st.rerun()


def _watch(family: Family, run: Run | None, chosen: Choices, problem: str) -> None:
    if run is None and problem:
        st.caption("This network cannot be built. Mend its settings, and it is shown here.")
        return
    if run is None:
        _untrained(family, chosen)
        return
    view = _choose_view(family, run)
    live.follow(family, run, show_curves=view == LIVE)
    if view == RESULTS:
        results(run)


def _choose_view(family: Family, run: Run) -> str:
    """Draw the choice between watching and results; a run that has just ended shows its results."""
    state, key = st.session_state, f"{family.id}_view"
    ended = state.pop(f"_{family.id}_ended", None) == run.id
    wanted = state.pop(f"{key}_next", None)
    if ended and "test_accuracy_last" in run.summary:
        wanted = RESULTS
    if wanted:
        state[key] = wanted
    elif state.get(key) is None and st.query_params.get(key) not in VIEWS:
        state[key] = RESULTS if "test_accuracy_last" in run.summary else LIVE
    st.segmented_control("View", VIEWS, key=key, required=True, label_visibility="collapsed", bind="query-params")
    return state[key] or LIVE


# Before the first run


def _untrained(family: Family, chosen: Choices) -> None:
    """Show the network at random weights, looking at a sample image."""
    st.markdown(
        "**This network has not learned anything yet.** Press Train and it learns on "
        "this server, while you watch it here, live."
    )
    preload()
    preparing = ensure_prepared(shell.store(), chosen.dataset)
    drawn = _look(family, chosen)
    if drawn is not None:
        live.show_views(family, chosen.dataset, lambda view: drawn[view], "untrained")
        return

    @st.fragment(run_every=LOOK_AGAIN_S)
    def wait() -> None:
        with shell.guard():
            if _look(family, chosen) is not None:
                st.rerun()
            st.caption(f":material/hourglass_empty: {_missing(preparing)}")
            st.skeleton(height=420)

    wait()


def _missing(preparing: Run | None) -> str:
    """Say what the first look waits for."""
    task = preparing and shell.store().runs.get(preparing.id)
    if task and task.status is Status.FAILED:
        return f"The data could not be prepared. {words.plain(task.error)}"
    if task and task.status is not Status.SUCCEEDED:
        return "The data is being prepared, once."
    return "The part of the server that looks inside networks is waking up."


def _look(family: Family, chosen: Choices) -> dict[str, list[Picture]] | None:
    """Return every view of the untrained network; None if nobody can look yet."""
    if not live.has_sample(chosen.dataset) or not shell.is_ready("probe"):
        return None
    specs = family.layers(chosen.config, find_dataset(chosen.dataset).spec)
    try:
        return _views(family.id, chosen.dataset, f"{specs} {chosen.config.seed}", chosen.config)
    except ProbeAwayError:
        return None


@st.cache_data(max_entries=100, show_spinner=False)
def _views(family_id: str, dataset: str, network: str, _config: Config) -> dict[str, list[Picture]]:
    """Ask the probe; `network` says all that the answer depends on."""
    family, spec = find_family(family_id), find_dataset(dataset).spec
    image = live.sample_image(dataset)
    subject = Subject(family_id, dataset, _config)
    arrays = ask(shell.store().settings, subject, "feature_maps", image, deadline_s=PROBE_WAIT_S)
    parts = {key: {n: a for n, a in arrays.items() if n.startswith(view.prefix)} for key, view in family.views.items()}
    return {key: family.views[key].draw(part, spec) for key, part in parts.items()}
