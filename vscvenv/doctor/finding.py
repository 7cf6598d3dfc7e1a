"""What a check found, and what checks look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Callable, Literal, Optional

from vscvenv import moduletool, target, trust
from vscvenv.engine import caches
from vscvenv.errors import VscVenvError
from vscvenv.generation import stores
from vscvenv.leave import leave
from vscvenv.look import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vscvenv.environ import Change, Environ
    from vscvenv.host import Host
    from vscvenv.look.environment import Environment
    from vscvenv.request import Manner, Request
    from vscvenv.target import Label

State = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """``what`` was looked at, what is so, and what to do about it where something should be done."""

    what: str
    state: State
    said: str
    remedy: str = ""


@dataclass(frozen=True)
class Case:
    """The shell that asks, the project it stands in, and the node it is on."""

    environ: Environ
    cwd: Path
    request: Request
    """What is asked for here, as configured."""
    host: Host
    manner: Manner
    """How environments are activated here, as configured."""
    where_to_go: Callable[[], str]
    """Return what to do where there is no environment."""
    offline: bool = False

    @property
    def venvs(self) -> Path:
        """Where the environments are."""
        return self.request.venvs

    @cached_property
    def label(self) -> Label:
        """The label of this node."""
        return target.label_among([one.label for one in stores(self.venvs)], self.environ, self.host)

    @cached_property
    def base(self) -> Environ:
        """The environment variables without what is active in them, but for conda, which only its shell can leave."""
        try:
            return leave(self.environ)
        except VscVenvError:
            return dict(self.environ)

    @property
    def cache(self) -> Path:
        """Where downloads are kept."""
        return self.manner.cache or caches.default(self.base)

    @cached_property
    def tool(self) -> Optional[moduletool.Tool]:
        """The modules tool of the shell."""
        return moduletool.find_tool(self.environ)

    @cached_property
    def environments(self) -> list[Environment]:
        """What is there for all labels."""
        return environment.find(self.venvs, self.environ, self.host, self.manner)

    @property
    def here(self) -> Optional[Environment]:
        """The environment of this node, if it has one that can be used; of several, the one that is asked for."""
        return environment.of_this_node((one for one in self.environments if one.generation), self.request.name)

    def require_trust(self) -> None:
        """Raise VscVenvError where others could have put something into what is here, before any of it is run."""
        for one in self.environments:
            trust.require(one.store.places(), one.store.venvs)

    @property
    def active(self) -> Optional[Environment]:
        """The environment that is active in the shell, if it is one of these."""
        return environment.active(self.environments)

    @property
    def place(self) -> Path:
        """The directory of the environments, or where it would be made."""
        return next(one for one in (self.venvs, *self.venvs.parents) if one.is_dir())


def recorded(one: Environment) -> Optional[Change]:
    """Return how ``one`` was entered last."""
    return one.generation.entered if one.generation else None


Check = Callable[[Case], "Iterator[Finding]"]
