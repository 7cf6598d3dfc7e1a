"""What is in an environment as lines of a requirements file: what was installed, and apart what modules provide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from packaging.utils import canonicalize_name

from vscvenv.engine import provided
from vscvenv.engine.freeze import freeze
from vscvenv.engine.venv import site_packages_of
from vscvenv.look.origin import module_directories, origins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscvenv.generation import Generation


@dataclass(frozen=True)
class Frozen:
    """``installed`` are lines; ``provided`` are versions by name, with the modules they come from, where that shows."""

    installed: list[str]
    provided: dict[str, tuple[str, Optional[str]]]

    @property
    def only_here(self) -> list[str]:
        """The lines that name a place outside the project."""
        return [line for line in self.installed if " @ file:/" in line or line.startswith("-e file:/")]

    def lines(self, *, everything: bool) -> Iterator[str]:
        """Yield the lines of a requirements file; with ``everything``, what is provided is asked for as well."""
        yield from self.installed
        mark = "" if everything else "# "
        if self.provided and not everything:
            yield "# provided by modules and the base Python:"
        for name, (version, module) in self.provided.items():
            yield f"{mark}{name}=={version}" + (f"  # {module}" if module else "")

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "installed": self.installed,
            "provided": {
                name: {"version": version, "module": module} for name, (version, module) in self.provided.items()
            },
        }


def frozen(generation: Generation) -> Frozen:
    """Return what ``generation`` has; its Python is not started, so that any host can tell."""
    record = generation.record
    lines = [
        line
        for directory in site_packages_of(generation.path)
        for line in freeze(directory, record.basis.request.project)
    ]
    modules = _modules(generation)
    present = provided.scan(map(str, site_packages_of(generation.path)))
    return Frozen(
        lines,
        {
            name: (version, modules.get(name))
            for name, version in record.provided.items()
            if canonicalize_name(name) not in present
        },
    )


def _modules(generation: Generation) -> dict[str, str]:
    """Return which module each distribution is of, as far as their directories can be seen from here."""
    places = origins(generation)
    base = [
        str(one)
        for each in ("python3.*/site-packages", "python3/dist-packages")
        for one in places.base.glob(f"lib/{each}")
    ]
    found = provided.scan([*module_directories(generation), *base])
    return {name: str(places.of(one.location)) for name, one in found.items()}
