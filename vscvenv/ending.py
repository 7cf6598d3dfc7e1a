"""How the program ends: every exception becomes one message and an exit code, in this one place."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import tempfile
import traceback
from functools import singledispatch
from pathlib import Path
from typing import TYPE_CHECKING

import click
import platformdirs

from vscvenv import __version__, signals
from vscvenv.errors import UsageError, VscVenvError
from vscvenv.messages import error, note, redact

if TYPE_CHECKING:
    from collections.abc import Callable

_SEE_HELP = "All options: {command} --help"
SEE_HELP = _SEE_HELP.format(command="vsc-venv")
_ELSEWHERE = "Use --venvs DIR for a place that you can write to."
_ROOM = "Make room or ask for more quota, or use --venvs DIR on another file system."
# What a file system may refuse without anybody having made a mistake in this program.
_REFUSALS = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EROFS: _ELSEWHERE,
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
    errno.ENAMETOOLONG: "Use --venvs DIR with a shorter path.",
    errno.ENOLCK: "The file system gives no locks; use --venvs DIR on another one.",
    errno.EIO: "The file system fails; try again later, or tell your site.",
    errno.ESTALE: "The file system was away for a moment; try again.",
    errno.EMFILE: "Too many files are open; see ulimit -n.",
    errno.ENOMEM: "Memory is used up; try on another node.",
}


def code_of(program: Callable[[], object]) -> int:
    """Run ``program`` and return its exit code, once the user has been told why where it is not 0.

    0 done; 1 the request could not be met; 2 usage; 3 a bug, with the path of a log; 130 interrupted; 128 and its
    number for another signal that asks to end.
    """
    with signals.heeded():
        try:
            return _code_of(program)
        except signals.Signalled as late:
            return _tell(late)


def _code_of(program: Callable[[], object]) -> int:
    try:
        program()
    except BaseException as problem:  # noqa: BLE001  # the one place where exceptions become messages
        return _tell(problem)
    return 0


@singledispatch
def _tell(problem: BaseException) -> int:
    """Say what ``problem`` means to the user and return the exit code; what is not told apart below is a bug."""
    trace = "".join(traceback.format_exception(type(problem), problem, problem.__traceback__))
    text = f"vsc-venv {__version__}, Python {sys.version}\n{trace}"
    try:
        error(f"this is a bug; please report it with {_log(text)}")
    except OSError:
        error(f"this is a bug, and no log can be written; please report it with these lines\n{text}")
    return 3


@_tell.register
def _(failed: VscVenvError) -> int:
    error(failed.message, failed.hint)
    return failed.exit_code


@_tell.register
def _(misused: click.UsageError) -> int:
    context = misused.ctx
    # What a sourcing shell was given to do is read within a command that is nobody's to type.
    is_typed = context is not None and not context.command.hidden
    command = context.command_path.removeprefix("source ") if context and is_typed else "vsc-venv"
    # click lists choices on lines of their own; blanks in a line may be those of a word.
    error(re.sub(r"\s*\n\s*", " ", misused.format_message()), _SEE_HELP.format(command=command))
    return UsageError.exit_code


@_tell.register
def _(_: click.Abort) -> int:
    return _tell(signals.Signalled(signal.SIGINT))


@_tell.register
def _(signalled: signals.Signalled) -> int:
    (number,) = signalled.args
    if number == signal.SIGINT:
        note("interrupted")
    return 128 + int(number)


@_tell.register(SystemExit)
def _(_: BaseException) -> int:
    # Only click exits, where who reads what we print has had enough, as `head` has.
    return 128 + signal.SIGPIPE


@_tell.register
def _(refused: OSError) -> int:
    hint = _REFUSALS.get(refused.errno or 0)
    if hint is None:
        return _tell.dispatch(BaseException)(refused)
    where = refused.filename2 or refused.filename
    error(f"{os.fsdecode(where)}: {refused.strerror}" if where else str(refused.strerror), hint)
    return VscVenvError.exit_code


def _log(text: str) -> str:
    directory = Path(platformdirs.user_log_dir("vsc-venv"))
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError:
        directory = Path(tempfile.gettempdir())
    descriptor, name = tempfile.mkstemp(prefix="bug-", suffix=".log", dir=directory)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as stream:
        stream.write(redact(text))
    return name
