"""A file system that refuses at the N-th call that changes something, in the core and in all that it starts."""

from __future__ import annotations

import errno
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from breaking.killing import recover, require_other
from breaking.refusing import refused

if TYPE_CHECKING:
    import random

    from breaking.core import Project

ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)


@dataclass(frozen=True)
class Faults:
    """Refusals below ``place``, a directory of the ``project``."""

    project: Project
    library: Path
    place: Path

    def steps(self, error: int) -> int:
        """Return how many calls of an update could fail with ``error``."""
        require_other(self.project)
        code, said = self._preparing(error, 10**9)
        assert code == 0, said
        return self._counter.stat().st_size if self._counter.exists() else 0

    def refuse(self, error: int, step: int) -> bool:
        """Refuse an update from ``step`` on, lose nothing by it, and tell whether it was refused."""
        old, new = require_other(self.project)
        was_refused = refused(*self._preparing(error, step))
        assert self.project.version() == (old if was_refused else new)
        recover(self.project, new)
        return was_refused

    def refuse_at_random(self, chance: random.Random) -> None:
        """Refuse an update from any step on."""
        error = chance.choice(ERRORS)
        self.refuse(error, chance.randrange(1, self.steps(error) + 1))

    def _preparing(self, error: int, step: int) -> tuple[int, str]:
        self._counter.unlink(missing_ok=True)
        faults = {"BELOW": self.place, "ERRNO": error, "FROM": step, "COUNTER": self._counter}
        variables = {f"FAULT_{name}": str(value) for name, value in faults.items()}
        environ = {**self.project.environ, **variables, "LD_PRELOAD": str(self.library)}
        return replace(self.project, environ=environ).prepare()

    @property
    def _counter(self) -> Path:
        return self.library.with_suffix(".count")


def library(directory: Path) -> Path:
    """Return the library to preload, compiled into ``directory``."""
    made = directory / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run(["gcc", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made
