"""From a prepared environment to the record of how it is entered, which a shell replays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Optional

import click

from vscvenv import environ as env
from vscvenv import fresh, launcher, modules, replay, slots

if TYPE_CHECKING:
    from pathlib import Path

    from vscvenv.activate import Prepared
    from vscvenv.environ import Change, Environ
    from vscvenv.replay import Replay


def enter(prepared: Prepared, words: Optional[tuple[str, ...]], shim: Optional[Path], *, quiet: bool = False) -> Replay:
    """Record the change from the base environment to the active one for who types ``words`` again, and return where.

    ``shim`` is what `vsc-venv` is found as in the active environment, also when the module that brought it was purged.
    With ``quiet`` nothing is said about it, now or at the next time.
    """
    generation, store = prepared.generation.path, prepared.store
    if shim is not None:
        link_shim(generation / "bin" / "vsc-venv", shim)
    change = env.diff(prepared.base, active_environment(prepared))
    gone = modules.unloaded(prepared.base, prepared.loaded.environ)
    said = [f"vsc-venv: unloading modules that the list does not have: {', '.join(gone)}"] if gone else []
    said.append(f"vsc-venv: {store.name} is active (Python {prepared.basis.python['version']})")
    said = [] if quiet else said
    for line in said[:-1] if prepared.generation.is_new else said:
        click.echo(line, err=True)
    stamps = generation / "changes" / "stamps"
    repeatable = words is not None and prepared.manner.is_plain and not prepared.is_stand_in
    these = conditions(prepared, words or (), change) if repeatable else None
    text = fresh.render(these if these and fresh.stamp(these, stamps) else None, stamps)
    saved = replay.save(change, generation / "changes", f"({store.name}) ", text, said)
    if these:
        slots.put(store.venvs, prepared.base, saved.stem)
    if not prepared.is_stand_in:
        launcher.write(store, generation, saved.change)
    return saved


def active_environment(prepared: Prepared) -> Environ:
    """Return the environment with the modules loaded and the generation in front."""
    generation = str(prepared.generation.path)
    active = {name: value for name, value in prepared.loaded.environ.items() if name != "PYTHONHOME"}
    path = env.join([f"{generation}/bin", *env.paths(active.get("PATH"))])
    return {**active, "PATH": path, "VIRTUAL_ENV": generation, "VIRTUAL_ENV_PROMPT": prepared.store.name}


def conditions(prepared: Prepared, words: tuple[str, ...], change: Change) -> Optional[fresh.Conditions]:
    """Return when ``change`` may be replayed without us."""
    tool = prepared.loaded.tool
    python = [str(one["path"]) for one in prepared.basis.python["signatures"]]
    return fresh.conditions(
        words,
        prepared.base,
        change,
        link=prepared.store.link,
        generation=prepared.generation.path,
        inputs=prepared.basis.inputs,
        site_files=fresh.site_files(prepared.loaded.environ, tool.command if tool else None, python),
    )


def link_shim(link: Path, shim: Path) -> None:
    """Point ``link`` to the shim, in one step; a project that cannot be written to keeps the link it has."""
    if link.is_symlink() and link.readlink() == shim:
        return
    temporary = link.with_name(f".vsc-venv.{os.getpid()}")
    try:
        temporary.symlink_to(shim)
        temporary.replace(link)
    except OSError:
        temporary.unlink(missing_ok=True)
