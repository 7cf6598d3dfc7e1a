"""The errors a user can meet, each with its exit code and, where there is one, its remedy."""

from __future__ import annotations

from typing import ClassVar, Optional


class VscVenvError(Exception):
    """The request could not be met.

    ``message`` is one clear sentence that names the file and line where there is one; ``hint`` says what to do.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: Optional[str] = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(VscVenvError):
    """What was typed cannot be understood."""

    exit_code: ClassVar[int] = 2


class InputError(VscVenvError):
    """An input file says something that cannot be used; the message starts with ``FILE:LINE:``."""
