from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.classes.folders import TEST, TRAIN, read_tree

NAMES = st.sampled_from(["a", "b", "c", "cats", "dogs", "test tube", "toy train", "2024", "Ä"])
INSIDE = st.lists(NAMES | st.sampled_from(["train", "test", "val"]), max_size=3).map(tuple)
CLASSES = st.sets(NAMES, min_size=2, max_size=5).map(sorted)
TRAINING = st.sampled_from(["train", "Training", "TRAIN", "training_set", "seg_train", "train-images"])
OTHERS = st.sampled_from(["test", "Testing", "test_set", "seg_test", "val", "valid", "Validation"])


@given(
    st.lists(NAMES, max_size=4).map(tuple),
    st.dictionaries(NAMES, st.sets(INSIDE, min_size=1, max_size=3), min_size=2, max_size=4),
)
def test_classes_are_the_folders_where_they_first_differ(
    wrapper: tuple[str, ...], classes: dict[str, set[tuple[str, ...]]]
) -> None:
    classes["z"] = {()}  # one without folders in it, so that no split lies in all classes
    folders = {(*wrapper, name, *inside): name for name, insides in classes.items() for inside in insides}
    loose = {wrapper[:depth] for depth in range(len(wrapper) + 1)}
    tree = read_tree({*folders, *loose})
    assert {folder: tree.place(folder) for folder in folders} == {f: (name, TRAIN) for f, name in folders.items()}
    assert {tree.place(folder) for folder in loose} == {None}


@given(st.lists(NAMES, max_size=2).map(tuple), CLASSES, TRAINING, st.sets(OTHERS, min_size=1), st.booleans())
def test_a_split_around_or_in_the_classes_is_understood(
    wrapper: tuple[str, ...], classes: list[str], training: str, others: set[str], is_inside: bool
) -> None:
    parts = dict.fromkeys(others, TRAIN) | {name: TEST for name in others if "est" in name.casefold()}
    parts[training] = TRAIN
    for (part, side), name in product(parts.items(), classes):
        folders = {(*wrapper, *((n, p) if is_inside else (p, n))) for p, n in product(parts, classes)}
        tree = read_tree(folders)
        assert tree.place((*wrapper, *((name, part) if is_inside else (part, name)), "more")) == (name, side)


@pytest.mark.parametrize(
    ("folders", "places"),
    [
        (
            ["training_set/training_set/cats", "training_set/training_set/dogs", "test_set/test_set/cats"],
            "cats dogs cats",
        ),
        (["train/images/cats", "train/images/dogs", "test/images/dogs"], "cats dogs dogs"),
        (["train/cats", "train/dogs", "test"], "cats dogs -"),
        (["train/cats", "train/dogs", "test/cats", "previews"], "cats dogs cats -"),
        (["car", "plane", "train"], "car plane train"),
        (["train", "training"], "train training"),
        (["val/cats", "test/cats", "val/dogs"], "cats cats dogs"),
        (["train/cats", "train/dogs"], "cats dogs"),
        (["cats/train", "cats/test", "dogs"], "cats cats dogs"),
        (["test tube", "toy train"], "test tube|toy train"),
        (["cats"], "-"),
        ([""], "-"),
    ],
)
def test_some_trees_as_people_make_them(folders: list[str], places: str) -> None:
    paths = [tuple(folder.split("/")) if folder else () for folder in folders]
    tree = read_tree(paths)
    found = [place[0] if (place := tree.place(path)) else "-" for path in paths]
    assert found == (places.split("|") if "|" in places else places.split())
