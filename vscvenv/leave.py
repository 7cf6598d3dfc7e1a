"""Whatever environment is active in the caller's environment, taken out of it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv import definitions, moduletool, replay
from vscvenv import environ as env
from vscvenv.errors import VscVenvError
from vscvenv.messages import warn

if TYPE_CHECKING:
    from vscvenv.environ import Environ
    from vscvenv.moduletool import Outcome


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


def defined_meanwhile(environ: Environ, without: Outcome) -> list[str]:
    """Return what modules have defined in a shell since it entered the active environment, as ``function:NAME``.

    ``without`` is what becomes of ``environ`` without modules.
    """
    now = _taken_along(without)
    before = _entered_from(environ)
    if not now or before is None:
        return []
    already = _taken_along(moduletool.without_modules(before))
    return [word for word in now if word not in already]


def inherited_functions(environ: Environ) -> list[str]:
    """Return the names of functions that a shell inherited with the active environment, since a bash exported them."""
    defined = defined_meanwhile(environ, moduletool.without_modules(environ))
    named = (word.partition(":")[2] for word in defined if word.startswith("function:"))
    return [name for name in named if f"BASH_FUNC_{name}%%" in environ]


def _taken_along(without: Outcome) -> list[str]:
    gone = definitions.read([without.code])
    kinds = {"alias": gone.aliases, "function": gone.functions, "completion": gone.completions}
    return [f"{kind}:{name}" for kind, names in kinds.items() for name, value in names.items() if value is None]


def _entered_from(environ: Environ) -> Optional[Environ]:
    """Return the environment that the active one was entered from, where that is known."""
    change = active_change(environ)
    return env.Change(change.after, change.before).apply(environ) if change else None


def active_change(environ: Environ) -> Optional[env.Change]:
    """Return the change by which the active environment was entered, where that is known."""
    try:
        return replay.Replay(Path(environ[replay.MARKER])).change
    except (OSError, ValueError, KeyError):
        return None


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
