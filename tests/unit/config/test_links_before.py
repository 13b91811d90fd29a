"""Links that earlier versions have written give the settings that they gave then."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from core.config import from_query
from core.families import find_family

# Of the version before features and targets each preset with some other settings, every setting in one of them at
# least; of the one before presets of points were slowed down, each preset that has changed since.
LINKS = json.loads((Path(__file__).parents[2] / "support/links_before.json").read_text())


@pytest.mark.parametrize("before", LINKS, ids=[f"{link['family']}-{number}" for number, link in enumerate(LINKS)])
def test_an_older_link_gives_the_same_settings(before: dict[str, Any]) -> None:
    family = find_family(before["family"])
    config, _, ignored = from_query(dict(parse_qsl(before["link"])), family.presets, family.default_preset)
    assert ignored == []
    said = config.to_dict()
    assert {name: said[name] for name in before["config"]} == before["config"]


def test_a_preset_that_now_holds_images_back_held_none_in_links_of_the_first_version() -> None:
    presets = find_family("cnn").presets
    shares = {v: from_query({"preset": "tiny_vgg", "v": v}, presets, "fast")[0].validation_fraction for v in "123"}
    assert shares == {"1": 0.0, "2": 0.1, "3": 0.1}


def test_what_changed_last_also_differs_in_links_of_the_first_version_and_not_in_new_ones() -> None:
    presets = find_family("mlp").presets
    first, new = (from_query({"preset": "xor", "v": v}, presets, "xor")[0] for v in "13")
    assert (first.epochs, first.precision, first.validation_fraction) == (30, "auto", 0.0)
    assert new == presets["xor"].config
