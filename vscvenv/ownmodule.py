"""The module file by which a site offers this program: `module load vsc-venv`.

It puts the command on PATH and, in bash and zsh, defines it as a function, so that `vsc-venv --activate …` needs no
`source`. Both are still there after `module purge`, with which scripts begin, and the loading of a project's list
too. For Lmod the module is sticky. Environment Modules ends a purge with an error where a module is sticky; there
this one takes nothing away when it is purged.
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

_LUA = """-- vsc-venv {version}, written by vsc-venv modulefile --lua
help({help})
whatis({whatis})
add_property("lmod", "sticky")
prepend_path("PATH", {directory})
if myShellName() == "bash" or myShellName() == "zsh" then
    set_shell_function("vsc-venv", {function}, "")
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
    if {{ [module-info shell] in {{bash zsh}} }} {{
        set-function vsc-venv {function}
    }}
}}
"""


_SPECIAL = {"lua": r'([\\"])', "tcl": r'([\\$"\[\]])'}
"""What a backslash must precede in a quoted string."""


def render(language: str, directory: Path) -> str:
    """Return the module file, ``lua`` or ``tcl``, for the command in ``directory``."""

    def quote(text: str) -> str:
        return '"' + re.sub(_SPECIAL[language], r"\\\1", text) + '"'

    return {"lua": _LUA, "tcl": _TCL}[language].format(
        version=__version__,
        help=quote(_HELP),
        whatis=quote(f"Description: {_ABOUT}"),
        directory=quote(str(directory)),
        function=quote(_FUNCTION.format(command=shlex.quote(str(directory / _NAME)))),
    )


def find_directory(shim: Path, path: str, given: Optional[Path]) -> Path:
    """Return the directory that has ``shim``: the one that was ``given``, else where it is found on ``path``.

    Raises VscVenvError where it is not there, or where there is a Python too, which would come before everybody's own.
    """
    found = given / _NAME if given else Path(shutil.which(_NAME, path=path) or shim)
    if found.resolve() != shim and given is None:
        found = shim
    link = f"ln -s {shlex.quote(str(shim))} DIR/{_NAME} && {_NAME} modulefile --directory DIR"
    if found.resolve() != shim:
        raise VscVenvError(f"{found} is not {shim}", f"Make it a link: {link}")
    if (found.parent / "python3").exists():
        raise VscVenvError(
            f"a module for {found.parent} would put the Python in it before everybody's own",
            f"Make a link in a directory of its own: {link}",
        )
    return found.parent.absolute()
