"""A job that goes on importing while its project changes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from breaking.killing import require_other

if TYPE_CHECKING:
    import random

    from breaking.core import Project

# Imports again and again, in this process and in new ones, until its input ends; all must be one version.
_JOB = """
import importlib, subprocess, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), done.set()), daemon=True).start()
done, found = threading.Event(), set()
print("started", flush=True)
while True:
    last = done.is_set()
    sys.modules.pop("thing", None)
    importlib.invalidate_caches()
    found.add(importlib.import_module("thing").__version__)
    told = subprocess.check_output([sys.executable, "-c", "import thing; print(thing.__version__)"], text=True)
    found.add(told.strip())
    if last:
        break
print(*found)
"""


def import_while_it_changes(project: Project, chance: random.Random) -> None:
    """Let a job import lazily while the requirements change and others activate; it never fails."""
    old, new = require_other(project)
    place = chance.choice((project.link, project.link.resolve()))
    job = subprocess.Popen(
        [place / "bin/python", "-c", _JOB],
        env={"PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert job.stdout is not None
    assert job.stdout.readline() == "started\n"
    code, said = project.activate()
    assert code == 0, said
    assert project.version() == new
    out, said = job.communicate("")
    assert (job.returncode, out) == (0, f"{old}\n"), said
