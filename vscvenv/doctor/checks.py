"""All checks, in the order in which people look: the node, where files go, the environments, the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vscvenv.doctor import environments, fastpath, network, node, shell, starting, storage
from vscvenv.doctor.finding import Finding
from vscvenv.errors import VscVenvError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.doctor.finding import Case, Check

CHECKS: tuple[Check, ...] = (
    node.host,
    node.label,
    node.modules_tool,
    storage.file_systems,
    storage.locks,
    storage.quotas,
    storage.cache_places,
    network.index,
    environments.complete,
    environments.modules_load,
    starting.starts,
    starting.starts_bare,
    environments.distributions,
    shell.inherited,
    shell.modules_since,
    shell.python_on_path,
    shell.variables,
    fastpath.records,
)


def examine(case: Case) -> Iterator[Finding]:
    """Yield what all checks find, each once; a check that fails is a finding, too."""
    said: set[str] = set()
    for one in (one for check in CHECKS for one in _guarded(check, case)):
        if one.said not in said:
            said.add(one.said)
            yield one


def _guarded(check: Check, case: Case) -> Iterator[Finding]:
    what = check.__name__.replace("_", " ")
    try:
        yield from check(case)
    except VscVenvError as problem:
        yield Finding(what, "wrong", problem.message, problem.hint or "")
    except OSError as problem:
        yield Finding(what, "wrong", str(problem))
