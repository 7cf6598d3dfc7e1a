"""First use from a clone: real Pythons, real installers, real PyPI, and what can be in the way of each."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import testbed
from breaking.refusing import small_disk
from testbed import interpreters
from testbed.environment import builder, hermetic, uv_command
from vscvenv import bootstrap
from vscvenv.process import Completed, run

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
SHIM = ROOT / "shell" / "vsc-venv"
SETS_UP = "setting up its own environment"

# Programs that hide something real from the command behind them, in name spaces of its own.
NO_NETWORK = ("unshare", "-rn")
NOT_ROOT = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
HIDE_PYTHONS = (
    *("unshare", "-rm", "bash", "-c"),
    'for one in /usr/{,local/}bin/python3*; do [ ! -x "$one" ] || mount --bind /dev/null "$one"; done; exec "$@"',
    "hide",
)
NO_HOME = (
    *("unshare", "-rm", "bash", "-c"),
    'mount --bind "$HOME" ~root && unset HOME && exec "$@"',
    "no-home",
)


@dataclass(frozen=True)
class User:
    """Somebody with an empty home directory who has a clone."""

    home: Path
    env: dict[str, str]

    def start(self, *words: str, within: tuple[str, ...] = (), cwd: Path | None = None, **env: str) -> Completed:
        """Execute the file of the clone."""
        command = (*within, SHIM, *(words or ("--version",)))
        return run(command, env={**self.env, **env}, cwd=cwd or self.home, check=False)

    def with_path(self, *directories: Path) -> User:
        return replace(self, env={**self.env, "PATH": ":".join([*map(str, directories), self.env["PATH"]])})

    @property
    def cores(self) -> Path:
        return self.home / ".cache" / "vsc-venv" / "core"

    @property
    def built(self) -> list[str]:
        """All that lies beside each other there: links to environments, the environments, not the locks."""
        return sorted(one.name for one in self.cores.iterdir() if one.suffix != ".lock")

    def python_version(self) -> str:
        (link,) = [one for one in self.cores.iterdir() if one.is_symlink()]
        config = (link / "pyvenv.cfg").read_text()
        return next(line.split()[-1] for line in config.splitlines() if line.startswith("version"))


@pytest.fixture
def user(empty_home: Path) -> User:
    return User(empty_home, hermetic(empty_home))


@pytest.fixture
def hasty(user: User, tmp_path: Path) -> User:
    """A user with uv on PATH, where setting up takes half a second instead of five."""
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv").symlink_to(uv_command()[0])
    return user.with_path(tmp_path / "uv")


def real(minor: str) -> Path:
    """Return a Python that starts without modules."""
    return interpreters.source(minor)


def bare(directory: Path, minor: str = "3.9") -> Path:
    """Make a Python without ensurepip and without any packages, as Debian's python3 is, and return its program."""
    python = real(minor)
    library = python.parents[1] / "lib" / f"python{minor}"
    copy = directory / "bin" / python.name
    copy.parent.mkdir(parents=True)
    shutil.copy2(python, copy)
    (directory / "lib" / library.name / "site-packages").mkdir(parents=True)
    for one in library.iterdir():
        if one.name not in {"ensurepip", "site-packages"}:
            (directory / "lib" / library.name / one.name).symlink_to(one)
    return copy


class TestFirstUse:
    def test_an_empty_home_is_all_it_needs(self, user):
        first = user.start("--version")
        assert first.code == 0, first.messages
        assert first.output.startswith("vsc-venv ")
        assert first.messages == f"vsc-venv: first use here: {SETS_UP} in {user.cores} (once)\n"
        assert [one.relative_to(user.home) for one in user.home.glob("*/*")] == [Path(".cache/vsc-venv")]
        again = user.start("--version")
        assert (again.code, again.output, again.messages) == (0, first.output, "")

    @pytest.mark.parametrize("options", ["", "-euo pipefail"])
    def test_sourced(self, hasty, shell_kind, project, tmp_path, options):
        (project / "requirements.txt").write_text("icecream\n")
        shell = testbed.Shell(
            kind=shell_kind, tool="none", scratch=tmp_path / "dumps", home=hasty.home, cwd=project, env=hasty.env
        )
        ran = shell.script(
            f"source {shlex.quote(str(SHIM))} -a -r requirements.txt && python -c 'import icecream'", options
        )
        assert ran.status == 0, ran.stderr
        assert ran.stderr.count("\n") == 2, ran.stderr

    def test_another_set_of_dependencies_gets_an_environment_of_its_own(self, hasty, tmp_path):
        other = tmp_path / "clone"
        for part in ("shell", "vscvenv"):
            shutil.copytree(ROOT / part, other / part)
        text = (ROOT / "pyproject.toml").read_text()
        assert hasty.start().code == 0
        for changed, count in ((f"{text}\n# a comment\n", 1), (text.replace('"click>=', '"six",\n    "click>='), 2)):
            (other / "pyproject.toml").write_text(changed)
            assert run((other / "shell/vsc-venv", "--version"), env=hasty.env).code == 0
            assert len([one for one in hasty.cores.iterdir() if one.is_symlink()]) == count

    def test_one_that_was_not_used_for_long_goes_when_another_is_made(self, hasty, tmp_path):
        assert hasty.start().code == 0
        (mark,) = [one for one in hasty.cores.glob("*/complete") if not one.parent.is_symlink()]
        os.utime(mark, (0, 0))
        assert hasty.start().code == 0
        assert time.time() - mark.stat().st_mtime < 3600, "it was used"
        other = tmp_path / "clone"
        for part in ("shell", "vscvenv"):
            shutil.copytree(ROOT / part, other / part)
        text = (ROOT / "pyproject.toml").read_text()
        for more, kept in (("six", True), ("idna", False)):
            (other / "pyproject.toml").write_text(text.replace('"click>=', f'"{more}",\n    "click>='))
            assert run((other / "shell/vsc-venv", "--version"), env=hasty.env).code == 0
            assert mark.exists() is kept
            if kept:
                os.utime(mark, (0, 0))
        assert len([one for one in hasty.cores.iterdir() if one.is_symlink()]) == 2
        assert all(one.exists() for one in hasty.cores.iterdir())


class TestWhichPython:
    def test_the_newest_that_starts_is_taken(self, hasty, tmp_path):
        for number, minor in enumerate(("3.9", "3.13", "3.8")):
            (tmp_path / f"{number}").mkdir()
            (tmp_path / f"{number}" / f"python{minor}").symlink_to(real(minor))
        assert hasty.with_path(*(tmp_path / f"{number}" for number in range(3))).start().code == 0
        assert hasty.python_version().startswith("3.13.")

    def test_not_a_modules_python_and_not_that_of_an_environment(self, hasty, tmp_path):
        module = interpreters.install("3.13")
        run(uv_command("venv", "--python", real("3.12"), tmp_path / "env"), env=builder())
        ours = hasty.with_path(module.prefix / "bin", tmp_path / "env/bin")
        assert run((module.executable, "-V"), env={**ours.env, **module.environment()}).code == 0
        assert ours.start(**module.environment()).code == 0
        assert not hasty.python_version().startswith(("3.13.", "3.12."))

    def test_only_old_ones(self, user, tmp_path):
        (tmp_path / "python3.8").symlink_to(real("3.8"))
        ended = user.with_path(tmp_path).start(within=HIDE_PYTHONS)
        assert ended.code == 1
        assert "no Python of version 3.9 or newer starts here without modules" in ended.messages
        assert "dnf install python39" in ended.messages


class TestMeans:
    @pytest.mark.parametrize("means", ["virtualenv", "pip", "uv"])
    def test_a_python_without_ensurepip(self, user, tmp_path, means):
        """And settings for installers, which would lead it astray."""
        python = bare(tmp_path / "bare")
        site_packages = python.parents[1] / "lib/python3.9/site-packages"
        if means == "pip":
            pip = real("3.9").parents[1] / "lib/python3.9/site-packages/pip"
            (site_packages / "pip").symlink_to(pip)
        elif means == "virtualenv":
            run(uv_command("pip", "install", "--target", site_packages, "--python", python, means), env=builder())
        else:
            (python.parent / "uv").symlink_to(uv_command()[0])
        (user.home / "pip.conf").write_text("[install]\nuser = true\n")
        elsewhere = str(tmp_path / "elsewhere")
        astray = {"PIP_CONFIG_FILE": str(user.home / "pip.conf"), "PIP_TARGET": elsewhere, "PIP_NO_DEPS": "1"}
        astray |= {"UV_TARGET": elsewhere, "UV_PYTHON": "3.12", "VIRTUALENV_PYTHON": "3.12", "UV_NO_DEPS": "1"}
        ended = user.with_path(python.parent).start(within=HIDE_PYTHONS, **astray)
        assert ended.code == 0, ended.messages
        assert user.python_version().startswith("3.9.")
        assert len(user.built) == 2
        assert not Path(elsewhere).exists()

    def test_nothing_to_make_an_environment_with(self, user, tmp_path):
        python = bare(tmp_path / "bare")
        stand_in = python.with_name("uv")
        stand_in.write_text("#!/bin/sh\necho 'pyenv: uv: command not found' >&2\nexit 127\n")
        stand_in.chmod(0o755)
        ended = user.with_path(python.parent).start(within=HIDE_PYTHONS)
        assert ended.code == 1
        assert "neither ensurepip, virtualenv nor pip, and there is no uv" in ended.messages
        assert "apt install python3-venv" in ended.messages
        assert SETS_UP not in ended.messages
        assert user.built == []

    def test_the_next_python_is_taken_where_the_newest_has_no_means(self, hasty, tmp_path):
        user = replace(hasty, env=hermetic(hasty.home)).with_path(bare(tmp_path / "bare", "3.13").parent)
        ended = user.start()
        assert ended.code == 0, ended.messages
        assert ended.messages.count(SETS_UP) == 1
        assert user.python_version().startswith("3.11.")


class TestManyAtOnce:
    @pytest.mark.parametrize("count", [2, 8])
    def test_one_sets_up_and_the_others_wait(self, hasty, count):
        with ThreadPoolExecutor(count) as pool:
            ended = list(pool.map(lambda _: hasty.start(), range(count)))
        assert [one.code for one in ended] == [0] * count
        assert len(hasty.built) == 2
        assert sum(SETS_UP in one.messages for one in ended) == 1
        assert all(one.output.startswith("vsc-venv ") for one in ended)


def wait_for(what: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


class TestCutShort:
    def test_killed_in_the_middle(self, user, hasty):
        with subprocess.Popen([SHIM, "--version"], env=user.env, start_new_session=True) as killed:
            wait_for(lambda: list(user.cores.glob("*.*/bin/pip*")))
            os.killpg(killed.pid, signal.SIGKILL)
        (left,) = user.built
        ended = hasty.start()
        assert ended.code == 0, ended.messages
        assert len(user.built) == 2
        assert left not in user.built

    def test_ctrl_c(self, user, shell_kind, tmp_path):
        shell = testbed.Shell(kind=shell_kind, tool="none", scratch=tmp_path / "dumps", home=user.home, env=user.env)
        with shell.interactive() as terminal:
            terminal.type(f"source {shlex.quote(str(SHIM))} --version")
            terminal.expect(SETS_UP)
            wait_for(lambda: list(user.cores.glob("*.*/bin")))
            terminal.interrupt()
            said = terminal.wait()
            assert terminal.status() == 130
        assert "Traceback" not in said
        assert user.built == []

    def test_a_damaged_one_says_so_and_one_without_its_python_is_made_anew(self, hasty):
        assert hasty.start().code == 0
        (click,) = {one.resolve() for one in hasty.cores.glob("*/lib/python3*/site-packages/click")}
        shutil.rmtree(click)
        ended = hasty.start()
        assert ended.code == 1
        assert "No module named 'click'" in ended.messages
        assert f"{hasty.cores}" in ended.messages
        (click.parents[3] / "bin/python").unlink()
        assert hasty.start().code == 0


class TestWhere:
    def test_without_home(self, hasty):
        """The account's own home directory is taken; another directory stands in for it here."""
        ended = hasty.start(within=NO_HOME)
        assert ended.code == 0, ended.messages
        assert len(hasty.built) == 2

    def test_an_odd_cache_directory(self, hasty, tmp_path):
        odd = tmp_path / 'it\'s a $HOME "cache" [0-9]* \\ ü'
        assert hasty.start(XDG_CACHE_HOME=str(odd)).code == 0
        assert list(odd.glob("vsc-venv/core/*/bin/python"))
        assert not hasty.cores.exists()

    @pytest.mark.parametrize("name", ["cache", "."])
    def test_a_relative_one_is_ignored_as_its_specification_says(self, hasty, name):
        assert hasty.start(XDG_CACHE_HOME=name).code == 0
        assert len(hasty.built) == 2

    def test_one_that_is_read_only(self, user):
        user.home.chmod(0o555)
        ended = user.start(within=NOT_ROOT)
        user.home.chmod(0o755)
        assert ended.code == 1
        assert f"cannot be set up in {user.cores}: Permission denied" in ended.messages
        assert "export XDG_CACHE_HOME=" in ended.messages
        assert "Traceback" not in ended.messages

    def test_a_file_in_its_place(self, user):
        (user.home / ".cache").write_text("")
        ended = user.start()
        assert ended.code == 1
        assert "Not a directory" in ended.messages


def test_a_home_directory_without_room(user):
    with small_disk(user.home, "size=5m"):
        ended = user.start()
        assert user.built == []
    assert ended.code == 1
    assert f"cannot be set up in {user.cores}: No space left on device" in ended.messages
    assert "It takes 70 MB" in ended.messages
    assert "PyPI" not in ended.messages


class TestNoNetwork:
    def test_it_says_that_pypi_is_needed_once(self, hasty, tmp_path):
        # Hidden so that uv is the only means: each further one would be tried and fail as well.
        hidden = hasty.with_path(bare(tmp_path / "bare").parent)
        offline = {"UV_HTTP_RETRIES": "0", "UV_CACHE_DIR": str(hasty.home / "uv")}
        ended = hidden.start(within=(*NO_NETWORK, *HIDE_PYTHONS), **offline)
        assert ended.code == 1
        assert "It needs PyPI once." in ended.messages
        assert f"on a login node: {SHIM} --version" in ended.messages
        assert hasty.built == []

    def test_each_try_of_pips_is_not_told_of(self):
        said = b"WARNING: Retrying (Retry(total=4)): https://me:secret@example.org\n" * 9
        assert (
            bootstrap._last_lines(said + b"ERROR: https://me:secret@example.org\n")
            == "    ERROR: https://****@example.org\n"
        )
        assert bootstrap._last_lines(said).count("Retrying") == 8

    def test_it_is_not_needed_again(self, hasty):
        assert hasty.start().code == 0
        assert hasty.start(within=NO_NETWORK).code == 0


class TestIsolation:
    def test_nothing_of_the_users_gets_into_the_core(self, hasty, project, tmp_path, shell_kind):
        """And all of it is still there in the activated environment."""
        traps = tmp_path / "traps"
        for directory in (traps, project):
            (directory / "vscvenv").mkdir(parents=True)
            for name in ("click.py", "json.py", "vscvenv/__init__.py", "sitecustomize.py"):
                (directory / name).write_text(f"raise SystemExit('{name} was run')\n")
        # The core's Python looks for this one; the environment's is Debian's, which does not.
        (traps / "libpython3.13.so.1.0").write_text("not a library\n")
        (traps / "python3.13").symlink_to(real("3.13"))
        theirs = {"PYTHONPATH": str(traps), "LD_LIBRARY_PATH": str(traps), "PYTHONSTARTUP": str(traps / "click.py")}
        theirs |= {"LD_PRELOAD": "libm.so.6"}
        (project / "requirements.txt").write_text("")
        shell = testbed.Shell(
            kind=shell_kind,
            tool="none",
            scratch=tmp_path / "dumps",
            home=hasty.home,
            cwd=project,
            env=hasty.with_path(traps).env,
        )
        exports = "; ".join(f"export {name}={shlex.quote(value)}" for name, value in theirs.items())
        ran = shell.script(f"""
source {shlex.quote(str(SHIM))} --version || exit
{exports}; export PYTHONHOME=/nonexistent root=mine
source {shlex.quote(str(SHIM))} -a -r requirements.txt || exit
{shell.snapshot("active")}
deactivate
{shell.snapshot("after")}
""")
        assert ran.status == 0, ran.stderr
        assert hasty.python_version().startswith("3.13.")
        active, after = ran.environments["active"], ran.environments["after"]
        assert {name: active[name] for name in theirs} == theirs
        assert "PYTHONHOME" not in active
        assert after["PYTHONHOME"] == "/nonexistent"
        assert (active["root"], after["root"]) == ("mine", "mine")
        assert not [name for name in active if name.startswith("__VSC_VENV_")]
