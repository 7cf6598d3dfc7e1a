"""Projects in directories that requirements name: what is installed is what stands there at the time of the build."""

from __future__ import annotations

import pytest

import testbed
from driving import SHIM, SOURCE, Project

ACTIVATE = f"{SOURCE} -a -r requirements.txt"
SHOW = "python -c 'import mine; print(mine.__version__)'"


@pytest.fixture
def work(project):
    """A project without modules that requires another one below it, whose code says 1."""
    testbed.source(project / "mine", testbed.Distribution("mine", "1"))
    return Project(project).write("./mine\n")


def script(work, text, **more):
    """Run ``text`` where no index is asked; return what was printed, and what was said."""
    shell = work.shell(PIP_NO_INDEX="1", UV_CACHE_DIR=str(work.directory.parent / "cache"), **more)
    ran = shell.script(f"set -e\n{text}")
    assert ran.status == 0, ran.stderr
    return ran.stdout.split()


EDIT = "echo \"__version__ = '2'\" >mine/src/mine.py"
NAMED = r"printf '[metadata]\nname = mine\n' >mine/setup.cfg"

COUNTING = """
_build = build_wheel
def build_wheel(*given):
    print("built", file=open("built", "a"))
    return _build(*given)
"""


@pytest.mark.parametrize("prepare", [":", NAMED], ids=["says no name", "says its name"])
def test_a_build_takes_the_code_as_it_is_then(work, prepare):
    assert script(work, f"{prepare}\n{ACTIVATE}\n{SHOW}\n{EDIT}\n{ACTIVATE} --recreate\n{SHOW}") == ["1", "2"]
    assert script(work, f"rm -r venvs\n{EDIT.replace('2', '3')}\n{ACTIVATE}\n{SHOW}") == ["3"]


def test_so_does_one_by_a_lock_file_and_one_without_a_network(work):
    again = f"{EDIT}\n{ACTIVATE} --recreate --offline\n{SHOW}"
    assert script(work, f"{NAMED}\n{ACTIVATE}\n{SHIM} lock\n{ACTIVATE}\n{SHOW}\n{again}") == ["1", "2"]


def test_it_is_built_once_in_a_build(work):
    """Also where an earlier environment says what versions come first, for which uv is called more than once."""
    backend = work.directory / "mine/backend.py"
    backend.write_text(f"{backend.read_text()}\n{COUNTING}")
    testbed.source(work.directory / "other", testbed.Distribution("other", "1"))
    update = f"echo ./other >>requirements.txt\n{ACTIVATE}\ncat mine/built"
    assert script(work, f"{NAMED}\n{ACTIVATE}\nrm mine/built\n{update}") == ["built"]


def test_an_editable_one_does_not_shadow_itself(work):
    """What setuptools leaves beside its code is no other distribution."""
    metadata = "mkdir mine/src/mine.egg-info && cp mine/PKG-INFO mine/src/mine.egg-info"
    work.write("-e ./mine\n")
    looked = f"{SHIM} why mine\n{SHIM} doctor --offline || true"
    said = script(work, f"{NAMED}\n{metadata}\n{ACTIVATE}\n{looked}")
    assert "environment" in said
    assert not {"shadows", "shadowed"} & set(said), said
