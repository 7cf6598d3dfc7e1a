"""What installs it for a site: the easyconfig with a real EasyBuild, and the Spack recipe without Spack.

For the latter, Spack's names stand for the least that they do there.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import types
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import testbed
from driving import Project
from testbed import interpreters, store, tools
from testbed.environment import builder, uv_command
from vscvenv import __version__
from vscvenv.bootstrap import dependencies
from vscvenv.process import run

ROOT = Path(__file__).resolve().parents[1]
SPACK = ROOT / "packaging/spack/package.py"
(EASYCONFIG,) = (ROOT / "packaging/easybuild").glob("*.eb")
MAIN_JOB = """module use {tree}
module load vsc-venv/{version}
man --where vsc-venv
module purge
vsc-venv --version
vsc-venv --activate --requirements requirements.txt && python -c 'import bs4; print(bs4.__name__)' && deactivate
"""


def wheels():
    """Return the names of the wheels that the easyconfig lists, its own first."""
    return re.findall(r"'([^']+\.whl)'", EASYCONFIG.read_text("utf-8"))


@pytest.fixture(scope="module")
def easybuild():
    """EasyBuild's command."""

    def install(directory):
        words = ("venv", "--quiet", "--python", interpreters.source("3.11"), directory)
        run(uv_command(*words), env=builder())
        words = (
            "--quiet",
            "--python",
            directory / "bin/python",
            "easybuild-framework>=5.0",
            "easybuild-easyblocks>=5.0",
        )
        run(uv_command("pip", "install", *words), env=builder())

    return store.part("easybuild", install) / "bin/eb"


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """A directory with what the easyconfig installs."""
    directory = tmp_path_factory.mktemp("sources")
    run(uv_command("build", "--quiet", "--wheel", "--out-dir", directory, ROOT), env=builder(), cwd=directory)
    wanted = ["==".join(wheel.split("-")[:2]) for wheel in wheels()[1:]]
    kinds = ("--platform", "any", "--platform", "manylinux2014_x86_64", "--python-version", "3.9", "--abi", "none")
    words = ("-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *kinds, "-d", directory, *wanted)
    run((interpreters.source("3.11"), *words), env=builder(), cwd=directory)
    return directory


@pytest.fixture(scope="module")
def installed(easybuild, sources, tmp_path_factory):
    """Where EasyBuild installed it, by name of the modules tool for which it wrote a module."""
    prefix = tmp_path_factory.mktemp("apps")
    options = [f"--prefix={prefix}", f"--sourcepath={sources}"]
    if os.getuid() == 0:
        options.append("--allow-use-as-root-and-accept-consequences")
    home = tmp_path_factory.mktemp("home")
    for tool, more in (("lmod", ()), ("envmodules", ("--module-only", f"--installpath-modules={prefix}/tcl"))):
        shell = testbed.Shell(kind="bash", tool=tool, scratch=home / tool, home=home, cluster=None)
        name = {"lmod": "Lmod", "envmodules": "EnvironmentModules"}[tool]
        syntax = tools.language(tool).capitalize()
        words = " ".join(map(str, (*options, f"--modules-tool={name}", f"--module-syntax={syntax}", *more)))
        ran = shell.script(f"export EB_PYTHON={easybuild.parent}/python\n{easybuild} {words} {EASYCONFIG}")
        assert ran.status == 0, (ran.stdout + ran.stderr)[-3000:]
    return {"lmod": prefix / "modules/all", "envmodules": prefix / "tcl/all"}


def test_it_is_installed_and_used(installed, tool, tmp_path):
    made = Project(tmp_path / "project").write("beautifulsoup4==4.12.3\n")
    ran = made.shell("bash", tool).script(MAIN_JOB.format(tree=installed[tool], version=__version__))
    assert ran.stdout.count("\n") == 3, ran.stderr
    manual, version, package = ran.stdout.splitlines()
    assert manual.endswith("share/man/man1/vsc-venv.1"), ran.stderr
    assert version.startswith("vsc-venv ")
    assert package == "bs4", ran.stderr


def test_each_of_its_sources_has_a_checksum(recipe):
    """But for its own, which is there when it is released; and the recipe for Spack has the same ones."""
    values = {node.targets[0].id: node.value for node in ast.parse(EASYCONFIG.read_text("utf-8")).body}
    checksums = ast.literal_eval(values["checksums"])[1:]
    assert [(one["url"].rpartition("/")[2], one["sha256"]) for one in recipe[1]] == list(zip(wheels()[1:], checksums))


def test_what_they_install_is_what_the_program_needs():
    pinned = {name: version for name, version, *_ in (wheel.split("-") for wheel in wheels()[1:])}
    needed = [Requirement(one) for one in dependencies(ROOT / "pyproject.toml")]
    assert {one.name for one in needed} == set(pinned)
    assert [one.name for one in needed if pinned[one.name] not in one.specifier] == []


class Prefix(str):
    """A path whose attributes are paths below it, as Spack has them."""

    __slots__ = ()

    def __getattr__(self, name):
        return Prefix(f"{self}/{name}")

    def join(self, name):
        return Prefix(f"{self}/{name}")


@pytest.fixture
def recipe(monkeypatch):
    """The recipe's class for Spack, and the resources that it names."""
    resources = []
    spack = types.ModuleType("spack.package")
    spack.Package = object
    spack.license = spack.version = spack.depends_on = lambda *_, **__: None
    spack.resource = lambda **words: resources.append(words)
    spack.Executable = lambda path: lambda *words: run((path, *words), env=builder())
    spack.find = lambda where, pattern: [str(found) for found in Path(where).rglob(pattern)]
    spack.mkdirp, spack.symlink = os.makedirs, os.symlink
    monkeypatch.setitem(sys.modules, "spack.package", spack)
    names = {}
    exec(compile(SPACK.read_text("utf-8"), SPACK, "exec"), names)
    return names["VscVenv"], resources


def test_spacks_installs_the_same(recipe, sources, tmp_path, monkeypatch, empty_home):
    monkeypatch.chdir(sources)
    package, _ = recipe
    package.version = __version__
    python = types.SimpleNamespace(command=types.SimpleNamespace(path=str(interpreters.source("3.11"))))
    package().install({"python": python}, Prefix(tmp_path / "prefix"))
    assert [file.name for file in (tmp_path / "prefix/bin").iterdir()] == ["vsc-venv"]
    shown = run((tmp_path / "prefix/bin/vsc-venv", "--version"), env={"HOME": str(empty_home), "PATH": "/usr/bin:/bin"})
    assert shown.output == f"vsc-venv {__version__}\n"
    assert (tmp_path / "prefix/share/man/man1/vsc-venv.1").is_file()
