"""A file system that refuses: full, out of inodes, read-only, or without permission."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from breaking.core import Project

# Root without the right to ignore permissions is a user like others.
CAUSES = ("No space left", "disk is full", "quota exceeded", "Read-only", "Permission denied")
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all")


@contextmanager
def small_disk(directory: Path, options: str) -> Iterator[None]:
    """Mount a file system in memory at ``directory``, with ``options`` such as ``size=100k`` or ``nr_inodes=20``."""
    directory.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", directory], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


def grow(directory: Path, options: str) -> None:
    """Change the limits of the file system at ``directory``."""
    subprocess.run(["mount", "-o", f"remount,{options}", directory], check=True)


def refused(code: int, said: str) -> bool:
    """Tell whether the core was refused, and said so as it should; or else managed."""
    assert code in {0, 1}, said
    assert "Traceback" not in said, said
    if code == 0:
        return False
    (line,) = [line for line in said.splitlines() if line.startswith("vsc-venv: error: ")]
    assert any(cause in said for cause in CAUSES), said
    assert line
    return True


def without_room(project: Project, options: str, room: str) -> bool:
    """Prepare with too little of something, then with enough; tell whether it was too little."""
    with small_disk(project.directory / "venvs", options):
        was_refused = refused(*project.prepare())
        grow(project.directory / "venvs", room)
        code, said = project.prepare()
        assert code == 0, said
        assert project.version() == "1.0"
        # The same again, now that there is something to lose.
        project.require("2.0")
        subprocess.run(
            ["sh", "-c", "cat /dev/zero > venvs/ballast 2>/dev/null || :"], cwd=project.directory, check=True
        )
        assert refused(*project.prepare())
        assert project.version() == "1.0"
        (project.directory / "venvs/ballast").unlink()
        code, said = project.prepare()
        assert code == 0, said
        assert project.version() == "2.0"
        project.require("1.0")
    return was_refused
