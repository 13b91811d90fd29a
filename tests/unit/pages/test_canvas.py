"""What the browser says is drawn."""

import base64

import numpy as np
import pytest
import streamlit as st

from pages._ui.components.drawing.canvas import SIDE, drawn


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch):
    """Let the browser have sent such pixels."""

    def said(pixels: bytes) -> None:
        drawing = {"number": 3, "pixels": base64.b64encode(pixels).decode(), "is_down": False}
        monkeypatch.setattr(st, "session_state", {"canvas": {"drawing": drawing}})

    return said


def test_a_canvas_without_colours_gives_one_sheet(say) -> None:
    say(bytes([7]) * SIDE * SIDE)
    np.testing.assert_array_equal(drawn("canvas").ink, np.full((SIDE, SIDE), 7, np.uint8))


def test_a_canvas_with_colours_gives_a_sheet_for_each_class(say) -> None:
    say(bytes([7]) * SIDE * SIDE + bytes([9]) * SIDE * SIDE)
    ink = drawn("canvas", most=6).ink
    assert ink is not None
    assert ink.shape == (2, SIDE, SIDE)
    assert ink[:, 0, 0].tolist() == [7, 9]


@pytest.mark.parametrize("pixels", [b"", bytes(SIDE * SIDE), b"x" * (SIDE * SIDE + 1), b"x" * (7 * SIDE * SIDE)])
def test_what_is_empty_or_odd_is_an_empty_canvas(say, pixels: bytes) -> None:
    say(pixels)
    assert drawn("canvas", most=6).ink is None
