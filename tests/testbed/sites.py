"""The site: three clusters with module trees of their own over shared software, as on real ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from testbed import awkward, bundles, interpreters, store, tools
from testbed.environment import hermetic
from testbed.modulefile import Module, easybuild, write

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHECKOUT = Path(__file__).resolve().parents[2]
_CLUSTERS = {
    # Label RHEL8-zen2; the same label with another tree and no Pillow; and another microarchitecture.
    "alpha": ("zen2", ""),
    "gamma": ("zen2", "-ib"),
    "beta": ("haswell", "-ib"),
}


@dataclass(frozen=True)
class Site:
    """A built testbed below ``root``."""

    root: Path

    @property
    def python(self) -> interpreters.Python:
        """The main Python, 3.11."""
        return interpreters.install("3.11")

    @property
    def clone(self) -> Path:
        """The sourceable ``vsc-venv`` of this checkout."""
        return _CHECKOUT / "shell" / "vsc-venv"

    def tree(self, name: str, tool: tools.Tool) -> Path:
        """Return the module tree ``name``: ``core``, ``extra`` or a cluster's."""
        return self.root / "modules" / name / tools.language(tool)

    def environment(self, tool: tools.Tool, home: Path) -> dict[str, str]:
        """Return the environment in which a login shell starts, before the modules tool and the cluster."""
        plain = {**hermetic(home), "VSC_VENV_CLONE": str(self.clone.parent)}
        return plain if tool == "none" else {**plain, "MODULEPATH": str(self.tree("core", tool))}

    def init_file(self, tool: tools.Tool, kind: tools.Kind) -> Optional[Path]:
        """Return what a login shell sources first."""
        return tools.init_file(tool, kind)


@cache
def site() -> Site:
    """Return the site, built at first use on this machine (about half a minute with cold caches)."""
    store.part("modules", _write_trees)
    return Site(store.root())


def python_module(minor: str) -> interpreters.Python:
    """Return the Python ``minor`` (3.6 to 3.13) as a module that every cluster has, installed at first use."""
    python = interpreters.install(minor)
    if minor not in ("3.11", "3.12"):
        write(site().root / "modules" / "extra", [python.modulefile()])
    return python


CHAIN = 80


def chain(length: int) -> list[str]:
    """Return the names of ``length`` (up to CHAIN) small modules that every cluster has."""
    return [awkward.link(number).name for number in range(1, length + 1)]


def _write_trees(directory: Path) -> None:
    for language in ("lua", "tcl"):
        (directory / "extra" / language).mkdir(parents=True)
    # Written with the rest: a test that wrote some would change the tree under others.
    write(directory / "extra", [awkward.link(number) for number in range(1, CHAIN + 1)])
    write(directory / "core", _core(directory))
    sticky = " ".join(f"cluster/{name}" for name in _CLUSTERS)
    store.publish(directory / "core/tcl/cluster/.modulerc", f"#%Module\nmodule-tag sticky {sticky}\n")
    common = list(_software())
    for name in _CLUSTERS:
        absent = bundles.PILLOW.name if name == "gamma" else None
        write(directory / name, [module for module in common if module.name != absent])


def _core(trees: Path) -> Iterator[Module]:
    for name, (architecture, suffix) in _CLUSTERS.items():
        yield _cluster(trees, name, architecture, suffix)
    yield Module(
        "vsc-venv/1.0",
        lua='prepend_path("PATH", os.getenv("VSC_VENV_CLONE"))',
        tcl="prepend-path PATH $::env(VSC_VENV_CLONE)",
    )


def _cluster(trees: Path, name: str, architecture: str, suffix: str) -> Module:
    variables = {
        "VSC_ARCH_LOCAL": architecture,
        "VSC_ARCH_SUFFIX": suffix,
        "VSC_INSTITUTE_CLUSTER": name,
        "VSC_OS_LOCAL": "RHEL8",
    }
    uses = [f"{trees}/{tree}" for tree in ("extra", name)]
    return Module(
        f"cluster/{name}",
        sets=variables,
        lua="\n".join(
            ['add_property("lmod", "sticky")', *(f'prepend_path("MODULEPATH", "{use}/lua")' for use in uses)]
        ),
        tcl="\n".join(f"prepend-path MODULEPATH {{{use}/tcl}}" for use in uses),
    )


def _software() -> Iterator[Module]:
    software = store.root() / "software"
    for name in interpreters.toolchains():
        yield easybuild(name, software / name)
    yield easybuild("gfbf/2023a", software / "gfbf/2023a", needs=("GCCcore/12.3.0",))
    yield easybuild("gfbf/2024a", software / "gfbf/2024a", needs=("GCCcore/13.3.0",))
    yield from (interpreters.install(minor).modulefile() for minor in ("3.11", "3.12"))
    yield from (bundle.modulefile() for bundle in (*bundles.STYLES.values(), bundles.PILLOW))
    yield from awkward.modules()
