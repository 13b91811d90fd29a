"""The page on which a network is set up, trained and watched; the same for every family."""

from __future__ import annotations

import streamlit as st

from core.datasets import find_dataset
from core.errors import ConfigError
from core.estimate import Load, estimate, load_of
from core.families import Family
from core.figures.strip import Stage, draw_strip, short
from core.figures.strip import stages as stages_of
from core.jobs import submit_training
from core.plan import Plan
from core.settings import this_host
from core.store import Run, Status
from pages._ui import live, owner, shell, words
from pages._ui.code import show_code
from pages._ui.components.drawing import drawing
from pages._ui.components.live_chart import preload
from pages._ui.components.share import share
from pages._ui.form import Choices, Form
from pages._ui.results import results
from pages._ui.untrained import draw_untrained

VIEWS = LIVE, RESULTS, CODE = "Live", "Results", "Code"
PAST = 20  # runs that say how fast this server is

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
    chosen = form.choices()
    problem, stages = _examine(family, chosen)
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title(family.title, width="stretch")
        share()
    st.markdown(family.sentence)
    with st.container(horizontal=True, vertical_alignment="bottom", key="top"):
        form.draw_presets()
        train = st.button(
            "Train",
            type="primary",
            icon=":material/play_arrow:",
            key="train",
            width=140,
            disabled=problem is not None,
            help=problem and "This network cannot be built. What is wrong is said at its control.",
        )
    st.html(_STYLE)
    _strip(family, chosen, problem, stages)
    with st.container(key="studio"):
        left, right = st.columns([36, 64], gap="medium")
        with left, st.container(border=True, key="setup"):
            form.draw(problem, stages)
        form.write_link()
        if train and problem is None:
            _train(family, chosen)
        with right:
            _watch(family, run, chosen, problem)


def _examine(family: Family, chosen: Choices) -> tuple[ConfigError | None, list[Stage]]:
    """Return what is impossible about what is set, if anything, and what becomes of each layer."""
    spec = find_dataset(chosen.dataset).spec
    found = stages_of(family.layers(chosen.config, spec), spec.input_shape)
    try:
        chosen.config.validate(spec)
    except ConfigError as error:
        return error, found
    return None, found


def _strip(family: Family, chosen: Choices, problem: ConfigError | None, stages: list[Stage]) -> None:
    """Draw the network as it is set, with its totals and what it will take."""
    spec = find_dataset(chosen.dataset).spec
    with st.container(key="strip"):
        drawing(draw_strip(stages, spec.input_shape), key="network")
        if problem is not None:
            st.error(f"Train is off. {words.plain(str(problem))}", icon=":material/error:")
            return
        plan, load = Plan.of(chosen.config, spec), load_of(family, chosen.config, spec)
        parameters, adds = sum(stage.parameters for stage in stages), sum(stage.multiply_adds for stage in stages)
        st.caption(
            f"{parameters:,} parameters · {short(adds)} multiply-adds an image · {_cost(load)}  \n"
            f"{plan.examples:,} training images, {spec.test_size:,} test images · {plan.total_steps:,} steps"
            + _budget(plan)
        )


def _cost(load: Load) -> str:
    """Say what a run will take."""
    past = shell.store().runs.list(kind="train", status=[Status.SUCCEEDED, Status.STOPPED], limit=PAST)
    found = estimate(load, [run for run in past if run.host == this_host()])
    limit = shell.store().settings.memory_mb * 1e6
    heavy = f", more than the {words.gigabytes(limit)} it may take here" if found.bytes > limit else ""
    guess = "" if found.is_measured else ", a guess until a first run here"
    return f"about {words.about(found.seconds)} and {words.gigabytes(found.bytes)} of memory{heavy}{guess}"


def _budget(plan: Plan) -> str:
    if not plan.is_cut_short:
        return ""
    return f" · the image budget ends it after {plan.images(plan.total_steps):,} images, repeats counted"


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


def _train(family: Family, chosen: Choices) -> None:
    run = submit_training(shell.store(), family, chosen.config, chosen.dataset, owner.actor(), preset=chosen.preset)
    st.session_state[f"_{family.id}_run"] = st.query_params["run"] = run.id
    st.session_state[f"{family.id}_view_next"] = LIVE
    st.rerun()


def _watch(family: Family, run: Run | None, chosen: Choices, problem: ConfigError | None) -> None:
    view = _choose_view(family, run)
    if run is not None:
        live.follow(family, run, show_curves=view == LIVE)
    elif view != CODE:
        st.markdown(
            "**This network has not learned anything yet.** Press Train and it learns on "
            "this server, while you watch it here, live."
        )
    if view == CODE:
        show_code(family, run, chosen, problem)
    elif run is not None and view == RESULTS:
        results(run)
    elif run is None and problem is not None:
        st.caption("This network cannot be built. Mend its settings, and it is shown here.")
    elif run is None and view == RESULTS:
        st.info("Accuracy, confusion matrix and mistakes on unseen images come here after training.")
    elif run is None:
        preload()
        draw_untrained(family, chosen.config, chosen.dataset)


def _choose_view(family: Family, run: Run | None) -> str:
    """Draw the choice of what to look at; a run that has just ended shows its results."""
    state, key = st.session_state, f"{family.id}_view"
    has_result = run is not None and "test_accuracy_last" in run.summary
    ended = run is not None and state.pop(f"_{family.id}_ended", None) == run.id
    wanted = state.pop(f"{key}_next", None)
    if ended and has_result and state.get(key) != CODE:
        wanted = RESULTS
    if wanted:
        state[key] = wanted
    elif state.get(key) is None and st.query_params.get(key) not in VIEWS:
        state[key] = RESULTS if has_result else LIVE
    st.segmented_control("View", VIEWS, key=key, required=True, label_visibility="collapsed", bind="query-params")
    return state[key] or LIVE
