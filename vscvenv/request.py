"""What was asked for."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Optional

from vscvenv.messages import redact

VENVS = Path("venvs")
NAME = "venv"
"""What an environment is called where its project has no other."""
GRACE = 7 * 24 * 3600.0
"""How long a superseded generation stays for the processes that still run from it, in seconds."""
_USUAL = ("requirements.txt", "pyproject.toml")


@dataclass(frozen=True)
class Modules:
    """Which modules to load: those that ``file`` lists, or, where it is a configuration, those that it ``names``."""

    file: Path
    names: Optional[tuple[str, ...]] = None


@dataclass(frozen=True)
class Manner:
    """How to go about a request; none of it describes the environment that comes out."""

    recreate: bool = False
    """Build although nothing changed."""
    exact: bool = False
    """Do not keep what was installed by hand."""
    force: bool = False
    """Go on although this host does not fit the label."""
    offline: bool = False
    """Use only what has been downloaded before."""
    no_build: bool = False
    """Take only what is there."""
    locked: bool = False
    """Fail where there is no lock file, or where it was made for other requirements."""
    no_lock: bool = False
    """Pass over the lock file."""
    compatible: bool = False
    """Where this microarchitecture has nothing, take what is there for another that this CPU can run."""
    cache: Optional[Path] = None
    """Where downloads and what is built of them are kept; None: the usual place."""
    grace: float = GRACE

    @property
    def is_plain(self) -> bool:
        """Whether the same words may be met by what is there already."""
        return not (self.recreate or self.exact)


@dataclass(frozen=True)
class Request:
    """A command line, understood: which files describe the environment, and how to treat them.

    Paths are absolute and not resolved: a link that is pointed elsewhere counts as a change.
    """

    venvs: Path
    """The directory of the environments."""
    requirements: tuple[Path, ...] = ()
    modules: Optional[Path] = None
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    name: str = NAME
    """Which environment of the project."""
    module_names: Optional[tuple[str, ...]] = None
    """The modules themselves, where ``modules`` is a configuration that names them."""
    options: tuple[tuple[str, str], ...] = ()
    """What was asked of the installer, as a requirements file has it: long names, and values ("" for a flag)."""

    @property
    def project(self) -> Path:
        """The directory that the environments belong to."""
        return self.venvs.parent

    @property
    def files(self) -> frozenset[Path]:
        """The files that are named."""
        return frozenset([*self.requirements, *([self.modules_file] if self.modules_file else [])])

    @property
    def modules_file(self) -> Optional[Path]:
        """The file that lists modules and nothing else."""
        return self.modules if self.module_names is None else None

    @property
    def lock_file(self) -> Path:
        """Where the versions of what is asked for are locked: beside the first of the requirements files.

        pylock.toml for requirements.txt or pyproject.toml alone; else pylock.NAME.toml, where NAME has the files' names
        without suffix, the extras and the groups.
        """
        names = [*(file.stem for file in self.requirements), *self.extras, *self.groups]
        if len(names) == 1 and self.requirements[0].name in _USUAL:
            return self.requirements[0].with_name("pylock.toml")
        # PEP 751 allows no dot in it.
        name = re.sub(r"[^\w-]+", "-", "-".join(names))
        return self.requirements[0].with_name(f"pylock.{name}.toml")

    def completed_by(self, earlier: Request) -> Request:
        """Return this request, or, where it names no requirements, the ``earlier`` one with what this one names."""
        if self.requirements:
            return self
        modules = self if self.modules else earlier
        return replace(
            earlier,
            venvs=self.venvs,
            name=self.name,
            modules=modules.modules,
            module_names=modules.module_names,
            extras=self.extras or earlier.extras,
            groups=self.groups or earlier.groups,
            options=self.options or earlier.options,
        )

    @property
    def redacted_options(self) -> tuple[tuple[str, str], ...]:
        """The options without the passwords in their URLs, as they may be kept."""
        return tuple((name, redact(value)) for name, value in self.options)

    def words(self, here: Path) -> list[str]:
        """Return the options with which the same is asked for in the directory ``here``."""
        files = [("--requirements", path) for path in self.requirements]
        files += [("--modules", self.modules_file)] if self.modules_file else []
        others = [("--extra", name) for name in self.extras] + [("--group", name) for name in self.groups]
        files += [("--venvs", self.venvs)] if self.venvs != here / VENVS else []
        others += [("--name", self.name)] if self.name != NAME else []
        named = [(option, kept(path, here)) for option, path in files] + others + [*self.redacted_options]
        return [word for pair in named for word in pair if word]

    def to_json(self) -> dict[str, Any]:
        """Return the request as JSON types, without passwords and the place of the environments: a project may move."""
        data = asdict(self)
        del data["venvs"]
        data["requirements"] = [kept(path, self.project) for path in self.requirements]
        data["modules"] = kept(self.modules, self.project) if self.modules else None
        data["options"] = [
            (name, kept(Path(value), self.project) if _is_place(name, value) else value)
            for name, value in self.redacted_options
        ]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any], venvs: Path) -> Request:
        """Return the request that ``to_json`` wrote. Raises KeyError or TypeError where it did not."""
        return cls(
            venvs=venvs,
            requirements=tuple(venvs.parent / path for path in data["requirements"]),
            modules=venvs.parent / data["modules"] if data["modules"] else None,
            extras=tuple(data["extras"]),
            groups=tuple(data["groups"]),
            name=data.get("name", NAME),
            module_names=tuple(data["module_names"]) if data.get("module_names") is not None else None,
            options=tuple(
                (name, str(venvs.parent / value) if _is_place(name, value) else value)
                for name, value in data["options"]
            ),
        )


def _is_place(option: str, value: str) -> bool:
    return option == "--find-links" and "://" not in value


def kept(path: Path, directory: Path) -> str:
    """Return ``path`` relative to ``directory`` where it lies below; else as it is."""
    return str(path.relative_to(directory) if path.is_relative_to(directory) else path)
