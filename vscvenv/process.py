"""The one place that starts other programs."""

from __future__ import annotations

import logging
import shlex
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

from vscvenv.errors import VscVenvError
from vscvenv.following import following
from vscvenv.messages import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from vscvenv.following import Followed

log = logging.getLogger(__name__)

# How long a program may take to end when it is asked to, in seconds.
_PATIENCE = 5.0


@dataclass(frozen=True)
class Completed:
    """A program that has ended: what it was, its exit code (negative: the signal) and what it printed."""

    command: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: bytes

    @property
    def output(self) -> str:
        """Standard output as text."""
        return self.stdout.decode("utf-8", "surrogateescape")

    @property
    def messages(self) -> str:
        """Standard error as text."""
        return self.stderr.decode("utf-8", "replace")


class ProcessError(VscVenvError):
    """A program failed; ``completed`` tells which, how, and what it printed."""

    def __init__(self, completed: Completed, message: Optional[str] = None, hint: Optional[str] = None) -> None:
        self.completed = completed
        name = completed.command[0].rpartition("/")[2]
        said = "\n".join(f"    {line}" for line in completed.messages.splitlines()[-20:])
        super().__init__(message or f"{name} failed with exit code {completed.code}\n{said}".rstrip(), hint)


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Optional[Path] = None,
    check: bool = True,
    show: bool = False,
    stdin: bytes = b"",
) -> Completed:
    """Run ``command`` in exactly the environment ``env`` and return what came of it.

    Its output is kept; with ``show`` its standard error goes to ours as well, for progress on long installs.
    Command, directory, exit code and both streams go to the log, without the credentials of any URL.
    Where we are interrupted the program is ended, and waited for, before the interrupt goes on its way.
    Raises ProcessError where ``check`` and the exit code is not 0, or where the program cannot be started.
    """
    words = tuple(str(word) for word in command)
    messages = following(sys.stderr) if show else nullcontext(None)
    try:
        with messages as followed, _started(words, dict(env), cwd, followed) as program:
            stdout, stderr = program.communicate(stdin)
    except OSError as problem:
        unstarted = Completed(words, 127, b"", str(problem).encode())
        raise ProcessError(unstarted, f"cannot start {words[0]}: {problem.strerror}") from problem
    completed = Completed(words, program.returncode, stdout, followed.seen() if followed else stderr)
    _log(completed, cwd)
    if check and completed.code != 0:
        raise ProcessError(completed)
    return completed


@contextmanager
def _started(
    words: tuple[str, ...], env: dict[str, str], cwd: Optional[Path], followed: Optional[Followed]
) -> Iterator[subprocess.Popen[bytes]]:
    """Have a program run for as long as the context lasts; it has ended when that is left, whatever happens."""
    pipe = subprocess.PIPE
    stderr = followed.writer if followed else pipe
    with subprocess.Popen(words, env=env, cwd=cwd, stdin=pipe, stdout=pipe, stderr=stderr) as program:
        try:
            yield program
        except BaseException:
            _end(program)
            raise


def _end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def _log(completed: Completed, cwd: Optional[Path]) -> None:
    lines = [f"$ {shlex.join(completed.command)}"]
    if cwd is not None:
        lines.append(f"  in {cwd}")
    lines.append(f"  exit code {completed.code}")
    for name, text in (("stdout", completed.output), ("stderr", completed.messages)):
        lines += [f"  {name}: {line}" for line in text.splitlines()]
    log.debug("%s", redact("\n".join(lines)))
