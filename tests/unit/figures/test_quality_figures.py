from dataclasses import replace

import numpy as np
import plotly.graph_objects as go

from core.analysis.gan.quality_report import QualityReport
from core.figures.data import draw_balance
from core.figures.gan.quality import draw_classes, draw_confidence, draw_frechet, draw_kernel, draw_precision_recall
from tests.unit.analysis.gan.test_quality_report import quality


def drawn(figure: go.Figure) -> dict[str, list[float]]:
    return {trace.name: np.asarray(trace.y, float).tolist() for trace in figure.data}


def test_the_share_of_each_class_stands_beside_what_it_should_be() -> None:
    figure = draw_classes(("a", "b"), (0.25, 0.75), (0.5, 0.5))
    assert drawn(figure) == {"generated": [0.25, 0.75], "expected": [0.5, 0.5]}
    assert figure.layout.xaxis.showticklabels
    many = [f"class {index}" for index in range(100)]
    assert not draw_classes(many, [0.01] * 100, [0.01] * 100).layout.xaxis.showticklabels


def test_a_name_is_drawn_as_text_and_cut_where_it_has_no_room() -> None:
    long = "x" * 50_000
    figures = (
        draw_classes(("<a href='x'>b</a>", long), (0.5, 0.5), (0.5, 0.5)),
        draw_balance((long, "R&D"), [1, 2], [0, 1]),
    )
    for figure in figures:
        written = figure.to_json()
        assert "<a" not in written
        assert len(written) < 20_000
    assert figures[1].layout.xaxis.ticktext[1] == "R&amp;D"
    assert len(figures[0].data[0].customdata[1]) == 80


def test_curves_hold_the_numbers_of_each_moment() -> None:
    found = quality()
    one = found.last.judgement
    assert drawn(draw_precision_recall(found)) == {
        "precision": [one.precision] * 2,
        "recall": [one.recall] * 2,
        "other real images": [one.precision_floor] * 2,
    }
    seen = one.coverage
    assert drawn(draw_confidence(found)) == {
        "confidence": [seen.confidence] * 2,
        "classes covered": [seen.covered / 3] * 2,
        "confidence on real images": [0.9] * 2,
    }
    assert all(list(trace.x) == [0, 7] for trace in draw_confidence(found).data)


def test_the_frechet_distance_has_its_interval() -> None:
    one = quality().last.judgement
    made, floor = draw_frechet(quality()).data
    np.testing.assert_allclose(made.y + made.error_y.array, [one.frechet_interval[1]] * 2)
    np.testing.assert_allclose(made.y - made.error_y.arrayminus, [one.frechet_interval[0]] * 2)
    assert list(floor.y) == [one.frechet_floor] * 2


def test_a_kernel_distance_that_is_none_is_not_drawn() -> None:
    def with_kernel(value: float, floor: float) -> QualityReport:
        before = quality()
        moments = tuple(
            replace(m, judgement=replace(m.judgement, kernel=value, kernel_floor=floor)) for m in before.moments
        )
        return replace(before, moments=moments)

    assert drawn(draw_kernel(with_kernel(2.0, -0.1))) == {"generated images": [2.0, 2.0]}
    assert drawn(draw_kernel(with_kernel(2.0, 0.1))) == {
        "generated images": [2.0, 2.0],
        "other real images": [0.1, 0.1],
    }
