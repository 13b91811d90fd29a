"""The strip of answers over time, the film, and the map over an image."""

import io
import re

import numpy as np
from PIL import Image

from core.figures.inside.film import WIDTH, answers_film
from core.figures.inside.overlay import heat_over
from core.figures.inside.strip import draw_value, shown_classes, strip

STEPS = (0, 180, 900)
SAID = np.array([[0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.5, 0.25, 0.25]])


def test_a_strip_has_a_row_for_each_class_and_a_column_for_each_moment() -> None:
    html = strip(STEPS, SAID, ("cat", "<dog>", "owl"), truth=1, chosen=180)
    assert len(re.findall(r"title='step [\d,]+: (?:cat|owl|&lt;dog&gt;), ", html)) == 9
    assert "<dog>" not in html
    assert "title='step 180: &lt;dog&gt;, 80.0 %'" in html
    assert re.findall(r"class='(right|wrong)'", html) == ["wrong", "right", "wrong"]
    assert html.count("data-now") - html.count("[data-now]") == 4  # three classes, and the row of what is right
    assert html.count(">●<") == 3
    assert re.findall(r"<em [^>]*>([\d,]+)<", html) == ["0", "180", "900"]


def test_of_many_classes_the_most_probable_and_the_true_one_are_drawn() -> None:
    shares = np.full((2, 40), 0.01)
    shares[0, 30], shares[1, 7] = 0.5, 0.4
    found = shown_classes(shares, truth=39)
    assert len(found) == 10
    assert {7, 30, 39} <= set(found)
    assert found == sorted(found)
    html = strip((0, 1), shares, [f"class {n}" for n in range(40)], truth=None, chosen=1)
    assert "Showing 10 of 40 classes." in html
    assert "right" not in re.sub(r"<style>.*?</style>|to right", "", html, flags=re.DOTALL)


def test_a_number_is_a_line_with_the_true_one_dashed() -> None:
    figure = draw_value(STEPS, np.array([1.0, 2.0, 3.0]), "price (EUR)", truth=2.5, chosen=900)
    assert list(figure.data[0].y) == [1, 2, 3]
    assert list(figure.data[1].y) == [2.5, 2.5]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("step", "price (EUR)")
    assert len(draw_value(STEPS, np.zeros(3), "price", truth=None, chosen=0).data) == 1


def test_a_film_has_a_frame_for_each_moment() -> None:
    image, maps = np.zeros((8, 8, 1), np.uint8), np.random.default_rng(0).random((3, 4, 4, 20), np.float32)
    with Image.open(io.BytesIO(answers_film(image, STEPS, SAID, ("cat", "dog", "owl"), maps, truth=1))) as film:
        assert (film.n_frames, film.width) == (3, WIDTH)  # type: ignore[attr-defined]
        tall = film.height
    with Image.open(io.BytesIO(answers_film(np.zeros((8, 8, 3), np.uint8), STEPS, SAID, "abc", None, None))) as film:
        assert film.height < tall


def test_a_map_paints_most_where_it_is_strongest_and_nothing_where_it_is_not() -> None:
    image, heat = np.full((4, 4, 1), 100, np.uint8), np.zeros((4, 4))
    heat[1, 2], heat[3, 3] = 2.0, -5.0
    with Image.open(io.BytesIO(heat_over(image, heat, "what counted").png)) as opened:
        pixels = np.array(opened.convert("RGB")).astype(int)
    apart = np.abs(pixels - 100).sum(axis=2)
    assert np.unravel_index(apart.argmax(), apart.shape) == (1, 2)
    assert apart[3, 3] == apart[0, 0] == 0
