"""Where records are kept and found: several starting points, read-only projects, other users, other nodes."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

import driving
from counting import is_warm
from vscvenv import fresh, slots
from vscvenv.environ import Change
from vscvenv.replay import save

LINE = f"{driving.SOURCE} -a -r requirements.txt"
SOMEBODY = 12345


@pytest.fixture(params=["bash", "zsh"])
def shell(request, tmp_path):
    """A shell without modules, in a project with an environment and a record."""
    shell = driving.project(tmp_path).shell(request.param, "none", XDG_CACHE_HOME=str(private_cache(tmp_path)))
    assert shell.script(LINE).status == 0
    return shell


def private_cache(tmp_path):
    """Return a cache directory with nothing in it but the core's own environment, which is made once for all tests."""
    shared = Path(driving.project(tmp_path).shell().env["XDG_CACHE_HOME"])
    cache = tmp_path / "cache"
    (cache / "vsc-venv").mkdir(parents=True)
    (cache / "vsc-venv/core").symlink_to(shared / "vsc-venv/core")
    return cache


def said(shell, before="", line=LINE):
    ran = shell.script(f"{before}\n{line}")
    assert ran.status == 0, ran.stderr
    return ran.stderr


def here(shell):
    (directory,) = shell.cwd.glob("venvs/.vsc-venv/warm1/*")
    return directory


def conditions(tmp_path, **differing):
    return fresh.observe(
        ("-a",),
        {"PWD": "/x", **differing},
        names=["A"],
        prefixes=[],
        link="venv-x",
        generation=tmp_path,
        inputs=[],
        files=[],
    )


def test_eight_starting_points_are_kept_and_the_oldest_goes(tmp_path):
    home = slots.Home(tmp_path / "slots" / "key", tmp_path / "changes")
    for number in range(12):
        slots.put(home, slots.Slot(conditions(tmp_path, A=str(number)), tmp_path / "change", ""))
        os.utime(home.slots / f"{1 + number % 8}.json", (number, number))
    kept = [one.variables["A"] for one in slots.read(home.slots).values()]
    assert kept == ["8", "9", "10", "11", "4", "5", "6", "7"]
    slots.put(home, slots.Slot(conditions(tmp_path, A="5"), tmp_path / "other", ""))
    assert json.loads((home.slots / "6.json").read_text())["stem"] == str(tmp_path / "other"), "the same start again"
    assert len(slots.read(home.slots)) == 8
    assert home.slots.stat().st_mode & 0o777 == 0o700


def test_a_change_goes_when_nothing_leads_to_it_any_more(tmp_path):
    home = slots.Home(tmp_path / "slots" / f"{os.geteuid()},x", tmp_path / "changes")
    used, unused, young = (save(Change({"A": None}, {"A": value}), home.changes, "").stem for value in "123")
    slots.put(home, slots.Slot(conditions(tmp_path), used, ""))
    for stem in (used, unused):
        os.utime(stem.with_suffix(".json"), (0, 0))
    slots.prune(home)
    assert {file.stem for file in home.changes.glob("*.*")} == {used.name, young.name}


def test_a_damaged_slot_is_written_anew(shell):
    for text in ("", "{", "[]", '{"when": {}}', '{"when": {"words": []}, "stem": "x"}'):
        (here(shell) / "1.json").write_text(text)
        (here(shell) / f"1.{shell.kind}").write_text("\\builtin return 1\n")
        assert "is active" in said(shell)
        assert is_warm(shell, LINE), text
    assert len(list(here(shell).iterdir())) == 3


def test_each_starting_point_is_prepared_once_and_nothing_is_built(shell):
    starts = [f"export PATH=/opt/{number}/bin:$PATH" for number in range(4)] + ["export CONDA_SHLVL=0", "cd .", ""]
    for start in starts[:4]:
        assert said(shell, start).endswith("prepared anew: another starting point: PATH\n")
    for start in starts:
        assert is_warm(shell, LINE, start), start
    assert [one.name for one in shell.cwd.glob("venvs/.vsc-venv/debian*/[0-9]*")] == ["1"]


def test_the_users_own_entries_survive(shell):
    start = "export PATH=/mine/bin:$PATH MANPATH=/mine/man"
    for _ in range(2):
        ran = shell.script(
            f'{start}; before=$PATH\n{LINE}\necho "${{PATH#*/bin:}}"\nPATH=/later:$PATH:/last\ndeactivate\n'
            '[ "$PATH" = "/later:$before:/last" ] && echo same'
        )
        assert ran.stdout == "/mine/bin:/usr/bin:/bin\nsame\n"


def test_a_job_that_inherits_the_environment_is_a_starting_point(shell):
    inherited = f"exec {shell.kind} -c {shlex.quote(f'{LINE}; env -0 > active; deactivate; env -0 > left')}"
    first = shell.script(f"{LINE}\nenv -0 > expected\n{inherited}")
    assert "another starting point" in first.stderr
    again = shell.script(f"{LINE}\n{inherited}")
    assert again.stderr.count("is active") == 2
    assert "prepared anew" not in again.stderr
    assert environment(shell, "active") == environment(shell, "expected") == environment(shell, "left")


def environment(shell, name):
    entries = (shell.cwd / name).read_bytes().split(b"\0")
    return {entry for entry in entries if not entry.startswith((b"SHLVL=", b"_=", b"OLDPWD="))}


def test_a_project_that_cannot_be_written_to(shell):
    """Its records are in the user's cache, and found there."""
    read_only(shell.cwd)
    try:
        start = "export PATH=/mine:$PATH"
        assert "another starting point: PATH" in said(shell, start)
        assert is_warm(shell, LINE, start)
        assert is_warm(shell, LINE)
        slot = next(Path(shell.env["XDG_CACHE_HOME"]).glob("vsc-venv/warm1/*/*/1.json"))
        assert slot.parents[1].name == str(shell.cwd / "venvs").replace("/", "%")
        # Where the cache cannot be written to either, the environment is entered all the same.
        read_only(shell.env["XDG_CACHE_HOME"])
        other = "export PATH=/other:$PATH"
        try:
            assert "cannot be kept" in said(shell, other)
            assert "is active" in said(shell, other)
        finally:
            subprocess.run(["umount", shell.env["XDG_CACHE_HOME"]], check=True)
    finally:
        subprocess.run(["umount", shell.cwd], check=True)


def read_only(directory):
    subprocess.run(["mount", "--bind", directory, directory], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", directory], check=True)


def test_somebody_elses_records_are_not_run(shell):
    os.chown(here(shell), SOMEBODY, SOMEBODY)
    assert not is_warm(shell, LINE)
    os.chown(here(shell), os.geteuid(), -1)
    assert is_warm(shell, LINE)
    os.chown(here(shell) / f"1.{shell.kind}", SOMEBODY, SOMEBODY)
    assert not is_warm(shell, LINE)
    (change,) = shell.cwd.glob(f"venvs/.vsc-venv/*/1/changes/*.{shell.kind}")
    assert is_warm(shell, LINE), "it was replaced"
    os.chown(change, SOMEBODY, SOMEBODY)
    assert not is_warm(shell, LINE)


def test_another_users_records_are_theirs(shell):
    """In a shared project each user has slots of their own."""
    assert here(shell).name.partition(",")[0] == str(os.geteuid())
    assert here(shell).stat().st_mode & 0o077 == 0


def test_nodes_that_say_nothing_of_themselves(shell, tmp_path):
    """The label is not asked for: what the kernel says of the CPU and what the system says of itself are compared."""
    assert here(shell).name == f"{os.geteuid()},,,"
    cpuinfo = Path("/proc/cpuinfo").read_text()
    other_cpu, no_change = tmp_path / "cpuinfo", tmp_path / "faster"
    other_cpu.write_text(cpuinfo.replace("flags\t\t: fpu", "flags\t\t: new fpu"))
    no_change.write_text(cpuinfo.replace("cpu MHz\t\t: ", "cpu MHz\t\t: 1"))
    release = tmp_path / "os-release"
    release.write_text(Path("/etc/os-release").read_text().replace('VERSION_ID="12"', 'VERSION_ID="13"'))
    assert elsewhere(shell, no_change, "/proc/cpuinfo") == ""
    assert "another kind of CPU" in elsewhere(shell, other_cpu, "/proc/cpuinfo")
    assert "prepared" not in elsewhere(shell, other_cpu, "/proc/cpuinfo")
    assert is_warm(shell, LINE), "each kind of node has a slot"
    os_release = Path("/etc/os-release").resolve()
    assert "debian13" in elsewhere(shell, release, os_release)
    assert is_warm(shell, LINE)


def elsewhere(shell, file, place):
    """Activate where ``file`` is in the place of ``place``; return what is said of the core."""
    script = shell.scratch / "elsewhere"
    script.write_text(f"{LINE}\n")
    command = f"mount --bind {shlex.quote(str(file))} {place} && exec {shell.kind} {shlex.quote(str(script))}"
    ended = subprocess.run(
        ["unshare", "-m", "sh", "-c", command],
        env=shell.environment(),
        cwd=shell.cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "is active" in ended.stderr or "installed" in ended.stderr, ended.stderr
    return ended.stderr if "prepared anew" in ended.stderr or "installed" in ended.stderr else ""
