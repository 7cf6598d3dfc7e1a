from __future__ import annotations

from pathlib import Path

import pytest

from vscvenv.reading.inputs import Input
from vscvenv.record import Basis
from vscvenv.request import Request

HERE = Path("/project")


def basis(requirements=("r.txt", b"six\n"), modules=("m.txt", b"alpha/1.0\n"), loaded=("alpha/1.0",), python="3.11.7"):
    files = [Input(HERE / name, content) for name, content in filter(None, (requirements, modules))]
    request = Request(
        venvs=HERE / "venvs",
        requirements=(HERE / requirements[0],),
        modules=HERE / modules[0] if modules else None,
    )
    return Basis(request=request, inputs=tuple(files), modules=tuple(loaded), python={"version": python})


@pytest.mark.parametrize(
    ("now", "reasons"),
    [
        (basis(), []),
        (basis(requirements=("r.txt", b"six\nrich\n")), ["r.txt changed: +rich"]),
        (basis(requirements=("other.txt", b"six\n")), ["requirements: other.txt instead of r.txt"]),
        (
            basis(requirements=("sub/r.txt", b"six\n")),
            [f"requirements: {HERE}/sub/r.txt instead of {HERE}/r.txt"],
        ),
        (basis(modules=None, loaded=()), ["modules: none instead of m.txt"]),
        (basis(modules=("n.txt", b"beta/1\n"), loaded=("beta/1",)), ["modules: n.txt instead of m.txt"]),
        (basis(modules=("m.txt", b"alpha/2.0\n"), loaded=("alpha/2.0",)), ["m.txt changed: alpha 1.0 → 2.0"]),
        (basis(loaded=("alpha/1.0", "beta/1")), ["modules changed: +beta/1"]),
        (basis(python="3.12.1"), ["Python 3.11.7 → 3.12.1"]),
    ],
)
def test_each_reason_is_told_once(now, reasons):
    assert basis().drift(now) == reasons


def test_files_that_are_read_by_others_are_told_by_name():
    nested = Input(HERE / "nested.txt", b"rich\n")
    now = basis()
    more = Basis(request=now.request, inputs=(*now.inputs, nested), modules=now.modules, python=now.python)
    assert basis().drift(more) == ["nested.txt is read too"]
    assert more.drift(basis()) == ["nested.txt is read no longer"]
