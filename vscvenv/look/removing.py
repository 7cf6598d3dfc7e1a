"""Environments taken away, whole labels or superseded generations, and not from under what runs."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from vscvenv.errors import VscVenvError
from vscvenv.generation import RECORD
from vscvenv.lock import exclusive
from vscvenv.look import inuse
from vscvenv.look.usage import Usage, usage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vscvenv.generation import Store
    from vscvenv.look.environment import Environment


def remove(one: Environment, environ: Mapping[str, str], *, force: bool) -> Usage:
    """Remove all that is there for a label and return what it took, waiting for a build that goes on.

    Raises VscVenvError where it is active in this shell or a process of this host runs from it, unless ``force``.
    """
    store = one.store
    with exclusive(store.lock, environ):
        if not force:
            _require_unused(one)
        took = usage(store.home)
        if store.link.is_symlink():
            store.link.unlink()
        for part in list(store.home.iterdir()):
            # Another process may be waiting for the lock.
            if not part.name.startswith("lock"):
                _remove(part)
    with suppress(OSError):
        store.home.rmdir()
    return took


def clean(store: Store, environ: Mapping[str, str]) -> list[Path]:
    """Remove the superseded generations of ``store`` and return them."""
    with exclusive(store.lock, environ):
        return store.prune(grace=0)


def _require_unused(one: Environment) -> None:
    if one.active is not None:
        raise VscVenvError(f"{one.store.name} is active in this shell", "Leave it first: source vsc-venv --deactivate")
    running = inuse.users(one.store.home)
    if running:
        raise VscVenvError(
            f"{one.store.name} is in use on this host: {', '.join(map(str, running))}",
            "Remove it all the same: --force",
        )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        # Its record first: what a kill leaves without one is not taken for an environment.
        (path / RECORD).unlink(missing_ok=True)
        shutil.rmtree(path)
    else:
        path.unlink()
