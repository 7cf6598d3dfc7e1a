"""Slurm, by its own programs: sbatch, squeue, scancel, sinfo."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Optional

from vscvenv import process
from vscvenv.cluster.jobs import GONE, NO_ANSWER, Job, Place, RefusedError, State
from vscvenv.messages import warn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from vscvenv.environ import Environ

# Inside a job these describe that job, and sbatch would take them for what is asked of the new one. What the user chose
# for all their jobs stays.
_OF_A_JOB = re.compile(r"(SLURM|SLURMD|SBATCH|SRUN|SALLOC)_")
_OF_THE_USER = frozenset(("SLURM_CONF", "SLURM_CLUSTERS", "SBATCH_CLUSTERS", "SBATCH_ACCOUNT"))
_UNKNOWN = "Invalid job id"


class Slurm:
    """The Slurm that the programs on PATH belong to."""

    name: ClassVar[str] = "Slurm"

    def __init__(self, environ: Environ, extra: Sequence[str] = ()) -> None:
        self._extra = extra
        self._environ = {
            name: value for name, value in environ.items() if name in _OF_THE_USER or not _OF_A_JOB.match(name)
        }

    @classmethod
    def find(cls, environ: Environ, extra: Sequence[str] = ()) -> Optional[Slurm]:
        """Return the Slurm of this host, or None."""
        return cls(environ, extra) if shutil.which("sbatch", path=environ.get("PATH", "")) else None

    def partitions(self, cluster: Optional[str] = None) -> list[str]:
        """Return the names of the partitions that take jobs."""
        rows = self._call("sinfo", "-h", "-o", "%R|%a", *_on(Place(cluster=cluster))).output.split()
        return list(dict.fromkeys(name for name, _, state in (row.partition("|") for row in rows) if state == "up"))

    def submit(self, script: Path, place: Place) -> Job:
        """Submit ``script``; the job starts with the node's own environment, and is never run twice."""
        where = [f"--partition={place.partition}"] if place.partition else []
        options = ("--parsable", "--no-requeue", "--export=NONE", "--output=log", "--job-name=vsc-venv", *where)
        # Relative names: Slurm expands a % in a path.
        done = self._call("sbatch", *options, *_on(place), *self._extra, script.name, cwd=script.parent, check=False)
        if not done.output:
            # By its own exit code sbatch may also tell how the job ended: --sbatch-arg=--wait.
            said = re.sub(r"^sbatch: error: ", "", done.messages.strip(), flags=re.MULTILINE)
            raise RefusedError(said or NO_ANSWER)
        # ID;CLUSTER where the cluster was chosen, also by the user's own variables: an id is one of that cluster.
        number, _, cluster = done.output.strip().partition(";")
        return Job(number, replace(place, cluster=cluster or place.cluster), script.parent)

    def states(self, jobs: Sequence[Job]) -> Mapping[Job, State]:
        """Return the states of ``jobs``, by one call for each cluster."""
        found: dict[Job, State] = {}
        for place, here in _by_cluster(jobs):
            numbers = ",".join(job.number for job in here)
            done = self._call("squeue", "-h", "-t", "all", "-o", "%i|%T|%r", "-j", numbers, *_on(place), check=False)
            if done.code != 0 and _UNKNOWN not in done.messages:
                continue
            # The name of the cluster may stand above.
            rows = (line.split("|") for line in done.output.splitlines() if line.count("|") >= 2)  # noqa: PLR2004
            known = {row[0]: State(row[1], _reason(row[2])) for row in rows}
            found |= {job: known.get(job.number, GONE) for job in here}
        return found

    def cancel(self, jobs: Sequence[Job]) -> None:
        """Cancel ``jobs``."""
        for place, here in _by_cluster(jobs):
            words = ("scancel", *_on(place), *(job.number for job in here))
            done = self._call(*words, check=False)
            if done.code != 0:
                said = done.messages.strip() or "scancel does not answer"
                warn(f"{said}\nvsc-venv: Try again later: {shlex.join(words)}")

    def _call(self, *words: str, cwd: Optional[Path] = None, check: bool = True) -> process.Completed:
        return process.run(words, env=self._environ, cwd=cwd, check=check)


def _by_cluster(jobs: Sequence[Job]) -> Iterator[tuple[Place, list[Job]]]:
    for cluster in dict.fromkeys(job.place.cluster for job in jobs):
        yield Place(cluster=cluster), [job for job in jobs if job.place.cluster == cluster]


def _on(place: Place) -> list[str]:
    return [f"--clusters={place.cluster}"] if place.cluster else []


def _reason(word: str) -> str:
    return "" if word == "None" else word
