"""Which configuration files there are, and which of all that is said about a setting holds.

Command line, environment, project, user, site, default: the first that says something wins, setting by setting. What a
site enforces stands above all, and who says otherwise is told so.
"""

from __future__ import annotations

import difflib
import json
import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import platformdirs

from vscvenv.errors import InputError, VscVenvError
from vscvenv.reading import configuration
from vscvenv.reading.configuration import Label, Value, Values
from vscvenv.reading.inputs import Input, read_input
from vscvenv.settings import BY_KEY, SETTINGS, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from vscvenv.reading.configuration import Configuration, Whose

PROJECT = ("vsc-venv.toml", "pyproject.toml")
"""The files of a project that may hold its configuration."""
SITE = Path("/etc/vsc-venv.toml")
VARIABLE = "VSC_VENV_CONFIG"
"""Names one more file of the site's, as a modulefile would."""
PREFIX = "VSC_VENV_"
"""How the names of variables begin that say something without any file."""
OF_FILES = ("HOME", "XDG_CONFIG_HOME")
"""Other variables that decide which files are read."""
_SIMILAR = 0.85


def where_else() -> Optional[str]:
    """Return where to go first, for who is below a project that is configured; None where nobody is."""
    above = next((one for one in Path.cwd().parents if (one / PROJECT[0]).is_file()), None)
    return f"{PROJECT[0]} is in {above}. First: cd {shlex.quote(str(above))}" if above else None


@dataclass(frozen=True)
class Files:
    """The configuration files of a project, its user and its site, as they were read; the weakest first."""

    read: tuple[Input, ...] = ()
    """Those that are there."""
    times: Mapping[str, Optional[int]] = field(default_factory=dict)
    """Modification times, in nanoseconds, of those that a record must not quote; None: there may yet be one."""
    found: tuple[Configuration, ...] = ()

    @property
    def compared(self) -> tuple[Input, ...]:
        """Those that a record may quote, to notice any change."""
        return tuple(one for one in self.read if str(one.path) not in self.times)

    @property
    def sites(self) -> tuple[Configuration, ...]:
        """What the site says."""
        return tuple(one for one in self.found if one.whose == "site")

    @property
    def project(self) -> Optional[Configuration]:
        """What the project says."""
        return next((one for one in self.found if one.whose == "project"), None)


NO_FILES = Files()


def read(environ: Mapping[str, str], project: Path) -> Files:
    """Return the configuration of who works in the directory ``project``. Raises InputError where one is wrong."""
    every = [(path, _read(path, whose, environ, project)) for path, whose in _paths(environ, project)]
    there = [one for _, one in every if one]
    found = [one for _, one in there if one]
    times: dict[str, Optional[int]] = {str(path): None for path, one in every if one is None}
    times |= {str(given.path): given.path.stat().st_mtime_ns for given, _ in there if given.redacted != given.content}
    if len(own := [one.given.path.name for one in found if one.whose == "project"]) > 1:
        raise InputError(
            f"{project}: {own[0]} and [tool.vsc-venv] of {own[1]} both configure this project", "Keep one of them."
        )
    return Files(tuple(given for given, _ in there), times, tuple(found))


def read_sites(environ: Mapping[str, str]) -> list[Configuration]:
    """Return the site's configuration alone, the weakest first. Raises InputError where a file is wrong."""
    found = (_read(path, "site", environ, Path("/")) for path, whose in _paths(environ, Path("/")) if whose == "site")
    return [one for _, one in filter(None, found) if one]


def _read(
    path: Path, whose: Whose, environ: Mapping[str, str], project: Path
) -> Optional[tuple[Input, Optional[Configuration]]]:
    """Return ``path`` and the configuration in it; None where there is no such file."""
    if not os.path.exists(path) and str(path) != environ.get(VARIABLE):  # noqa: PTH110  # Path's own can fail
        return None
    given = read_input(path, f"{whose}'s configuration", environ, project)
    return given, configuration.parse(given, whose, environ)


def _paths(environ: Mapping[str, str], project: Path) -> Iterator[tuple[Path, Whose]]:
    """Yield where configuration may lie, and whose it is there, the weakest first."""
    yield SITE, "site"
    if environ.get(VARIABLE):
        yield Path(environ[VARIABLE]), "site"
    yield Path(platformdirs.user_config_dir("vsc-venv")) / "config.toml", "user"
    yield from ((project / name, "project") for name in PROJECT)


def settle(given: Values, files: Files, find_label: Callable[[], Label]) -> Values:
    """Return what holds for each setting, by its key; ``given`` is what was typed, or stands in the environment.

    The label is found out only where something depends on it. Raises VscVenvError where the site enforces something
    else, or the environment's name is one that the project does not have.
    """
    label = find_label() if any(one.has_labels for one in files.found) else None
    defaults = {one.key: Value(one.default, "default") for one in SETTINGS}
    name = ({**defaults, **(files.project.own.values if files.project else {}), **given})["name"]
    sites = {**defaults, **_merged(one.own.of(label) for one in files.sites)}
    others = _merged((*_of_people(files, label, name), given))
    enforced = _merged(one.enforced.of(label) for one in files.sites)
    for key in others.keys() & enforced.keys():
        _require_same(key, others[key], enforced[key])
    return {**sites, **others, **enforced}


def _of_people(files: Files, label: Optional[Label], name: Value) -> Iterator[Values]:
    """Yield what the user says, then what the project says of the environment ``name``."""
    for one in files.found:
        if one.whose == "site":
            continue
        yield one.own.of(label)
        if name.value in one.names:
            yield one.names[name.value].of(label)
        elif one.names and name.value != BY_KEY["name"].default:
            close = difflib.get_close_matches(name.value, one.names, n=1)
            remedy = f"Was {close[0]} meant?" if close else f"It has: {', '.join(one.names)}"
            raise VscVenvError(f"{one.given.path} has no environment {name.value} ({name.origin})", remedy)


def _merged(layers: Iterable[Values]) -> Values:
    found: Values = {}
    for one in layers:
        found |= one
    return found


def _require_same(key: str, asked: Value, enforced: Value) -> None:
    if asked.value != enforced.value:
        said, must = (json.dumps(shown(one.value)) for one in (asked, enforced))
        raise VscVenvError(
            f"{asked.origin} says {key} is {said}, but this site allows only {must} ({enforced.origin})",
            f"Leave {asked.origin} out.",
        )


def unknown_variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield variables whose names are slips of the pen, each with the one that is probably meant."""
    known = [VARIABLE, *(one.variable for one in SETTINGS)]
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            for close in difflib.get_close_matches(name, known, n=1, cutoff=_SIMILAR):
                yield name, close
