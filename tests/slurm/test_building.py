"""`vsc-venv build`: jobs that build on each partition, on a real Slurm."""

from __future__ import annotations

import re
import signal

import pexpect
import pytest
from running import REQUEST, Running, Slow, wait_until_empty

from testbed.slurm import PARTITIONS


def test_each_partition_gets_its_own(user):
    ended = user.run("vsc-venv", "build", "-p", "zen2", "-p", "haswell", *REQUEST)
    assert ended.code == 0, ended.messages
    assert user.is_built("zen2")
    assert user.is_built("haswell")
    assert not user.is_built("icelake"), "nothing is built here"
    lines = ended.messages.splitlines()
    for name in ("zen2", "haswell"):
        assert any(f"{name}: job" in line and "installed 1" in line for line in lines), ended.messages
    assert "\x1b" not in ended.messages
    # Without being told, it is what was asked for before; on partitions that have it nothing is built.
    ended = user.run("vsc-venv", "build", "--all-partitions", "--sbatch-arg=--exclusive")
    assert ended.code == 0, ended.messages
    assert all(map(user.is_built, PARTITIONS))
    assert ended.messages.count("installed 1") == 1
    assert ended.messages.count("is ready") == len(PARTITIONS)


def test_configured_once_on_the_partitions_that_are_configured(user):
    (user.directory / "vsc-venv.toml").write_text(
        'requirements = "requirements.txt"\npartitions = ["zen2", "haswell"]\n[labels.haswell]\nname = "x"\n'
    )
    ended = user.run("vsc-venv", "build")
    assert (ended.code, "name is the same for all labels" in ended.messages) == (1, True), ended.messages
    (user.directory / "other.txt").write_text("# nothing\n")
    (user.directory / "vsc-venv.toml").write_text(
        'requirements = "requirements.txt"\npartitions = ["zen2", "haswell"]\n'
        '[labels.haswell]\nrequirements = "other.txt"\n'
    )
    ended = user.run("vsc-venv", "build", "--name", "mine")
    assert ended.code == 0, ended.messages
    assert "installed 1" in ended.messages
    assert "installed 0" in ended.messages
    made = [path.name for path in user.directory.glob("venvs/[!.]*-*")]
    assert sorted(made) == ["mine-debian12-haswell", "mine-debian12-zen2"]


def test_on_a_terminal_each_job_keeps_its_line(user):
    words = ["build", "-p", "zen2", "-p", "haswell", *REQUEST]
    child = pexpect.spawn(str(user.environ["VSC_VENV"]), words, env=user.environ, cwd=str(user.directory), timeout=240)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    last = re.split(rb"\x1b\[\d+A\x1b\[J", child.before)[-1].decode()
    assert [line.split(":")[1].strip() for line in last.splitlines()] == ["zen2", "haswell"]
    assert last.count("installed 1") == 2


def test_closing_the_terminal_cancels_all(user):
    user.hold_jobs()
    words = ["build", "-p", "zen2", "-p", "haswell", *REQUEST]
    child = pexpect.spawn(str(user.environ["VSC_VENV"]), words, env=user.environ, cwd=str(user.directory), timeout=240)
    child.expect("running")
    child.ptyproc.fileobj.close()
    wait_until_empty(user.cluster)
    child.wait()


def test_no_partition_at_all(user):
    for name in PARTITIONS:
        user.cluster.call("scontrol", "update", f"partition={name}", "state=down")
    try:
        ended = user.run("vsc-venv", "build", "--all-partitions", *REQUEST)
    finally:
        for name in PARTITIONS:
            user.cluster.call("scontrol", "update", f"partition={name}", "state=up")
    assert ended.code == 1
    assert "no partition takes jobs" in ended.messages


def test_partitions_that_share_a_label_build_once(user):
    user.cluster.export_to_tasks({**user.on_nodes, "VSC_ARCH_LOCAL": "zen2"})
    ended = user.run("vsc-venv", "build", "-p", "zen2,haswell", "-p", "cascadelake", *REQUEST)
    assert ended.code == 0, ended.messages
    assert ended.messages.count("is submitted") == 3
    assert ended.messages.count("installed 1") == 1
    assert [path.name for path in user.directory.glob("venvs/.vsc-venv/debian12-*/[0-9]*")] == ["1"]


def test_without_waiting(user):
    ended = user.run("vsc-venv", "build", "--no-wait", "-p", "zen2", *REQUEST)
    assert ended.code == 0, ended.messages
    (job,) = (line.split()[3] for line in ended.messages.splitlines() if "is submitted" in line)
    user.cluster.wait_for(job)
    assert user.is_built("zen2")


def test_what_cannot_be_built_is_told_with_its_log(user):
    (user.directory / "requirements.txt").write_text("there-is-no-such-thing\n")
    ended = user.run("vsc-venv", "build", "-p", "zen2", *REQUEST)
    assert ended.code == 1
    assert "failed with exit code 1" in ended.messages
    assert "there-is-no-such-thing" in ended.messages
    assert "1 of 1 builds failed: zen2" in ended.messages


def test_what_cannot_be_read_is_told_before_any_job(user):
    ended = user.run("vsc-venv", "build", "-p", "zen2", "-r", "absent.txt")
    assert ended.code == 1
    assert "absent.txt" in ended.messages
    assert "job" not in ended.messages


def test_a_partition_that_is_refused(user):
    ended = user.run("vsc-venv", "build", "-p", "nowhere", "-p", "zen2", *REQUEST)
    assert ended.code == 1
    assert "nowhere: Slurm refuses: " in ended.messages
    assert "nvalid partition" in ended.messages
    assert user.is_built("zen2"), "the others are built all the same"


def test_interrupted_it_cancels_all(user):
    build = Running(user, "-p", "zen2", "-p", "haswell")
    build.wait_for_jobs(2)
    build.interrupt()
    wait_until_empty(user.cluster)


@pytest.mark.parametrize("programs", [("sbatch", "scancel"), ("qsub", "qdel", "qstat")], ids=["Slurm", "Torque"])
def test_interrupted_while_a_job_is_submitted_and_while_it_is_cancelled(user, programs):
    path = user.environ["PATH"] if programs[0] == "sbatch" else user.path_without_scheduler(*programs)
    submits = Slow(user.directory.parent, programs[0], path)
    cancels = Slow(user.directory.parent, programs[1], submits.path)
    build = Running(user, "-p", "zen2", "-p", "haswell", PATH=cancels.path)
    submits.make("begin")
    submits.wait_until("done")
    build.press_ctrl_c()
    submits.make("end")
    cancels.wait_until("called")
    build.press_ctrl_c()
    cancels.make("begin", "end")
    code, messages = build.end()
    assert code == 130, messages
    assert messages.count("is submitted") == 1, "the other is not submitted any more"
    wait_until_empty(user.cluster)


def test_ended_while_a_scheduler_does_not_answer(user):
    sbatch = Slow(user.directory.parent, "sbatch", user.environ["PATH"])
    build = Running(user, "-p", "zen2", PATH=sbatch.path)
    sbatch.make("begin")
    sbatch.wait_until("done")
    build.process.terminate()
    code, messages = build.end()
    assert code == 128 + signal.SIGTERM
    assert "may have taken the job all the same: look for jobs that are called vsc-venv" in messages
    assert user.cluster.call("squeue", "-h", "-t", "R,PD", "-o", "%j") == "vsc-venv\n"


def test_interrupted_while_nobody_can_cancel(user):
    build = Running(user, "-p", "zen2")
    (job,) = build.wait_for_jobs(1)
    with user.cluster.frozen_controller():
        messages = build.interrupt()
    assert "Socket timed out" in messages
    assert f"Try again later: scancel {job}" in messages


@pytest.mark.parametrize("end", ["node fails", "cancelled"])
def test_a_job_that_says_nothing_itself(user, end):
    build = Running(user, "-p", "zen2")
    (job,) = build.wait_for_jobs(1)
    if end == "cancelled":
        user.cluster.call("scancel", job)
    else:
        user.cluster.call("scontrol", "update", "nodename=zen2-1", "state=down", "reason=test")
    code, messages = build.end()
    assert code == 1
    assert ("lost its node" if end == "node fails" else "was cancelled") in messages


def test_a_job_that_runs_out_of_time(user):
    """A limit is a whole minute; a reservation that ends ends its jobs in the same way."""
    who = f"users={user.cluster.user}"
    call = user.cluster.call
    call(
        "scontrol",
        "create",
        "reservation",
        "reservationname=brief",
        who,
        "starttime=now",
        "duration=10",
        "nodes=zen2-1",
    )
    build = Running(user, "-p", "zen2", "--sbatch-arg=--reservation=brief", "--sbatch-arg=--time=1")
    build.wait_for_jobs(1)
    call("scontrol", "update", "reservationname=brief", "endtime=now+1")
    code, messages = build.end()
    assert code == 1
    assert "ran out of time" in messages


def test_a_job_that_must_make_way_for_another(user):
    build = Running(user, "-p", "zen2", "--sbatch-arg=--exclusive")
    build.wait_for_jobs(1)
    user.cluster.call("scontrol", "create", "partitionname=urgent", "nodes=zen2-1", "prioritytier=10")
    try:
        job = user.submit("#!/bin/sh\n", "--partition=urgent", "--exclusive")
        code, messages = build.end()
        user.cluster.wait_for(job)
    finally:
        user.cluster.call("scontrol", "delete", "partitionname=urgent")
    assert code == 1
    assert "had to make way for another job; try again" in messages


def test_a_job_that_could_not_start_in_time(user):
    other = user.submit("#!/bin/sh\nsleep 600\n", "--exclusive")
    build = Running(user, "-p", "zen2", "--sbatch-arg=--time=1", "--sbatch-arg=--deadline=now+3600")
    job = build.read_until("pending").split(": job ")[1].split(":")[0]
    user.cluster.call("scontrol", "update", f"jobid={job}", "deadline=now+1")
    code, messages = build.end()
    user.cluster.call("scancel", other)
    assert code == 1
    assert "was ended at its deadline" in messages


@pytest.mark.parametrize(
    ("end", "expected", "said"),
    [(Running.kill_job, 1, "has left the queue without a trace"), (Running.let_jobs_go, 0, "installed 1")],
)
def test_a_job_that_is_forgotten_before_anybody_asks(user, end, expected, said):
    build = Running(user, "-p", "zen2")
    (job,) = build.wait_for_jobs(1)
    build.process.send_signal(signal.SIGSTOP)
    end(build)
    user.cluster.wait_until_forgotten(job)
    build.process.send_signal(signal.SIGCONT)
    code, messages = build.end()
    assert code == expected, messages
    assert said in messages


def test_a_controller_that_is_away_for_a_while(user):
    build = Running(user, "-p", "zen2")
    build.wait_for_jobs(1)
    user.cluster.stop_controller()
    build.read_until("does not answer")
    build.let_jobs_go()
    user.cluster.start_controller()
    code, messages = build.end()
    assert code == 0, messages
    assert "installed 1" in messages


def test_without_a_scheduler_it_builds_here(user):
    ended = user.run("vsc-venv", "build", "-p", "zen2", *REQUEST, PATH=user.path_without_scheduler())
    assert ended.code == 0, ended.messages
    assert "no scheduler here" in ended.messages
    assert user.is_built("icelake")


def test_torques_programs(user):
    """Slurm's wrappers stand in for Torque: what is asked of them is the same."""
    path = user.path_without_scheduler("qsub", "qstat", "qdel")
    ended = user.run("vsc-venv", "build", "-p", "haswell", *REQUEST, PATH=path)
    assert ended.code == 0, ended.messages
    assert user.is_built("haswell"), ended.messages
    ended = user.run("vsc-venv", "build", "-p", "nowhere", *REQUEST, PATH=path)
    assert ended.code == 1
    assert "nowhere: Torque refuses" in ended.messages
