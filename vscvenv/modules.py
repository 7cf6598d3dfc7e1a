"""The modules tool, Lmod or Environment Modules: what it makes of an environment, found out in a child shell.

The tools print shell code. It is evaluated in a bash of our own, never in the user's shell and never in Python, and the
environment that results is read back as data.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from vscvenv import definitions, process
from vscvenv import environ as env
from vscvenv.errors import VscVenvError
from vscvenv.files import temporary_directory
from vscvenv.messages import warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vscvenv.definitions import Definitions
    from vscvenv.environ import Environ
    from vscvenv.reading.modulelist import Call, ModuleList

# Lmod's messages go to standard output where the site says so.
_TO_STDERR = {"LMOD_REDIRECT": "no"}
# How the names begin of the variables in which the tools note what is loaded, and from where.
_NOTES = ("LOADEDMODULES", "MODULEPATH", "_LMFILES_", "_ModuleTable", "__LMOD_REF_COUNT_", "__MODULES_")

# Runs calls of the tool until one fails. $1: where results go; $2: the tool; then each call's words, closed by a ';'.
# The names are odd because modulefiles set variables in this same shell.
_SESSION = r"""
IFS=$' \t\n'
__vsc_to=$1 __vsc_tool=$2 __vsc_n=0
shift 2
__vsc_call() {
    local __vsc_code
    __vsc_code=$(LMOD_REDIRECT=no "$__vsc_tool" bash "$@" 2>"$__vsc_to/$__vsc_n.messages")
    builtin printf %s "$__vsc_code" >"$__vsc_to/$__vsc_n.code"
    builtin eval "$__vsc_code" >>"$__vsc_to/$__vsc_n.messages" 2>&1
}
while [ "$#" -gt 0 ]; do
    __vsc_words=()
    while [ "$1" != ';' ]; do __vsc_words+=("$1"); shift; done
    shift
    __vsc_call "${__vsc_words[@]}"
    builtin echo "$?" >"$__vsc_to/$__vsc_n.status"
    /usr/bin/env -0 >"$__vsc_to/$__vsc_n.environ"
    read -r __vsc_status <"$__vsc_to/$__vsc_n.status"
    [ "$__vsc_status" = 0 ] || [ "${__vsc_words[0]}" = purge ] || break
    __vsc_n=$((__vsc_n + 1))
done
"""


# How Lmod says, and calls it a success, that a module replaced another of its name, as two toolchains in one list do.
_UNMET = re.compile(r"\S+/\S+ \(required by: [^)]*\)")
# How much of a module's name must be right, of 1, for another one to be offered.
_SIMILAR = 0.75


@dataclass(frozen=True)
class Outcome:
    """What one call of the modules tool led to."""

    ok: bool
    environ: Environ
    messages: str
    code: str
    """What the tool printed for a shell to do."""


@dataclass(frozen=True)
class Tool:
    """A modules tool: its name for people, and the command that prints shell code."""

    name: str
    command: str

    def session(self, calls: Sequence[Sequence[str]], environ: Mapping[str, str]) -> list[Outcome]:
        """Run ``calls`` in one child shell that starts from ``environ``, up to one that fails and is no purge."""
        words = [word for call in calls for word in (*call, ";")]
        shell = ("/bin/bash", "--noprofile", "--norc", "-p", "-c", _SESSION, "vsc-venv")
        with temporary_directory("modules") as results:
            process.run((*shell, results, self.command, *words), env=environ)
            return list(_outcomes(results))

    def available(self, environ: Mapping[str, str], *words: str) -> list[str]:
        """Return the full names of the modules that the tool offers; those with one of ``words`` in them, or all."""
        found = process.run((self.command, "bash", "-t", "avail", *words), env={**environ, **_TO_STDERR}, check=False)
        lines = (line.split()[0] for line in found.messages.splitlines() if line.strip())
        return [line for line in lines if not line.endswith((":", "/")) and not line.startswith("-")]


@dataclass(frozen=True)
class Loaded:
    """The environment with exactly the listed modules, and how it came about."""

    environ: Environ
    purged: Environ
    """The same before the list was loaded: what the site keeps sticky, nothing else."""
    tool: Optional[Tool]
    definitions: Definitions = definitions.NONE
    """What else a shell has then, from what one has with the caller's modules."""

    @property
    def names(self) -> list[str]:
        """The full names of the loaded modules, in order."""
        return loaded_names(self.environ)

    @property
    def files(self) -> list[str]:
        """The modulefiles they came from."""
        return env.paths(self.environ.get("_LMFILES_"))

    def brought(self, variable: str) -> list[str]:
        """Return the entries that the listed modules put into a list of paths, such as ``PATH``."""
        already = set(env.paths(self.purged.get(variable)))
        return [entry for entry in env.paths(self.environ.get(variable)) if entry not in already]


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


def load(modules: ModuleList, environ: Mapping[str, str]) -> Loaded:
    """Return what the environment is with exactly ``modules`` and what the site keeps sticky.

    Raises VscVenvError where a module cannot be loaded, with the tool's own message and what is available instead.
    """
    tool = find_tool(environ)
    if tool is None:
        return _without_tool(modules, environ)
    calls = modules.calls()
    purge, *rest = tool.session([("purge",), *(call.words for call in calls)], environ)
    outcomes = [purge, *_carry_on(tool, calls, rest, purge.environ)]
    defined = definitions.read(outcome.code for outcome in outcomes)
    return Loaded(outcomes[-1].environ, purge.environ, tool, _with_undo(defined, tool, outcomes[-1].environ))


def _with_undo(defined: Definitions, tool: Tool, environ: Environ) -> Definitions:
    """Return ``defined`` with the commands that modulefiles give for being unloaded."""
    if not defined.commands:
        return defined
    purge = tool.session([("purge",)], environ)[0]
    return replace(defined, undo=definitions.read([purge.code]).commands)


def with_commands(loaded: Loaded) -> list[str]:
    """Return which of the loaded modules run commands of their own in a shell."""
    if loaded.tool is None or not loaded.definitions.commands:
        return []
    names = [name for name in loaded.names if name not in loaded_names(loaded.purged)]
    outcomes = loaded.tool.session([("load", name) for name in names], loaded.purged)
    return [name for name, outcome in zip(names, outcomes) if definitions.read([outcome.code]).commands]


def _without_tool(modules: ModuleList, environ: Mapping[str, str]) -> Loaded:
    if modules.steps:
        raise VscVenvError(
            f"{modules.steps[0].file} lists modules, but this shell has no modules tool ($LMOD_CMD, $MODULES_CMD)",
            "On a cluster, start from a login shell: '#!/bin/bash -l' in a job script. Elsewhere, leave out --modules.",
        )
    return Loaded(dict(environ), dict(environ), None)


def _carry_on(tool: Tool, calls: Sequence[Call], done: list[Outcome], environ: Environ) -> list[Outcome]:
    """Go on behind calls that failed although all they asked for is loaded; raise for the others."""
    outcomes: list[Outcome] = []
    while True:
        for outcome in done:
            before = environ if not outcomes else outcomes[-1].environ
            _judge(tool, calls[len(outcomes)], before, outcome)
            outcomes.append(outcome)
        if len(outcomes) == len(calls):
            return outcomes
        done = tool.session([call.words for call in calls[len(outcomes) :]], outcomes[-1].environ)


def _judge(tool: Tool, call: Call, before: Environ, outcome: Outcome) -> None:
    """Raise VscVenvError where ``call`` did not do what it was asked to; else pass on what the tool warns of."""
    # What is sticky stays, which Environment Modules calls a failure to purge.
    went_well = outcome.ok or call.words == ("purge",)
    missing = [name for name in call.loads if not _is_loaded(name, outcome.environ, tool)]
    if missing or not (went_well or call.loads):
        raise _failure(tool, call, before, outcome)
    if not went_well:
        warn(f"{tool.name}: {call.where}: loaded, but not quietly: {_first_lines(outcome.messages)}")
    if unmet := _UNMET.findall(outcome.messages):
        warn(f"{call.where}: another module took the place of {', '.join(unmet)}: do the toolchains agree?")


def _is_loaded(name: str, environ: Environ, tool: Tool) -> bool:
    # A version may be given in part: GCC/12 for GCC/12.3.0.
    longer = (f"{name}.", f"{name}-") if "/" in name else (f"{name}/",)
    exact = [full for full in loaded_names(environ) if full == name or full.startswith(longer)]
    # An alias or a default set elsewhere is loaded under another name: then only the tool knows.
    return bool(exact) or tool.session([("is-loaded", name)], environ)[0].ok


def _failure(tool: Tool, call: Call, environ: Environ, outcome: Outcome) -> VscVenvError:
    """Find out which module of ``call`` failed, and put into words why and what there is instead."""
    for name, where in call.loads.items():
        tried = tool.session([("load", name)], environ)[0] if call.words[0] == "load" else outcome
        if _is_loaded(name, tried.environ, tool):
            environ = tried.environ
            continue
        return VscVenvError(
            f"{where}: {tool.name} cannot load the module {name}\n{_indented(tried.messages)}",
            _instead(tool, name, environ),
        )
    return VscVenvError(f"{call.where}: {tool.name} failed at '{' '.join(call.words)}'\n{_indented(outcome.messages)}")


def _instead(tool: Tool, name: str, environ: Environ) -> Optional[str]:
    """Return what there is instead of ``name``; nothing where it is there: then the tool's message has the reason."""
    others = tool.available(environ, name.partition("/")[0])
    if name in others:
        return None
    return f"Available here: {', '.join(others)}" if others else _similar(tool, name, environ)


def _similar(tool: Tool, name: str, environ: Environ) -> str:
    """Return which module may be meant by ``name``, of which there is no version."""
    others: dict[str, list[str]] = {}
    for full in tool.available(environ):
        others.setdefault(_unversioned(full), []).append(full)
    spelled = {other.lower(): other for other in others}
    for close in difflib.get_close_matches(_unversioned(name).lower(), spelled, n=1, cutoff=_SIMILAR):
        return f"Was {spelled[close]} meant? Available here: {', '.join(others[spelled[close]])}"
    return f"No module {_unversioned(name)} is available on this node ('module spider' searches all)."


def _unversioned(name: str) -> str:
    return name.rpartition("/")[0] or name


def unloaded(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the modules that are loaded in ``before`` and not in ``after``."""
    kept = set(loaded_names(after))
    return [name for name in loaded_names(before) if name not in kept]


def owned_by_modules(environ: Mapping[str, str]) -> Environ:
    """Return what ``environ`` is without any module, sticky ones included, and without what the tool notes in it.

    The difference is what modules own.

    Only ever looked at and thrown away: what a user's shell gets is never the result of a forced purge.
    """
    tool = find_tool(environ)
    if tool is None:
        return dict(environ)
    command = ("--force", "purge") if tool.name == "Lmod" else ("purge", "--force")
    purged = tool.session([command], environ)[0].environ
    return {name: value for name, value in purged.items() if not name.startswith(_NOTES)}


def _outcomes(results: Path) -> Iterable[Outcome]:
    for number in range(len(list(results.glob("*.status")))):
        yield Outcome(
            ok=(results / f"{number}.status").read_text().strip() == "0",
            environ=env.parse((results / f"{number}.environ").read_bytes()),
            messages=(results / f"{number}.messages").read_text(encoding="utf-8", errors="replace"),
            code=(results / f"{number}.code").read_text(encoding="utf-8", errors="surrogateescape"),
        )


def _first_lines(messages: str) -> str:
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", messages).split())[:200]


def _indented(messages: str) -> str:
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", messages).splitlines()]
    return "\n".join(f"    {line}" for line in lines if line)
