"""Dates as people write them in many languages, to be written as a computer does."""

from __future__ import annotations

from datetime import date

import numpy as np

from core.datasets.texts.pairs.rows import Pairs, pair_dataset

LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "tr", "ro", "el"]
FIRST, DAYS = date(1900, 1, 1).toordinal(), 73_049  # up to the end of 2099
_SIGNS = (
    " ,-.0123456789ACDEFHJKMNOPSTWabcdefghijklmnopqrstuvwxyzÇáâäåçéìíöøúûüýăąčěğıłřśŞşźț"  # noqa: RUF001
    "ΐΑΔΙΚΜΝΟΠΣΤΦάέήίαβγεηικλμνοπρστυωύ"
)


def write_dates(rng: np.random.Generator, count: int) -> Pairs:
    """Return days in the medium, long or full form of a language, all different, each with its form in ISO 8601."""
    from babel.dates import format_date

    pairs = []
    for day in rng.choice(DAYS, count, replace=False):
        when = date.fromordinal(FIRST + int(day))
        form = ("medium", "long", "full")[rng.integers(3)]
        language = LANGUAGES[rng.integers(len(LANGUAGES))]
        pairs.append((format_date(when, form, locale=language), when.isoformat()))
    return pairs


DATES = pair_dataset(
    "dates",
    "Dates of 16 languages",
    write_dates,
    _SIGNS,
    (40, 11),
    (20_000, 2_000),
    split="20,000 training dates and 2,000 test dates from 1900 to 2099, drawn from a fixed seed. No day of the test "
    "is among the training dates, in any language.",
    source="names of months and days of Unicode CLDR, from the package Babel (BSD-3-Clause, Unicode-3.0)",
    licence="Unicode-3.0",
    constants=f"from datetime import date\n\nLANGUAGES = {LANGUAGES!r}\n"
    f"FIRST, DAYS = date(1900, 1, 1).toordinal(), {DAYS}\n",
)
