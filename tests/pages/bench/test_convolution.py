"""The bench for a convolution: sizes, formulas, and what is impossible in red."""

from tests.pages.conftest import Visit
from tests.support.reading import data_of, said, words_of


def test_it_opens_with_a_kernel_that_can_walk(visit: Visit) -> None:
    app = visit("convolution")
    assert not app.exception
    assert "= ⌊(7 - 1 · (3 - 1) - 1) / 1⌋ + 1 = 5" in words_of(app.main)
    shown = data_of(app, "bench_walk")
    assert (len(shown["values"]), len(shown["weights"]), len(shown["made"])) == (7, 3, 5)


def test_zeros_around_it_are_counted(visit: Visit) -> None:
    app = visit("convolution")
    app.slider(key="convolution_size").set_value(8).run()
    app.slider(key="convolution_stride").set_value(2).run()
    app.segmented_control(key="convolution_padding").set_value("same").run()
    shown = data_of(app, "bench_walk")
    assert (shown["before"], shown["after"], len(shown["made"])) == (0, 1, 4)
    assert "= 1: 0 before, 1 after" in words_of(app.main)


def test_what_keras_refuses_is_said_in_red_with_the_reason(visit: Visit) -> None:
    app = visit("convolution")
    app.slider(key="convolution_stride").set_value(2).run()
    app.slider(key="convolution_dilation").set_value(2).run()
    assert said(app.error[0]).startswith("Impossible. A convolution cannot have both a stride of 2 and a dilation of 2")
    assert data_of(app, "bench_walk")["made"] == []
    app.slider(key="convolution_stride").set_value(1).run()
    app.slider(key="convolution_size").set_value(4).run()
    assert "smaller than the 3x3 kernel" in said(app.error[0])
