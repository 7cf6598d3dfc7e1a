"""The modulefile by which a site offers this program: `module load vsc-venv`.

It puts the command on PATH and defines it in the shell, as `vsc-venv init` does, so that `vsc-venv --activate …`
needs no `source`. Both are still there after `module purge`, with which scripts begin, and the loading of a project's
list too. For Lmod the module is sticky. Environment Modules ends a purge with an error where a module is sticky;
there this one takes nothing away when it is purged.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Optional

from vscvenv import __version__
from vscvenv.errors import VscVenvError

_NAME = "vsc-venv"
_ABOUT = "Python environments on top of modules, one per OS and microarchitecture"
_HELP = "vsc-venv --activate --requirements FILE [--modules FILE]; vsc-venv --help"
_FUNCTION = 'case ${{1-}} in -*) \\. {command} "$@";; *) {command} "$@";; esac'
"""What begins with an option changes the shell; a command, or nothing, is a program of its own."""
_COMPLETION = '. {file} && _vsc_venv "$@"'
"""Reads the file when it is first needed, which then takes the place of the function that does this."""
_COMPLETE = "-o bashdefault -o default -F _vsc_venv"
"""As that file has it."""

# A function for bash, since a module with commands of its own costs the fast second activation. No completion, since
# Lmod keeps one definition of each name.
_LUA = """-- vsc-venv {version}, written by vsc-venv modulefile --lua
help({help})
whatis({whatis})
add_property("lmod", "sticky")
prepend_path("PATH", {directory})
local shell = myShellName()
if shell == "bash" or shell == "zsh" then
    set_shell_function("vsc-venv", {function}, "")
elseif shell == "fish" then
    execute{{cmd={fish}, modeA={{"load"}}}}
    execute{{cmd="functions -e vsc-venv", modeA={{"unload"}}}}
elseif shell == "tcsh" then
    execute{{cmd={tcsh}, modeA={{"load"}}}}
    execute{{cmd="unalias vsc-venv", modeA={{"unload"}}}}
end
"""
_TCL = """#%Module
# vsc-venv {version}, written by vsc-venv modulefile --tcl
proc ModulesHelp {{}} {{ puts stderr {help} }}
module-whatis {whatis}
if {{ [module-info mode load] }} {{
    # What a purge has left.
    remove-path PATH {directory}
}}
if {{ ![module-info command purge] }} {{
    prepend-path PATH {directory}
    set is_leaving [module-info mode unload]
    switch -- [module-info shell] {{
        bash - zsh {{ set-function vsc-venv {function} }}
        fish {{ puts stdout [expr {{ $is_leaving ? "functions -e vsc-venv;" : {fish} }}] }}
        tcsh {{ puts stdout [expr {{ $is_leaving ? "unalias vsc-venv;" : {tcsh} }}] }}
    }}
    if {{ [module-info shell] eq "bash" && [info commands complete] ne "" }} {{
        set-function _vsc_venv {completion}
        complete bash vsc-venv {{{options}}}
    }}
}}
"""
_SPECIAL = {"lua": r'([\\"])', "tcl": r'([\\$"\[\]])'}
"""What a backslash must precede in a quoted string."""


def render(language: str, directory: Path) -> str:
    """Return the modulefile, ``lua`` or ``tcl``, for the command in ``directory``."""

    def quote(text: str) -> str:
        return '"' + re.sub(_SPECIAL[language], r"\\\1", text) + '"'

    command = str(directory / _NAME)
    return {"lua": _LUA, "tcl": _TCL}[language].format(
        version=__version__,
        help=quote(_HELP),
        whatis=quote(f"Description: {_ABOUT}"),
        directory=quote(str(directory)),
        function=quote(_FUNCTION.format(command=shlex.quote(command))),
        completion=quote(_COMPLETION.format(file=shlex.quote(str(_completion(directory / _NAME))))),
        options=_COMPLETE,
        fish=quote(f"{_in_fish(command)} init fish | source;"),
        tcsh=quote(f'eval "`{_in_tcsh(command)} init tcsh`";'),
    )


def _completion(command: Path) -> Path:
    """Return the file that completes the words of ``command`` in bash, installed or in a clone."""
    root = command.resolve().parents[1]
    installed = root / "share" / _NAME
    return (installed if installed.is_dir() else root / "shell") / "completion.bash"


def _in_fish(text: str) -> str:
    return "'" + re.sub(r"([\\'])", r"\\\1", text) + "'"


def _in_tcsh(text: str) -> str:
    """Return ``text`` as a word of tcsh, which sees its history in quotes too."""
    return shlex.quote(text).replace("!", "\\!")


def find_directory(shim: Path, path: str, given: Optional[Path]) -> Path:
    """Return the directory that has ``shim``: the one that was ``given``, else where it is found on ``path``.

    Raises VscVenvError where it is not there, or where there is a Python too, which would come before everybody's own.
    """
    found = given / _NAME if given else _on_path(shim, path)
    link = f"ln -s {shlex.quote(str(shim))} DIR/{_NAME} && {_NAME} modulefile --directory DIR"
    if found.resolve() != shim:
        raise VscVenvError(f"{found} is not {shim}", f"Make it a link: {link}")
    if (found.parent / "python3").exists():
        raise VscVenvError(
            f"a module for {found.parent} would put the Python in it before everybody's own",
            f"Make a link in a directory of its own: {link}",
        )
    return found.parent.absolute()


def _on_path(shim: Path, path: str) -> Path:
    """Return the command on ``path`` where it is ``shim``, by the name that it has there; else ``shim`` itself."""
    found = shutil.which(_NAME, path=path)
    return Path(found) if found and Path(found).resolve() == shim else shim
