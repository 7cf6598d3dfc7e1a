"""What tests of the commands that look share: environments to look at, and the program as it is executed."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from driving import CLONE, Project
from vscvenv import process

if TYPE_CHECKING:
    from pathlib import Path

    from vscvenv.process import Completed

MODULES = "SciPy-bundle/2023.07-gfbf-2023a\nPillow/10.0.0-GCCcore-12.3.0\n"
REQUIREMENTS = "# what we need\nicecream==2.1.3\npandas>=1\nnumpy==1.26.4\n"


@dataclass(frozen=True)
class Looked:
    """A project with environments, and the environment variables of a login shell, or of an active one."""

    directory: Path
    environ: dict[str, str]
    active: dict[str, str]

    def run(self, *words: str | Path, code: int = 0, **more: str) -> Completed:
        """Run the program, which must end with ``code``."""
        ended = process.run((CLONE, *words), env={**self.environ, **more}, cwd=self.directory, check=False)
        assert ended.code == code, ended.messages + ended.output
        return ended

    def json(self, *words: str | Path, code: int = 0, **more: str) -> Any:
        """Run the program for what it prints as JSON."""
        return json.loads(self.run(*words, "--json", code=code, **more).output)

    @property
    def venvs(self) -> Path:
        """Where the environments are."""
        return self.directory / "venvs"

    def store(self, label: str) -> Path:
        """Return the directory of all that is there for ``label``."""
        return self.venvs / ".vsc-venv" / label

    def copy(self, label: str, source: str = "RHEL8-haswell") -> Path:
        """Make an environment of another label, as good as a copy is, and return its current generation."""
        copy = {"symlinks": True, "dirs_exist_ok": True, "copy_function": _link_or_copy}
        shutil.copytree(self.store(source), self.store(label), **copy)
        (self.venvs / f"venv-{label}").symlink_to(f".vsc-venv/{label}/1")
        return self.store(label) / "1"


def _link_or_copy(source: str, target: str) -> None:
    """Save the room and the time for what no test writes to in place."""
    if source.endswith((".py", ".pyc", ".so")):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def look(parent: Path) -> Looked:
    """Build a project with one environment on modules, for RHEL8-zen2, and a small one without, for RHEL8-haswell."""
    project = Project(parent / "a project").write(REQUIREMENTS, MODULES)
    (project.directory / "small.txt").write_text("toolz==0.12.0\n")
    shell = project.shell("bash", "lmod")
    ran = shell.script(
        f"""
{shell.snapshot("login")}
VSC_ARCH_LOCAL=haswell "{CLONE}" prepare -r small.txt || exit
source "{CLONE}" -a -r requirements.txt -m modules.txt || exit
{shell.snapshot("active")}
"""
    )
    assert ran.status == 0, ran.stderr
    return Looked(project.directory, ran.environments["login"], ran.environments["active"])
