"""The lock file: exact versions with hashes for every platform (PEP 751), and what modules are expected to provide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from packaging.pylock import Pylock, PylockUnsupportedVersionError, PylockValidationError
from packaging.utils import canonicalize_name

from vscvenv.errors import InputError
from vscvenv.messages import redact
from vscvenv.reading import pyproject
from vscvenv.reading.inputs import Input, read_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from packaging.pylock import Package
    from packaging.utils import NormalizedName

    from vscvenv.reading.requirement import Item
    from vscvenv.reading.requirements import Requirements

TOOL = "vsc-venv"
"""The name of our table below [tool]."""
_USUAL = ("requirements.txt", pyproject.FILES[0])


@dataclass(frozen=True)
class LockFile:
    """A lock file as it was read; ``requirements`` is None where another tool wrote it."""

    given: Input
    lock: Pylock
    requirements: Optional[tuple[str, ...]]
    provided: Mapping[NormalizedName, str]

    def moved(self, wanted: Requirements) -> list[str]:
        """Return what the requirements ``wanted`` have that this was not made for ("+rich"), and lack ("-numpy")."""
        if self.requirements is None:
            return []
        now = lines(wanted)
        added = [f"+{line}" for line in now if line not in self.requirements]
        return [*added, *(f"-{line}" for line in self.requirements if line not in now)]


def path_for(files: Sequence[Path], names: Sequence[str]) -> Path:
    """Return where the lock file for the requirements ``files`` is, with the extras and groups ``names`` of them.

    Beside the first: pylock.toml for the usual file, pylock.NAME.toml for others.
    """
    parts = [] if [*names] == [] and files[0].name in _USUAL and len(files) == 1 else [file.stem for file in files]
    # PEP 751 allows no dot in it.
    name = re.sub(r"[^\w-]+", "-", "-".join([*parts, *names]))
    return files[0].with_name(f"pylock.{name}.toml" if name else "pylock.toml")


def read(path: Path, environ: Mapping[str, str], cwd: Path) -> Optional[LockFile]:
    """Return the lock file at ``path``; None where there is none. Raises InputError where it cannot be used."""
    return parse(read_input(path, "lock file", environ, cwd)) if path.exists() else None


def parse(given: Input) -> LockFile:
    """Return ``given``, understood. Raises InputError where it is no lock file."""
    data = dict(pyproject.parse(given).data)
    try:
        lock = Pylock.from_dict(data)
    except (PylockValidationError, PylockUnsupportedVersionError) as problem:
        raise InputError(
            f"{given.path}:1: this is not a lock file as PEP 751 has it: {problem}",
            "Write it anew with 'vsc-venv lock', or remove it.",
        ) from problem
    ours: Any = data.get("tool", {}).get(TOOL, {})
    asked, provided = ours.get("requirements"), ours.get("provided", {})
    return LockFile(
        given=given,
        lock=lock,
        requirements=None if asked is None else tuple(map(str, asked)),
        provided={canonicalize_name(name): str(version) for name, version in provided.items()},
    )


def lines(wanted: Requirements) -> list[str]:
    """Return what is ``wanted`` as a lock file keeps it, to tell later whether that is still the same."""
    constraints = [f"--constraint {line}" for item in wanted.constraints for line in _lines(item)]
    options = [redact(f"{option.name} {option.value}".strip()) for option in wanted.options]
    return [*options, *(line for item in wanted.items for line in _lines(item)), *constraints]


def _lines(item: Item) -> Iterator[str]:
    yield redact(" ".join((str(item.requirement or "") or item.rewritten or item.text).split()))
    # What a local project needs is part of what was asked for.
    for file in item.files:
        yield f"{file.path.name} {file.fingerprint}"


def versions(content: bytes, path: Path) -> dict[str, str]:
    """Return the versions in a lock file of this ``content``, to tell how it changed; none where it is not one."""
    try:
        return {package.name: _version(package) for package in parse(Input(path, content)).lock.packages}
    except InputError:
        return {}


def _version(package: Package) -> str:
    commit = package.vcs.commit_id[:12] if package.vcs else ""
    return f"=={package.version}" if package.version else f"@{commit}"
