"""What comes of each kind of requirement on top of modules, in each style in which sites offer Python packages.

The versions are those of small distributions, laid out like the ones that they are named after.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import pytest

from engine import Place, module
from testbed import STYLES, Distribution, interpreters, source
from vscvenv.engine.importcheck import check_imports
from vscvenv.engine.options import Options

PROVIDED = (
    Distribution("numpy", "1.25.1"),
    Distribution("pandas", "2.0.3", ("numpy", "dateutil"), modules={"pandas/__init__.py": "", "pandas/_c.so": ""}),
    Distribution("dateutil", "2"),
    Distribution("torch", "2.1.2+cu121", ("numpy",)),
    Distribution("only-here", "7"),
    # Two that do not go together, as modules have them.
    Distribution("quarrel", "1", ("dateutil<1",)),
    Distribution("maker", "1"),
)
OFFERED = (
    *(Distribution("numpy", version) for version in ("1.25.1", "1.26.4", "2.1")),
    Distribution("pandas", "2.2", ("numpy>=1.26", "dateutil"), modules={"pandas/__init__.py": "", "pandas/_c.so": ""}),
    Distribution("dateutil", "3"),
    Distribution("torch", "2.5", ("numpy",)),
    Distribution("maker", "2"),
    Distribution("soup", "1", ("sieve",)),
    Distribution("sieve", "1"),
    Distribution("learn", "1", ("numpy>=1.20", "jobs")),
    Distribution("jobs", "1"),
    Distribution("xarray", "1", ("pandas>=2", "numpy")),
    Distribution("scipy", "1.15", ("numpy>=1.20,<3",)),
    Distribution("scipy", "1.17", ("numpy>=1.26",)),
    Distribution("dask", "1", ("jobs",), extras={"array": ("numpy>=1.24",)}),
)


@dataclass(frozen=True)
class Case:
    """Lines of a requirements file, and what is installed for them, by version."""

    lines: tuple[str, ...]
    installed: dict[str, str]
    kept: set[str] = field(default_factory=set)
    shadowed: set[str] = field(default_factory=set)


CASES = {
    "nothing of it is provided": Case(("soup",), {"soup": "1", "sieve": "1"}),
    "what it needs is provided": Case(("learn",), {"learn": "1", "jobs": "1"}, {"numpy"}),
    "it is provided itself": Case(("xarray", "pandas"), {"xarray": "1"}, {"pandas", "numpy", "dateutil"}),
    "an extra needs what is provided": Case(("dask[array]",), {"dask": "1", "jobs": "1"}, {"numpy"}),
    "a newer one is asked for": Case(("dateutil>=3",), {"dateutil": "3"}, set(), {"dateutil"}),
    "one that breaks what is compiled": Case(
        ("numpy>=2", "xarray"),
        {"numpy": "2.1", "pandas": "2.2", "xarray": "1"},
        {"dateutil"},
        {"numpy", "pandas"},
    ),
    "the newest asks for more than there is": Case(("scipy",), {"scipy": "1.17", "numpy": "2.1"}, set(), {"numpy"}),
    "a local version": Case(("torch>=2.1",), {}, {"torch", "numpy"}),
    "no index has it": Case(("only-here",), {}, {"only-here"}),
    "of those in conflict one is asked for": Case(("dateutil", "soup"), {"soup": "1", "sieve": "1"}, {"dateutil"}),
    "paths": Case(("./here", "-e ./there"), {"here": "1", "there": "1"}, {"numpy"}),
    "nested files": Case(("-r more.txt",), {"learn": "1", "jobs": "1"}, {"numpy"}),
    "constraints": Case(
        ("-c limits.txt", "numpy>=1.26", "learn"), {"numpy": "1.26.4", "learn": "1", "jobs": "1"}, set(), {"numpy"}
    ),
    "hashes": Case(("HASHES",), {"soup": "1", "sieve": "1"}),
    "built from source": Case(("made",), {"made": "1"}),
}


@pytest.fixture(params=sorted(STYLES))
def place(request, tmp_path):
    """An environment over a module in one of the styles."""
    style = STYLES[request.param]
    prefix = tmp_path / "software"
    packages = module(prefix / "lib" / f"python{style.minor}" / "site-packages", *PROVIDED)
    hook = interpreters.install(style.minor).prefix / "easybuild" / "python"
    modules = [hook] if hook.is_dir() else []
    modules += [packages] if style.by == "PYTHONPATH" else []
    variables = {style.by: str(prefix)} if style.by == "EBPYTHONPREFIXES" else {}
    place = Place(tmp_path, style.minor, tuple(modules), variables)
    for distribution in OFFERED:
        place.wheels.wheel(distribution)
    place.wheels.sdist(Distribution("made", "1", builds_with=("maker",)))
    return place


def lines(place, case):
    """Write what the lines name, and return them."""
    source(place.root / "here", Distribution("here", "1", ("numpy",)))
    source(place.root / "there", Distribution("there", "1"))
    (place.root / "more.txt").write_text("learn\n", "utf-8")
    (place.root / "limits.txt").write_text("numpy<2\n", "utf-8")
    return hashed(place) if case.lines == ("HASHES",) else case.lines


def hashed(place):
    for name in ("soup", "sieve"):
        (wheel,) = place.wheels.directory.glob(f"{name}-*.whl")
        yield f"{name}==1 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


@pytest.mark.parametrize("installer", ["uv", "pip"])
@pytest.mark.parametrize("name", CASES)
def test_what_is_kept_and_what_is_installed(name, installer, place):
    case = CASES[name]
    report = place.install(*lines(place, case), options=Options(installer=installer, cache=place.root / "cache"))
    assert report.installed == case.installed
    assert set(report.kept) >= case.kept
    assert set(report.shadowed) == case.shadowed
    assert check_imports(place.path, place.interpreter(), place.environ) == []
    if name == "built from source":
        built = (place.site_packages / "made-1.dist-info" / "built_with.json").read_text("utf-8")
        assert '"maker": ["2"' in built
