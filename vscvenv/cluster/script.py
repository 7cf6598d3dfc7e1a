"""The script of a job: a login shell, since that is where sites set up their modules tool."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# An end that the script does not come to itself is told apart from its exit code.
_BUILD = """#!/bin/bash -l
# Written by vsc-venv: builds an environment on the node where it lands.
code=killed exit_file={exit}
trap 'echo "$code" >"$exit_file.part" && mv -f "$exit_file.part" "$exit_file"' EXIT
unset SLURM_EXPORT_ENV
cd {directory} || {{ code=1 && exit 1; }}
{command}
code=$?
exit "$code"
"""


def build(command: Sequence[str], directory: Path, exit_file: Path) -> str:
    """Return a script that runs ``command`` in ``directory`` and leaves its exit code in ``exit_file``."""
    return _BUILD.format(
        exit=shlex.quote(str(exit_file)), directory=shlex.quote(str(directory)), command=shlex.join(command)
    )
