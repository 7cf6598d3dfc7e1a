from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest

from engine import Place, index
from testbed import Distribution, Wheels, extension
from vscvenv.engine import caches
from vscvenv.engine.options import Options

# What a build with other flags for the processor makes of it.
SOURCE = extension("_native", "FLAVOUR").replace('"FLAVOUR"', "FLAVOUR")
NATIVE = Distribution("native", "1", extension=SOURCE)


def flavour(place):
    command = [place.python, "-c", "import _native; print(_native.text())"]
    return subprocess.run(command, env=place.environ, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def build(tmp_path):
    """Return a function that builds NATIVE in a new environment and tells which build it got."""
    cache = tmp_path / "cache"
    places = iter(range(99))

    def build(label, flags, installer="uv"):
        root = tmp_path / str(next(places))
        root.mkdir()
        place = Place(root)
        where = Wheels(tmp_path / "index" / "simple" / "native")
        if not where.directory.exists():
            where.sdist(NATIVE)
        with index(tmp_path / "index") as (url, _):
            place.install(
                "native",
                online=True,
                options=Options(cache=cache, label=label, installer=installer, index_url=url),
                environ={"CFLAGS": f"-DFLAVOUR='\"{flags}\"'", "PATH": "/usr/bin:/bin"},
            )
        return flavour(place)

    return build


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_what_was_built_for_one_label_is_not_served_to_another(installer, build, tmp_path):
    same = "the same flags for both"
    assert build("zen2", same, installer) == same
    before = len(list((tmp_path / "cache" / "built").iterdir()))
    build("zen5", same, installer)
    assert len(list((tmp_path / "cache" / "built").iterdir())) == before + 1


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_nor_to_another_compiler_environment_of_the_same_label(installer, build):
    assert [build("zen2", flags, installer) for flags in ("one", "two", "one")] == ["one", "two", "one"]


def test_downloads_are_shared_between_labels(tmp_path):
    with index(tmp_path / "index", Distribution("alpha", "1")) as (url, requests):
        counts = []
        for label in ("zen2", "zen5"):
            root = tmp_path / label
            root.mkdir()
            options = Options(cache=tmp_path / "cache", label=label, index_url=url)
            Place(root).install("alpha", online=True, options=options)
            counts.append(sum(".whl" in request for request in requests))
    assert counts[0] == counts[1] > 0


def test_the_users_files_below_the_cache_are_not_links(tmp_path):
    place = Place(tmp_path)
    place.wheels.wheel(Distribution("alpha", "1"))
    place.install("alpha")
    assert not (place.site_packages / "alpha.py").is_symlink()


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (("UV_CACHE_DIR", "XDG_CACHE_HOME", "VSC_SCRATCH"), "UV_CACHE_DIR/vsc-venv"),
        (("XDG_CACHE_HOME", "VSC_SCRATCH"), "XDG_CACHE_HOME/vsc-venv"),
        (("VSC_SCRATCH", "SCRATCH", "HOME"), "VSC_SCRATCH/.cache/vsc-venv"),
        (("SCRATCH", "HOME"), "SCRATCH/.cache/vsc-venv"),
        (("HOME",), "HOME/.cache/vsc-venv"),
    ],
)
def test_the_place_is_the_users_own_else_scratch_else_home(variables, expected, tmp_path):
    for name in variables:
        (tmp_path / name).mkdir()
    environ = {name: str(tmp_path / name) for name in variables}
    assert caches.default(environ) == tmp_path / expected


def test_a_scratch_that_is_not_there_is_passed_over(tmp_path):
    environ = {"VSC_SCRATCH": str(tmp_path / "unmounted"), "HOME": str(tmp_path)}
    assert caches.default(environ) == tmp_path / ".cache" / "vsc-venv"


def test_files_are_copied_where_the_cache_is_on_another_file_system(tmp_path, capfd):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as cache:
        if Path(cache).stat().st_dev == tmp_path.stat().st_dev:
            pytest.fail("this test needs /dev/shm on a file system of its own")
        place = Place(tmp_path)
        place.wheels.wheel(Distribution("alpha", "1"))
        place.install("alpha", options=Options(cache=Path(cache)), show=True)
    assert (place.site_packages / "alpha.py").stat().st_nlink == 1
    assert "hardlink" not in capfd.readouterr().err
