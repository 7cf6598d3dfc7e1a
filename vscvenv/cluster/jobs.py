"""Jobs and what became of them, whatever the scheduler."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Optional, Protocol

from vscvenv.errors import VscVenvError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PATIENCE = 10.0
"""How long a network file system may take to show what another node wrote, in seconds."""

NO_ANSWER = "it does not answer, and may have taken the job all the same: look for jobs that are called vsc-venv"
"""What to say of a scheduler whose program we could not wait for."""

# What a state says about a job that left no exit code; the names are Slurm's.
_ENDS = {
    "TIMEOUT": "ran out of time; ask for more: --sbatch-arg=--time=2:00:00",
    "DEADLINE": "was ended at its deadline; ask for a later one",
    "NODE_FAIL": "lost its node, which failed; try again",
    "BOOT_FAIL": "lost its node, which did not boot; try again",
    "OUT_OF_MEMORY": "ran out of memory; ask for more: --sbatch-arg=--mem=8G",
    "CANCELLED": "was cancelled",
    "PREEMPTED": "had to make way for another job; try again",
    "REVOKED": "was taken back by the scheduler",
    "FAILED": "was ended by the scheduler",
    "COMPLETED": "ended without saying how",
}


# States of jobs that came to an end by themselves: their exit code says more. The others say why a job had to end.
_BY_ITSELF = ("GONE", "COMPLETED", "FAILED")


@dataclass(frozen=True)
class Place:
    """Where a job is to run; None is the site's default."""

    partition: Optional[str] = None
    cluster: Optional[str] = None

    def __str__(self) -> str:
        return "/".join(part for part in (self.cluster, self.partition) if part) or "the default partition"


@dataclass(frozen=True)
class Job:
    """A submitted job: its number in the cluster of ``place``, and the directory for its log and its exit code."""

    number: str
    place: Place
    directory: Path

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.directory / "log"

    @property
    def exit_file(self) -> Path:
        """What it wrote when it ended."""
        return self.directory / "exit"


@dataclass(frozen=True)
class State:
    """What the scheduler says of a job, in Slurm's words; ``reason`` is why it waits, where it says."""

    name: str
    reason: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it will not run any more."""
        return self.name in _ENDS or self.name == GONE.name


GONE = State("GONE")
"""The scheduler does not know the job any more."""


class Scheduler(Protocol):
    """What a site's scheduler can do for us."""

    name: ClassVar[str]

    def submit(self, script: Path, place: Place) -> Job:
        """Submit ``script``, which leaves its output in ``log`` beside it, and return the job.

        Raises RefusedError with the scheduler's own words where it refuses.
        """

    def states(self, jobs: Sequence[Job]) -> Mapping[Job, State]:
        """Return the state of each of ``jobs``, without those about which nobody answers just now."""

    def cancel(self, jobs: Sequence[Job]) -> None:
        """End ``jobs``; those that have ended already do no harm."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended: its exit code where it wrote one, and in words."""

    code: Optional[int]
    words: str

    @property
    def is_success(self) -> bool:
        """Whether it did all that it was to do."""
        return self.code == 0


def outcome(job: Job, state: State, patience: float = PATIENCE) -> Outcome:
    """Return how ``job`` ended; success is only what it said itself, never what merely left the queue."""
    said = _said(job.exit_file, patience if state.name in _BY_ITSELF else 0.0)
    code = int(said) if said.isdigit() else None
    if code == 0:
        return Outcome(code, "")
    if code is not None and state.name in _BY_ITSELF:
        return Outcome(code, f"failed with exit code {code}")
    if state == GONE and said:
        return Outcome(None, "was ended before it was done, and the scheduler no longer says why")
    if state == GONE:
        return Outcome(None, "has left the queue without a trace: it was purged, or could not start")
    return Outcome(code, _ENDS[state.name])


def _said(file: Path, patience: float) -> str:
    deadline = time.monotonic() + patience
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    return file.read_text("ascii", "replace").strip() if file.exists() else ""


class RefusedError(VscVenvError):
    """The scheduler does not take the job."""
