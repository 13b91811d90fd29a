"""A network with an input for each column answers as the network does to rows that are encoded for it."""

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from core.datasets.features import Column, Vector
from core.datasets.tables.ask import rows_of
from core.program.raw_rows import print_raw_rows, raw_columns

TABLE = Vector(
    (
        Column("size/m²", fill=33.0),
        Column("town", ("Bonn", "Ulm", "other"), fill="Bonn", other="other"),
        Column("level", ("1", "2", "missing")),
        Column("strict", ("a", "b")),
    )
)


def printed(model: keras.Model, features: Vector) -> keras.Model:
    """Run the printed lines, as a program does."""
    names = {"keras": keras, "np": np, "tf": tf, "model": model}
    exec(print_raw_rows(features), names)
    return names["raw_model"]


def test_it_takes_what_stands_in_the_file() -> None:
    inputs = keras.Input((9,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    raw = printed(model, TABLE)
    frame = pd.DataFrame(
        {
            "size/m²": [40.0, np.nan, 1.5],
            "town": ["Ulm", "", "Rome"],
            "level": ["2", "", "1"],
            "strict": ["b", "a", "a"],
        }
    )
    expected = model(rows_of(frame, TABLE)).numpy()
    given = {name.replace("/", "_"): tf.constant(frame[name].tolist())[:, None] for name in frame}
    np.testing.assert_allclose(raw(given).numpy(), expected, rtol=1e-5)
    given["strict"] = tf.constant([["b"], ["never seen"], [""]])
    answers = raw(given).numpy()
    np.testing.assert_allclose(answers[0], expected[0], rtol=1e-5)
    assert np.isnan(answers[1:]).all()  # no answer rather than a wrong one


def test_numbers_alone_need_no_other_network() -> None:
    assert raw_columns(Vector((Column("a"), Column("b")))) == []
    assert print_raw_rows(Vector((Column("x"), Column("y")))) == ""
