import numpy as np

from core.analysis.marks import marks_of
from core.families.cnn import CnnConfig
from core.schedule.rates import learning_rates
from core.store.metrics import Point

STEPS = 40


def told(config: CnnConfig, losses: dict[int, float], validated: dict[int, float] | None = None) -> list[tuple]:
    values = {step: {"loss": loss} for step, loss in losses.items()}
    for step, loss in (validated or {}).items():
        values.setdefault(step, {})["val_loss"] = loss
    points = [Point(step, 0, 0.0, values[step]) for step in sorted(values)]
    return [(mark.step, mark.text) for mark in marks_of(config, STEPS, points)]


def test_a_loss_that_explodes_is_told_with_its_peak_and_one_that_falls_is_not() -> None:
    falling = {step: 2.3 / (1 + step) for step in range(STEPS)}
    assert told(CnnConfig(), falling) == []
    assert told(CnnConfig(), {**falling, 7: 15_000.0}) == [(7, "the loss peaks at 15,000")]


def test_the_learning_rate_is_told_where_it_falls_once_training_has_come_so_far() -> None:
    losses = dict.fromkeys(range(STEPS), 1.0)
    config = CnnConfig(schedule="one_cycle", learning_rate=0.02)
    rates = learning_rates("one_cycle", 0.02, STEPS, 0.0)
    lower = next(step for step in range(1, STEPS) if rates[step] < rates[step - 1])
    assert told(config, losses) == [(lower, "the learning rate begins to fall, from 0.02")]
    assert told(config, dict.fromkeys(range(lower), 1.0)) == []
    drops = [(20, "the learning rate drops to 0.001"), (30, "the learning rate drops to 0.0001")]
    assert told(CnnConfig(schedule="step", learning_rate=0.01), losses) == drops
    assert told(CnnConfig(), losses) == []


def test_the_best_validation_is_told_when_later_ones_are_worse_and_why_if_training_went_on_improving() -> None:
    falls, stays = {step: 1.0 / (1 + step) for step in range(STEPS)}, dict.fromkeys(range(STEPS), 1.0)
    rises = {10: 0.5, 20: 0.4, 30: 0.6, 39: 0.7}
    assert told(CnnConfig(), falls, rises) == [(20, "the validation loss is lowest; later networks memorise")]
    assert told(CnnConfig(), stays, rises) == [(20, "the validation loss is lowest, then rises")]
    assert told(CnnConfig(), falls, {10: 0.5, 20: 0.4, 30: 0.3}) == []
    assert told(CnnConfig(), falls, {10: 0.5, 20: 0.6}) == []


def test_a_text_network_is_told_when_it_beats_counting() -> None:
    counted = {"nats_uniform": 4.0, "nats_1gram": 3.0, "nats_5gram": 1.5}
    points = [Point(0, 0, 0.0, {"loss": 4.1, **counted})]
    points += [Point(step, 0, 0.0, {"loss": 2.0, "val_loss": loss}) for step, loss in ((5, 3.5), (10, 2.9), (15, 1.6))]
    assert [(mark.step, mark.text[:20]) for mark in marks_of(CnnConfig(), 20, points)] == [(10, "it beats the 1-gram,")]


def test_a_layer_is_told_where_a_tenth_of_it_dies_for_good_and_where_all_of_it_does() -> None:
    def dead(first: int, last: int, shape: tuple[int, ...] = (1, 1, 20)) -> np.ndarray:
        return ((np.arange(20) >= first) & (np.arange(20) < last)).reshape(shape)

    points = [Point(step, 0, 0.0, {"loss": 1.0}) for step in range(STEPS)]
    seen = {
        0: {"conv_1": dead(10, 20), "dense_1": dead(0, 5, (20,))},  # these come back
        5: {"conv_1": dead(0, 3), "dense_1": dead(19, 20, (20,))},
        10: {"conv_1": dead(0, 12), "dense_1": dead(0, 20, (20,))},
        20: {"conv_1": dead(1, 20), "dense_1": dead(0, 20, (20,))},
    }
    assert [(mark.step, mark.text.partition(":")[0]) for mark in marks_of(CnnConfig(), STEPS, points, seen)] == [
        (5, "2 of 20 filters of conv_1 are dead from here on"),
        (10, "all 20 units of dense_1 are dead from here on"),
    ]
    assert marks_of(CnnConfig(), STEPS, points, {0: seen[0]}) == []  # a single snapshot says nothing of the time after
