"""What an environment has lost since it was built: to a file system that removes what is old, or to somebody's `rm`."""

from __future__ import annotations

import csv
import os
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from vscvenv.engine.provided import headers
from vscvenv.engine.venv import site_packages_of

if TYPE_CHECKING:
    from packaging.utils import NormalizedName

    from vscvenv.generation import Generation


def losses(generation: Generation) -> list[str]:
    """Return the distributions that were installed and are gone by now, or lack files; nothing if none."""
    there = _distributions(generation)
    installed = sorted((canonicalize_name(name), version) for name, version in generation.record.installed.items())
    return [f"{name} {version}" for name, version in installed if name not in there or _lacks_files(there[name])]


def _distributions(generation: Generation) -> dict[NormalizedName, metadata.Distribution]:
    found = metadata.distributions(path=[str(one) for one in site_packages_of(generation.path)])
    return {canonicalize_name(name): one for one in found if (name := headers(one)["Name"])}


def _lacks_files(one: metadata.Distribution) -> bool:
    # What else lists files, as an egg does, lists those of its sources; `one.files`, since Python 3.12, only what is
    # still there. What Python compiled, it compiles again.
    listed = [row[0] for row in csv.reader((one.read_text("RECORD") or "").splitlines()) if row]
    return not all(os.path.lexists(str(one.locate_file(file))) for file in listed if not file.endswith(".pyc"))
