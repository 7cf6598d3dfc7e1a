"""Where environments lie: one directory per build, never changed once published, and a link to the current one."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Optional

from vscvenv import record, replay
from vscvenv.errors import VscVenvError
from vscvenv.files import write
from vscvenv.messages import note
from vscvenv.request import GRACE, NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vscvenv.environ import Change
    from vscvenv.record import Basis, Record

_AT = "@"
"""Between the name of an environment and its label, in neither of which it can be."""


@dataclass(frozen=True)
class Generation:
    """One immutable build of an environment, in ``path``, with its record."""

    path: Path
    record: Record
    is_new: bool = False
    """This process has just built it, and said so."""

    def drift(self, basis: Basis) -> list[str]:
        """Return why this generation does not answer ``basis``; nothing where it does."""
        return self.record.drift(basis, self.path)

    @property
    def entering(self) -> Path:
        """What `entered` is kept in, without a suffix."""
        return self.path / "entered"

    @property
    def entered(self) -> Optional[Change]:
        """The change that enters it from where no module is loaded, as it was last prepared with modules, or None."""
        return replay.kept(self.entering)

    def settle(self) -> None:
        """Note where it lies now, where its project was moved; one that cannot be written to is looked at each time."""
        if self.record.generation != self.path:
            with suppress(VscVenvError):
                replace(self.record, generation=self.path).save(self.path / RECORD)


@dataclass(frozen=True)
class Store:
    """The generations of one label below a directory of environments."""

    venvs: Path
    label: str
    environment: str = NAME
    """Which environment of the project."""

    @property
    def name(self) -> str:
        """What users see: the name of the link to the current generation."""
        return f"{self.environment}-{self.label}"

    @property
    def key(self) -> str:
        """What tells it from all others here, the name of its home."""
        return self.label if self.environment == NAME else f"{self.environment}{_AT}{self.label}"

    @property
    def link(self) -> Path:
        """The link to the current generation."""
        return self.venvs / self.name

    @property
    def home(self) -> Path:
        """The directory with all that is ours for this label."""
        return self.venvs / ".vsc-venv" / self.key

    @property
    def lock(self) -> Path:
        """What a build locks."""
        return self.home / "lock"

    def places(self) -> tuple[Path, ...]:
        """Return the directories that decide what runs in a shell that activates the current generation.

        None where nothing was made here yet: what is then made is the user's own.
        """
        return (self.venvs, self.home.parent, self.home, self.link) if self.home.parent.exists() else ()

    def current(self) -> Optional[Generation]:
        """Return the generation that the link points to, if it is one of ours that this program understands."""
        path = self._linked()
        return self._at(path) if path else None

    def latest(self) -> Optional[Generation]:
        """Return the current generation; where its link is gone, or its record damaged, the newest that is left."""
        return self.current() or next(self.generations(), None)

    def generations(self) -> Iterator[Generation]:
        """Yield all complete generations, the newest first."""
        for path in self._complete():
            if generation := self._at(path):
                yield generation

    def fresh(self, basis: Basis) -> Optional[Generation]:
        """Return a generation that answers ``basis``, the current one before all others, or None."""
        current = self.current()
        candidates = [*([current] if current else []), *self.generations()]
        return next((one for one in candidates if not one.drift(basis)), None)

    def begin(self) -> Path:
        """Return where the next generation is to be built. Holding the lock, remove what a killed build left.

        Not what another version of this program built: jobs may run from it.
        """
        if not (self.venvs / ".gitignore").exists():
            write(self.venvs / ".gitignore", "*\n")
        numbers = [0]
        for path in list(self._directories()):
            numbers.append(int(path.name))
            if not _is_complete(path) and path != self._linked():
                _remove(path)
        return self.home / str(max(numbers) + 1)

    def publish(self, generation: Generation) -> None:
        """Make ``generation`` the current one in one step; what is no link of ours is put aside, never deleted."""
        if self.link.exists() and not self.link.is_symlink():
            self._put_aside()
        self._supersede(generation.path)
        temporary = self.home / "link"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(generation.path.relative_to(self.venvs))
        temporary.replace(self.link)

    def prune(self, grace: float = GRACE) -> list[Path]:
        """Remove generations that were superseded more than ``grace`` seconds ago, and return which."""
        now = newer = time.time()
        current, gone = self._linked(), []
        for path in self._complete():
            superseded, newer = _time(path / _SUPERSEDED) or newer, _time(path / RECORD)
            # The clock of a file server may be ahead of ours.
            if path != current and max(now - superseded, 0.0) >= grace:
                _remove(path)
                gone.append(path)
        return gone

    def _supersede(self, by: Path) -> None:
        """Note when the current generation ceases to be that: it may be older than the last that was built."""
        before = self._linked()
        if before != by and before in self._complete():
            with suppress(OSError):
                write(before / _SUPERSEDED, "")

    def _put_aside(self) -> None:
        aside = next(
            p for n in range(1, 1000) if not (p := self.venvs / f"{self.name}.old{n if n > 1 else ''}").exists()
        )
        self.link.rename(aside)
        note(f"{self.link} was not made by this program; it is now {aside.name}, remove it when you no longer need it")

    def _at(self, path: Path) -> Optional[Generation]:
        found = record.load(path / RECORD, self.venvs)
        return Generation(path, found) if found else None

    def _complete(self) -> list[Path]:
        """Return the directories of complete generations, of other versions of this program too, the newest first."""
        return sorted(filter(_is_complete, self._directories()), key=lambda path: int(path.name), reverse=True)

    def _directories(self) -> Iterator[Path]:
        if self.home.is_dir():
            yield from (path for path in self.home.iterdir() if path.name.isdigit())

    def _linked(self) -> Optional[Path]:
        """Return the directory of the generation that the link points to, if it is a link."""
        return self.home / self.link.readlink().name if self.link.is_symlink() else None


def _is_complete(path: Path) -> bool:
    return (path / RECORD).is_file()


def _time(file: Path) -> float:
    """Return when ``file`` was written, in seconds since the epoch; 0 where it is not there."""
    with suppress(OSError):
        return file.stat().st_mtime
    return 0.0


def _remove(path: Path) -> None:
    """Remove a generation, its record first: what a kill leaves without one is not taken for an environment."""
    (path / RECORD).unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


RECORD = "vsc-venv.json"
"""The record's name within its generation."""
_SUPERSEDED = "superseded"
"""The name of the file that says by its time when its generation ceased to be current."""
_ANOTHER_PLACE = "Rename it, or use --venvs DIR for another place."


def stores(venvs: Path, environment: Optional[str] = None) -> list[Store]:
    """Return the stores of all labels that something was built for in ``venvs``: of one ``environment``, or of all."""
    found = (path for each in ("*-*/[0-9]*", "*-*/log") for path in (venvs / ".vsc-venv").glob(each) if path.is_dir())
    keys = sorted({path.parent.name for path in found})
    every = (Store(venvs, label, name or NAME) for name, _, label in (key.rpartition(_AT) for key in keys))
    return [one for one in every if environment in {None, one.environment}]


def require_directory(venvs: Path) -> None:
    """Raise VscVenvError where the environments' directory cannot be one."""
    name = str(venvs)
    if os.pathsep in name:
        raise VscVenvError(f"{name}: PATH cannot hold a directory with a '{os.pathsep}'", _ANOTHER_PLACE)
    if name != name.encode("utf-8", "replace").decode():
        raise VscVenvError(f"{os.fsencode(name)!r}: this is not UTF-8, the only names that uv takes", "Rename it.")
    if venvs.exists() and not venvs.is_dir():
        raise VscVenvError(f"{venvs} is not a directory", _ANOTHER_PLACE)
