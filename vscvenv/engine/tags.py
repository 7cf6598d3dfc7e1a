"""Which wheels a Python can install."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.markers import default_environment
from packaging.tags import compatible_tags, cpython_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.markers import Environment
    from packaging.tags import Tag

    from vscvenv.engine.interpreter import Interpreter


def tags(interpreter: Interpreter) -> Iterator[Tag]:
    """Yield the tags of wheels for ``interpreter`` on this node, the best first."""
    major, minor = (int(part) for part in interpreter.series.split("."))
    yield from cpython_tags((major, minor))
    yield from compatible_tags((major, minor), f"cp{major}{minor}")


def markers(interpreter: Interpreter) -> Environment:
    """Return what environment markers are evaluated with for ``interpreter`` on this node."""
    found = default_environment()
    found["python_version"] = interpreter.series
    found["python_full_version"] = found["implementation_version"] = interpreter.version
    return found
