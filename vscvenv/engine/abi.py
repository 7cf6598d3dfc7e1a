"""Compiled packages of modules that are left behind where the environment shadows what they were compiled against."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from vscvenv.engine.provided import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vscvenv.engine.provided import Provided

    Distributions = Mapping[NormalizedName, Provided]

# What other packages' extensions are compiled against, and how many parts of its version must stay the same for them.
_INTERFACES = {
    canonicalize_name(name): parts
    for name, parts in {"numpy": 1, "mpi4py": 1, "pyarrow": 1, "tensorflow": 2, "torch": 2}.items()
}
# An extension may use what came with the minor version that it was compiled for.
_MINOR = 2


def broken(provided: Distributions, installed: Distributions) -> dict[NormalizedName, Provided]:
    """Return the provided distributions that were compiled for something that ``installed`` now shadows."""
    return {user.name: user for _, users in shadowed(provided, installed) for user in users}


def shadowed(provided: Distributions, installed: Distributions) -> Iterator[tuple[Provided, list[Provided]]]:
    """Yield each of ``installed`` that has another binary interface than the provided one, and what that breaks."""
    for name, parts in _INTERFACES.items():
        old, new = provided.get(name), installed.get(name)
        if old is None or new is None or not _breaks(Version(old.version), Version(new.version), parts):
            continue
        if users := [user for user in _users(provided, name) if user.name not in installed]:
            yield new, users


def guards(provided: Distributions, installed: Distributions) -> list[str]:
    """Return constraints that keep what ``provided`` ones were compiled for, where it still is: ``numpy>=1.25,<2``."""
    lost = {new.name for new, _ in shadowed(provided, installed)}
    names = (name for name in _INTERFACES if name in provided and name not in lost)
    return [_range(provided[name], _INTERFACES[name]) for name in names if any(_users(provided, name))]


def _range(base: Provided, parts: int) -> str:
    """Return the versions that do not break what was compiled for ``base``."""
    release = Version(base.version).release
    oldest, next_one = release[:_MINOR], (*release[: parts - 1], release[parts - 1] + 1)
    return f"{base.name}>={'.'.join(map(str, oldest))},<{'.'.join(map(str, next_one))}"


def _breaks(old: Version, new: Version, parts: int) -> bool:
    return new.release[:parts] != old.release[:parts] or new.release[:_MINOR] < old.release[:_MINOR]


def _users(provided: Distributions, name: NormalizedName) -> Iterator[Provided]:
    for candidate in provided.values():
        if name in map(_required_name, candidate.requires) and _is_compiled(candidate):
            yield candidate


def _required_name(line: str) -> NormalizedName:
    requirement = parse(line)
    return canonicalize_name(requirement.name if requirement else "")


def _is_compiled(provided: Provided) -> bool:
    """Tell whether there is a shared library among its files; where it does not list them, we suppose so."""
    for distribution in metadata.distributions(name=provided.name, path=[provided.location]):
        # As text: distribution.files makes an object of each of thousands of lines.
        if (record := distribution.read_text("RECORD")) is not None:
            return ".so," in record
        if distribution.files is not None:
            return any(file.suffix == ".so" for file in distribution.files)
    return True
