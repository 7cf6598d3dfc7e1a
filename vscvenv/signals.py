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
        self.must_wait = 0
        """In how many contexts of `waiting` we are."""
        self.waits: Optional[int] = None
        """The number of the signal that waits for the end of all of them."""
        self.last = float("-inf")
        """When a signal was heeded last."""

    def __call__(self, number: int, _frame: Optional[FrameType] = None) -> None:
        self.waits = number if self.must_wait else None
        if not self.must_wait and time.monotonic() - self.last > _IMPATIENCE:
            self.last = time.monotonic()
            raise Signalled(number)


_end = _End()


@contextmanager
def heeded() -> Iterator[None]:
    """Have Signalled raised where a signal asks us to end; after the context, with only the end left, all are ignored.

    What nohup, or a shell for its background jobs, has ignored stays so.
    """
    numbers = [number for number in _ASKING_TO_END if signal.getsignal(number) is not signal.SIG_IGN]
    _end.last = float("-inf")
    for number in numbers:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def waiting() -> Iterator[None]:
    """Have these signals wait for the end of the context: for what is made in one step with the note to remove it.

    They are not blocked: the kernel would give them to another thread, and programs that we start would not get them.
    """
    _end.must_wait += 1
    try:
        yield
    finally:
        _end.must_wait -= 1
        if _end.waits is not None:
            _end(_end.waits)


def must_wait() -> bool:
    """Tell whether we are in a context of `waiting`."""
    return _end.must_wait > 0


def one_waits() -> bool:
    """Tell whether a signal has come that waits for the end of the context."""
    return _end.waits is not None
