"""What a project says about itself: its pyproject.toml, and the older setup.cfg."""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from vscvenv.errors import InputError
from vscvenv.messages import warn
from vscvenv.reading import toml
from vscvenv.reading.inputs import read_input

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from vscvenv.reading.inputs import Input

FILES = ("pyproject.toml", "setup.py", "setup.cfg")
"""The files that decide what a project needs; one of the first two makes a directory a project."""


@dataclass(frozen=True)
class PyProject:
    """A pyproject.toml, parsed."""

    given: Input
    data: Mapping[str, Any]

    @property
    def name(self) -> Optional[str]:
        """The name of the project, as written."""
        name = self._table("project").get("name")
        return name if isinstance(name, str) else None

    def dependencies(self, extras: Sequence[str], groups: Sequence[str]) -> list[str]:
        """Return what the project needs to run, then what its ``extras`` and dependency ``groups`` (PEP 735) add.

        Raises InputError for names that it does not have, for groups in a circle, and where it leaves the
        dependencies to its build backend.
        """
        project = self._table("project")
        if "dependencies" in project.get("dynamic", ()):
            raise self._error("its dependencies are dynamic", "Install the project: a requirements file with '-e .'")
        if not project and not groups:
            raise self._error("it has no [project] table", "Install the project: a requirements file with '-e .'")
        found = self._strings(project.get("dependencies", []), "project.dependencies")
        found += [text for extra in extras for text in self._extra(extra, ())]
        found += [text for group in groups for text in self._group(group, ())]
        return list(dict.fromkeys(found))

    def all_dependencies(self) -> list[str]:
        """Return every requirement in it, whichever extra or group it is for. Raises InputError as dependencies()."""
        return self.dependencies(
            [*self._named("project", "optional-dependencies")], [*self._named("dependency-groups")]
        )

    def warn_of_sources(self, asked: Iterable[str]) -> None:
        """Warn of what is ``asked`` for and has a source that no standard knows, only uv for projects of its own."""
        sources = self._named("tool", "uv", "sources")
        for text in asked:
            name = re.match(r"[\w.-]*", text)
            if name and canonicalize_name(name[0]) in sources:
                where = f"{self.given.path}:{self.line_of(text)}"
                warn(f"{where}: [tool.uv.sources] is not read: for {name[0]} from elsewhere, write 'NAME @ URL' here")

    def line_of(self, text: str) -> int:
        """Return the number of the first line that holds the string ``text``; 1 where it is written otherwise."""
        found = (
            number for number, line in enumerate(self.given.text.splitlines(), 1) if text in line.replace("\\", "")
        )
        return next(found, 1)

    def _extra(self, name: str, seen: tuple[str, ...]) -> Iterator[str]:
        for text in self._entries(name, "extra", "project", "optional-dependencies"):
            for each in sorted(self._own_extras(text)):
                if each not in (*seen, name):
                    yield from self._extra(each, (*seen, name))
            if not self._own_extras(text):
                yield text

    def _own_extras(self, text: str) -> set[str]:
        """Return the extras of this very project that ``text`` asks for, as ``all = ["name[plot,test]"]`` does."""
        try:
            asked = Requirement(text)
        except InvalidRequirement:
            return set()
        own = self.name is not None and canonicalize_name(asked.name) == canonicalize_name(self.name)
        return asked.extras if own else set()

    def _group(self, name: str, seen: tuple[str, ...]) -> Iterator[str]:
        if canonicalize_name(name) in seen:
            raise self._error(f"the dependency group {name} includes itself", "Break the circle of 'include-group'.")
        for entry in self._entries(name, "dependency group", "dependency-groups"):
            if isinstance(entry, dict) and isinstance(entry.get("include-group"), str):
                yield from self._group(entry["include-group"], (*seen, canonicalize_name(name)))
            else:
                yield from self._strings([entry], f"dependency-groups.{name}")

    def _entries(self, name: str, what: str, *keys: str) -> list[Any]:
        named = self._named(*keys)
        if canonicalize_name(name) not in named:
            raise self._error(f"it has no {what} {name}", f"It has: {', '.join(sorted(named)) or 'none'}")
        entries = named[canonicalize_name(name)]
        if what == "extra":
            return [*self._strings(entries, f"{'.'.join(keys)}.{name}")]
        if not isinstance(entries, list):
            raise self._error(f"{'.'.join(keys)}.{name} is not a list", 'Write it as in: ["name>=1"]')
        return entries

    def _named(self, *keys: str) -> dict[str, Any]:
        return {canonicalize_name(name): value for name, value in self._table(*keys).items()}

    def _table(self, *keys: str) -> dict[str, Any]:
        table: Any = self.data
        for key in keys:
            table = table.get(key, {})
            if not isinstance(table, dict):
                raise self._error(
                    f"{'.'.join(keys)} is not a table", "See packaging.python.org, 'Writing your pyproject.toml'."
                )
        return dict(table)

    def _strings(self, value: Any, key: str) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self._error(f"{key} is not a list of strings", 'Write it as in: ["name>=1"]')
        return value[:]

    def _error(self, what: str, remedy: str) -> InputError:
        return InputError(f"{self.given.path}:1: {what}", remedy)


def parse(given: Input) -> PyProject:
    """Return ``given``, parsed. Raises InputError with the line where it is not TOML."""
    return PyProject(given, toml.parse(given))


def project_name(files: Sequence[Input]) -> Optional[str]:
    """Return the name of the project that consists of ``files``, as written; None where only running it would tell."""
    for one in files:
        name = parse(one).name if one.path.name == "pyproject.toml" else None
        if name := name or _name_in_cfg(one):
            return name
    return None


def _name_in_cfg(given: Input) -> Optional[str]:
    if given.path.name != "setup.cfg":
        return None
    config = configparser.RawConfigParser()
    try:
        config.read_string(given.text)
    except configparser.Error:
        return None
    return config.get("metadata", "name", fallback=None)


def project_files(directory: Path) -> tuple[Input, ...]:
    """Return the files that decide what the project in ``directory`` needs; none where there is no project."""
    found = [directory / name for name in FILES if (directory / name).is_file()]
    if not {path.name for path in found} & set(FILES[:2]):
        return ()
    return tuple(read_input(path, "project's file", {}, directory) for path in found)
