"""From a prepared environment to the record of how it is entered, which a shell replays."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import click

from vscvenv import environ as env
from vscvenv import files, fresh, launcher, modulefiles, modules, moduletool, remember, replay, sharing, slots
from vscvenv.engine import byhand
from vscvenv.engine.options import Options
from vscvenv.environ import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vscvenv.activate import Prepared
    from vscvenv.definitions import Definitions
    from vscvenv.environ import Environ
    from vscvenv.replay import Replay


def enter(prepared: Prepared, words: Optional[tuple[str, ...]], shim: Optional[Path], *, quiet: bool = False) -> Replay:
    """Record the change from the base environment to the active one for who types ``words`` again, and return where.

    ``shim`` is what `vsc-venv` is found as in the active environment, also when the module that brought it was purged.
    With ``quiet`` nothing is said about it, now or at the next time.
    """
    with sharing.as_shared(prepared.generation.path):
        return _enter(prepared, words, shim, quiet=quiet)


def _enter(prepared: Prepared, words: Optional[tuple[str, ...]], shim: Optional[Path], *, quiet: bool) -> Replay:
    generation, store = prepared.generation.path, prepared.store
    if shim is not None:
        link_shim(generation / "bin" / "vsc-venv", shim)
    byhand.settle(generation)
    active = active_environment(prepared)
    change = find_change(prepared, active)
    homes = slots.homes(generation, store.venvs, words or (), prepared.environ)
    saved = save(change, homes, f"({store.name}) ", prepared.loaded.definitions)
    if not prepared.is_stand_in:
        offer_elsewhere(prepared, active)
    message = "" if quiet else describe(prepared)
    if words is None or not prepared.manner.is_plain or prepared.is_stand_in:
        say(prepared, message)
        return saved
    these = remember.observe(prepared, words, change)
    never = [*fresh.why_never(these, prepared.basis.inputs, prepared.started), *why_modules_never(prepared)]
    say(prepared, message, never or why_asked(homes, these, prepared))
    if not never:
        slot = slots.Slot(these, saved.stem, message and remind(prepared, message))
        remember.keep(homes, slot, prepared.manner.grace)
    return saved


def offer_elsewhere(prepared: Prepared, active: Environ) -> None:
    """Note how to enter from where there is no module; a project that cannot be written to keeps what it has.

    What the caller had loaded already is part of that, and none of the change from the caller's environment.
    """
    generation = prepared.generation
    with suppress(OSError):
        change = replay.keep(env.diff(prepared.loaded.purged, active), generation.entering)
        launcher.write(prepared.store, generation.path, change)


def find_change(prepared: Prepared, active: Environ) -> Change:
    """Return the change from the base environment to the ``active`` one.

    It also names what an inherited environment left in the caller's, so that the same caller can make it.
    """
    names = {name for one in (prepared.base, prepared.environ) for name in env.diff(one, active).after}
    ordered = sorted(names - {replay.MARKER})
    return Change({name: prepared.base.get(name) for name in ordered}, {name: active.get(name) for name in ordered})


def save(change: Change, homes: Iterable[slots.Home], prompt: str, definitions: Definitions) -> Replay:
    """Save ``change`` in the first of ``homes`` that can be written to, else where it lasts until the next restart."""
    for home in homes:
        with suppress(OSError):
            return replay.save(change, home.changes, prompt, definitions)
    return replay.save(change, Path(tempfile.mkdtemp(prefix="vsc-venv-")), prompt, definitions)


def describe(prepared: Prepared) -> str:
    """Return what to tell the user whenever the environment is entered."""
    gone = moduletool.unloaded(prepared.base, prepared.loaded.environ)
    said = [f"unloading modules that the list does not have: {', '.join(gone)}"] if gone else []
    said.append(f"{prepared.store.name} is active (Python {prepared.basis.python['version']})")
    return "\n".join(f"vsc-venv: {line}" for line in said)


def remind(prepared: Prepared, message: str) -> str:
    """Return ``message`` behind what is told again each time."""
    return f"vsc-venv: {prepared.reminder}\n{message}" if prepared.reminder else message


def say(prepared: Prepared, message: str, reasons: Sequence[str] = ()) -> None:
    """Tell ``message`` and why the core was asked; where it built, that has been told."""
    lines = message.splitlines()
    if lines and prepared.generation.is_new:
        lines.pop()
    elif lines and reasons:
        lines[-1] += f"; prepared anew: {'; '.join(reasons)}"
    for line in lines:
        click.echo(line, err=True)


def why_modules_never(prepared: Prepared) -> list[str]:
    """Return which modules do what cannot be recorded."""
    reasons = [f"the module {name} runs commands in your shell" for name in modules.with_commands(prepared.loaded)]
    files = modulefiles.loaded(prepared.loaded.environ)
    reasons += [f"{file} runs commands to know what to do" for file in modulefiles.with_commands(files)]
    return reasons


def why_asked(homes: Iterable[slots.Home], these: fresh.Conditions, prepared: Prepared) -> list[str]:
    """Return why no record for the same words answered, by the one that came nearest; nothing where there is none."""
    return min(slots.why_not(homes, these.words, prepared.environ, prepared.store.venvs), key=len, default=[])


def active_environment(prepared: Prepared) -> Environ:
    """Return the environment with the modules loaded and the generation in front."""
    generation, store = prepared.generation.path, prepared.store
    active = {name: value for name, value in prepared.loaded.environ.items() if name != "PYTHONHOME"}
    path = env.join([f"{generation}/bin", *env.program_path(active)])
    options = Options(label=store.label, cache=prepared.manner.cache)
    own = {"PATH": path, "VIRTUAL_ENV": str(generation), "VIRTUAL_ENV_PROMPT": store.name}
    return {**active, **own, **byhand.variables(generation, active, options)}


def link_shim(link: Path, shim: Path) -> None:
    """Point ``link`` to the shim, in one step; a project that cannot be written to keeps the link it has."""
    if link.is_symlink() and link.readlink() == shim:
        return
    with suppress(OSError):
        files.link(link, shim)
