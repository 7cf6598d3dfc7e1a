"""What a directory takes of a quota: bytes on disk, and files."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 512
"""Bytes in what stat(2) counts as a block."""


@dataclass(frozen=True)
class Usage:
    """Bytes on disk, and files, directories and links as quotas count them."""

    size: int = 0
    files: int = 0


def usage(directory: Path) -> Usage:
    """Return what ``directory`` takes, by one walk; what vanishes or cannot be read meanwhile is left out.

    Of a file with several names, only the first that is met counts.
    """
    seen: set[tuple[int, int]] = set()
    size = 0
    for entry in _below(str(directory)):
        with suppress(OSError):
            status = entry.stat(follow_symlinks=False)
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                size += status.st_blocks * _BLOCK
    return Usage(size, len(seen))


def _below(directory: str) -> Iterator[os.DirEntry[str]]:
    waiting = [directory]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
