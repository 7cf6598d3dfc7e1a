"""The lock file: exact versions with hashes for every platform (PEP 751), and what modules provided for it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from packaging.pylock import Pylock, PylockUnsupportedVersionError, PylockValidationError
from packaging.utils import canonicalize_name
from packaging.version import Version

from vscvenv.errors import InputError
from vscvenv.messages import redact
from vscvenv.reading import toml
from vscvenv.reading.inputs import Input, read_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from packaging.pylock import Package
    from packaging.utils import NormalizedName

    from vscvenv.reading.requirement import Item
    from vscvenv.reading.requirements import Requirements

TOOL = "vsc-venv"
"""The name of our table below [tool]."""
_REMEDY = "Remove it, or write it anew: vsc-venv lock"


@dataclass(frozen=True)
class Offer:
    """What the modules of one label and Python series provided of what was locked, as versions by name."""

    label: str
    python: str
    versions: Mapping[NormalizedName, str]


@dataclass(frozen=True)
class LockFile:
    """A lock file as it was read; ``requirements`` is None where another tool wrote it."""

    given: Input
    lock: Pylock
    requirements: Optional[tuple[str, ...]] = None
    offers: tuple[Offer, ...] = ()

    @property
    def name(self) -> str:
        """What the file is called."""
        return self.given.path.name

    @property
    def versions(self) -> dict[NormalizedName, str]:
        """The versions that are locked, of what has one."""
        return {one.name: str(one.version) for one in self.lock.packages if one.version}

    def moved(self, wanted: Requirements) -> list[str]:
        """Return what the requirements ``wanted`` have that this was not made for ("+rich"), and lack ("-numpy")."""
        if self.requirements is None:
            return []
        now = lines(wanted)
        added = [f"+{line}" for line in now if line not in self.requirements]
        return [*added, *(f"-{line}" for line in self.requirements if line not in now)]

    def only_of_modules(self, label: str, python: str) -> dict[NormalizedName, str]:
        """Return what no index has and a module must provide: as for ``label`` and ``python``, or for all others."""
        own = [one for one in self.offers if (one.label, one.python) == (label, python)]
        locked = {one.name for one in self.lock.packages}
        offers = own or self.offers
        return {name: version for one in offers for name, version in one.versions.items() if name not in locked}


def read(path: Path, environ: Mapping[str, str], cwd: Path) -> Optional[LockFile]:
    """Return the lock file at ``path``; None where there is none. Raises InputError where it cannot be used."""
    if not path.exists() and not path.is_symlink():
        return None
    try:
        given = read_input(path, "lock file", environ, cwd)
    except InputError as problem:
        # Of a link that leads nowhere the hint says where it leads.
        problem.hint = _REMEDY if path.exists() else problem.hint
        raise
    return parse(given)


def parse(given: Input) -> LockFile:
    """Return ``given``, understood. Raises InputError where it is no lock file."""
    try:
        data = toml.parse(given)
    except InputError as problem:
        problem.hint = _REMEDY
        raise
    try:
        return _understood(given, data, Pylock.from_dict(data))
    except PylockUnsupportedVersionError as problem:
        raise InputError(f"{given.path}:{toml.line_of(given.text, ('lock-version',))}: {problem}", _REMEDY) from problem
    except (PylockValidationError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(
            f"{given.path}:1: this is not a lock file as PEP 751 has it: {redact(str(problem))}", _REMEDY
        ) from problem


def _understood(given: Input, data: Mapping[str, Any], lock: Pylock) -> LockFile:
    ours = data.get("tool", {}).get(TOOL, {})
    asked = ours.get("requirements")
    return LockFile(
        given=given,
        lock=lock,
        requirements=None if asked is None else tuple(map(str, asked)),
        offers=tuple(map(_offer, ours.get("provided", ()))),
    )


def _offer(data: Mapping[str, Any]) -> Offer:
    found = data.get("distributions", {})
    versions = {canonicalize_name(name): version for name, version in found.items() if Version(version)}
    return Offer(str(data.get("label")), str(data.get("python")), versions)


def lines(wanted: Requirements) -> list[str]:
    """Return what is ``wanted`` as a lock file keeps it, to tell later whether that is still the same."""
    constraints = [f"--constraint {line}" for item in wanted.constraints for line in lines_of(item)]
    options = [redact(f"{option.name} {option.value}".strip()) for option in wanted.options]
    return [*options, *(line for item in wanted.items for line in lines_of(item)), *constraints]


def lines_of(item: Item) -> Iterator[str]:
    """Yield what a lock file keeps of ``item``."""
    yield redact(" ".join((str(item.requirement or "") or item.rewritten or item.text).split()))
    # What a local project needs is part of what was asked for.
    for file in item.files:
        yield f"{file.path.name} {file.fingerprint[:16]}"


def entries(path: Path, content: bytes) -> dict[str, str]:
    """Return the versions in a lock file of this ``content``, to tell how it changed; none where it is not one."""
    with suppress(InputError):
        return {package.name: _version(package) for package in parse(Input(path, content)).lock.packages}
    return {}


def _version(package: Package) -> str:
    commit = package.vcs.commit_id[:12] if package.vcs else ""
    return f"=={package.version}" if package.version else f"@{commit}"
