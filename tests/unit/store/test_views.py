"""Named views of the table of runs."""

import pytest

from core.errors import RunError
from core.store import Store
from core.store.views import LAST, LONGEST_LINK, MOST_VIEWS


def test_a_view_is_kept_replaced_and_deleted_for_its_owner_only(store: Store) -> None:
    store.views.keep("ann", "  my   best ", "find=a")
    store.views.keep("ann", "my best", "find=b")
    store.views.keep_last("ann", "sort=created")
    store.views.keep("bea", "my best", "find=c")
    assert store.views.all("ann") == {LAST: "sort=created", "my best": "find=b"}
    store.views.delete("ann", "my best")
    assert store.views.all("ann") == {LAST: "sort=created"}
    assert store.views.all("bea") == {"my best": "find=c"}


def test_a_view_without_a_name_too_long_or_one_too_many_is_refused(store: Store) -> None:
    with pytest.raises(RunError, match="a view's name has the wrong length"):
        store.views.keep("ann", " ", "find=a")
    with pytest.raises(RunError, match="a view's link has the wrong length"):
        store.views.keep("ann", "long", "a" * (LONGEST_LINK + 1))
    for number in range(MOST_VIEWS):
        store.views.keep("ann", f"view {number}", "")
    store.views.keep("ann", "view 3", "find=a")
    with pytest.raises(RunError, match="too many views"):
        store.views.keep("ann", "another", "")
