"""Environments entered as they were recorded, without asking the modules tool.

That is how the best of those for other CPUs is entered where this one has none: the modules of this node would be of
another tree, with other binaries. And how a kernel or cron gets in, who have no modules tool.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv import environ as env
from vscvenv import lockfile, moduletool, target
from vscvenv.generation import stores
from vscvenv.messages import note
from vscvenv.modules import Loaded
from vscvenv.reading import requirements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vscvenv.environ import Environ
    from vscvenv.generation import Generation, Store
    from vscvenv.host import Host
    from vscvenv.request import Manner, Request
    from vscvenv.target import Label

VARIABLE = "VSC_VENV_STAND_IN"
"""Set to $VSC_ARCH_LOCAL where an environment of another microarchitecture is entered on purpose (site_hook.py)."""


@dataclass(frozen=True)
class StandIn:
    """An environment that is entered as it was recorded, and the environment variables that its modules need."""

    store: Store
    generation: Generation
    loaded: Loaded


def find(
    request: Request,
    store: Store,
    label: Label,
    base: Environ,
    *,
    manner: Manner,
    request_on: Callable[[Label], Request],
) -> Optional[StandIn]:
    """Return what is entered as it was recorded, instead of what would be made of ``request`` for ``label``, or None.

    ``request_on`` tells what one of another label must answer. Raises VscVenvError where its lock file does not
    fit the requirements and has to; warns where it does not have to.
    """
    found = None
    if manner.compatible and store.current() is None:
        found = _best_other(store, label, base, manner, request_on)
    elif moduletool.find_tool(base) is None:
        found = _own(request, store, base, manner)
    if found and found.generation.record.basis.is_locked:
        asked = found.generation.record.basis.request
        lockfile.find(asked, requirements.asked_by(asked, base, Path.cwd()), base, manner)
    return found


def _best_other(
    store: Store, label: Label, base: Environ, manner: Manner, request_on: Callable[[Label], Request]
) -> Optional[StandIn]:
    """Return the best environment that this host can run in place of ``label``'s own, and say which."""
    host = target.detect_host()
    ranked = sorted(_ranked(store, label, host), key=lambda one: one[0], reverse=True)
    found = next(filter(None, (_as_recorded(request_on(of), other, base, manner) for _, of, other in ranked)), None)
    if found:
        note(f"there is no {store.name}: using {found.store.name}, which this CPU ({host.cpu}) can run")
        if "VSC_ARCH_LOCAL" in base:
            found.loaded.environ[VARIABLE] = base["VSC_ARCH_LOCAL"]
    elif any(one.current() for one in stores(store.venvs, store.environment)):
        what = f"none that surely runs on this CPU ({host.cpu}) answers what is asked for"
        note(f"there is no {store.name}, and of the others here {what}")
    return found


def _own(request: Request, store: Store, base: Environ, manner: Manner) -> Optional[StandIn]:
    """Return the environment in ``store`` where only its modules keep it from being prepared as always."""
    found = _as_recorded(request, store, base, manner)
    return found if found and found.generation.record.basis.request.modules else None


def _as_recorded(request: Request, store: Store, base: Environ, manner: Manner) -> Optional[StandIn]:
    """Return the environment in ``store`` as it was entered last, if it works here and answers ``request``."""
    generation = store.current()
    change = generation.entered if generation else None
    if generation is None or change is None:
        return None
    basis = generation.record.basis
    if generation.drift(basis) or not basis.is_of(request.completed_by(basis.request), manner):
        return None
    return StandIn(store, generation, _loaded(change, generation, base))


def why_not(request: Request, store: Store, manner: Manner) -> str:
    """Return why what is in ``store`` is not entered as it was recorded for ``request``."""
    current = store.current()
    if current is None:
        return f"there is no {store.name} to enter without one"
    basis = current.record.basis
    reasons = [*current.drift(replace(basis, request=request)), *basis.edited(manner)]
    return f"{store.name} cannot be entered without one: {'; '.join(reasons) or 'it never was with one'}"


def _ranked(store: Store, label: Label, host: Host) -> Iterator[tuple[target.Rank, Label, Store]]:
    for other in stores(store.venvs, store.environment):
        if not other.label.startswith(f"{label.os}-"):
            continue
        for suffix in {label.suffix, ""}:
            arch = other.label[len(label.os) + 1 :]
            if suffix and not arch.endswith(f"-{suffix}"):
                continue
            arch = arch[: -len(suffix) - 1] if suffix else arch
            of = replace(label, arch=arch, suffix=suffix)
            rank = target.rank(of, host)
            if rank:
                yield rank, of, other


def _loaded(change: env.Change, generation: Generation, base: Environ) -> Loaded:
    """Return the environment with the modules that ``change`` had, without ``generation`` itself."""
    there = change.onto(base)
    # What the site says of a node is of that node, whatever the record has.
    there |= {name: base[name] for name in target.OF_LABEL if name in base}
    path = [entry for entry in env.paths(there.get("PATH")) if entry != f"{generation.path}{os.sep}bin"]
    return Loaded({**there, "PATH": env.join(path)}, dict(base), moduletool.find_tool(base))
