"""uv and pip as users run them in an active environment, and what it takes that modules go on working."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import uv

from driving import ACTIVATE, DEACTIVATE, EACH, differences, project
from engine import module
from testbed import STYLES, Distribution, Wheels
from vscvenv.engine import byhand, provided
from vscvenv.engine.options import Options

# What each of them does, its exit code, and which numpy comes then.
TYPED = """
uv pip install -q plot; echo "uv $? $(python -c 'import numpy; print(numpy.__version__)')"
uv pip install -q 'numpy>=2' 2>/dev/null; echo "uv $?"
uv pip uninstall -q numpy plot
pip install -q plot; echo "pip $? $(python -c 'import numpy; print(numpy.__version__)')"
pip -q install 'numpy>=2'; echo "pip $?"
python -m pip install -q 'numpy>=2'; echo "python $?"
python -m pip install -q built 2>&1; echo "built $?"
"""


@pytest.mark.parametrize(("style", "kind", "tool"), [(style, *both) for style, both in zip("ABCD", EACH * 2)])
def test_neither_brings_a_numpy_that_breaks_the_modules(style, kind, tool, tmp_path):
    bundle = STYLES[style]
    there = project(tmp_path).write(modules=f"{bundle.name}\n")
    wheels = Wheels(tmp_path / "wheels")
    for distribution in (
        *(Distribution("numpy", one) for one in ("1.26.5", "2.1")),
        Distribution("plot", "1", ("numpy",)),
    ):
        wheels.wheel(distribution)
    wheels.sdist(Distribution("built", "1", builds_with=("numpy>=2",)))
    found = str(wheels.directory)
    own = {"UV_FIND_LINKS": found, "PIP_FIND_LINKS": found, "PIP_NO_INDEX": "1"}
    path = f"{Path(uv.find_uv_bin()).parent}:/usr/bin:/bin"
    shell = there.shell(kind, tool, **own, PATH=path, UV_CACHE_DIR=None, PIP_CACHE_DIR=None)
    before, active, after = (shell.snapshot(name) for name in ("before", "active", "after"))
    ran = shell.script(f"{before}\n{ACTIVATE}\n{active}\n{TYPED}\n{DEACTIVATE}\n{after}")
    provided = bundle.requirements[0].partition("==")[2]
    said = ["uv 0 1.26.5", "uv 1", f"pip 0 {provided}", "pip 1", "python 1", "built 0"]
    assert ran.stdout.splitlines() == said, ran.stderr
    assert "pip keeps to what modules were compiled for here: numpy>=1.2" in ran.stderr
    assert differences(ran.environments["before"], ran.environments["after"]) == {}
    cache = ran.environments["active"]["UV_CACHE_DIR"]
    assert Path(cache).name.startswith("RHEL8-zen2-")
    assert ran.environments["active"]["PIP_CACHE_DIR"] == f"{cache}/pip"


def test_pip_follows_an_environment_that_was_moved(tmp_path):
    old, new = tmp_path / "the old one", tmp_path / "the new one"
    numpy = Distribution("numpy", "1.25.1")
    plot = Distribution("plot", "1", ("numpy",), modules={"plot/_plot.so": ""})
    byhand.hold(old, provided.scan([str(module(old, numpy, plot))]), {})
    old.rename(new)
    byhand.settle(new)
    said = (new / "pip.conf").read_text("utf-8")
    assert said == f"[install]\nconstraint = {(new / byhand.CONSTRAINTS).as_uri()}\n"
    for own in (said.replace("new", "old") + "no-deps = 1\n", "[install]\nconstraint = mine/constraints.txt\n"):
        (new / "pip.conf").write_text(own, "utf-8")
        byhand.settle(new)
        assert (new / "pip.conf").read_text("utf-8") == own


def test_the_users_own_variables_win(tmp_path):
    (tmp_path / byhand.CONSTRAINTS).write_text("numpy<2\n", "utf-8")
    own = {"UV_CONSTRAINT": "mine.txt", "UV_CACHE_DIR": str(tmp_path), "PIP_CACHE_DIR": str(tmp_path)}
    assert byhand.variables(tmp_path, {"HOME": str(tmp_path)}, Options(label="RHEL8-zen2")).keys() == own.keys()
    assert byhand.variables(tmp_path, {"HOME": str(tmp_path), **own}, Options(label="RHEL8-zen2")) == {}


def test_files_are_copied_from_a_cache_on_another_file_system(tmp_path):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as cache:
        if Path(cache).stat().st_dev == tmp_path.stat().st_dev:
            pytest.fail("this test needs /dev/shm on a file system of its own")
        found = byhand.variables(tmp_path, {"XDG_CACHE_HOME": cache}, Options(label="RHEL8-zen2"))
    assert found["UV_LINK_MODE"] == "copy"


def test_a_cache_that_cannot_be_made_is_no_reason_not_to_enter(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    assert byhand.variables(tmp_path, {"XDG_CACHE_HOME": str(tmp_path / "file")}, Options(label="RHEL8-zen2")) == {}
