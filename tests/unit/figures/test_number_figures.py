import numpy as np
import plotly.graph_objects as go
import pytest

from core.datasets.targets import Number
from core.figures.number import MOST_DOTS, draw_predictions, draw_residual_counts, draw_residuals

TARGET = Number("<b>price</b>", "k€", 5.0, 2.0)
TRUTH, SAID = np.array([1.0, 2.0, 4.0, 9.0]), np.array([1.5, 2.0, 3.0, 11.0])


def trace(figure: go.Figure, name: str) -> go.Scatter | go.Bar:
    return next(trace for trace in figure.data if trace.name == name)


def test_what_was_said_stands_over_what_is_true_beside_the_diagonal() -> None:
    figure = draw_predictions(TRUTH, SAID, TARGET)
    dots, line = trace(figure, "the network"), trace(figure, "always right")
    np.testing.assert_array_equal([dots.x, dots.y], [TRUTH, SAID])
    assert line.x == line.y == (1.0, 11.0)


def test_residuals_stand_over_what_was_said() -> None:
    figure = draw_residuals(TRUTH, SAID, TARGET)
    dots, line = trace(figure, "the network"), trace(figure, "no error")
    np.testing.assert_array_equal([dots.x, dots.y], [SAID, TRUTH - SAID])
    assert (line.x, line.y) == ((1.5, 11.0), (0.0, 0.0))


@pytest.mark.parametrize("count", [1, 10, 5000])
def test_every_residual_is_counted_once(count: int) -> None:
    truth = np.random.default_rng(0).normal(size=count).astype(np.float32)
    bars = trace(draw_residual_counts(truth, np.zeros(count, np.float32), TARGET), "the network")
    assert sum(bars.y) == count
    inside = [((truth >= low) & (truth < high)).sum() for low, high in bars.customdata[:-1]]
    np.testing.assert_array_equal(bars.y[:-1], inside)


def test_every_axis_says_what_it_is_and_a_name_is_drawn_letter_by_letter() -> None:
    named, residual = "&lt;b&gt;price&lt;/b&gt; (k€)", "true minus predicted (k€)"
    figures = [draw(TRUTH, SAID, TARGET) for draw in (draw_predictions, draw_residuals, draw_residual_counts)]
    titles = [(figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) for figure in figures]
    assert titles == [
        (f"true {named}", f"predicted {named}"),
        (f"predicted {named}", residual),
        (residual, "count"),
    ]
    plain = draw_residual_counts(TRUTH, SAID, Number("age"))
    assert plain.layout.xaxis.title.text == "true minus predicted"


def test_of_many_examples_some_are_drawn_from_the_first_on() -> None:
    truth = np.arange(3.5 * MOST_DOTS)
    dots = trace(draw_predictions(truth, truth, TARGET), "the network")
    assert len(dots.x) == MOST_DOTS
    assert dots.x[0] == 0
    assert set(np.diff(dots.x)) == {3.0, 4.0}
