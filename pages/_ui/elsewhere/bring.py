"""The form that brings a network: a file, the data to test it on, and how its input was scaled."""

from __future__ import annotations

import streamlit as st

from core.datasets import Dataset
from core.datasets.own.uploads import Upload, drop_upload, is_kept
from core.elsewhere.file import MOST_MB
from core.elsewhere.fit import fit, likely_scale, scales_of
from core.elsewhere.graph import Graph
from core.elsewhere.submit import fitting, queue_network, read_network
from core.errors import GlassboxError
from core.layers.spec import written
from core.store import Run, Status
from core.units import MB
from pages._ui.data.photo_options import disk_errors_in_words
from pages._ui.data.uploads import choose as choose_files
from pages._ui.shell import owner, shell, words

_TASK, _TAKEN, _NUMBER = "_bring_task", "_bring_taken", "_bring_number"
LOOK_S = 0.5  # between two looks at the test
_HOW = (
    'Choose the file that `model.save("name.keras")` wrote in any Keras program. It is read as data and rebuilt of '
    "stock layers: no code of it is run. Then it is tested on data here, and stands with your runs: in lists, on "
    "*Compare*, and *Inside*. Only you see it until you share it."
)


def bring() -> None:
    """Draw the form, or how far the test of the network has come."""
    shell.say()
    with shell.guard():
        if task_id := st.session_state.get(_TASK):
            _follow(task_id)
            return
        st.markdown(_HOW)
        taken = _taken()
        if taken is None:
            st.caption(f"Up to {MOST_MB} MB and 50 million weights, one input and one output.")
        else:
            _choose_data(*taken)


def _taken() -> tuple[Upload, Graph] | None:
    """Return the file that was chosen, and its network, as soon as there is one that can be opened."""
    kept = st.session_state.get(_TAKEN)
    if kept is not None and is_kept(kept[0]):
        return (kept[0], kept[1])
    number = st.session_state.get(_NUMBER, 0)
    for upload in choose_files("Network", key=f"network_{number}", types=["keras", "h5"], megabytes=MOST_MB):
        st.session_state[_NUMBER] = number + 1  # first: whatever becomes of this file, it is not taken twice
        with shell.remember(), disk_errors_in_words(), st.spinner(f"Checking {upload.size_bytes / MB:,.1f} MB"):
            try:
                st.session_state[_TAKEN] = (upload, read_network(upload.path, upload.name))
            except GlassboxError:
                drop_upload(upload)
                raise
        st.rerun()
    return None


def _choose_data(upload: Upload, graph: Graph) -> None:
    """Draw the choice of data and scaling, and the button that begins the test."""
    shape = written(tuple("any" if side is None else side for side in graph.input_shape))  # type: ignore[arg-type]
    with st.container(horizontal=True, vertical_alignment="center", key="bring_file"):
        layers = f"{len(graph.placed)} layers, takes {shape}"
        st.markdown(f":material/deployed_code: **{words.name(upload.name)}** :gray[{layers}]", width="stretch")
        st.button("Another file", key="bring_other", type="tertiary", on_click=_forget, args=(upload,))
    fits = {dataset.id: dataset for dataset in fitting(shell.store(), graph, owner.actor())}
    if not fits:
        st.info(f"No data set here has examples that fit: the network takes {shape}.", icon=":material/photo_library:")
        st.page_link("pages/data.py", label="Add your own data", icon=":material/add_photo_alternate:")
        return
    dataset = fits[_choose_dataset(fits)]
    scales = scales_of(dataset.spec.features)
    likely = likely_scale(graph, dataset.spec.features)
    scale = st.radio(
        "Input scaled to",
        list(scales),
        index=list(scales).index(likely),
        format_func=scales.__getitem__,
        key=f"bring_scale_{dataset.id}",
        help="How examples were scaled before they came into the network where it was trained. With another scaling it "
        "answers wrongly.",
    )
    st.caption(_guess(graph, dataset))
    name = st.text_input(
        "Name", upload.name.rpartition(".")[0][:120], max_chars=120, key="bring_name", help="Name of the run."
    )
    trouble = _trouble(graph, dataset, scale)
    if trouble:
        st.error(trouble, icon=":material/error:")
    elif dataset.spec.classes:
        st.caption(_order(dataset))
    st.button(
        "Test it and look inside",
        type="primary",
        icon=":material/play_arrow:",
        key="bring_go",
        disabled=bool(trouble),
        on_click=_submit,
        args=(upload, graph, dataset.id, scale, name),
    )


def _choose_dataset(fits: dict[str, Dataset]) -> str:
    return str(
        st.selectbox(
            "Data to test it on",
            list(fits),
            format_func=lambda key: fits[key].title,
            key="bring_data",
            help="The data whose examples fit the input of the network.",
        )
    )


def _guess(graph: Graph, dataset: Dataset) -> str:
    first = likely_scale(graph, dataset.spec.features)
    if first == "as_is" and dataset.spec.is_image:
        return "It begins with a layer that scales its input, so it most likely takes pixels as they are."
    return (
        "It does not scale its input itself, so choose what its program did before training."
        if (dataset.spec.is_image)
        else "Choose what its program did with the numbers before training."
    )


def _order(dataset: Dataset) -> str:
    classes = [words.name(name) for name in dataset.spec.classes]
    more = f" and {len(classes) - 10} more" if len(classes) > 10 else ""
    return f"Its outputs must stand in the order of the classes: {', '.join(classes[:10])}{more}."


def _trouble(graph: Graph, dataset: Dataset, scale: str) -> str:
    try:
        fit(graph, dataset.spec, scale)
    except GlassboxError as error:
        return shell.told(error)
    return ""


def _forget(upload: Upload) -> None:
    drop_upload(upload)
    st.session_state.pop(_TAKEN, None)


def _submit(upload: Upload, graph: Graph, dataset: str, scale: str, name: str) -> None:
    with shell.remember():
        task = queue_network(shell.store(), upload, graph, dataset, scale, owner.actor(), name)
        st.session_state[_TASK] = task.id


def _follow(task_id: str) -> None:
    task = shell.store().runs.get(task_id)
    if task.status.is_final:
        _end(task)
        return
    st.fragment(_progress, run_every=LOOK_S)(task_id)


def _progress(task_id: str) -> None:
    task = shell.store().runs.get(task_id)
    if task.status.is_final:
        st.rerun()
    phase = str(task.progress.get("phase", "")) or "waiting for its turn"
    st.markdown(f"**{words.plain(task.name)}** :gray[{words.plain(phase)}]")
    st.progress(float(task.progress.get("share", 0.0)))
    st.caption("Loading takes about five seconds; the test depends on the size of the network and the data.")
    st.button("Stop", icon=":material/stop:", key="bring_stop", on_click=_stop, args=(task_id,))


def _stop(task_id: str) -> None:
    with shell.remember():
        shell.store().runs.stop(task_id, owner.actor())


def _end(task: Run) -> None:
    for key in (_TASK, _TAKEN):
        st.session_state.pop(key, None)
    if task.status is Status.SUCCEEDED:
        st.query_params["run"] = task.summary["run"]
        st.rerun()
    said = task.error or ("It was stopped." if task.status is Status.STOPPED else "It ended without a result.")
    st.error(shell.told(said), icon=":material/error:")
    st.button("Choose a file again", icon=":material/refresh:", key="bring_again")
