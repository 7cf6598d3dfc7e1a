"""What tests that drive a shell share: a project to activate in it, and what must be the same before and after."""

from __future__ import annotations

import re
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import testbed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testbed.state import State
    from testbed.tools import Kind, Tool

CLONE = Path(__file__).parents[1] / "shell" / "vsc-venv"
SHIM = shlex.quote(str(CLONE))
"""It as a word of a shell."""
SOURCE = f"source {SHIM}"
ACTIVATE = f"{SOURCE} --activate --requirements requirements.txt --modules modules.txt"
DEACTIVATE = f"{SOURCE} --deactivate"
ODD_NAME = 'it\'s a $HOME "project" [0-9]*'
"""That of a directory whose path no careless quoting survives."""
# Where a shell and a modules tool have nothing to do with each other, each is tried once.
EACH = (("bash", "lmod"), ("zsh", "envmodules"))
# What any command changes; and Environment Modules defines its functions anew.
_OWN = re.compile(r"_|OLDPWD|SHLVL|BASH_FUNC_(module|ml|_module_raw)%%")


@dataclass(frozen=True)
class Project:
    """A directory with requirements and a list of modules."""

    directory: Path

    def write(self, requirements: str = "", modules: str | None = None) -> Project:
        """Say what the environment is made of; without ``modules``, of a Python."""
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "requirements.txt").write_text(requirements)
        (self.directory / "modules.txt").write_text(modules or f"{testbed.site().python.module}\n")
        return self

    @property
    def python_version(self) -> str:
        """The version of the Python that it asks for, as ``3.11.7``."""
        return testbed.site().python.module.partition("/")[2].partition("-")[0]

    def shell(self, kind: Kind = "bash", tool: Tool = "lmod", **more: str | None) -> testbed.Shell:
        """Return a shell that stands in the project, in which the variables ``more`` are exported, but for None."""
        home = self.directory.parent / "home"
        home.mkdir(exist_ok=True)
        # The program's own environment is set up once for all tests; test_bootstrap.py tests the setting up.
        env = {"XDG_CACHE_HOME": str(testbed.shared_cache("xdg")), **more}
        scratch = self.directory.parent / "dumps"
        return testbed.Shell(kind=kind, tool=tool, scratch=scratch, home=home, cwd=self.directory, env=env)


def project(parent: Path, name: str = ODD_NAME) -> Project:
    """Make a project below ``parent``, which asks for a Python only."""
    return Project(parent / name).write()


def failing(shell: testbed.Shell, text: str, options: str = "", first: str = "") -> testbed.Ran:
    """Run ``text``, which must fail, after ``first``; return what came of it once it is sure that nothing else did."""
    ran = shell.script(
        f"""
{first}
{shell.snapshot("before")}
{shell.state("before")}
{text} || st=$?
{shell.snapshot("after")}
set -- "$st"; unset st
{shell.state("after")}
exit "$1"
""",
        options,
    )
    exported = differences(ran.environments["before"], ran.environments["after"])
    changed = changes(ran.states["before"], ran.states["after"])
    # pytest shows values only for what it finds in the tests themselves.
    assert not exported, exported
    assert changed.keys() == {"arguments"}, changed
    return ran


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """Return what is not the same in two exported environments."""
    names = {name for name in before.keys() | after.keys() if not _OWN.fullmatch(name)}
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def changes(before: State, after: State) -> dict[str, tuple[object, object]]:
    """Return what is not the same in two shells, but for what any command changes."""
    one, other = asdict(before), asdict(after)
    return {what: _parts(one[what], other[what]) for what in one if one[what] != other[what]}


def _parts(before: object, after: object) -> tuple[object, object]:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return before, after
    names = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
