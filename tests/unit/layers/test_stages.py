import pytest

from core.explain.stages import stage_outputs
from core.families.cnn import FAMILY, CnnConfig
from core.layers.blocks import BatchNorm, Conv, Dense, Dropout, Flatten, GlobalPool, Pool, Residual, SeparableConv
from core.layers.stages import stage_shapes
from core.models.network import build_network
from tests.support import tiny

BLOCKS = {
    "plain": (Conv(filters=3), Pool(), BatchNorm(), Dropout(), Flatten(), Dense(units=5)),
    "shortcuts": (Conv(filters=4), Residual(filters=4), SeparableConv(filters=3), GlobalPool()),
}


@pytest.mark.parametrize("blocks", BLOCKS.values(), ids=BLOCKS)
def test_stages_are_those_that_are_read_from_the_network(blocks: tuple) -> None:
    specs = FAMILY.layers(CnnConfig(layers=blocks), tiny.SPEC)
    read = stage_outputs(build_network(specs, tiny.SPEC).layers)
    expected = {name.partition("/")[2]: tuple(tensor.shape[1:]) for name, tensor in read.items()}
    assert stage_shapes(specs, tiny.SPEC.input_shape) == expected
    assert list(expected)[-1] == "logits"
