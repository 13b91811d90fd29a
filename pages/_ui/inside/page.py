"""Inside: a run's network at a saved moment, an example, and the chosen view of what the network does with it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.errors import RunError
from core.families import find_family
from core.resolve import resolve
from core.store import Run
from core.store.metrics import Snapshot
from pages._ui.components.page.share import share
from pages._ui.components.timeline.timeline import moved, timeline
from pages._ui.inside.choice import choose_run
from pages._ui.inside.given import draw_input
from pages._ui.inside.links import has_inside
from pages._ui.inside.subject import Inside
from pages._ui.inside.views import FINDS, VIEWS, choose_part, choose_view, chosen_part, networks_of
from pages._ui.shell import privacy, shell, words
from pages._ui.shell.views import studio_page

STEP = "inside_step"  # in the link too
LOOK_AGAIN_S = 1.0  # between two looks for new snapshots of a run that trains
_SHOWS = "It opens this network at this moment, with this view. Examples of private data only their owner sees."

_STYLE = """<style>.st-key-inside_head { margin-bottom: -0.75rem; column-gap: 1rem; }
.st-key-inside_head h1 { padding: 0; font-size: 1.75rem; }
.st-key-inside_time { min-height: 44px; margin-bottom: -0.5rem; }
@media (max-width: 640px) { .st-key-inside_head { flex-wrap: nowrap; column-gap: 0.6rem; }
.st-key-inside_head > * { min-width: 0; } .st-key-inside_head h1 { font-size: 1.3rem; }
.st-key-inside_head p { font-size: 0.85rem; }
/* Not the buttons inside a field, which would then hang below its middle. */
.st-key-inside button:not(:is([data-testid="stSelectbox"], [data-testid="stNumberInput"], label) button) {
  min-height: 44px; }
.st-key-inside [data-testid="stHorizontalBlock"] { gap: 0.5rem; }  /* the network on the same screen as the drawing */
.st-key-inside .pad { display: grid; grid-template-columns: minmax(0, 190px) 92px; gap: 0 8px; }
.st-key-inside .pad .tools { grid-area: 1 / 2; flex-direction: column; margin: 0; justify-content: end; }
.st-key-inside .pad .tools button { flex: none; }
.st-key-inside_views [role="radiogroup"] { flex-wrap: nowrap; overflow-x: auto; }
.st-key-inside_views [role="radiogroup"] > * { flex: none; }
.st-key-inside_found .pictures { flex-wrap: nowrap; overflow-x: auto; } .st-key-inside_filter { flex-wrap: nowrap; }
.st-key-inside_filter > * { min-width: 0; flex: 1 1 0 !important; }
.st-key-inside_found .pictures figure { flex: none; max-width: none; }
.st-key-inside_row_cells { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.5rem; }
/* The answer stays on the screen while a value is moved. */
[data-testid="stLayoutWrapper"]:has(> .st-key-inside_row_cells), .st-key-inside_row_cells { max-height: 15rem; }
/* What is little about the example stands above it. */
[data-testid="stHorizontalBlock"]:has(.st-key-inside_learned, .st-key-inside_examples, .st-key-inside_weights,
.st-key-inside_columns_all, .st-key-inside_loss_surface, .st-key-inside_first_weights) {
  flex-flow: column-reverse; }
}</style>"""


def draw_inside() -> None:
    """Draw the page."""
    st.html(_STYLE)
    run_id = st.query_params.get("run", "")
    if not run_id:
        choose_run()
        return
    with shell.guard():
        run = _opened(run_id)
        _head(run)
        with st.container(key="inside"):
            st.fragment(_body, key="inside_body")(run.id)
        if not run.status.is_final:
            st.fragment(_grow, run_every=LOOK_AGAIN_S)(run.id, len(_saved(run)))


def _opened(run_id: str) -> Run:
    run = shell.store().runs.get(run_id)
    if has_inside(run):
        return run
    if run.family is None or not find_family(run.family).has_networks:
        raise RunError(f"run {run_id} has no network here to look into", expected="one trained here, or imported")
    if not shell.store().metrics.snapshots(run.id):
        raise RunError(f"run {run_id} has saved no network yet", fix="Come back when it has begun to train.")
    kind = shell.dataset(run.dataset).spec.kind
    raise RunError(f"run {run_id} learned from {kind}", expected="one that learned from images, points or rows")


def _head(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="inside_head"):
        st.title("Inside", width="content")
        family, data = find_family(str(run.family)), shell.data_title(run.dataset)
        st.markdown(f"**{words.name(run.name)}** · {family.title} · {words.name(data)}", width="stretch")
        link = {"run": run.id}
        st.page_link(
            studio_page(run.family), label="The run", icon=":material/show_chart:", query_params=link, width="content"
        )
        share(_SHOWS)
    privacy.say_link(run)


def _saved(run: Run) -> list[Snapshot]:
    return shell.store().metrics.snapshots(run.id)


def _grow(run_id: str, known: int) -> None:
    """Draw the page anew when the run has saved more, or has ended."""
    run = shell.store().runs.get(run_id)
    if run.status.is_final or len(_saved(run)) != known:
        st.rerun()


def _body(run_id: str) -> None:
    """Draw all that a move through the training changes; the body of a fragment."""
    with shell.guard():
        run = shell.store().runs.get(run_id)
        saved, key = _saved(run), f"inside_time_{run.id}_{run.generation}"
        steps, last = [snapshot.step for snapshot in saved], moved(key)
        step = _chosen(steps, last.step)
        with st.container(key="inside_time"):
            time = st.container()
        networks = networks_of(run)
        part = chosen_part(run, networks)
        view = choose_view(run, part)
        left, right = st.columns([26, 74], gap="medium")
        try:
            with left, shell.guard():
                choose_part(run, networks, part)
                given = draw_input(run, step, part, finds=view != FINDS)
            with right, st.container(key=f"inside_{view.lower().replace(' ', '_')}"), shell.guard():
                dataset, sees = shell.dataset(run.dataset), privacy.sees_run(run)
                chosen = (given.example, given.index, given.truth, sees, given.is_own, given.label, given.typed)
                resolve(VIEWS[view][0])(Inside(run, step, tuple(steps), dataset, part.id, *chosen))
            given.draw_paper()
        finally:
            with time:  # after all that it moves
                timeline(steps, _labels(run, saved), step, key=key, seen=last.number)


def _chosen(steps: Sequence[int], moved_to: int | None) -> int:
    """Return the moment that is looked at, and keep it in the link; the newest one by default."""
    linked = st.query_params.get(STEP, "")
    asked = moved_to if moved_to is not None else int(linked) if linked.isdecimal() and len(linked) < 12 else None
    step = asked if asked in steps else steps[-1]
    if step == steps[-1]:
        st.query_params.pop(STEP, None)
    elif linked != str(step):
        st.query_params[STEP] = str(step)
    return step


def _labels(run: Run, saved: Sequence[Snapshot]) -> list[str]:
    if not find_family(str(run.family)).is_trained_here:
        return ["As it came"] * len(saved)
    best = run.summary.get("best_step")
    remarks = {saved[-1].step: ", its end" if run.status.is_final else ", the newest", best: ", best by validation"}
    return [
        f"After step {one.step:,}, {words.duration(one.wall_s)} of training{remarks.get(one.step, '')}"
        if one.step
        else "Before the first step: random weights"
        for one in saved
    ]
