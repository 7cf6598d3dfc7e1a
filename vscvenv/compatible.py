"""Environments entered as they were recorded, without asking the modules tool.

That is how the best of those for other CPUs is entered where this one has none: the modules of this node would be of
another tree, with other binaries. And how a kernel or cron gets in, who have no modules tool.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Optional

from vscvenv import environ as env
from vscvenv import modules, replay, target
from vscvenv.generation import stores
from vscvenv.messages import note
from vscvenv.modules import Loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vscvenv.environ import Environ
    from vscvenv.generation import Generation, Store
    from vscvenv.host import Host
    from vscvenv.request import Request
    from vscvenv.target import Label

VARIABLE = "VSC_VENV_STAND_IN"
"""Set to $VSC_ARCH_LOCAL where an environment of another microarchitecture is entered on purpose (site_hook.py)."""


@dataclass(frozen=True)
class StandIn:
    """An environment of another label, and the environment variables that its modules need."""

    store: Store
    generation: Generation
    loaded: Loaded


def find(
    store: Store, label: Label, host: Host, request_on: Callable[[Label], Request], base: Environ
) -> Optional[StandIn]:
    """Return the best environment that ``host`` can run in place of ``label``'s own, and say which.

    ``request_on`` tells what one of another label must answer. None where ``label`` has its own, or there is no other.
    """
    if store.current() is not None:
        return None
    usable = [(rank, one) for rank, of, one in _ranked(store, label, host) if _answers(one, request_on(of))]
    for _, other in sorted(usable, key=lambda pair: pair[0], reverse=True):
        generation = other.current()
        recorded = replay.latest(generation.path / "changes") if generation else None
        if generation and recorded:
            note(f"there is no {store.name}: using {other.name}, which this CPU ({host.cpu}) can run")
            loaded = _as_recorded(recorded, generation, base)
            if "VSC_ARCH_LOCAL" in base:
                loaded.environ[VARIABLE] = base["VSC_ARCH_LOCAL"]
            return StandIn(other, generation, loaded)
    return None


def as_recorded(store: Store, request: Request, base: Environ) -> Optional[StandIn]:
    """Return ``store``'s own environment as it was entered before, if it answers ``request``."""
    generation = store.current()
    recorded = replay.latest(generation.path / "changes") if generation else None
    if generation is None or recorded is None or not generation.record.basis.is_of(request):
        return None
    return StandIn(store, generation, _as_recorded(recorded, generation, base))


def _ranked(store: Store, label: Label, host: Host) -> Iterator[tuple[target.Rank, Label, Store]]:
    for other in stores(store.venvs):
        if other.environment != store.environment or not other.label.startswith(f"{label.os}-"):
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


def _answers(other: Store, request: Request) -> bool:
    """Tell whether what ``other`` was built from is what is asked for, and was not edited since."""
    current = other.current()
    if current is None:
        return False
    basis = current.record.basis
    return basis.is_of(request if request.requirements else request.completed_by(basis.request))


def _as_recorded(change: env.Change, generation: Generation, base: Environ) -> Loaded:
    there = change.onto(base)
    # What the site says of a node is of that node, whatever the record has.
    there |= {name: base[name] for name in target.OF_LABEL if name in base}
    path = [entry for entry in env.paths(there.get("PATH")) if entry != f"{generation.path}{os.sep}bin"]
    return Loaded({**there, "PATH": env.join(path)}, dict(base), modules.find_tool(base))
