"""The versions of an environment written down: as a lock file, or as plain requirements."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv import activate, exporting, lockfile, locking, project
from vscvenv.leave import leave
from vscvenv.lock import exclusive
from vscvenv.reading import pylock, requirements
from vscvenv.reading.inputs import Input

if TYPE_CHECKING:
    from vscvenv.environ import Environ
    from vscvenv.locking import Upgrade
    from vscvenv.reading.pylock import LockFile
    from vscvenv.request import Manner, Request


def lock(request: Request, environ: Environ, manner: Manner, upgrade: Upgrade) -> LockFile:
    """Write the lock file for ``request`` and return it."""
    request = project.complete_anywhere(request, environ)
    with project.open_store(request, environ, manner) as (_, store):
        plan, _ = activate.find_plan(request, store, leave(environ), replace(manner, locked=False, no_lock=True))
        with exclusive(store.lock, environ):
            return locking.make(store, plan, request.lock_file, upgrade)


def export(request: Request, environ: Environ, manner: Manner, base: Path, *, hashed: bool) -> list[str]:
    """Return what is locked, or else what is in this node's environment, as lines of a plain requirements file.

    Paths in the lines are from ``base`` on; hashes come with them where that is asked for.
    """
    request = project.complete_anywhere(request, environ)
    wanted = requirements.asked_by(request, environ, Path.cwd())
    head = exporting.options(request, wanted)
    locked = lockfile.find(request, wanted, environ, manner)
    if locked is None:
        prepared = activate.prepare(request, environ, manner, lambda _: request)
        if not hashed:
            return [*head, *exporting.of_generation(prepared.generation, base)]
        plan, _ = activate.find_plan(request, prepared.store, leave(environ), manner)
        text = locking.render(prepared.store, plan, prepared.generation, request.lock_file)
        locked = pylock.parse(Input(request.lock_file, text.encode()))
    return [*head, *exporting.of_lock(locked, base, hashed=hashed)]
