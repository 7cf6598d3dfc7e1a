"""Whether a file system has room for an environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from pathlib import Path

_BYTES = 200 * 2**20
"""NumPy and pandas take about that much."""
_FILES = 5000


@dataclass(frozen=True)
class Room:
    """What a file system still takes; a quota shows only when it is used up."""

    size: int
    """In bytes."""
    files: int
    """0 where the file system has no number of its own for them, as Btrfs."""

    @property
    def is_short(self) -> bool:
        """Whether it will hardly take an environment."""
        return self.size < _BYTES or 0 < self.files < _FILES


def room(directory: Path) -> Room:
    """Return what the file system of ``directory`` still takes (statvfs(3)). Raises OSError where it is not there."""
    status = os.statvfs(directory)
    return Room(status.f_bavail * status.f_frsize, status.f_favail)


def why_short(directory: Path) -> Optional[str]:
    """Return why an environment may not fit into ``directory``, None where it should. Raises OSError as `room` does."""
    left = room(directory)
    if not left.is_short:
        return None
    return f"{directory}: only {left.size / 2**20:.0f} MB and {left.files} files are free; the build may not fit"
