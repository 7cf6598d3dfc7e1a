from __future__ import annotations

import pytest

from vscvenv.engine.closure import needed
from vscvenv.engine.provided import Provided

KNOWN = {
    "a": Provided("a", "1", "/m", ("b", 'c; extra == "x"', 'd; python_version < "3"', "Not_Known")),
    "b": Provided("b", "1", "/m", ("a",)),
    "c": Provided("c", "1", "/m", ("B[y]", "not a requirement ==")),
    "d": Provided("d", "1", "/m"),
}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([], set()),
        (["A>=1"], {"a", "b"}),
        (["a[x]"], {"a", "b", "c"}),
        (["a", "a[x]"], {"a", "b", "c"}),
        (["d; python_version < '3'", "nothing", "== broken"], set()),
        (["c"], {"a", "b", "c"}),
    ],
)
def test_what_is_needed_is_followed(asked, expected):
    assert needed(asked, KNOWN, {"python_version": "3.11"}) == expected
