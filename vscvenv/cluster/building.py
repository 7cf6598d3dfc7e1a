"""One build on each partition, each for the CPU that it lands on; those that share a label build once, by the lock."""

from __future__ import annotations

import secrets
import shutil
import time
from typing import TYPE_CHECKING, Optional

from vscvenv import signals, trust
from vscvenv.cluster import script
from vscvenv.cluster.following import cancelling, failures, follow, tail
from vscvenv.cluster.jobs import Place, RefusedError
from vscvenv.cluster.slurm import Slurm
from vscvenv.cluster.torque import Torque
from vscvenv.errors import UsageError, VscVenvError
from vscvenv.files import write
from vscvenv.messages import error, note, warn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vscvenv.cluster.jobs import Job, Scheduler
    from vscvenv.environ import Environ

_KEPT = 7 * 24 * 3600.0
"""How long the logs of jobs are kept, in seconds."""


def find_scheduler(environ: Environ, extra: Sequence[str] = ()) -> Optional[Scheduler]:
    """Return the scheduler of this site, with ``extra`` options for all it submits, or None.

    Where Slurm has wrappers that are called as Torque's programs, it is Slurm.
    """
    return Slurm.find(environ, extra) or Torque.find(environ, extra)


def places(
    scheduler: Scheduler, partitions: Sequence[str], clusters: Sequence[str], *, all_partitions: bool
) -> list[Place]:
    """Return where to build. Raises VscVenvError where that is nowhere, or where the scheduler cannot tell."""
    if not all_partitions:
        return [Place(name, cluster) for cluster in _or_default(clusters) for name in _or_default(partitions)]
    if not isinstance(scheduler, Slurm):
        raise UsageError(f"{scheduler.name} does not tell its queues", "Name them: --partition QUEUE")
    found = [Place(name, cluster) for cluster in _or_default(clusters) for name in scheduler.partitions(cluster)]
    if not found:
        raise VscVenvError("no partition takes jobs just now", "See: sinfo")
    return found


def _or_default(names: Sequence[str]) -> list[Optional[str]]:
    """Return each name, also of those joined by commas, by which Slurm means any of them; None where there is none."""
    return [one for name in names for one in name.split(",") if one] or [None]


def build(
    scheduler: Scheduler, where: Sequence[Place], command: Sequence[str], here: Path, venvs: Path, *, is_followed: bool
) -> list[Place]:
    """Have ``command`` run in ``here`` by a job on each place, and return the places that were refused.

    Raises VscVenvError where a job failed.
    """
    jobs: list[Job] = []
    with cancelling(scheduler, jobs):
        refused = [place for place in where if not _submit(scheduler, _script(command, here, venvs), place, jobs)]
        failed = failures(follow(scheduler, jobs)) if jobs and is_followed else []
    for job in failed:
        error(f"{job.place}: the end of {job.log}:\n{tail(job)}")
    if failed:
        raise VscVenvError(f"{len(failed)} of {len(jobs)} builds failed: {', '.join(str(job.place) for job in failed)}")
    return refused


def _script(command: Sequence[str], here: Path, venvs: Path) -> Path:
    directory = _home(venvs) / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
    write(directory / "job", script.build(command, here, directory / "exit"))
    return directory / "job"


def _submit(scheduler: Scheduler, file: Path, place: Place, jobs: list[Job]) -> bool:
    """Submit ``file`` and note the job in ``jobs``, in one step: one that is not noted is not cancelled."""
    with signals.waiting():
        try:
            jobs.append(scheduler.submit(file, place))
        except RefusedError as problem:
            warn(f"{place}: {scheduler.name} refuses: {problem.message}")
            return False
        note(f"{jobs[-1].place}: job {jobs[-1].number} is submitted")
        return True


def _home(venvs: Path) -> Path:
    """Return where jobs keep their scripts, logs and exit codes; those of last week are removed."""
    home = venvs / ".vsc-venv" / "jobs"
    is_new = not home.parent.exists()
    home.mkdir(parents=True, exist_ok=True)
    if is_new:
        write(venvs / ".gitignore", "*\n")
        trust.accept_own((venvs, home.parent), venvs)
    for old in home.iterdir():
        if time.time() - old.stat().st_mtime > _KEPT:
            shutil.rmtree(old, ignore_errors=True)
    return home
