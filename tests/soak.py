"""Try to break what is promised, for a while, and count.

Usage: python tests/soak.py [--minutes N] [--seed N] [--shells N] [--workers N] [--page FILE]

Every kind of attempt is made at least once, and gets its share of the time. Prints a table of how many of each were
made and how many broke something; with --page it replaces the last section of that page. Exits with 1 where any did,
once it has printed what it was and its seed.
"""

from __future__ import annotations

import argparse
import os
import random
import shlex
import shutil
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import testbed
from breaking import bad_input, damage, distrust, faults, killing, many, refusing, running
from breaking.core import End, Project, make_project
from breaking.interrupting import interrupt
from breaking.shell_states import make_driver

if TYPE_CHECKING:
    from collections.abc import Callable

# The last heading of the page, below which the table stands.
HEADING = "## Figures"


@dataclass
class Kind:
    """A kind of attempt: its share of the time, how many attempts one call makes, and what it has spent."""

    name: str
    share: float
    attempt: Callable[[random.Random], object]
    each: int = 1
    spent: float = 0.0
    tried: int = 0
    broken: int = 0

    def make(self, seed: int) -> None:
        """Make an attempt, and say so where it breaks something."""
        began = time.monotonic()
        try:
            self.attempt(random.Random(seed))
        except Exception as problem:  # noqa: BLE001  # whatever it is, it is what we look for
            self.broken += 1
            sys.stdout.write(f"{self.name}, seed {seed}: {type(problem).__name__}: {problem}\n")
        self.tried += self.each
        self.spent += time.monotonic() - began


def kinds(directory: Path, shells: int) -> list[Kind]:
    """Return each kind of attempt, ready to be made."""
    clone = testbed.site().clone
    drivers = {kind: make_driver(kind, _empty(directory / kind / "project"), clone) for kind in ("bash", "zsh")}
    killed, refused, full, fresh, kept, damaged, changing = (_project(directory / str(number)) for number in range(7))
    steps = killing.count_steps(killed)
    for project in (refused, kept, damaged, changing):
        assert project.activate()[0] == 0
    library = faults.library(directory)
    return [
        *(Kind(f"states of {kind}", 20, driver.try_state) for kind, driver in drivers.items()),
        *(
            Kind(f"interrupts of {kind} at a terminal", 5, partial(interrupt, driver))
            for kind, driver in drivers.items()
        ),
        Kind("killed at a step", 9, lambda chance: killing.end_at_step(killed, End(chance.randrange(1, steps)))),
        Kind("killed with all it started", 9, lambda chance: killing.end_at_random(killed, chance, longest=1.0)),
        Kind("asked to end by a signal", 9, lambda chance: _asked_to_end(killed, chance, steps)),
        Kind(
            "refused from a step on: ENOSPC, EDQUOT, EROFS, EACCES",
            12,
            lambda chance: faults.Faults(
                refused, library, refused.directory / chance.choice(("venvs", "home"))
            ).refuse_at_random(chance),
        ),
        Kind("full disks and used up inodes", 4, lambda chance: _without_room(full, chance)),
        Kind("bad inputs", 8, lambda chance: bad_input.try_all(directory, kept.label_home, chance), bad_input.KINDS),
        Kind("damage to what is kept", 3, lambda chance: damage.damage(damaged, chance)),
        Kind("places that others can write", 2, lambda chance: distrust.let_others_in(changing, chance)),
        Kind("jobs that run during an update", 2, lambda chance: running.import_while_it_changes(changing, chance)),
        Kind("shells that activate during updates", 2, lambda _: many.while_it_changes(changing, clone, 1), 6),
        Kind(f"{shells} shells at once", 2, lambda _: many.at_once(_anew(fresh), clone, shells)),
    ]


def work(worker: int, given: argparse.Namespace) -> list[tuple[str, int, int]]:
    """Make attempts until the time is up, first what has had least of its share; return the counts."""
    seed = given.seed + worker * 10**9
    with tempfile.TemporaryDirectory(prefix="soak-") as directory:
        made = [kind for kind in kinds(Path(directory), given.shells) if given.only in kind.name]
        end = time.monotonic() + 60 * given.minutes
        while time.monotonic() < end or not all(kind.tried for kind in made):
            seed += 1
            min(made, key=lambda kind: (kind.tried > 0, kind.spent / kind.share)).make(seed)
    return [(kind.name, kind.tried, kind.broken) for kind in made]


def main() -> int:
    """Make attempts in some processes at once, and print or publish what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--shells", type=int, default=100)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="", metavar="WORDS", help="only attempts that are called so")
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    tried, broken = Counter[str](), Counter[str]()
    with ProcessPoolExecutor(given.workers) as workers:
        for counts in workers.map(work, range(given.workers), repeat(given)):
            for name, made, bad in counts:
                tried[name] += made
                broken[name] += bad
    table = _table(given, tried, broken)
    sys.stdout.write(table)
    if given.page:
        given.page.write_text(f"{given.page.read_text('utf-8').partition(HEADING)[0]}{HEADING}\n\n{table}", "utf-8")
    return 1 if broken.total() else 0


def _table(given: argparse.Namespace, tried: Counter[str], broken: Counter[str]) -> str:
    words = ["python", "tests/soak.py", "--minutes", f"{given.minutes:g}", "--seed", str(given.seed)]
    words += ["--shells", str(given.shells), "--workers", str(given.workers)]
    words += ["--only", given.only] if given.only else []
    rows = (f"| {name} | {count:,} | {broken[name]} |\n" for name, count in tried.items())
    return f"`{shlex.join(words)}` made\n\n| attempts | made | broke something |\n|---|---|---|\n{''.join(rows)}"


def _asked_to_end(project: Project, chance: random.Random, steps: int) -> None:
    number = chance.choice(killing.ASKING)
    if chance.randrange(2):
        killing.end_at_step(project, End(chance.randrange(1, steps), number))
    else:
        killing.end_at_random(project, chance, 1.0, number)


def _without_room(project: Project, chance: random.Random) -> None:
    limit = (
        f"size={chance.randrange(4, 160)}k" if chance.randrange(2) else f"size=4m,nr_inodes={chance.randrange(2, 60)}"
    )
    refusing.without_room(project, limit, "size=4m,nr_inodes=1000")


def _anew(project: Project) -> Project:
    shutil.rmtree(project.directory / "venvs", ignore_errors=True)
    return project


def _project(directory: Path) -> Project:
    return make_project(_empty(directory), directory / "home")


def _empty(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory


if __name__ == "__main__":
    sys.exit(main())
