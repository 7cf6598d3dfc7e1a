"""The shell: what in it stands in the way of an environment, or changed since it was activated."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from vscvenv import environ as env
from vscvenv import moduletool
from vscvenv.doctor.finding import Finding
from vscvenv.leave import active_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.doctor.finding import Case, State

_AGAIN = "Activate again: that loads exactly the list. Deactivating gives back what was before, modules included."


def inherited(case: Case) -> Iterator[Finding]:
    """Tell whether the active environment came along from another kind of node, as a job inherits it."""
    active = case.active
    if active is not None and active.store.label != str(case.label):
        state: State = "note" if active.verdict.kind == "fits" else "wrong"
        said = f"{active.store.name} is, and this node is {case.label} {active.verdict.reason}".rstrip()
        yield Finding(
            "active", state, said, "Activate in the job itself, or use 'vsc-venv run' there; sbatch --export=NONE."
        )


def modules_since(case: Case) -> Iterator[Finding]:
    """Tell which modules were loaded or unloaded since the active environment was entered."""
    change = active_change(case.environ) if case.active else None
    if change is None:
        return
    entered = {**case.base, **change.after}
    before, now = env.paths(entered.get("LOADEDMODULES")), moduletool.loaded_names(case.environ)
    changed = [f"+{name}" for name in now if name not in before] + [f"-{name}" for name in before if name not in now]
    if changed:
        yield Finding(
            "modules since", "wrong", f"changed while the environment is active: {', '.join(changed)}", _AGAIN
        )


def python_on_path(case: Case) -> Iterator[Finding]:
    """Tell whether `python` is the active environment's."""
    active = case.environ.get("VIRTUAL_ENV")
    found = shutil.which("python", path=case.environ.get("PATH", ""))
    if active and found and os.path.realpath(Path(found).parent) != os.path.realpath(Path(active, "bin")):
        yield Finding("python", "wrong", f"python is {found}, and {active} is active", _AGAIN)


def variables(case: Case) -> Iterator[Finding]:
    """Tell what in the environment variables changes what any Python imports."""
    if case.environ.get("PYTHONHOME"):
        yield Finding("PYTHONHOME", "note", "is set, with which no other Python starts", "unset PYTHONHOME")
    own = [one for one in env.paths(case.base.get("PYTHONPATH")) if one and not _is_of_modules(one, case)]
    if own:
        said = f"{', '.join(own)} comes before what is installed"
        yield Finding(
            "PYTHONPATH",
            "note",
            said,
            "unset PYTHONPATH, unless it is meant to; 'vsc-venv why NAME' shows what it does",
        )
    if (case.environ.get("CONDA_SHLVL") or "0") != "0":
        yield Finding(
            "conda", "wrong", f"{case.environ.get('CONDA_PREFIX')} is active", "Leave it first: conda deactivate"
        )


def _is_of_modules(entry: str, case: Case) -> bool:
    roots = [root for name, root in case.base.items() if name.startswith("EBROOT")]
    return any(f"{entry}/".startswith(f"{root}/") for root in roots) or any(
        f"/{name}/" in f"{entry}/" for name in moduletool.loaded_names(case.base)
    )
