"""Who may see which data."""

import numpy as np
import pytest

from core.datasets.access import check_may_see, is_private, may_see, visible
from core.datasets.own import own, removal
from core.datasets.points.drawn import keep_points
from core.errors import DatasetError, NotAllowedError
from core.settings import Settings
from core.store.records import LOCAL, SERVER


def brought(settings: Settings, owner: str, **notes: object) -> str:
    key = keep_points(settings, owner, "Some", np.full((84, 84), 255, np.uint8))
    own.update(settings, key, notes={"read": True, **notes})
    return key


def who_sees(settings: Settings, key: str) -> set[str | None]:
    return {actor for actor in ("ann", "bob", None, LOCAL, SERVER) if may_see(settings, key, actor)}


def test_private_data_is_its_owners_and_the_machines(settings: Settings) -> None:
    key = brought(settings, "ann")
    assert who_sees(settings, key) == {"ann", LOCAL, SERVER}
    assert is_private(settings, key)
    with pytest.raises(NotAllowedError, match="private and belongs to somebody else"):
        check_may_see(settings, key, "bob")
    assert visible(settings, "bob") == []
    own.change(settings, key, "ann", published=True)
    assert who_sees(settings, key) == {"ann", "bob", None, LOCAL, SERVER}
    assert [card.id for card in visible(settings, "bob")] == [key]
    own.change(settings, key, "ann", published=False)
    assert who_sees(settings, key) == {"ann", LOCAL, SERVER}


def test_public_data_is_everybodys(settings: Settings) -> None:
    assert len(who_sees(settings, "mnist_5k")) == 5


def test_what_is_left_of_deleted_data_is_its_owners(settings: Settings) -> None:
    key = brought(settings, "ann")
    own.change(settings, key, "ann", published=True)
    removal.delete(settings, key, "ann", has_runs=lambda: True)
    assert who_sees(settings, key) == {"ann", LOCAL, SERVER}
    removal.discard(settings, key)
    assert who_sees(settings, key) == {LOCAL, SERVER}
    with pytest.raises(DatasetError, match="may have been deleted"):
        check_may_see(settings, key, "ann")


def test_data_that_holds_somebody_elses_is_as_private_as_theirs(settings: Settings) -> None:
    original = brought(settings, "ann")
    own.change(settings, original, "ann", published=True)
    bobs = brought(settings, "bob", dataset=original, dataset_owner="ann")
    anns = brought(settings, "ann", dataset=original, dataset_owner="ann")
    for key, owner in ((bobs, "bob"), (anns, "ann")):
        own.change(settings, key, owner, published=True)
    assert who_sees(settings, bobs) == who_sees(settings, anns) == {"ann", "bob", None, LOCAL, SERVER}
    own.change(settings, original, "ann", published=False)
    assert who_sees(settings, bobs) == {LOCAL, SERVER}
    assert len(who_sees(settings, anns)) == 5, "she has published it herself"
    removal.discard(settings, original)
    assert who_sees(settings, bobs) == {LOCAL, SERVER}
    assert len(who_sees(settings, anns)) == 5
