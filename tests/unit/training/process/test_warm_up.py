import keras

from core.training.process.warm_up import warm_up
from tests.support import tiny


def test_a_run_after_a_warm_up_begins_with_the_same_weights_and_names() -> None:
    before = tiny.classifier()
    warm_up()
    after = tiny.classifier()
    for one, other in zip(before.network.get_weights(), after.network.get_weights(), strict=True):
        assert (one == other).all()
    assert [variable.path for variable in after.optimizer.variables] == [v.path for v in before.optimizer.variables]
    assert keras.config.dtype_policy().name == "float32"
