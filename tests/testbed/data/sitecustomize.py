"""Put the Python packages of loaded modules on sys.path, as EasyBuild's hook of the same name does.

Each prefix in EBPYTHONPREFIXES gives its lib/pythonX.Y/site-packages: behind PYTHONPATH and the standard library, and
behind a virtual environment, but before the site-packages of the base Python. Runs on every version from 3.6.
"""

import os
import site
import sys


def _packages(prefix: str) -> str:
    return f"{prefix}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"


def _add(prefixes: "list[str]") -> None:
    before = sys.path[:]
    sys.path[:] = []
    for prefix in filter(None, prefixes):
        site.addsitedir(_packages(prefix))
    added = [entry for entry in sys.path if entry not in before]
    base = _packages(sys.base_prefix)
    place = before.index(base) if base in before else len(before)
    sys.path[:] = before[:place] + added + before[place:]


_add(os.environ.get("EBPYTHONPREFIXES", "").split(os.pathsep))
