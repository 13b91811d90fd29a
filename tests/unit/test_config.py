import json
import math
from dataclasses import FrozenInstanceError, dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import (
    Block,
    Blocks,
    Config,
    Knob,
    Preset,
    blocks,
    bounded,
    choice,
    from_query,
    to_query,
)
from core.errors import ConfigError
from core.families import FAMILIES
from core.families.cnn import PRESETS, CnnConfig
from core.knobs import Bounded, Choice

HUGE = pytest.param(10**400, id="huge")  # an int that no float can hold


@dataclass(frozen=True)
class Big(Block):
    kind: ClassVar[str] = "big"
    size: int = bounded(3, 1, 9, label="Size", help="?")
    share: float = bounded(0.5, 0.0, 1.0, label="Share", help="?")


@dataclass(frozen=True)
class Bare(Block):
    kind: ClassVar[str] = "bare"


@dataclass(frozen=True, kw_only=True)
class Small(Config):
    schema: ClassVar[int] = 7

    rate: float = bounded(0.1, 0.01, 1.0, label="Rate", help="?")
    count: int = bounded(4, 1, 10, label="Count", help="?")
    word: str = choice("one", ("one", "two"), label="Word", help="?")
    parts: tuple[Block, ...] = blocks((Big(), Bare()), (Big, Bare), most=3, label="Parts", help="?")


SMALL = {
    "plain": Preset("plain", "Plain", "As declared.", Small()),
    "quick": Preset("quick", "Quick", "A bigger rate.", Small(rate=0.9, count=1)),
}


def values_of(knob: Knob) -> st.SearchStrategy[Any]:
    match knob:
        case Bounded(whole=True):
            return st.integers(int(knob.low), int(knob.high))
        case Bounded():
            return st.floats(knob.low, knob.high)
        case Choice():
            return st.sampled_from(knob.options)
        case Blocks():
            block = st.one_of([made_from_knobs(kind) for kind in knob.kinds])
            return st.lists(block, max_size=min(knob.most, 6)).map(tuple)
    raise TypeError(knob)


def made_from_knobs(kind: type[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{name: values_of(knob) for name, knob in kind.knobs().items()})


@pytest.mark.parametrize("value", [0.0099, 1.0001, -1, math.nan, math.inf, -math.inf, True, "0.5", None, HUGE, [0.5]])
def test_a_number_out_of_bounds_or_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        Small(rate=value)
    assert caught.value.field == "rate"
    assert "a number from 0.01 to 1" in str(caught.value)


@pytest.mark.parametrize("value", [0.01, 0.5, 1.0, 1])
def test_a_number_within_bounds_is_kept_as_float(value: float) -> None:
    rate = Small(rate=value).rate
    assert rate == value
    assert isinstance(rate, float)


@pytest.mark.parametrize("value", [0, 11, 2.5, math.nan, math.inf, False, True, "3", HUGE])
def test_a_whole_number_field_refuses_all_else(value: Any) -> None:
    with pytest.raises(ConfigError, match="a whole number from 1 to 10"):
        Small(count=value)


def test_a_float_without_fraction_becomes_an_int() -> None:
    count = Small(count=3.0).count
    assert count == 3
    assert isinstance(count, int)


@pytest.mark.parametrize("value", ["three", "", "One", 1, None])
def test_a_word_that_is_no_option_is_refused_with_the_options(value: Any) -> None:
    with pytest.raises(ConfigError, match="one of one, two") as caught:
        Small(word=value)
    assert caught.value.field == "word"


def test_a_config_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        Small().rate = 0.5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("bare", (Bare(),)),
        ("big", (Big(),)),
        ("big:5", (Big(size=5),)),
        ("big:5:0.25,bare", (Big(size=5, share=0.25), Bare())),
        (" big:5 , bare ", (Big(size=5), Bare())),
    ],
)
def test_blocks_are_read_from_text_with_defaults_for_what_is_left_out(text: str, parts: tuple[Block, ...]) -> None:
    assert Small().changed([f"parts={text}"]).parts == parts


def test_blocks_are_written_with_every_value() -> None:
    assert Small.knob("parts").format((Big(size=5), Bare())) == "big:5:0.5,bare"


@pytest.mark.parametrize(
    "text",
    ["huge", "big:10", "big:x", "big:1.5", "big:3:2", "big:3:0.5:1", "bare:1", "big,", "big,big,big,big", ",", "big:"],
)
def test_text_that_is_no_list_of_blocks_is_refused_for_its_field(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Small().changed([f"parts={text}"])
    assert "parts" in caught.value.field
    assert "parts" in str(caught.value)


@pytest.mark.parametrize("value", ["big", None, 3, {"big": 1}, [5], [None]])
def test_something_that_is_no_list_of_blocks_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match="parts cannot be used"):
        Small(parts=value)


def test_json_holds_the_schema_and_every_field() -> None:
    assert Small().to_dict() == {"schema": 7, "rate": 0.1, "count": 4, "word": "one", "parts": ["big:3:0.5", "bare"]}


def test_fields_that_json_lacks_take_their_default() -> None:
    assert Small.from_dict({"count": 2}) == Small(count=2)


def test_an_unknown_field_is_named_and_the_right_ones_are_listed() -> None:
    with pytest.raises(ConfigError) as caught:
        Small.from_dict({"colour": "red"})
    assert caught.value.field == "colour"
    assert "'colour'" in str(caught.value)
    assert "rate, count, word, parts" in str(caught.value)


def test_json_of_another_schema_is_refused() -> None:
    with pytest.raises(ConfigError, match="schema"):
        Small.from_dict({**Small().to_dict(), "schema": 6})


def test_set_changes_only_the_named_settings() -> None:
    assert Small(word="two").changed(["rate=0.5", "count=9"]) == Small(rate=0.5, count=9, word="two")


@pytest.mark.parametrize(
    "setting", ["rate", "=3", "x=y", "rate=", "rate=fast", "rate=nan", "count=1e400", "word=three"]
)
def test_set_refuses_what_it_cannot_apply(setting: str) -> None:
    with pytest.raises(ConfigError):
        Small().changed([setting])


def test_set_names_an_unknown_field_and_the_right_ones() -> None:
    with pytest.raises(ConfigError, match=r"'x'.*rate, count, word, parts"):
        Small().changed(["x=y"])


def test_differences_give_both_sides_as_texts() -> None:
    mine, other = Small(rate=0.25, parts=(Bare(),)), Small()
    assert mine.differences(other) == {"rate": ("0.25", "0.1"), "parts": ("bare", "big:3:0.5,bare")}


def test_a_link_holds_only_what_differs_from_its_preset() -> None:
    assert to_query(Small(rate=0.9, count=2), SMALL["quick"]) == {"v": "7", "preset": "quick", "count": "2"}


def test_an_empty_link_is_the_default_preset() -> None:
    assert from_query({}, SMALL, "quick") == (SMALL["quick"].config, "quick", [])


def test_a_link_keeps_what_can_be_read_and_names_the_rest() -> None:
    query = {"v": "7", "preset": "plain", "count": "9", "rate": "5", "colour": "red", "word": "two", "parts": "huge"}
    config, preset, notes = from_query(query, SMALL, "quick")
    assert (config, preset) == (Small(count=9, word="two"), "plain")
    assert len(notes) == 3
    for note, name in zip(notes, ("rate", "'colour'", "parts"), strict=True):
        assert name in note
    assert "0.01 to 1" in notes[0]


def test_a_link_with_an_unknown_preset_starts_from_the_default_and_says_so() -> None:
    config, preset, notes = from_query({"preset": "gone", "word": "two"}, SMALL, "quick")
    assert (config, preset) == (Small(rate=0.9, count=1, word="two"), "quick")
    assert len(notes) == 1
    assert "'gone'" in notes[0]


def test_a_link_of_another_version_is_read_as_far_as_possible_and_says_so() -> None:
    config, _, notes = from_query({"v": "6", "count": "9"}, SMALL, "plain")
    assert config == Small(count=9)
    assert len(notes) == 1
    assert "version 6" in notes[0]


@given(made_from_knobs(CnnConfig), st.sampled_from(sorted(PRESETS)))
def test_a_link_restores_any_config_exactly(config: CnnConfig, preset: str) -> None:
    query = to_query(config, PRESETS[preset])
    assert all(isinstance(text, str) for text in query.values())
    assert from_query(query, PRESETS, "fast") == (config, preset, [])


@given(made_from_knobs(CnnConfig))
def test_json_restores_any_config_exactly(config: CnnConfig) -> None:
    assert CnnConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@given(made_from_knobs(CnnConfig))
def test_set_restores_any_config_exactly(config: CnnConfig) -> None:
    settings = [f"{name}={knob.format(getattr(config, name))}" for name, knob in CnnConfig.knobs().items()]
    assert CnnConfig().changed(settings) == config


def all_knobs() -> list[Any]:
    found = []
    for family in FAMILIES.values():
        owners: list[Any] = [family.config_type]
        for knob in family.config_type.knobs().values():
            owners += knob.kinds if isinstance(knob, Blocks) else ()
        found += [pytest.param(o, n, k, id=f"{o.__name__}.{n}") for o in owners for n, k in o.knobs().items()]
    return found


@pytest.mark.parametrize(("owner", "name", "knob"), all_knobs())
def test_every_knob_is_explained_and_its_default_is_one_of_its_values(owner: Any, name: str, knob: Knob) -> None:
    assert knob.label.strip()
    assert knob.help.strip()
    default = getattr(owner(), name)
    assert knob.parse(name, knob.format(default)) == default


@pytest.mark.parametrize(("owner", "name", "knob"), [p for p in all_knobs() if isinstance(p.values[2], Bounded)])
def test_bounds_are_inside_and_what_lies_beyond_is_not(owner: Any, name: str, knob: Bounded) -> None:
    step = 1 if knob.whole else 1e-6
    for value in (knob.low, knob.high):
        assert getattr(owner(**{name: value}), name) == value
    for value in (knob.low - step, knob.high + step):
        with pytest.raises(ConfigError):
            owner(**{name: value})
