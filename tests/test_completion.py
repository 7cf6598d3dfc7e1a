"""What the Tab key makes of a line, in shells at a terminal."""

from __future__ import annotations

import shlex
import subprocess

import pexpect
import pytest

from driving import CLONE

PAIRS = [
    ("vsc-venv remo", "remove"),
    ("vsc-venv remove RHEL8-h", "remove RHEL8-haswell"),
    ("vsc-venv remove g", "remove gpu-RHEL8-zen2"),
    ("vsc-venv -a --name g", "-a --name gpu"),
    ("vsc-venv kernel ins", "kernel install"),
    ("vsc-venv kernel install --displ", "kernel install --display-name"),
    ("vsc-venv --recr", "--recreate"),
    ("vsc-venv -a -r requ", "-a -r requirements.txt"),
    ("vsc-venv -a -r build --installer p", "-a -r build --installer pip"),
    ("vsc-venv init tc", "init tcsh"),
    ("vsc-venv build -p only-o", "build -p only-one"),
]
COMMANDS = {"bash": ["--noprofile", "--norc", "-i"], "zsh": ["-f", "-i"]}


@pytest.fixture
def here(tmp_path):
    """A project with three environments, and a Slurm of one partition as far as completion asks it."""
    for name in (
        "venvs/venv-RHEL8-zen2",
        "venvs/venv-RHEL8-haswell",
        "venvs/gpu-RHEL8-zen2",
        "venvs/.vsc-venv/gpu@RHEL8-zen2",
        "bin",
        "home",
    ):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "bin/sinfo").write_text("#!/bin/sh\necho only-one\n")
    (tmp_path / "bin/sinfo").chmod(0o755)
    return tmp_path


@pytest.fixture
def env(here):
    return {"HOME": str(here / "home"), "PATH": f"{here}/bin:/usr/bin:/bin", "TERM": "dumb", "LANG": "C.UTF-8"}


@pytest.mark.parametrize("kind", COMMANDS)
def test_tab_in_bash_and_zsh(kind, here, env):
    child = pexpect.spawn(kind, COMMANDS[kind], env=env, cwd=str(here), encoding="utf-8", timeout=30)
    if kind == "zsh":
        child.sendline("autoload -U compinit; compinit -u -D")
    child.sendline(f'eval "$({shlex.quote(str(CLONE))} init {kind})"')
    # What would be done with the line; in another spelling than it is echoed.
    child.sendline("vsc-venv() { printf 'li''ne=%s=\\n' \"$*\"; }")
    for typed, expected in PAIRS:
        child.sendline(f"{typed}\t")
        child.expect(r"line=([^\r]*?) ?=\r")
        assert child.match[1] == expected
    child.close(force=True)


def test_what_fish_offers(here, env):
    lines = "\n".join(f"complete -C {shlex.quote(typed)}; echo ." for typed, _ in PAIRS)
    init = f"{shlex.quote(str(CLONE))} init fish | source\nsource {shlex.quote(str(CLONE.parent))}/completion.fish"
    script = f"{init}\n{lines}\n"
    ran = subprocess.run(
        ["fish", "--no-config", "-c", script], env=env, cwd=here, capture_output=True, text=True, check=True
    )
    offered = [block.strip().partition("\t")[0] for block in ran.stdout.split("\n.\n")][: len(PAIRS)]
    assert offered == [expected.rpartition(" ")[2] for _, expected in PAIRS], ran.stderr
