"""Whether environments start, and the failures that the sites' documentation names, by what really happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from vscvenv.doctor.finding import Finding, recorded
from vscvenv.look.failure import explain
from vscvenv.process import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from vscvenv.doctor.finding import Case
    from vscvenv.look.environment import Environment


def starts(case: Case) -> Iterator[Finding]:
    """Start each environment's Python that this node should run, with its modules, and load what is compiled in it."""
    case.require_trust()
    for one in case.environments:
        change = recorded(one)
        if one.generation and change and one.verdict.kind != "unusable":
            found = _why_not(one.generation.path / "bin" / "python", change.onto(case.base))
            yield from _told(one, found)


def starts_bare(case: Case) -> Iterator[Finding]:
    """Start this node's environment by its path, as crontabs and editors do: without its modules."""
    case.require_trust()
    one = case.here
    if one is None or one.generation is None:
        return
    found = _why_not(one.generation.path / "bin" / "python", case.base)
    if found is not None and "libpython" in found[0]:
        said = f"{one.store.link}/bin/python does not start without modules: {found[0]}"
        yield Finding("bare start", "note", said, found[1])


def _told(one: Environment, found: Optional[tuple[str, str]]) -> Iterator[Finding]:
    if found is None:
        yield Finding("starts", "ok", f"{one.store.name} starts")
    else:
        yield Finding("starts", "wrong", f"{one.store.name} does not start: {found[0]}", found[1])


def _why_not(python: Path, environ: Mapping[str, str]) -> Optional[tuple[str, str]]:
    """Return why ``python`` does not start and what to do, or None where it does."""
    ended = run((python, "-c", _LOAD), env=environ, cwd=python.parent, check=False)
    return explain(ended) if ended.code else None


# What was built for another machine shows where it is loaded, so one compiled file of each distribution is. What needs
# others of its package does not load alone, which is no finding.
_LOAD = r"""
import ctypes, glob, os, sys
for place in glob.glob(os.path.join(sys.prefix, "lib", "python3*", "site-packages")):
    for record in glob.glob(os.path.join(glob.escape(place), "*.dist-info", "RECORD")):
        with open(record, encoding="utf-8", errors="replace") as lines:
            names = (line.split(",")[0] for line in lines)
            compiled = next((name for name in names if name.endswith(".so") and ".libs/" not in name), "")
        try:
            compiled and ctypes.CDLL(os.path.join(place, compiled))
        except OSError as problem:
            if "GLIBC" in str(problem):
                sys.exit(str(problem))
"""
