"""Ending a build by a signal, and what is there afterwards."""

from __future__ import annotations

import re
import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from breaking.core import PREPARE, End, end_group

if TYPE_CHECKING:
    import random
    import subprocess

    from breaking.core import Project

ASKING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""What asks to end, unlike SIGKILL, so that what was begun can be undone."""


def count_steps(project: Project) -> int:
    """Return how many steps a first build takes."""
    code, said = project.prepare()
    assert code == 0, said
    return int(re.findall(r"^steps (\d+)$", said, re.MULTILINE)[-1])


def end_at_step(project: Project, end: End) -> None:
    """End an update at a step; before and after the next attempt the environment is one whole generation."""
    old, new = require_other(project)
    code, said = project.prepare(end)
    _must_have_ended(project, code, said, end.signal)
    assert project.version() in {old, new}
    recover(project, new)


def end_at_random(project: Project, chance: random.Random, longest: float, number: int = signal.SIGKILL) -> None:
    """End an update and all it started, after a random time of at most ``longest`` seconds.

    What asks to end is sent more than once, as by somebody who presses Ctrl-C until something happens.
    """
    old, new = require_other(project)
    process = project.start(*PREPARE)
    if number in ASKING:
        _wait_until_heeded(process)
    time.sleep(chance.uniform(0, longest))
    for _ in range(chance.randrange(3) if number in ASKING else 0):
        process.send_signal(number)
        time.sleep(chance.uniform(0, 0.05))
    _must_have_ended(project, *end_group(process, number), number)
    assert project.version() in {old, new}
    recover(project, new)


def _wait_until_heeded(process: subprocess.Popen[bytes]) -> None:
    """Wait until the core has told Python what to do on a signal: before, Python tells of Ctrl-C in its own way."""
    caught = 0
    while process.poll() is None and not caught >> (signal.SIGTERM - 1) & 1:
        time.sleep(0.001)
        status = Path(f"/proc/{process.pid}/status").read_text("ascii")
        caught = int(re.findall(r"^SigCgt:\s*(\w+)$", status, re.MULTILINE)[0], 16)


def require_other(project: Project) -> tuple[str, str]:
    """Let the requirements ask for another version than there is, so that it must be built; return both versions."""
    old = project.version()
    for number in set(project.complete()) - {project.current}:
        shutil.rmtree(project.label_home / number)
    new = "2.0" if old == "1.0" else "1.0"
    project.require(new)
    return old, new


def recover(project: Project, version: str) -> None:
    """Let the next attempt succeed, and see that nothing of the one that ended is left."""
    code, said = project.prepare()
    assert code == 0, said
    assert project.version() == version
    assert not partial(project)


def partial(project: Project) -> set[str]:
    """Return the generations that lack what makes one."""
    numbered = {one.name for one in project.label_home.iterdir() if one.name.isdigit()}
    return numbered - set(project.complete())


def _must_have_ended(project: Project, code: int, said: str, number: int) -> None:
    """Where a signal asked to, the core has told by its exit code and left nothing begun."""
    assert code in ({0, 128 + number, -number} if number in ASKING else {0, -number}), (code, said)
    assert "Traceback" not in said, said
    if code > 0:
        assert not partial(project), said
        assert not (project.label_home / "lock.holder").exists(), said
