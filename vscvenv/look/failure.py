"""What it means when a Python of an environment does not start: the failures that the sites' documentation names."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vscvenv.process import Completed

# How a program's end is recognised (its exit code, or its messages), what that means, and what to do.
_FAILURES: tuple[tuple[object, str, str], ...] = (
    (
        -signal.SIGILL,
        "Illegal instruction: it was built for another CPU",
        "Activate again on a node of this kind; in jobs 'vsc-venv run' takes the node's own.",
    ),
    (
        r"GLIBC(?:XX)?_[\d.]+' not found",
        "GLIBC not found: it was built on a newer operating system",
        "Build it on this kind of node: vsc-venv prepare --recreate; and see that VSC_OS_LOCAL is this node's.",
    ),
    (
        r"libpython\S*: cannot open shared object",
        "libpython not found: the module of its Python is not loaded",
        "Enter it by 'source vsc-venv --activate', 'vsc-venv run', or the path that 'vsc-venv python' prints.",
    ),
    (
        r"cannot open shared object",
        "a library of a module is not found",
        "Activate again: the modules it was built on may have changed.",
    ),
)


def explain(ended: Completed) -> tuple[str, str]:
    """Return what the end of a program means, and what to do."""
    for sign, meaning, remedy in _FAILURES:
        if sign == ended.code or (isinstance(sign, str) and re.search(sign, ended.messages)):
            return meaning, remedy
    *_, last = [f"it ended with {ended.code}", *ended.messages.strip().splitlines()]
    return last, "Activate again; if it stays so: vsc-venv prepare --recreate"
