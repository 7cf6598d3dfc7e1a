"""Draw docs/pictures/*.svg: real commands on the testbed's cluster, as they look on a terminal.

Usage: python docs/pictures.py [DIRECTORY]
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import testbed

DOCS = Path(__file__).resolve().parent
COLUMNS = 100
ACTIVATE = "source vsc-venv -a -r requirements.txt -m modules.txt"
PICTURES = {
    "first-steps": [
        "cat modules.txt requirements.txt",
        ACTIVATE,
        "python train.py",
        "echo rich >>requirements.txt",
        ACTIVATE,
        "vsc-venv list",
        "vsc-venv why numpy",
        "source vsc-venv -d",
    ],
    "mistakes": [
        "echo 'numpy=1.26' >requirements.txt",
        ACTIVATE,
        "echo 'numpy>=1.26' >requirements.txt",
        "echo 'SciPy-bundle/2023.7' >modules.txt",
        ACTIVATE,
    ],
}
"""What is typed in each."""


def main() -> None:
    """Draw all of them."""
    target = Path(sys.argv[1]) if sys.argv[1:] else DOCS / "pictures"
    target.mkdir(exist_ok=True)
    for name, typed in PICTURES.items():
        with tempfile.TemporaryDirectory(prefix="vsc-venv-pictures-") as directory:
            draw(play(typed, Path(directory))).save_svg(str(target / f"{name}.svg"), title="bash", unique_id=name)


def play(typed: list[str], directory: Path) -> list[str]:
    """Type the commands in a project of the examples' files; return the lines of the terminal."""
    project, home = directory / "project", directory / "home"
    shutil.copytree(DOCS / "examples", project)
    home.mkdir()
    env = {
        "COLUMNS": str(COLUMNS),
        "PATH": f"{testbed.site().clone.parent}:/usr/bin:/bin",
        "TERM": "xterm-256color",
        "XDG_CACHE_HOME": str(testbed.shared_cache("xdg")),
    }
    shell = testbed.Shell(kind="bash", tool="lmod", scratch=directory / "dumps", home=home, cwd=project, env=env)
    lines, prompt = [], ""
    with shell.interactive() as terminal:
        terminal.run("export VSC_OS_LOCAL=$(. /etc/os-release && echo $ID${VERSION_ID%%.*}); stty columns 100")
        for command in typed:
            before = prompt
            *printed, prompt = lines_of(terminal.run(command))
            lines += [f"\x1b[2m{before}$\x1b[0m \x1b[1m{command}\x1b[0m", *printed]
    shorter = {str(directory): "/data", str(testbed.site().root / "software"): "/apps"}
    for place, name in shorter.items():
        lines = [line.replace(place, name) for line in lines]
    return lines


def lines_of(printed: str) -> list[str]:
    """Return what a terminal shows in the end, line for line: what a progress bar has overwritten is not there."""
    return [re.split(r"\r(?:\x1b\[K)?", line.rstrip("\r"))[-1] for line in printed.split("\n")]


def draw(lines: list[str]) -> Console:
    """Return a console on which ``lines`` were printed."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    for line in lines:
        console.print(Text.from_ansi(line))
    return console


if __name__ == "__main__":
    main()
