"""Which environments a command is about: the options that say so, and what they mean."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

import click

from vscvenv import project, replay, target
from vscvenv.errors import VscVenvError
from vscvenv.look import environment
from vscvenv.options import setting_options
from vscvenv.settings import BY_KEY

if TYPE_CHECKING:
    from vscvenv.asked import Asked, Caller
    from vscvenv.look.environment import Environment

_Command = TypeVar("_Command", bound=Callable[..., Any])
# How far above a generation the directory of all environments is (generation.py).
_DEPTH = 2


def venvs_option(command: _Command) -> _Command:
    """Add the option that says where the environments are."""
    return setting_options(BY_KEY["venvs"])(command)


def one_options(command: _Command) -> _Command:
    """Add the options that say which one environment is meant."""
    return setting_options(BY_KEY["name"], BY_KEY["venvs"])(command)


def json_option(command: _Command) -> _Command:
    """Add the option for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def find(who: Caller, asked: Asked) -> list[Environment]:
    """Return the environments that are where ``asked`` says."""
    return _find(who, asked, asked.request.venvs)


def find_some(who: Caller, asked: Asked) -> list[Environment]:
    """Return the environments that are where ``asked`` says. Raises VscVenvError where there are none."""
    if found := find(who, asked):
        return found
    raise VscVenvError(f"there are no environments in {asked.request.venvs}", where_to_go(who, asked))


def _find(who: Caller, asked: Asked, venvs: Path) -> list[Environment]:
    return environment.find(venvs, who.environ, target.detect_host(), asked.manner)


def where_to_go(who: Caller, asked: Asked) -> str:
    """Return what to do where there is no environment."""
    if active := _active_place(who):
        return f"The active one is in {active}: --venvs {shlex.quote(str(active))}"
    hint = None if asked.request.requirements else project.elsewhere(asked.request.venvs, who.environ)
    return hint or f"Make it: {_how_to_make(who, asked)}"


def _how_to_make(who: Caller, asked: Asked) -> str:
    if asked.request.requirements:
        return shlex.join(["source", "vsc-venv", "--activate", *asked.words(asked.here)])
    return project.how_to_make(asked.request, who.environ)


def _active_place(who: Caller) -> Optional[Path]:
    """Return the directory of environments that the active one lies in; None where none is active."""
    place = Path(who.environ.get("VIRTUAL_ENV", "")).parents
    is_ours = replay.MARKER in who.environ and len(place) > _DEPTH and place[1].name == ".vsc-venv"
    return place[_DEPTH] if is_ours else None


def one_of(who: Caller, asked: Asked, word: Optional[str]) -> Environment:
    """Return the environment that ``word`` means; without one, this node's of the name asked for, else the active one.

    Where nothing is named, the active one may be that of another project, and of this node's the configured one counts.
    """
    place = None if "venvs" in asked.given else _active_place(who)
    every = find(who, asked) or (place and _find(who, asked, place)) or find_some(who, asked)
    if word is not None:
        return environment.named(every, word)
    is_named = "name" in asked.given
    active = None if is_named else environment.active(every)
    if chosen := active or environment.of_this_node(every, asked.request.name, exactly=is_named):
        return chosen
    label = target.label_for(who.environ, target.detect_host())
    called = f"{asked.request.name}-{label}" if is_named else f"for {label}"
    there = ", ".join(one.label for one in every)
    raise VscVenvError(
        f"there is no environment {called} in {asked.request.venvs}",
        f"There are: {there}. Name one, or make it: {_how_to_make(who, asked)}",
    )
