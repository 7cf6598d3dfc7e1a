"""One build however many start at once; the others wait, and say for whom."""

import os

from breaking.core import make_project, with_core
from breaking.many import at_once, while_it_changes
from testbed.terminal import Terminal
from vscvenv import lock


def test_many_shells_build_once(tmp_path, clone):
    at_once(make_project(tmp_path, tmp_path / "home"), clone, 24)


def test_a_shell_that_activates_while_others_update_gets_one_whole_generation(tmp_path, clone):
    project = make_project(tmp_path, tmp_path / "home")
    assert project.prepare()[0] == 0
    while_it_changes(project, clone, updates=2)


def test_who_waits_at_a_terminal_sees_that_it_goes_on(tmp_path, clone):
    project = make_project(tmp_path, tmp_path / "home")
    code, said = project.prepare()
    assert code == 0, said
    with lock.exclusive(project.label_home / "lock", {"SLURM_JOB_ID": "4711"}):
        environ = {**project.environ, **with_core(clone)}
        with Terminal("bash", environ, tmp_path) as terminal:
            project.require("2.0")
            terminal.type(f"source {clone} -a -r requirements.txt")
            terminal.expect(rf"waiting for process {os.getpid()} on \S+ \(job 4711, since [^)]*\)")
            terminal.expect(r"waiting for [1-9]\d* s")
            terminal.interrupt()
            assert "interrupted" in terminal.wait()


def test_two_labels_build_side_by_side(tmp_path):
    project = make_project(tmp_path, tmp_path / "home")
    started = [
        project.__class__(tmp_path, {**project.environ, "VSC_OS_LOCAL": "debian12", "VSC_ARCH_LOCAL": arch}).start(
            "prepare", "-r", "requirements.txt"
        )
        for arch in ("haswell", "x86_64_v3")
    ]
    for process in started:
        _, said = process.communicate()
        assert process.returncode == 0, said
        assert b"waiting for" not in said


def test_an_update_waits_for_a_build_and_is_not_lost(tmp_path):
    project = make_project(tmp_path, tmp_path / "home")
    first = project.start("prepare", "-r", "requirements.txt")
    other = tmp_path / "other.txt"
    other.write_text("thing==2.0\n")
    second = project.start("prepare", "-r", "other.txt")
    assert (first.wait(), second.wait()) == (0, 0)
    first.communicate()
    second.communicate()
    assert len(project.complete()) == 2
