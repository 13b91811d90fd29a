"""Edit a list of layers in place: add, change, move, copy and remove layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.config import Block, Blocks
from core.figures.network.architecture import Stage, short
from core.layers import written
from core.layers.blocks import block_names
from pages._ui.form.widgets import draw_widget

SEEN = 6  # visible layers; a longer list scrolls
ROW = 52  # height in pixels


class LayerList:
    """The editor of one list of layers.

    Args:
        key: Prefix of its widgets' keys.
        field: The layers that the list may hold.
        blocks: Returns its layers.
        hold: Replaces its layers.
        changed: Called after each change, and when another layer is chosen.
    """

    def __init__(
        self,
        key: str,
        field: Blocks,
        blocks: Callable[[], Sequence[Block]],
        hold: Callable[[Sequence[Block]], None],
        changed: Callable[[], None],
    ) -> None:
        self._id, self._field, self._blocks, self._hold, self._changed = key, field, blocks, hold, changed

    def reset(self) -> None:
        """Start again from the list that was just seeded."""
        self._renew(0)

    def choose(self, place: int) -> None:
        """Choose a layer."""
        self._renew(place)

    @property
    def chosen(self) -> int:
        """The place of the chosen layer."""
        return max(0, min(st.session_state.get(self._hidden("chosen"), 0), len(self._blocks()) - 1))

    def draw(self, stages: Sequence[Stage]) -> None:
        """Draw the list and the chosen layer's settings.

        Args:
            stages: The stages of the network, one per layer.
        """
        blocks, chosen = self._blocks(), self.chosen
        found = {stage.name: stage for stage in stages}
        stages = [found[name] for name in block_names(blocks)]
        if blocks:
            self._draw_list(blocks, chosen, stages)
        else:
            st.caption("There are no layers between input and output. Add one.")
        self._draw_buttons(blocks, chosen)
        if blocks:
            st.markdown(f"**{stages[chosen].name}** {blocks[chosen].title}")
            self._draw_settings(blocks[chosen], chosen)

    def _draw_list(self, blocks: Sequence[Block], chosen: int, stages: Sequence[Stage]) -> None:
        height = ROW * SEEN if len(blocks) > SEEN else "content"
        with st.container(height=height, border=len(blocks) > SEEN, key=f"{self._id}_list"):
            st.radio(
                "Layers",
                range(len(blocks)),
                index=chosen,
                format_func=lambda place: f"**{stages[place].name}** {blocks[place].title}",
                captions=[_words(block, stage) for block, stage in zip(blocks, stages, strict=True)],
                key=self._widget("chosen"),
                on_change=self._choose,
                args=(self._widget("chosen"),),
                label_visibility="collapsed",
                width="stretch",
            )

    def _draw_buttons(self, blocks: Sequence[Block], chosen: int) -> None:
        full, none = len(blocks) >= self._field.most, not blocks
        kinds = {kind.kind: kind.title for kind in self._field.kinds}
        with st.container(horizontal=True, gap="small", key=f"{self._id}_buttons"):
            st.menu_button(
                "Add a layer",
                list(kinds),
                format_func=kinds.__getitem__,
                key=f"{self._id}_add",
                on_click=self._add,
                icon=":material/add:",
                disabled=full,
                help=f"At most {self._field.most} layers." if full else "Add a layer after the chosen one.",
            )
            for verb, icon, off, words in (
                ("up", "arrow_upward", none or chosen == 0, "Move the chosen layer towards the input."),
                (
                    "down",
                    "arrow_downward",
                    none or chosen == len(blocks) - 1,
                    "Move the chosen layer towards the output.",
                ),
                ("duplicate", "content_copy", none or full, "Add a copy after the chosen layer."),
                ("remove", "delete", none, "Remove the chosen layer."),
            ):
                st.button(
                    verb.capitalize(),
                    key=f"{self._id}_{verb}",
                    icon=f":material/{icon}:",
                    on_click=self._change,
                    args=(verb,),
                    disabled=off,
                    help=words,
                )

    def _draw_settings(self, block: Block, chosen: int) -> None:
        fields = block.fields()
        if not fields:
            st.caption("This layer has no settings.")
            return
        fresh: Any = type(block)()
        columns = st.columns(2 if len(fields) > 1 else 1)
        for number, (name, field) in enumerate(fields.items()):
            key = self._widget(f"{chosen}_{name}")
            with columns[number % len(columns)]:
                draw_widget(
                    field,
                    field.label,
                    value=getattr(block, name),
                    default=getattr(fresh, name),
                    key=key,
                    help=f"{field.help} Default: {field.say(getattr(fresh, name))}.",
                    on_change=self._set,
                    args=(chosen, name, key),
                )

    # Callbacks

    # A message may be late: from widgets of before the last renewal, or from a button that is disabled by now.

    def _choose(self, key: str) -> None:
        if key == self._widget("chosen") and key in st.session_state:
            st.session_state[self._hidden("chosen")] = st.session_state[key]
        self._changed()

    def _set(self, place: int, name: str, key: str) -> None:
        blocks = list(self._blocks())
        if key == self._widget(f"{place}_{name}") and key in st.session_state:
            blocks[place] = replace(blocks[place], **{name: st.session_state[key]})
            self._hold(blocks)
        self._changed()

    def _add(self) -> None:
        kind = next(k for k in self._field.kinds if k.kind == st.session_state[f"{self._id}_add"])
        blocks, place = list(self._blocks()), self.chosen + 1
        if len(blocks) < self._field.most:
            blocks.insert(place, kind())
        self._write(blocks, min(place, len(blocks) - 1))

    def _change(self, verb: str) -> None:
        blocks, place = list(self._blocks()), self.chosen
        target = {"up": place - 1, "down": place + 1}.get(verb, place)
        if verb == "duplicate" and 0 < len(blocks) < self._field.most:
            blocks.insert(place + 1, blocks[place])
            place += 1
        elif verb == "remove" and blocks:
            blocks.pop(place)
        elif 0 <= target < len(blocks) and target != place:
            blocks[place], blocks[target] = blocks[target], blocks[place]
            place = target
        self._write(blocks, max(0, min(place, len(blocks) - 1)))

    def _write(self, blocks: Sequence[Block], chosen: int) -> None:
        self._hold(blocks)
        self._renew(chosen)
        self._changed()

    # Session state

    def _renew(self, chosen: int) -> None:
        """Choose a layer, and make new widgets that start from the current list."""
        state = st.session_state
        state[self._hidden("chosen")] = chosen
        state[self._hidden("renewed")] = state.get(self._hidden("renewed"), 0) + 1

    def _hidden(self, name: str) -> str:
        return f"_{self._id}_{name}"

    def _widget(self, name: str) -> str:
        return f"{self._id}_{st.session_state.get(self._hidden('renewed'), 0)}_{name}"


def _words(block: Block, stage: Stage) -> str:
    """Return a layer's settings, output shape and parameters in words."""
    if stage.is_fault:
        found = ":material/error: cannot be built"
    elif stage.shape is None:
        found = "not reached"
    else:
        found = f"{written(stage.shape).replace('x', '×')}, {short(stage.parameters)} parameters"
    return " → ".join(filter(None, [block.summary, found]))
