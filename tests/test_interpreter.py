from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from engine import MINORS, Place, module
from testbed import Distribution, interpreters
from vscvenv.engine.interpreter import Signature, find_python, probe, signature
from vscvenv.errors import VscVenvError

if TYPE_CHECKING:
    from pathlib import Path


def program(file: Path, text: str = "") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}", "utf-8")
    file.chmod(0o755)
    return file


def test_python3_is_found_before_python_wherever_each_stands(tmp_path):
    program(tmp_path / "a" / "python")
    found = program(tmp_path / "b" / "python3")
    assert find_python(f"{tmp_path}/a:{tmp_path}/b") == found


def test_python_is_found_where_there_is_no_python3_and_its_link_is_kept(tmp_path):
    program(tmp_path / "real")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(tmp_path / "real")
    assert find_python(f"{tmp_path}/bin") == tmp_path / "bin" / "python"


def test_no_python_is_none(tmp_path):
    assert find_python(str(tmp_path)) is None


@pytest.mark.parametrize("minor", MINORS)
def test_a_python_tells_what_it_is_and_what_modules_added(minor, tmp_path):
    place = Place(tmp_path, minor, (module(tmp_path / "mod ule", Distribution("alpha", "1")),))
    python = interpreters.install(minor)
    found = place.interpreter()
    assert (found.series, found.prefix, found.base_prefix) == (minor, str(python.prefix), str(python.prefix))
    assert found.executable == str(python.executable)
    brought = [entry for entry in found.module_path if not entry.startswith(str(python.prefix))]
    assert brought == [str(tmp_path / "mod ule")]
    assert str(python.site_packages) in found.sys_path
    assert str(python.site_packages) not in found.module_path
    assert found.libpython.startswith(str(python.prefix))
    assert found.signatures == tuple(map(signature, (os.path.realpath(python.executable), found.libpython)))
    assert found.has_pip


def test_the_users_own_packages_are_not_the_modules(tmp_path):
    place = Place(tmp_path)
    own = tmp_path / "home" / ".local" / "lib" / "python3.11" / "site-packages"
    own.mkdir(parents=True)
    assert str(own) not in place.interpreter().sys_path


def test_a_noisy_sitecustomize_does_not_disturb(tmp_path):
    noisy = tmp_path / "noisy"
    noisy.mkdir()
    (noisy / "sitecustomize.py").write_text("print('{')\nimport atexit; atexit.register(print, 'bye')\n", "utf-8")
    assert Place(tmp_path, modules=(noisy,)).interpreter().series == "3.11"


@pytest.mark.parametrize("minor", ["3.6", "3.11"])
def test_inside_a_virtual_environment_the_base_counts(minor, tmp_path):
    place = Place(tmp_path, minor)
    place.create()
    found = probe(place.python, place.environ)
    assert found.prefix == found.base_prefix == str(interpreters.install(minor).prefix)


def test_a_python_whose_module_is_not_loaded_is_explained(tmp_path):
    with pytest.raises(VscVenvError, match=r"does not start.*libpython") as raised:
        probe(interpreters.install("3.11").executable, {"HOME": str(tmp_path)})
    assert "module" in raised.value.hint


def test_an_old_python_is_refused(tmp_path):
    old = program(
        tmp_path / "python",
        """printf '\\n%s{"version": "2.7.18", "prefix": "/p", "base_prefix": "/p", "sys_path": []}\\n' "$3"\n""",
    )
    with pytest.raises(VscVenvError, match=r"is Python 2\.7\.18"):
        probe(old, {})


def test_a_file_that_is_gone_has_a_signature_too(tmp_path):
    assert signature(str(tmp_path / "x")) == Signature(str(tmp_path / "x"), 0, 0, 0)
