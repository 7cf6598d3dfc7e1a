"""Many shells at the same moment."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from breaking.core import with_core

if TYPE_CHECKING:
    from pathlib import Path

    from breaking.core import Project

_FOR_WHOM = re.compile(r"waiting for process \d+ on \S+ \((?:job \S+, )?since \S+\)")
# All of the package must be of one generation, whatever the link is pointed to meanwhile.
_IMPORT = """python -c '
import os, sys, thing
assert thing.__file__.startswith(os.environ["VIRTUAL_ENV"]), thing.__file__
print(thing.__version__)'"""


def at_once(project: Project, shim: Path, count: int) -> None:
    """Activate in ``count`` shells a project without an environment: one builds, all work, the others say for whom."""
    shells = [_start(project, shim, number) for number in range(count)]
    ended = [(*shell.communicate(), shell.returncode) for shell in shells]
    assert [(out, status) for out, _, status in ended] == [("1.0\n", 0)] * count, [said for _, said, _ in ended]
    assert sum("installed 1" in said for _, said, _ in ended) == 1
    for _, said, _ in ended:
        assert said.count("waiting for") == ("waiting for" in said), said
        assert "waiting for" not in said or _FOR_WHOM.search(said), said
    assert project.complete() == ["1"]


def while_it_changes(project: Project, shim: Path, updates: int) -> None:
    """Activate in one shell after the other while the requirements change: each gets one whole generation."""
    activating = []
    for _ in range(updates):
        for version in ("2.0", "1.0"):
            project.require(version)
            updating = project.start("prepare", "-r", "requirements.txt", "--recreate")
            activating += [_start(project, shim, number) for number in range(3)]
            said = updating.communicate()[1]
            assert updating.returncode == 0, said
    for shell in activating:
        out, said = shell.communicate()
        assert shell.returncode == 0, said
        assert out in {"1.0\n", "2.0\n"}, said


def _start(project: Project, shim: Path, number: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [("bash", "zsh")[number % 2], "-c", f"source {shim} -a -r requirements.txt && {_IMPORT}"],
        cwd=project.directory,
        env={**project.environ, **with_core(shim)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
