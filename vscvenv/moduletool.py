"""The modules tool, Lmod or Environment Modules, in a child shell.

The tools print shell code. It is evaluated in a bash of our own, never in the user's shell and never in Python, and the
environment that results is read back as data.
"""

from __future__ import annotations

import errno
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv import environ as env
from vscvenv import process
from vscvenv.errors import VscVenvError
from vscvenv.files import MAKE_ROOM, temporary_directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vscvenv.environ import Environ

# Lmod's messages go to standard output where the site says so.
_TO_STDERR = {"LMOD_REDIRECT": "no"}
# How the names begin of the variables in which the tools note what is loaded, and from where.
_NOTES = ("LOADEDMODULES", "MODULEPATH", "_LMFILES_", "_ModuleTable", "__LMOD_REF_COUNT_", "__MODULES_")

# Runs calls of the tool until one fails. $1: where results go; $2: the tool; then each call's words, closed by a ';'.
# The names are odd because modulefiles set variables in this same shell.
# Where these results cannot be written it ends with 28, which is ENOSPC.
# Lmod would start four programs a call to find the width of a terminal that is not there.
_SESSION = r"""
IFS=$' \t\n'
__vsc_to=$1 __vsc_tool=$2 __vsc_n=0
shift 2
__vsc_call() {
    local __vsc_code
    __vsc_code=$(LMOD_REDIRECT=no LMOD_TERM_WIDTH=80 "$__vsc_tool" bash "$@" 2>"$__vsc_to/$__vsc_n.messages")
    builtin printf %s "$__vsc_code" >"$__vsc_to/$__vsc_n.code" || builtin exit 28
    builtin eval "$__vsc_code" >>"$__vsc_to/$__vsc_n.messages" 2>&1
}
while [ "$#" -gt 0 ]; do
    __vsc_words=()
    while [ "$1" != ';' ]; do __vsc_words+=("$1"); shift; done
    shift
    __vsc_call "${__vsc_words[@]}"
    builtin echo "$?" >"$__vsc_to/$__vsc_n.status" || builtin exit 28
    /usr/bin/env -0 >"$__vsc_to/$__vsc_n.environ" || builtin exit 28
    read -r __vsc_status <"$__vsc_to/$__vsc_n.status"
    [ "$__vsc_status" = 0 ] || [ "${__vsc_words[0]}" = purge ] || break
    __vsc_n=$((__vsc_n + 1))
done
"""


@dataclass(frozen=True)
class Outcome:
    """What one call of the modules tool led to."""

    ok: bool
    environ: Environ
    messages: str
    code: str
    """What the tool printed for a shell to do."""


@dataclass(frozen=True)
class Session:
    """A child shell that calls the modules tool, and the directory where it puts what comes of each call."""

    program: process.Running
    results: Path

    def outcomes(self) -> list[Outcome]:
        """Wait for its end and return what the calls led to. Raises VscVenvError where the shell itself fails."""
        try:
            self.program.result()
        except process.ProcessError as failed:
            if failed.completed.code == errno.ENOSPC:
                why = failed.completed.messages.strip().rpartition(": ")[2]
                place = self.results.parent
                raise VscVenvError(f"{place}: temporary files cannot be written: {why}", MAKE_ROOM) from failed
            raise
        return list(_outcomes(self.results))


@dataclass(frozen=True)
class Tool:
    """A modules tool: its name for people, and the command that prints shell code."""

    name: str
    command: str

    @contextmanager
    def running(self, calls: Sequence[Sequence[str]], environ: Mapping[str, str]) -> Iterator[Session]:
        """Have ``calls`` run in one child shell that starts from ``environ``, up to one that fails and is no purge."""
        words = [word for call in calls for word in (*call, ";")]
        shell = ("/bin/bash", "--noprofile", "--norc", "-p", "-c", _SESSION, "vsc-venv")
        with ExitStack() as stack:
            results = stack.enter_context(temporary_directory("modules"))
            command: list[str | Path] = [*shell, results, self.command, *words]
            yield Session(stack.enter_context(process.running(command, env=environ)), results)

    def session(self, calls: Sequence[Sequence[str]], environ: Mapping[str, str]) -> list[Outcome]:
        """Return what the ``calls`` lead to, one after the other, as `running` has it."""
        with self.running(calls, environ) as session:
            return session.outcomes()

    def available(self, environ: Mapping[str, str], *words: str) -> list[str]:
        """Return the full names of the modules that the tool offers; those with one of ``words`` in them, or all."""
        found = process.run((self.command, "bash", "-t", "avail", *words), env={**environ, **_TO_STDERR}, check=False)
        lines = (line.split()[0] for line in found.messages.splitlines() if line.strip())
        return [line for line in lines if not line.endswith((":", "/")) and not line.startswith("-")]


def loaded_names(environ: Mapping[str, str]) -> list[str]:
    """Return the full names of the modules loaded in ``environ``, in order."""
    return env.paths(environ.get("LOADEDMODULES"))


def find_tool(environ: Mapping[str, str]) -> Optional[Tool]:
    """Return the modules tool of this shell by the variables its start-up files export, or None."""
    for name, variable in (("Lmod", "LMOD_CMD"), ("Environment Modules", "MODULES_CMD")):
        command = environ.get(variable)
        if command and Path(command).is_file():
            return Tool(name, command)
    return None


def unloaded(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the modules that are loaded in ``before`` and not in ``after``."""
    kept = set(loaded_names(after))
    return [name for name in loaded_names(before) if name not in kept]


def without_modules(environ: Mapping[str, str]) -> Outcome:
    """Return what ``environ`` is without any module, sticky ones included, and without what the tool notes in it.

    The difference is what modules own; the code is what else they take along from a shell.

    Only ever looked at and thrown away: what a user's shell gets is never the result of a forced purge.
    """
    tool = find_tool(environ)
    if tool is None:
        return Outcome(ok=True, environ=dict(environ), messages="", code="")
    command = ("--force", "purge") if tool.name == "Lmod" else ("purge", "--force")
    purged = tool.session([command], environ)[0]
    kept = {name: value for name, value in purged.environ.items() if not name.startswith(_NOTES)}
    return replace(purged, environ=kept)


def _outcomes(results: Path) -> Iterable[Outcome]:
    for number in range(len(list(results.glob("*.status")))):
        yield Outcome(
            ok=(results / f"{number}.status").read_text().strip() == "0",
            environ=env.parse((results / f"{number}.environ").read_bytes()),
            messages=(results / f"{number}.messages").read_text(encoding="utf-8", errors="replace"),
            code=(results / f"{number}.code").read_text(encoding="utf-8", errors="surrogateescape"),
        )
