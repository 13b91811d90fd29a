import json
import math
import re
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core.config import (
    Block,
    Blocks,
    Config,
    Corrections,
    Field,
    Preset,
    blocks,
    bounded,
    choice,
    from_query,
    to_query,
)
from core.config.fields import Bounded, Choice
from core.errors import ConfigError
from core.families import FAMILIES
from core.families.cnn import PRESETS, CnnConfig
from tests.support.random_configs import any_configs

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
    assert Small.field("parts").format((Big(size=5), Bare())) == "big:5:0.5,bare"


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
    assert to_query(Small(rate=0.9, count=2), SMALL["quick"]) == {"v": "3", "preset": "quick", "count": "2"}


def test_an_empty_link_is_the_default_preset() -> None:
    assert from_query({}, SMALL, "quick") == (SMALL["quick"].config, "quick", [])


def test_a_link_keeps_what_can_be_read_and_names_the_rest() -> None:
    query = {"v": "2", "preset": "plain", "count": "9", "rate": "5", "colour": "red", "word": "two", "parts": "huge"}
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


def reread(config: CnnConfig, preset: Preset[CnnConfig]) -> tuple[CnnConfig, str, list[str]]:
    """Send a config through the text of a link, as a browser does."""
    text = urlencode(to_query(config, preset))
    return from_query(dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True)), PRESETS, "fast")


@budget(max_examples=80)
@given(any_configs, st.sampled_from(sorted(PRESETS)))
def test_a_link_restores_any_config_exactly(config: CnnConfig, preset: str) -> None:
    assert reread(config, PRESETS[preset]) == (config, preset, [])


@budget(max_examples=40)
@given(any_configs, st.sampled_from(sorted(PRESETS)), st.sets(st.sampled_from(sorted(CnnConfig.fields())), max_size=6))
def test_a_link_restores_a_changed_preset_whatever_preset_it_starts_from(
    config: CnnConfig, changed: str, names: set[str]
) -> None:
    some = replace(PRESETS[changed].config, **{name: getattr(config, name) for name in names})
    for preset in PRESETS.values():
        assert reread(some, preset) == (some, preset.id, [])


@budget(max_examples=80)
@given(any_configs)
def test_json_restores_any_config_exactly(config: CnnConfig) -> None:
    text = json.dumps(config.to_dict(), allow_nan=False)
    assert CnnConfig.from_dict(json.loads(text)) == config


@budget(max_examples=50)
@given(any_configs)
def test_set_restores_any_config_exactly(config: CnnConfig) -> None:
    settings = [f"{name}={field.format(getattr(config, name))}" for name, field in CnnConfig.fields().items()]
    assert CnnConfig().changed(settings) == config


def wrong_texts(field: Field) -> st.SearchStrategy[str]:
    """Text that the field cannot hold: out of its bounds, not whole, none of its words, no number at all."""
    words = ["", "nan", "inf", "-inf", "Adam", "conv:0", "conv:3:3:relu:1:valid:1:1", "tanh,", "1e999"]
    if isinstance(field, Blocks | Corrections):
        return st.sampled_from([word for word in words if word])  # no text is an empty list
    if isinstance(field, Choice):
        return st.sampled_from(words)
    beyond = st.one_of(
        st.floats(max_value=field.low, exclude_max=True), st.floats(min_value=field.high, exclude_min=True)
    )
    numbers = st.one_of(beyond, st.integers(0, 99).map(lambda n: n + 0.5)) if field.whole else beyond
    return st.one_of(st.sampled_from(words), numbers.map(repr))


@given(any_configs, st.sampled_from(sorted(CnnConfig.fields())), st.sampled_from(sorted(PRESETS)), st.data())
def test_what_a_link_has_out_of_range_is_named_and_the_preset_stands_there(
    config: CnnConfig, name: str, preset: str, data: st.DataObject
) -> None:
    text = data.draw(wrong_texts(CnnConfig.field(name)))
    read, _, notes = from_query({**to_query(config, PRESETS[preset]), name: text}, PRESETS, "fast")
    [note] = notes
    assert note.startswith(f"Ignored in the link: {name}")
    assert getattr(read, name) == getattr(PRESETS[preset].config, name)
    assert set(read.differences(config)) <= {name}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("learning_rate", "-1"),
        ("optimizer", "magic"),
        ("nesterov", "true"),
        ("patience", "51"),
        ("target_accuracy", "1.01"),
        ("layers", "conv:1:2:3:4:5:6:7:8"),
        ("layers", "lstm:8"),
        ("layers", ",".join(["dense"] * 41)),
        ("colour", "red"),
        ("schema", "2"),
        ("__class__", "x"),
    ],
)
def test_a_part_of_a_link_that_cannot_be_used_is_named_and_ignored(name: str, text: str) -> None:
    config, preset, [note] = from_query({"preset": "article", "seed": "5", name: text}, PRESETS, "fast")
    assert (config, preset) == (PRESETS["article"].config.changed(["seed=5"]), "article")
    assert note.startswith("Ignored in the link:")
    assert name in note


@budget(max_examples=50)
@given(any_configs, st.text(min_size=1).filter(lambda name: name not in {*CnnConfig.fields(), "v", "preset"}))
def test_what_a_link_has_that_is_unknown_is_named_and_changes_nothing(config: CnnConfig, name: str) -> None:
    read, _, notes = from_query({**to_query(config, PRESETS["fast"]), name: "1"}, PRESETS, "fast")
    assert read == config
    [note] = notes
    assert repr(name) in note or repr(name.partition("=")[0]) in note


@pytest.mark.parametrize(
    ("old", "now"),
    [
        ("conv:4:3:relu:2:same", "conv:4:3:relu:2:same:1"),
        ("pool:average:3", "pool:average:3:0"),
        ("conv", "conv:32:3:relu:1:valid:1"),
    ],
)
def test_a_link_from_before_a_layer_had_all_its_settings_means_what_it_meant(old: str, now: str) -> None:
    config, _, notes = from_query({"layers": old}, PRESETS, "fast")
    assert notes == []
    assert config.to_dict()["layers"] == [now]


def all_fields() -> list[tuple[Any, str, Field]]:
    found = []
    for family in FAMILIES.values():
        owners: list[Any] = [family.config_type]
        for field in family.config_type.fields().values():
            owners += field.kinds if isinstance(field, Blocks) else ()
        found += [(owner, name, field) for owner in owners for name, field in owner.fields().items()]
    return found


def test_every_knob_is_named_and_its_default_is_one_of_its_values() -> None:
    for owner, name, field in all_fields():
        assert field.label == field.label.strip() != "", (owner, name)
        default = getattr(owner(), name)
        assert field.parse(name, field.format(default)) == default, (owner, name)


def test_every_knob_says_what_it_is_and_what_its_values_do() -> None:
    for owner, name, field in all_fields():
        parts = [part for part in re.split(r"[.;:](?:\s|$)", field.help) if part.strip()]
        assert field.help.endswith("."), (owner, name)
        least = 2 if isinstance(field, Choice) else 3  # of a number: what a small one and a big one do
        assert len(parts) >= least, (owner, name)
        assert len(field.help) >= 40, (owner, name)


def test_bounds_are_inside_and_what_lies_beyond_is_not() -> None:
    for owner, name, field in all_fields():
        if not isinstance(field, Bounded):
            continue
        step = 1 if field.whole else 1e-6
        for value in (field.low, field.high):
            assert getattr(owner(**{name: value}), name) == value, (owner, name)
        for value in (field.low - step, field.high + step):
            with pytest.raises(ConfigError):
                owner(**{name: value})
