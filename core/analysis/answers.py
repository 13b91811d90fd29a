"""Simple answers to texts as baselines, and how many answers are right by their length."""

from __future__ import annotations

import numpy as np


def answer_baselines(
    y_train: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, end: int
) -> dict[str, dict[str, float]]:
    """Return what repeating the question reaches, and what the commonest token at each place does.

    Args:
        y_train, y_test: Answers, int (n, length).
        x_test: Questions with answers, int (n, asked + length), as networks take them.
        end: The token that ends an answer.

    Returns:
        `exact`, the share of answers that are right throughout, and `token_accuracy`, of `copy` and `commonest`.
    """
    asked, length = x_test.shape[1] - y_test.shape[1], y_test.shape[1]
    commonest = [np.bincount(y_train[:, place]).argmax() for place in range(length)]
    return {
        "copy": shares_right(y_test, _copied(x_test[:, :asked], length, end)),
        "commonest": shares_right(y_test, np.broadcast_to(commonest, y_test.shape)),
    }


def shares_right(y: np.ndarray, said: np.ndarray) -> dict[str, float]:
    """Return the share of answers int (n, length) that are right throughout, and that of their tokens before zeros."""
    right, counts = said == y, y > 0
    return {"exact": float((right | ~counts).all(1).mean()), "token_accuracy": float(right[counts].mean())}


def right_by_length(right: np.ndarray, lengths: np.ndarray, most: int = 8) -> list[tuple[str, int, int]]:
    """Count right answers by a length, in at most so many ranges of about equally many.

    Returns:
        For each range its words, such as `5 to 9`, its right answers, and all of its answers.
    """
    edges = np.unique(np.quantile(lengths, np.linspace(0, 1, most + 1), method="lower"))
    groups = np.minimum(np.searchsorted(edges, lengths, side="right") - 1, max(len(edges) - 2, 0))
    found = []
    for group in np.unique(groups):
        chosen = groups == group
        low, high = lengths[chosen].min(), lengths[chosen].max()
        words = str(low) if low == high else f"{low} to {high}"
        found.append((words, int(right[chosen].sum()), int(chosen.sum())))
    return found


def _copied(questions: np.ndarray, length: int, end: int) -> np.ndarray:
    """Return questions int (n, asked), with zeros before short ones, as answers of a length."""
    said = np.zeros((len(questions), length), questions.dtype)
    for row, question in enumerate(questions):
        tokens = [*question[question > 0], end][:length]
        said[row, : len(tokens)] = tokens
    return said
