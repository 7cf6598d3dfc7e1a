"""What helps those who run uv or pip themselves in an active environment.

pip sees what modules provide, uv does not, and neither knows what was compiled against what. Both are held to versions
that leave the modules' binaries working, and to caches in which no wheel built here reaches another microarchitecture.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv.engine import abi, caches, uvtool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vscvenv.engine.abi import Distributions
    from vscvenv.engine.options import Options

NAMES = ("UV_CONSTRAINT", "UV_CACHE_DIR", "PIP_CACHE_DIR", "UV_LINK_MODE", *caches.NAMES)
"""The variables that decide which ones are set here."""
CONSTRAINTS = "constraints.txt"
"""The file in an environment that ``bin/pip`` (venv.py) and uv are told of."""


def hold(path: Path, offered: Distributions, present: Distributions) -> None:
    """Write the constraints for who installs something more into the environment ``path``."""
    lines = abi.guards(offered, present)
    if lines:
        (path / CONSTRAINTS).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def variables(path: Path, environ: Mapping[str, str], options: Options) -> dict[str, str]:
    """Return the variables for uv and pip while ``path`` is active, without those that ``environ`` has: they win."""
    found = {}
    if (path / CONSTRAINTS).exists():
        # A list separated by blanks: only in a URL a path may hold some.
        found["UV_CONSTRAINT"] = (path / CONSTRAINTS).as_uri()
    # Caches are no reason not to enter an environment.
    with suppress(OSError):
        found |= caches.variables(options, environ, Path(uvtool.executable()))
        if uvtool.other_file_system(path, Path(found["UV_CACHE_DIR"])):
            found["UV_LINK_MODE"] = "copy"
    return {name: value for name, value in found.items() if not environ.get(name)}
