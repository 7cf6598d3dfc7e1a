"""The engine on real packages, in the styles in which sites offer them."""

from __future__ import annotations

import subprocess

import pytest

from engine import Place
from testbed import STYLES, interpreters, store
from vscvenv.engine.importcheck import check_imports
from vscvenv.engine.options import Options


@pytest.fixture(params=sorted(STYLES))
def place(request, tmp_path):
    bundle = STYLES[request.param]
    prefix = bundle.install()
    hook = interpreters.install(bundle.minor).prefix / "easybuild" / "python"
    modules = [hook] if hook.is_dir() else []
    if bundle.by == "PYTHONPATH":
        modules.append(prefix / "lib" / f"python{bundle.minor}" / "site-packages")
    variables = {"EBPYTHONPREFIXES": str(prefix)} if bundle.by == "EBPYTHONPREFIXES" else {}
    return Place(tmp_path, bundle.minor, tuple(modules), variables)


def install(place, *lines):
    cache = Options(cache=store.shared_cache("engine"))
    report = place.install(*lines, online=True, options=cache)
    assert check_imports(place.path, place.interpreter(), place.environ) == []
    return report


def look(place, code):
    return subprocess.check_output([place.python, "-c", code], env=place.environ, text=True).split()


def test_what_the_module_has_is_used(place):
    report = install(place, "beautifulsoup4==4.12.3", "pandas>=2")
    assert set(report.installed) == {"beautifulsoup4", "soupsieve"}
    assert {"numpy", "pandas"} <= set(report.kept)
    code = "import bs4, numpy, pandas; pandas.DataFrame(numpy.eye(2)); print(numpy.__file__)"
    assert "/SciPy-bundle/" in look(place, code)[0]


def test_a_newer_numpy_wins_and_brings_a_pandas_that_goes_with_it(place):
    report = install(place, "numpy>=2,<2.3", "pandas>=2,<3")
    assert set(report.shadowed) == {"numpy", "pandas"}
    code = "import numpy, pandas; print(pandas.Series(numpy.arange(3)).sum(), numpy.__version__, pandas.__version__)"
    total, *versions = look(place, code)
    assert (total, versions) == ("3", [report.installed["numpy"], report.installed["pandas"]])
    assert versions[0].startswith("2.")
