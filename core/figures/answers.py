"""Answers to texts, right characters green and wrong ones red and struck out, and where a decoder looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from core.datasets.features import Tokens
from core.datasets.spec import DataSpec
from core.datasets.targets import TokenSequence
from core.figures.colours import GREEN, VERMILION
from core.figures.pictures import Picture, Text
from core.figures.sequences import shown_text

CELL = 14  # pixels of a cell of a map
_LINE = "font-family:var(--st-code-font, monospace);font-size:0.9rem;overflow-wrap:anywhere;line-height:1.35"
_RIGHT = f"color:{GREEN}"
_WRONG = f"color:{VERMILION};text-decoration:line-through"


def draw_answers(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture | Text]:
    """Return a few questions with their answers, coloured, and the map of attention of the first.

    Args:
        arrays: `answers/rows`, `answers/truth` and `answers/tokens`, int (n, ...), and `answers/attention` if there is
            any; or {}.
        spec: Data specification, for the vocabulary.
    """
    features, target = spec.features, spec.target
    if not arrays or not isinstance(features, Tokens) or not isinstance(target, TokenSequence):
        return []
    rows, truth, said = (arrays[f"answers/{name}"] for name in ("rows", "truth", "tokens"))
    questions = [question_of(row, spec) for row in rows]
    pairs = zip(questions, map(target.read, truth), map(target.read, said), strict=True)
    return [marked_answers(list(pairs))]


def question_of(row: Sequence[int] | np.ndarray, spec: DataSpec) -> str:
    """Return the question of an example, without the answer."""
    assert isinstance(spec.features, Tokens)
    return shown_text(row[: spec.input_shape[0] - spec.target.shape[0]], spec.features)


def marked_answers(answers: Sequence[tuple[str, str, str]]) -> Text:
    """Return questions with the right answer and the network's, as text and in colours."""
    plain = "\n".join(f"{question} → {said}" for question, _, said in answers)
    return Text(plain, markup="".join(_marked(*one) for one in answers))


def _marked(question: str, truth: str, said: str) -> str:
    signs = "".join(_sign(sign, truth[place : place + 1] == sign) for place, sign in enumerate(said))
    sign, words = ("✓", "") if said == truth else ("✗", f" <span style='opacity:0.7'>should be {escape(truth)}</span>")
    asked = f"<div style='opacity:0.75'>{escape(question)}</div>"
    answer = f"<div>{sign} <b>{signs or '<i>nothing</i>'}</b>{words}</div>"
    return f"<div style='{_LINE};padding:0.2rem 0'>{asked}{answer}</div>"


def _sign(sign: str, is_right: bool) -> str:
    return f"<span style='{_RIGHT if is_right else _WRONG}'>{escape(sign)}</span>"


def draw_attention(shares: np.ndarray, question: str, answer: str) -> str:
    """Draw where a decoder looked as trusted SVG: a row for each character of the answer, a column for each read.

    Args:
        shares: float32 (characters of the answer and its end, characters of the question), 0 to 1.
        question: The question, as long as the columns.
        answer: The answer.
    """
    rows = [*answer, "⏎"][: len(shares)]
    left, top = 2 * CELL, 2 * CELL
    wide, high = left + CELL * len(question) + 2, top + CELL * len(rows) + 2
    cells = [
        f"<rect x='{left + CELL * column}' y='{top + CELL * row}' width='{CELL - 1}' height='{CELL - 1}' "
        f"fill='currentColor' fill-opacity='{max(float(shares[row, column]), 0.04):.2f}'/>"
        for row in range(len(rows))
        for column in range(len(question))
    ]
    across = [_letter(left + CELL * (place + 0.5), top - 6, sign) for place, sign in enumerate(question)]
    down = [_letter(left - CELL, top + CELL * (place + 0.75), sign) for place, sign in enumerate(rows)]
    words = f"Attention while it answers {answer} to {question}: rows are its characters, columns those it read"
    return (
        f"<svg viewBox='0 0 {wide} {high}' width='{wide}' style='max-width:100%;height:auto' role='img' "
        f"aria-label='{escape(words, quote=True)}'>{''.join(cells + across + down)}</svg>"
    )


def _letter(x: float, y: float, sign: str) -> str:
    shown = "␣" if sign == " " else sign
    return (
        f"<text x='{x}' y='{y}' text-anchor='middle' font-size='12' fill='currentColor' "
        f"font-family='var(--st-code-font, monospace)'>{escape(shown)}</text>"
    )
