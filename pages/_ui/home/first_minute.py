"""The first minute on Home: draw a digit, watch a network read it, train your own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from core.analysis.classifier.snapshots import tell_snapshots
from core.datasets import DEFAULT_DATASET
from core.datasets.images.drawings import as_input
from core.errors import ProbeAwayError
from core.families import FAMILIES, Family, find_family
from core.figures.colours import RUNS
from core.figures.network.tiles import draw_feature_maps
from core.figures.pictures import Picture, grey_picture
from core.jobs import submit_training
from core.runs.demo_run import FAMILY, ensure_demo_run
from core.runs.estimate import load_of, read_speed
from core.runs.visible import open_seen
from core.store import Run, Status
from core.store.metrics import Snapshot
from core.store.records import SERVER
from pages._ui.components.drawing.canvas import canvas, drawn
from pages._ui.components.pictures.filters import MAPS, filters, first_layer
from pages._ui.components.pictures.pictures import pictures
from pages._ui.components.pictures.reading import Voice, reading
from pages._ui.home import my_network
from pages._ui.inside.links import ICON, PAGE
from pages._ui.probe.queries import ask_snapshot, ask_snapshots
from pages._ui.runs.curves import draw_curves
from pages._ui.runs.follow import follow
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import ADD, LIVE, RESULTS, studio_page, studio_views
from pages._ui.studio import training

CANVAS = "home_canvas"
DEMO, MINE = "Demo network", "Your network"
DEMO_COLOR, MINE_COLOR = RUNS[:2]
NAME = "Digit reader"
PULSE_S = 1.0  # between updates while a shown network is still learning
AGAIN_MS = 500  # before the browser sends an unanswered drawing again
PATIENCE_S = 0.35  # longest wait for the answers of earlier snapshots
SEEDS = 10_000
_NEXT = "next"  # anchor of the next steps
MAPS_WIDTH = 208  # CSS pixels; three of them stand side by side

# On a phone, Train and then the progress stand in a bar at the bottom, so that the canvas and its answer come first.
_STYLE = """<style>.st-key-drawing_filters { min-height: 470px; } .st-key-home_reading .foot { min-height: 104px; }
.st-key-drawing_maps { min-height: 130px; } .st-key-home_train { gap: 0.5rem; }
@media (max-width: 640px) { .st-key-drawing_filters { min-height: 230px; }
.st-key-first .reading .row { padding: 1px 0 0; } .st-key-first .reading .lane { height: 11px; }
.st-key-first .reading .lanes { gap: 1px; }
.st-key-first .reading .share { line-height: 11px; }
.st-key-first button, .st-key-ways button, .st-key-who_i_am button { min-height: 44px; }
.st-key-home_train, .st-key-home_done, .st-key-first .st-key-run_state:has(.st-key-run_stop) { position: fixed; left: 0;
  right: 0; bottom: 0; z-index: 90; width: auto; padding: 8px 16px; border-width: 1px 0 0; border-radius: 0;
  background: light-dark(#FAFAF7, #12171D); }
.st-key-home_train { flex-flow: row nowrap; align-items: center; justify-content: space-between; }
.st-key-home_done a { line-height: 44px; }
#next { scroll-margin-top: 5rem; }
.st-key-home_train > * { width: auto; } .st-key-home_train > :nth-child(2) { display: none; }
.st-key-first .pad.offering { grid-template-columns: minmax(0, 220px) 92px; }
.st-key-first [data-testid="stHorizontalBlock"] { gap: 0.75rem; }
.st-key-run_state:has(.st-key-run_stop) .st-key-run_head { flex-wrap: nowrap; }
.st-key-first .st-key-run_state:has(.st-key-run_stop) .st-key-run_head p { height: 1.5em; overflow: hidden; }
.st-key-run_state:has(.st-key-run_stop) [data-testid="stCaptionContainer"] { display: none; }
[data-testid="stMainBlockContainer"]:has(.st-key-home_train, .st-key-home_done, .st-key-run_stop) {
  padding-bottom: 92px; } }
@media (min-width: 641px) { .st-key-home_done { display: none; } }</style>"""


@dataclass(frozen=True)
class Network:
    """A run whose network reads drawings.

    Args:
        run: The run.
        title: Its name on Home.
        color: CSS colour of its bars.
        snapshots: Its snapshots, oldest first.
    """

    run: Run
    title: str
    color: str
    snapshots: Sequence[Snapshot]

    @property
    def step(self) -> int:
        """Step of the newest snapshot."""
        return self.snapshots[-1].step


@dataclass(frozen=True)
class Read:
    """The answer to a drawing.

    Args:
        network: The network whose feature maps are shown.
        answer: Its named arrays; None if it was not asked.
        is_whole: Whether every query was answered.
    """

    network: Network
    answer: Mapping[str, np.ndarray] | None
    is_whole: bool


def first_minute() -> bool:
    """Draw canvas, answers and training; return whether training has ended and next steps are shown."""
    shell.say()
    demo, found = ensure_demo_run(shell.store()), my_network.candidates()
    mine = my_network.chosen(found)
    is_learning = any(run is not None and not run.status.is_final for run in (demo, mine))
    is_trained = mine is not None and mine.status.is_final
    st.html(_STYLE)
    with st.container(key="first"):
        left, right = st.columns([72, 28], gap="large")
        with left:
            play = st.fragment(_play, run_every=PULSE_S if is_learning else None, key="play")
            play(demo.id, mine and mine.id, is_learning=is_learning)
        with right:
            if mine is not None:
                my_network.draw_choice(found, mine)
            _mine(find_family(FAMILY), mine)
    return is_trained


def _snapshots(run: Run) -> list[Snapshot]:
    return shell.store().metrics.snapshots(run.id)


# Draw, and show the answers


def _play(demo_id: str, mine_id: str | None, *, is_learning: bool) -> None:
    """Draw the canvas and the networks' answers; the body of a fragment."""
    with shell.guard():
        runs = shell.store().runs
        demo, mine = runs.get(demo_id), runs.get(mine_id) if mine_id else None
        if is_learning and all(run is None or run.status.is_final for run in (demo, mine)):
            st.rerun()  # there is nothing left to wait for
        networks = [Network(demo, DEMO, DEMO_COLOR, _snapshots(demo))]
        networks += [Network(mine, MINE, MINE_COLOR, _snapshots(mine))] if mine else []
        paper, answer, inside = st.columns([250, 222, 312], gap="medium")
        pad = drawn(CANVAS)
        image = None if pad.ink is None else _image(pad.ink)
        read = Read(networks[0], None, True)
        with answer, shell.guard():
            read = _read(networks, image, pad.number, pad.is_down)
        with paper:
            canvas(
                key=CANVAS,
                seen=pad.number,
                label="Draw a digit here; with the keyboard, choose one of the digits below",
                hint="Draw a digit, 0 to 9",
                samples=_samples(),
                again_ms=None if read.is_whole else AGAIN_MS,
            )
        with inside, st.container(key="drawing_filters"):
            _filters(read)
        with st.container(key="drawing_maps"):
            _deeper_maps(read)


def _image(ink: np.ndarray) -> np.ndarray:
    data = shell.dataset(DEFAULT_DATASET)
    return as_input(ink, data.spec, is_centred=data.is_centred)


def _read(networks: Sequence[Network], image: np.ndarray | None, number: int, is_down: bool) -> Read:
    """Show the networks' answers to an image; return the feature maps to draw."""
    classes, key = shell.dataset(DEFAULT_DATASET).spec.classes, "home_reading"
    told = next((net for net in reversed(networks) if net.run.status.is_final and net.snapshots), None)
    answers: dict[str, Mapping[str, np.ndarray]] = {}
    earlier: np.ndarray | None = None
    is_whole, note = True, ""
    if image is not None:
        try:
            answers = _answers(networks, image)
            if told and not is_down:
                steps = [snapshot.step for snapshot in told.snapshots]
                earlier = ask_snapshots(shell.store(), told.run, steps, image, patience_s=PATIENCE_S)
                is_whole = earlier is not None
        except ProbeAwayError:
            is_whole, note = False, f"The process that reads drawings is {shell.probe_state()}."
    if told is not None and earlier is not None:
        note = tell_snapshots([snapshot.step for snapshot in told.snapshots], earlier, classes)
    voices = [
        _voice(net, answers.get(net.title), earlier if net is told else None, len(classes), image is not None)
        for net in networks
    ]
    identity = f"{number} {[net.run.id for net in networks]}"
    reading(voices, classes, key=key, number=number, identity=identity, note=note)
    seen = told or networks[0]
    return Read(seen, answers.get(seen.title), is_whole)


def _answers(networks: Sequence[Network], image: np.ndarray) -> dict[str, Mapping[str, np.ndarray]]:
    """Return each network's arrays for an image, by the network's title."""
    store, me = shell.store(), owner.actor()
    return {
        net.title: ask_snapshot(store, net.run, net.step, "feature_maps", image, actor=me)
        for net in networks
        if net.snapshots
    }


def _voice(
    net: Network, answer: Mapping[str, np.ndarray] | None, earlier: np.ndarray | None, classes: int, is_drawn: bool
) -> Voice:
    if answer is None:
        return Voice(net.title, net.color, [], np.empty((0, classes)), _silence(net, is_drawn))
    if earlier is None:
        return Voice(net.title, net.color, [_called(net, net.step)], answer["probabilities"][None])
    return Voice(net.title, net.color, [_called(net, snapshot.step) for snapshot in net.snapshots], earlier)


def _called(net: Network, step: int) -> str:
    if step == 0:
        return "untrained"
    return "at the end" if net.run.status.is_final and step == net.step else f"after step {step:,}"


def _silence(net: Network, is_drawn: bool) -> str:
    """Return why a network has no answer."""
    progress, status = net.run.progress, net.run.status
    if status is Status.QUEUED:
        return "is waiting for its turn"
    if not net.snapshots:
        return "is about to learn" if not status.is_final else words.state(net.run, shell.queue)
    if not status.is_final and progress.get("total_steps"):
        return f"learning, step {progress.get('step', 0):,} of {progress['total_steps']:,}"
    return "is thinking" if is_drawn else "is ready"


def _filters(read: Read) -> None:
    """Draw the kernels of the first layer and their maps."""
    if read.network.snapshots:
        label = "Open it: every layer, down to the arithmetic"
        if st.button(label, icon=ICON, key="home_open", type="tertiary"):
            st.switch_page(PAGE, query_params={"run": read.network.run.id})
    if read.answer is None:
        st.caption("Draw to see what each filter of the network finds in your drawing.")
        return
    whose = "your" if read.network.title == MINE else "the demo"
    st.caption(f"Inside {whose} network, its first layer")
    filters(read.answer, shell.dataset(DEFAULT_DATASET).spec, key="home_filters", what="your drawing")


def _deeper_maps(read: Read) -> None:
    """Draw the feature maps of the convolutions after the first."""
    first = first_layer(read.answer or {})
    maps = {key: array for key, array in (read.answer or {}).items() if key.startswith(f"{MAPS}conv")}
    maps.pop(f"{MAPS}{first}", None)
    if maps:
        st.caption("Deeper layers combine them into larger patterns")
        pictures(draw_feature_maps(maps, shell.dataset(DEFAULT_DATASET).spec), key="home_maps", width=MAPS_WIDTH)


def _samples() -> list[Picture]:
    """Return one test digit per class, for visitors who cannot draw; none before the data is prepared."""
    return _sample_digits() if has_sample(DEFAULT_DATASET) else []


@st.cache_data(max_entries=1, show_spinner=False)
def _sample_digits() -> list[Picture]:
    data = open_seen(shell.store().settings, DEFAULT_DATASET, SERVER)
    labels = np.asarray(data.y_test)
    rows = [int(np.flatnonzero(labels == label)[0]) for label in range(data.spec.num_classes)]
    return [
        grey_picture(np.array(data.x_test[row]), f"A handwritten {name}")
        for row, name in zip(rows, data.spec.classes, strict=True)
    ]


# Train, and the next steps


def _mine(family: Family, run: Run | None) -> None:
    if run is None:
        with st.container(border=True, key="home_train"):
            st.markdown("**Now teach one yourself.**")
            st.markdown(f"{_what_it_takes(family)} Watch it learn, then let it read your digits.")
            _train_button("Train", "primary")
        return
    follow(run, show=_accuracy, has_menu=False)
    if not run.status.is_final:
        _while_it_trains(run)
        return
    accuracy = run.summary.get("test_accuracy_last")
    reads = f"It reads {words.percent(accuracy)} of unseen digits correctly. " if accuracy is not None else ""
    with st.container(border=True, key="home_done"):
        st.markdown(f"{reads or f'{words.state(run, shell.queue)}. '}[What next?](#{_NEXT})")
    with st.container(key="home_next"):
        st.html(f"<span id='{_NEXT}'></span>")
        st.markdown(f"{reads}**Now draw one:** your network answers beside the demo network. Then:")
        _steps(run)


def _accuracy(run: Run) -> None:
    draw_curves([run], metric="accuracy")


def _while_it_trains(run: Run) -> None:
    if run.status is Status.QUEUED and shell.queue().wait(run).ahead:
        st.caption("Meanwhile, draw for the demo network, which is already trained.")
    else:
        st.caption("Draw while it learns: both networks read the same digit, and you see yours improve.")


def _what_it_takes(family: Family) -> str:
    """Return what a run on the digits does and how long it takes."""
    spec, config = shell.dataset(DEFAULT_DATASET).spec, family.presets[family.default_preset].config
    found = read_speed(shell.store()).estimate(load_of(family, config, spec))
    return f"A small CNN learns from {spec.train_size:,} handwritten digits in about {words.about(found.seconds)}."


def _train_button(label: str, kind: Any) -> None:
    st.button(label, type=kind, icon=":material/play_arrow:", key="home_train_button", on_click=_train)


def _train() -> None:
    """Queue a run like the demo network's with a random seed; ignore a second click within `ONE_CLICK_S`."""
    newest = next(iter(my_network.candidates()), None)
    if newest is not None and time.time() - newest.created < training.ONE_CLICK_S:
        return
    with shell.remember():
        family = find_family(FAMILY)
        preset = family.presets[family.default_preset]
        config = replace(preset.config, seed=1 + secrets.randbelow(SEEDS))
        run = submit_training(shell.store(), family, config, DEFAULT_DATASET, owner.actor(), preset=preset, name=NAME)
        my_network.choose(run.id)


def _steps(run: Run) -> None:
    page, view, spec = studio_page(run.family), studio_views(str(run.family)).key, shell.dataset(DEFAULT_DATASET).spec
    makers = [family for family in FAMILIES.values() if family.makes_examples and family.takes(spec)]
    draw = "Let a network draw digits: "
    steps = [
        ("change", "Change one thing and train again", ":material/tune:", page, {"run": run.id, view: LIVE}),
        ("inside", "Look inside it", ICON, PAGE, {"run": run.id}),
        ("fails", "See where it fails", ":material/query_stats:", page, {"run": run.id, view: RESULTS}),
        *((maker.id, draw + words.a(maker.title), maker.icon, studio_page(maker.id), {}) for maker in makers),
        ("photos", "Teach it your own photos", ":material/add_a_photo:", "pages/data.py", {"data_view": ADD}),
        ("try", "Let others try it", ":material/qr_code_2:", "pages/try.py", {"run": run.id}),
    ]
    for name, label, icon, target, query in steps:
        if st.button(label, icon=icon, key=f"home_{name}", width="stretch"):
            st.switch_page(target, query_params=query)
    _train_button("Train another", "secondary")
