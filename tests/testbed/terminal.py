"""An interactive shell on a pseudo-terminal: what is typed, what appears, and Ctrl-C."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pexpect  # type: ignore[import-untyped]

from testbed import store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from testbed.tools import Kind

# Ends the prompt, so a prompt with something put before it is still seen as one.
_PROMPT = "vsc-testbed> "
# No line editor: it would echo and wrap what is typed.
_COMMANDS = {
    "bash": ["--noprofile", "--norc", "--noediting", "-i"],
    "zsh": ["-f", "-i", "+Z", "+o", "promptsp"],
}


class Terminal:
    """A shell at its prompt."""

    def __init__(self, kind: Kind, env: Mapping[str, str], cwd: Path, timeout: float = 180) -> None:
        self._child = pexpect.spawn(
            store.program(kind, kind),
            _COMMANDS[kind],
            env={**env, "PS1": _PROMPT},
            cwd=str(cwd),
            timeout=timeout,
            echo=False,
            encoding="utf-8",
            codec_errors="surrogateescape",
            dimensions=(50, 500),
        )
        self._timeout = timeout
        self._child.delaybeforesend = None
        self._child.expect_exact(_PROMPT)

    def __enter__(self) -> Terminal:  # noqa: PYI034 - Self is not in Python 3.9's typing
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(self, command: str) -> str:
        """Type ``command``, wait for the next prompt and return what appeared in between (prompt prefixes included)."""
        self.type(command)
        return self.wait()

    def type(self, command: str) -> None:
        """Type ``command`` and return at once."""
        self._child.sendline(command)

    def wait(self) -> str:
        """Wait for the next prompt and return what appeared before it."""
        self._child.expect_exact(_PROMPT)
        return str(self._child.before).replace("\r\n", "\n")

    def expect(self, pattern: str) -> None:
        """Wait until ``pattern`` (a regular expression) appears."""
        self._child.expect(pattern)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._child.sendintr()

    def wait_for_child(self) -> None:
        """Wait until the shell has something else in the foreground."""
        deadline = time.monotonic() + self._timeout
        while os.tcgetpgrp(self._child.child_fd) == self._child.pid and time.monotonic() < deadline:
            time.sleep(0.001)

    def settle(self) -> str:
        """Wait until the shell does what it is told after an interrupt, and return what appeared before that.

        With an interrupt, the terminal drops what it has not passed on, also of a prompt, and a shell what it has read.
        """
        said = ""
        for number in range(60):
            self.type(f"\\builtin printf '%s%s\\n' settled- {number}")
            found = self._child.expect([f"settled-{number}", pexpect.TIMEOUT], timeout=self._timeout / 60)
            said = str(self._child.before)
            if found == 0:
                break
        self._child.expect_exact(_PROMPT)
        return said

    def signal(self, number: int) -> None:
        """Send a signal to what runs in the foreground, where that is not the shell itself."""
        group = os.tcgetpgrp(self._child.child_fd)
        if group != self._child.pid:
            with suppress(ProcessLookupError):
                os.killpg(group, number)

    def status(self) -> int:
        """Return the exit status of the last command."""
        return int(self.run("printf 'status=%s\\n' \"$?\"").rpartition("status=")[2].split()[0])

    def close(self) -> None:
        """Hang up."""
        self._child.close(force=True)
