"""What a second activation costs beside the commands that users type, measured side by side in one run.

Usage: python tests/benchmarks/activation.py [--runs N] [--output FILE]

Prints a Markdown table: milliseconds by the shell's own clock (medians), ratios to the plain commands, and counts
of processes and file system calls, which do not depend on the machine.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import testbed  # noqa: E402  # found by the line above
from counting import activate, count  # noqa: E402
from testbed import tools  # noqa: E402
from testbed.modulefile import easybuild, write  # noqa: E402

PYTHON = "Python/3.11.7-GCCcore-12.3.0"
TOOLCHAIN = "GCCcore-12.3.0"
TREE = 300
"""How much software the site has, in three versions each: sites have more."""


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
        return {
            "warm": f"{activate(testbed.site().clone)} 2>/dev/null",
            "plain": f"{load}; {plain}",
            "activate": plain,
            "by hand": f"{load}; rm -rf v; python -m venv --system-site-packages v; source v/bin/activate;"
            " pip install -q -r requirements.txt",
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
    ran = shell.script(activate(testbed.site().clone))
    assert ran.status == 0, ran.stderr
    return case


def row(case: Case, runs: int) -> str:
    """Return a line of the table; the ways are measured in turn, so that a slow moment meets them all."""
    times: dict[str, list[float]] = {"warm": [], "plain": [], "activate": []}
    for _ in range(runs):
        for way, measured in times.items():
            measured.append(case.seconds(case.text(way)))
    over = {way: statistics.median(measured) for way, measured in times.items()}
    costs = {way: count(case.shell, "", case.text(way)) for way in ("warm", "plain")}
    cells = (
        case.shell.tool,
        case.shell.kind,
        str(case.number),
        *(f"{1000 * over[way]:.1f}" for way in ("warm", "activate", "plain")),
        f"{over['plain'] / over['warm']:.0f}",
        *(f"{costs[way].processes}" for way in ("warm", "plain")),
        *(f"{costs[way].file_calls}" for way in ("warm", "plain")),
    )
    return f"| {' | '.join(cells)} |"


def at_once(case: Case, shells: int) -> str:
    """Return what many shells at the same moment take."""
    warm, plain = (case.all_seconds(case.text(way), shells) for way in ("warm", "plain"))
    login = case.all_seconds("", shells)
    return (
        f"{shells} shells at once, {case.shell.tool}, {case.number} modules: {warm:.2f} s with a warm activation, "
        f"{plain:.2f} s with the plain commands, {login:.2f} s with neither."
    )


def by_hand(case: Case) -> str:
    """Return what creating the environment anew by hand each time takes."""
    hand, warm = case.seconds(case.text("by hand")), case.seconds(case.text("warm"))
    what = f"By hand each time (purge, load, python -m venv, pip install), {case.shell.tool}"
    return f"{what}: {hand:.1f} s; {hand / warm:.0f} times a warm activation."


HEAD = """\
| tool | shell | modules | warm, ms | `source bin/activate`, ms | plain commands, ms | ratio \
| processes: warm | plain | file system calls: warm | plain |
|---|---|---|---|---|---|---|---|---|---|---|"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    lines = [HEAD]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as directory:
        for tool in ("lmod", "envmodules"):
            for kind in ("bash", "zsh"):
                for number in (1, 20, 80):
                    case = make_case(Path(directory) / f"{tool}-{kind}-{number}", kind, tool, number)
                    lines.append(row(case, given.runs))
                    sys.stdout.write(lines[-1] + "\n")
            lines += ["", at_once(case, 64), by_hand(case), ""]
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if given.output:
        given.output.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
