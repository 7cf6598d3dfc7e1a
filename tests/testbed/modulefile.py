"""A module file as data, written in Lua for Lmod and in Tcl for Environment Modules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from testbed import store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Module:
    """One module: what it loads first, sets and prepends; ``lua`` and ``tcl`` are lines that only one tool has."""

    name: str
    needs: tuple[str, ...] = ()
    sets: Mapping[str, str] = field(default_factory=dict)
    prepends: tuple[tuple[str, str], ...] = ()
    lua: str = ""
    tcl: str = ""

    def as_lua(self) -> str:
        """Return the text of the file for Lmod."""
        lines = [f"whatis({_lua('Description: ' + self.name)})", f'conflict("{self.name.partition("/")[0]}")']
        lines += [f'depends_on("{name}")' for name in self.needs]
        lines += [f'setenv("{name}", {_lua(value)})' for name, value in self.sets.items()]
        lines += [f'prepend_path("{name}", {_lua(value)})' for name, value in self.prepends]
        return "\n".join([*lines, self.lua, ""])

    def as_tcl(self) -> str:
        """Return the text of the file for Environment Modules."""
        lines = [
            "#%Module",
            f"module-whatis {{Description: {self.name}}}",
            f"conflict {self.name.partition('/')[0]}",
        ]
        lines += [f"if {{ ![is-loaded {name}] }} {{ module load {name} }}" for name in self.needs]
        lines += [f"setenv {name} {{{value}}}" for name, value in self.sets.items()]
        lines += [f"prepend-path {name} {{{value}}}" for name, value in self.prepends]
        return "\n".join([*lines, self.tcl, ""])


def _lua(value: str) -> str:
    return f"[==[{value}]==]"


def easybuild(
    name: str, prefix: Path, *, needs: tuple[str, ...] = (), prepends: Iterable[tuple[str, str]] = ()
) -> Module:
    """Return the module that EasyBuild would write for the software ``name`` installed in ``prefix``."""
    software, version = name.split("/", 1)
    word = software.upper().replace("-", "MIN")
    paths = [
        ("CMAKE_PREFIX_PATH", str(prefix)),
        ("PATH", f"{prefix}/bin"),
        ("LD_LIBRARY_PATH", f"{prefix}/lib"),
    ]
    sets = {f"EBROOT{word}": str(prefix), f"EBVERSION{word}": version.partition("-")[0]}
    return Module(name, needs, sets, (*paths, *prepends))


def write(tree: Path, modules: Iterable[Module]) -> None:
    """Write ``modules`` into ``tree/lua`` and ``tree/tcl``; each file appears whole."""
    for module in modules:
        store.publish(tree / "lua" / f"{module.name}.lua", module.as_lua())
        store.publish(tree / "tcl" / module.name, module.as_tcl())
