"""What helps those who run uv or pip themselves in an active environment, or activate it themselves.

pip sees what modules provide, uv does not, and neither knows what was compiled against what. Both are held to versions
that leave the modules' binaries working, and to caches in which no wheel built here reaches another microarchitecture.

uv is told by a variable, while the environment is active. That would hold every environment's pip, so pip has a file of
configuration, which it reads for this environment only. Up to pip 25 both would reach into isolated builds, which may
well need another numpy: in these data/site_hook.py has pip pass over it.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv.engine import abi, caches, uvtool
from vscvenv.errors import VscVenvError
from vscvenv.files import write
from vscvenv.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vscvenv.engine.abi import Distributions
    from vscvenv.engine.options import Options

NAMES = ("UV_CONSTRAINT", "UV_CACHE_DIR", "PIP_CACHE_DIR", "UV_LINK_MODE", *caches.NAMES)
"""The variables that decide which ones are set here."""
CONSTRAINTS = "constraints.txt"
"""The file in an environment that pip and uv are told of; ``bin/pip`` (venv.py) says so where it was in the way."""
_PIP = "pip.conf"
# In a URL, since a path may hold blanks.
_TOLD = "[install]\nconstraint = {}\n"
_TOLD_BEFORE = re.compile(re.escape(_TOLD).replace(r"\{\}", rf"file:\S+/{re.escape(CONSTRAINTS)}"))

# For the scripts of an environment, in which $1 stands for a module. For csh there is none in one that can be moved.
_REMINDERS = {
    "activate": r"""
# Added by vsc-venv, which this script knows nothing of.
case :${LOADEDMODULES-}: in
    *:$1:*) ;;
    *) \echo 'vsc-venv: the modules of this environment are not loaded; enter it by: source vsc-venv --activate' >&2 ;;
esac
""",
    "activate.fish": r"""
# Added by vsc-venv, which this script knows nothing of.
contains -- $1 (string split : -- "$LOADEDMODULES")
or echo 'vsc-venv: the modules of this environment are not loaded; enter it by: vsc-venv --activate' >&2
""",
}


def remind(path: Path, modules: Sequence[str]) -> None:
    """Have the own scripts of the environment ``path`` say so where the ``modules`` under it are not loaded."""
    for name, text in _REMINDERS.items() if modules else ():
        # Unlike other shells, fish reads a backslash in quotes.
        module = modules[-1].replace("\\", "\\\\") if name.endswith("fish") else modules[-1]
        with (path / "bin" / name).open("a", encoding="utf-8", errors="surrogateescape") as script:
            script.write(text.replace("$1", quote(module)))


def hold(path: Path, offered: Distributions, present: Distributions) -> None:
    """Write the constraints for who installs something more into the environment ``path``."""
    lines = abi.guards(offered, present)
    if lines:
        (path / CONSTRAINTS).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        (path / _PIP).write_text(_told(path), encoding="utf-8")


def settle(path: Path) -> None:
    """Have pip find the constraints where ``path`` is now, if the environment was moved; what users wrote stays."""
    file = path / _PIP
    # Who cannot write to it cannot install into it.
    with suppress(OSError, UnicodeDecodeError):
        before = file.read_text(encoding="utf-8")
        if _TOLD_BEFORE.fullmatch(before) and before != _told(path):
            write(file, _told(path))


def _told(path: Path) -> str:
    return _TOLD.format((path / CONSTRAINTS).as_uri())


def variables(path: Path, environ: Mapping[str, str], options: Options) -> dict[str, str]:
    """Return the variables for uv and pip while ``path`` is active, without those that ``environ`` has: they win."""
    found = {}
    if (path / CONSTRAINTS).exists():
        # A list separated by blanks: only in a URL a path may hold some.
        found["UV_CONSTRAINT"] = (path / CONSTRAINTS).as_uri()
    # Caches are no reason not to enter an environment.
    with suppress(OSError, VscVenvError):
        found |= caches.variables(options, environ, Path(uvtool.executable()))
        if uvtool.must_copy(path, Path(found["UV_CACHE_DIR"])):
            found["UV_LINK_MODE"] = "copy"
    return {name: value for name, value in found.items() if not environ.get(name)}
