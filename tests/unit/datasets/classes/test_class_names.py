import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.classes.names import safe_names

ANY = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=90)
PLAIN = st.text(st.characters(categories=["Ll", "Nd"]), min_size=1, max_size=80)


@given(st.lists(ANY | st.text("a\u0301 \n\u202e", max_size=4), max_size=12))
def test_names_are_short_distinct_and_can_be_seen(names: list[str]) -> None:
    safe = safe_names(names)
    assert len(safe) == len(set(safe)) == len(names)
    for name in safe:
        assert 1 <= len(name) <= 80
        assert name == " ".join(name.split()) == unicodedata.normalize("NFC", name)
        assert name.isprintable() or set(name) & set("\u200c\u200d") or _has_private(name)
    assert safe_names(safe) == safe


def _has_private(name: str) -> bool:
    return any(unicodedata.category(c) in ("Co", "Cn") for c in name)


@given(st.lists(PLAIN.map(lambda name: unicodedata.normalize("NFC", name)[:80]), unique=True))
def test_good_names_stay(names: list[str]) -> None:
    assert safe_names(names) == tuple(names)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a\tb", "a b", "a\x00b"], ("a b (2)", "a b", "a b (3)")),
        (["", "\u202e\u200b", "\n"], ("(no name)", "(no name) (2)", "(no name) (3)")),
        (["cafe\u0301"], ("café",)),
        (["moc.\u202egpj"], ("moc.gpj",)),
        (["<b>x</b>"], ("<b>x</b>",)),
        (["Winterlinde_Tilia_cordata_Blattunterseite_gross"], ("Winterlinde_Tilia_cordata_Blattunterseite_gross",)),
        (["x" * 90 + "_left"], ("x" * 50 + "…" + "x" * 24 + "_left",)),
        (["x" * 90, "x" * 91], ("x" * 50 + "…" + "x" * 29, "x" * 47 + "…" + "x" * 28 + " (2)")),
        (["\ud800"], ("?",)),
    ],
)
def test_odd_names_become_safe(names: list[str], expected: tuple[str, ...]) -> None:
    assert safe_names(names) == expected
