"""What a unit, channel or class looks for, beside the test examples that excite it most."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.features import Vector
from core.datasets.tables.columns import cells_of, say_cell
from core.figures.inside.learned import draw_row
from core.figures.pictures import grey_picture
from pages._ui.components.charts.chart import chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.files import by_place, offer
from pages._ui.inside.learned.chosen import affordable, asker, choose_layer, choose_unit, of_all, stages, unit_name
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.shell import words

SEARCHED, SHOWN = 1_000, 12
UPDATES, COST_OF_UPDATE = 160, 4  # gradients of four inputs, with a longer wait than for other questions
MADE, BESIDE = 168, 72  # CSS pixels
SEED = "inside_dream_seed"


def draw_unit(inside: Inside) -> None:
    """Draw the input that excites a unit most, and the test examples that do."""
    st.caption(
        f"The {inside.dataset.spec.features.noun} on the left was made by following the gradient until it excites the "
        "unit most; beside it stand the test examples that excite it most. Where they are alike, that is what it finds."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = choose_layer(inside, len(stages(inside)) - 1)
        unit = choose_unit(inside, layer)
        help_text = "Begins at other random inputs. What comes again and again is what the unit looks for."
        if st.button("Another start", icon=":material/casino:", key="inside_dream_again", help=help_text):
            st.session_state[SEED] = st.session_state.get(SEED, 0) + 1
    seed, ask, example = int(st.session_state.get(SEED, 0)), asker(inside), inside.example
    name = unit_name(inside, layer, unit)  # is part of the answer: the one before stays until the next is there
    updates, searched = affordable(inside, UPDATES, COST_OF_UPDATE), affordable(inside, SEARCHED)

    def made() -> tuple[str, Arrays]:
        return name, ask("visualised", layer=layer, unit=unit, seed=seed, updates=updates)

    def exciting() -> tuple[str, Arrays]:
        given = {} if example is None else {"examples": example[None]}
        return name, ask("exciting", layer=layer, unit=unit, count=searched, shown=SHOWN, **given)

    left, right = st.columns([30, 70])
    with left:
        of_all(inside).follow("made", made, partial(_draw_made, inside), given=(layer, unit, seed), height=250)
    with right:
        inside.follow("exciting", exciting, partial(_draw_exciting, inside), given=(layer, unit), height=250)


def _draw_made(inside: Inside, answer: tuple[str, Arrays]) -> None:
    name, found = answer
    value, begin = float(found["value"]), float(found["begin"])
    features, png = inside.dataset.spec.features, b""
    if isinstance(features, Vector):
        columns = [column for column in features.columns for _ in column.numbers]
        apart = [(v - c.mean) / c.spread for v, c in zip(found["made"], columns, strict=True)]
        chart(draw_row(features.names, np.array(apart)), key="inside_made", alt="The numbers that excite it most")
        with st.expander("Its numbers"):
            made = cells_of(features, found["made"][None])
            said = [say_cell(c, made[c.name][0]) for c in features.columns]
            st.dataframe({"column": list(made), "value": said}, hide_index=True, height=220)
    else:
        shown = grey_picture(found["made"], f"what {name} looks for")
        pictures([shown], key="inside_made", width=MADE)
        png = shown.png
    if value <= begin and value == 0:
        st.markdown(f"Nothing excites {name}: it is 0 for every input tried, so it is dead.")
    else:
        start = "a test example, as random inputs do not reach it," if found["from_test"] else "a random start"
        st.markdown(f"{_capital(name)} is at **{words.number(value)}** here; it was {words.number(begin)} for {start}.")
    table = partial(by_place, {"made": found["made"]}, inside.columns)
    offer(inside, "made", png=png, numbers=found, table=table, key="made")


def _draw_exciting(inside: Inside, answer: tuple[str, Arrays]) -> None:
    (name, found), spec = answer, inside.dataset.spec
    values, dead = found["values"], int((found["active"] == 0).sum())
    tail = f" {dead:,} of the {len(found['active']):,} in this layer are never above 0 here." if dead else ""
    given = f" The chosen input: {words.number(float(found['given'][0]))}." if len(found["given"]) else ""
    best = words.number(float(values[0]))
    st.markdown(f"{_capital(name)} is highest, of {len(found['all']):,} test {spec.kind}, at **{best}**.{given}{tail}")
    texts = [f"{row}: {words.number(float(value))}" for row, value in zip(found["rows"], values, strict=True)]
    if spec.is_image:
        shown = [
            grey_picture(image, f"test {row}") for image, row in zip(found["examples"], found["rows"], strict=True)
        ]
        pictures(shown, key="inside_exciting", below=texts, width=BESIDE)
    else:
        _table(inside, found)
    table = partial(pd.DataFrame, {"test row": found["rows"], "excites it to": values})
    offer(inside, "exciting", numbers=found, table=table, key="exciting")


def _table(inside: Inside, found: Arrays) -> None:
    columns = {"test row": found["rows"], "excites it to": found["values"]}
    cells = cells_of(inside.dataset.spec.features, found["examples"], list(columns))  # type: ignore[arg-type]
    st.dataframe(pd.DataFrame({**columns, **cells}), hide_index=True, height=260)


def _capital(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"
