"""The modules tools: Debian's Lmod as installed, and Debian's Environment Modules unpacked beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Optional

from testbed import store
from testbed.environment import builder

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["bash", "zsh", "fish", "tcsh"]
Tool = Literal["lmod", "envmodules", "none"]

_LMOD = Path("/usr/share/lmod/lmod")
# Debian's paths that the unpacked files name; /usr/bin/tclsh8.6 and the like stay the machine's own.
_OWN = re.compile(
    r"/(?:usr/share/modules|etc/environment-modules|usr/lib/[a-z0-9_-]+-linux-gnu|usr/bin/(?:envml|mkroot))\b"
)


def init_file(tool: Tool, kind: Kind) -> Optional[Path]:
    """Return the file that a ``kind`` shell sources to get ``tool``; None where there is no tool.

    Raises TestbedError naming the apt package where it is missing.
    """
    if tool == "none":
        return None
    found = (_lmod() if tool == "lmod" else _environment_modules()) / "init" / kind
    if not found.is_file():
        raise store.TestbedError(f"{tool} has no {found}")
    return found


def language(tool: Tool) -> str:
    """Return the language of the module files that ``tool`` is given: ``lua`` or ``tcl``."""
    return "lua" if tool == "lmod" else "tcl"


def _lmod() -> Path:
    if not _LMOD.is_dir():
        raise store.TestbedError("the tests need Lmod: apt-get install lmod (see tests/testbed/apt-packages.txt)")
    return _LMOD


def _environment_modules() -> Path:
    store.program("tclsh", "tcl")
    return store.part("environment-modules", _unpack) / "usr/share/modules"


def _unpack(directory: Path) -> None:
    """Unpack the package that conflicts with Lmod's in apt although their files do not overlap."""
    store.call(("apt-get", "download", "environment-modules"), builder(), directory)
    (package,) = directory.glob("environment-modules_*.deb")
    store.call(("dpkg", "-x", package, directory), builder())
    for file in _text_files(directory):
        text = file.read_text("utf-8")
        file.write_text(_OWN.sub(lambda found: f"{directory}{found.group()}", text), "utf-8")
    # The module path comes from the environment alone.
    (directory / "etc/environment-modules/initrc").write_text("#%Module\n", "utf-8")


def _text_files(directory: Path) -> Iterator[Path]:
    for top in ("etc", "usr/bin", "usr/lib", "usr/share/modules"):
        for file in (directory / top).rglob("*"):
            if file.is_file() and not file.is_symlink() and b"\0" not in file.read_bytes():
                yield file
