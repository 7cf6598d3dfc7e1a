"""A small EasyBuild-like site on this machine: real modules tools, Pythons and packages, and shells to drive them."""

from testbed.bundles import PILLOW, STYLES
from testbed.shells import Ran, Shell
from testbed.sites import Site, chain, python_module, site
from testbed.store import TestbedError, shared_cache
from testbed.terminal import Terminal
from testbed.wheels import Distribution, Wheels, extension, source

__all__ = [
    "PILLOW",
    "STYLES",
    "Distribution",
    "Ran",
    "Shell",
    "Site",
    "Terminal",
    "TestbedError",
    "Wheels",
    "chain",
    "extension",
    "python_module",
    "shared_cache",
    "site",
    "source",
]
