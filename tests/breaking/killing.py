"""Killing a build, and what is there afterwards."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from breaking.core import kill_group

if TYPE_CHECKING:
    import random

    from breaking.core import Project


def count_steps(project: Project) -> int:
    """Return how many steps a first build takes."""
    code, said = project.prepare()
    assert code == 0, said
    return int(re.findall(r"^steps (\d+)$", said, re.MULTILINE)[-1])


def kill_at_step(project: Project, step: int) -> None:
    """Kill an update at ``step``; before and after the next attempt the environment is one whole generation."""
    old = project.version()
    new = "2.0" if old == "1.0" else "1.0"
    project.require(new)
    code, _ = project.prepare(die_at=step)
    assert code in {-9, 0}, code
    assert project.version() in {old, new}
    recover(project, new)


def kill_at_random(project: Project, chance: random.Random, longest: float) -> None:
    """Kill an update and all it started, after a random time of at most ``longest`` seconds."""
    old = project.version()
    new = "2.0" if old == "1.0" else "1.0"
    project.require(new)
    process = project.start("prepare", "-r", "requirements.txt")
    time.sleep(chance.uniform(0, longest))
    kill_group(process)
    assert project.version() in {old, new}
    recover(project, new)


def recover(project: Project, version: str) -> None:
    """Let the next attempt succeed, and see that nothing of the killed one is left."""
    code, said = project.prepare()
    assert code == 0, said
    assert project.version() == version
    numbered = sorted(one.name for one in project.label_home.iterdir() if one.name.isdigit())
    assert sorted(project.complete()) == numbered
