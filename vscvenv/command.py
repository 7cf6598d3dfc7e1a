"""The command that `run` becomes, once the environment is known."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NoReturn, Optional

from vscvenv.errors import VscVenvError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


# What starts files of these suffixes, which are often given without it.
_INTERPRETERS = {".py": "python", ".sh": "bash", ".pl": "perl", ".R": "Rscript", ".jl": "julia"}
# Words that are no programs.
_OF_SHELLS = frozenset({"alias", "cd", "export", "ml", "module", "source", "ulimit", "unset"})


class NotFoundError(VscVenvError):
    """There is no such command; exits as a shell does."""

    exit_code: ClassVar[int] = 127


class NotExecutableError(VscVenvError):
    """What is to be run is no program; exits as a shell does."""

    exit_code: ClassVar[int] = 126


def options(words: Sequence[str], command: Sequence[str]) -> tuple[str, ...]:
    """Return ``words`` without the ``command`` that they end with, and without the ``--`` before it."""
    before = tuple(words[: len(words) - len(command)])
    return before[:-1] if before[-1:] == ("--",) else before


def become(command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Replace this process by ``command``; a shell starts it, so that all fares as where the shim could do it alone.

    Raises VscVenvError where there is no such command.
    """
    found = _find(command[0], environ)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        # Python ignores them, and what is ignored stays so in the new program.
        signal.signal(number, signal.SIG_DFL)
    sys.stdout.flush()
    sys.stderr.flush()
    words = ["bash", "-p", "-c", 'exec -- "$@"', "vsc-venv run", found, *command[1:]]
    os.execve("/bin/bash", words, dict(environ))  # noqa: S606


def _find(name: str, environ: Mapping[str, str]) -> str:
    """Return the path of the program ``name``. Raises VscVenvError with what may be meant."""
    found = shutil.which(name, path=environ.get("PATH", ""))
    if found is not None:
        return found
    file = Path(name)
    if "/" in name and file.is_dir():
        raise NotExecutableError(f"{name} is a directory")
    if "/" in name and file.exists():
        raise NotExecutableError(f"{name} is a file that cannot be executed", _start(file))
    if "/" not in name and file.is_file():
        raise NotFoundError(f"{name} is a file here and no command", _start(file))
    raise NotFoundError(f"there is no command {name}", _meant(name, environ))


def _meant(name: str, environ: Mapping[str, str]) -> Optional[str]:
    """Return what to type instead of ``name``, which is neither a command nor a file."""
    first, *more = name.split() or [""]
    if more and shutil.which(first, path=environ.get("PATH", "")):
        return f"Leave out the quotes: {name}"
    if "/" in name:
        return None
    if "=" in name:
        return f"Put env before it: env {name} …"
    if name in _OF_SHELLS:
        return f"It is a shell's: bash -c '{name} …'"
    return "Do the requirements or the modules bring it? 'vsc-venv freeze' shows what there is."


def _start(file: Path) -> str:
    """Return what to type instead of ``file`` alone."""
    quoted = shlex.quote(str(file))
    if os.access(file, os.X_OK):
        return f"Put it like this: ./{quoted}"
    interpreter = _INTERPRETERS.get(file.suffix)
    return f"Put its interpreter before it: {interpreter} {quoted}" if interpreter else f"chmod +x {quoted}"
