"""What is published, and the main job run from an installation: on the oldest Python with the oldest libraries too."""

from __future__ import annotations

import dataclasses
import shlex
import tarfile
import zipfile
from pathlib import Path

import pytest

import testbed
from testbed import interpreters
from testbed.environment import builder, uv_command
from vscvenv.process import run

ROOT = Path(__file__).resolve().parents[1]
IMPORT = "python -c 'import numpy, PIL, bs4; print(numpy.__file__)'"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The wheel and the source distribution, the wheel built from the latter."""
    directory = tmp_path_factory.mktemp("dist")
    run(uv_command("build", "--quiet", "--out-dir", directory, ROOT), env=builder(), cwd=directory)
    (wheel,), (sdist,) = directory.glob("*.whl"), directory.glob("*.tar.gz")
    return wheel, sdist


@dataclasses.dataclass(frozen=True)
class Installed:
    """An environment into which the wheel was installed."""

    bin: Path


@pytest.fixture(scope="module", params=["3.9 lowest-direct", "3.13 highest"])
def installed(request, published, tmp_path_factory):
    minor, resolution = request.param.split()
    directory = tmp_path_factory.mktemp("installed")
    run(uv_command("venv", "--quiet", "--python", interpreters.source(minor), directory / "env"), env=builder())
    options = ("--python", directory / "env/bin/python", "--resolution", resolution)
    run(uv_command("pip", "install", "--quiet", *options, published[0]), env=builder())
    return Installed(directory / "env/bin")


def tracked(*directories):
    """Return the files of this project below `directories`: what a build takes from a clone."""
    listed = [path for name in directories for path in (ROOT / name).rglob("*") if path.is_file()]
    return {str(path.relative_to(ROOT)) for path in listed if "__pycache__" not in path.parts}


def test_the_wheel_holds_the_core_its_data_and_the_shim(published):
    with zipfile.ZipFile(published[0]) as wheel:
        names = set(wheel.namelist())
        (script,) = (info for info in wheel.infolist() if info.filename.endswith("scripts/vsc-venv"))
        assert wheel.read(script) == (ROOT / "shell/vsc-venv").read_bytes()
        assert script.external_attr >> 16 & 0o111
        (manual,) = (name for name in names if name.endswith(".data/data/share/man/man1/vsc-venv.1"))
        assert wheel.read(manual) == (ROOT / "man/vsc-venv.1").read_bytes()
    own = {name for name in names if not name.partition("/")[0].startswith("vsc_venv-")}
    assert own == tracked("vscvenv")
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_source_distribution_holds_what_is_needed_to_build_and_test(published):
    with tarfile.open(published[1]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert tracked("vscvenv", "shell", "docs", "man", "packaging") <= names
    assert {"tests/run", "tests/testbed/apt-packages.txt", "tests/test_packaging.py"} <= names
    assert {"LICENSE", "README.md", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "SECURITY.md"} <= names
    assert {"mkdocs.yml", "pyproject.toml"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(("build/", "venvs/"))]


def test_version_help_and_the_hint_to_source_it(installed, empty_home):
    env = {"HOME": str(empty_home), "PATH": "/usr/bin:/bin"}
    program = installed.bin / "vsc-venv"
    assert run((program, "--version"), env=env).output.startswith("vsc-venv ")
    assert "--requirements FILE" in run((program, "--help"), env=env).output
    executed = run((program, "--activate", "-r", "requirements.txt"), env=env, check=False)
    assert executed.code == 33
    assert "source" in executed.messages
    assert list(empty_home.iterdir()) == []
    fish = f"{shlex.quote(str(program))} init fish | source\nvsc-venv -a -r missing.txt; echo $status"
    ran = run(("fish", "--no-config", "-c", fish), env=env)
    assert (ran.output, "missing.txt: this requirements file does not exist" in ran.messages) == ("1\n", True)


@pytest.fixture(params=["lmod", "none"])
def user(request, installed, shell_kind, empty_home, tmp_path):
    """Under a modules tool the command is not on PATH; without one it is, and so is its Python."""
    directory = tmp_path / "it's a project [0-9]*"
    directory.mkdir()
    modules = request.param == "lmod"
    path = "/usr/bin:/bin" if modules else f"{installed.bin}:/usr/bin:/bin"
    return testbed.Shell(
        kind=shell_kind,
        tool=request.param,
        scratch=tmp_path / "dumps",
        home=empty_home,
        cwd=directory,
        env={"PATH": path},
    )


def test_the_main_job(installed, user):
    modules = user.tool == "lmod"
    requirements = ["beautifulsoup4==4.12.3"] if modules else ["beautifulsoup4==4.12.3", "numpy", "pillow"]
    (user.cwd / "requirements.txt").write_text("\n".join(requirements))
    (user.cwd / "modules.txt").write_text("SciPy-bundle/2023.07-gfbf-2023a\nPillow/10.0.0-GCCcore-12.3.0\n")
    command = shlex.quote(str(installed.bin / "vsc-venv")) if modules else "vsc-venv"
    text = f"""
{user.snapshot("before")}
source {command} --activate --requirements requirements.txt {"--modules modules.txt" if modules else ""}
{IMPORT}
source vsc-venv --deactivate
{user.snapshot("after")}
"""
    first, again = user.script(text, "-euo pipefail"), user.script(text, "-euo pipefail")
    for ran in (first, again):
        assert ran.status == 0, ran.stderr
        assert ("SciPy-bundle" in ran.stdout) == modules
        assert differences(ran.environments["before"], ran.environments["after"]) == set()
    assert "installed" in first.stderr
    assert "installed" not in again.stderr


def test_nothing_lands_in_the_home_directory_where_there_is_scratch(installed, user, tmp_path):
    (tmp_path / "scratch").mkdir()
    (user.cwd / "requirements.txt").write_text("beautifulsoup4==4.12.3\n")
    elsewhere = {"VSC_SCRATCH": str(tmp_path / "scratch"), "UV_CACHE_DIR": None, "PIP_CACHE_DIR": None}
    there = dataclasses.replace(user, env={**user.env, **elsewhere})
    ran = there.script(f"source {shlex.quote(str(installed.bin / 'vsc-venv'))} -a -r requirements.txt && deactivate")
    assert ran.status == 0, ran.stderr
    assert list(user.home.iterdir()) == []
    assert (tmp_path / "scratch/.cache/vsc-venv/downloads").is_dir()


def differences(before, after):
    return {
        name
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name) and name not in {"_", "BASH_FUNC_module%%", "BASH_FUNC_ml%%"}
    }


def test_pip_installs_a_clone(empty_home, tmp_path):
    """As the README has it: with pip, from the directory of the clone."""
    env = {**builder(), "HOME": str(empty_home)}
    run((interpreters.source("3.11"), "-m", "venv", tmp_path / "env"), env=env)
    run((tmp_path / "env/bin/pip", "install", "--quiet", "."), env=env, cwd=ROOT)
    assert run((tmp_path / "env/bin/vsc-venv", "--version"), env=env).code == 0
