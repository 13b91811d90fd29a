"""List of data sets: own ones as cards, the others as shelves of pictures, with what can be done with each."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.datasets import Dataset, list_datasets, state_of
from core.datasets.access import visible
from core.datasets.features import Series, Tokens, Vector
from core.datasets.own.as_dataset import as_dataset, awaits_target
from core.datasets.own.own import is_own, read_card
from core.datasets.prepared import READY, is_prepared
from core.families import FAMILIES, Family
from core.figures.examples import SCALE, WIDTH
from core.jobs import ensure_foreman, ensure_prepared
from core.store import Run, Status
from pages._ui.components.pictures.pictures import pictures
from pages._ui.data.kinds.target import ask_target
from pages._ui.data.kinds.view import view_of
from pages._ui.data.own_card import edit_own
from pages._ui.data.wall import SHELVES, Shelf, is_drawn_at_once, shelf_of, wall_picture
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import KNOW, data_views, studio_page

LOOK_AGAIN_S, LOOK_SELDOM_S = 1.0, 10.0  # while a data set is being prepared; while one may be, as for a run
_STYLE = """<style>[class*="st-key-shelf_"] .pictures img, [class*="st-key-wall_"] .pictures img {
image-rendering: auto; border-radius: 6px; }
[class*="st-key-kind_"] span { font-size: 72px; opacity: 0.6; }
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-beside_"]) { flex: 1 1 0; min-width: min(100%, 320px); }
[class*="st-key-shelf_"] .pictures { gap: 6px 2px; }
[class*="st-key-shelf_"] .pictures .below { font-weight: 400 !important; }
@media (max-width: 640px) { [class*="st-key-chosen_"] a, [class*="st-key-chosen_"] button { min-height: 44px; } }
</style>"""


def list_data() -> None:
    """Draw the list, the visitor's own data first."""
    settings, actor = shell.store().settings, owner.actor()
    found = list_datasets(settings, actor)
    mine = [dataset for key, dataset in found.items() if is_own(key)]
    others = [card for card in visible(settings, actor) if not card.data_kind.is_learned]
    st.html(_STYLE)
    if mine or others:
        st.subheader("Added by you and others")
    for dataset in mine:
        st.fragment(_own_set, key=f"data_{dataset.id}", run_every=_pace([dataset]))(dataset)
    for card in others:
        st.fragment(_other_row, key=f"data_{card.id}")(card.id)
    if mine or others:
        st.subheader("Public and on this server")
    for shelf in SHELVES:
        sets = [dataset for key, dataset in found.items() if not is_own(key) and shelf_of(dataset.spec) is shelf]
        if sets:
            st.fragment(_shelf, key=f"data_{shelf.id}", run_every=_pace(sets))(shelf, sets)


def _pace(sets: Sequence[Dataset]) -> float | None:
    """Return the seconds between two looks at data sets; None if the pictures of all are here."""
    tasks = (last_task(dataset.id) for dataset in sets)
    if any(task and not task.status.is_final for task in tasks):
        return LOOK_AGAIN_S
    settings = shell.store().settings
    is_whole = all(is_prepared(settings, dataset.id) or is_drawn_at_once(dataset) for dataset in sets)
    return None if is_whole else LOOK_SELDOM_S


# A shelf of data sets


def _shelf(shelf: Shelf, sets: Sequence[Dataset]) -> None:
    """Draw the pictures of a shelf's data sets, and what can be done with the chosen one; the body of a fragment."""
    key = f"_chosen_of_{shelf.id}"
    index = next((place for place, dataset in enumerate(sets) if dataset.id == st.session_state.get(key)), 0)

    def choose(place: int) -> None:
        if place < len(sets):
            st.session_state[key] = sets[place].id

    with shell.guard(), st.container(border=True):
        st.markdown(f"**{shelf.title}.** {shelf.sentence}")
        pictures(
            [wall_picture(dataset) for dataset in sets],
            key=f"shelf_{shelf.id}",
            below=[_below(dataset) for dataset in sets],
            width=shelf.width,
            chosen=[index],
            on_pick=choose,
        )
        for dataset in sets:
            if dataset.problem and dataset is not sets[index]:
                _say_problem(dataset, None)
        with st.container(key=f"chosen_{shelf.id}", gap="xsmall"):
            _details(sets[index])


def _below(dataset: Dataset) -> str:
    """Return a data set's short name, and its size or state, for the text under its picture."""
    spec, title = dataset.spec, dataset.title
    kind = title.rpartition(": ")[2]
    name = {"row": title.partition(": ")[0], "point": kind[:1].upper() + kind[1:]}
    said = state_of(shell.store().settings, dataset)
    size = f"{spec.train_size + spec.test_size:,} {spec.kind}" if spec.train_size else "unreadable"
    return f"{name.get(spec.features.noun, title)}\n{size if said == READY or dataset.problem else said}"


def _details(dataset: Dataset) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{words.plain(dataset.title)}**  \n{_size(dataset)}", width="stretch")
        _actions(dataset)
    _state(dataset)
    if dataset.spec.train_size:
        st.caption(words.origin(dataset))


def last_task(dataset_id: str) -> Run | None:
    """Return the latest task that prepared a data set; None if there is none."""
    return next(iter(shell.store().runs.list(kind="prepare", dataset=dataset_id, limit=1)), None)


# Own data, and that of others


def _own_set(dataset: Dataset) -> None:
    with shell.guard(), st.container(border=True, horizontal=True):
        shown = wall_picture(dataset)
        with st.container(width=shown.width // SCALE):
            pictures([shown], key=f"wall_{dataset.id}", width=shown.width // SCALE)
        with st.container(key=f"beside_{dataset.id}"):
            _details(dataset)
            _own_row(dataset)


def _own_row(dataset: Dataset) -> None:
    settings = shell.store().settings
    card = read_card(settings, dataset.id)
    if dataset.problem and not as_dataset(settings, card).problem:
        st.rerun()  # it became ready meanwhile
    view_of(card).describe(card)
    task = last_task(card.id)
    if awaits_target(settings, card) and card.owner == owner.actor() and (task is None or task.status.is_final):
        ask_target(card)
    edit_own(card)


def _other_row(dataset_id: str) -> None:
    """Draw data that no network learns from yet."""
    with shell.guard(), st.container(border=True, horizontal=True):
        card = read_card(shell.store().settings, dataset_id)
        with st.container(key=f"kind_{card.id}", width=WIDTH // SCALE, horizontal_alignment="center"):
            st.markdown(view_of(card).icon, width="content")
        with st.container(key=f"beside_{card.id}"):
            st.markdown(f"**{words.plain(card.title)}**  \n{card.data_kind.title}")
            view_of(card).describe(card)
            edit_own(card)


def _size(dataset: Dataset) -> str:
    spec = dataset.spec
    if not spec.train_size:
        return "unreadable"
    total = spec.train_size + spec.test_size
    if isinstance(spec.features, Vector):
        columns = "" if spec.features.is_point else f" of {len(spec.features.columns):,} columns"
        return f"{words.plain(dataset.task)} · {total:,} {spec.kind}{columns}"
    if isinstance(spec.features, Series | Tokens):
        unit = f"{spec.features.unit}s" if isinstance(spec.features, Tokens) else "steps"
        return f"{words.plain(dataset.task)} · {total:,} {spec.kind} of {spec.features.length:,} {unit}"
    height, width, channels = spec.input_shape
    colours = "colour" if channels == 3 else "grey"
    return f"{dataset.task} · {total:,} images of {height}×{width} pixels, {colours}"


def _actions(dataset: Dataset) -> None:
    """Draw the links and buttons for a data set."""
    if dataset.problem:
        return
    if state_of(shell.store().settings, dataset) != READY:
        task = last_task(dataset.id)
        busy = task is not None and not task.status.is_final
        again = task is not None and task.status in (Status.FAILED, Status.LOST)
        st.button(
            "Try again" if again else "Download",
            key=f"get_{dataset.id}",
            icon=":material/download:",
            disabled=busy,
            on_click=_get,
            args=(dataset.id,),
            help="Download and prepare it now. Otherwise this happens when a run first needs it.",
        )
        return
    train_links(dataset)
    st.button(
        "Inspect",
        key=f"know_{dataset.id}",
        on_click=_know,
        args=(dataset.id,),
        help="See its examples and possible faults.",
    )


def train_links(dataset: Dataset, corrections: str = "") -> None:
    """Draw links to the studios whose networks can learn from a data set, with corrected labels if there are any."""
    for family in FAMILIES.values():
        if family.takes(dataset.spec) and (not corrections or "corrections" in family.config_type.fields()):
            link, label = studio_link(family, dataset), f"Train {words.a(family.title)}"
            if corrections:
                link, label = {**link, "corrections": corrections}, f"{label} with corrections"
            icon = ":material/play_arrow:"
            st.page_link(studio_page(family.id), label=label, icon=icon, query_params=link)


def studio_link(family: Family, dataset: Dataset) -> dict[str, str]:
    """Return the query parameters that open a studio with this data set and the preset that suits it."""
    preset = family.preset_for(dataset.spec, dataset.id).id
    return {**({} if preset == family.default_preset else {"preset": preset}), "dataset": dataset.id}


def _know(dataset_id: str) -> None:
    st.query_params["dataset"] = dataset_id
    data_views().show(KNOW)
    st.rerun()


def _get(dataset_id: str) -> None:
    with shell.remember():
        ensure_prepared(shell.store(), dataset_id, at_once=True)
    st.rerun()


def _state(dataset: Dataset) -> None:
    """Draw the state of a data set: ready, in progress, or the reason it is not available."""
    task = last_task(dataset.id)
    is_here = is_prepared(shell.store().settings, dataset.id)
    if not is_here and task is not None and not task.status.is_final:
        ensure_foreman(shell.store().settings)
        phase = str(task.progress.get("phase", "waiting in the queue")).capitalize()
        st.progress(float(task.progress.get("share", 0.0)), text=words.plain(phase))
    elif dataset.problem:
        _say_problem(dataset, task)
    elif not is_here and task is not None and task.status in (Status.FAILED, Status.LOST):
        st.warning(f"Not available now. {shell.told(task.error)}", icon=":material/cloud_off:")
    else:
        said = state_of(shell.store().settings, dataset)
        icon = ":material/check_circle:" if said == READY else ":material/cloud_download:"
        st.caption(f"{icon} {said[:1].upper()}{said[1:]}")


def _say_problem(dataset: Dataset, task: Run | None) -> None:
    settings = shell.store().settings
    if not (is_own(dataset.id) and awaits_target(settings, read_card(settings, dataset.id))):
        st.error(shell.told(dataset.problem), icon=":material/error:")
        return
    if task is not None and task.status is Status.FAILED:
        st.error(f"Preparation failed. {shell.told(task.error)}", icon=":material/error:")
    st.info(shell.told(dataset.problem), icon=":material/info:")
