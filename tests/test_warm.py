"""A second activation: no process, no Python, nothing written, and few calls about each thing that it compares."""

import json
import os

import pytest

import driving
import testbed
from counting import count, is_warm

PYTHON = "Python/3.11.7-GCCcore-12.3.0"
# A module's file and directory are looked at once each in zsh; in bash twice each, with a file that has the same time.
PER_MODULE = {"bash": 8, "zsh": 2.2}
# May it be read, open, read; bash reads to the end and goes back, and both put standard input aside meanwhile.
PER_INPUT = {"bash": 7, "zsh": 6}
# The shim, the slot and the change; the node; the environment; what belongs to the tool and to Python; modules of zsh.
REST = {"bash": 110, "zsh": 105}


def prepared(shell, number, text=""):
    (shell.cwd / "requirements.txt").write_text("")
    (shell.cwd / "modules.txt").write_text("\n".join([PYTHON, *testbed.chain(number)]) + "\n")
    assert shell.script(f"{text}\n{driving.ACTIVATE}").status == 0
    return driving.ACTIVATE


@pytest.mark.parametrize("number", [1, 20, 80])
def test_nothing_is_started_and_nothing_written(shell, number):
    line = prepared(shell, number)
    empty = count(shell, "", ":")
    warm = count(shell, "", line)
    assert (warm.processes, warm.pythons, warm.writes) == (0, 0, ())
    most = 2 * PER_INPUT[shell.kind] + (number + 2) * PER_MODULE[shell.kind] + REST[shell.kind]
    assert warm.file_calls - empty.file_calls <= most, (warm, most)


def test_leaving_starts_nothing_either(shell):
    line = prepared(shell, 1)
    left = count(shell, line, driving.DEACTIVATE)
    assert (left.processes, left.pythons, left.writes) == (0, 0, ())


@pytest.mark.parametrize("then", ["", "export PATH=$HOME/bin:$PATH"], ids=["untouched", "with-more-on-path"])
def test_again_in_the_same_shell_starts_copies_of_that_shell_only(shell, then):
    before = f"{prepared(shell, 1)}\n{then}"
    ran = shell.script(f"{before}\n{driving.ACTIVATE}\n{shell.snapshot('cold')}")
    again = count(shell, before, driving.ACTIVATE)
    assert (again.programs, again.pythons, again.writes) == (0, 0, ())
    assert again.processes <= {"bash": 2, "zsh": 1}[shell.kind]
    warm = shell.script(f"{before}\n{driving.ACTIVATE}\n{shell.snapshot('warm')}")
    assert warm.status == 0
    assert len(set(warm.stderr.splitlines())) == 1
    assert not driving.differences(ran.environments["cold"], warm.environments["warm"])


def test_lists_that_zsh_ties_to_arrays_stay_so(tool, tmp_path):
    modulefile = tmp_path / "own/mine/1.0"
    modulefile.parent.mkdir(parents=True)
    # zsh itself ties MANPATH, which is there for it also where it is not exported.
    lists = ("MANPATH", "EXPORTED", "NOT_EXPORTED")
    modulefile.write_text("\n".join(["#%Module", *(f"prepend-path {name} /of/modules" for name in lists), ""]))
    project = driving.project(tmp_path).write("", f"module use {tmp_path}/own\n{PYTHON}\nmine\n")
    shell = project.shell("zsh", tool)
    tie = "typeset -TUx EXPORTED exported; exported=(/a); typeset -T NOT_EXPORTED not_exported; not_exported=(/a /b)"
    # An empty list may come back with one empty entry, which as a list of paths is the same.
    show = "typeset -p MANPATH EXPORTED NOT_EXPORTED | tr -d \\'; env | grep MANPATH; print"
    for _ in range(2):
        ran = shell.script(f"{tie}\n{show}\n{driving.ACTIVATE}\nprint $exported; print\n{driving.DEACTIVATE}\n{show}")
        before, active, after = ran.stdout.strip().split("\n\n")
        assert active == "/of/modules /a"
        assert after == before
    assert is_warm(shell, driving.ACTIVATE, tie)
    assert shell.script(driving.ACTIVATE).status == 0
    assert is_warm(shell, driving.ACTIVATE)


@pytest.fixture(params=["bash", "zsh"])
def plain(request, tmp_path):
    """A shell without modules, in a project with an environment and a record of these words."""
    shell = driving.project(tmp_path).shell(request.param, "none")
    assert shell.script(PLAIN).status == 0
    return shell


PLAIN = f"{driving.SOURCE} -a -r requirements.txt"


def test_each_file_of_the_request_costs_the_same(plain):
    words = "-a"
    for number in range(5):
        (plain.cwd / f"{number}.txt").write_text("# nothing\n")
        words += f" -r {number}.txt"
    line = f"{driving.SOURCE} {words}"
    one = count(plain, "", PLAIN)
    assert plain.script(line).status == 0
    five = count(plain, "", line)
    assert (one.processes, five.processes) == (0, 0)
    a_slot_for_other_words = 8
    assert five.file_calls - one.file_calls <= 4 * PER_INPUT[plain.kind] + a_slot_for_other_words


def test_how_the_shell_is_set_up_makes_no_difference(plain):
    for before in (
        *("BASH_COMPAT=4.4", "BASH_COMPAT=3.2", "export LC_ALL=C", "export LC_ALL=", "unset LANG", "umask 077"),
        *("set -uo pipefail", "IFS=/", "PS1='$ '", "ls() { :; }; alias test=false; alias return=false"),
    ):
        assert is_warm(plain, PLAIN, before), before


def test_a_variable_that_may_not_be_changed_is_seen(plain):
    ran = plain.script(f"readonly PATH; {plain.snapshot('before')}; {PLAIN}; a=$?; {plain.snapshot('after')}; exit $a")
    assert ran.status == 1
    assert "$PATH is read-only" in ran.stderr
    assert not driving.differences(ran.environments["before"], ran.environments["after"])


def said(shell, line=PLAIN, before=""):
    """Return why the core was asked, once it was."""
    ran = shell.script(f"{before}\n{line}")
    assert ran.status == 0, ran.stderr
    reason = ran.stderr.strip().rpartition("; prepared anew: ")[2]
    assert reason in ran.stderr.splitlines()[-1]
    return reason


def test_any_bytes_in_a_file_are_compared(plain):
    file = plain.cwd / "requirements.txt"
    odd = b"# caf\xe9 \xff\xfe \r\n#\t\x01\x7f ''\\ \xc3\xa9 $HOME `id` *\n\n"
    for content in (odd, odd[:-1], b"", b"# " + b"x" * 200_000 + b"\n", odd * 1000, odd * 1000 + b"#"):
        file.write_bytes(content)
        assert "requirements.txt" in plain.script(PLAIN).stderr
        for locale in ("C.UTF-8", "C"):
            assert is_warm(plain, PLAIN, f"export LC_ALL={locale}")


def test_of_several_large_files_each_is_compared(plain):
    line = PLAIN
    for name in "abc":
        (plain.cwd / f"{name}.txt").write_text(f"# {name}\n" * 5000)
        line += f" -r {name}.txt"
    assert plain.script(line).status == 0
    for name, end in zip("abc", ("# x\n", "#", "")):
        assert is_warm(plain, line)
        (plain.cwd / f"{name}.txt").write_text(f"# {name}\n" * 4999 + end)
        assert f"{name}.txt changed" in plain.script(line).stderr
    assert is_warm(plain, line)
    assert plain.script(f'exec <<<next; {line}; read -r word; echo "$word"').stdout == "next\n"


def test_a_file_that_is_gone_is_told_of_by_the_core_alone(plain):
    wheel = testbed.Wheels(plain.cwd).wheel(testbed.Distribution("small", "1"))
    (plain.cwd / "requirements.txt").write_text(f"./{wheel.name}\n")
    assert plain.script(PLAIN).status == 0
    assert is_warm(plain, PLAIN)
    wheel.unlink()
    ran = plain.script(f"{PLAIN}\n(:)")
    assert f"there is no {wheel}" in ran.stderr
    assert all(line.startswith("vsc-venv: ") for line in ran.stderr.splitlines()), ran.stderr


def test_links_that_the_words_lead_through_are_followed(plain):
    for name in "ab":
        (plain.cwd / name).mkdir()
        (plain.cwd / name / "r.txt").write_text(f"# {name}\n")
    link, line = plain.cwd / "current", f"{driving.SOURCE} -a --requirements=current/r.txt"
    line_from_there = f"cd {link.name} && {driving.SOURCE} -a -r r.txt --venvs ../venvs"
    for name in "aba":
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        for each in (line, line_from_there):
            assert not is_warm(plain, each)
            assert is_warm(plain, each)
            (record,) = plain.cwd.glob("venvs/venv-*/vsc-venv.json")
            assert f"{name}/r.txt" in record.read_text()


@pytest.mark.parametrize(
    "before", ["", "export VSC_VENV_REQUIREMENTS=current/r.txt"], ids=["in-a-file", "in-a-variable"]
)
def test_links_that_the_configuration_leads_through_are_followed(plain, before):
    link, line = plain.cwd / "current", f"{driving.SOURCE} -a"
    if not before:
        (plain.cwd / "vsc-venv.toml").write_text("requirements = [ 'current/r.txt' ]\n")
    for name in "aba":
        (plain.cwd / name).mkdir(exist_ok=True)
        (plain.cwd / name / "r.txt").write_text(f"# {name}\n")
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        assert not is_warm(plain, line, before)
        assert is_warm(plain, line, before)


def test_case_is_seen_where_comparisons_are_blind_to_it(plain):
    file = plain.cwd / "requirements.txt"
    for content in ("# a\n", "# A\n"):
        file.write_text(content)
        plain.script(f"shopt -s nocasematch\n{PLAIN}")
        record = next(plain.cwd.glob("venvs/venv-*")) / "vsc-venv.json"
        assert json.loads(record.read_text())["inputs"][0]["content"] == content


def test_a_zero_byte_is_seen(plain):
    file = plain.cwd / "requirements.txt"
    for content in (b"#", b"#\n", b"#\n" * 9000):
        file.write_bytes(content)
        assert plain.script(PLAIN).status == 0
        for worse in (content + b"\0", content + b"\0\n", b"\0" + content):
            file.write_bytes(worse)
            assert plain.script(PLAIN).status == 1
        file.write_bytes(content)
        assert is_warm(plain, PLAIN)


def test_times_of_any_kind(plain):
    record = next(plain.cwd.glob("venvs/venv-*")) / "vsc-venv.json"
    for time in (0, 1, 10**9, 2**33 * 10**9 + 7):
        os.utime(record, ns=(time, time))
        assert said(plain) == f"changed: {record.resolve()}"
        assert is_warm(plain, PLAIN)


def test_an_older_zsh(tmp_path):
    """It tells no nanoseconds, so that it compares as bash does. There is none at hand: this one says it was one."""
    shell = driving.project(tmp_path).shell("zsh", "none")
    older = "ZSH_VERSION=5.5.1"
    assert shell.script(PLAIN).status == 0
    assert is_warm(shell, PLAIN, older)
    record = next(shell.cwd.glob("venvs/venv-*")) / "vsc-venv.json"
    was = record.stat().st_mtime_ns
    for time in (was + 1, was - 1):
        os.utime(record, ns=(time, time))
        assert said(shell, before=older).startswith("changed: ")
    for stamp in shell.cwd.glob("venvs/.vsc-venv/*/1/changes/stamps/*"):
        stamp.unlink()
    assert not is_warm(shell, PLAIN, older)
