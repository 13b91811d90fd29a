"""Links that the version before features and targets has written give the settings that they gave then."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from core.config import from_query
from core.families import find_family

# Each preset with some other settings, every setting in one of them at least.
LINKS = json.loads((Path(__file__).parents[2] / "support/links_before.json").read_text())


@pytest.mark.parametrize("before", LINKS, ids=[f"{link['family']}-{number}" for number, link in enumerate(LINKS)])
def test_a_link_of_the_version_before_gives_the_same_settings(before: dict[str, Any]) -> None:
    family = find_family(before["family"])
    config, _, ignored = from_query(dict(parse_qsl(before["link"])), family.presets, family.default_preset)
    assert ignored == []
    said = config.to_dict()
    assert {name: said[name] for name in before["config"]} == before["config"]


def test_a_preset_that_now_holds_images_back_held_none_in_links_of_the_first_version() -> None:
    presets = find_family("cnn").presets
    shares = {v: from_query({"preset": "tiny_vgg", "v": v}, presets, "fast")[0].validation_fraction for v in "12"}
    assert shares == {"1": 0.0, "2": 0.1}
