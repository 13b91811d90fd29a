"""The studio: set up, train and watch a network of any family."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from core.analysis.classifier.diagnosis import too_few_updates
from core.datasets import DataSpec
from core.datasets.access import is_private
from core.errors import ConfigError, DatasetError
from core.families import Family, config_of, find_family
from core.figures.network.architecture import NetworkStages, short
from core.figures.network.dense import Examples, Layer, dense_layers, say_too_large
from core.figures.network.frame import Frame
from core.jobs.submit import default_name
from core.pretrained.weights import lacking
from core.resolve import resolve
from core.runs.demo_run import demo_data, ensure_demo_run
from core.runs.estimate import Load, load_of, read_speed
from core.runs.notebook.guesses import guessed_metrics
from core.schedule.plan import Plan
from core.store import Run
from core.units import MB
from pages._ui.components.charts.live_chart import preload
from pages._ui.components.graph.graph import UNTRAINED, graph
from pages._ui.components.network.network import box_name, network
from pages._ui.components.page.share import share
from pages._ui.components.page.sight import sight
from pages._ui.form.choices import Choices
from pages._ui.form.form import Form
from pages._ui.home.ways import way_of
from pages._ui.inside.links import has_inside, link_inside
from pages._ui.notebook.guess import offer_guess
from pages._ui.runs.actions import draw_dialog, undo_button
from pages._ui.runs.curves import draw_curves
from pages._ui.runs.follow import follow, follow_part, has_begun
from pages._ui.runs.graph import LIVE as LIVE_GRAPH
from pages._ui.runs.graph import draw_graph, is_graph, send_moments
from pages._ui.runs.opened import STEP, close_all, linked, show_run
from pages._ui.runs.snapshots import (
    BESIDE,
    NETWORK,
    VIEWS,
    columns_for,
    draw_network,
    draw_views_of,
    show_nearest,
    stages_of,
)
from pages._ui.share.class_link import class_link_offer, draw_class_link
from pages._ui.share.download import download
from pages._ui.share.imported import whole
from pages._ui.share.lesson import draw_lesson
from pages._ui.share.secret_links import draw_secret_links, secret_link_offer
from pages._ui.shell import owner, privacy, shell, words
from pages._ui.shell.views import CODE, LIVE, RESULTS
from pages._ui.steer.start import draw_start
from pages._ui.studio import training
from pages._ui.studio.code import show_code
from pages._ui.studio.place import draw_place, offer_points
from pages._ui.studio.untrained import draw_untrained, draw_untrained_graph, known_look, known_weights, untrained_key
from pages._ui.sweep.budget import offer_budget
from pages._ui.sweep.dialog import offer_sweep

MOST_ADDS, MOST_PARAMETERS = 3e9, 5e7  # largest untrained network that the probe is asked about
FRAME_S = 0.4  # between two looks at a network that trains
VIEWS_S = 2.0  # at what is saved of it now and then, such as its samples
GRAPH_S = 0.25  # at one whose weights are all that is sent
WEIGHTS_A_S = 250_000  # that are sent at most; 1 MB
_SETTINGS, _WATCHED = "settings", "watch"  # anchors of the settings and of the network

# Stop keeps its place whatever the run's name; on a narrow screen it stands below the name. Train stays in sight. On a
# phone: the run, then the settings, and a bar at the bottom that leads to both.
_STYLE = """<style>@media (min-width: 501px) { .st-key-run_head { flex-wrap: nowrap; } }
@media (max-width: 500px) { .st-key-run_head > :first-child { flex: 1 0 100%; } }
.st-key-snapshot { min-height: 44px; margin: -0.85rem 0 -1.1rem; }  /* a slider appears when the run has ended */
.st-key-setup h3 { font-size: 1rem; padding: 0 0 0.25rem; scroll-margin-top: 5rem; }
.st-key-head { margin-bottom: -0.5rem; column-gap: 1.5rem; }
.st-key-head h1 { padding: 0; }
.st-key-run_state { padding: 0.5rem 0.9rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-foot) { position: sticky; bottom: 0; z-index: 5; }
.st-key-foot { padding: 0.5rem 0; gap: 0.5rem; background: light-dark(#FAFAF7, #12171D); }
.st-key-foot p { font-size: 0.8rem; line-height: 1.35; } .st-key-foot .st-key-actions button p { font-size: 0.9rem; }
.st-key-foot [data-testid="stAlertContainer"] { padding: 0.4rem 0.6rem; }
.st-key-beside_train { flex-wrap: nowrap; gap: 0; justify-content: space-between; }
.st-key-beside_train > * { flex: 0 1 auto; width: auto; } .st-key-beside_train button { padding: 0; }
.st-key-beside_train button span:has(> [data-testid="stIconMaterial"]) { display: none; }
#watch { scroll-margin-top: 5rem; }
[data-testid="stElementContainer"]:has(#watch), .st-key-sight, .st-key-moments_box { height: 0; margin-bottom: -1rem; }
@media (min-width: 641px) { [data-testid="stLayoutWrapper"]:has(> .st-key-bar) { display: none; } }
@media (max-width: 640px) {
.st-key-head > :first-child { flex: 1; }
.st-key-head > :has(> .st-key-views) { order: 1; flex: 1 0 100%; }
.st-key-top [role="radiogroup"] { flex-wrap: nowrap; overflow-x: auto; }
.st-key-top [role="radiogroup"] > * { flex: none; }
[data-testid="stMainBlockContainer"] { padding-bottom: 7rem; }
.st-key-actions { position: fixed; left: 0; right: 0; bottom: 0; z-index: 90; flex-wrap: nowrap; padding: 8px 16px;
  background: light-dark(#FAFAF7, #12171D); border-top: 1px solid light-dark(#E3E2DA, #2B343F); }
.st-key-actions .st-key-train { width: auto; margin-left: auto; }
.st-key-run_stop { position: fixed; right: 16px; bottom: 8px; z-index: 91; width: auto; }
body:has(.st-key-run_stop) .st-key-train { visibility: hidden; }
.st-key-bar a { display: inline-flex; align-items: center; min-height: 44px; margin-right: 1rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-foot) { position: static; }
.st-key-top button, .st-key-answer button, .st-key-studio button, .st-key-download button { min-height: 44px; }
.st-key-studio > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] {
  min-width: 100%; }
.st-key-studio > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"],
.st-key-studio > [data-testid="stHorizontalBlock"] { flex-direction: column-reverse; } }</style>"""


def draw_studio(family_id: str) -> None:
    """Draw the whole studio page of a family."""
    family = find_family(family_id)
    run = _run_of_link(family)
    draw_dialog()
    form = Form(family, list(family.extra))
    form.follow_link(run)
    chosen = form.choices()
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title(family.title, width="content")
        with st.container(key="views", width="stretch"):
            view = _choose_view(family, form, run)
        if run is not None and _can_be_tried(run):
            link = {"run": run.id}
            st.page_link("pages/try.py", label="Try it", icon=":material/draw:", query_params=link, width="content")
        if run is not None and has_inside(run) and _spec_of(run) is not None:
            link_inside(run, "Inside")
        if run is not None:
            download(run)
        offers = {} if run is None else secret_link_offer(run)
        offers |= {} if form.lesson or chosen.trouble else class_link_offer()
        share(_shown_by_link(run, chosen), offers=offers)
    if run is not None:
        draw_secret_links(run)
        privacy.say_link(run)
        if goes_at := shell.store().leaving().get(run.id):
            st.caption(f":material/auto_delete: This run {words.goes(goes_at)}.")
    draw_class_link(family, chosen)
    with st.container(key="top"):
        if form.lesson is None:
            form.draw_presets()
        else:
            draw_lesson(form.lesson, family, run, form.leave_lesson)
    asked = training.asked_for(family, chosen)
    with st.container(key="answer"):
        training.answer(family, chosen, run)
    st.html(_STYLE)
    if asked is not None:
        training.train(family, chosen, asked, form.lesson, form.wish)
    draw_place(form)
    with st.container(key="studio"):
        left, right = st.columns([30, 70], gap="medium")
        with left:
            with st.container(border=True, key="setup"):
                is_busy = run is not None and not run.status.is_final
                next_run = " :gray[of the next run]" if is_busy else ""
                st.subheader(f"Settings{next_run}", anchor=_SETTINGS)
                form.follow(f"{family.id}_start", partial(draw_start, form), lambda now: (now.config, now.dataset))
                form.draw()
            _draw_foot(family, form, chosen, asked)
        with right:
            st.html(f"<span id='{_WATCHED}'></span>")
            sight(_WATCHED, has_arrived=shell.has_arrived())
            preload()
            if run is None:  # here, so that nothing moves when a run takes its place
                st.markdown(family.sentence)
            _watch(family, form, run, view)


def _draw_foot(family: Family, form: Form, chosen: Choices, asked: training.Ask | None) -> None:
    """Say what Train will do, and offer it."""
    with st.container(key="foot"):
        form.follow(f"{family.id}_foot", partial(_say_totals, family, form), _totals_key)
        why_not = "A network with these settings cannot be trained. See the error above."
        with st.container(horizontal=True, vertical_alignment="center", key="actions"):
            with st.container(key="bar", width="content"):
                st.markdown(f"[:material/tune: Settings](#{_SETTINGS}) [:material/monitoring: Network](#{_WATCHED})")
            st.button(
                "Waiting" if asked else "Train",
                type="primary",
                icon=":material/play_arrow:",
                key="train",
                width="stretch",
                disabled=bool(chosen.trouble) or asked is not None,
                on_click=training.ask,
                args=(family,),
                help=why_not if chosen.trouble else None,
            )
        with st.container(horizontal=True, gap="small", key="beside_train"):
            if form.lesson is None:
                offer_sweep(family, chosen)
                offer_budget(chosen.dataset, width="stretch", off=bool(chosen.refusal))
            offer_guess(family, chosen)


def _shown_by_link(run: Run | None, chosen: Choices) -> str:
    """Return what strangers see who open the page's link."""
    if run is None:
        what, dataset = "It opens these settings.", chosen.dataset
    else:
        what, dataset = "It shows this run to everyone who has it: settings, curves and results.", run.dataset
    hidden = "The data is private: only its owner sees its examples and what could show them."
    return f"{what} {hidden if is_private(shell.store().settings, dataset) else 'The data is public.'}"


def _spec_of(run: Run) -> DataSpec | None:
    """Return the spec of a run's data; None if it was deleted."""
    try:
        return shell.dataset(run.dataset).spec
    except DatasetError:
        return None


def _can_be_tried(run: Run) -> bool:
    """Return whether a run has a network that anybody can try out."""
    spec = _spec_of(run)
    return spec is not None and way_of(run, spec) is not None and bool(shell.store().metrics.snapshots(run.id))


def _say_totals(family: Family, form: Form, chosen: Choices) -> None:
    """Show the totals and the cost of training; update the link."""
    form.remember(chosen)
    if chosen.trouble:
        st.error(f"Train is off. {shell.told(chosen.trouble)}", icon=":material/error:")
        return
    if few := too_few_updates(chosen.config, chosen.spec):
        _warn_of(few, family, form, chosen)
    if away := _away(chosen):
        st.caption(f":material/download: {words.plain(away)}")
    plan, load = chosen.config.plan(chosen.spec), load_of(family, chosen.config, chosen.spec)
    kind = chosen.spec.kind
    st.caption(
        f"**{words.plain(default_name(chosen.config, chosen.preset))}**  \n"
        f"{_parameters(chosen.networks):,} parameters · {short(_multiply_adds(chosen.networks))} multiply-adds "
        f"{words.a(chosen.spec.features.noun)} · {_cost(load)}  \n"
        f"{min(plan.examples, chosen.spec.train_size):,} training {kind}, {chosen.spec.test_size:,} test {kind} · "
        f"{plan.total_steps:,} steps" + ("" if "max_images" not in chosen.config.fields() else _budget(plan))
    )


def _totals_key(chosen: Choices) -> object:
    """Return all that the totals depend on."""
    return chosen.config, chosen.networks, _away(chosen)


def _away(chosen: Choices) -> str:
    """Return which pretrained weights are not on this server, and what to do; empty if all are."""
    specs = [spec for network in chosen.networks for spec in network.spec.specs]
    return lacking(shell.store().settings, specs)


def _warn_of(too_few: str, family: Family, form: Form, chosen: Choices) -> None:
    """Warn that a run will be too short, and offer the preset that suits the data."""
    suited = family.preset_for(chosen.spec, chosen.dataset)
    is_other = suited.id != chosen.preset.id and form.lesson is None
    instead = f", or start from *{suited.title}*" if is_other else ""
    st.warning(f"{words.plain(too_few)} Raise Epochs{instead}.", icon=":material/hourglass_disabled:")
    if is_other:
        key = f"{family.id}_suited"
        st.button(f"Start from {suited.title}", key=key, on_click=form.take_preset, args=(suited.id,))


def _parameters(networks: Sequence[NetworkStages]) -> int:
    return sum(network.parameters for network in networks)


def _multiply_adds(networks: Sequence[NetworkStages]) -> int:
    return sum(network.multiply_adds for network in networks)


def _cost(load: Load) -> str:
    """Return the estimated time and memory of a run."""
    store = shell.store()
    found, limit = read_speed(store).estimate(load), store.settings.memory_mb * MB
    heavy = f", more than this server's limit of {words.gigabytes(limit)}" if found.bytes > limit else ""
    guess = "" if found.is_measured else ", a rough estimate until a first run on this server"
    about = "up to" if load.may_end_early else "about"
    return f"{about} {words.about(found.seconds)} and {words.gigabytes(found.bytes)} of memory{heavy}{guess}"


def _budget(plan: Plan) -> str:
    if not plan.is_cut_short:
        return ""
    return f" · the budget stops training after {plan.images(plan.total_steps):,} examples, counting repeats"


def _run_of_link(family: Family) -> Run | None:
    """Return the run that the link names, or else the one that this visit opened last."""
    memory = f"_{family.id}_run"
    run_id = st.query_params.get("run") or st.session_state.get(memory)
    if not run_id:
        return None
    with shell.guard():
        run = shell.store().runs.get(run_id)
        if run.family != family.id:
            raise ConfigError(f"run {run_id} is not {words.a(family.title)}", fix="Open it from Home.")
        if st.session_state.get(memory, run_id) != run_id:
            close_all(family.id)
        st.session_state[memory] = st.query_params["run"] = run_id
        return run
    st.session_state.pop(memory, None)
    mine = shell.store().runs.list(owners=[owner.actor()], undoable=True)
    if any(run.id == run_id and run.deleted for run in mine):
        undo_button(run_id)
    return None


def _watch(family: Family, form: Form, run: Run | None, view: str) -> None:
    """Draw the chosen view of the run, or its placeholder without a run."""
    key = f"{family.id}_watch"
    if run is not None and view == LIVE:
        _watch_live(family, form, run)
    elif run is not None:
        follow(run, is_watched=False)
    if view == CODE:
        form.follow(key, partial(show_code, family, run), lambda chosen: chosen.config)
    elif run is None and view == LIVE:
        form.follow(key, partial(_untrained, family, form), partial(_untrained_key, family, form))
    elif run is None:
        form.follow(key, lambda now: st.info(family.result({}, now.spec).missing), lambda now: now.dataset)
    elif view == RESULTS:
        with whole(run):
            resolve(family.result(run.summary, _spec_of(run)).page)(run)
            _draw_graph_of_results(run)
    elif view in family.extra:
        with whole(run):
            resolve(family.extra[view])(run)


def _watch_live(family: Family, form: Form, run: Run) -> None:
    """Draw a run with its networks at work, its curves, and what else is saved of them."""
    follow(run)
    is_here = _spec_of(run) is not None
    if not is_here:
        st.info("The data of this run was deleted, so only its curves are left to see.", icon=":material/delete:")
    if not has_begun(run):
        return
    if not is_here:
        follow_part(run, _draw_curves, key="run_lines", soon=True)
        return
    has_graph = is_graph(run)
    main, beside = columns_for(family, shell.dataset(run.dataset).spec, has_graph=has_graph)
    with main:
        draw = form.followed(NETWORK, partial(_draw_network, family, form), partial(_beside, form, run))
        if has_graph:
            st.fragment(lambda: draw(shell.store().runs.get(run.id)), key=NETWORK)()
            with st.container(key="moments_box"):
                pace = max(GRAPH_S, _parameters(stages_of(run.id)) / WEIGHTS_A_S)
                follow_part(run, _send_moments, key="run_moments", live_s=pace, at_once=True)
        else:
            follow_part(run, draw, key=NETWORK, live_s=FRAME_S)
        follow_part(run, _draw_curves, key="run_lines", soon=True)
    if beside is not None:
        with beside:
            follow_part(run, partial(draw_views_of, beside=True), key=BESIDE, live_s=VIEWS_S, at_once=True)
    follow_part(run, draw_views_of, key=VIEWS, live_s=VIEWS_S, at_once=True)


def _send_moments(run: Run) -> None:
    if not run.status.is_final:
        send_moments(run)


def _draw_graph_of_results(run: Run) -> None:
    if run.status.is_final and _spec_of(run) is not None and is_graph(run):
        st.subheader("The network", anchor=False)
        draw_graph(run, key="graph_of_results")


def _draw_network(family: Family, form: Form, run: Run, chosen: Choices) -> None:
    """Draw a run's networks; if the form has the same ones, a click opens the settings of a layer."""
    has_changed, edited = _beside(form, run, chosen)
    draw_network(
        run,
        untrained=partial(known_look, family, config_of(run), run.dataset) if run.parent is None else lambda: None,
        first=partial(known_weights, family, config_of(run), run.dataset) if run.parent is None else lambda: None,
        remark="not with the settings beside it" if has_changed else "",
        edited=edited or (),
        on_choose=None if edited is None else partial(_edit, form, chosen.networks),
    )


def _beside(form: Form, run: Run, chosen: Choices) -> tuple[bool, list[str] | None]:
    """Return whether the settings in the form are not the run's, and whose layers are open; None of other networks."""
    has_changed = chosen.dataset != run.dataset or chosen.config != config_of(run)
    is_same = [one.spec for one in chosen.networks] == [one.spec for one in stages_of(run.id)]
    return has_changed, _edited(form, chosen.networks) if is_same else None


def _edited(form: Form, drawn: Sequence[NetworkStages]) -> list[str]:
    """Return the names of the boxes whose settings are open."""
    return [box_name(drawn, one.spec.id, form.edited(one.spec.blocks)) for one in drawn]


def _draw_curves(run: Run) -> None:
    guesses = guessed_metrics(shell.store(), run, owner.actor())
    on_mark = partial(show_nearest, run) if run.status.is_final else None
    draw_curves([run], on_mark=on_mark, leads_to=_WATCHED, guesses=guesses)


def _untrained_key(family: Family, form: Form, chosen: Choices) -> object:
    """Return all that the look of the untrained network depends on."""
    seen = chosen.trouble or untrained_key(family, chosen.config, chosen.dataset)
    return seen, _away(chosen), chosen.networks, _edited(form, chosen.networks)


def _untrained(family: Family, form: Form, chosen: Choices) -> None:
    def draw(frame: Frame | None) -> None:
        drawn = chosen.networks
        network(
            drawn,
            chosen.spec,
            key="network",
            sees=privacy.sees(chosen.dataset),
            reading=family.inspection.reading(chosen.config),
            frame=frame,
            identity=f"{chosen.dataset} {bool(chosen.trouble)}",
            snapshot="untrained",
            edited=_edited(form, drawn),
            on_choose=partial(_edit, form, drawn),
        )

    if chosen.trouble:
        st.caption("A network with these settings cannot be trained. Correct them to see it here.")
        with st.container(), columns_for(family, chosen.spec)[0]:  # the place of the answer
            draw(None)
        return
    _say_untrained(family, chosen)
    if layers := dense_layers([one.spec for one in chosen.networks]):
        show = partial(_draw_untrained_graph, form, chosen, layers)
        draw_untrained_graph(family, chosen.config, chosen.dataset, show)
        return
    if large := say_too_large([one.spec for one in chosen.networks]):
        st.caption(large)
    if unseen := _unseen(chosen):
        with st.container(), columns_for(family, chosen.spec)[0]:
            draw(None)
        st.caption(unseen)
        return
    draw_untrained(family, chosen.config, chosen.dataset, draw)


def _draw_untrained_graph(
    form: Form, chosen: Choices, layers: Sequence[Layer], weights: np.ndarray, examples: Examples
) -> None:
    graph(
        layers,
        chosen.spec,
        {UNTRAINED: weights},
        key=LIVE_GRAPH,
        identity=f"{chosen.dataset} {hash(weights.tobytes())}",
        examples=examples,
        edited=_edited(form, chosen.networks),
        on_choose=partial(_edit, form, chosen.networks),
    )


def _say_untrained(family: Family, chosen: Choices) -> None:
    """Say what Train will show, and offer a run of the default preset that this server trains once for all."""
    is_kept = chosen.preset.id == family.default_preset and chosen.dataset == demo_data(family)
    with st.container(horizontal=True, vertical_alignment="center", key="untrained"):
        knows = any(layer.weights for drawn in chosen.networks for layer in drawn.spec.specs)
        state = "learned from other photos, not yet from these" if knows else "not learned anything yet"
        st.markdown(f"**This network has {state}.** Press Train and watch.", width="stretch")
        offer_points(family)
        if is_kept and chosen.config == chosen.preset.config:
            st.button(
                "See a trained one",
                icon=":material/model_training:",
                key="see_trained",
                type="tertiary",
                on_click=_show_kept,
                args=(family,),
                help="Opens a run of these settings that this server trains once and keeps. You can train on from it.",
            )


def _show_kept(family: Family) -> None:
    with shell.remember():
        show_run(ensure_demo_run(shell.store(), family))
    st.rerun()


def _edit(form: Form, drawn: Sequence[NetworkStages], name: str) -> None:
    """Open the settings of the layer with this box."""
    for one in drawn:
        for stage in one.stages:
            if box_name(drawn, one.spec.id, stage.name) == name:
                form.choose_layer(one.spec.blocks, stage.name)


def _unseen(chosen: Choices) -> str:
    """Return why the untrained network cannot look at the sample; empty if it can."""
    if _multiply_adds(chosen.networks) > MOST_ADDS or _parameters(chosen.networks) > MOST_PARAMETERS:
        return "It is too big to show before it is trained."
    return "Its pretrained weights are not here yet, so it cannot look at a sample." if _away(chosen) else ""


def _choose_view(family: Family, form: Form, run: Run | None) -> str:
    """Draw the choice of the view and return it; a finished run opens on its results, at a moment on its networks."""
    views = form.views
    if views.shown is None:
        is_over = run is not None and family.is_measured(run.summary) and not linked(run, STEP)
        views.show(RESULTS if is_over else LIVE)
    views.draw()
    return str(views.shown)
