"""A Python that starts without modules: for editors, and for whatever else wants "the python" of a project.

It is a shell script beside the environment, which sets what the modules set when the environment was last prepared, and
then becomes the environment's Python.
"""

from __future__ import annotations

import os
import shlex
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv import files
from vscvenv.environ import join
from vscvenv.errors import VscVenvError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.environ import Change
    from vscvenv.generation import Store

_DIRECTORY = "launcher"
_SCRIPT = """#!/bin/sh
# Written by vsc-venv: the Python of {name}, with what its modules set.
if [ "${{VIRTUAL_ENV-}}" != {generation} ]; then
{settings}
fi
unset PYTHONHOME
exec {python} "$@"
"""


def path(store: Store) -> Path:
    """Return where the launcher of the current generation is, by the name that stays."""
    return store.link / _DIRECTORY / "bin" / "python"


def write(store: Store, generation: Path, change: Change) -> None:
    """Write the launcher of ``generation``, which ``change`` enters, where it is another and can be written to.

    Beside it lies what makes its directory look like an environment to an editor.
    """
    made = generation / _DIRECTORY
    python = shlex.quote(str(generation / "bin" / "python"))
    settings = "\n".join(f"    {line}" for line in _settings(change))
    script = _SCRIPT.format(name=store.name, generation=shlex.quote(str(generation)), settings=settings, python=python)
    if _is(made, script):
        return
    with suppress(OSError):
        for name in ("python", "python3"):
            files.write(made / "bin" / name, script, 0o755)
        shutil.copyfile(generation / "pyvenv.cfg", made / "pyvenv.cfg")
        if not (made / "lib").is_symlink():
            (made / "lib").symlink_to("../lib")


def _is(made: Path, script: str) -> bool:
    """Tell whether the launcher is complete and ``script``."""
    with suppress(OSError):
        return (made / "lib").is_symlink() and (made / "bin/python").read_bytes() == os.fsencode(script)
    return False


def link(launcher: Path, name: Path) -> None:
    """Point ``name`` (``.venv``) to the directory of ``launcher``. Raises VscVenvError where it cannot be a link."""
    if name.exists() and not name.is_symlink():
        raise VscVenvError(f"{name} is there and not a link", "Move it away, or give --link another name.")
    if not name.parent.is_dir():
        raise VscVenvError(f"{name.parent} is not there", "Make it first, or give --link another name.")
    files.link(name, Path(os.path.relpath(launcher.parents[1], name.parent)))


def _settings(change: Change) -> Iterator[str]:
    """Yield the commands for what `Change.onto` does, in any environment."""
    for name, after in sorted(change.after.items()):
        if after == change.before[name]:
            continue
        if after is None:
            yield f"unset {name}"
        elif change.is_list(name):
            # Where all it did was to take entries away, there is nothing to put in front.
            if brought := change.brought(name):
                yield f'export {name}={shlex.quote(join(brought))}"${{{name}:+:${name}}}"'
        else:
            yield f"export {name}={shlex.quote(after)}"
