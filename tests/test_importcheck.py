from __future__ import annotations

from engine import Place, module
from testbed import Distribution, source
from vscvenv.engine.importcheck import check_imports


def problems(place, **more):
    return check_imports(place.path, place.interpreter(), {**place.environ, **more})


def test_what_is_installed_is_what_is_imported(tmp_path):
    place = Place(tmp_path, modules=(module(tmp_path / "modules", Distribution("alpha", "1")),))
    parts = {"alpha.py": "", "pkg/__init__.py": "raise SystemExit('not to be imported')", "space/part.py": ""}
    place.wheels.wheel(Distribution("alpha", "2", modules=parts))
    # The standard library comes first, by design.
    place.wheels.wheel(Distribution("dataclasses", "1"))
    source(tmp_path / "tree", Distribution("beta", "1"))
    place.install("alpha>=2", "dataclasses", "-e ./tree")
    assert problems(place) == []


def test_what_comes_from_elsewhere_is_named(tmp_path):
    place = Place(tmp_path, modules=(module(tmp_path / "modules", Distribution("alpha", "1")),))
    place.wheels.wheel(Distribution("alpha", "2"))
    place.install("alpha>=2")
    (place.site_packages / "vsc_venv_order.pth").unlink()
    assert problems(place) == [f"alpha is installed, but alpha is imported from {tmp_path}/modules/alpha.py"]
