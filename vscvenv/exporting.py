"""What an environment consists of, as a plain requirements file that installs the same elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vscvenv import pinned
from vscvenv.engine.freeze import freeze, without_password
from vscvenv.engine.venv import site_packages_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vscvenv.generation import Generation
    from vscvenv.reading.pylock import LockFile
    from vscvenv.reading.requirements import Requirements
    from vscvenv.request import Request

# Where the same is found elsewhere.
_OPTIONS = ("--index-url", "--extra-index-url", "--find-links", "--no-index", "--trusted-host", "--pre")


def options(request: Request, wanted: Requirements) -> list[str]:
    """Return the options that say where things are found, without passwords."""
    given = [*request.options, *((option.name, option.value) for option in wanted.options)]
    lines = (f"{name} {without_password(value)}".rstrip() for name, value in given if name in _OPTIONS)
    return list(dict.fromkeys(lines))


def of_generation(generation: Generation, base: Path) -> list[str]:
    """Return what lies in ``generation``, and in which versions it uses what modules provide."""
    record = generation.record
    own = [line for place in site_packages_of(generation.path) for line in freeze(place, base)]
    return [*own, *(f"{name}=={record.provided[name]}" for name in record.kept)]


def of_lock(locked: LockFile, base: Path, *, hashed: bool) -> list[str]:
    """Return what is locked, for every platform, and the versions of what only modules have."""
    return [*_packages(locked, base, hashed=hashed), *_only_of_modules(locked)]


def _packages(locked: LockFile, base: Path, *, hashed: bool) -> Iterator[str]:
    for package in locked.lock.packages:
        line = pinned.line(package, locked.given.path.parent, relative_to=base, hashed=False)
        marker = f" ; {package.marker}" if package.marker else ""
        yield " ".join([line + marker, *(pinned.hashes(package) if hashed else ())])


def _only_of_modules(locked: LockFile) -> list[str]:
    return [f"{name}=={version}" for name, version in locked.only_of_modules("", "").items()]
