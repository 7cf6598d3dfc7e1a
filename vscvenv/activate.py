"""The main path: from a request to a record that a shell can replay, one step after the other.

Nothing here touches the user's shell. Whatever fails leaves the published environment, and the shell, as they were.
"""

from __future__ import annotations

import shlex
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv import compatible, fetching, lockfile, modules, moduletool, project, siblings
from vscvenv import environ as env
from vscvenv.build import Plan, build
from vscvenv.configured import NO_FILES
from vscvenv.engine import interpreter as pythons
from vscvenv.engine.options import Options
from vscvenv.errors import VscVenvError
from vscvenv.leave import leave
from vscvenv.lock import exclusive
from vscvenv.messages import note, warn
from vscvenv.reading import modulelist, requirements
from vscvenv.record import Basis, python_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vscvenv.configured import Files
    from vscvenv.engine.interpreter import Interpreter
    from vscvenv.environ import Environ
    from vscvenv.generation import Generation, Store
    from vscvenv.modules import Loaded, Loading
    from vscvenv.reading.inputs import Input
    from vscvenv.request import Manner, Request
    from vscvenv.target import Label


@dataclass(frozen=True)
class Prepared:
    """An environment that is ready: the generation, and the environment without and with the modules under it."""

    generation: Generation
    store: Store
    environ: Environ
    """As the caller has it."""
    base: Environ
    """Without the environment that the caller inherited, if one is active in it."""
    loaded: Loaded
    basis: Basis
    manner: Manner
    started: int
    """When the core began to look, in nanoseconds since the epoch."""
    configuration: Files = NO_FILES
    """What configures it."""
    is_stand_in: bool = False
    """It is entered as it was recorded, maybe on another kind of node."""
    reminder: Optional[str] = None
    """What to tell the user again whenever this is entered; it has been told now."""


def prepare(
    request: Request,
    environ: Environ,
    manner: Manner,
    request_on: Callable[[Label], Request],
    loading: Optional[Loading] = None,
) -> Prepared:
    """Return the environment that answers ``request`` on this host, built where there is none.

    ``request_on`` tells what is asked for on nodes of another label, where that may be something else; ``loading`` are
    the modules of ``request``, where somebody has begun with them. Raises VscVenvError where the request cannot be met.
    """
    started = loading.started if loading else time.time_ns()
    with project.open_store(request, environ, manner) as (label, store):
        base = loading.environ if loading else leave(environ)
        if found := compatible.find(request, store, label, base, manner=manner, request_on=request_on):
            basis, loaded = found.generation.record.basis, found.loaded
            return Prepared(
                found.generation, found.store, environ, base, loaded, basis, manner, started, is_stand_in=True
            )
        request = project.complete(request, store, environ)
        try:
            plan, loaded = find_plan(request, store, base, manner, loading)
        except modules.NoToolError as failed:
            failed.message += f"; and {compatible.why_not(request, store, manner)}"
            raise
        generation = find_or_build(store, plan, manner)
    reminder = lockfile.moved_on(request, plan.wanted, plan.locked)
    return Prepared(generation, store, environ, base, loaded, plan.basis, manner, started, reminder=reminder)


def find_plan(
    request: Request, store: Store, base: Environ, manner: Manner, begun: Optional[Loading] = None
) -> tuple[Plan, Loaded]:
    """Return all that a build for ``request`` needs to know, and the environment with its modules."""
    here = Path.cwd()
    with nullcontext(begun) if begun else modules.loading(modulelist.asked_by(request, base, here), base) as loading:
        wanted = requirements.asked_by(request, base, here)
        loaded = loading.result()
    interpreter = find_interpreter(loaded, loading.listed)
    locked = lockfile.find(request, wanted, base, manner)
    others = (loading.listed.given, locked.given if locked else None)
    inputs = [*wanted.inputs, *(one for one in others if one)]
    basis = find_basis(request, inputs, loaded, interpreter)
    options = Options.of(request.options, label=store.label, offline=manner.offline, cache=manner.cache)
    options = fetching.offline(options, store.venvs) if manner.offline else options
    preferred = siblings.NOTHING if manner.recreate else None
    environ = _of_modules_only(loaded)
    return Plan(basis, wanted, interpreter, environ, options, manner.exact, locked, preferred), loaded


def fetch(request: Request, environ: Environ, manner: Manner) -> list[str]:
    """Download all that builds for ``request`` need on nodes without a network; return the names of the sources."""
    request = project.complete_anywhere(request, environ)
    with project.open_store(request, environ, manner) as (_, store):
        plan, _ = find_plan(request, store, leave(environ), manner)
        with exclusive(store.lock, environ):
            return fetching.fetch(store, plan)


def find_interpreter(loaded: Loaded, listed: modulelist.ModuleList) -> Interpreter:
    """Return the Python that the modules bring, else the system's, with a warning where modules could bring one."""
    executable = pythons.find_python(env.join(env.program_path(loaded.environ)))
    if executable is None:
        remedy = "List a Python module in the modules file." if loaded.tool else "Put one there: PATH=/usr/bin:/bin"
        raise VscVenvError("no python3 is on PATH", remedy)
    found = pythons.probe(executable, _of_modules_only(loaded))
    if loaded.tool is not None and str(executable.parent) not in loaded.brought("PATH"):
        where = f"{listed.steps[0].file} lists no Python" if listed.steps else "no modules are asked for"
        warn(f"{where}: using the system's {executable} ({found.version})")
    return found


def _of_modules_only(loaded: Loaded) -> Environ:
    """Return the environment with modules, without what the user's own PYTHONPATH holds.

    And without PYTHONHOME, with which no environment's Python starts: activating takes it away as well (enter.py).
    """
    environ = {name: value for name, value in loaded.environ.items() if name != "PYTHONHOME"}
    if entries := loaded.brought("PYTHONPATH"):
        return {**environ, "PYTHONPATH": env.join(entries)}
    environ.pop("PYTHONPATH", None)
    return environ


def find_basis(request: Request, inputs: Iterable[Input], loaded: Loaded, interpreter: Interpreter) -> Basis:
    """Return all that an environment for ``request`` depends on here and now; ``inputs`` as they were understood."""
    sticky = set(moduletool.loaded_names(loaded.purged))
    return Basis(
        request=request,
        inputs=tuple(inputs),
        modules=tuple(name for name in loaded.names if name not in sticky),
        python=python_identity(interpreter),
    )


def find_or_build(store: Store, plan: Plan, manner: Manner) -> Generation:
    """Return the current generation where it answers ``plan``; else make one current that does, built where needed.

    What was found out without the lock is found out again under it: another process may just have built what is wanted.
    """
    before = store.current()
    if before is not None and manner.is_plain and not before.drift(plan.basis):
        before.settle()
        return before
    if manner.no_build:
        return find_built(store, plan.basis)
    with exclusive(store.lock, plan.environ):
        built_meanwhile = store.current() != before
        generation = store.fresh(plan.basis) if manner.is_plain or built_meanwhile else None
        if generation is None:
            say_why(store, before, plan.basis, manner)
            generation = build(store, plan)
        store.publish(generation)
        store.prune(manner.grace)
        return generation


def find_built(store: Store, basis: Basis) -> Generation:
    """Return a generation that answers ``basis``. Raises VscVenvError where none does, with what builds one."""
    found = store.fresh(basis)
    if found is not None:
        return found
    current = store.current()
    why = (
        f"{store.name} does not answer ({'; '.join(current.drift(basis))})" if current else f"there is no {store.name}"
    )
    command = shlex.join(("vsc-venv", "prepare", *basis.request.words(Path.cwd())))
    raise VscVenvError(f"{why}, and --no-build forbids to build it", f"Build it on such a node: {command}")


def say_why(store: Store, current: Optional[Generation], basis: Basis, manner: Manner) -> None:
    """Name the reasons for a build where there was an environment before."""
    if reasons := why_build(store, current, basis, manner):
        note(f"{'updating' if current else 'rebuilding'} {store.name}: {'; '.join(reasons)}")


def why_build(store: Store, current: Optional[Generation], basis: Basis, manner: Manner) -> list[str]:
    """Return why what is in ``store``, its ``current`` generation if one can be used, will not do; nothing if empty."""
    if current is not None:
        asked = [word for word, is_set in (("--recreate", manner.recreate), ("--exact", manner.exact)) if is_set]
        return [*asked, *current.drift(basis)]
    if store.link.is_symlink() and store.link.exists():
        return ["its record was written by another version or is damaged"]
    return []
