"""Whatever environment is active in the caller's environment, taken out of it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv import environ as env
from vscvenv import moduletool, replay
from vscvenv.errors import VscVenvError
from vscvenv.messages import warn

if TYPE_CHECKING:
    from vscvenv.environ import Environ


def leave(environ: Environ) -> Environ:
    """Return ``environ`` without the environment that is active in it, if one is.

    A shell leaves its own before it asks us; what is left here was inherited, as a job inherits it
    from the shell that submitted it.
    """
    marker = environ.get(replay.MARKER)
    if marker:
        try:
            return replay.Replay(Path(marker)).change.undo(_with_modules_of(environ, marker))
        except (OSError, ValueError, KeyError):
            warn(f"the record {marker} of the active environment is gone; leaving only its directory")
    return _leave_foreign(environ)


def _with_modules_of(environ: Environ, marker: str) -> Environ:
    """Return ``environ``, purged where others than the modules of the change ``marker`` are loaded."""
    after = replay.Replay(Path(marker)).change.apply(environ)
    tool = moduletool.find_tool(environ)
    if tool is None or moduletool.loaded_names(after) == moduletool.loaded_names(environ):
        return environ
    return tool.session([("purge",)], environ)[0].environ


def _leave_foreign(environ: Environ) -> Environ:
    if (environ.get("CONDA_SHLVL") or "0") != "0":
        raise VscVenvError(
            f"the conda environment {environ.get('CONDA_PREFIX')} is active", "Leave it first: conda deactivate"
        )
    active = environ.get("VIRTUAL_ENV")
    if not active:
        return environ
    ours = ("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", replay.MARKER)
    left = {name: value for name, value in environ.items() if name not in ours}
    kept = (entry for entry in env.paths(environ.get("PATH")) if entry != f"{active}/bin")
    return {**left, "PATH": env.join(kept)}
