"""What a program says while it works, shown to the user as it comes and kept for the log."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import termios
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of a program that is not on a terminal: what takes long.
_WORTH_TELLING = re.compile(r"^\s*(?:Downloading|Building|Updating)\s", re.MULTILINE)
# From here on it explains why it failed, which our own error says.
_FAILURE = re.compile(rb"^(?:\x1b\[[0-9;]*m)*(?:error\b|ERROR:)", re.MULTILINE)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SPINNER = re.compile("[\u2800-\u28ff]")
# Something that a build left running may hold the other end for good; in seconds.
_PATIENCE = 5.0


class Followed:
    """One end of a pipe, or of a terminal, to be read: ``writer`` is the descriptor for the program."""

    def __init__(self, ours: TextIO) -> None:
        self._ours = ours
        self._terminal = ours.isatty()
        self._reader, self.writer = _terminal_like(ours) if self._terminal else os.pipe()
        self._kept = bytearray()
        self._failed = False
        self._thread = Thread(target=self._follow, daemon=True)
        self._thread.start()

    def seen(self) -> bytes:
        """Return what the program said, without what moves a cursor. It has ended."""
        self.close()
        self._thread.join(_PATIENCE)
        lines = _CONTROL.sub("", self._kept.decode("utf-8", "replace")).replace("\r\n", "\n").split("\n")
        plain = (line.rstrip("\r").rpartition("\r")[2] for line in lines)
        return "\n".join(line for line in plain if not _SPINNER.search(line)).encode()

    def close(self) -> None:
        """Let go of the program's end."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def _follow(self) -> None:
        # Reading a terminal whose other end was closed is an error.
        with suppress(OSError):
            while block := os.read(self._reader, 65536):
                self._kept += block
                self._show(block)
        os.close(self._reader)

    def _show(self, block: bytes) -> None:
        failure = _FAILURE.search(block)
        if not self._failed:
            text = block[: failure.start() if failure else None].decode("utf-8", "replace")
            self._ours.write(text if self._terminal else _worth_telling(text))
            self._ours.flush()
        self._failed |= failure is not None


@contextmanager
def following(ours: TextIO) -> Iterator[Followed]:
    """Show on ``ours`` what a program writes: everything where that is a terminal, else what takes it long."""
    followed = Followed(ours)
    try:
        yield followed
    finally:
        followed.close()


def _terminal_like(ours: TextIO) -> tuple[int, int]:
    """Return both ends of a terminal as wide as ``ours``, so that the program draws its progress as it does there."""
    reader, writer = pty.openpty()
    with suppress(OSError):
        size = fcntl.ioctl(ours.fileno(), termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(writer, termios.TIOCSWINSZ, size)
    return reader, writer


def _worth_telling(text: str) -> str:
    return "".join(f"vsc-venv: {line.strip()}\n" for line in text.splitlines() if _WORTH_TELLING.match(line))
