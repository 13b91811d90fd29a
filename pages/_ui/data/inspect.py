"""Inspect a data set: its examples, statistics and faults."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from core.analysis.data.check import DataCheck
from core.analysis.data.duplicates import Pair
from core.analysis.data.findings import TRUSTED_VOTE, findings
from core.analysis.data.label_check import Suspect
from core.analysis.data.outliers import Outlier
from core.datasets import Dataset, Prepared, list_datasets
from core.datasets.dataset import prepared_folder
from core.datasets.features import Vector
from core.datasets.prepared import is_checked, is_prepared
from core.errors import DatasetError
from core.figures.data import draw_balance, draw_histogram, draw_points
from core.figures.names import BELOW
from core.figures.pictures import grey_picture
from core.jobs import ensure_checked, ensure_foreman, ensure_prepared
from core.names import shortened
from core.runs.examples.marks import DataVersion, corrections_of, marks_of
from core.runs.visible import open_seen
from core.schedule.split import evenly_spread
from core.store import Run, Status
from pages._ui.components.charts.chart import chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.data.catalog import train_links
from pages._ui.data.sequences import know_sequences
from pages._ui.data.tables import know_table
from pages._ui.inside.images.marking import draw_mark_dialog, draw_train_marks, open_mark
from pages._ui.shell import owner, shell, words

LOOK_AGAIN_S = 0.5
MOST_POINTS = {"train": 1_000, "test": 250}  # drawn at most
PER_PAGE = 60
ICONS = {"good": ":material/check_circle:", "look": ":material/visibility:", "bad": ":material/warning:"}
PARTS = {"train": "training", "test": "test"}
WIDTH, OPEN_WIDTH = 64, 280  # pixels of a picture on the page
_OPENED = "know_index"  # the number of the opened image; in the link too


def know_data(dataset_id: str) -> None:
    """Draw the choice of a data set and everything known about it."""
    settings = shell.store().settings
    here = {k: d for k, d in list_datasets(settings, owner.actor()).items() if not d.problem}
    is_here = dataset_id in here
    if not is_here:
        st.warning(f"There is no data set '{words.plain(dataset_id)}' that you may see.", icon=":material/link_off:")
    st.selectbox(
        "Data",
        list(here),
        list(here).index(dataset_id) if is_here else None,
        format_func=lambda key: here[key].title,
        key=f"know_{dataset_id}",
        on_change=_choose,
        args=(f"know_{dataset_id}",),
        placeholder="Choose data",
    )
    if not is_here:
        return
    dataset = here[dataset_id]
    with shell.guard():
        if not is_prepared(settings, dataset_id):
            _wait_for(ensure_prepared(shell.store(), dataset_id), dataset_id)
            return
        with st.container(horizontal=True, key="know_train"):
            train_links(dataset)
        data = open_seen(settings, dataset_id, owner.actor())
        sizes = f"{len(data.y_train):,} training images, {len(data.y_test):,} test images, "
        sizes += f"{data.spec.num_classes} classes. "
        st.markdown(f"{sizes if data.spec.is_image else ''}{words.plain(dataset.split)}")
        st.caption(
            f"Source: {words.plain(dataset.source)}; licence: {words.plain(dataset.licence)}. Version {data.version}."
        )
        if isinstance(data.spec.features, Vector):
            if data.spec.features.is_point:
                _plane(data)
            else:
                know_table(data, data.spec.features)
            return
        if not data.spec.is_image:
            know_sequences(data)
            return
        if not is_checked(settings, dataset_id):
            _browse(data)
            _wait_for(ensure_checked(shell.store(), dataset_id), dataset_id)
            return
        check = _load(dataset_id)
        if check is None:
            _wait_for(ensure_checked(shell.store(), dataset_id), dataset_id)
            return
        _findings(check)
        _browse(data)
        _statistics(check)
        _repeats(check, data)
        _unusual(check, data)
        _labels(check, data)
        _marked(dataset, data)


def _load(dataset_id: str) -> DataCheck | None:
    """Return the findings; delete them and return None if they are damaged or in another version's format."""
    place = prepared_folder(shell.store().settings, dataset_id)
    try:
        return DataCheck.load(place)
    except DatasetError:
        (place / "check.json").unlink(missing_ok=True)
        return None


def _choose(key: str) -> None:
    st.query_params["dataset"] = st.session_state[key]
    _close()


def _wait_for(task: Run | None, dataset_id: str) -> None:
    """Show the progress of the task that prepares or checks the data."""
    if task is None:
        st.rerun()
    else:
        is_over = task.status.is_final
        st.fragment(_wait, key="know_wait", run_every=None if is_over else LOOK_AGAIN_S)(task.id)


def _wait(task_id: str) -> None:
    with shell.guard():
        _show_progress(task_id)


def _show_progress(task_id: str) -> None:
    task = shell.store().runs.get(task_id)
    if task.status in (Status.FAILED, Status.LOST):
        st.error(f"The task failed. {shell.told(task.error)}", icon=":material/error:")
    elif task.status.is_final:
        st.rerun()
    else:
        ensure_foreman(shell.store().settings)
        what = "Checking for faults" if task.kind == "check" else "Preparing the data"
        phase = str(task.progress.get("phase", "waiting in the queue"))
        st.progress(
            float(task.progress.get("share", 0.0)), text=f"{what}: {words.plain(phase[:1].lower() + phase[1:])}"
        )


def _findings(check: DataCheck) -> None:
    st.subheader("What to know")
    found = findings(check)
    for finding in found:
        if finding.severity != "good":
            st.markdown(f"{ICONS[finding.severity]} {words.plain(finding.sentence)}")
    good = " ".join(words.plain(finding.sentence) for finding in found if finding.severity == "good")
    if good:
        st.markdown(f"{ICONS['good']} {good}")


def _plane(data: Prepared) -> None:
    """Draw training and test points in the plane."""
    st.subheader("Where the points are")
    parts = ((getattr(data, f"x_{part}"), most) for part, most in MOST_POINTS.items())
    few = [points[evenly_spread(np.arange(len(points)), most)] for points, most in parts]
    chart(draw_points(*few), key="know_plane", alt="Training and test points in their plane")
    shown = f"Showing {len(few[0]):,} training points and {len(few[1]):,} test points."
    st.caption(f"{shown} A good generator covers the same regions, all of them.")


# Browsing images


def _browse(data: Prepared) -> None:
    st.subheader("Browse the images")
    classes = data.spec.classes
    left, middle, right = st.columns([1, 2, 1])
    part = left.segmented_control(
        "Part",
        list(PARTS),
        default="train",
        format_func=PARTS.get,
        key="know_part",
        required=True,
        bind="query-params",
    )
    chosen = middle.selectbox(
        "Class",
        [None, *range(len(classes))],
        format_func=lambda c: "(all classes)" if c is None else classes[c],
        key="know_class",
    )
    y = getattr(data, f"y_{part or 'train'}")
    rows = np.arange(len(y)) if chosen is None else np.flatnonzero(np.asarray(y) == chosen)
    pages = max(1, -(-len(rows) // PER_PAGE))
    page = right.number_input(f"Page of {pages:,}", 1, pages, 1, key=f"know_page_{data.id}_{part}_{chosen}")
    found = st.text_input(
        "Find by number",
        key=_OPENED,
        max_chars=9,
        placeholder=f"0 to {len(y) - 1}",
        help="The number below each image.",
        bind="query-params",
    )
    shown = rows[(page - 1) * PER_PAGE : page * PER_PAGE]
    if found.strip():
        if found.strip().isdecimal() and int(found) < len(y):
            _open(data, (part or "train", int(found)))
            return
        st.warning(f"There is no image '{words.plain(found)}'. Numbers run from 0 to {len(y) - 1:,}.")
    if not len(shown):
        st.caption("This part has no image of this class.")
        return

    def pick(place: int) -> None:
        st.session_state[_OPENED] = str(shown[place])

    _show(data, [(part or "train", int(row)) for row in shown], "know_images", on_pick=pick)


def _open(data: Prepared, place: tuple[str, int]) -> None:
    """Show one image large; the page's link opens it."""
    _show(data, [place], "know_images", width=OPEN_WIDTH)
    st.button("All images", icon=":material/arrow_back:", key="know_all", type="tertiary", on_click=_close)


def _close() -> None:
    st.session_state[_OPENED] = ""


def _show(
    data: Prepared,
    places: Sequence[tuple[str, int]],
    key: str,
    below: Sequence[str] = (),
    *,
    width: int = WIDTH,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Show images with class and number below each."""
    texts = below or [f"{_below(data, place)}\n#{place[1]}" for place in places]
    shown = [
        grey_picture(getattr(data, f"x_{part}")[row], f"{PARTS[part]} image {row}: {_label(data, (part, row))}")
        for part, row in places
    ]
    pictures(shown, key=key, below=texts, width=width, on_pick=on_pick)


def _label(data: Prepared, place: tuple[str, int]) -> str:
    part, row = place
    return data.spec.classes[int(getattr(data, f"y_{part}")[row])]


def _below(data: Prepared, place: tuple[str, int]) -> str:
    return shortened(_label(data, place), BELOW)


# Statistics


def _statistics(check: DataCheck) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Images per class")
        figure = draw_balance(check.classes, check.train_counts, check.test_counts)
        chart(figure, key="know_balance", alt=_balance_words(check))
    with right:
        st.subheader("Pixel brightness")
        alt = "Share of pixels at each brightness, in training and test images"
        chart(draw_histogram(check.histograms), key="know_histogram", alt=alt)
    st.subheader("The average image")
    st.caption("Top: the mean of the training images. Bottom: their standard deviation, dark where all are alike.")
    names = ("all", *check.classes)[:13]
    for what, images, key in (
        ("mean", check.mean_images, "know_mean"),
        ("spread", check.deviation_images, "know_spread"),
    ):
        shown = [grey_picture(image, f"{what} of {name}") for name, image in zip(names, images, strict=False)]
        pictures(shown, key=key, below=[shortened(name, BELOW) for name in names], width=WIDTH)


def _balance_words(check: DataCheck) -> str:
    counts = zip(check.classes, check.train_counts, check.test_counts, strict=True)
    return "Training and test images of each class: " + ", ".join(
        f"{name} {train} and {test}" for name, train, test in counts
    )


# What may be wrong


def _repeats(check: DataCheck, data: Prepared) -> None:
    st.subheader("Repeated images")
    st.caption("A test image that also occurs in training makes the test result too good.")
    kinds = {
        "In training and test": ("between", "between"),
        "Within training": ("train", "train"),
        "Within test": ("test", "test"),
        "Same image, two labels": ("conflicts", "conflicts"),
    }
    found = {
        f"{title}: {getattr(check.exact, exact).count + getattr(check.near, near).count:,}": (exact, near)
        for title, (exact, near) in kinds.items()
    }
    chosen = st.segmented_control(
        "Repeated",
        list(found),
        default=next(iter(found)),
        key="know_repeats",
        required=True,
        label_visibility="collapsed",
    )
    exact, near = found.get(chosen or "", ("between", "between"))
    pairs = [*getattr(check.exact, exact).shown, *getattr(check.near, near).shown][:24]
    if not pairs:
        st.caption("None found.")
        return
    places = [place for pair in pairs for place in ((pair.part, pair.row), (pair.other_part, pair.other_row))]
    _show(data, places, "know_pairs", [text for pair in pairs for text in _pair_words(pair, check.classes)])


def _pair_words(pair: Pair, classes: Sequence[str]) -> tuple[str, str]:
    same = "equal" if not pair.difference else f"differs by {pair.difference:.1f}"
    return (
        f"{shortened(classes[pair.label], BELOW)}\n{PARTS[pair.part]} {pair.row}",
        f"{shortened(classes[pair.other_label], BELOW)}, {same}\n{PARTS[pair.other_part]} {pair.other_row}",
    )


def _unusual(check: DataCheck, data: Prepared) -> None:
    st.subheader("Unusual images")
    for title, outliers, key in (
        ("Much brighter or darker than their class", check.brightness, "know_bright"),
        ("Almost one colour", check.empty, "know_empty"),
        ("Unusual size before resizing", check.train_sizes, "know_sizes"),
    ):
        if outliers is None:
            continue
        st.markdown(f"**{title}:** {outliers.count:,}")
        if outliers.shown:
            _show(data, [_place(outlier) for outlier in outliers.shown[:12]], key)


def _place(outlier: Outlier) -> tuple[str, int]:
    return outlier.part, outlier.row


def _labels(check: DataCheck, data: Prepared) -> None:
    found = check.labels
    st.subheader("Labels to review")
    st.markdown(
        f"A vote of the {found.neighbours} most similar images predicts {words.percent(found.accuracy)} of "
        f"{found.checked:,} training labels correctly. Where the neighbours agree on another class, the label may be "
        f"wrong: {found.count:,} labels, most suspicious first, each with its five neighbours."
    )
    if found.accuracy < TRUSTED_VOTE:
        st.caption("The vote is often wrong for this data set, so most of these labels are probably correct.")
    if found.suspects:
        st.caption("Choose one whose label is wrong and say what is right, to train without the mistake.")
    for suspect in found.suspects[:8]:
        _suspect(suspect, data)


def _marked(dataset: Dataset, data: Prepared) -> None:
    """Draw the training examples that the visitor has marked, with links to train on what is right."""
    version = DataVersion(data.id, data.version)
    if marks := marks_of(shell.store(), version, "train", owner.actor()):
        draw_train_marks(version, data, marks)
        with st.container(horizontal=True, key="know_train_corrected"):
            train_links(dataset, corrections_of(shell.store(), version, owner.actor()))
    draw_mark_dialog(version)


def _suspect(suspect: Suspect, data: Prepared) -> None:
    classes = data.spec.classes
    places = [("train", suspect.row), *(("train", int(row)) for row in suspect.neighbours)]
    says, looks = (shortened(classes[label], BELOW) for label in (suspect.label, suspect.suggested))
    texts = [f"says {says}\nlooks {looks}", *(f"{_below(data, place)}\n#{place[1]}" for place in places[1:])]
    rows, version = [row for _, row in places], DataVersion(data.id, data.version)
    _show(
        data,
        places,
        f"know_suspect_{suspect.row}",
        texts,
        on_pick=lambda place: open_mark(version, "train", rows[place]),
    )
