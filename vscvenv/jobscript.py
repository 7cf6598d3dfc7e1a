"""A batch script for a project: what it takes for a job to run in the environment of whatever node it gets."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SLURM = """#!/bin/bash -l
#SBATCH --job-name={name}
#SBATCH --time=1:00:00
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=2G
# The node's own environment, not that of the login node:
#SBATCH --export=NONE
unset SLURM_EXPORT_ENV # for srun, which hands on the environment of this script
"""
_PBS = """#!/bin/bash -l
#PBS -N {name}
#PBS -l walltime=1:00:00
#PBS -l nodes=1:ppn=1
"""
_BODY = """
cd {directory} || exit
source {shim} {words} || exit

{command}
"""
_NAME_LENGTH = 15
"""PBS takes no longer names of jobs."""


def render(scheduler: str, directory: Path, shim: Path, words: Sequence[str], command: Sequence[str]) -> str:
    """Return the script for ``scheduler``, ``slurm`` or ``pbs``: ``command`` in ``directory``."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", directory.name).strip("-.")[:_NAME_LENGTH] or "job"
    body = _BODY.format(
        directory=shlex.quote(str(directory)),
        shim=shlex.quote(str(shim)),
        words=shlex.join(["--activate", *words]),
        command=_line(command, directory) if command else "python --version # your own commands here",
    )
    return {"slurm": _SLURM, "pbs": _PBS}[scheduler].format(name=name) + body


def _line(command: Sequence[str], directory: Path) -> str:
    """Return ``command`` as a line of the script; one word that is no file is such a line: 'python a.py >out'."""
    is_line = len(command) == 1 and " " in command[0] and not (directory / command[0]).exists()
    return command[0] if is_line else shlex.join(command)
