"""The one place that starts other programs."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

from vscvenv import signals
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
# How often we look whether somebody waits for that, in seconds.
_GLANCE = 0.5


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


@dataclass(frozen=True)
class Running:
    """A program that has been started."""

    command: tuple[str, ...]
    program: subprocess.Popen[bytes]
    cwd: Optional[Path]
    followed: Optional[Followed]

    def result(self, *, check: bool = True, stdin: bytes = b"") -> Completed:
        """Wait for its end and return what came of it. Raises ProcessError where ``check`` and the exit code not 0."""
        stdout, stderr = _outputs(self.program, stdin)
        said = self.followed.seen() if self.followed else stderr
        completed = Completed(self.command, self.program.returncode, stdout, said)
        _log(completed, self.cwd)
        if check and completed.code != 0:
            raise ProcessError(completed)
        return completed


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Optional[Path] = None,
    check: bool = True,
    show: bool = False,
    stdin: bytes = b"",
) -> Completed:
    """Run ``command`` as `running` does, wait for its end and return what came of it.

    Raises ProcessError where ``check`` and the exit code is not 0, or where the program cannot be started.
    """
    with running(command, env=env, cwd=cwd, show=show) as program:
        return program.result(check=check, stdin=stdin)


@contextmanager
def running(
    command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Optional[Path] = None, show: bool = False
) -> Iterator[Running]:
    """Have ``command`` run in exactly the environment ``env``; it has ended when the context is left, whatever happens.

    Its output is kept; with ``show`` its standard error goes to ours as well, for progress on long installs.
    Command, directory, exit code and both streams go to the log, without the credentials of any URL.
    Where we are interrupted the program is ended, and waited for, before the interrupt goes on its way. In a context of
    `signals.waiting` Ctrl-C does not reach it, and it has a few seconds from then on to end by itself.
    Raises ProcessError where it cannot be started.
    """
    words = tuple(str(word) for word in command)
    messages = following(sys.stderr) if show else nullcontext(None)
    with messages as followed, _started(words, dict(env), cwd, followed) as program:
        try:
            yield Running(words, program, cwd, followed)
        finally:
            _end(program)


def _started(
    words: tuple[str, ...], env: dict[str, str], cwd: Optional[Path], followed: Optional[Followed]
) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    stderr = followed.writer if followed else pipe
    apart = signals.must_wait()
    try:
        return subprocess.Popen(
            words, env=env, cwd=cwd, stdin=pipe, stdout=pipe, stderr=stderr, start_new_session=apart
        )
    except OSError as problem:
        unstarted = Completed(words, 127, b"", str(problem).encode())
        raise ProcessError(unstarted, f"cannot start {words[0]}: {problem.strerror}") from problem


def _outputs(program: subprocess.Popen[bytes], stdin: bytes) -> tuple[bytes, bytes]:
    patience = _PATIENCE
    while patience > 0:
        with suppress(subprocess.TimeoutExpired):
            return program.communicate(stdin, _GLANCE)
        stdin = b""
        patience -= _GLANCE if signals.one_waits() else 0
    # With all that it has started, which may hold its output open.
    os.killpg(program.pid, signal.SIGKILL)
    return program.communicate()


def _end(program: subprocess.Popen[bytes]) -> None:
    if program.poll() is not None:
        return
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
