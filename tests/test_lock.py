"""The lock with real processes: some alive, some killed, some on what looks like another host."""

import signal
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from vscvenv import lock
from vscvenv.errors import VscVenvError

HOLDER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import filelock
from vscvenv import lock
lock._Lock = getattr(filelock, sys.argv[3])
lock.BEAT = 0.2
with lock.exclusive(Path(sys.argv[2]), {"SLURM_JOB_ID": "4711"}):
    print("held", flush=True)
    time.sleep(float(sys.argv[4]))
"""
ELSEWHERE = ("unshare", "--uts", "sh", "-c", 'hostname elsewhere; exec "$@"', "sh")


@pytest.fixture(params=["StrictSoftFileLock", "SoftFileLock"])
def kind(request, monkeypatch):
    monkeypatch.setattr(lock, "_Lock", getattr(filelock, request.param))
    return request.param


def hold(path, kind, seconds, prefix=()):
    command = [*prefix, sys.executable, "-c", HOLDER, Path(__file__).parents[1], path, kind, str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process.stdout:
        assert process.stdout.readline() == "held\n"
    return process


def test_one_waits_for_the_other_and_says_for_whom(tmp_path, kind, capsys):
    process = hold(tmp_path / "lock", kind, 1)
    with lock.exclusive(tmp_path / "lock", {}):
        assert process.poll() is not None or process.wait(1) == 0
    said = capsys.readouterr().err
    assert said.count("waiting for") == 1
    assert f"process {process.pid}" in said
    assert "job 4711" in said


def test_a_killed_holder_holds_nothing(tmp_path, kind):
    process = hold(tmp_path / "lock", kind, 60)
    process.kill()
    process.wait()
    with lock.exclusive(tmp_path / "lock", {}, limit=5):
        pass


def test_a_holder_on_another_host_that_died_is_given_up_after_a_while(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(lock, "SILENCE", 1.0)
    process = hold(tmp_path / "lock", kind, 60, ELSEWHERE)
    process.kill()
    process.wait()
    with lock.exclusive(tmp_path / "lock", {}, limit=20):
        pass


def test_one_that_was_taken_for_dead_takes_nothing_from_who_holds_it_now(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(lock, "SILENCE", 0.5)
    suspended = hold(tmp_path / "lock", kind, 0.5, ELSEWHERE)
    suspended.send_signal(signal.SIGSTOP)
    with lock.exclusive(tmp_path / "lock", {}):
        suspended.send_signal(signal.SIGCONT)
        assert suspended.wait() == 0
        assert lock.held_by(tmp_path / "lock")
        with pytest.raises(VscVenvError, match="gave up"), lock.exclusive(tmp_path / "lock", {}, limit=0.2):
            pass


def test_a_holder_on_another_host_that_lives_is_not(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(lock, "SILENCE", 1.0)
    process = hold(tmp_path / "lock", kind, 3, ELSEWHERE)
    with lock.exclusive(tmp_path / "lock", {}, limit=20):
        assert process.wait(1) == 0


def test_a_holder_in_or_outside_of_a_container_lives(tmp_path, kind):
    """Where processes have other numbers: what is not there may run all the same."""
    contained = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
    for of_holder, of_other in (((), contained), (contained, ())):
        holder = hold(tmp_path / "lock", kind, 4, of_holder)
        other = hold(tmp_path / "lock", kind, 0, of_other)
        # Had the other not waited, this one would hold on for longer.
        assert (holder.wait(timeout=2), other.wait()) == (0, 0)


def test_waiting_ends_with_a_clear_word(tmp_path, kind):
    process = hold(tmp_path / "lock", kind, 60)
    gives_up = pytest.raises(VscVenvError, match=rf"gave up after 1 s: process {process.pid} on")
    with gives_up as gave_up, lock.exclusive(tmp_path / "lock", {}, limit=1):
        pass
    assert gave_up.value.hint
    process.kill()
    process.wait()


def test_an_exception_sets_it_free(tmp_path, kind):
    with pytest.raises(ZeroDivisionError), lock.exclusive(tmp_path / "lock", {}):
        raise ZeroDivisionError
    with lock.exclusive(tmp_path / "lock", {}, limit=1):
        assert (tmp_path / "lock.holder").exists()
    assert not (tmp_path / "lock.holder").exists()
    assert kind


def test_a_lock_that_is_none_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "_Lock", filelock.StrictSoftFileLock)
    (tmp_path / "lock").mkdir()
    with (
        pytest.raises(VscVenvError, match=f"the lock {tmp_path}/lock cannot be understood"),
        lock.exclusive(tmp_path / "lock", {}, limit=1),
    ):
        pass
