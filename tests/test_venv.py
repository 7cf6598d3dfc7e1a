from __future__ import annotations

import contextlib
import dataclasses
import subprocess

import pytest

from engine import MINORS, Place, module
from testbed import Distribution
from vscvenv.engine import venv
from vscvenv.errors import VscVenvError


def output(place, *command):
    return subprocess.run(command, env=place.environ, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("minor", MINORS)
def test_an_environment_sees_modules_and_base_and_survives_a_move(minor, tmp_path):
    place = Place(tmp_path, minor, (module(tmp_path / "modules", Distribution("alpha", "1")),))
    place.create()
    place.path = place.path.rename(tmp_path / "moved 'and $renamed")
    where = output(place, place.python, "-c", "import alpha, pip, sys; print(sys.prefix, alpha.__file__)")
    assert where.split("\n")[0] == f"{place.path} {tmp_path}/modules/alpha.py"
    for name in ("pip", "pip3", f"pip{minor}"):
        assert f"(python {minor})" in output(place, place.path / "bin" / name, "--version")


@pytest.mark.parametrize("minor", MINORS)
def test_pip_by_hand_installs_into_the_environment(minor, tmp_path):
    place = Place(tmp_path, minor)
    place.create()
    wheel = place.wheels.wheel(Distribution("beta", "2"))
    output(place, place.path / "bin" / "pip", "install", "--no-index", wheel)
    assert (place.site_packages / "beta.py").exists()


def test_pip_works_by_a_relative_name(tmp_path):
    place = Place(tmp_path)
    place.create()
    done = subprocess.run(["sh", "pip", "--version"], env=place.environ, cwd=place.path / "bin", check=False)
    assert done.returncode == 0


def test_pip_says_what_to_do_where_the_python_has_none(tmp_path):
    place = Place(tmp_path)
    venv.create(place.path, dataclasses.replace(place.interpreter(), has_pip=False), place.environ, place.options)
    done = subprocess.run([place.path / "bin" / "pip", "list"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "requirements file" in done.stderr


def test_the_prompt_is_kept(tmp_path):
    place = Place(tmp_path)
    venv.create(place.path, place.interpreter(), place.environ, place.options, prompt="venv-RHEL8-zen2")
    assert "prompt = venv-RHEL8-zen2" in (place.path / "pyvenv.cfg").read_text("utf-8")


def test_a_path_that_distutils_would_change_is_refused_where_it_would(tmp_path):
    for minor, is_refused in (("3.9", True), ("3.11", False)):
        (tmp_path / minor).mkdir()
        place = Place(tmp_path / minor, minor)
        place.path = place.root / "costs $HOME"
        with pytest.raises(VscVenvError, match="takes \\$HOME in it") if is_refused else contextlib.nullcontext():
            place.create()
        assert place.path.exists() != is_refused
