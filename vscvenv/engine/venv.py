"""A new, empty environment directory: Python, pip, and the order of imports."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv.engine import caches, uvtool
from vscvenv.engine.byhand import CONSTRAINTS
from vscvenv.errors import VscVenvError
from vscvenv.files import write
from vscvenv.process import run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vscvenv.engine.interpreter import Interpreter
    from vscvenv.engine.options import Options

_WITH_DISTUTILS = ("3.6", "3.7", "3.8", "3.9")
_HOOK = "vsc_venv_order"
# Found in the first place looked at: the directories of modules, on a slow file system, need not be listed for it. The
# name is that of a variable in the site module's own function, which runs the line.
_PTH = f"import sys; sys.path.insert(0, sitedir); import {_HOOK}; sys.path.remove(sitedir)\n"
_HOOK_SOURCE = Path(__file__).with_name("data") / "site_hook.py"

# $0 holds a slash unless the file is given to sh by a bare name in its own directory.
_HERE = "case $0 in */*) here=${0%/*} ;; *) here=. ;; esac\n"
# byhand.py says what pip is held to, and why; and what is a group's, a stricter umask would shut the group out of.
_PIP = f"""#!/bin/sh
{_HERE}if [ -g "$here" ]; then
    case $(ls -ld "$here") in
        ?????w*) umask g+rwx ;;
        *) umask g+rx ;;
    esac
fi
held=$here/../{CONSTRAINTS}
is_held=
for word; do
    case $word in
        -*) continue ;;
        install) [ ! -s "$held" ] || is_held=${{PIP_CONSTRAINT:-yes}} ;;
    esac
    break
done
[ "$is_held" = yes ] || exec "$here/python" -m pip "$@"
"$here/python" -m pip "$@" && exit 0
status=$?
echo "vsc-venv: pip keeps to what modules were compiled for here: $(cat "$held")" >&2
echo "vsc-venv: if that is in the way, put the version into the requirements file: what needs it is replaced too" >&2
exit "$status"
"""
_NO_PIP = """#!/bin/sh
echo "vsc-venv: the Python of this environment has no pip: add a line 'pip' to the requirements file" >&2
exit 1
"""


def create(
    path: Path, interpreter: Interpreter, environ: Mapping[str, str], options: Options, prompt: Optional[str] = None
) -> None:
    """Make the environment ``path``, which must not exist, from ``interpreter`` as it starts in ``environ``.

    What uv finds out about the interpreter stays in the cache that ``options`` name. The environment can be moved or
    renamed afterwards. Raises ProcessError where uv fails, OSError where the disk does, and VscVenvError where ``path``
    is one that this Python cannot install into.
    """
    _require_installable(path, interpreter)
    command = [
        uvtool.executable(),
        "venv",
        "--quiet",
        "--relocatable",
        "--system-site-packages",
        "--no-project",
    ]
    command += ["--prompt", prompt] if prompt else []
    # Absolute, as uv takes a bare name such as 3.11 for a version to look for.
    command += ["--python", interpreter.executable, os.path.abspath(path)]  # noqa: PTH100  # keep links in it
    cached = caches.variables(options, environ, Path(uvtool.executable()))
    run(command, env={**uvtool.environment(environ), **cached})
    _write_pip(path / "bin", interpreter)
    _write_hook(site_packages(path, interpreter), interpreter)


def _require_installable(path: Path, interpreter: Interpreter) -> None:
    """Up to Python 3.9, installers ask distutils, which puts in variables: packages would land elsewhere."""
    variable = re.search(r"\$[A-Za-z_]\w*", str(path))
    if variable and interpreter.series in _WITH_DISTUTILS:
        raise VscVenvError(
            f"Python {interpreter.version} cannot install into {path}: it takes {variable[0]} in it for a variable",
            "Rename that directory, use --venvs DIR, or a newer Python.",
        )


def site_packages(path: Path, interpreter: Interpreter) -> Path:
    """Return the directory that the environment ``path`` installs packages into."""
    return path / "lib" / f"python{interpreter.series}" / "site-packages"


def site_packages_of(path: Path) -> list[Path]:
    """Return the same where the interpreter is not known: it has but one."""
    return sorted(path.glob("lib/python3.*/site-packages"))


def make_pycache(path: Path) -> None:
    """Make the directories in which Python keeps what it compiled, so that whoever can write to ``path`` can remove it.

    Else each belongs to who first imports something there, and by a strict umask to them alone.
    """
    for directory in site_packages_of(path):
        for place, _, files in os.walk(directory):
            if any(name.endswith(".py") for name in files):
                Path(place, "__pycache__").mkdir(exist_ok=True)


def _write_pip(directory: Path, interpreter: Interpreter) -> None:
    """Write pip commands that speak of this environment; the pip of a module, next on PATH, would not."""
    for name in ("pip", "pip3", f"pip{interpreter.series}"):
        write(directory / name, _PIP if interpreter.has_pip else _NO_PIP, 0o755)


def _write_hook(directory: Path, interpreter: Interpreter) -> None:
    shutil.copyfile(_HOOK_SOURCE, directory / f"{_HOOK}.py")
    lines = b"".join(os.fsencode(entry) + b"\n" for entry in interpreter.module_path)
    (directory / f"{_HOOK}.txt").write_bytes(lines)
    (directory / f"{_HOOK}.pth").write_text(_PTH, encoding="utf-8")
