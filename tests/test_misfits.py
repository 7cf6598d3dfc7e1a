from __future__ import annotations

from vscvenv.engine.misfits import misfits
from vscvenv.engine.provided import Provided

KNOWN = {
    "a": Provided("a", "1", "/m", ("B<2", "c>=1", 'gone; extra == "x"', 'old; python_version < "3"', "== broken")),
    "b": Provided("b", "2", "/m"),
    "c": Provided("c", "1.0rc1", "/m", ("Not_There[y]>1",)),
}


def test_what_is_missing_or_of_another_version_is_told():
    assert misfits(KNOWN, {"python_version": "3.11"}) == {
        "a 1 requires B<2, and b 2 is there",
        "a 1 requires c>=1, and c 1.0rc1 is there",
        "c 1.0rc1 requires Not_There>1, which is not there",
    }


def test_what_fits_is_not():
    assert misfits({"b": KNOWN["b"], "d": Provided("d", "1", "/m", ("b",))}, {}) == set()
