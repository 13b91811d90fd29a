"""The part of a form's link that says where its run is to start."""

import pytest

from core.errors import ConfigError
from core.steering.link import Wish
from core.steering.record import MOST_EDITS, Edit


def test_where_a_run_is_to_start_stands_in_the_link_whole_or_not_at_all() -> None:
    edits = tuple(Edit.parse(f"dense_1/kernel[{row},0]=0.5") for row in range(MOST_EDITS))
    wish = Wish("1m8m0418k4c35xsbhbfwfpprp", 500, edits, ("dense_1",))
    assert Wish.from_query(wish.to_query()) == wish
    longer = Wish(wish.run, 500, (*edits, Edit.parse("dense_1/bias[0]=1")))
    with pytest.raises(ConfigError, match="at most 1,000 edited weights, received '1,001'"):
        Wish.from_query(longer.to_query())
