"""What the result of loading modules depends on beside their names: files, directories and variables.

Neither tool tells, so that it is known from how they look for modulefiles, and from what is written in those.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv import environ as env

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PREFIXES = ("LMOD_", "MODULES_", "__MODULES_")
"""How the names of variables begin that configure the tools, and of those in which Environment Modules keeps books."""
OF_MODULES = ("LOADEDMODULES", "MODULEPATH", "_LMFILES_", "MODULERCFILE", "MODULESHOME", "HOME")
"""Variables that decide what loading and purging do. Not Lmod's table: it carries timings, and what it says is here."""
_DIRECTIVES = (".modulerc", ".modulerc.lua", ".version")
_OF_USER = (".modulerc", ".modulerc.lua", ".lmodrc.lua")
_OF_LMOD = ("lmodrc.lua", "lmod_config.lua")
_OF_ENVIRONMENT_MODULES = ("rc", "siteconfig.tcl")
_READ = re.compile(
    r"""os\.getenv\(\s*["'](\w+)["']|\$(?:::)?env\((\w+)\)|info\s+exists\s+(?:::)?env\((\w+)\)|\bgetenv\s+(\w+)"""
)
_RUN = re.compile(
    r"""\b(?:capture|subprocess|io\.popen|os\.execute)\s*[({"']|^\s*(?:exec|system)\s|\[\s*(?:exec|system|open)\s""",
    re.MULTILINE,
)


def files(environs: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Yield the files and directories that decide what the modules tool makes of ``environs``; some may not exist."""
    for environ in environs:
        here = environ.get("PWD", "")
        roots = [os.path.join(here, entry) for entry in env.paths(environ.get("MODULEPATH"))]  # noqa: PTH118
        yield from loaded(environ)
        for root in dict.fromkeys(roots):
            yield root
            yield from _present(root)
            for directory in _directories(environ):
                # One that is not there shows in the one above when it comes.
                if os.path.isdir(f"{root}/{directory}"):  # noqa: PTH112  # thousands of them
                    yield f"{root}/{directory}"
                    yield from _present(f"{root}/{directory}")


def configuration(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the files that configure the modules tool of ``environ``; some may not exist."""
    if lmod := environ.get("LMOD_CMD"):
        yield lmod
        yield f"{Path(lmod).parent}/SitePackage.lua"
        yield from (f"{environ.get('LMOD_CONFIG_DIR', '/etc/lmod')}/{name}" for name in _OF_LMOD)
        yield from (f"{environ.get('LMOD_ROOT', '/usr/share/lmod')}/etc/{name}" for name in ("rc", "rc.lua"))
        yield from (f"{entry}/SitePackage.lua" for entry in env.paths(environ.get("LMOD_PACKAGE_PATH")) if entry)
    if tool := environ.get("MODULES_CMD"):
        yield tool
        for directory in (f"{environ.get('MODULESHOME', '')}/etc", "/etc/environment-modules"):
            yield from (f"{directory}/{name}" for name in _OF_ENVIRONMENT_MODULES)
    for variable in ("LMOD_RC", "LMOD_MODULERCFILE", "MODULERCFILE", "MODULES_SITECONFIG"):
        yield from (entry for entry in env.paths(environ.get(variable)) if os.path.isabs(entry))  # noqa: PTH117
    if (lmod or tool) and "HOME" in environ:
        yield from (f"{environ['HOME']}/{name}" for name in _OF_USER)


def loaded(environ: Mapping[str, str]) -> list[str]:
    """Return the modulefiles that are loaded in ``environ``."""
    return env.paths(environ.get("_LMFILES_"))


def variables(modulefiles: Iterable[str]) -> set[str]:
    """Return the names of the environment variables that ``modulefiles`` read."""
    found = (_READ.findall(_text(file)) for file in modulefiles)
    return {name for groups in found for group in groups for name in group if name}


def with_commands(modulefiles: Iterable[str]) -> list[str]:
    """Return those of ``modulefiles`` that run programs to know what to do, which may say something else each time."""
    return [file for file in modulefiles if _RUN.search(_text(file))]


def _directories(environ: Mapping[str, str]) -> list[str]:
    """Return the directories below a module tree in which the loaded modules are looked for."""
    names = env.paths(environ.get("LOADEDMODULES"))
    above = (str(parent) for name in names for parent in Path(name).parents)
    return list(dict.fromkeys(name for name in above if name != "."))


def _present(directory: str) -> Iterator[str]:
    paths = (f"{directory}/{name}" for name in _DIRECTIVES)
    return (path for path in paths if os.path.exists(path))  # noqa: PTH110  # thousands of them


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
