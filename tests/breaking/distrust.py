"""Places that belong to somebody else, or that others can write."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from breaking.core import Project

SOMEBODY = 12345


def let_others_in(project: Project, chance: random.Random) -> None:
    """Open one place of the project to others: refused, with the place and the remedy, until it is as it was."""
    venvs = project.directory / "venvs"
    place = chance.choice((venvs, venvs / ".vsc-venv", project.label_home, project.link.resolve()))
    mode = place.stat().st_mode & 0o7777
    kind = chance.randrange(3)
    if kind:
        os.chown(place, os.geteuid(), SOMEBODY)
        place.chmod((0o777, 0o775)[kind - 1])
    else:
        os.chown(place, SOMEBODY, SOMEBODY)
    code, said = project.activate()
    os.chown(place, os.geteuid(), os.getegid())
    place.chmod(mode)
    assert code == 1, said
    assert str(place) in said or str(project.link) in said, said
    assert f"vsc-venv trust '{venvs}'" in said, said
    assert project.activate()[0] == 0
