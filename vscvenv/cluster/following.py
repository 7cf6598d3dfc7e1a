"""Jobs, from their submission to how they ended: one line for each change, or one for each job on a terminal."""

from __future__ import annotations

import re
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Optional

import click

from vscvenv import signals
from vscvenv.cluster.jobs import Outcome, outcome
from vscvenv.messages import note, redact, warn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vscvenv.cluster.jobs import Job, Scheduler, State

SHORTEST, LONGEST = 1.0, 15.0
"""How often the scheduler is asked, in seconds: one call for all jobs, ever more seldom the longer they take."""
# What building says when all is well: `venv-RHEL8-zen2: installed 3 …`, `venv-RHEL8-zen2 is ready`.
_OF_ENVIRONMENT = re.compile(r"^vsc-venv: (\w\S*-\S+-\S+(?:: installed | is ).*)", re.MULTILINE)


def follow(scheduler: Scheduler, jobs: Sequence[Job]) -> dict[Job, Outcome]:
    """Wait until all ``jobs`` have ended, and return how."""
    started = time.monotonic()
    shown = _Shown()
    outcomes: dict[Job, Outcome] = {}
    away: set[Job] = set()
    while True:
        asked = [job for job in jobs if job not in outcomes]
        states = scheduler.states(asked)
        if set(asked) - states.keys() - away:
            warn(f"{scheduler.name} does not answer; asking again until it does")
        away = set(asked) - states.keys()
        for job, state in states.items():
            if state.is_over:
                outcomes[job] = outcome(job, state)
            shown.tell(job, state, outcomes.get(job))
        if len(outcomes) == len(jobs):
            return outcomes
        time.sleep(min(max((time.monotonic() - started) / 10, SHORTEST), LONGEST))


@contextmanager
def cancelling(scheduler: Scheduler, jobs: Sequence[Job]) -> Iterator[None]:
    """Cancel ``jobs``, as many as have come to be in it, where we are interrupted, whoever presses Ctrl-C meanwhile."""
    try:
        yield
    except BaseException:
        if jobs:
            # The terminal may be gone, by which we were interrupted.
            with suppress(OSError):
                note(f"cancelling {', '.join(f'{job.place} (job {job.number})' for job in jobs)}")
            with signals.waiting():
                scheduler.cancel(jobs)
        raise


class _Shown:
    """What was said last about each job, so that nothing is said twice."""

    def __init__(self) -> None:
        self._lines: dict[Job, str] = {}
        self._live = sys.stderr.isatty()

    def tell(self, job: Job, state: State, ended: Optional[Outcome]) -> None:
        """Say where ``job`` has come to, where that is news."""
        line = f"{job.place}: job {job.number}: {_words(job, state, ended)}"
        if self._lines.get(job) == line:
            return
        if self._live and self._lines:
            # Up over the lines of all jobs, which are then written anew.
            click.echo(f"\x1b[{len(self._lines)}A\x1b[J", err=True, nl=False)
        self._lines[job] = line
        for text in self._lines.values() if self._live else [line]:
            note(text)


def _words(job: Job, state: State, ended: Optional[Outcome]) -> str:
    if ended is None:
        return f"{state.name.lower()}{f' ({state.reason})' if state.reason else ''}"
    return "; ".join(_built(job)) or "done" if ended.is_success else f"{ended.words}; its log is {job.log}"


def _built(job: Job) -> list[str]:
    """Return what ``job`` said of the environment: the lines that name it."""
    return [redact(line) for line in _OF_ENVIRONMENT.findall(_printed(job))]


def tail(job: Job, count: int = 15) -> str:
    """Return the last ``count`` lines of its log, for a message."""
    return "\n".join(f"    {line}" for line in _printed(job).splitlines()[-count:])


def _printed(job: Job) -> str:
    return job.log.read_text("utf-8", "replace") if job.log.exists() else ""


def failures(outcomes: Mapping[Job, Outcome]) -> list[Job]:
    """Return the jobs that did not do what they were to do."""
    return [job for job, ended in outcomes.items() if not ended.is_success]
