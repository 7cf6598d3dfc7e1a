"""Try to break what is promised, for a while, and count.

Usage: python tests/soak.py [--minutes N] [--seed N]

Prints one line for each kind of attempt: how many were made and how many broke something. Exits with 1 where any
did, once it has printed what it was and its seed.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import testbed  # noqa: E402  # found by the line above
from breaking import bad_input, killing, refusing  # noqa: E402
from breaking.core import End, make_project  # noqa: E402
from breaking.shell_states import make_driver  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable


def attempts(directory: Path) -> dict[str, Callable[[random.Random], None]]:
    """Return each kind of attempt, ready to be made with a source of chance."""
    made = {name: _project(directory / name) for name in ("killed", "refused", "input")}
    steps = killing.count_steps(made["killed"])
    made["input"].prepare()
    made["input"].activate()
    drivers = {kind: make_driver(kind, _empty(directory / kind), testbed.site().clone) for kind in ("bash", "zsh")}
    return {
        "killed at a step": lambda chance: killing.end_at_step(made["killed"], End(chance.randrange(1, steps))),
        "killed with all it started": lambda chance: killing.end_at_random(made["killed"], chance, longest=1.0),
        "a full disk": lambda chance: _without_room(made["refused"], chance),
        "bad input": lambda chance: bad_input.try_all(directory, made["input"].label_home, chance),
        **{f"a state of {kind}": driver.try_state for kind, driver in drivers.items()},
    }


# Attempts of very different length get about the same time.
ROUND = {"bad input": 100, "a state of bash": 40, "a state of zsh": 40}


def main() -> int:
    """Make attempts in turn until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    tried, broken = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="soak-") as directory:
        kinds = attempts(Path(directory))
        end, seed = time.monotonic() + 60 * given.minutes, given.seed
        while time.monotonic() < end:
            for name, attempt in kinds.items():
                for _ in range(ROUND.get(name, 1)):
                    seed += 1
                    tried[name] += 1
                    broken[name] += _breaks(attempt, name, seed)
    for name, count in tried.items():
        sys.stdout.write(f"{name}: {count} tried, {broken[name]} broken\n")
    return 1 if broken.total() else 0


def _breaks(attempt: Callable[[random.Random], None], name: str, seed: int) -> bool:
    try:
        attempt(random.Random(seed))
    except Exception as problem:  # noqa: BLE001  # whatever it is, it is what we look for
        sys.stdout.write(f"{name}, seed {seed}: {type(problem).__name__}: {problem}\n")
        return True
    return False


def _without_room(project: object, chance: random.Random) -> None:
    limit = (
        f"size={chance.randrange(4, 160)}k" if chance.randrange(2) else f"size=4m,nr_inodes={chance.randrange(2, 60)}"
    )
    refusing.without_room(project, limit, "size=4m,nr_inodes=1000")


def _project(directory: Path) -> object:
    return make_project(_empty(directory), directory / "home")


def _empty(directory: Path) -> Path:
    directory.mkdir()
    return directory


if __name__ == "__main__":
    sys.exit(main())
