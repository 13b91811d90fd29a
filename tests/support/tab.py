"""A browser's tab, in this process: AppTest that keeps what is not drawn anew, and says where a control was moved.

AppTest alone shows only what the last run of the script drew, and every interaction runs the whole script.
A browser keeps what other fragments drew, and sends the fragment in which a control stands; so does this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.testing.v1 import AppTest, app_test
from streamlit.testing.v1.element_tree import Block, ElementTree, Node, Widget, parse_tree_from_messages
from streamlit.testing.v1.local_script_runner import LocalScriptRunner, require_widgets_deltas

Path = tuple[int, ...]

_TYPED = "double_value"  # what a number input sends
SOON_S = 0.1


def _nodes(block: Block) -> Iterator[Node]:
    """Yield a block and all below it, from the top to the bottom; AppTest's own is a generator a level."""
    waiting: list[Node] = [block]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Block):
            waiting.extend(reversed(list(node.children.values())))


Block.__iter__ = _nodes  # type: ignore[method-assign]


class Screen:
    """What a browser shows: the messages of the last run, and of runs before it that it did not replace."""

    def __init__(self) -> None:
        self.drawn: dict[Path, ForwardMsg] = {}
        self.timers: dict[str, None] = {}  # fragments that run again by themselves
        self._run_of: dict[Path, int] = {}
        self._run, self._fragments = 0, frozenset[str]()
        self.pages: dict[Any, Any] = {}

    def see(self, event: ScriptRunnerEvent, told: dict[str, Any]) -> None:
        """Take in what a run of the script says."""
        if event is ScriptRunnerEvent.SCRIPT_STARTED:
            self._run, self._fragments = self._run + 1, frozenset(told.get("fragment_ids_this_run") or ())
            if not self._fragments:
                self.timers.clear()
        elif event is ScriptRunnerEvent.ENQUEUE_FORWARD_MSG:
            self._take(told["forward_msg"])
        elif event in (ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS, ScriptRunnerEvent.FRAGMENT_STOPPED_WITH_SUCCESS):
            self._clear_stale()

    def fragment_of(self, widget_id: str) -> str:
        """Return the fragment that drew a widget; "" if none did."""
        for message in self.drawn.values():
            element = message.delta.new_element
            kind = element.WhichOneof("type")
            if kind and getattr(getattr(element, kind), "id", "") == widget_id:
                return message.delta.fragment_id
        return ""

    def messages(self, *, newest_only: bool = False) -> list[ForwardMsg]:
        """Return what is drawn, from the top to the bottom; or only what the last run has drawn."""
        return [self.drawn[path] for path in sorted(self.drawn) if not newest_only or self._run_of[path] == self._run]

    def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "delta" if message.delta.WhichOneof("type") in ("new_element", "add_block"):
                path = tuple(message.metadata.delta_path)
                if message.delta.HasField("new_element") and self._is_block(path):
                    self._forget(under for under in self.drawn if len(under) > len(path) and _is_in(under, path))
                self.drawn[path], self._run_of[path] = message, self._run
            case "auto_rerun":
                self.timers[message.auto_rerun.fragment_id] = None
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self.timers.pop(fragment, None)

    def _is_block(self, path: Path) -> bool:
        return path in self.drawn and self.drawn[path].delta.HasField("add_block")

    def _clear_stale(self) -> None:
        """Take away what was not drawn again, as the browser does once a run is over."""
        stale = {path for path, run in self._run_of.items() if run != self._run}
        if self._fragments:
            anew = {path for path, message in self.drawn.items() if path not in stale and self._is_anew(message)}
            stale = {path for path in stale if any(_is_in(path, block) for block in anew)}
        self._forget(path for path in self.drawn if any(_is_in(path, gone) for gone in stale))

    def _is_anew(self, message: ForwardMsg) -> bool:
        return message.delta.HasField("add_block") and message.delta.fragment_id in self._fragments

    def _forget(self, paths: Iterable[Path]) -> None:
        for path in list(paths):
            del self.drawn[path], self._run_of[path]


class Tab(AppTest):
    """A visit; `run` sends what was moved and clicked since the last one."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._screen, self._files = Screen(), MemoryMediaFileStorage("/mock/media")
        self._known: dict[str, bytes] = {}
        self._due: list[str] = []
        self._is_late = False

    def tick(self) -> Tab:
        """Let the time come at which fragments run again by themselves."""
        self._due = list(self._screen.timers)
        assert self._due, "nothing here runs again by itself"
        return self.run()

    def click_late(self, key: str) -> Tab:
        """Click on a button that has been disabled while the click was on its way."""
        button = self.get_by_key(key)
        assert button.disabled
        button._value = True
        return self.run()

    def run_late(self) -> Tab:
        """Run as a server that was busy: it finds a message for each thing that was moved, and folds them."""
        self._is_late = True
        return self.run()

    def run_behind(self, known: WidgetStates) -> Tab:
        """Run as a browser that has not heard of the last answer: it still sends the widgets that it knows."""
        now = {state.id: state for state in self._tree.get_widget_states().widgets}
        return self._run(WidgetStates(widgets=[now.get(state.id, state) for state in known.widgets]))

    @property
    def states(self) -> WidgetStates:
        """What each widget holds now."""
        return self._tree.get_widget_states()

    @property
    def drawn_anew(self) -> list[str]:
        """The keys of what the last run has drawn."""
        tree = _tree_of(self._screen.messages(newest_only=True))
        return [node.key for node in tree if getattr(node, "key", None)]

    def download(self, button: Any) -> bytes:
        """Return what a click on a download button saves."""
        return self._files.get_file(button.proto.url.rpartition("/")[2]).content

    def _run(self, widget_state: WidgetStates | None = None, timeout: float | None = None) -> Tab:
        if widget_state:  # a browser sends what was clicked after what is set
            ordered = sorted(widget_state.widgets, key=_is_click)
            widget_state = WidgetStates(widgets=ordered)
        runner = partial(_Runner, self._screen, self._due or self._asking(widget_state), bool(self._due))
        self._due, self._is_late = [], False
        files = partial(_same, self._files)
        with patch.multiple(app_test, LocalScriptRunner=runner, MemoryMediaFileStorage=files):
            super()._run(widget_state, timeout)
        self._known = {state.id: state.SerializeToString() for state in self._tree.get_widget_states().widgets}
        return self

    def _asking(self, states: WidgetStates | None) -> list[str]:
        """Return the fragment that each message to the server asks for; "" for the whole script.

        A browser puts all that changes in one moment into one message, and asks for the fragment of the first:
        a number that is typed counts when it is left, so it comes before the click that leaves it.
        """
        moved = [state for state in (states.widgets if states else ()) if _differs(state, self._known.get(state.id))]
        moved.sort(key=lambda state: state.WhichOneof("value") != _TYPED)
        fragments = [self._screen.fragment_of(state.id) for state in moved] or [""]
        return fragments if self._is_late else fragments[:1]


class _Runner(LocalScriptRunner):
    """Runs what a browser's messages ask for, and gives back what its screen shows then."""

    def __init__(self, screen: Screen, fragments: list[str], is_timer: bool, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._requests = ScriptRequests()  # without AppTest's own, which is for the whole script
        self._screen, self._asked, self._is_timer = screen, fragments, is_timer
        (self._pages,) = (part for part in args if isinstance(part, PagesManager))
        if screen.pages:  # a visit keeps the menu; AppTest forgets it with each run
            self._pages._set_pages(screen.pages)

    def run(
        self,
        widget_state: WidgetStates | None = None,
        query_params: dict[str, Any] | None = None,
        timeout: float = 3,
        page_hash: str = "",
        context_info: Any = None,
    ) -> ElementTree:
        for fragment in self._asked:
            self.request_rerun(
                RerunData(
                    widget_states=widget_state,
                    query_string=urlencode(query_params or {}, doseq=True),
                    page_script_hash=page_hash,
                    fragment_id=fragment or None,
                    is_auto_rerun=self._is_timer,
                    context_info=context_info,
                )
            )
        try:
            self.start()
            self._script_thread.join(timeout)  # AppTest looks every millisecond whether the script has ended
            require_widgets_deltas(self, SOON_S)
        finally:
            self.join()
        self._screen.pages = self._pages.get_pages()
        for event, told in zip(self.events, self.event_data, strict=True):
            self._screen.see(event, told)
        return _tree_of(self._screen.messages())


def _tree_of(messages: list[ForwardMsg]) -> ElementTree:
    """Return what these messages draw; a widget is named without the number of its seeding."""
    tree = parse_tree_from_messages(messages)
    for node in tree:
        if isinstance(node, Widget) and node.key:
            node.key = re.sub(r"-\d+$", "", node.key)
    return tree


def _differs(state: WidgetState, known: bytes | None) -> bool:
    return state.SerializeToString() != known


def _is_click(state: WidgetState) -> bool:
    return "trigger" in (state.WhichOneof("value") or "")


def _is_in(path: Path, block: Path) -> bool:
    return path[: len(block)] == block


def _same(storage: MemoryMediaFileStorage, *_: Any) -> MemoryMediaFileStorage:
    return storage
