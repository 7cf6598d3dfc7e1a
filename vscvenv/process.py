"""The one place that starts other programs."""

from __future__ import annotations

import logging
import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

from vscvenv.errors import VscVenvError
from vscvenv.messages import redact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

log = logging.getLogger(__name__)


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

    Its output is kept; with ``show`` its standard error goes to ours instead, for progress on long installs.
    Command, directory, exit code and both streams go to the log, without the credentials of any URL.
    Raises ProcessError where ``check`` and the exit code is not 0, or where the program cannot be started.
    """
    words = tuple(str(word) for word in command)
    try:
        ended = subprocess.run(
            words,
            env=dict(env),
            cwd=cwd,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=None if show else subprocess.PIPE,
            check=False,
        )
    except OSError as problem:
        unstarted = Completed(words, 127, b"", str(problem).encode())
        raise ProcessError(unstarted, f"cannot start {words[0]}: {problem.strerror}") from problem
    completed = Completed(words, ended.returncode, ended.stdout, ended.stderr or b"")
    _log(completed, cwd)
    if check and completed.code != 0:
        raise ProcessError(completed)
    return completed


def _log(completed: Completed, cwd: Optional[Path]) -> None:
    lines = [f"$ {shlex.join(completed.command)}"]
    if cwd is not None:
        lines.append(f"  in {cwd}")
    lines.append(f"  exit code {completed.code}")
    for name, text in (("stdout", completed.output), ("stderr", completed.messages)):
        lines += [f"  {name}: {line}" for line in text.splitlines()]
    log.debug("%s", redact("\n".join(lines)))
