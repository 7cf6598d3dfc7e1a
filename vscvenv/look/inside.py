"""What an environment's own Python finds when it imports, in the shell as it is or as it would be."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from packaging.utils import canonicalize_name

from vscvenv import trust
from vscvenv.engine import provided
from vscvenv.engine.importcheck import Found, look, top_levels
from vscvenv.errors import VscVenvError
from vscvenv.leave import leave
from vscvenv.look.failure import explain
from vscvenv.look.origin import Origins, origins
from vscvenv.process import ProcessError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.utils import NormalizedName

    from vscvenv.engine.provided import Provided
    from vscvenv.environ import Environ
    from vscvenv.generation import Generation
    from vscvenv.look.environment import Environment


@dataclass(frozen=True)
class Inside:
    """An environment, looked at from inside: ``environ`` is the one with which its Python is started, in ``cwd``."""

    generation: Generation
    origins: Origins
    environ: Environ
    cwd: Path

    def find(self, names: Iterable[str]) -> Found:
        """Return where ``names`` would be imported from. Raises VscVenvError where Python does not start."""
        python = self.generation.path / "bin" / "python"
        try:
            return look(python, names, self.environ, self.cwd)
        except ProcessError as failed:
            meaning, remedy = explain(failed.completed)
            raise VscVenvError(f"{python} does not start: {meaning}", remedy) from failed

    @cached_property
    def sys_path(self) -> tuple[str, ...]:
        """The directories that are searched, in order."""
        return self.find(()).sys_path

    @cached_property
    def every(self) -> dict[NormalizedName, list[Provided]]:
        """All distributions by name, the one that wins first."""
        found: dict[NormalizedName, list[Provided]] = {}
        for entry in dict.fromkeys(self.sys_path):
            for name, one in provided.scan([entry]).items():
                if not self._is_code_of(one, found.get(name, ())):
                    found.setdefault(name, []).append(one)
        return found

    def _is_code_of(self, one: Provided, before: Iterable[Provided]) -> bool:
        """Tell whether ``one`` is what lies beside the code of an editable distribution that was found ``before``."""
        installed = (each.version for each in before if self.origins.of(each.location).kind == "environment")
        return one.version in installed and self.origins.of(one.location).kind == "own"

    @property
    def known(self) -> dict[NormalizedName, Provided]:
        """The distributions that win, by name."""
        return {name: each[0] for name, each in self.every.items()}

    @cached_property
    def _owners(self) -> dict[str, dict[str, NormalizedName]]:
        """For each directory that is searched, in order, the names to import and the distributions they are of."""
        return {
            entry: {name: canonicalize_name(owner) for name, owner in top_levels(Path(entry)).items()}
            for entry in dict.fromkeys(self.sys_path)
        }

    def imports(self, one: Provided) -> list[str]:
        """Return the names that the distribution ``one`` is imported by."""
        return sorted(name for name, owner in self._owners[one.location].items() if owner == one.name)

    def owner(self, name: str) -> Optional[NormalizedName]:
        """Return the first distribution that has files for the import ``name``."""
        return next((owners[name] for owners in self._owners.values() if name in owners), None)


def enter(one: Environment, environ: Environ, cwd: Path) -> Inside:
    """Return the inside of ``one``: in the environment variables as they are where it is active, else as recorded.

    Raises VscVenvError where it cannot be started here, or somebody else could have put something into it.
    """
    generation = one.generation
    if generation is None:
        raise VscVenvError(f"{one.store.name}: {one.problem}")
    if one.verdict.kind == "unusable":
        raise VscVenvError(f"{one.store.name} cannot be started here: {one.verdict.reason}", one.verdict.hint)
    trust.require(one.store.places(), one.store.venvs)
    if one.active != Path(os.path.realpath(generation.path)):
        change = generation.entered
        if change is None:
            raise VscVenvError(f"{one.store.name} was never entered", "Enter it once: source vsc-venv --activate")
        environ = change.onto(leave(environ))
    return Inside(generation, origins(generation), environ, cwd)
