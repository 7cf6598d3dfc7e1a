"""Ctrl-C at a terminal: the shell is what it was, and nothing is left that is taken for an environment."""

from __future__ import annotations

import dataclasses
import socket
import time
from contextlib import contextmanager

import pytest

import testbed
from driving import ACTIVATE, EACH, changes, differences, project


@pytest.fixture
def here(tmp_path):
    return project(tmp_path)


@contextmanager
def at_a_prompt(here, kind, tool):
    """Yield a terminal at which to begin what is then interrupted, and look at everything before and after it."""
    shell = here.shell(kind, tool)
    temporary = here.directory.parent / "tmp dir"
    temporary.mkdir()
    shell = dataclasses.replace(shell, env={**shell.env, "TMPDIR": str(temporary), "HISTFILE": "/dev/null"})
    with shell.interactive() as terminal:
        terminal.run("trap ': mine' INT; f() { :; }; alias rm='echo ALIAS' cd=ls; X=1; set -- a 'b c'")
        terminal.run(f"{shell.state('before')}; {shell.snapshot('before')}")
        yield terminal
        assert "interrupted" in terminal.wait()
        assert terminal.status() == 130
        terminal.run(f"{shell.state('after')}; {shell.snapshot('after')}")
        assert terminal.run("echo alive") == "alive\n"
    assert not changes(shell.states["before"], shell.states["after"])
    assert not differences(shell.environments["before"], shell.environments["after"])
    assert not list(temporary.iterdir())
    assert not list(here.directory.glob("venvs/venv-*"))
    assert not list(here.directory.glob("venvs/.vsc-venv/*/*/vsc-venv.json"))
    here.write()
    assert shell.script(ACTIVATE).status == 0, "nobody holds the lock any more"


@pytest.mark.parametrize(("shell_kind", "tool"), EACH)
def test_while_modules_load(here, shell_kind, tool):
    here.write(modules=f"{testbed.site().python.module}\nslow/1.0\n")
    with at_a_prompt(here, shell_kind, tool) as terminal:
        terminal.type(ACTIVATE)
        terminal.expect("not RHEL8")
        time.sleep(0.5)  # it says nothing while it loads
        terminal.interrupt()


@pytest.mark.parametrize("presses", [1, 3])
def test_while_it_resolves(here, shell_kind, presses):
    with socket.create_server(("127.0.0.1", 0)) as index, at_a_prompt(here, shell_kind, "lmod") as terminal:
        here.write(f"--index-url http://127.0.0.1:{index.getsockname()[1]}/simple\nthing\n")
        terminal.type(ACTIVATE)
        connection, _ = index.accept()
        with connection:
            for _ in range(presses):
                terminal.interrupt()
                time.sleep(0.02)


def test_while_it_installs(here, shell_kind):
    source = testbed.source(here.directory / "thing", testbed.Distribution("thing", "1.0"))
    backend = source / "backend.py"
    began = here.directory / "began"
    begin = f"import time\nopen({str(began)!r}, 'w').close()\ntime.sleep(60)\n"
    backend.write_text(begin + backend.read_text())
    with at_a_prompt(here, shell_kind, "envmodules") as terminal:
        here.write("./thing\n")
        terminal.type(ACTIVATE)
        while not began.exists():
            time.sleep(0.05)
        terminal.interrupt()
