"""Corrections of training labels: what a run learns instead, and what is refused."""

import numpy as np
import pytest

from core.config import Correction, read_corrections, write_corrections
from core.datasets import DataSpec
from core.datasets.features import Image
from core.datasets.targets import Classes
from core.errors import ConfigError
from core.families.cnn import CnnConfig
from core.figures.corruptions import preview_corruptions
from core.layers.blocks import Flatten
from core.runs.comparison.settings import _setting
from core.schedule.split import training_rows
from core.store import Store
from core.store.records import LOCAL, NewRun
from tests.support import tiny

LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
SPEC = DataSpec(Image(8, 8, 1), Classes(("a", "b", "c"), (4, 3, 3)), 10, 5)
MENDED = CnnConfig(layers=(Flatten(),), batch_size=8, corrections="1:1:2,4:1:drop", validation_fraction=0.3)


def test_a_run_learns_the_right_label_and_nothing_of_what_is_left_out() -> None:
    rows = training_rows(MENDED, LABELS, 3)
    assert rows.labels.tolist() == [0, 2, 2, 0, 1, 2, 0, 1, 2, 0]
    assert sorted({*rows.used}) == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert (MENDED.used_size(SPEC), MENDED.plan(SPEC).examples) == (9, len(rows.learn))
    assert LABELS[1] == 1  # the data stays as it is


def test_the_other_examples_are_split_as_without_corrections() -> None:
    plain = training_rows(CnnConfig(validation_fraction=0.3), LABELS, 3)
    mended = training_rows(MENDED, LABELS, 3)
    for before, after in ((plain.learn, mended.learn), (plain.validation, mended.validation)):
        assert after.tolist() == [row for row in before.tolist() if row != 4]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5])
def test_a_group_stays_whole_but_for_what_is_left_out(share: float) -> None:
    groups = ((0, 2), (0, 2), (1, 3), (1, 3))
    labels = np.repeat([0, 0, 1, 1], [2, 2, 3, 3])
    config = CnnConfig(corrections="0:0:drop,5:1:0", validation_fraction=share)
    rows = training_rows(config, labels, 2, groups)
    spec = DataSpec(Image(8, 8, 1), Classes(("a", "b"), (4, 6)), 10, 5, groups=groups)
    assert (config.plan(spec).examples, config.validation_size(spec)) == (len(rows.learn), len(rows.validation))
    assert sorted({*rows.used}) == list(range(1, 10))
    assert rows.labels[5] == 0


def test_a_label_that_the_data_no_longer_has_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"another version of the data.*class 2 in row 1"):
        training_rows(CnnConfig(corrections="1:2:0"), LABELS, 3)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"corrections": "10:0:1"}, "rows below 10"),
        ({"corrections": "1:1:3"}, "classes below 3"),
        ({"corrections": "1:1:2", "imbalance": 2.0}, "imbalance breaks it"),
        ({"corrections": ",".join(f"{row}:{label}:drop" for row, label in enumerate(LABELS))}, "no example"),
    ],
)
def test_corrections_that_are_impossible_on_the_data_are_refused_at_their_control(
    settings: dict[str, str | float], words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        CnnConfig(layers=(Flatten(),), **settings).validate(SPEC)  # type: ignore[arg-type]
    assert caught.value.field == "corrections"


@pytest.mark.parametrize(
    "text", ["1:2", "1:2:2", "1:2:3,1:2:4", "a:1:2", "1:2:droop", "1:-1:2", "1:1:2,", "\u0661:1:2"]
)
def test_text_that_is_no_correction_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="such as 12:3:7"):
        CnnConfig(corrections=text)


def test_there_are_at_most_500_and_they_are_sorted() -> None:
    assert CnnConfig(corrections="30:1:2, 4:0:drop").corrections == "4:0:drop,30:1:2"
    assert read_corrections("4:0:drop") == (Correction(4, 0, None),)
    with pytest.raises(ConfigError, match="at most 500"):
        write_corrections(Correction(row, 0, 1) for row in range(501))


def test_runs_with_as_many_other_corrections_differ(store: Store) -> None:
    run = store.runs.submit(NewRun(kind="train", dataset="mnist_5k", owner=LOCAL, name="a run"))
    one, other = (CnnConfig(corrections=text) for text in ("1:1:2", "2:2:0"))
    found = _setting("corrections", [run] * 3, [one, other, CnnConfig()], [frozenset()] * 3)
    assert found.differs
    assert [str(said).partition(" (")[0] for said in found.said] == [
        "1 label corrected",
        "1 label corrected",
        "none",
    ]


def test_the_preview_calls_no_corrected_label_wrong() -> None:
    data = tiny.prepared()
    given = int(data.y_train[4])
    found = preview_corruptions(CnnConfig(corrections=f"4:{given}:{(given + 1) % 3}"), data)
    assert found["counts"][:, 1].sum() == 0
    assert found["counts"].sum() == 30
