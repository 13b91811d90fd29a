import numpy as np
import pytest

from core.analysis.attribution.verdicts import of_completeness, of_curves, of_empty, of_random_weights, of_skill
from core.datasets.features import Column
from core.figures.inside.attribution import by_column, draw_attribution


def alike(places: float, values: float) -> dict[str, np.ndarray]:
    return {"likeness": np.array([places, places]), "likeness/signed": np.array([values, values])}


@pytest.mark.parametrize(
    ("places", "values", "is_signed", "is_good", "words"),
    [
        (0.1, 0.1, True, True, "another map (rank correlation 0.10)"),
        (0.8, 0.7, True, False, "looks alike (rank correlation 0.80)"),
        (0.8, 0.1, True, False, "trust the colours, not the places"),
        (0.8, -0.001, True, False, "differ (0.00)"),
        (0.8, 0.1, False, False, "looks alike"),
    ],
)
def test_a_map_that_random_weights_give_too_is_doubted(
    places: float, values: float, is_signed: bool, is_good: bool, words: str
) -> None:
    found = of_random_weights(alike(places, values), is_signed)
    assert found[0] is is_good
    assert words in found[1]


@pytest.mark.parametrize(
    ("deletion", "insertion", "is_good", "words"),
    [
        (0.1, 0.9, True, "The answer hangs on what is marked. Probability on average 10 %"),
        (0.6, 0.9, False, "only when that is added"),
        (0.1, 0.4, False, "only when that is taken away"),
        (0.6, 0.4, False, "no more than on random places"),
    ],
)
def test_both_curves_have_to_beat_chance(deletion: float, insertion: float, is_good: bool, words: str) -> None:
    curves = {"deletion": deletion, "insertion": insertion, "deletion/random": 0.5, "insertion/random": 0.5}
    found = of_curves({name: np.full(5, value) for name, value in curves.items()}, share=True)
    assert found[0] is is_good
    assert words in found[1]


def test_what_is_missing_from_the_sum_is_said() -> None:
    assert of_completeness(2.0, 0.0004, share=True) == (
        True,
        "The parts add up to the change of the logit, +2, but for less than 0.1 %.",
    )
    assert not of_completeness(2.0, 0.3, share=False)[0]


def test_a_network_that_guesses_has_no_reasons() -> None:
    assert "right on 24 of 200" in of_skill(24, 22, 200)
    assert of_skill(60, 22, 200) == ""


def test_an_empty_map_is_said_to_be_empty() -> None:
    assert of_empty(np.zeros((3, 3)))
    assert not of_empty(np.eye(3))


def test_columns_of_words_are_added_up() -> None:
    columns = (Column("age"), Column("kind", ("a", "b")))
    assert by_column(np.array([1.0, 2.0, -5.0]), columns) == {"age": 1.0, "kind": -3.0}


def test_a_map_leaves_the_image_as_it_is_where_it_is_zero() -> None:
    import io

    from PIL import Image

    image = np.full((4, 5, 1), 100, np.uint8)
    map_ = np.zeros((4, 5, 1), np.float32)
    map_[0, 0], map_[1, 1] = 2, -1
    drawn = draw_attribution("x", image, map_, is_signed=True, opacity=1.0)
    pixels = np.asarray(Image.open(io.BytesIO(drawn.png)))
    assert (drawn.low, drawn.high, drawn.scale) == (-1.0, 1.0, "diverging")
    assert pixels[2, 2, :3].tolist() == [100, 100, 100]
    assert pixels[0, 0, 0] > pixels[0, 0, 2]  # for it: warm
    assert pixels[1, 1, 2] > pixels[1, 1, 0]
