"""What an activation would do, without a directory, a lock or any other trace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Optional

from vscvenv import activate, compatible, pinned, project, siblings, slots
from vscvenv.build import by_hand
from vscvenv.engine import caches, provided, venv
from vscvenv.files import temporary_directory
from vscvenv.leave import leave

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vscvenv.build import Plan
    from vscvenv.environ import Environ
    from vscvenv.generation import Generation, Store
    from vscvenv.record import Basis
    from vscvenv.request import Manner, Request
    from vscvenv.target import Label


@dataclass(frozen=True)
class Foreseen:
    """What would happen: ``does`` says it in words; what would be installed is None where nothing is built."""

    store: Store
    does: str
    basis: Basis
    installed: Optional[Mapping[str, str]] = None
    kept: tuple[str, ...] = ()
    """What was installed by hand and would be kept, if it goes with the rest."""

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield what there is to tell, name and text."""
        yield "environment", str(self.store.link)
        yield "would", self.does
        yield "modules", "\n".join(self.basis.modules) or "none"
        yield "python", f"{self.basis.python['version']} ({self.basis.python['executable']})"
        if self.installed is not None:
            yield "install", "\n".join(f"{name} {version}" for name, version in self.installed.items()) or "nothing"
        if self.kept:
            yield "keep", "\n".join(self.kept)


def foresee(
    request: Request, environ: Environ, manner: Manner, words: tuple[str, ...], request_on: Callable[[Label], Request]
) -> Foreseen:
    """Return what would be done for ``request``, for who types ``words``; ``request_on`` as activate.prepare has it.

    Raises VscVenvError where it could not be met, as it would be.
    """
    label, store = project.find_store(request, environ, manner)
    current = store.current()
    if current and manner.is_plain and _is_recorded(current, store, words, environ):
        return Foreseen(store, "replay its record: nothing has changed", current.record.basis)
    base = leave(environ)
    if found := compatible.find(request, store, label, base, manner=manner, request_on=request_on):
        return Foreseen(found.store, "enter it as it was recorded", found.generation.record.basis)
    request = project.complete(request, store, environ)
    plan, _ = activate.find_plan(request, store, base, manner)
    return _with_plan(store, plan, manner)


def _is_recorded(current: Generation, store: Store, words: tuple[str, ...], environ: Environ) -> bool:
    """Tell whether a shell would replay a record for ``words`` without asking the core."""
    homes = slots.homes(current.path, store.venvs, words, environ)
    return any(not reasons for reasons in slots.why_not(homes, words, environ, store.venvs))


def _with_plan(store: Store, plan: Plan, manner: Manner) -> Foreseen:
    current = store.current()
    if manner.is_plain or manner.no_build:
        found = activate.find_built(store, plan.basis) if manner.no_build else store.fresh(plan.basis)
        if found is not None:
            how = "enter the current build" if found == current else f"go back to {found.path}, which answers this"
            return Foreseen(store, how, plan.basis)
    kept = () if plan.exact else tuple(by_hand(store).values())
    why = "; ".join(activate.why_build(store, current, plan.basis, manner)) or "there is none yet"
    return Foreseen(store, f"build: {why}", plan.basis, _installed(store, plan), kept)


def _installed(store: Store, plan: Plan) -> dict[str, str]:
    """Return what would be installed, found out in an environment that is thrown away, with a cache that is, too."""
    plan.require_passwords()
    offered = provided.scan(plan.interpreter.sys_path)
    if plan.locked:
        chosen = pinned.choose(plan.locked, store.label, plan.interpreter, plan.basis.request, offered)
        return {package.name: str(package.version or "") for package, _ in chosen}
    if plan.all_options.by_pip:
        return {"what pip resolves": f"({', '.join(plan.all_options.pip_only) or '--installer pip'})"}
    with temporary_directory("dry-run") as place:
        cache = place / "cache"
        if plan.options.offline:
            cache.mkdir()
            (cache / "downloads").symlink_to((plan.options.cache or caches.default(plan.environ)) / "downloads")
        preferred = (plan.preferred or siblings.find(store, plan.basis)).distributions
        apart = replace(plan, options=replace(plan.options, cache=cache))
        venv.create(place / "environment", plan.interpreter, plan.environ, apart.all_options)
        return apart.job(place / "environment", plan.wanted.files(place), offered, preferred).foresee()
