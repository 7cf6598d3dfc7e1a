"""Which processes of this host run from a directory, as far as its user may know."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class User:
    """A process that has the environment active, or files of it open."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.pid})"


def users(directory: Path) -> list[User]:
    """Return the processes of this host that use ``directory``, this one and those above it excepted."""
    own = set(_ancestors(os.getpid()))
    return [found for found in _users(os.fsencode(os.path.realpath(directory)) + b"/") if found.pid not in own]


def _users(prefix: bytes) -> Iterator[User]:
    for process in Path("/proc").iterdir():
        # Those of others cannot be read; what ended meanwhile is gone.
        with suppress(OSError):
            if process.name.isdigit() and _uses(process, prefix):
                yield User(int(process.name), (process / "comm").read_text("utf-8", "replace").strip())


def _uses(process: Path, prefix: bytes) -> bool:
    entries = (process / "environ").read_bytes().split(b"\0")
    active = any(entry.startswith(b"VIRTUAL_ENV=" + prefix) for entry in entries)
    return active or prefix in (process / "cmdline").read_bytes() or prefix in (process / "maps").read_bytes()


def _ancestors(pid: int) -> Iterator[int]:
    while pid > 1:
        yield pid
        with suppress(OSError):
            pid = int(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
            continue
        return
