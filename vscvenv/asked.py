"""What is asked of the program: by whom, by which words, variables and configuration; the same for every command."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import click
from click.core import ParameterSource

from vscvenv import configured, modules, target, trust
from vscvenv.errors import InputError, VscVenvError
from vscvenv.leave import leave
from vscvenv.messages import redact, warn
from vscvenv.reading import modulelist
from vscvenv.reading.configuration import Label, Value, Values
from vscvenv.reading.inputs import similar
from vscvenv.request import Manner, Modules, Request, kept
from vscvenv.settings import BY_KEY, SETTINGS, of_part, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager

    from vscvenv.activate import Prepared
    from vscvenv.configured import Files
    from vscvenv.environ import Environ
    from vscvenv.modules import Loading
    from vscvenv.settings import Setting

_HIDDEN = "__VSC_VENV_HIDDEN_"
_SHIM = "__VSC_VENV_SHIM"
_WORD = "__VSC_VENV_WORD"


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


@dataclass(frozen=True)
class Asked:
    """What is asked for, understood."""

    request: Request
    manner: Manner
    values: Values
    """Of each setting, by its key."""
    files: Files
    given: Values
    """What was typed, or stands in variables."""
    once: tuple[str, ...]
    """The options typed that cannot be configured."""
    here: Path

    def request_on(self, label: target.Label) -> Request:
        """Return what is asked for on nodes of another ``label``."""
        return _request(configured.settle(self.given, self.files, lambda: _parts(label)), self.here)

    def require_files(self) -> None:
        """Raise InputError where configuration names a file that is not there."""
        for key in ("requirements", "modules"):
            one = self.values[key]
            paths = (one.value.file,) if isinstance(one.value, Modules) else one.value or ()
            for path in paths if key not in self.given else ():
                if not os.path.lexists(path):
                    hint = similar(path) or f"'{key}' names files: write what you want into one, a line each."
                    raise InputError(f"{one.origin}: {path} does not exist", hint)

    def words(self, here: Path, *, without: Iterable[Setting] = ()) -> list[str]:
        """Return the options that say in the directory ``here`` what was given, to who has the same configuration."""
        named = [(BY_KEY[key], one.value) for key, one in self.given.items() if BY_KEY[key] not in without]
        typed = [word for one, value in named if one.part != "build" for word in _words(one, value, here)]
        return [*typed, *self.once]


def _words(setting: Setting, value: Any, here: Path) -> list[str]:
    if setting.kind == "flag":
        return [setting.options[0 if value else 1]]
    parts = value if isinstance(value, tuple) else (value.file if setting.kind == "modules" else value,)
    texts = (kept(one, here) if isinstance(one, Path) else redact(shown(one)) for one in parts)
    return [word for text in texts for word in (setting.options[-1], text)]


def understand(who: Caller, typed: Mapping[str, Any]) -> Asked:
    """Return what the options of a command, ``typed``, ask for together with variables and configuration.

    Raises VscVenvError where these are wrong, or the project's are somebody else's.
    """
    here = working_directory(who.environ)
    files = configured.read(who.environ, here)
    if files.project is not None:
        trust.require((files.project.given.path,), here)
    for name, meant in configured.unknown_variables(who.environ):
        warn(f"${name} is no variable of vsc-venv; was {meant} meant?")
    given = _given(typed, here)
    values = configured.settle(given, files, lambda: _parts(target.label_for(who.environ, target.detect_host())))
    manner = {one.parameter: values[one.key].value for one in of_part("manner")}
    once = {
        field.name: typed[field.name] for field in fields(Manner) if field.name in typed and field.name not in manner
    }
    return Asked(
        _request(values, here),
        Manner(**manner, **once),
        values,
        files,
        given,
        tuple(f"--{name.replace('_', '-')}" for name, is_set in once.items() if is_set),
        here,
    )


def prepare(who: Caller, /, **typed: Any) -> Prepared:
    """Return the environment that the options ask for. Raises VscVenvError where the request cannot be met."""
    return prepare_for(who, understand(who, typed))


def prepare_for(who: Caller, asked: Asked) -> Prepared:
    """Return the environment that is ``asked`` for. Raises VscVenvError where the request cannot be met."""
    asked.require_files()
    with _begun(who, asked) as loading:
        from vscvenv import activate  # noqa: PLC0415  # takes as long as the modules tool, which is at work meanwhile

        prepared = activate.prepare(asked.request, who.environ, asked.manner, asked.request_on, loading)
    return replace(prepared, configuration=asked.files)


def _begun(who: Caller, asked: Asked) -> AbstractContextManager[Optional[Loading]]:
    """Have the modules be loaded that are asked for, where it is clear before all else which."""
    if asked.manner.compatible or not asked.request.requirements:
        return nullcontext()
    base = leave(who.environ)
    return modules.loading(modulelist.asked_by(asked.request, base, Path.cwd()), base)


def _given(typed: Mapping[str, Any], here: Path) -> Values:
    """Return what was typed or stands in variables, and which of both it is."""
    context = click.get_current_context()
    found = {}
    for setting in SETTINGS:
        raw = typed.get(setting.parameter)
        if raw is not None and raw != ():
            source = context.get_parameter_source(setting.parameter)
            is_variable = source == ParameterSource.ENVIRONMENT
            origin = f"${setting.variable}" if is_variable else setting.options[-1 if raw is not True else 0]
            found[setting.key] = Value(setting.value(raw, here), origin)
    return found


def _parts(label: target.Label) -> Label:
    return Label(str(label), label.os, label.arch, label.suffix)


def _request(values: Values, here: Path) -> Request:
    own = {one.parameter: values[one.key].value for one in of_part("request")}
    modules = own["modules"]
    return Request(
        venvs=Path(os.path.realpath(here / own["venvs"])),
        requirements=own["requirements"] or (),
        modules=modules and modules.file,
        module_names=modules and modules.names,
        extras=own["extras"] or (),
        groups=own["groups"] or (),
        name=own["name"],
        options=tuple(pair for one in of_part("installer") for pair in _pairs(one, values[one.key].value)),
    )


def _pairs(setting: Setting, value: Any) -> list[tuple[str, str]]:
    """Return ``value`` as a requirements file has it; nothing where it is what holds anyway."""
    option = setting.options[0]
    if value == setting.default or not value:
        return []
    if isinstance(value, tuple):
        return [(option, one) for one in value]
    return [(option, "" if value is True else value)]


def working_directory(environ: Environ) -> Path:
    """Return the working directory under the name that the user's shell has for it, where that is right."""
    try:
        named = Path(environ.get("PWD", ""))
        return named if named.is_absolute() and named.samefile(".") else Path.cwd()
    except FileNotFoundError as problem:
        raise VscVenvError("the working directory is gone", "cd to a directory that exists.") from problem
