"""Turn a check into plain sentences, the worst first, good news included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.analysis.data.check import DataCheck
from core.analysis.data.duplicates import Duplicates
from core.analysis.data.outliers import Outliers

Severity = Literal["bad", "look", "good"]
_ORDER: tuple[Severity, ...] = ("bad", "look", "good")

UNEVEN = 3.0  # largest class over smallest; plain training copes with less
VERY_UNEVEN = 10.0  # accuracy then hides errors of the smallest class
FEW_IMAGES = 50  # training images of a class; fewer need augmentation
LEAK_BAD = 0.01  # of the test images: accuracy may look a whole percentage point too good
REPEATED_BAD = 0.1  # of the training images: a tenth of each epoch repeats images
NEAR_BY_CHANCE = 0.001  # of the images: simple pictures resemble each other (0.03 % of MNIST digits)
OUTLIERS_LOOK = 0.0005  # of the images: any large data set has fewer
WRONG_LABELS_BAD = (
    0.03  # of the labels; well-known test sets have 3.4 % (Northcutt et al. 2021, Pervasive label errors)
)
TRUSTED_VOTE = 0.7  # accuracy of the neighbours' vote; below it single labels cannot be checked
_NAMED = 3  # most classes named in a sentence


@dataclass(frozen=True)
class Finding:
    """One result of a check.

    Args:
        kind: Stable id, such as "leakage".
        severity: "bad": fix it first; "look": inspect it; "good": no problem.
        sentence: Text for users.
    """

    kind: str
    severity: Severity
    sentence: str


def findings(check: DataCheck) -> list[Finding]:
    """Return the findings of a check, the worst first."""
    found = [
        *_balance(check),
        *_leakage(check),
        *_repeats(check),
        *_conflicts(check),
        *_unusual(check),
        *_sizes(check),
        *_labels(check),
    ]
    return sorted(found, key=lambda finding: _ORDER.index(finding.severity))


def _balance(check: DataCheck) -> Iterator[Finding]:
    counts = check.train_counts
    absent = [name for name, count in zip(check.classes, counts, strict=True) if not count]
    if absent:
        yield Finding("absent", "bad", f"There are no training images of {_names(absent)}: no network can learn it.")
    else:
        yield _ratio(check)
        few = [name for name, count in zip(check.classes, counts, strict=True) if count < FEW_IMAGES]
        if few:
            yield Finding("few", "look", f"There are fewer than {FEW_IMAGES} training images of {_names(few)}.")
    untested = [name for name, count in zip(check.classes, check.test_counts, strict=True) if not count]
    if not sum(check.test_counts):
        yield Finding("untested", "bad", "There are no test images to measure a network's accuracy.")
    elif untested:
        yield Finding("untested", "look", f"There are no test images of {_names(untested)}: its accuracy is unknown.")


def _ratio(check: DataCheck) -> Finding:
    most, least = max(check.train_counts), min(check.train_counts)
    ratio = most / least
    if ratio < UNEVEN:
        span = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        return Finding("balance", "good", f"The classes have {span} training images each.")
    severity: Severity = "bad" if ratio >= VERY_UNEVEN else "look"
    times = f"{ratio:.0f}" if ratio >= VERY_UNEVEN else f"{ratio:.1f}".removesuffix(".0")
    return Finding("balance", severity, f"The largest class has {times} times as many images as the smallest.")


def _leakage(check: DataCheck) -> Iterator[Finding]:
    tested = sum(check.test_counts)
    if not tested:
        return
    count, near = check.exact.between.count, check.near.between.count
    better = "the test accuracy will look too good."
    if count:
        verb = "is" if count == 1 else "are"
        severity = _severity(count / tested, LEAK_BAD)
        yield Finding("leakage", severity, f"{_images(count)} {verb} in both training and test (leakage): {better}")
    else:
        yield Finding("leakage", "good", "No image is in both training and test.")
    if near:
        text = f"{_images(near, 'test image')} nearly {_repeat(near)} a training image"
        by_chance = near / tested < NEAR_BY_CHANCE
        severity = "good" if by_chance else _severity(near / tested, LEAK_BAD)
        yield Finding("near_leakage", severity, f"{text}." if by_chance else f"{text}: {better.replace('will', 'may')}")


def _repeats(check: DataCheck) -> Iterator[Finding]:
    parts = (("", "training image", sum(check.train_counts)), ("test_", "test image", sum(check.test_counts)))
    for kind, duplicates, how in (("duplicates", check.exact, "exactly"), ("near_duplicates", check.near, "nearly")):
        for (prefix, what, total), pairs in zip(parts, (duplicates.train, duplicates.test), strict=True):
            if pairs.count:
                by_chance = how == "nearly" and pairs.count / total < NEAR_BY_CHANCE
                severity: Severity = "good" if by_chance else _severity(pairs.count / total, REPEATED_BAD)
                text = f"{_images(pairs.count, what)} {how} {_repeat(pairs.count)} another one."
                yield Finding(prefix + kind, severity, text)
            elif total:
                yield Finding(prefix + kind, "good", f"No {what} {how} repeats another one.")


def _conflicts(check: DataCheck) -> Iterator[Finding]:
    sets: tuple[tuple[str, Duplicates, str, Severity], ...] = (
        ("conflicts", check.exact, "an identical image", "bad"),
        ("near_conflicts", check.near, "a nearly identical image", "look"),
    )
    for kind, duplicates, other, severity in sets:
        count = duplicates.conflicts.count
        if count:
            verb = "has" if count == 1 else "have"
            text = f"{_images(count)} {verb} a different label than {other}: one of the two is wrong."
            yield Finding(kind, severity, text)


def _unusual(check: DataCheck) -> Iterator[Finding]:
    total = sum(check.train_counts) + sum(check.test_counts)
    count = check.empty.count
    if count:
        verb = "is" if count == 1 else "are"
        yield Finding("empty", "look", f"{_images(count)} {verb} nearly empty: almost a single colour.")
    else:
        yield Finding("empty", "good", "No image is empty.")
    count = check.brightness.count
    if count:
        severity: Severity = "look" if count / total > OUTLIERS_LOOK else "good"
        verb = "is" if count == 1 else "are"
        text = f"{_images(count)} {verb} much brighter or darker than the rest of the class."
        yield Finding("brightness", severity, text)
    else:
        yield Finding("brightness", "good", "No image is much brighter or darker than the rest of its class.")


def _sizes(check: DataCheck) -> Iterator[Finding]:
    known: list[Outliers] = [sizes for sizes in (check.train_sizes, check.test_sizes) if sizes is not None]
    count = sum(sizes.count for sizes in known)
    if count:
        verb = "has" if count == 1 else "have"
        yield Finding("sizes", "look", f"{_images(count, 'original')} {verb} an unusual size or shape for the class.")
    elif known:
        yield Finding("sizes", "good", "The originals of each class have similar sizes and shapes.")


def _labels(check: DataCheck) -> Iterator[Finding]:
    vote = check.labels
    if not vote.checked:
        return
    got = f"A nearest-neighbour vote gets {100 * vote.accuracy:.1f} %"
    if vote.accuracy < TRUSTED_VOTE:
        text = f"{got} of the training labels right: too few to find wrong labels."
        yield Finding("baseline", "look", text)
        return
    yield Finding("baseline", "good", f"{got} of the training labels right: a network should do better.")
    among = "" if vote.checked == sum(check.train_counts) else f" of the {vote.checked:,} checked ones"
    if not vote.count:
        yield Finding("labels", "good", f"No label{among} contradicts its neighbours.")
        return
    look, their = ("looks", "its") if vote.count == 1 else ("look", "their")
    text = f"{_images(vote.count, 'label')}{among} {look} wrong: {their} neighbours agree on another class"
    severity = _severity(vote.count / vote.checked, WRONG_LABELS_BAD)
    yield Finding("labels", severity, f"{text} (a wrong label or an unusual image).")


def _severity(share: float, bad: float) -> Severity:
    return "bad" if share >= bad else "look"


def _images(count: int, what: str = "image") -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _repeat(count: int) -> str:
    return "repeats" if count == 1 else "repeat"


def _names(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
