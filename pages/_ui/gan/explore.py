"""The Explore view of a GAN: its samples, how each is made, and paths between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.families.gan.config import GanConfig
from core.families.gan.noise import draw_noise
from core.figures.pictures import grey_picture
from core.store import Run
from pages._ui.components.pictures.pictures import pictures
from pages._ui.gan.classes import choose_class
from pages._ui.gan.latent_sliders import sliders_of
from pages._ui.gan.latent_walks import arithmetic_of, class_grid, plane_map, two_paths, walk_film
from pages._ui.gan.sample import one_sample
from pages._ui.gan.snapshot import GanSnapshot, shows_images
from pages._ui.runs.opened import HAND, STEP, link, linked
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import shell

SAMPLES = 24
WIDTH = 44  # CSS pixels of a sample, which is a button


@dataclass(frozen=True)
class Tool:
    """An operation on chosen samples.

    Args:
        title: Its name.
        sentence: What it shows.
        draw: Called with the snapshot and the chosen samples.
        letters: Names of the chosen samples; () if clicks on a sample cycle through none, plus and minus.
    """

    title: str
    sentence: str
    draw: Callable[..., None]
    letters: tuple[str, ...] = ()


ONE = Tool("One sample", "Click a sample: see its noise and layers, and if it is a copy.", one_sample, ("chosen",))
TOOLS = (
    ONE,
    Tool(
        "Sliders",
        "Move a sample along the directions of the noise that change it most. Click a sample to take another.",
        sliders_of,
        ("chosen",),
    ),
    Tool("Path", "From A to B in ten steps: in a straight line, and around the centre.", two_paths, ("A", "B")),
    Tool("Walk", "A film from A to B to C and back.", walk_film, ("A", "B", "C")),
    Tool("Plane", "The plane through three samples, which are three of its corners.", plane_map, ("A", "B", "C")),
    Tool("Arithmetic", "Click once to add a sample, twice to subtract it, three times for neither.", arithmetic_of),
)
GRID = Tool(
    "Classes", "The same noise for every class: each row is one style, each column a class.", class_grid, ("first",)
)


def explore(run: Run) -> None:
    """Draw the view."""
    instead = (
        "This GAN makes points, so there are no images to explore. **The plane** under Live shows everything "
        "at once: how G maps the noise, the points it makes, and D's score at every place."
    )
    if shows_images(run, instead):
        st.fragment(_explore, key="explore")(run)


def _explore(run: Run) -> None:
    with shell.guard():
        config = GanConfig.from_dict(run.config)
        hand = st.session_state.setdefault(f"_explore_{run.id}", _new_hand(run, config.seed))
        step = _step(run, hand)
        if step is None:
            return
        spec = shell.dataset(run.dataset).spec
        num_classes = config.num_classes(spec)
        classes = spec.classes if num_classes else ()
        label = _what_to_draw(run, hand, classes)
        snapshot = GanSnapshot(
            run, step, config, classes, draw_noise(config, num_classes, SAMPLES, hand["seed"], label)
        )
        tool = _tool([*TOOLS, GRID] if num_classes else TOOLS)
        st.caption(tool.sentence + _next_click(tool, hand))
        if not snapshot.follow_samples("sheet", snapshot.noise, partial(_sheet, snapshot, tool, hand), 150):
            return  # the probe cannot be asked
        if tool.letters:
            tool.draw(snapshot, *hand["slots"][: len(tool.letters)])
        else:
            tool.draw(snapshot, hand["signs"])


def _step(run: Run, hand: dict[str, Any]) -> int | None:
    """Return the step of the chosen snapshot; show why if there is none."""
    steps = [item.step for item in shell.store().metrics.snapshots(run.id)]
    if not steps:
        st.info("This run has no snapshot yet. Its samples appear here with the first one.")
        return None
    if not has_sample(run.dataset):
        st.info("This run's training images are not on this server, so nothing can be compared with them.")
        return None
    if not run.status.is_final:
        return _held_step(steps, hand)
    if len(steps) == 1:
        st.caption(f"After step {steps[0]:,}, its only snapshot.")
        return steps[0]
    return st.select_slider(
        "Snapshot (step)",
        steps,
        value=step if (step := next(iter(linked(run, STEP)), None)) in steps else steps[-1],
        key=f"explore_moment_{run.id}_{run.generation}",
        help="Which snapshot is shown. Too early: only noise. Too late: a GAN that may have collapsed.",
    )


def _held_step(steps: Sequence[int], hand: dict[str, Any]) -> int:
    """Return the step to show of a run in training; it stays until the visitor asks for the newest."""
    if hand["step"] not in steps:
        hand["step"] = steps[-1]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"After step {hand['step']:,}; training continues.", width="stretch")
        st.button(
            "Newest snapshot",
            icon=":material/update:",
            key="explore_newest",
            on_click=hand.update,
            kwargs={"step": None},
            help="Shows the newest snapshot. Early in a run: noise. Later: sharper images.",
        )
    return int(hand["step"])


def _new_hand(run: Run, seed: int) -> dict[str, Any]:
    """Return the initial choices, as the link has them: noise seed, samples, which letter is next, and signs."""
    held, slots = linked(run, HAND), [0, 1, 2]
    if len(held) == 4 and held[0] < 2**31 and len(set(held[1:])) == 3 and max(held[1:]) < SAMPLES:
        seed, *slots = held
    return {"step": None, "seed": seed, "slots": slots, "turn": 0, "signs": {0: 1, 1: -1, 2: 1}}


def _take(run: Run, hand: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> None:
    """In a callback: change what is looked at, and write it into the page's link."""
    change(hand)
    link(run, HAND, [hand["seed"], *hand["slots"]])


def _what_to_draw(run: Run, hand: dict[str, Any], classes: Sequence[str]) -> int | None:
    """Draw the choice of noise and class; return the class, or None for each in turn."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "New noise",
            icon=":material/casino:",
            key="explore_new",
            on_click=_take,
            args=(run, hand, _renew),
            help="Draw other samples from the same network. One sheet is too few to tell; a collapsed "
            "generator repeats itself over a few dozen.",
        )
        return choose_class(
            classes,
            f"explore_class_{run.id}",
            "The class that the generator is asked for. One class: shows how varied it is. Each in turn: shows whether "
            "it separates them.",
        )


def _renew(hand: dict[str, Any]) -> None:
    hand["seed"] += 1


def _tool(tools: Sequence[Tool]) -> Tool:
    titles = {tool.title: tool for tool in tools}
    chosen = st.segmented_control(
        "What to do with them",
        list(titles),
        default=ONE.title,
        required=True,
        key="explore_tool",
        help="One sample shows its details; the others need two or three samples and say which the next click chooses.",
    )
    return titles.get(str(chosen), ONE)


def _next_click(tool: Tool, hand: dict[str, Any]) -> str:
    many = len(tool.letters) > 1
    return f" The next click chooses **{tool.letters[hand['turn'] % len(tool.letters)]}**." if many else ""


def _sheet(snapshot: GanSnapshot, tool: Tool, hand: dict[str, Any], images: np.ndarray) -> None:
    """Draw the samples as buttons."""
    marks = dict(zip(hand["slots"], tool.letters, strict=False))
    if not tool.letters:
        marks = {index: "+" if sign > 0 else "\N{MINUS SIGN}" for index, sign in hand["signs"].items()}
    elif len(tool.letters) == 1:
        marks = dict.fromkeys(marks, "")
    pictures(
        [grey_picture(image, snapshot.name(index)) for index, image in enumerate(images)],
        key="explore_sheet",
        snapshot=str(snapshot.step),
        below=[f"{index + 1} {marks.get(index, '')}".strip() for index in range(len(images))],
        width=WIDTH,
        chosen=marks,
        on_pick=lambda index: _take(snapshot.run, hand, lambda held: _pick(held, len(tool.letters), index)),
    )


def _pick(hand: dict[str, Any], letters: int, index: int) -> None:
    if not letters:
        sign = {0: 1, 1: -1, -1: 0}[hand["signs"].pop(index, 0)]
        if sign:
            hand["signs"][index] = sign
    elif letters == 1:
        hand["slots"] = [index, *(other for other in hand["slots"] if other != index)][:3]
    elif index not in hand["slots"][:letters]:
        hand["slots"][hand["turn"] % letters] = index
        hand["turn"] += 1
