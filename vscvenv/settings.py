"""What can be asked for: one table, of which options, configuration, variables and their documentation are made."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Optional

from vscvenv.request import GRACE, NAME, VENVS, Modules

Kind = Literal["files", "modules", "directory", "name", "texts", "places", "text", "choice", "flag", "duration"]
Part = Literal["request", "installer", "manner", "build"]

EXPECTED: dict[Kind, str] = {
    "files": "a file or a list of files",
    "modules": "a file, or a list of modules",
    "directory": "a directory",
    "name": "a name: letters, digits and any of _ . -",
    "texts": "a string or a list of strings",
    "places": "a directory or URL, or a list of them",
    "text": "a string",
    "choice": "a choice",
    "flag": "true or false",
    "duration": 'a time, as in "7 days" or "36 hours"',
}
"""What each kind of value is, in words."""
_LISTS = frozenset({"files", "texts", "places"})
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?) *(?:([smhdw])|(second|minute|hour|day|week)s?)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Setting:
    """One thing that can be asked for: on the command line, in a variable, in configuration."""

    key: str
    """Its name in a configuration file."""
    part: Part
    """What it says: what is wanted, or of that the part that is the installer's; how to go about it; where to build."""
    usage: str
    """Its options, and what their value is called; a flag has a second option that takes it back."""
    kind: Kind
    help: str
    default: Any = None
    choices: tuple[str, ...] = ()

    @property
    def options(self) -> list[str]:
        """Its names on the command line."""
        return [word for word in self.usage.split() if word.startswith("-")]

    @property
    def metavar(self) -> Optional[str]:
        """What its value is called in the help."""
        return next((word for word in self.usage.split() if not word.startswith("-")), None)

    @property
    def is_projects(self) -> bool:
        """Whether it makes sense for one project only."""
        return self.part == "request"

    @property
    def is_for_any_label(self) -> bool:
        """Whether it may differ between labels."""
        return self.part != "build" and self.key not in {"name", "venvs"}

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"VSC_VENV_{self.parameter.upper()}"

    @property
    def parameter(self) -> str:
        """Its name in Python."""
        return self.key.replace("-", "_")

    @property
    def is_list(self) -> bool:
        """Whether its option may be repeated."""
        return self.kind in _LISTS

    @property
    def separator(self) -> Optional[str]:
        """What stands between the values in its variable; None: blanks."""
        return os.pathsep if self.kind == "files" else None

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        return f"one of {', '.join(self.choices)}" if self.choices else EXPECTED[self.kind]

    def accepts(self, text: str) -> bool:
        """Tell whether ``text``, from the command line or a variable, can be a value, or part of a list of them."""
        if self.kind == "choice":
            return text in self.choices
        pattern = {"duration": _DURATION, "name": _NAME}.get(self.kind)
        return bool(text and (pattern is None or pattern.fullmatch(text)))

    def value(self, given: Any, directory: Path) -> Any:
        """Return what was ``given``, strings or a flag, as it is used; paths are from ``directory`` on."""
        if self.kind == "modules":
            return Modules(absolute(directory, given))
        if self.kind == "directory":
            return Path(os.path.realpath(directory / given))
        if self.kind == "duration":
            return seconds(given)
        if self.is_list:
            return tuple(self._part(one, directory) for one in ([given] if isinstance(given, str) else given))
        return given

    def _part(self, text: str, directory: Path) -> Any:
        if self.kind == "files":
            return absolute(directory, text)
        return str(directory / text) if self.kind == "places" and "://" not in text else text


def absolute(directory: Path, name: str) -> Path:
    """Return a file's path with links to directories resolved, so that a project is the same by any of its names."""
    directories, name = os.path.split(directory / name)
    return Path(os.path.normpath(Path(os.path.realpath(directories), name)))


def seconds(text: str) -> float:
    """Return the seconds in a duration such as ``7 days``. Raises ValueError where it is none."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError(text)
    return float(found[1]) * _UNITS[found[2] or found[3][0]]


def shown(value: Any) -> Any:
    """Return ``value`` as a configuration file has it, in JSON types."""
    if isinstance(value, Modules):
        return list(value.names) if value.names is not None else str(value.file)
    if isinstance(value, float):
        unit = next(
            unit for unit in ("day", "hour", "minute", "second") if value % _UNITS[unit[0]] == 0 or unit == "second"
        )
        number = value / _UNITS[unit[0]]
        return f"{number:g} {unit}{'' if number == 1 else 's'}"
    if isinstance(value, (tuple, list)):
        return [shown(one) for one in value]
    return str(value) if isinstance(value, Path) else value


_NAMES = "NAME[,NAME...]"
SETTINGS = (
    Setting("requirements", "request", "-r --requirements FILE", "files", "What to install; may be repeated."),
    Setting("modules", "request", "-m --modules FILE", "modules", "The modules to load, in order."),
    Setting("extras", "request", "--extra NAME", "texts", "An extra of pyproject.toml."),
    Setting("groups", "request", "--group NAME", "texts", "A dependency group of pyproject.toml."),
    Setting("installer", "installer", "--installer", "choice", "What installs.", "uv", choices=("uv", "pip")),
    Setting("index-url", "installer", "--index-url URL", "text", "The package index, instead of PyPI."),
    Setting(
        "extra-index-url", "installer", "--extra-index-url URL", "texts", "One more package index; may be repeated."
    ),
    Setting("find-links", "installer", "--find-links DIR|URL", "places", "Where archives lie; may be repeated."),
    Setting(
        "only-binary", "installer", f"--only-binary {_NAMES}", "texts", "Never build these, or :all:, from source."
    ),
    Setting("no-binary", "installer", f"--no-binary {_NAMES}", "texts", "Always build these, or :all:, from source."),
    Setting("pre", "installer", "--pre --no-pre", "flag", "Take pre-releases too.", False),
    Setting(
        *("no-build-isolation", "installer", "--no-build-isolation --build-isolation", "flag"),
        *("Build with what the modules provide.", False),
    ),
    Setting("offline", "manner", "--offline --online", "flag", "Use only what has been downloaded before.", False),
    Setting("name", "request", "--name NAME", "name", "Which environment, where a project has several.", NAME),
    Setting("venvs", "request", "--venvs DIR", "directory", "Where the environments are.", VENVS),
    Setting("cache", "manner", "--cache DIR", "directory", "Where downloads and what is built of them are kept."),
    Setting("grace", "manner", "--grace TIME", "duration", "How long superseded builds are kept.", GRACE),
    Setting("no-build", "manner", "--no-build --build", "flag", "Take only what is there.", False),
    Setting(
        *("compatible", "manner", "--compatible --no-compatible", "flag"),
        *("Without one for this CPU, take one that it can run.", False),
    ),
    Setting(
        *("locked", "manner", "--locked --no-locked", "flag"),
        *("Fail where the lock file is missing, or not of these requirements.", False),
    ),
    Setting("no-lock", "manner", "--no-lock --lock", "flag", "Do as if there were no lock file.", False),
    Setting("partitions", "build", "-p --partition NAME", "texts", "Where to build; may be repeated."),
    Setting("clusters", "build", "--cluster NAME", "texts", "On which cluster; may be repeated."),
    Setting("sbatch-args", "build", "--sbatch-arg ARG", "texts", "An option for sbatch or qsub; may be repeated."),
)
"""In the order of the help. The installer's are pip's, with the same meaning, but for --installer."""
BY_KEY = {setting.key: setting for setting in SETTINGS}


def of_part(*parts: Part) -> list[Setting]:
    """Return the settings of ``parts``, in their order."""
    return [setting for setting in SETTINGS if setting.part in parts]
