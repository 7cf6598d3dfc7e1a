"""What a lock file says, as lines that an installer takes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Optional, Union

from packaging.pylock import PackageSdist, PackageWheel, PylockSelectError
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from vscvenv.engine import abi
from vscvenv.engine.freeze import is_relative, place
from vscvenv.engine.provided import Provided
from vscvenv.engine.tags import markers, tags
from vscvenv.errors import InputError, VscVenvError
from vscvenv.messages import warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.pylock import Package, PackageArchive, PackageDirectory, PackageVcs

    from vscvenv.engine.install import Distributions
    from vscvenv.engine.interpreter import Interpreter
    from vscvenv.reading.pylock import LockFile
    from vscvenv.request import Request

    Source = Union[PackageVcs, PackageDirectory, PackageArchive, PackageWheel, PackageSdist]

# Those that pip takes.
_HASHES = ("sha256", "sha384", "sha512")


def choose(
    locked: LockFile, label: str, interpreter: Interpreter, request: Request, offered: Distributions
) -> list[tuple[Package, Source]]:
    """Return what to install for ``label`` of what is ``locked``, without what is ``offered`` in that version.

    What modules compiled for another numpy than the locked one is installed as well. Raises VscVenvError where the lock
    file has nothing for this Python or this kind of node, or where modules lack what no index has.
    """
    _require_modules(locked, label, interpreter, offered)
    left = dict(offered)
    while True:
        chosen = _select(locked, interpreter, request, left)
        versions = {one.name: version(one) for one, _ in chosen if not one.is_direct}
        new = {name: Provided(name, str(each), "") for name, each in versions.items()}
        broken = abi.broken(left, new).keys() & locked.versions.keys()
        if not broken:
            break
        left = {name: each for name, each in left.items() if name not in broken}
    if built := [one.name for one, source in chosen if isinstance(source, PackageSdist) and one.wheels]:
        warn(
            f"none of the wheels in {locked.name} is for Python {interpreter.series} here: building {', '.join(built)}"
        )
    return chosen


def _select(
    locked: LockFile, interpreter: Interpreter, request: Request, offered: Distributions
) -> list[tuple[Package, Source]]:
    needed = [one for one in locked.lock.packages if not _is_offered(one, offered)]
    try:
        return list(
            replace(locked.lock, packages=needed).select(
                environment=markers(interpreter),
                tags=list(tags(interpreter)),
                extras=request.extras,
                dependency_groups=request.groups or None,
            )
        )
    except PylockSelectError as problem:
        raise InputError(
            f"{locked.given.path}: it does not serve Python {interpreter.version} here: {problem}",
            "Make it anew where the oldest Python is, or go on without it: --no-lock",
        ) from problem


def _require_modules(locked: LockFile, label: str, interpreter: Interpreter, offered: Distributions) -> None:
    """Raise VscVenvError where modules lack what no index has, and warn where they have another version of it."""
    for name, expected in locked.only_of_modules(label, interpreter.series).items():
        if name not in offered:
            raise VscVenvError(
                f"{name} {expected} was provided by a module where {locked.given.path} was made, no index has it, "
                "and no module here provides it",
                "List a module that does, or go on without the lock file: --no-lock",
            )
        if Version(offered[name].version) != Version(expected):
            warn(
                f"modules provide {offered[name]} here, and {expected} where {locked.name} was made; no index has that"
            )


def files(chosen: Sequence[tuple[Package, Source]], options: Sequence[str], base: Path, directory: Path) -> list[Path]:
    """Write what was ``chosen`` to requirements files in ``directory`` and return them.

    Paths in the lock file are from ``base`` on. What has hashes comes apart from what cannot have any, since pip wants
    them for all or for none.
    """
    lines = [line(package, base, source) for package, source in chosen]
    parts = {
        "locked.txt": [one for one in lines if " --hash=" in one],
        "local.txt": [one for one in lines if " --hash=" not in one],
    }
    for name, content in parts.items():
        (directory / name).write_text("".join(f"{one}\n" for one in [*options, *content]), encoding="utf-8")
    return [directory / name for name, content in parts.items() if content]


def line(
    package: Package,
    base: Path,
    source: Optional[Source] = None,
    *,
    relative_to: Optional[Path] = None,
    hashed: bool = True,
) -> str:
    """Return the line that installs ``package``, or of it that one ``source``.

    Its paths are from ``base`` on, and in the line as URLs, or ``relative_to`` a directory that holds them.
    """
    if package.directory:
        named = place(_below(base, package.directory.path), relative_to) + _inside(package.directory.subdirectory)
        if package.directory.editable:
            return f"-e {named}"
        return named if is_relative(named) else f"{package.name} @ {named}"
    if package.vcs:
        vcs = package.vcs
        url = vcs.url or _below(base, vcs.path or "").as_uri()
        return f"{package.name} @ {vcs.type}+{url}@{vcs.commit_id}{_inside(vcs.subdirectory)}"
    return " ".join([_pin(package, base, source), *(hashes(package) if hashed else ())])


def _pin(package: Package, base: Path, source: Optional[Source]) -> str:
    if archive := package.archive:
        url = archive.url or _below(base, archive.path or "").as_uri()
        return f"{package.name} @ {url}{_inside(archive.subdirectory)}"
    if isinstance(source, (PackageWheel, PackageSdist)) and source.path and not source.url:
        return f"{package.name} @ {_below(base, source.path).as_uri()}"
    return f"{package.name}=={version(package)}"


def _below(base: Path, path: str) -> Path:
    return Path(os.path.normpath(base / path))


def _inside(subdirectory: Optional[str]) -> str:
    return f"#subdirectory={subdirectory}" if subdirectory else ""


def version(package: Package) -> Version:
    """Return the version of a ``package`` that comes from an index."""
    if package.version:
        return package.version
    wheel = next(iter(package.wheels or ()), None)
    return parse_wheel_filename(wheel.filename)[1] if wheel else parse_sdist_filename(package.sdist.filename)[1]  # type: ignore[union-attr]


def hashes(package: Package) -> list[str]:
    """Return the options that name the hashes of all archives of ``package``."""
    sources = [one for one in (package.archive, package.sdist, *(package.wheels or ())) if one]
    found = {f"--hash={kind}:{digest}" for one in sources for kind, digest in one.hashes.items() if kind in _HASHES}
    return sorted(found)


def _is_offered(package: Package, offered: Distributions) -> bool:
    found = offered.get(package.name)
    return found is not None and not package.is_direct and Version(found.version) == version(package)
