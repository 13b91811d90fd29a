"""The view Clamp: the network writes on twice, as it is and with a part of one unit held; and is it copying?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.copying import ORDER, Copied, by_counting, find_copied
from core.datasets.access import Viewer
from core.datasets.features import Tokens
from core.datasets.prepared import is_prepared
from core.layers.memory import PARTS, memories
from core.names import MINUS
from core.runs.visible import examples_seen
from pages._ui.components.memory.tinted import Tinted, tinted
from pages._ui.inside.files import offer
from pages._ui.inside.links import choose_linked
from pages._ui.inside.memory.sequence import LAYER, PART, TITLES, chosen_unit, keep_chosen
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import privacy, shell

HEIGHT, DEADLINE_S = 420, 90.0
LONGEST, LEARNED = 60, 2_000_000  # pieces shown as they are; learned tokens that are searched
FREE, HELD = "As it is", "With the clamp"


@dataclass(frozen=True)
class Held:
    """What is held, and how it is written."""

    layer: str
    what: str
    unit: int
    value: float
    count: int
    temperature: float
    seed: int


@dataclass(frozen=True, eq=False)
class Answer:
    """Both texts with their values, and what of them stands in the training text."""

    found: Arrays
    copied: dict[str, Copied]


def draw_clamp(inside: Inside) -> None:
    """Draw what is held, and both texts."""
    if not inside.sees:
        privacy.say("What it writes is")
        return
    example = inside.example
    if example is None or not example.any():
        st.info("Give the network a text on the left: it writes on from there.")
        return
    held = _choose(inside)
    prompt = example[int(np.argmax(example != 0)) :]
    inside.follow(
        "clamped",
        partial(_ask, inside, inside.asker(DEADLINE_S), privacy.viewer(inside.run), prompt, held),
        partial(_show, inside, prompt, held),
        given=tuple(vars(held).values()),
        height=HEIGHT,
        is_private=has_sample(inside.run.dataset),
    )


def _ask(inside: Inside, ask: Any, viewer: Viewer, prompt: np.ndarray, held: Held) -> Answer:
    """Let it write both texts and look for them in what it learned, in another thread."""
    given = np.zeros(inside.network.input_shape, inside.network.dtype)
    found = ask("clamped", given, prompt=prompt, **vars(held))
    return Answer(found, _copied(inside, viewer, {FREE: found["free"], HELD: found["clamped"]}))


def _choose(inside: Inside) -> Held:
    """Draw the controls."""
    run, kinds = inside.run, memories(inside.network)
    with st.container(horizontal=True, vertical_alignment="bottom", key="memory_controls"):
        layer = choose_linked(LAYER, "Layer", list(kinds), next(iter(kinds)), run=run, width=140, help=_LAYER)
        parts = list(PARTS[kinds[layer]])
        first = "cell" if "cell" in parts else parts[0]
        what = choose_linked(PART, "Hold", parts, first, says=TITLES.__getitem__, run=run, width=160, help=_HOLD)
        unit = _choose_unit(inside, layer)
        is_gate = what not in ("cell", "hidden", "candidate")
        low, high = (0.0, 1.0) if is_gate else (-10.0, 10.0) if what == "cell" else (-1.0, 1.0)
        value = st.slider("At", low, high, low, 0.05, key=f"clamp_value_{run.id}_{what}", help=_VALUE, width=200)
    with st.container(horizontal=True, vertical_alignment="bottom", key="memory_how"):
        count = st.slider("Characters", 50, 600, 200, 50, key="clamp_count", width=200, help="How much it writes.")
        temperature = st.slider("Temperature", 0.1, 2.0, 0.6, 0.1, key="clamp_temperature", width=200, help=_BOLD)
        seed = st.number_input("Seed", 0, 10_000, 0, key="clamp_seed", width=110, help="Same seed, same draws.")
    return Held(layer, what, unit, float(value), int(count), float(temperature), int(seed))


_LAYER = "The recurrent layer of the unit."
_HOLD = "What is held from the end of the prompt on. Cell: what it keeps. A gate at 0 is shut, at 1 open."
_VALUE = "The value it is held at. Near what it has anyway: little changes."
_BOLD = "How bold it draws. Low: the likeliest, it repeats itself. High: varied, with more mistakes."


def _choose_unit(inside: Inside, layer: str) -> int:
    units = next(int(spec.kwargs["units"]) for spec in inside.network.specs if spec.name == layer)
    unit = chosen_unit(inside, units)
    key = f"clamp_unit_{inside.run.id}_{units}_{unit}"
    help = "One of its units. The view Memory says which follow what."
    chosen = int(st.number_input("Unit", 1, units, unit + 1, key=key, width=110, help=help))
    keep_chosen(chosen - 1)
    return chosen - 1


def _show(inside: Inside, prompt: np.ndarray, held: Held, answer: Answer) -> None:
    features, found, copied = inside.dataset.spec.features, answer.found, answer.copied
    assert isinstance(features, Tokens)
    texts = {FREE: found["free"], HELD: found["clamped"]}
    pieces = {title: list(features.signs(tokens)) for title, tokens in texts.items()}
    apart = np.flatnonzero(found["free"] != found["clamped"])
    name, at = f"{TITLES[held.what].lower()} of unit {held.unit + 1}", f"{held.value:g}".replace("-", MINUS)
    if len(apart):
        st.markdown(f"With the {name} held at {at}, the text changes **from character {apart[0] + 1:,} on**.")
    else:
        st.markdown(f"With the {name} held at {at}, **nothing changes** in {held.count:,} characters.")
    values = {FREE: found["free_values"], HELD: found["clamped_values"]}
    tinted(
        [
            Tinted(pieces[title], values[title], title, marks=_marks(copied.get(title), len(pieces[title])))
            for title in texts
        ],
        key=f"clamp_text_{inside.run.id}",
        legend=f"Coloured by the {name}: orange above 0, blue below, at each character as it was drawn. "
        "Underlined: the longest piece that stands word for word in the training text.",
        is_beside=True,
    )
    st.caption(f"Both go on from the same prompt, {len(prompt):,} characters, with the same draws.")
    offer(inside, "clamped", numbers=found, table=partial(_table, pieces, values), key="clamped")
    if copied:
        _say_copied(copied, pieces)


def _marks(copied: Copied | None, count: int) -> np.ndarray:
    places = np.arange(count)
    none = np.zeros(count, bool)
    return none if copied is None else (places >= copied.start) & (places < copied.start + copied.length)


def _table(pieces: dict[str, list[str]], values: dict[str, np.ndarray]) -> pd.DataFrame:
    free, held = (title for title in pieces)
    return pd.DataFrame(
        {"as_it_is": pieces[free], "value": values[free], "clamped": pieces[held], "clamped_value": values[held]}
    )


def _copied(inside: Inside, viewer: Viewer, texts: dict[str, np.ndarray]) -> dict[str, Copied]:
    """Return what of each text stands in the training text, and of others to compare with; {} without the data."""
    if not is_prepared(shell.store().settings, inside.run.dataset):
        return {}
    data, count = examples_seen(shell.store(), inside.run, viewer), max(map(len, texts.values()))
    learned = np.asarray(data.x_train[: max(1, LEARNED // data.x_train.shape[1])]).ravel()
    unseen = np.asarray(data.x_test[: -(-count // data.x_test.shape[1])]).ravel()[:count]
    others = {"Unseen text": unseen, f"Counting, {ORDER}-grams": by_counting(learned, count, 0)}
    return {title: find_copied(tokens, learned) for title, tokens in (texts | others).items()}


def _say_copied(copied: dict[str, Copied], pieces: dict[str, list[str]]) -> None:
    """Say how long the longest piece is that was learned by heart, beside texts that were not written by it."""
    st.markdown("**Is it copying?**")
    own = copied[FREE]
    text = "".join(pieces[FREE][own.start : own.start + own.length]).replace("\n", "⏎").replace("  ", "␣␣")
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    usual = copied["Unseen text"].length
    verdict = "No longer than in text that it never saw" if own.length <= usual else "Longer than in unseen text"
    st.markdown(f"The longest piece as it stands in the training text has **{own.length:,} characters**. {verdict}.")
    if shown:
        st.code(shown, language=None, wrap_lines=True)
    rows = {
        "Text": list(copied),
        "Longest": [one.length for one in copied.values()],
        "Median": [float(np.median(one.lengths)) for one in copied.values()],
        "90 %": [float(np.quantile(one.lengths, 0.9)) for one in copied.values()],
    }
    st.dataframe(rows, hide_index=True, key="copied", alt="How long the pieces are that stand in the training text")
    st.caption("Of each place the length of the longest piece from there that stands in the training text.")
