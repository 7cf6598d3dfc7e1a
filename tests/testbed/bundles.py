"""Python packages as modules, with the real numpy, pandas and Pillow, in the four styles that sites mix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from testbed import interpreters, store
from testbed.modulefile import Module, easybuild

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Bundle:
    """A module ``name`` that offers ``requirements`` to Python ``minor``, by way of the variable ``by``."""

    name: str
    minor: str
    toolchain: str
    by: str
    requirements: tuple[str, ...]

    def install(self) -> Path:
        """Return its prefix, installed at first use."""
        python = interpreters.install(self.minor)
        return store.part(
            f"software/{self.name}",
            lambda prefix: interpreters.add_packages(python, prefix, *self.requirements),
        )

    def modulefile(self) -> Module:
        """Return its module, which loads toolchain and Python first."""
        python, prefix = interpreters.install(self.minor), self.install()
        site_packages = prefix / "lib" / f"python{self.minor}" / "site-packages"
        entry = str(site_packages if self.by == "PYTHONPATH" else prefix)
        return easybuild(self.name, prefix, needs=(self.toolchain, python.module), prepends=[(self.by, entry)])


_SCIPY_2023 = ("numpy==1.25.1", "pandas==2.0.3")
_SCIPY_2024 = ("numpy==1.26.4", "pandas==2.2.2")

# The letters are how tests name the styles: Python and variable.
STYLES = {
    "A": Bundle("SciPy-bundle/2023.07-gfbf-2023a", "3.11", "gfbf/2023a", "PYTHONPATH", _SCIPY_2023),
    "B": Bundle("SciPy-bundle/2023.07-gfbf-2023a-eb", "3.11", "gfbf/2023a", "EBPYTHONPREFIXES", _SCIPY_2023),
    "C": Bundle("SciPy-bundle/2024.05-gfbf-2024a", "3.12", "gfbf/2024a", "PYTHONPATH", _SCIPY_2024),
    "D": Bundle("SciPy-bundle/2024.05-gfbf-2024a-eb", "3.12", "gfbf/2024a", "EBPYTHONPREFIXES", _SCIPY_2024),
}
PILLOW = Bundle("Pillow/10.0.0-GCCcore-12.3.0", "3.11", "GCCcore/12.3.0", "PYTHONPATH", ("Pillow==10.0.0",))
