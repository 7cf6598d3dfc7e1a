"""Where something in an environment comes from: the environment itself, a module, the base Python, or the user."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv.moduletool import loaded_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vscvenv.generation import Generation

_ROOT = "EBROOT"
"""How the variables begin in which EasyBuild's modules say where they are."""


@dataclass(frozen=True)
class Origin:
    """A place that Python imports from, as ``environment``, ``module``, ``base``, ``own`` or ``library``."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        names = {"environment": "environment", "base": "base Python", "library": "standard library"}
        return names.get(self.kind, self.name)


@dataclass(frozen=True)
class Origins:
    """Tells where directories belong that one generation imports from."""

    generation: Path
    base: Path
    """The prefix of the base Python."""
    directories: frozenset[str]
    """The directories that came from modules when it was built."""
    environ: Mapping[str, str]
    """The environment variables with its modules loaded."""

    def of(self, place: str) -> Origin:
        """Return where the file or directory ``place`` comes from."""
        real = os.path.realpath(place)
        if _below(real, os.path.realpath(self.generation)):
            return Origin("environment")
        if module := module_of(place, self.environ):
            return Origin("module", module)
        if entry := next((one for one in self.directories if _below(place, one)), None):
            return Origin("module", entry)
        if _below(real, os.path.realpath(self.base)):
            is_installed = "-packages" in real[len(str(self.base)) :]
            return Origin("base" if is_installed else "library")
        return Origin("own", place)


def origins(generation: Generation) -> Origins:
    """Return what tells where things come from in ``generation``, as it was entered last."""
    change = generation.entered
    after = change.after.items() if change else ()
    return Origins(
        generation.path,
        Path(generation.record.basis.python["prefix"]),
        frozenset(module_directories(generation)),
        {name: value for name, value in after if value is not None},
    )


def module_directories(generation: Generation) -> list[str]:
    """Return the directories on sys.path that came from modules when ``generation`` was built (site_hook.py)."""
    for file in generation.path.glob("lib/python3.*/site-packages/vsc_venv_order.txt"):
        return [os.fsdecode(line) for line in file.read_bytes().split(b"\n") if line]
    return []


def module_of(place: str, environ: Mapping[str, str]) -> str:
    """Return the name of the module that ``place`` belongs to, "" where it does not show.

    A module's directory mostly ends with its full name; else EasyBuild's variables tell.
    """
    names = loaded_names(environ)
    if found := next((name for name in names if f"/{name}/" in f"{place}/"), None):
        return found
    roots = {name[len(_ROOT) :]: root for name, root in environ.items() if name.startswith(_ROOT)}
    named = [(len(root), word) for word, root in roots.items() if _below(place, root)]
    word = max(named)[1] if named else ""
    return next((name for name in names if _letters(name.partition("/")[0]) == word), "") if word else ""


def _letters(name: str) -> str:
    return "".join(one for one in name.upper() if one.isalnum())


def _below(place: str, directory: str) -> bool:
    return f"{place}/".startswith(f"{directory.rstrip('/')}/")
