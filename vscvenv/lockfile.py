"""The lock file that goes with a request, and whether it was made for what is asked for now."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv.errors import UsageError, VscVenvError
from vscvenv.messages import some, warn
from vscvenv.reading import pylock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vscvenv.reading.pylock import LockFile
    from vscvenv.reading.requirements import Requirements
    from vscvenv.request import Manner, Request

_SHOWN = 5


def find(request: Request, wanted: Requirements, environ: Mapping[str, str], manner: Manner) -> Optional[LockFile]:
    """Return the lock file beside the requirements, None where there is none; warn where they have moved on since.

    Raises VscVenvError where it cannot be used, and where it must fit and does not.
    """
    if manner.locked and manner.no_lock:
        raise UsageError("--locked and --no-lock exclude each other", "Take one of them back: --no-locked or --lock")
    if manner.no_lock:
        return None
    locked = pylock.read(request.lock_file, environ, Path.cwd())
    if locked is None and manner.locked:
        raise VscVenvError(f"there is no {request.lock_file}", f"Make it: {_how_to_make(request)}")
    if moved := moved_on(request, wanted, locked):
        if manner.locked:
            raise VscVenvError(moved)
        warn(moved)
    return locked


def moved_on(request: Request, wanted: Requirements, locked: Optional[LockFile]) -> Optional[str]:
    """Return what to say where ``locked`` was not made for the requirements ``wanted``."""
    moved = locked.moved(wanted) if locked else []
    if not locked or not moved:
        return None
    what = f"the requirements have moved on since {locked.name} was made: {some(moved, _SHOWN)}"
    return f"{what}; renew it: {_how_to_make(request)}"


def _how_to_make(request: Request) -> str:
    return shlex.join(("vsc-venv", "lock", *request.words(Path.cwd())))
