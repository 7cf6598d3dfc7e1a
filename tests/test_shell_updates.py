"""What leads to another build of an environment, what is said of it, and who keeps what."""

from __future__ import annotations

import dataclasses
import json
import shlex
import subprocess

import pytest

import testbed
from driving import ACTIVATE, SOURCE, project
from testbed import Distribution

SAYS = "vsc-venv: updating venv-RHEL8-zen2: "


@pytest.fixture
def here(tmp_path):
    """A project with `thing` 1.0; of it 2.0 is to be had too, and an `extra`."""
    wheels = testbed.Wheels(tmp_path / "wheels")
    for one in (Distribution("thing", "1.0"), Distribution("thing", "2.0"), Distribution("extra", "1.0")):
        wheels.wheel(one)
    return project(tmp_path).write("thing==1.0\n")


@pytest.fixture
def shell(here, tmp_path, shell_kind):
    return here.shell(shell_kind, "lmod", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path / "wheels"))


@pytest.fixture
def shell_kind():
    """All of this happens in the core; it is the same for every shell."""
    return "bash"


def said(ran):
    """Return what was said but for the warning that this host is no RHEL 8."""
    return [line for line in ran.stderr.splitlines() if "not RHEL8" not in line]


def generations(here):
    return sorted(int(path.name) for path in (here.directory / "venvs/.vsc-venv/RHEL8-zen2").glob("[0-9]*"))


def current(here):
    return int((here.directory / "venvs/venv-RHEL8-zen2").readlink().name)


def test_an_edited_file_is_named_and_a_running_process_keeps_its_own(here, shell):
    (here.directory / "wait.py").write_text("import sys; sys.stdin.read(); import thing; print(thing.__version__)")
    first = shell.script(f"{ACTIVATE}\ncommand -v python")
    assert first.status == 0, first.stderr
    job = subprocess.Popen(
        [first.stdout.strip(), here.directory / "wait.py"],
        env={"LD_LIBRARY_PATH": str(testbed.site().python.prefix / "lib")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    (here.directory / "requirements.txt").write_text("thing==2.0\nextra\n")
    second = shell.script(f"{ACTIVATE}\npython -c 'import thing, extra; print(thing.__version__)'")
    assert second.stdout == "2.0\n"
    assert said(second)[0] == f"{SAYS}requirements.txt changed: +extra, thing 1.0 → 2.0"
    assert generations(here) == [1, 2]
    assert job.communicate("")[0] == "1.0\n"
    (here.directory / "requirements.txt").write_text("thing==1.0\n")
    back = shell.script(f"{ACTIVATE}\npython -c 'import thing; print(thing.__version__)'")
    assert back.stdout == "1.0\n"
    assert (generations(here), current(here)) == ([1, 2], 1), "what was built for it is still there"


def test_what_was_installed_by_hand_is_kept_until_exactly_the_list_is_asked_for(here, shell):
    versions = "python -c 'import thing; print(thing.__version__)'; python -c 'import extra' 2>/dev/null && echo extra"
    ran = shell.script(f"{ACTIVATE}\npip install -q --no-warn-script-location extra && {versions}")
    assert ran.stdout == "1.0\nextra\n", ran.stderr
    (here.directory / "requirements.txt").write_text("thing==2.0\n")
    kept = shell.script(f"{ACTIVATE}\n{versions}")
    assert kept.stdout == "2.0\nextra\n", kept.stderr
    assert "vsc-venv: kept what was installed by hand: extra==1.0 (--exact drops it)" in said(kept)
    exact = shell.script(f"{ACTIVATE} --exact\n{versions}")
    assert exact.stdout == "2.0\n", exact.stderr
    assert said(exact)[0] == f"{SAYS}--exact"
    assert shell.script(f"{ACTIVATE}\n{versions}").stdout == "2.0\n"


def test_what_was_installed_by_hand_and_does_not_fit_any_more_is_left_out(here, shell, tmp_path):
    testbed.Wheels(tmp_path / "wheels").wheel(Distribution("old-friend", "1.0", requires=("thing<2",)))
    assert shell.script(f"{ACTIVATE}\npip install -q --no-warn-script-location old-friend").status == 0
    (here.directory / "requirements.txt").write_text("thing==2.0\n")
    ran = shell.script(f"{ACTIVATE}\npython -c 'import thing; print(thing.__version__)'\npython -c 'import old_friend'")
    assert (ran.status, ran.stdout) == (1, "2.0\n"), ran.stderr
    assert any("installed by hand, but does not fit any more and is left out: old-friend" in line for line in said(ran))


def test_starting_over(here, shell):
    assert shell.script(ACTIVATE).status == 0
    ran = shell.script(f"{ACTIVATE} --recreate\ndeactivate\n{ACTIVATE} --recreate\ndeactivate\n{ACTIVATE}")
    assert said(ran)[0] == f"{SAYS}--recreate"
    assert (generations(here), current(here)) == ([1, 2, 3], 3)
    assert f" is active (Python {here.python_version})" in said(ran)[-1]


def test_another_python_and_other_modules(here, shell):
    assert shell.script(ACTIVATE).status == 0
    newer = testbed.python_module("3.12")
    here.write("thing==1.0\n", f"{newer.module}\n")
    ran = shell.script(f"{ACTIVATE}\npython -c 'import sys, thing; print(sys.version_info[1])'")
    assert ran.stdout == "12\n", ran.stderr
    names = [name.partition("/")[2] for name in (testbed.site().python.module, newer.module)]
    versions = [name.partition("-")[0] for name in names]
    assert said(ran)[0] == f"{SAYS}modules.txt changed: Python {' → '.join(names)}; Python {' → '.join(versions)}"
    assert current(here) == 2


def test_another_module_tree_under_the_same_label(here, shell):
    assert shell.script(ACTIVATE).status == 0
    here.write("thing==1.0\n", f"{testbed.site().python.module}\nPillow\n")
    ran = shell.script(f"{ACTIVATE}\npython -c 'import PIL'")
    assert ran.status == 0
    assert said(ran)[0] == f"{SAYS}modules.txt changed: +Pillow"
    ran = shell.script(f"module swap cluster/alpha cluster/gamma\n{ACTIVATE} || echo $? $VSC_INSTITUTE_CLUSTER")
    assert ran.stdout == "1 gamma\n"
    assert "modules.txt:2" in ran.stderr
    assert current(here) == 2


@pytest.mark.parametrize("damage", ["", '{"format": 999}', '{"format": 1}'])
def test_a_record_that_cannot_be_read_leads_to_a_new_build(here, shell, damage):
    assert shell.script(ACTIVATE).status == 0
    record = here.directory / "venvs/venv-RHEL8-zen2/vsc-venv.json"
    record.write_text(damage)
    ran = shell.script(f"{ACTIVATE} --force\npython -c 'import thing'")
    assert ran.status == 0, ran.stderr
    assert (
        said(ran)[0] == "vsc-venv: rebuilding venv-RHEL8-zen2: its record was written by another version or is damaged"
    )
    assert json.loads((here.directory / "venvs/venv-RHEL8-zen2/vsc-venv.json").read_text())["installed"] == {
        "thing": "1.0"
    }


def test_what_the_upstream_tool_left_is_put_aside(here, shell):
    left = here.directory / "venvs/venv-RHEL8-zen2"
    left.parent.mkdir()
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", left], check=True)
    (left / "notes.txt").write_text("the user's")
    ran = shell.script(f"{ACTIVATE}\npython -c 'import thing'\n{ACTIVATE}")
    assert ran.status == 0, ran.stderr
    (word,) = [line for line in said(ran) if "was not made by this program" in line]
    assert "it is now venv-RHEL8-zen2.old" in word
    assert (here.directory / "venvs/venv-RHEL8-zen2.old/notes.txt").read_text() == "the user's"
    assert left.is_symlink()


def test_a_moved_project_goes_on(here, shell, tmp_path):
    (here.directory / "requirements.txt").write_text("thing==1.0\n-r sub/more.txt\n")
    (here.directory / "sub").mkdir()
    (here.directory / "sub/more.txt").write_text("extra\n")
    assert shell.script(ACTIVATE).status == 0
    here = type(here)(here.directory.rename(tmp_path / "moved & renamed"))
    moved = dataclasses.replace(shell, cwd=here.directory)
    ran = moved.script(f"{SOURCE} -a\npython -c 'import thing, sys; print(sys.prefix)'\ndeactivate\n{ACTIVATE}")
    assert ran.stdout == f"{here.directory}/venvs/.vsc-venv/RHEL8-zen2/1\n", ran.stderr
    assert said(ran) == [f"vsc-venv: venv-RHEL8-zen2 is active (Python {here.python_version})"] * 2
    (tmp_path / "link").symlink_to(here.directory)
    ran = moved.script(f"cd {shlex.quote(str(tmp_path / 'link'))}\n{ACTIVATE}")
    assert len(said(ran)) == 1, "by another name it is the same project"


def test_a_moved_project_that_is_installed_itself_is_installed_again(here, tmp_path):
    testbed.source(here.directory / "own", Distribution("own", "1.0"))
    here.write("-e ./own\n")
    assert here.shell().script(ACTIVATE).status == 0
    moved = here.directory.rename(tmp_path / "moved & renamed")
    here = type(here)(moved)
    ran = here.shell().script(f"{SOURCE} -a\npython -c 'import own; print(own.__file__)'")
    assert ran.stdout == f"{moved}/own/src/own.py\n", ran.stderr
    assert "the project was moved here from " in said(ran)[0]
    assert (current(here), said(here.shell().script(f"{ACTIVATE} --force"))[0].count("moved")) == (2, 0)


@pytest.mark.parametrize("minor", ["3.6", "3.13"])
def test_the_oldest_and_the_newest_python(here, shell, minor, tmp_path):
    here = type(here)(tmp_path / "a project").write("thing==1.0\n", f"{testbed.python_module(minor).module}\n")
    shell = dataclasses.replace(shell, cwd=here.directory)
    ran = shell.script(
        f"{ACTIVATE}\npython -c 'import sys, thing; print(sys.version_info[:2])'\npip --version\n{ACTIVATE}"
    )
    version, pip = ran.stdout.splitlines()
    assert version == f"({minor.replace('.', ', ')})", ran.stderr
    assert f"(python {minor})" in pip
    assert generations(here) == [1]


@pytest.mark.parametrize("style", "ABCD")
def test_python_and_pip_speak_of_the_environment_and_the_modules(here, shell, style):
    here.write("thing==1.0\n", f"{testbed.STYLES[style].name}\n")
    ran = shell.script(f"""
{ACTIVATE}
for python in python python3; do $python -c 'import sys, numpy, thing; print(sys.prefix, numpy.__version__)'; done
pip list --format=freeze | grep -c -e ^numpy== -e ^thing==1.0 -e ^pandas==
pip --version | grep -c "(python $(python -c 'import sys; print("%d.%d" % sys.version_info[:2])'))"
""")
    numpy = next(one.partition("==")[2] for one in testbed.STYLES[style].requirements if one.startswith("numpy"))
    prefix = here.directory / "venvs/.vsc-venv/RHEL8-zen2/1"
    assert ran.stdout.splitlines() == [f"{prefix} {numpy}"] * 2 + ["3", "1"], ran.stderr


def test_a_list_without_python_takes_the_systems_with_a_warning(here, shell):
    here.write("", "GCCcore/12.3.0\n")
    ran = shell.script(f"{ACTIVATE}\npython -c 'import sys; print(sys.base_prefix)'")
    assert ran.stdout == "/usr\n", ran.stderr
    assert "modules.txt lists no Python: using the system's /usr/bin/python3" in ran.stderr
