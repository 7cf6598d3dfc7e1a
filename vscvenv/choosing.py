"""Which environments a command is about: the options that say so, and what they mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

import click

from vscvenv import target
from vscvenv.asked import Caller, has_value, working_directory
from vscvenv.errors import VscVenvError
from vscvenv.look import environment
from vscvenv.request import VENVS

if TYPE_CHECKING:
    from vscvenv.look.environment import Environment

_Command = TypeVar("_Command", bound=Callable[..., Any])


def venvs_option(command: _Command) -> _Command:
    """Add the option that says where the environments are."""
    return click.option(
        "--venvs", metavar="DIR", default=str(VENVS), show_default=True, callback=has_value,
        help="Where the environments are.",
    )(command)  # fmt: skip


def json_option(command: _Command) -> _Command:
    """Add the option for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def directory(who: Caller, venvs: str) -> Path:
    """Return the directory of the environments that was named."""
    return Path(os.path.realpath(working_directory(who.environ) / venvs))


def find(who: Caller, venvs: str) -> list[Environment]:
    """Return the environments here."""
    return environment.find(directory(who, venvs), who.environ, target.detect_host())


def one_of(who: Caller, venvs: str, word: Optional[str]) -> Environment:
    """Return the environment that ``word`` means; without one, the active one, else this node's."""
    every = find(who, venvs)
    if word is not None:
        return environment.named(every, word)
    chosen = [one for one in every if one.active] or [one for one in every if one.is_of_this_node]
    if chosen:
        return chosen[0]
    there = ", ".join(one.label for one in every)
    label = target.label_for(who.environ, target.detect_host())
    hint = f"There are: {there}. Name one." if there else "Make it: vsc-venv prepare --requirements requirements.txt"
    raise VscVenvError(f"there is no environment for {label} in {directory(who, venvs)}", hint)
