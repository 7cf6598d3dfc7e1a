"""What is asked of the program: by whom, and the options that describe an environment, the same for every command."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

import click

from vscvenv import activate, installeroptions
from vscvenv.errors import VscVenvError
from vscvenv.request import VENVS, Manner, Request

if TYPE_CHECKING:
    from vscvenv.environ import Environ

_HIDDEN = "__VSC_VENV_HIDDEN_"
_SHIM = "__VSC_VENV_SHIM"
_WORD = "__VSC_VENV_WORD"
_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Caller:
    """Who started us: their exported environment, the shim, and where a sourcing shell wants its answer."""

    environ: Environ
    shim: Optional[Path]
    answer: Optional[Path] = None
    words: tuple[str, ...] = ()
    """What a sourcing shell was given to do."""


def caller(environ: dict[str, str]) -> Caller:
    """Return the caller's environment as it was before the launcher hid from our Python what was not meant for it.

    What a sourcing shell was given to do comes in it as well, since arguments can be read by everybody.
    """
    own = {name: value for name, value in environ.items() if not name.startswith("__VSC_VENV_")}
    hidden = {name[len(_HIDDEN) :]: value for name, value in environ.items() if name.startswith(_HIDDEN)}
    shim = environ.get(_SHIM)
    words = (environ[f"{_WORD}_{number}"] for number in range(1, int(environ.get(f"{_WORD}S", 0)) + 1))
    return Caller({**own, **hidden}, Path(shim) if shim else None, words=tuple(words))


def has_value(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Return ``value``, unless another option stands where it was forgotten, or nothing, as from an unset variable."""
    for one in value if isinstance(value, tuple) else (value,):
        if one is not None and (not one or one.startswith("-")):
            name = parameter.opts[-1]
            raise click.BadOptionUsage(name, f"Option '{name}' requires an argument.", context)
    return value


def request_options(command: _Command) -> _Command:
    """Add the options that describe an environment."""
    options = [
        click.option(
            "-r",
            "--requirements",
            multiple=True,
            metavar="FILE",
            callback=has_value,
            help="What to install; may be repeated.",
        ),
        click.option("-m", "--modules", metavar="FILE", callback=has_value, help="The modules to load, in order."),
        click.option("--extra", "extras", multiple=True, metavar="NAME", help="An extra of pyproject.toml."),
        click.option("--group", "groups", multiple=True, metavar="NAME", help="A dependency group of pyproject.toml."),
        *installeroptions.OPTIONS,
        click.option("--offline", is_flag=True, help="Use only what has been downloaded before."),
        click.option(
            "--venvs", metavar="DIR", callback=has_value, help="Where the environments are.  [default: venvs]"
        ),
        click.option("--exact", is_flag=True, help="Drop packages that were installed by hand."),
        click.option("--recreate", is_flag=True, help="Build anew although nothing changed."),
        click.option("--force", is_flag=True, help="Go on although this host does not fit the label."),
        click.option("--no-build", is_flag=True, help="Take only what is there."),
        click.option("--compatible", is_flag=True, help="Without one for this CPU, take one that it can run."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def prepare(who: Caller, /, **asked: Any) -> activate.Prepared:
    """Return the environment that the options ask for. Raises VscVenvError where the request cannot be met."""
    how = manner(asked)
    return activate.prepare(request(who, **asked), who.environ, how)


def manner(asked: dict[str, Any]) -> Manner:
    """Take the options that say how to go about the request out of what was ``asked``, and return them."""
    return Manner(**{field.name: asked.pop(field.name) for field in fields(Manner)})


def request(
    who: Caller, *, requirements: tuple[str, ...], modules: Optional[str], venvs: Optional[str], **asked: Any
) -> Request:
    """Return the request that the options make; those that say how to go about it are not among them."""
    here = working_directory(who.environ)
    return Request(
        venvs=Path(os.path.realpath(here / (venvs or VENVS))),
        requirements=tuple(_absolute(here, name) for name in requirements),
        modules=_absolute(here, modules) if modules else None,
        options=installeroptions.given(asked, here),
        **asked,
    )


def _absolute(here: Path, name: str) -> Path:
    """Return a file's path with links to directories resolved, so that a project is the same by any of its names."""
    directory, name = os.path.split(here / name)
    return Path(os.path.normpath(Path(os.path.realpath(directory), name)))


def working_directory(environ: Environ) -> Path:
    """Return the working directory under the name that the user's shell has for it, where that is right."""
    try:
        named = Path(environ.get("PWD", ""))
        return named if named.is_absolute() and named.samefile(".") else Path.cwd()
    except FileNotFoundError as problem:
        raise VscVenvError("the working directory is gone", "cd to a directory that exists.") from problem
