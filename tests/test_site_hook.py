from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from engine import MINORS, Place, module
from testbed import Distribution, source
from testbed.wheels import Wheels

if TYPE_CHECKING:
    from pathlib import Path

# Says, for each of the packages, in which of the directories it is found.
LOOK = "import alpha, beta, gamma, colorsys as c; print(alpha.WHO, beta.WHO, gamma.WHO, getattr(c, 'WHO', 'library'))"
EXPECTED = "environment editable module library"

# EasyBuild 5's way: prefixes are added, then everything of the base Python goes to the end, its library too.
SITECUSTOMIZE = """
import os, site, sys
base = [entry for entry in sys.path if entry.startswith(sys.base_prefix)]
for prefix in os.environ.get("EBPYTHONPREFIXES", "").split(":"):
    if prefix:
        site.addsitedir(prefix + "/lib/python%d.%d/site-packages" % sys.version_info[:2])
sys.path = [entry for entry in sys.path if entry not in base] + base
"""
WORKER = """
import multiprocessing, sys
def look(number):
    import alpha, beta, gamma, colorsys
    return " ".join((alpha.WHO, beta.WHO, gamma.WHO, getattr(colorsys, "WHO", "library")))
if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        print(pool.map(look, [0])[0])
"""


def says(name: str, who: str) -> Distribution:
    return Distribution(name, "1", modules={f"{name}.py": f"WHO = {who!r}\n"})


def run(place: Place, *words: object, **more: str) -> str:
    ended = subprocess.run(
        [str(word) for word in words],
        env={**place.environ, **more},
        cwd=place.root,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def modules_of(tmp_path: Path) -> Path:
    """A module with all three packages, and one that would take the place of the standard library's colorsys."""
    everything = [says(name, "module") for name in ("alpha", "beta", "gamma")]
    return module(tmp_path / "modules", *everything, says("colorsys", "module"))


def fill(place: Place) -> None:
    """Have alpha in the environment, beta as an editable, gamma from the module only, and a console script."""
    teller = {"teller.py": f"def main():\n    {LOOK}\n"}
    place.wheels.wheel(Distribution("teller", "1", modules=teller, scripts={"console": "teller:main"}))
    place.install("teller")
    module(place.site_packages, says("alpha", "environment"))
    tree = source(place.root / "project", says("beta", "editable"))
    (place.site_packages / "__editable__.beta.pth").write_text(f"{tree}/src\n", "utf-8")


def commands(place: Place) -> list[list[object]]:
    script = place.root / "script.py"
    script.write_text(LOOK, "utf-8")
    (place.root / "runnable.py").write_text(LOOK, "utf-8")
    nested = f"import subprocess, sys; subprocess.check_call([sys.executable, '-c', {LOOK!r}])"
    worker = place.root / "worker.py"
    worker.write_text(WORKER, "utf-8")
    python = place.python
    return [
        [python, "-c", LOOK],
        [python, "-m", "runnable"],
        [python, script],
        [place.path / "bin" / "console"],
        [python, "-c", nested],
        *([python, worker, method] for method in ("fork", "spawn", "forkserver")),
    ]


@pytest.mark.parametrize("minor", MINORS)
def test_the_environment_comes_before_modules_on_pythonpath_however_python_is_started(minor, tmp_path):
    place = Place(tmp_path, minor, (modules_of(tmp_path),))
    fill(place)
    for command in commands(place):
        assert run(place, *command) == EXPECTED, command


@pytest.mark.parametrize("minor", MINORS)
def test_so_it_does_before_prefixes_that_a_sitecustomize_adds(minor, tmp_path):
    prefix = tmp_path / "prefix"
    modules_of(prefix).rename(prefix / "packages")
    packages = prefix / "lib" / f"python{minor}" / "site-packages"
    packages.parent.mkdir(parents=True)
    (prefix / "packages").rename(packages)
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(SITECUSTOMIZE, "utf-8")
    place = Place(tmp_path, minor, (hook,), variables={"EBPYTHONPREFIXES": str(prefix)})
    fill(place)
    for command in commands(place):
        assert run(place, *command) == EXPECTED, command
    order = run(place, place.python, "-c", "import sys; print('|'.join(sys.path[1:]))").split("|")
    base = order.index(next(entry for entry in order if entry.endswith("/site-packages") and "Python/" in entry))
    assert order.index(str(packages)) < base


@pytest.mark.parametrize("minor", MINORS)
def test_isolated_starts_see_the_environment_only(minor, tmp_path):
    place = Place(tmp_path, minor, (modules_of(tmp_path),))
    fill(place)
    for option in ("-I", "-E"):
        look = "import alpha; print(alpha.WHO)\ntry:\n import gamma\nexcept ImportError: print('no module')"
        assert run(place, place.python, option, "-c", look) == "environment\nno module"


@pytest.mark.parametrize("minor", MINORS)
@pytest.mark.parametrize("has_modules", [True, False])
def test_what_the_user_has_at_home_comes_last(has_modules, minor, tmp_path):
    place = Place(tmp_path, minor, (modules_of(tmp_path),) if has_modules else ())
    fill(place)
    names = ("alpha", "beta", *(["gamma"] if has_modules else []), "colorsys", "pip", "omega")
    module(tmp_path / f"home/.local/lib/python{minor}/site-packages", *(says(name, "home") for name in names))
    look = "import alpha, beta, omega, pip; print(alpha.WHO, beta.WHO, omega.WHO, getattr(pip, 'WHO', 'base'))"
    assert run(place, place.python, "-c", look) == "environment editable home base"
    if has_modules:
        assert run(place, place.python, "-c", LOOK) == EXPECTED


@pytest.mark.parametrize("minor", ["3.6", "3.11", "3.13"])
def test_what_the_user_put_on_pythonpath_comes_first(minor, tmp_path):
    place = Place(tmp_path, minor, (modules_of(tmp_path),))
    fill(place)
    own = module(tmp_path / "own", says("alpha", "own"))
    path = f"{own}{os.pathsep}{place.environ['PYTHONPATH']}"
    assert run(place, place.python, "-c", LOOK, PYTHONPATH=path) == "own editable module library"


@pytest.mark.parametrize("minor", ["3.6", "3.11", "3.13"])
def test_a_module_that_is_loaded_later_comes_behind_the_environment(minor, tmp_path):
    place = Place(tmp_path, minor, (modules_of(tmp_path),))
    fill(place)
    packages = ("lib", f"python{minor}", "site-packages")
    later = module((tmp_path / "later").joinpath(*packages), says("alpha", "later"), says("omega", "later"))
    own = module(tmp_path / "own", says("beta", "own"))
    path = os.pathsep.join(map(str, (later, own, place.environ["PYTHONPATH"])))
    loaded = {"PYTHONPATH": path, "EBROOTLATER": str(tmp_path / "later")}
    assert run(place, place.python, "-c", LOOK, **loaded) == "environment own module library"
    assert run(place, place.python, "-c", "import omega; print(omega.WHO)", **loaded) == "later"


@pytest.mark.parametrize("minor", ["3.6", "3.11", "3.13"])
def test_scripts_of_a_module_that_run_with_the_base_python_find_their_packages(minor, tmp_path):
    place = Place(tmp_path, minor, (modules_of(tmp_path),))
    fill(place)
    look = "import alpha; print(alpha.WHO)"
    assert run(place, place.interpreter().executable, "-c", look) == "module"


# The pip of the older ones does not know backend-path.
@pytest.mark.parametrize("minor", MINORS[2:])
def test_pip_builds_in_isolation(minor, tmp_path):
    place = Place(tmp_path, minor, (modules_of(tmp_path),))
    place.create()
    wheels = Wheels(tmp_path / "wheels")
    wheels.wheel(says("gamma", "index"))
    sdist = wheels.sdist(Distribution("delta", "1", builds_with=("gamma",)))
    pip = place.path / "bin" / "pip"
    run(place, pip, "install", "--no-index", "--find-links", wheels.directory, sdist)
    info = next(place.site_packages.glob("delta-1*/built_with.json")).read_text("utf-8")
    assert str(tmp_path / "modules") not in info
    assert '"gamma": [' in info


def test_without_modules_nothing_is_moved(tmp_path):
    place = Place(tmp_path)
    place.create()
    hook = place.site_packages / "vsc_venv_order.pth"
    look = "import sys; print(sys.path)"
    with_hook = run(place, place.python, "-c", look)
    hook.unlink()
    assert run(place, place.python, "-c", look) == with_hook
