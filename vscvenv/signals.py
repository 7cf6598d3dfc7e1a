"""The signals that ask us to end: each is raised, so that what was begun is undone."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_ASKING_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Who presses Ctrl-C until something happens must not cut short what undoes what was begun; in seconds.
_IMPATIENCE = 3.0


class Signalled(BaseException):
    """A signal asked us to end; its argument is the number."""


class _End:
    """What signals do that ask us to end."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def __call__(self, number: int, _frame: Optional[FrameType]) -> None:
        if time.monotonic() - self._last > _IMPATIENCE:
            self._last = time.monotonic()
            raise Signalled(number)


@contextmanager
def heeded() -> Iterator[None]:
    """Have Signalled raised where a signal asks us to end; after the context, with only the end left, all are ignored.

    What nohup, or a shell for its background jobs, has ignored stays so.
    """
    numbers = [number for number in _ASKING_TO_END if signal.getsignal(number) is not signal.SIG_IGN]
    end = _End()
    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def waiting() -> Iterator[None]:
    """Have these signals wait for the end of the context: for what is made in one step with the note to remove it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKING_TO_END)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
