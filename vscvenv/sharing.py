"""What a group shares: in a directory of the group (setgid), all of it can use what one of its members makes."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vscvenv.files import umask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def as_shared(directory: Path) -> Iterator[None]:
    """Have what is made in the context be as open to the group as ``directory`` is, where that is a group's (setgid).

    Else what one member makes by a stricter umask shuts out all others.
    """
    granted = (directory.stat().st_mode & stat.S_IRWXG) if is_shared(directory) else 0
    before = umask()
    os.umask(before & ~granted)
    try:
        yield
    finally:
        os.umask(before)


def is_shared(directory: Path) -> bool:
    """Tell whether what is made in ``directory`` belongs to the group that it belongs to (setgid)."""
    return directory.is_dir() and bool(directory.stat().st_mode & stat.S_ISGID)


def open_to_group(directory: Path) -> None:
    """Let the group do with what is in ``directory`` what its owner may, as far as the umask allows.

    Installers copy files with the permissions that these had in a cache.
    """
    allowed = ~umask() & stat.S_IRWXG
    for place, names, files in os.walk(directory):
        for entry in (os.path.join(place, name) for name in (*names, *files)):  # noqa: PTH118  # Path is slow for many
            status = os.lstat(entry)
            mode = stat.S_IMODE(status.st_mode)
            wanted = mode | (mode & stat.S_IRWXU) >> 3 & allowed
            if wanted != mode and not stat.S_ISLNK(status.st_mode) and status.st_uid == os.geteuid():
                os.chmod(entry, wanted)  # noqa: PTH101  # as above
