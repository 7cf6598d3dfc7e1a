"""An environment change as data: what it is, how it is found, how it is undone."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Environ = dict[str, str]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# The shell's own business: it sets these for itself, a change never touches them.
_OF_THE_SHELL = frozenset(
    (
        "_",
        "BASHOPTS",
        "BASH_ARGV0",
        "EUID",
        "IFS",
        "LINENO",
        "OLDPWD",
        "PPID",
        "PS1",
        "PS2",
        "PWD",
        "SHELLOPTS",
        "SHLVL",
        "UID",
    )
)

_WHOLE = frozenset(("LOADEDMODULES", "MODULEPATH"))


def is_ours_to_change(name: str) -> bool:
    """Tell whether ``name`` is an ordinary variable, not the shell's own and not an exported function."""
    return _NAME.match(name) is not None and name not in _OF_THE_SHELL


@dataclass(frozen=True)
class Change:
    """What activation does to the exported environment: for each touched variable its value before and after.

    ``None`` means that the variable is not exported. Both mappings have the same keys.
    """

    before: Mapping[str, Optional[str]]
    after: Mapping[str, Optional[str]]

    def apply(self, environ: Mapping[str, str]) -> Environ:
        """Return ``environ`` with every touched variable set to its value after the change."""
        return _with(environ, self.after)

    def undo(self, environ: Mapping[str, str]) -> Environ:
        """Return ``environ`` without the change, also where others have changed it since.

        A variable that still has the value the change gave it gets back the one from before. A list of paths that has
        another value now (a job's prolog put something in front) only loses the entries that the change brought.
        """
        undone = {}
        for name, after in self.after.items():
            before, now = self.before[name], environ.get(name)
            if now == after:
                undone[name] = before
            elif now is not None and after is not None and _is_of_paths(name, after):
                undone[name] = _without(now, after, before or "")
        return _with(environ, undone)

    def onto(self, environ: Mapping[str, str]) -> Environ:
        """Return ``environ``, however different from the one before, with the change made as far as it goes.

        Of a list of paths only the entries that the change brought are put in front. What the modules tools keep for
        themselves is one whole, and set as it was recorded.
        """
        values = dict(self.after)
        for name in filter(self.is_list, self.after):
            brought = self.brought(name)
            now = program_path(environ) if name == "PATH" else paths(environ.get(name))
            values[name] = join([*brought, *(entry for entry in now if entry not in brought)]) or None
        return _with(environ, values)

    def is_list(self, name: str) -> bool:
        """Tell whether the change puts entries into the list of paths ``name``; one that it sets may have one entry."""
        after = self.after[name]
        is_whole = name.startswith("_") or name in _WHOLE
        return after is not None and not is_whole and _is_of_paths(name, after)

    def brought(self, name: str) -> list[str]:
        """Return the entries that the change puts into the list of paths ``name``."""
        already = set(paths(self.before[name]))
        return [entry for entry in paths(self.after[name]) if entry not in already]


def diff(before: Mapping[str, str], after: Mapping[str, str]) -> Change:
    """Return the change that leads from one environment to another."""
    touched = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name) and is_ours_to_change(name)
    )
    return Change({name: before.get(name) for name in touched}, {name: after.get(name) for name in touched})


def parse(block: bytes) -> Environ:
    """Return the environment in ``block``, NUL-separated as ``env -0`` prints it and /proc/PID/environ holds it."""
    pairs = (os.fsdecode(entry).partition("=") for entry in block.split(b"\0") if entry)
    return {name: value for name, separator, value in pairs if separator}


def paths(value: Optional[str]) -> list[str]:
    """Return the entries of a list of paths such as ``$PATH``, none for an unset or empty one."""
    return value.split(os.pathsep) if value else []


def _is_of_paths(name: str, value: str) -> bool:
    """Tell whether ``value`` is a list of paths; colons are in URLs as well."""
    return name.endswith("PATH") or (os.pathsep in value and "://" not in value)


def program_path(environ: Mapping[str, str]) -> list[str]:
    """Return where programs are looked for; a step of a job may be given no ``PATH``, and finds them all the same."""
    return paths(environ.get("PATH") or os.defpath)


def _with(environ: Mapping[str, str], values: Mapping[str, Optional[str]]) -> Environ:
    kept = {name: value for name, value in environ.items() if name not in values}
    return kept | {name: value for name, value in values.items() if value is not None}


def _without(now: str, after: str, before: str) -> str:
    brought = set(paths(after)) - set(paths(before))
    return join(entry for entry in paths(now) if entry not in brought)


def join(entries: Iterable[str]) -> str:
    """Return a list of paths as one value."""
    return os.pathsep.join(entries)
