"""What creating and updating an environment takes beside the commands that users type, measured in turn in one run.

Usage: python tests/benchmarks/installing.py [--quick] [--runs N] [--output FILE] [--page FILE]

Each way ends when what was asked for has been imported: pip compiles all that it installs, uv leaves it to the first
import.

Prints Markdown tables: seconds by the shell's own clock (medians) and ratios (medians of the ratios of each round), and
what the hook that orders imports adds to the start of a Python. --page puts them into a page of the documentation.
"""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import uv  # what this program installs with is what it is compared with

import testbed
from benchmarks import report

# Of the testbed, with numpy 1.25.1 and pandas 2.0.3.
MODULE = "SciPy-bundle/2023.07-gfbf-2023a"
SETS = {
    "beautifulsoup4, icecream": ("beautifulsoup4\nicecream\n", "bs4, icecream"),
    "scikit-learn": ("scikit-learn\n", "sklearn"),
    "numba": ("numba\n", "numba"),
    "numpy ≥ 2": ("numpy>=2,<2.3\n", "numpy"),
    "xarray, pandas": ("xarray\npandas\n", "xarray, pandas"),
    "dask[array]": ("dask[array]\n", "dask.array"),
    "a local path and -e": ("./local\n-e ./editable\n", "local, editable"),
    "-r and -c": ("-r more.txt\n-c limits.txt\nnetworkx\n", "networkx, rich"),
    "jupyterlab and four more": (
        "jupyterlab\nmatplotlib\nseaborn\nstatsmodels\nipywidgets\n",
        "jupyterlab, matplotlib, seaborn, statsmodels, ipywidgets",
    ),
}
"""What is asked for, and what is imported then: every way ends with that, as every user does."""
QUICK = ("beautifulsoup4, icecream", "dask[array]")
# So much of it that one round has to do.
ONCE = "jupyterlab and four more"
MORE = "humanize\n"
BROKEN = "cannot-be-imported"

LOAD = f"module purge >/dev/null 2>&1 && module load {MODULE}"
UV = shlex.quote(uv.find_uv_bin())
CLONE = shlex.quote(str(testbed.site().clone))
HAND = "source v/bin/activate && pip install -q --disable-pip-version-check -r requirements.txt"
WITH_UV = f"source v/bin/activate && {UV} pip install -q -r requirements.txt"
OURS = f"source {CLONE} -a -r requirements.txt -m modules.txt"
CREATE = {
    "hand": f"{LOAD} && python -m venv --system-site-packages v && {HAND}",
    "hand, not compiled": f"{LOAD} && python -m venv --system-site-packages v && {HAND} --no-compile",
    "uv": f"{LOAD} && {UV} venv -q --python $(command -v python3) --system-site-packages v && {WITH_UV}",
    "ours": OURS,
    "ours, compiled": f"export UV_COMPILE_BYTECODE=1; {OURS}",
}
UPDATE = {"hand": f"{LOAD} && {HAND}", "uv": f"{LOAD} && {WITH_UV}", "ours": OURS}


@dataclass
class Bench:
    """A project with one set of requirements, and how long each way took in each round."""

    root: Path
    requirements: str
    imports: str
    times: dict[str, list[float]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """The ways after which something cannot be imported."""

    def run(self, ways: dict[str, str], *, cold: bool = False, update: bool = False) -> None:
        """Go each of the ``ways`` once, so that a slow moment of the machine meets them all."""
        for way, text in ways.items():
            shell = self.make(way, cold=cold)
            if update:
                self.ran(shell, CREATE[way])
                (shell.cwd / "requirements.txt").write_text(self.requirements + MORE)
            self.times.setdefault(way, []).append(self.ran(shell, f"{text} && {self.importing()}"))
            self.counts[way] = installed(shell.cwd)
            if (shell.cwd / BROKEN).exists():
                self.broken.add(way)

    def make(self, way: str, *, cold: bool) -> testbed.Shell:
        """Return a shell in a new project; with caches of the way's own, which are empty where it is to be ``cold``."""
        project, home = self.root / "project", self.root / "home"
        shutil.rmtree(project, ignore_errors=True)
        home.mkdir(parents=True, exist_ok=True)
        for name in ("local", "editable"):
            testbed.source(project / name, testbed.Distribution(name, "1.0", ("numpy",)))
        (project / "modules.txt").write_text(f"{MODULE}\n")
        (project / "requirements.txt").write_text(self.requirements)
        (project / "more.txt").write_text("rich\ntyping-extensions\n")
        (project / "limits.txt").write_text("numpy<2\nmarkdown-it-py<4\n")
        cache = self.root / "cold" if cold else testbed.shared_cache("benchmark") / way.partition(",")[0]
        shutil.rmtree(self.root / "cold", ignore_errors=True)
        env = {
            "XDG_CACHE_HOME": str(testbed.shared_cache("xdg")),
            "PIP_CACHE_DIR": str(cache / "pip"),
            "UV_CACHE_DIR": str(cache / "uv"),
        }
        return testbed.Shell(kind="bash", tool="lmod", scratch=self.root / "scratch", home=home, cwd=project, env=env)

    def ran(self, shell: testbed.Shell, text: str) -> float:
        """Return how many seconds ``text`` takes in a shell that has logged in."""
        ran = shell.script(f"a=$EPOCHREALTIME\n{text} || exit 1\nb=$EPOCHREALTIME\necho $a $b")
        if ran.status != 0:
            sys.exit(f"{text}\n{ran.stdout}{ran.stderr}")
        before, after = ran.stdout.splitlines()[-1].split()
        return float(after) - float(before)

    def importing(self) -> str:
        """Return what imports what was asked for; it may fail, and leaves a mark then."""
        return f"{{ python -c 'import {self.imports}' 2>/dev/null || touch {BROKEN}; }}"

    def seconds(self, way: str) -> str:
        """Return the median of what the ``way`` took."""
        fails = ", fails" if way in self.broken else ""
        return f"{statistics.median(self.times[way]):.2f}{fails}"

    def ratio(self, one: str, other: str) -> float | None:
        """Return how many times as long the ``one`` way takes as the ``other``; None where it leads nowhere."""
        if one in self.broken:
            return None
        return statistics.median(a / b for a, b in zip(self.times[one], self.times[other]))

    @property
    def has_help(self) -> bool:
        """Whether modules have a part of what uv installs otherwise."""
        return self.counts["ours"] < self.counts["uv"]


def installed(project: Path) -> int:
    """Return how many distributions lie in the environment itself, without those that python -m venv puts there."""
    (directory,) = {*project.glob("v/lib/*/site-packages"), *project.glob("venvs/venv-*/lib/*/site-packages")}
    return sum(1 for one in directory.glob("*.dist-info") if not re.match("(pip|setuptools|wheel)-", one.name))


def medians(benches: Iterable[Bench], empty: int, ratios: list[tuple[str, str]]) -> list[list[str]]:
    """Return the last lines of a table: the medians of the ratios of all sets, and of those with help of modules."""
    everything = list(benches)
    rows = []
    for name, some in (
        ("median of the sets", everything),
        ("of those that modules have a part of", [bench for bench in everything if bench.has_help]),
    ):
        found = [[ratio for bench in some if (ratio := bench.ratio(*pair)) is not None] for pair in ratios]
        cells = [f"**{statistics.median(each):.2f}**" if each else "" for each in found]
        rows.append([f"**{name}**", *[""] * empty, *cells])
    return rows


def shown(ratio: float | None) -> str:
    """Return the ``ratio`` as text."""
    return "-" if ratio is None else f"{ratio:.2f}"


def creating(root: Path, names: list[str], runs: int) -> str:
    """Measure new environments with warm caches, byte-compiled and not."""
    benches = {}
    for name in names:
        bench = benches[name] = Bench(root, *SETS[name])
        bench.run(CREATE)
        warm_up, bench.times = bench.times, {}
        for _ in range(1 if name == ONCE else runs):
            bench.run(CREATE)
        say(f"created: {name} {warm_up['ours'][0]:.1f} {bench.times}")
    ratios = [("hand", "ours"), ("hand, not compiled", "ours"), ("hand", "ours, compiled"), ("uv", "ours")]
    rows = [
        [
            name,
            *(bench.seconds(way) for way in CREATE),
            *(shown(bench.ratio(*pair)) for pair in ratios),
            " / ".join(str(bench.counts[way]) for way in ("hand", "uv", "ours")),
        ]
        for name, bench in benches.items()
    ]
    columns = ["requirements", "by hand", "… `--no-compile`", "plain uv", "vsc-venv", "… compiled"]
    columns += ["by hand ÷ vsc-venv", "… neither compiled", "… both compiled", "uv ÷ vsc-venv"]
    rows += [[*row, ""] for row in medians(benches.values(), len(CREATE), ratios)]
    return report.table([*columns, "installed: by hand / uv / vsc-venv"], rows)


def three(root: Path, names: list[str], runs: int, *, cold: bool = False, update: bool = False) -> str:
    """Measure the three ways as they are typed: with empty caches, or updates of environments that are there."""
    ways = UPDATE if update else {way: CREATE[way] for way in UPDATE}
    benches = {name: Bench(root, *SETS[name]) for name in names}
    for name, bench in benches.items():
        for _ in range(runs):
            bench.run(ways, cold=cold, update=update)
        say(f"{'cold' if cold else 'updated'}: {name} {bench.times}")
    ratios = [("hand", "ours"), ("uv", "ours")]
    rows = [
        [name, *(bench.seconds(way) for way in ways), *(shown(bench.ratio(*pair)) for pair in ratios)]
        for name, bench in benches.items()
    ]
    rows += medians(benches.values(), len(ways), ratios)
    return report.table(
        ["requirements", "by hand", "plain uv", "vsc-venv", "by hand ÷ vsc-venv", "uv ÷ vsc-venv"],
        rows,
    )


def starting(root: Path, runs: int) -> str:
    """Measure the start of a Python in an environment of ours beside a plain one on the same modules."""
    rows = []
    for letter, bundle in testbed.STYLES.items():
        pythons, env = two_pythons(root / f"style-{letter}", bundle.name)
        times: dict[str, list[float]] = {name: [] for name in pythons}
        for _ in range(runs):
            for name, python in pythons.items():
                started = time.perf_counter()
                subprocess.run([python, "-c", "pass"], env=env, check=True)
                times[name].append(1000 * (time.perf_counter() - started))
        plain, ours = (statistics.median(times[name]) for name in ("plain", "ours"))
        rows.append(
            [f"{bundle.minor}, `{bundle.by}`", f"{plain:.2f}", f"{ours:.2f}", f"{100 * (ours / plain - 1):+.1f} %"]
        )
    return report.table(["Python, modules by", "plain venv, ms", "vsc-venv, ms", "difference"], rows)


def two_pythons(root: Path, module: str) -> tuple[dict[str, Path], dict[str, str]]:
    """Return the Pythons of a plain environment and of ours over ``module``, and the environment to start them in."""
    project, home = root / "project", root / "home"
    for directory in (project, home):
        directory.mkdir(parents=True)
    (project / "modules.txt").write_text(f"{module}\n")
    (project / "requirements.txt").write_text("")
    env = {"XDG_CACHE_HOME": str(testbed.shared_cache("xdg"))}
    shell = testbed.Shell(kind="bash", tool="lmod", scratch=root / "scratch", home=home, cwd=project, env=env)
    plain = f"module load {module} && python -m venv --system-site-packages --without-pip v"
    ran = shell.script(
        f"set -e\n{CLONE} prepare -r requirements.txt -m modules.txt\n{plain}\n{shell.snapshot('loaded')}"
    )
    if ran.status != 0:
        sys.exit(ran.stderr)
    (ours,) = project.glob("venvs/venv-*/bin/python")
    return {"plain": project / "v/bin/python", "ours": ours.resolve().parent / "python"}, ran.environments["loaded"]


def pip_version() -> str:
    """Return the version of the pip that the module's Python brings."""
    (found,) = testbed.site().python.site_packages.glob("pip-*.dist-info")
    return found.name[len("pip-") : -len(".dist-info")]


def say(text: str) -> None:
    """Tell how far it is."""
    sys.stderr.write(f"{text}\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=2, help="rounds with warm caches, behind one that fills them")
    parser.add_argument("--quick", action="store_true", help="two small sets, one round: to see whether it works")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    names = list(QUICK if given.quick else SETS)
    runs, starts = (1, 30) if given.quick else (given.runs, 300)
    small = [name for name in names if name != ONCE]
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=testbed.shared_cache("uv").parent) as directory:
        root = Path(directory)
        parts = [
            f"Measured on {report.machine()}, pip {pip_version()}; rounds: {runs}.",
            "New environments, warm caches, until what was asked for is imported, seconds:",
            creating(root, names, runs),
            "The same with empty caches:",
            three(root, small, 1, cold=True),
            "The same for one more requirement and an environment that is there:",
            three(root, [small[0], small[-1]], runs, update=True),
            f"`python -c pass`, {starts} times in turn:",
            starting(root, starts),
        ]
    text = "\n\n".join(part.rstrip("\n") for part in parts) + "\n"
    sys.stdout.write(text)
    if given.output:
        given.output.write_text(text, "utf-8")
    if given.page:
        report.put_into(given.page, Path(__file__).name, text)


if __name__ == "__main__":
    main()
