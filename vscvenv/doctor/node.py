"""The node: its system, its CPU, what the site calls them, and its modules tool."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv import environ as env
from vscvenv import target
from vscvenv.doctor.finding import Finding
from vscvenv.process import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.doctor.finding import Case, State

_STATES: dict[str, State] = {"fits": "ok", "doubtful": "note", "unusable": "wrong"}


def host(case: Case) -> Iterator[Finding]:
    """Say what this machine is."""
    one = case.host
    virtual = ", virtual: some CPU features may be hidden" if one.is_virtual else ""
    yield Finding("host", "ok", f"{os.uname().nodename}: {one.os_id} {one.os_version}, {one.cpu}{virtual}")


def label(case: Case) -> Iterator[Finding]:
    """Tell whether the label that the site's variables give is that of this machine, or was inherited from another."""
    found = target.verdict(case.label, case.host)
    state = _STATES[found.kind]
    named = [f"{name}={case.environ[name]}" for name in target.OF_LABEL if case.environ.get(name)]
    source = f"from {' '.join(named)}" if named else "detected"
    said = f"{case.label} ({source})" + (f": {found.reason}" if found.reason else "")
    yield Finding("label", state, said, found.hint)


def modules_tool(case: Case) -> Iterator[Finding]:
    """Tell whether the modules tool of this shell answers, and whether the trees that it searches are there."""
    for variable in ("LMOD_CMD", "MODULES_CMD"):
        command = case.environ.get(variable)
        if command and not Path(command).is_file():
            yield Finding("modules tool", "wrong", f"${variable} is {command}, which is not there", _LOGIN)
    if case.tool is None:
        yield Finding("modules tool", "note", "none in this shell", _LOGIN)
        return
    ended = run((case.tool.command, "bash", "list"), env=case.environ, check=False)
    if ended.code:
        yield Finding("modules tool", "wrong", f"{case.tool.name} fails: {ended.messages.strip()[-200:]}", _LOGIN)
        return
    yield Finding("modules tool", "ok", f"{case.tool.name} ({case.tool.command})")
    gone = [one for one in env.paths(case.environ.get("MODULEPATH")) if one and not Path(one).is_dir()]
    if gone:
        yield Finding("modules tool", "note", f"module trees that are not on this node: {', '.join(gone)}", _CLUSTER)


_LOGIN = "Where there are modules, start from a login shell: '#!/bin/bash -l' in a job script."
_CLUSTER = "Load the site's module for this cluster, if it has one; a variable from another node may have come along."
