"""Random settings of a CNN: any that a link can hold, and small ones whose networks are built in a moment."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from core.config import Blocks, Correction, Corrections, Field, write_corrections
from core.config.fields import Bounded, Choice, Several
from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.families.cnn import CnnConfig
from core.layers.blocks import (
    LAYER_BLOCKS,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    LayerNorm,
    Pool,
    Residual,
    SeparableConv,
)
from core.layers.pretrained import Pretrained


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Any value that a field may hold."""
    match field:
        case Bounded(whole=True):
            return st.integers(int(field.low), int(field.high))
        case Bounded():
            return st.floats(field.low, field.high)
        case Choice():
            return st.sampled_from(field.options)
        case Several():
            return st.lists(st.sampled_from(list(field.titles)), min_size=1).map(field.join)
        case Blocks():
            block = st.one_of([made_from_fields(kind) for kind in field.kinds])
            return st.lists(block, max_size=min(field.most, 8)).map(tuple)
        case Corrections():
            return st.dictionaries(st.integers(0, 99), st.tuples(st.integers(0, 4), st.none() | st.integers(5, 9))).map(
                lambda rows: write_corrections(Correction(row, *labels) for row, labels in rows.items())
            )
    raise TypeError(field)


def made_from_fields(kind: type[Any], **chosen: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A config or block with any values, save those fields that are `chosen` otherwise."""
    return st.builds(kind, **{name: values_of(field) for name, field in kind.fields().items()} | chosen)


any_configs = made_from_fields(CnnConfig)

few, narrow = st.integers(1, 4), st.integers(1, 3)
some = {"filters": few, "kernel_size": narrow}
on_images = st.one_of(
    made_from_fields(Conv, **some, stride=narrow, dilation=st.just(1)),
    made_from_fields(Conv, **some, stride=st.just(1), dilation=narrow),
    made_from_fields(SeparableConv, **some, stride=narrow),
    made_from_fields(Residual, **some, stride=narrow),
    made_from_fields(Pool, size=st.integers(2, 3), stride=st.integers(0, 3)),
    made_from_fields(BatchNorm),
    st.builds(LayerNorm),
    made_from_fields(Dropout),
)
to_lists = st.one_of(st.builds(Flatten), made_from_fields(GlobalPool))
on_lists = st.one_of(
    made_from_fields(Dense, units=few), made_from_fields(BatchNorm), st.builds(LayerNorm), made_from_fields(Dropout)
)
in_order = st.tuples(st.lists(on_images, max_size=5), to_lists, st.lists(on_lists, max_size=3)).map(
    lambda parts: (*parts[0], parts[1], *parts[2])
)
narrowed = (Conv, SeparableConv, Residual, Dense)
SMALL = tuple(kind for kind in LAYER_BLOCKS if kind is not Pretrained)  # whose networks are built in a moment
in_any_order = st.lists(
    st.one_of(
        *(made_from_fields(kind, **some) for kind in (Conv, SeparableConv, Residual)),
        made_from_fields(Dense, units=few),
        *(made_from_fields(kind) for kind in SMALL if kind not in narrowed),
    ),
    max_size=5,
).map(tuple)


def mostly(usual: st.SearchStrategy[Any], rare: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The first four times out of five."""
    return st.integers(0, 4).flatmap(lambda number: rare if number == 4 else usual)


small_networks = mostly(in_order, in_any_order)  # those in order are possible where no map is too small


def with_one_loss(config: CnnConfig) -> CnnConfig:
    """The same without what belongs to another loss."""
    return config if config.loss == "cross_entropy" else replace(config, label_smoothing=0.0)


small_configs = made_from_fields(CnnConfig, layers=small_networks, corrections=st.just("")).map(with_one_loss)
sides = mostly(st.integers(8, 16), st.integers(1, 7))
uncounted_specs = st.builds(
    DataSpec,
    features=st.builds(Image, sides, sides, st.integers(1, 3)),
    target=st.sampled_from([Classes(("a", "b")), Classes(("a", "b", "c")), Classes(tuple("abcdefghij"))]),
    train_size=st.integers(1, 50),
    test_size=st.just(5),
)


def counted(spec: DataSpec) -> DataSpec:
    """The same data, of which it is known that its classes are as even as they can be."""
    few, more = divmod(spec.train_size, spec.num_classes)
    counts = tuple(few + (number < more) for number in range(spec.num_classes))
    return replace(spec, target=Classes(spec.classes, counts))


small_specs = mostly(uncounted_specs.map(counted), uncounted_specs)
