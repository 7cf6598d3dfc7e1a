"""Torque and PBS, by their own programs: qsub, qstat, qdel."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, ClassVar, Optional

from vscvenv import process
from vscvenv.cluster.jobs import GONE, NO_ANSWER, Job, Place, RefusedError, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from vscvenv.environ import Environ

# The letters of qstat's column S.
_STATES = {"R": "RUNNING", "E": "COMPLETING", "C": "COMPLETED", "F": "COMPLETED", "H": "HELD"}
_COLUMNS = 6
"""Of a row about a job: its number, its name, its user, the time it took, its state, its queue (qstat(1B))."""
_UNKNOWN_JOB = 153
"""How qstat exits where it does not know a job (PBSE_UNKJOBID is 15001, of which a shell sees the last byte)."""


class Torque:
    """The Torque or PBS that the programs on PATH belong to; its queues are what Slurm calls partitions."""

    name: ClassVar[str] = "Torque"

    def __init__(self, environ: Environ, extra: Sequence[str] = ()) -> None:
        self._extra = extra
        self._environ = {name: value for name, value in environ.items() if not name.startswith("PBS_")}

    @classmethod
    def find(cls, environ: Environ, extra: Sequence[str] = ()) -> Optional[Torque]:
        """Return the Torque or PBS of this host, or None."""
        return cls(environ, extra) if shutil.which("qsub", path=environ.get("PATH", "")) else None

    def submit(self, script: Path, place: Place) -> Job:
        """Submit ``script``; qsub hands no environment on, so that the job starts with the node's own."""
        where = ["-q", place.partition] if place.partition else []
        words = ("qsub", "-N", "vsc-venv", "-j", "oe", "-o", "log", *where, *self._extra, script.name)
        done = process.run(words, env=self._environ, cwd=script.parent, check=False)
        if done.code != 0 or not done.output.strip():
            raise RefusedError(f"{done.messages}{done.output}".strip() or NO_ANSWER)
        return Job(done.output.split()[-1], place, script.parent)

    def states(self, jobs: Sequence[Job]) -> Mapping[Job, State]:
        """Return the states of ``jobs``; qstat fails where it knows none of them, and where no server answers."""
        done = process.run(("qstat", *(job.number for job in jobs)), env=self._environ, check=False)
        rows = [line.split() for line in done.output.splitlines()]
        letters = {row[0].partition(".")[0]: row[-2] for row in rows if len(row) >= _COLUMNS}
        if not letters and "nknown Job" not in done.messages and done.code not in (0, _UNKNOWN_JOB):
            return {}
        known = {number: State(_STATES.get(letter, "PENDING")) for number, letter in letters.items()}
        return {job: known.get(job.number.partition(".")[0], GONE) for job in jobs}

    def cancel(self, jobs: Sequence[Job]) -> None:
        """Delete ``jobs``."""
        process.run(("qdel", *(job.number for job in jobs)), env=self._environ, check=False)
