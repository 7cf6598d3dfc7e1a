"""The environments here: damaged, for other CPUs, without their modules, or with distributions that do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv import modules
from vscvenv.doctor.finding import Finding
from vscvenv.engine import abi, provided
from vscvenv.engine.misfits import misfits
from vscvenv.engine.venv import site_packages_of
from vscvenv.errors import VscVenvError
from vscvenv.look import environment, inside, requires
from vscvenv.look.losses import losses
from vscvenv.messages import some
from vscvenv.reading import modulelist

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.doctor.finding import Case, State

_REBUILD = "Activate again: that rebuilds it."
_RECREATE = "Build it anew: source vsc-venv --activate --recreate"


def complete(case: Case) -> Iterator[Finding]:
    """Tell of each environment whether it can be used, and here."""
    foreign = environment.foreign(case.venvs)
    if not case.environments and not foreign:
        yield Finding(case.venvs.name, "note", f"there are no environments in {case.venvs}", case.where_to_go())
    for one in case.environments:
        name = one.store.name
        if one.problem:
            state: State = "note" if one.problem.startswith("being built") else "wrong"
            yield Finding(name, state, one.problem, f"Or remove it: vsc-venv remove {one.label}")
        elif one.generation and (lost := losses(one.generation)):
            yield Finding(name, "wrong", f"files are gone of what was installed: {some(lost)}", _RECREATE)
        elif one.verdict.kind == "unusable":
            yield Finding(name, "note", f"not for this node: {one.verdict.reason}")
        elif reasons := one.why_not_fresh():
            yield Finding(name, "note", f"not fresh: {'; '.join(reasons)}", _REBUILD)
        else:
            yield Finding(name, "ok", "complete and fresh")
    for path in foreign:
        yield Finding(
            path.name, "note", "not made by this program", "Activating puts it aside; remove it when not needed."
        )


def modules_load(case: Case) -> Iterator[Finding]:
    """Load the modules of this node's environment once more, in a child: some may have vanished since."""
    one = case.here
    request = one.generation.record.basis.request if one and one.generation else None
    if request is None or request.modules is None or case.tool is None:
        return
    # Its list may lead to modules of its own.
    case.require_trust()
    try:
        modules.load(modulelist.asked_by(request, case.base, Path.cwd()), case.base)
    except VscVenvError as problem:
        yield Finding("modules", "wrong", problem.message, problem.hint or "")
    else:
        yield Finding("modules", "ok", f"those in {request.modules.name} load")


def distributions(case: Case) -> Iterator[Finding]:
    """Tell what this node's environment shadows, and what in it lacks something or has it in a wrong version."""
    one = case.active or case.here
    if one is None or one.generation is None or one.verdict.kind == "unusable":
        return
    within = inside.enter(one, case.environ, case.cwd)
    own = provided.scan(map(str, site_packages_of(one.generation.path)))
    offered = {name: found[-1] for name, found in within.every.items() if len(found) > 1 or name not in own}
    hidden = [str(offered[name]) for name in own if name in offered]
    if hidden:
        yield Finding("shadowed", "note", f"installed over what modules provide: {some(hidden)}")
    markers = requires.markers(within.generation)
    broken = sorted(misfits(within.known, markers) - misfits(offered, markers))
    broken += [f"{new} may break {', '.join(map(str, users))}" for new, users in abi.shadowed(offered, own)]
    if broken:
        yield Finding("broken", "wrong", "; ".join(broken), "Pin versions that go together, and activate again.")
    else:
        yield Finding("distributions", "ok", f"{len(own)} installed, nothing that they require is missing")
