"""The colours of charts stand in one module, and are Okabe and Ito's."""

import re
from pathlib import Path

import pytest

from core.figures import colours

ROOT = Path(__file__).parents[3]
MODULE = ROOT / "core" / "figures" / "colours.py"
# Source: Okabe and Ito, Color universal design, 2008, figure 16; black and yellow left out.
OKABE_ITO = {
    "BLUE": (0, 114, 178),
    "ORANGE": (230, 159, 0),
    "GREEN": (0, 158, 115),
    "VERMILION": (213, 94, 0),
    "PINK": (204, 121, 167),
    "SKY": (86, 180, 233),
}


def test_no_other_file_repeats_a_colour() -> None:
    codes = set(re.findall("#[0-9A-F]{6}", MODULE.read_text()))
    assert len(codes) > 20
    numbers = [", ?".join(map(str, colours.rgb(code))) for code in codes]
    repeated = re.compile("|".join([*(code[1:] for code in codes), *numbers]), re.IGNORECASE)
    files = [path for folder in ("core", "pages", ".streamlit") for path in (ROOT / folder).rglob("*.*")]
    texts = [path for path in files if path.suffix in (".py", ".css", ".js", ".toml") and path != MODULE]
    assert len(texts) > 200
    found = [str(path.relative_to(ROOT)) for path in texts if repeated.search(path.read_text())]
    assert found == []


@pytest.mark.parametrize("name", OKABE_ITO)
def test_the_series_are_okabe_and_itos(name: str) -> None:
    assert colours.rgb(getattr(colours, name)) == OKABE_ITO[name]


def test_training_is_the_first_of_the_series_and_validation_the_second() -> None:
    assert (colours.TRAINING, colours.VALIDATION) == colours.SERIES[:2] == colours.RUNS[:2]
    assert [colours.rgb(colour) for colour in colours.SERIES] == list(OKABE_ITO.values())
    assert len(set(colours.RUNS)) == len(colours.RUNS)
