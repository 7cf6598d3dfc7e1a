"""A signal at any time while a shell of any state, at a terminal, activates: it is what it was, or all is active."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import time
from typing import TYPE_CHECKING

from breaking.shell_states import random_state
from testbed import state
from testbed.terminal import Terminal

if TYPE_CHECKING:
    import random

    from breaking.shell_states import Driver

# About as long as an activation for which the core is asked, in seconds.
_LONGEST = 0.6
# What ends a shell at a terminal at the first command that fails, and what hides its prompt.
_UNFIT = re.compile(r"^set -e$|\b(?:err_exit|err_return)\b|^PS1=.*", re.MULTILINE)
# A bash sets them after any command, and exports them with `set -a`.
_OF_A_TERMINAL = ("LINES", "COLUMNS")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt(driver: Driver, chance: random.Random) -> None:
    """Interrupt an activation at a random time in a shell of a random state, and compare all of it."""
    setup = _UNFIT.sub("", random_state(driver.kind, chance))
    # Without records, the core is asked.
    shutil.rmtree(driver.directory / "venvs/.vsc-venv/warm1", ignore_errors=True)
    driver.forget()
    with Terminal(driver.kind, driver.environ, driver.directory) as terminal:
        _do(driver, terminal, setup)
        _do(driver, terminal, driver.dump("before"))
        terminal.type(driver.activate)
        terminal.wait_for_child()
        time.sleep(chance.uniform(0, _LONGEST))
        if chance.randrange(2):
            terminal.interrupt()
        else:
            terminal.signal(chance.choice(_SIGNALS))
        said = terminal.settle()
        _do(driver, terminal, driver.dump("after"))
        name = "after"
        if "VIRTUAL_ENV" in state.read_environments(driver.scratch)["after"]:
            name = "left"
            _do(driver, terminal, f"{driver.deactivate}\n{driver.dump('left')}")
    leaks = {what: pair for what, pair in driver.leaks("before", name).items() if what not in _OF_A_TERMINAL}
    assert not leaks, f"{name}: {leaks}\n{setup}\n{said}"


def _do(driver: Driver, terminal: Terminal, text: str) -> None:
    """Have the shell do what ``text`` says; there may be more prompts to be read than we know."""
    script = driver.scratch / "typed"
    script.write_text(f"{text}\n\\builtin printf '%s%s\\n' do ne\n", encoding="utf-8", errors="surrogateescape")
    terminal.type(f". {shlex.quote(str(script))}")
    terminal.expect("done")
    terminal.wait()
