"""Damage to what the program keeps below venvs: understood or made anew; never a traceback."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from breaking.bad_input import mutated, mutated_json

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from breaking.core import Project


def damage(project: Project, chance: random.Random) -> None:
    """Spoil some of the project's files; the next activation works, or is refused with the name of one."""
    spoiled = chance.sample(kept(project), chance.randrange(1, 4))
    for file in spoiled:
        _spoil(file, chance)
    code, said = project.activate()
    assert code in {0, 1}, said
    assert "Traceback" not in said, said
    if code == 0:
        assert project.version() == "1.0"
        return
    # What was spoiled earlier may only be needed now.
    assert str(project.directory / "venvs") in said, said
    shutil.rmtree(project.directory / "venvs")
    code, said = project.activate()
    assert code == 0, said


def kept(project: Project) -> list[Path]:
    """Return the files that the program reads again, the link among them."""
    home = project.directory / "venvs/.vsc-venv"
    patterns = ("*/*/vsc-venv.json", "*/*/entered.json", "*/*/changes/*.json", "warm*/*/*.json", "*/lock*")
    return [project.link, *sorted(file for pattern in patterns for file in home.glob(pattern))]


def _spoil(file: Path, chance: random.Random) -> None:
    """Fill with anything, empty, remove, or replace by a directory or a link elsewhere."""
    kind = chance.randrange(6)
    content = file.read_bytes() if file.is_file() else b"{}"
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
    else:
        file.unlink(missing_ok=True)
    if kind == 0:
        file.mkdir()
    elif kind == 1:
        file.symlink_to(chance.choice(("/etc/passwd", "/nonexistent", "/dev/null", ".")))
    elif kind > 2:
        spoiled = mutated_json if file.suffix == ".json" and content else mutated
        file.write_bytes(spoiled(content, chance))
