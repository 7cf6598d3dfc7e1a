"""What makes a second activation ask the core again, which takes a second instead of milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vscvenv import environ as env
from vscvenv import fresh, modulefiles, slots
from vscvenv.doctor.finding import Finding, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.doctor.finding import Case

_RECORD = "It is recorded the next time that you activate; different words, directories and nodes each have a record."


def records(case: Case) -> Iterator[Finding]:
    """Tell what keeps this node's environment from being recorded, or its records from answering."""
    one = case.here
    if one is None or one.generation is None:
        return
    never = list(_never(case))
    for reason in never:
        yield Finding("fast path", "note", f"no activation can be recorded: {reason}")
    spellings = ((), (f"--venvs={case.venvs}",))
    homes = (slots.homes(one.generation.path, case.venvs, words, case.environ) for words in spellings)
    places = dict.fromkeys(home.slots for each in homes for home in each)
    found = [when for place in places for when in slots.read(place).values()]
    answering = [when for when in found if not _why_not(when, case)]
    if answering:
        yield Finding("fast path", "ok", f"{len(answering)} of {len(found)} records answer in this shell")
    elif not never:
        reasons = min((_why_not(when, case) for when in found), key=len, default=["none yet"])
        yield Finding("fast path", "note", f"no record answers in this shell: {'; '.join(reasons)}", _RECORD)


def _why_not(when: fresh.Conditions, case: Case) -> list[str]:
    """Return why a record does not answer; a shell in which an environment is active leaves that first."""
    return min((when.why_not(environ, case.venvs) for environ in (case.base, case.environ)), key=len)


def _never(case: Case) -> Iterator[str]:
    one = case.here
    if one is None or one.generation is None:
        return
    yield from fresh.why_no_input(one.generation.record.basis.inputs)
    change = recorded(one)
    files = env.paths(change.after.get("_LMFILES_")) if change else []
    yield from (f"{file} runs commands to know what to do" for file in modulefiles.with_commands(files))
