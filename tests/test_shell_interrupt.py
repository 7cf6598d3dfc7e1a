"""Ctrl-C at a terminal, or the end of a job: the shell is what it was, nothing is left, and the next attempt works."""

from __future__ import annotations

import dataclasses
import os
import random
import shlex
import signal
import subprocess
import time

import pytest

from breaking.interrupting import interrupt as interrupt_at_random
from breaking.shell_states import make_driver
from breaking.stages import STAGES, loading, until
from driving import ACTIVATE, EACH, changes, differences, project


@pytest.fixture
def here(tmp_path):
    return project(tmp_path)


@pytest.fixture(params=STAGES, ids=lambda stage: stage.__name__)
def stage(request):
    return request.param


@pytest.fixture
def temporary(tmp_path):
    directory = tmp_path / "tmp dir"
    directory.mkdir()
    return directory


def must_be_as_before(here, temporary, shell):
    """Nothing is left, and the next attempt works."""
    # Tcl makes a file in one call and unlinks it in the next: what ends it in between leaves one, typed by hand too.
    assert not [one for one in temporary.iterdir() if not one.name.startswith("tcl_")]
    assert not list(here.directory.glob("venvs/venv-*"))
    assert not list(here.directory.glob("venvs/.vsc-venv/*/[0-9]*"))
    here.write()
    ran = shell.script(ACTIVATE)
    assert ran.status == 0, ran.stderr
    assert "waiting for" not in ran.stderr


def interrupt(here, temporary, shell, stage, presses):
    """Press Ctrl-C in ``stage``, and look at everything before and after it."""
    shell = dataclasses.replace(shell, env={**shell.env, "TMPDIR": str(temporary), "HISTFILE": "/dev/null"})
    status = here.directory.parent / "status"
    with stage(here, temporary) as wait, shell.interactive() as terminal:
        terminal.run("trap ': mine' INT; f() { :; }; alias rm='echo ALIAS' cd=ls; X=1; set -- a 'b c'")
        terminal.run(f"{shell.state('before')}; {shell.snapshot('before')}")
        terminal.type(f"{ACTIVATE}; \\builtin echo $? >| {shlex.quote(str(status))}")
        wait()
        for _ in range(presses):
            terminal.interrupt()
            time.sleep(0.02)
        said = terminal.settle()
        # With each Ctrl-C the terminal drops what has not been read of it.
        assert presses > 1 or "interrupted" in said
        assert status.read_text() == "130\n"
        terminal.run(f"{shell.state('after')}; {shell.snapshot('after')}")
        assert terminal.run("echo alive") == "alive\n"
    assert not changes(shell.states["before"], shell.states["after"])
    assert not differences(shell.environments["before"], shell.environments["after"])
    must_be_as_before(here, temporary, shell)


@pytest.mark.parametrize(("shell_kind", "tool"), EACH)
def test_ctrl_c_in_each_stage(here, temporary, shell_kind, tool, stage):
    interrupt(here, temporary, here.shell(shell_kind, tool), stage, presses=1)


def test_ctrl_c_while_the_other_tool_loads(here, temporary, shell_kind):
    tool = {"bash": "envmodules", "zsh": "lmod"}[shell_kind]
    interrupt(here, temporary, here.shell(shell_kind, tool), loading, presses=1)


def test_ctrl_c_until_something_happens(here, temporary, shell_kind, stage):
    interrupt(here, temporary, here.shell(shell_kind, "lmod"), stage, presses=4)


def test_ctrl_c_once_the_shell_itself_is_changed_comes_too_late(here, shell_kind):
    shell = here.shell(shell_kind, "lmod")
    takes_its_time = "echo going; SECONDS=0; while [ $SECONDS -lt 2 ]; do :; done; unset VIRTUAL_ENV"
    with shell.interactive() as terminal:
        terminal.run(f"{shell.state('before')}; {shell.snapshot('before')}")
        terminal.run(f"export VIRTUAL_ENV=/x; deactivate() {{ {takes_its_time}; }}")
        terminal.type(ACTIVATE)
        # In the child that prepares, and then in the shell.
        terminal.expect("going")
        terminal.expect("going")
        terminal.interrupt()
        terminal.wait()
        assert terminal.run("echo $VIRTUAL_ENV_PROMPT").startswith("venv-RHEL8-zen2\n")
        terminal.run("deactivate")
        terminal.run(f"{shell.state('after')}; {shell.snapshot('after')}")
    assert not changes(shell.states["before"], shell.states["after"])
    assert differences(shell.environments["before"], shell.environments["after"]) == {}


@pytest.mark.parametrize("late", [False, True], ids=["in-the-copy", "in-the-shell"])
def test_ctrl_c_while_activating_again(here, shell_kind, late):
    shell, going = here.shell(shell_kind, "lmod"), here.directory.parent / "going"
    takes_its_time = f"echo x >>{shlex.quote(str(going))}; SECONDS=0; while [ $SECONDS -lt 2 ]; do :; done"
    with shell.interactive() as terminal:
        terminal.run(f"{ACTIVATE}; deactivate() {{ {takes_its_time}; __vsc_venv_deactivate; }}")
        terminal.run(f"X=1; {shell.state('before')}; {shell.snapshot('before')}")
        terminal.type(f"{ACTIVATE}; echo $? >status")
        # First a copy of the shell leaves, then the shell itself.
        until(lambda: going.exists() and going.read_text() == "x\n" * (1 + late))
        terminal.interrupt()
        terminal.settle()
        assert (here.directory / "status").read_text() == ("0\n" if late else "130\n")
        assert terminal.run("echo $VIRTUAL_ENV_PROMPT").startswith("venv-RHEL8-zen2\n")
        terminal.run(f"{shell.state('after')}; {shell.snapshot('after')}")
    assert not differences(shell.environments["before"], shell.environments["after"])
    if not late:
        assert not changes(shell.states["before"], shell.states["after"])


def test_a_signal_at_any_time_in_a_shell_of_any_state(tmp_path, clone, shell_kind):
    (tmp_path / "project").mkdir()
    driver = make_driver(shell_kind, tmp_path / "project", clone)
    for seed in range(12):
        interrupt_at_random(driver, random.Random(seed))


@pytest.mark.parametrize(("shell_kind", "number"), [("bash", signal.SIGTERM), ("zsh", signal.SIGHUP)])
def test_a_job_that_ends_in_each_stage(here, temporary, shell_kind, number, stage):
    shell = here.shell(shell_kind, "lmod", TMPDIR=str(temporary))
    job = here.directory.parent / "job"
    job.write_text(f"{shell.login()}\n{ACTIVATE}\necho WRONG\n")
    with stage(here, temporary) as wait:
        process = subprocess.Popen(
            [shell_kind, job],
            cwd=here.directory,
            env=shell.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        wait()
        os.killpg(process.pid, number)
        # Until the last of its processes has let go of the pipes.
        out, said = process.communicate()
    assert process.returncode != 0, said
    assert out == ""
    assert "Traceback" not in said
    must_be_as_before(here, temporary, shell)
