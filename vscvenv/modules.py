"""What a list of modules makes of an environment, and what to say where it cannot be had."""

from __future__ import annotations

import difflib
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Callable, Optional

from vscvenv import definitions
from vscvenv import environ as env
from vscvenv.errors import VscVenvError
from vscvenv.messages import warn
from vscvenv.moduletool import find_tool, loaded_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vscvenv.definitions import Definitions
    from vscvenv.environ import Environ
    from vscvenv.moduletool import Outcome, Tool
    from vscvenv.reading.modulelist import Call, ModuleList

# How Lmod says, and calls it a success, that a module replaced another of its name, as two toolchains in one list do.
_UNMET = re.compile(r"\S+/\S+ \(required by: [^)]*\)")
# How much of a module's name must be right, of 1, for another one to be offered.
_SIMILAR = 0.75


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


@dataclass(frozen=True)
class Loading:
    """Modules that are being loaded in a child shell, while we do something else."""

    listed: ModuleList
    environ: Environ
    """Where it starts from."""
    started: int
    """When, in nanoseconds since the epoch."""
    result: Callable[[], Loaded]
    """Waits for the end, and returns or raises as `load` does."""


@contextmanager
def loading(listed: ModuleList, environ: Environ) -> Iterator[Loading]:
    """Have the modules be loaded for as long as the context lasts; where nobody waits for them, that is given up."""
    tool, started = find_tool(environ), time.time_ns()
    if tool is None:
        yield Loading(listed, environ, started, lambda: _without_tool(listed, environ))
        return
    with tool.running([("purge",), *(call.words for call in listed.calls())], environ) as session:
        yield Loading(listed, environ, started, lambda: _loaded(listed, tool, session.outcomes()))


def load(listed: ModuleList, environ: Environ) -> Loaded:
    """Return what the environment is with exactly the ``listed`` modules and what the site keeps sticky.

    Raises VscVenvError where a module cannot be loaded, with the tool's own message and what is available instead.
    """
    with loading(listed, environ) as begun:
        return begun.result()


def _loaded(listed: ModuleList, tool: Tool, done: Sequence[Outcome]) -> Loaded:
    purge, *rest = done
    outcomes = [purge, *_carry_on(tool, listed.calls(), rest, purge.environ)]
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


class NoToolError(VscVenvError):
    """Modules are listed, and there is nothing to load them with."""


def _without_tool(listed: ModuleList, environ: Mapping[str, str]) -> Loaded:
    if listed.steps:
        raise NoToolError(
            f"{listed.steps[0].file} lists modules, but this shell has no modules tool ($LMOD_CMD, $MODULES_CMD)",
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
    # Where each can be loaded alone, Lmod has put a later one into its place.
    for name, where in call.loads.items():
        if not _is_loaded(name, outcome.environ, tool):
            return VscVenvError(f"{where}: another module of the list takes the place of {name}", "Keep one of them.")
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
    asked, spelled = _unversioned(name).lower(), {other.lower(): other for other in others}
    # The version may stand behind a dash instead of a slash.
    begins = [other for other in sorted(spelled, key=len, reverse=True) if asked.startswith(f"{other}-")]
    for close in begins or difflib.get_close_matches(asked, spelled, n=1, cutoff=_SIMILAR):
        return f"Was {spelled[close]} meant? Available here: {', '.join(others[spelled[close]])}"
    all_of_them = "'module spider' searches all" if tool.name == "Lmod" else "'module avail' shows those that are"
    return f"No module {_unversioned(name)} is available on this node ({all_of_them})."


def _unversioned(name: str) -> str:
    return name.rpartition("/")[0] or name


def _first_lines(messages: str) -> str:
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", messages).split())[:200]


def _indented(messages: str) -> str:
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", messages).splitlines()]
    return "\n".join(f"    {line}" for line in lines if line)
