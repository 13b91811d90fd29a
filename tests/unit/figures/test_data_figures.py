"""Figures of tables: how numbers are spread, and how many rows have each word."""

import numpy as np

from core.figures.data import draw_balance, draw_spread


def test_the_spread_of_a_column_is_the_share_of_each_part_between_common_edges() -> None:
    rng = np.random.default_rng(0)
    train, test = rng.normal(5, 2, 300).astype(np.float32), rng.normal(5, 2, 80).astype(np.float32)
    figure = draw_spread(train, test, "size <b>")
    edges = np.linspace(min(train.min(), test.min()), max(train.max(), test.max()), 20)  # 19 bins: the root of 380
    for trace, part in zip(figure.data, (train, test), strict=True):
        np.testing.assert_allclose(trace.x, edges, rtol=1e-6)
        np.testing.assert_allclose(np.sum(trace.y[:-1]), 100)
        within = (part >= edges[5]) & (part < edges[10])
        np.testing.assert_allclose(np.sum(trace.y[5:10]), 100 * within.mean(), atol=0.4)
    assert figure.layout.xaxis.title.text == "size &lt;b&gt;"


def test_a_column_of_one_number_can_be_drawn() -> None:
    figure = draw_spread(np.full(10, 3, np.float32), np.full(2, 3, np.float32), "x")
    assert [max(trace.y) for trace in figure.data] == [100, 100]


def test_bars_say_what_they_count() -> None:
    figure = draw_balance(("Bonn", "Ulm"), (3, 4), (1, 2), noun="rows", axis="town")
    assert [trace.y for trace in figure.data] == [(3, 4), (1, 2)]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("town", "rows")
    assert "training rows" in figure.data[0].hovertemplate
