"""What activations cost beside the commands that users type, measured side by side in one run.

Usage: python tests/benchmarks/activation.py [--runs N] [--shells N] [--page FILE] [--plot FILE]

Prints Markdown tables: milliseconds by the shell's own clock (medians), ratios, and counts of processes and file system
calls, which do not depend on the machine. --page puts them into a page of the documentation; --plot draws them, with
matplotlib.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import testbed
from benchmarks import report
from counting import Costs, count
from driving import ACTIVATE
from testbed import tools
from testbed.modulefile import easybuild, write

PYTHON = "Python/3.11.7-GCCcore-12.3.0"
TOOLCHAIN = "GCCcore-12.3.0"
TREE = 300
"""How much software the site has, in three versions each: sites have more."""
NUMBERS = (1, 20, 80)
"""Modules that a list has beside Python and what it needs."""
WAYS = {
    "activate": "`source bin/activate` alone",
    "warm": "second activation",
    "plain": "purge, load, `source bin/activate`",
    "asked": "activation that asks the core",
    "first": "first activation, with the build",
    "by hand": "purge, load, `python -m venv`, `pip install`",
}
SLOW = ("asked", "first", "by hand")


@dataclass(frozen=True)
class Case:
    """A project whose list has ``number`` modules beside Python, in one kind of shell under one tool."""

    shell: testbed.Shell
    number: int

    @property
    def modules(self) -> list[str]:
        """What the list asks for."""
        return [PYTHON, *(f"{software(number)}/1.0-{TOOLCHAIN}" for number in range(self.number))]

    def text(self, way: str) -> str:
        """Return what is typed."""
        load = f"module purge >/dev/null 2>&1; module load {' '.join(self.modules)}"
        plain = "source venvs/venv-RHEL8-zen2/bin/activate"
        line = f"{ACTIVATE} 2>/dev/null"
        pip = "pip install -q -r requirements.txt"
        return {
            "warm": line,
            "asked": f"rm -rf venvs/.vsc-venv/warm*; {line}",
            "first": f"rm -rf venvs; {line}",
            "plain": f"{load}; {plain}",
            "activate": plain,
            "by hand": f"{load}; rm -rf v; python -m venv --system-site-packages v; source v/bin/activate; {pip}",
        }[way]

    def start(self, text: str) -> subprocess.Popen[str]:
        """Start a shell that logs in and runs ``text``."""
        script = self.shell.scratch / "timed"
        self.shell.scratch.mkdir(parents=True, exist_ok=True)
        script.write_text(f"{self.shell.login()}\n{text}\n", "utf-8")
        bare = ["--noprofile", "--norc"] if self.shell.kind == "bash" else ["-f"]
        return subprocess.Popen(
            [self.shell.kind, *bare, script],
            env=self.shell.environment(),
            cwd=self.shell.cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def seconds(self, text: str) -> float:
        """Return how long ``text`` takes in a shell that has logged in, by the shell's own clock."""
        clock = "" if self.shell.kind == "bash" else "zmodload zsh/datetime\n"
        timed = f"{clock}a=$EPOCHREALTIME\n{text}\nb=$EPOCHREALTIME\necho $a $b"
        output = self.start(timed).communicate()[0]
        before, after = output.splitlines()[-1].split()
        return float(after) - float(before)

    def all_seconds(self, text: str, shells: int) -> float:
        """Return how long ``shells`` take together that log in and run ``text``."""
        started = time.perf_counter()
        running = [self.start(text) for _ in range(shells)]
        for process in running:
            process.communicate()
        return time.perf_counter() - started


def software(number: int) -> str:
    """Return the name of one of the site's programs."""
    return f"Software{number:03d}"


def tree(directory: Path) -> Path:
    """Return the site's module tree, made at first use: modules that set what those of EasyBuild do."""
    trees = directory / "modules"
    if not trees.exists():
        names = [f"{software(number)}/{version}.0-{TOOLCHAIN}" for number in range(TREE) for version in (1, 2, 3)]
        write(trees, [easybuild(name, Path("/apps/software", name), prepends=paths(name)) for name in names])
    return trees


def paths(name: str) -> list[tuple[str, str]]:
    """Return the further entries that EasyBuild's modules put before lists."""
    where = {"LIBRARY_PATH": "lib", "CPATH": "include", "PKG_CONFIG_PATH": "lib/pkgconfig", "XDG_DATA_DIRS": "share"}
    return [(variable, f"/apps/software/{name}/{part}") for variable, part in where.items()]


def make_case(directory: Path, kind: str, tool: str, number: int) -> Case:
    """Make a project and its environment."""
    home, project = directory / "home", directory / "project"
    home.mkdir(parents=True)
    project.mkdir()
    trees = f"{testbed.site().tree('core', tool)}:{tree(directory.parent) / tools.language(tool)}"
    shared = {"XDG_CACHE_HOME": str(testbed.shared_cache("xdg")), "MODULEPATH": trees}
    shell = testbed.Shell(kind=kind, tool=tool, scratch=directory / "scratch", home=home, cwd=project, env=shared)
    case = Case(shell, number)
    (project / "modules.txt").write_text("\n".join(case.modules) + "\n")
    (project / "requirements.txt").write_text("beautifulsoup4==4.12.3\n")
    ran = shell.script(ACTIVATE)
    assert ran.status == 0, ran.stderr
    return case


@dataclass
class Measured:
    """What the ways cost in one case: milliseconds of each round, and counts."""

    case: Case
    times: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})
    costs: dict[str, Costs] = field(default_factory=dict)

    def measure(self, runs: int) -> Measured:
        """Measure all ways in turn, so that a slow moment meets them all."""
        for number in range(runs):
            for way, times in self.times.items():
                if way not in SLOW or number % (-(-runs // 3)) == 0:
                    times.append(1000 * self.case.seconds(self.case.text(way)))
        self.costs = {way: count(self.case.shell, "", self.case.text(way)) for way in WAYS}
        return self

    def median(self, way: str) -> float:
        """Return the median of what ``way`` takes, in milliseconds."""
        return statistics.median(self.times[way])

    @property
    def name(self) -> list[str]:
        """The cells that say which case it is."""
        tool = {"lmod": "Lmod", "envmodules": "Environment Modules"}[self.case.shell.tool]
        return [f"{tool}, {self.case.shell.kind}", str(self.case.number)]

    def in_milliseconds(self) -> list[str]:
        """Return a line of the table of times."""
        ratios = (self.median("plain") / self.median("warm"), self.median("by hand") / self.median("first"))
        return [
            *self.name,
            *(f"{self.median(way):.{way not in SLOW:d}f}" for way in WAYS),
            *(f"{one:.1f}" for one in ratios),
        ]

    def in_counts(self) -> list[str]:
        """Return a line of the table of counts."""
        each = (self.costs[way] for way in WAYS)
        return [*self.name, *(f"{one.processes} / {one.pythons} / {one.file_calls}" for one in each)]


def empty(kind: str, runs: int) -> float:
    """Return how long a shell takes that does nothing, in milliseconds."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run([kind, *(["--noprofile", "--norc"] if kind == "bash" else ["-f"]), "-c", ":"], check=True)
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def at_once(case: Case, shells: int) -> str:
    """Return what many shells at the same moment take."""
    warm, plain = (case.all_seconds(case.text(way), shells) for way in ("warm", "plain"))
    login = case.all_seconds("", shells)
    return (
        f"- {shells} shells at once, {', '.join(Measured(case).name)} modules: {warm:.1f} s with a second activation, "
        f"{plain:.1f} s with the plain commands, {login:.1f} s with neither."
    )


def plot(all_measured: list[Measured], file: Path) -> None:
    """Draw what 20 modules cost in bash."""
    from matplotlib import pyplot as plt  # noqa: PLC0415  # for those who draw

    plt.rcParams["svg.fonttype"] = "none"
    chosen = [one for one in all_measured if (one.case.shell.kind, one.case.number) == ("bash", 20)]
    figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
    places = range(len(WAYS))
    for number, one in enumerate(chosen):
        bars = axes.barh(
            [place + 0.4 * number for place in places], [one.median(way) for way in WAYS], 0.38, label=one.name[0]
        )
        axes.bar_label(bars, fmt="%.3g", padding=2, fontsize=8)
    axes.set_yticks([place + 0.2 for place in places], [text.replace("`", "") for text in WAYS.values()])
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds, 20 modules")
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.15)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--shells", type=int, default=64, help="how many at once")
    parser.add_argument("--page", type=Path)
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    found, crowds = [], []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as directory:
        for tool in ("lmod", "envmodules"):
            for kind in ("bash", "zsh"):
                for number in NUMBERS:
                    case = make_case(Path(directory) / f"{tool}-{kind}-{number}", kind, tool, number)
                    found.append(Measured(case).measure(given.runs))
                    sys.stderr.write(f"{found[-1].in_milliseconds()}\n")
                crowds.append(at_once(case, given.shells))
    shells = " and ".join(f"{empty(kind, given.runs):.1f} ms ({kind})" for kind in ("bash", "zsh"))
    heads = ["", "modules", *WAYS.values()]
    text = "\n".join(
        (
            f"Measured on {report.machine()}; medians of {given.runs} rounds.\n",
            "Milliseconds over a shell that has logged in; an empty shell starts and ends in " + shells + ".\n",
            report.table(
                [*heads, "plain commands / second activation", "by hand / first activation"],
                [one.in_milliseconds() for one in found],
            ),
            "Processes / Pythons among them / file system calls:\n",
            report.table(heads, [one.in_counts() for one in found]),
            *crowds,
        )
    )
    sys.stdout.write(f"{text}\n")
    if given.page:
        report.put_into(given.page, Path(__file__).name, text)
    if given.plot:
        plot(found, given.plot)


if __name__ == "__main__":
    main()
