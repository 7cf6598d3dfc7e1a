"""Which environments a command is about: the options that say so, and what they mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

import click

from vscvenv import replay, target
from vscvenv.asked import Caller, understand
from vscvenv.configured import where_else
from vscvenv.errors import VscVenvError
from vscvenv.look import environment
from vscvenv.options import setting_options
from vscvenv.settings import BY_KEY

if TYPE_CHECKING:
    from vscvenv.look.environment import Environment

_Command = TypeVar("_Command", bound=Callable[..., Any])
# How far above a generation the directory of all environments is (generation.py).
_DEPTH = 2


def venvs_option(command: _Command) -> _Command:
    """Add the option that says where the environments are."""
    return setting_options(BY_KEY["venvs"])(command)


def json_option(command: _Command) -> _Command:
    """Add the option for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def directory(who: Caller, venvs: Optional[str]) -> Path:
    """Return the directory of the environments that was named, or is configured."""
    return understand(who, {"venvs": venvs}).request.venvs


def find(who: Caller, venvs: Optional[str]) -> list[Environment]:
    """Return the environments here."""
    asked = understand(who, {"venvs": venvs})
    return environment.find(asked.request.venvs, who.environ, target.detect_host(), asked.manner)


def active_place(who: Caller) -> Optional[str]:
    """Return the directory of environments that the active one lies in; None where none is active."""
    place = Path(who.environ.get("VIRTUAL_ENV", "")).parents
    is_ours = replay.MARKER in who.environ and len(place) > _DEPTH and place[1].name == ".vsc-venv"
    return str(place[_DEPTH]) if is_ours else None


def one_of(who: Caller, venvs: Optional[str], word: Optional[str]) -> Environment:
    """Return the environment that ``word`` means; without one, the active one, else this node's.

    Where none is here, the active one may be that of another project.
    """
    every = find(who, venvs) or find(who, venvs or active_place(who))
    if word is not None:
        return environment.named(every, word)
    if chosen := environment.active(every) or environment.of_this_node(every):
        return chosen
    there = ", ".join(one.label for one in every)
    label = target.label_for(who.environ, target.detect_host())
    make = where_else() or "Make it: vsc-venv prepare --requirements requirements.txt"
    hint = f"There are: {there}. Name one." if there else make
    raise VscVenvError(f"there is no environment for {label} in {directory(who, venvs)}", hint)
