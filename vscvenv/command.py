"""The command that `run` becomes, once the environment is known."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def options(words: Sequence[str], command: Sequence[str]) -> tuple[str, ...]:
    """Return ``words`` without the ``command`` that they end with, and without the ``--`` before it."""
    before = tuple(words[: len(words) - len(command)])
    return before[:-1] if before[-1:] == ("--",) else before


def become(command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Replace this process by ``command``; a shell starts it, so that all fares as where the shim could do it alone."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        # Python ignores them, and what is ignored stays so in the new program.
        signal.signal(number, signal.SIG_DFL)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve("/bin/bash", ["bash", "-p", "-c", 'exec -- "$@"', "vsc-venv run", *command], dict(environ))  # noqa: S606
